// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A client that a run left, since the server deletes none, while reads replace its token: the run is killed before Terraform has stored that. The state that
// was not replaced finds the token that works.
func TestLeftAndKilled(t *testing.T) {
	for name, leaves := range map[string]func(l *life) outcome.Outcome{
		"destroy": func(l *life) outcome.Outcome { return l.destroy(authserver.Behaviour{}) },
		"replace": func(l *life) outcome.Outcome { return l.replace(web("b"), authserver.Behaviour{}) },
		"taken as gone": func(l *life) outcome.Outcome {
			f := fakeop.Faults{RotateTokenOnRead: true, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))}}
			f.TokenEndpoint.Calls, f.AuthorizationEndpoint.Calls = fakeop.Always(fakeop.InternalError()), fakeop.Always(fakeop.InternalError())
			f.Reading.Calls = []fakeop.CallFault{{From: 2, Answer: fakeop.Unauthorized(true)}}
			l.op.SetFaults(f)
			l.refresh()
			return l.destroy(authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate})
		},
	} {
		for _, ended := range []bool{false, true} {
			s := withJournal(t)
			f := fakeop.Faults{RotateTokenOnRead: true, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.NotAllowed("GET, PUT"))}}
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(web("a"))
			state := l.state
			l = l.later(s)
			l.refresh() // a plan's, which saves nothing
			l = l.later(s)
			l.state = state
			out := leaves(l)
			if name != "replace" && !out.Gone || out.Failed() {
				t.Fatalf("%s: %s", name, kinds(out.Problems))
			}
			if ended {
				l.server.Finish()
				l.server.Close()
			}
			l.op.SetFaults(f)
			l = l.later(s)
			l.state = state
			l.state.Record.WrittenAt = 0
			out = l.refresh()
			if out.Has(outcome.NotRefreshed) || undecided(out) {
				t.Errorf("%s, ended in order %v: %s", name, ended, kinds(out.Problems))
			}
		}
	}
}
