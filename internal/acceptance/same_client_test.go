// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// At a server that registers no second client, a rotation by another client fails, and the way that the error names brings a new secret, as
// written: without create_before_destroy, by which Terraform would register the new client first.
func TestARotationWhereNoSecondClientIsRegistered(t *testing.T) {
	t.Parallel()
	const ordered, rotates = "lifecycle { create_before_destroy = true }", "\n  rotate_secret_when = { quarter = %q }\n"
	server := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}
	x, provider := applied(t, server, ordered+fmt.Sprintf(rotates, "1"))
	x.Configure(provider, fmt.Sprintf(one, "App 2", ordered+fmt.Sprintf(rotates, "1")))
	x.Apply() // updates keep the secret here
	x.Configure(provider, fmt.Sprintf(one, "App 2", ordered+fmt.Sprintf(rotates, "2")))
	before := server.CurrentSecret(server.Clients()[0].ID)
	out, code := x.Try(tftest.TerminalApply...)
	if code == 0 {
		t.Errorf("the apply succeeded:\n%s", out)
	}
	containsAll(t, oneLine(out), "Server registers no second client", "remove create_before_destroy", "terraform apply -replace=ADDRESS")
	x.Configure(provider, fmt.Sprintf(one, "App 2", fmt.Sprintf(rotates, "2")))
	x.Must(append(tftest.TerminalApply[:3:3], "-replace="+clientType+".c")...)
	if clients := server.Clients(); len(clients) != 1 || server.CurrentSecret(clients[0].ID) == before {
		t.Errorf("%d clients, and the secret is the same", len(clients))
	}
	x.holds(server)
	x.Quiet()
}

// At a server whose names are unique, a replacement by create_before_destroy meets the old client's own name. What the error names works, as
// written: without create_before_destroy.
func TestOwnNameTakenWithCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	const ordered = "lifecycle { create_before_destroy = true }"
	server := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{UniqueNames: true}}}
	x, provider := applied(t, server, ordered)
	first := server.Clients()[0].ID
	replace := slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})
	out, code := x.Try(replace...)
	if code == 0 {
		t.Errorf("the apply succeeded:\n%s", out)
	}
	containsAll(t, oneLine(out), "A client at this server has this client_name already.", "If it is this resource's own client", "remove create_before_destroy", "terraform apply -replace=ADDRESS")
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	x.Must(replace...)
	if clients := server.Clients(); len(clients) != 1 || clients[0].ID == first {
		t.Errorf("the server has %v", clients)
	}
	x.holds(server)
	x.Quiet()
}
