// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// identified imports a client of a server by an identity with its issuer, where the provider is configured for another one.
func identified(t *testing.T) (r *subject, op, home *fakeop.Server) {
	t.Helper()
	op, home = &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	id, uri, token := registeredBefore(t, op, secured())
	home.Start(t)
	r = newSubject(t, op, attrs{"issuer": home.Issuer(), "registration_access_tokens": attrs{uri: token}})
	if err := r.TryImport(&tfprotov6.ImportResourceStateRequest{Identity: identity(t, attrs{"issuer": op.Issuer(), "client_id": id})}); err != nil {
		t.Fatal(err)
	}
	return r, op, home
}

// An import by the identity of another server than the one that the resource means is no move, which would deregister what is imported.
// Both ways do what they say.
func TestImportByTheIdentityOfAnotherServer(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		t.Run(fmt.Sprintf("the resource names a third server: %t", own), func(t *testing.T) {
			t.Parallel()
			r, op, home := identified(t)
			config := secured()
			if own {
				config["issuer"] = home.Issuer()
			}
			p, err := r.TryPlan(config)
			if err == nil {
				t.Fatalf("the plan replaces the client: %t", p.Replaces)
			}
			issuer := fmt.Sprintf("issuer = %q", op.Issuer())
			containsAll(t, err.Error(), "Imported client is to be at another server", "To keep the client where it is, set on the resource:", issuer)
			if got := strings.Contains(err.Error(), "the provider's server"); got == own {
				t.Errorf("it is said to be the provider's server: %t", got)
			}
			// To keep it.
			stays := secured().With(attrs{"issuer": op.Issuer()})
			r.stays(op, r.id(), stays)
			// To move it. The first plan may have been empty, so that no configuration was applied.
			r.Apply(stays.With(attrs{"timeouts": attrs{"create": "1m"}}))
			if !r.Plan(config).Replaces {
				t.Fatal("the client is not moved")
			}
			r.Apply(config)
			r.WantEmpty(config)
			if len(op.Clients()) != 0 || len(home.Clients()) != 1 {
				t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(home.Clients()))
			}
		})
	}
}
