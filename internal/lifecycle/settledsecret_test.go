// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
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
