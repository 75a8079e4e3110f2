// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A move to a server that does not answer is warned of in the plan. With the lifecycle that the warning names, the apply that fails keeps the client.
func TestMoveThatFailsKeepsTheClient(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "")
	there := &fakeop.Server{Seed: "there", Faults: fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.Answer{Status: 503})}}}
	there.Start(t)
	provider += "max_retries = 0\n"
	first := server.Clients()[0].ID
	move := fmt.Sprintf("issuer = %q\n", there.Issuer())
	x.Configure(provider, fmt.Sprintf(one, "App", move))
	containsAll(t, oneLine(x.Must("plan", "-no-color")), "Warning: New server not looked at", there.Issuer(), "503", "create_before_destroy = true", "must be replaced")
	x.Configure(provider, fmt.Sprintf(one, "App", move+"lifecycle {\n  create_before_destroy = true\n}"))
	if out, code := x.Try("apply", "-auto-approve", "-no-color"); code == 0 {
		t.Fatalf("the apply succeeds:\n%s", out)
	}
	if _, ok := server.Client(first); !ok {
		t.Error("the old client is gone")
	}
	x.holds(server)
	there.SetFaults(fakeop.Faults{})
	x.Apply()
	if n, m := len(server.Clients()), len(there.Clients()); n != 0 || m != 1 {
		t.Errorf("%d clients at the old server, %d at the new one", n, m)
	}
	x.Quiet()
}
