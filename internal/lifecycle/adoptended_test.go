// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A client that nobody manages can't be imported. Where nothing tells whether a state has it, another one is registered by the user's word alone, and that one is named.
func TestAnotherClientBesideAnUnmanagedOne(t *testing.T) {
	t.Parallel()
	s := withJournal(t)
	l := begin(t, &fakeop.Server{Management: fakeop.ManagementOff}, s)
	l.registerAs(web("a"))
	first := l.state.Handle.ClientID
	l.server.Finish() // and Terraform is killed
	l = another(l, s, authserver.State{})
	for range 2 {
		if out := l.registerAs(web("a")); !out.Has(outcome.AdoptionInDoubt) || len(l.op.Clients()) != 1 {
			t.Fatalf("%d clients: %s", len(l.op.Clients()), kinds(out.Problems))
		}
	}
	again := lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}}
	out := lifecycle.Register(t.Context(), l.server, again, l.save)
	if out.Failed() || !out.Has(outcome.NotAdopted) || l.state.Handle.ClientID == first || len(l.op.Clients()) != 2 {
		t.Errorf("%d clients: %s", len(l.op.Clients()), kinds(out.Problems))
	}
}
