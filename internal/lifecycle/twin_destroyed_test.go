// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Whoever destroys both objects of a client wants it deregistered, in whichever order that is done: the one that alone has what works is not kept for the other one.
func TestADestroyOfBothObjectsOfAClient(t *testing.T) {
	for _, shown := range []string{"a wrong token", "no secret", "no token", "nothing"} {
		for _, reads := range []string{"hide the secret", "are none", "replace the token"} {
			for _, order := range []string{"new first", "old first", "new within old", "old within new", "old after new is refused"} {
				t.Run(fmt.Sprintf("%s, reads %s, %s", shown, reads, order), func(t *testing.T) {
					t.Parallel()
					now, before := held(t, twin{"nothing", shown, reads, "is made", "web", false, false})
					ofNew, ofOld := destroysBoth(now, before, order)
					if left := now.op.Clients(); len(left) != 0 {
						t.Errorf("left %v: %s%s", left, kinds(ofNew.Problems), kinds(ofOld.Problems))
					}
					// One after the other, as under -parallelism=1, the first one does not know of the second one.
					if late := order == "old first" || order == "old within new" || order == "old after new is refused"; !late && !ofOld.Gone || order != "new first" && !ofNew.Gone {
						t.Errorf("new gone %v, old gone %v: %s%s", ofNew.Gone, ofOld.Gone, kinds(ofNew.Problems), kinds(ofOld.Problems))
					}
					if !ofOld.Gone && reads == "hide the secret" {
						if out := before.destroyedLater(authserver.Settings{}, false); !out.Gone || out.Failed() {
							t.Errorf("not destroyed by the next run either: %s", kinds(out.Problems))
						}
					}
				})
			}
		}
	}
}

// destroysBoth has one run destroy both.
func destroysBoth(now, before *life, order string) (ofNew, ofOld outcome.Outcome) {
	run := another(now, authserver.Settings{}, now.state)
	now.server, before.server, now.waits = run.server, run.server, nil
	destroyNew, destroyOld := func() { ofNew = now.operate("delete", nil) }, func() { ofOld = before.operate("delete", nil) }
	begun := false
	once := func(f func()) {
		if !begun {
			begun = true
			f()
		}
	}
	switch order {
	case "new first":
		destroyNew()
		destroyOld()
	case "old first":
		destroyOld()
		destroyNew()
	case "new within old":
		run.waits = func(time.Duration) { once(destroyNew) }
		destroyOld()
	case "old within new":
		now.op.SetHooks(func(r *http.Request) {
			if r.Method == http.MethodDelete {
				once(destroyOld)
			}
		}, nil)
		destroyNew()
		once(destroyOld)
	case "old after new is refused":
		run.waits = func(time.Duration) { once(destroyOld) }
		destroyNew()
		once(destroyOld)
	}
	return ofNew, ofOld
}

// Somebody has replaced the client's token, so that both objects' deletions are plainly refused, and no endpoint tells that the client lives. That the second one of the two is refused
// is no deletion whose answer is lost, also where what the old object has is sent after the new one's, which an update replaced and a read has shown.
func TestADestroyOfBothObjectsThatIsRefusedDeletesNothing(t *testing.T) {
	for _, w := range []struct {
		renews, shown string
		updated       bool
	}{{"nothing", "a wrong token", false}, {"token", "no secret", false}, {"token", "no secret", true}} {
		for _, order := range []string{"new first", "old first", "new within old", "old within new", "old after new is refused"} {
			t.Run(fmt.Sprintf("%s, updated %v, %s", w.shown, w.updated, order), func(t *testing.T) {
				t.Parallel()
				now, before := held(t, twin{w.renews, w.shown, "hide the secret", "is made", "web", false, false})
				if w.updated {
					now.op.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnUpdate = true })
					now = another(now, authserver.Settings{}, now.state)
					updated := now.update(web("b"))
					now = another(now, authserver.Settings{}, now.state)
					if shown := now.refresh(); updated.Failed() || shown.Failed() {
						t.Fatalf("the case is not met: %s%s", kinds(updated.Problems), kinds(shown.Problems))
					}
				}
				now.op.ReissueToken(now.state.Handle.ClientID)
				now.op.EditFaults(func(f *fakeop.Faults) { f.TokenChecksGrantFirst, f.AuthorizeErrorPage = true, true })
				ofNew, ofOld := destroysBoth(now, before, order)
				if len(now.op.Clients()) != 1 || ofNew.Gone || ofOld.Gone {
					t.Errorf("new gone %v, old gone %v: %s%s", ofNew.Gone, ofOld.Gone, kinds(ofNew.Problems), kinds(ofOld.Problems))
				}
			})
		}
	}
}

// Two objects that are held say nothing of a third one of the client, which nobody destroys.
func TestTwoHeldObjectsBesideAThirdOne(t *testing.T) {
	now, before := held(t, twin{"nothing", "a wrong token", "show it", "is made", "web", false, false})
	last := another(now, authserver.Settings{}, authserver.State{})
	last.answers(twinShows["no secret"])
	last.registerAs(web("a"))
	for _, old := range []*life{before, now} {
		old.state.Record.OnlyCopy, old.server = true, last.server
	}
	next := another(last, authserver.Settings{}, last.state)
	for _, old := range []*life{before, now, before} {
		old.server = next.server
		if out := old.operate("delete", nil); out.Gone {
			t.Errorf("%s", kinds(out.Problems))
		}
	}
	if len(last.op.Clients()) != 1 {
		t.Error("the client of the third one is deregistered")
	}
}

// The destroy of a further object of the client is no word about the one that the old object is held for.
func TestAHeldObjectBesideTheDestroyOfAFurtherOne(t *testing.T) {
	for _, mark := range []int64{1, -1} {
		now, before := held(t, twin{"nothing", "a wrong token", "show it", "is made", "web", false, false})
		run := another(now, authserver.Settings{}, now.state)
		further := &life{t: t, op: now.op, server: run.server, state: now.state}
		further.state.Record.MadeAt += mark
		further.state.Handle.RegistrationAccessToken, further.state.Handle.RegistrationClientURI = secret.String{}, ""
		if out := further.operate("delete", nil); !out.Has(outcome.DeleteUnmanaged) {
			t.Fatalf("%s", kinds(out.Problems))
		}
		before.server = run.server
		if out := before.operate("delete", nil); out.Gone || len(now.op.Clients()) != 1 {
			t.Errorf("the client of the new object is deregistered: %s", kinds(out.Problems))
		}
	}
}
