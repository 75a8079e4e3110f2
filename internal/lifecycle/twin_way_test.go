// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Nothing may ever show that the new object's token works, as at a server without reads, and it may be the right one. To hand in the old object's ends that whichever of
// the two works: the old object goes, and the new one has what is in force.
func TestTheTokenThatIsHandedInEndsItWhicheverOfTheTwoWorks(t *testing.T) {
	for _, w := range []struct{ renews, shown string }{{"token", "all"}, {"nothing", "a wrong token"}} {
		for _, reads := range []string{"show it", "hide the secret", "are none", "replace the token"} {
			for _, updated := range []bool{false, true} {
				what := fmt.Sprintf("renews %s, shown %s, reads %s, updated %v", w.renews, w.shown, reads, updated)
				now, before, _ := twin{w.renews, w.shown, reads, "fails", "web", false, false}.make(t)
				now.op.Force(fakeop.OpRead, fakeop.InternalError())
				if out := before.operate("delete", nil); out.Gone {
					continue
				}
				if updated && w.shown == "all" {
					now.op.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnUpdate = true })
					now = another(now, authserver.Settings{}, now.state)
					now.update(web("b"))
				}
				s := handingIn(authserver.Settings{}, before.state.Handle)
				now = another(now, s, now.state)
				if out := now.refresh(); out.Failed() || out.Gone {
					t.Errorf("%s: %s", what, kinds(out.Problems))
				}
				out := before.destroyedLater(s, true)
				client, lives := now.op.Client(now.state.Handle.ClientID)
				if !out.Gone || !lives || !inForce(now.state, client) {
					t.Errorf("%s: gone %v, lives %v, has it %v: %s", what, out.Gone, lives, inForce(now.state, client), kinds(out.Problems))
				}
				now = another(now, authserver.Settings{}, now.state)
				if last := deregister(now, now.state); last.Failed() || len(now.op.Clients()) != 0 {
					t.Errorf("%s: its own destroy: %s", what, kinds(last.Problems))
				}
			}
		}
	}
}
