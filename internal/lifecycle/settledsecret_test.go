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
)

// A run was killed while the answer to an update was under way, which replaced the client secret. A read that replaces the token is answered since, and says
// nothing of the secret: the one that is known may still be outdated, and the token endpoint's refusal of it says nothing while the tokens are refused, too.
func TestAReadThatReplacesTheTokenSettlesNoSecret(t *testing.T) {
	for kind, doc := range both {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(kind, ", first update ", first), func(t *testing.T) {
				f := fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true}
				s := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(doc("a"))
				if !first {
					l = l.later(s)
					l.update(doc("b"))
				}
				l = l.later(s)
				before, lost := l.state, f
				lost.Updating.Calls = fakeop.Always(fakeop.Lost())
				lost.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Dropped()}} // nothing is sent after a kill
				l.op.SetFaults(lost)
				l.update(doc("c"))
				l.op.SetFaults(f)
				l = l.later(s)
				l.state = before
				if out := l.refresh(); out.Failed() || undecided(out) {
					t.Fatal(kinds(out.Problems))
				}
				l = l.later(s)
				f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
				l.op.SetFaults(f)
				if out := l.refresh(); out.Gone || l.state.Record.Gone {
					t.Errorf("a live client is gone: %s", kinds(out.Problems))
				}
				f.Reading.Calls = nil
				l.op.SetFaults(f)
				l = l.later(s)
				l.update(doc("d"))
				if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(l.op.Clients()) > 0 {
					t.Errorf("not destroyed: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// A run was killed while the answer to an update was under way, which replaced the client secret, and reads show what the server stores of it, which looks like a secret and waits until
// that is known. It is no word that the secret is in force: the token endpoint's refusal of the one that is known says nothing of the client while the token is refused, too. Where reads
// show the secret itself, they tell, and a client that is deleted is gone.
func TestAReadThatShowsAStoredFormSettlesNoSecret(t *testing.T) {
	stored := fakeop.Answer{Edit: func(doc map[string]any) {
		doc["client_secret"] = "kdf.Zm4xT0VyUWZ3c2tKd1Q5b0hXbGJ6UGRHdUFjTXlFaXNKdlJ0WXhOa0xwQ2VIbWZCZ1Nxald1T2FacVhudFZrTGlEeQ"
	}}
	for name, read := range map[string]fakeop.Answer{"a stored form": stored, "the secret": {Edit: func(map[string]any) {}}} {
		for _, applies := range []int{1, 2, 3} {
			if name == "the secret" && applies == 1 {
				continue // the one read that shows another secret than before may have replaced it
			}
			t.Run(fmt.Sprintf("%s, %d applies", name, applies), func(t *testing.T) {
				t.Parallel()
				s := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.InternalError())}}}, s)
				l.registerAs(machine("a"))
				l = l.later(s)
				before := l.state
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Updating.Calls = fakeop.Always(fakeop.Lost())
					f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Dropped()}, {Answer: read}} // nothing is sent after a kill
				})
				l.update(machine("b"))
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls, f.Reading.Calls = nil, fakeop.Always(read) })
				l.state = before
				for range applies { // which find that the server has what is asked for
					l = l.later(s)
					if out := l.update(machine("b")); out.Failed() || undecided(out) {
						t.Fatal(kinds(out.Problems))
					}
				}
				l = l.later(s)
				always := func() outcome.Outcome {
					return lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}, l.save)
				}
				if name == "the secret" {
					l.op.RemoveClient(l.state.Handle.ClientID)
					if out := always(); !out.Gone {
						t.Errorf("a client that is deleted stays: %s", kinds(out.Problems))
					}
					return
				}
				l.op.ReissueToken(l.state.Handle.ClientID)
				if out := always(); out.Gone || l.state.Record.Gone {
					t.Errorf("a live client is gone: %s", kinds(out.Problems))
				}
			})
		}
	}
}
