// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// One directory has a state for each address that the environment names. A client of the one is no other's, also where the apply that registered it was killed after
// it had stored that state.
func TestStatesThatTheEnvironmentNamesShareNoClient(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"in order": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			x, provider := started(t, server)
			dev, staging := tftest.NewHTTPState(t), tftest.NewHTTPState(t)
			x.KeepStateAt(dev)
			x.Configure(provider, equal("", "c"))
			x.Apply()
			first := server.Clients()[0].ID
			if killed {
				x.asIfKilled(provider)
			}
			x.KeepStateAt(staging)
			x.Configure(provider, equal("", "c"))
			out := x.Apply()
			if id := x.resources()["c"]["client_id"]; len(server.Clients()) != 2 || id == first {
				t.Fatalf("%d clients; the second state has %v of %s:\n%s", len(server.Clients()), id, first, out)
			}
			x.Quiet()
		})
	}
}
