// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A client lives whose token is outdated by one lost answer, at endpoints that tell nothing, and a destroy takes it as gone, as the provider's
// on_missing has it: that it may be left behind is told, and the journal holds no deletion that was not made.
func TestDestroyTakenAsGone(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fakeop.Faults{
		"401": {TokenChecksGrantFirst: true, AuthorizeErrorPage: true, RotateTokenOnUpdate: true},
		"400": {TokenChecksGrantFirst: true, AuthorizeErrorPage: true, RotateTokenOnUpdate: true, InvalidTokenStatus: 400},
	} {
		for _, journaled := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", journal ", journaled), func(t *testing.T) {
				t.Parallel()
				settings := authserver.Settings{}
				if journaled {
					settings = withJournal(t)
				}
				l := begin(t, &fakeop.Server{Faults: f}, settings)
				l.register()
				id := l.state.Handle.ClientID
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Lost()) })
				l.rename("b")
				l.op.SetFaults(f)
				l = l.later(settings)
				before := l.state
				out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}, l.save)
				if _, lives := l.op.Client(id); !lives || !out.Gone {
					t.Fatalf("lives %v, gone %v: the case is not met: %s", lives, out.Gone, kinds(out.Problems))
				}
				if !out.Has(outcome.TakenAsGone) {
					t.Errorf("nothing tells that the client may be left behind: %s", kinds(out.Problems))
				}
				l = l.later(settings)
				l.state = before // it was restored
				if again := l.refresh(); again.Gone {
					t.Errorf("it counts as deleted: %s", kinds(again.Problems))
				}
			})
		}
	}
}
