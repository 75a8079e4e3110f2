// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// inForce reports whether a state has what is in force of its client, known or to be tried.
func inForce(s authserver.State, client fakeop.Client) bool {
	u, h := s.Record.Unproven, s.Record.Pending.Apply(s.Handle)
	has := func(value string, of ...secret.String) bool {
		return slices.ContainsFunc(of, secret.New(value).Equal)
	}
	return has(client.Token, h.RegistrationAccessToken, u.RegistrationAccessToken, u.FormerToken, u.RefusedToken) &&
		has(client.Secret, h.ClientSecret, u.ClientSecret, u.FormerSecret, u.RefusedSecret) &&
		slices.Contains([]string{h.RegistrationClientURI, u.RegistrationClientURI, u.RefusedURI}, client.URI)
}

// twin is a client that a registration is answered with which an object of the state has, as create_before_destroy makes it.
type twin struct {
	renews, shown, reads, readBack, kind string
	journal, tainted                     bool
}

func (w twin) String() string {
	return fmt.Sprintf("renews %s, shown %s, reads %s, read-back %s, %s, journal %v, tainted %v", w.renews, w.shown, w.reads, w.readBack, w.kind, w.journal, w.tainted)
}

// twinShows are the answers to the second registration, of which one value is wrong or none.
var twinShows = map[string]fakeop.Answer{
	"all": {}, "a wrong token": registrationShows["a wrong token"], "a wrong secret": registrationShows["a wrong secret"], "no secret": registrationShows["no secret"], "no token": registrationShows["no token"], "nothing": registrationShows["nothing"],
	"a wrong address": {Edit: func(doc map[string]any) {
		doc["registration_client_uri"] = doc["registration_client_uri"].(string) + "0"
	}},
}

var twinReadBacks = map[string]fakeop.Answer{"fails": {Status: http.StatusServiceUnavailable}, "is refused": fakeop.Unauthorized(true), "is made": {}}

// make registers the client twice, and returns the object that was there before.
func (w twin) make(t *testing.T) (now, before *life, settings authserver.Settings) {
	t.Helper()
	if w.journal {
		settings = withJournal(t)
	}
	f := readsThen[w.reads]
	f.Registration.SameClient = true
	doc := kindsOfClient[w.kind]("a")
	l := begin(t, &fakeop.Server{Faults: f}, settings)
	l.registerAs(doc)
	l = l.later(settings)
	l.refresh()
	before = &life{t: t, op: l.op, state: l.state}
	if w.tainted {
		before.state = authserver.State{Handle: l.state.Handle}
	}
	now = another(l, settings, authserver.State{})
	before.server = now.server
	renewals[w.renews](l.op, before.state.Handle.ClientID)
	now.answers(twinShows[w.shown])
	if answer := twinReadBacks[w.readBack]; answer.Status != 0 {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(answer) })
	}
	if made := now.registerAs(doc); made.Failed() { // nothing is destroyed then
		t.Fatalf("not made: %s", kinds(made.Problems))
	}
	l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
	return now, before, settings
}

// nobodyHas reports whether the answer hid what the server made of the client, so that nobody has it.
func (w twin) nobodyHas() bool {
	token, key := w.renews == "token" || w.renews == "both", w.renews == "secret" || w.renews == "both"
	return token && slices.Contains([]string{"a wrong token", "no token", "nothing"}, w.shown) || key && slices.Contains([]string{"a wrong secret", "no secret", "nothing"}, w.shown)
}

// Whatever a server did to the client that it answered a registration with, and whichever value of the answer is wrong: what is in force is in one of the objects after the destroy of the
// old one, which is destroyed where the server can tell that the new one has it, or the journal has it for that one.
func TestNoDestroyDropsWhatIsInForceOfAClientThatWasMadeAgain(t *testing.T) {
	for renews := range renewals {
		for shown := range twinShows {
			for reads := range readsThen {
				for readBack := range twinReadBacks {
					for i := range 4 {
						w := twin{renews, shown, reads, readBack, slices.Sorted(maps.Keys(kindsOfClient))[len(renews+shown+reads)%3], i%2 == 1, i/2 == 1}
						if w.kind == "public" && (renews == "secret" || renews == "both" || shown == "a wrong secret") {
							w.kind = "web"
						}
						if w.nobodyHas() || readBack != "is made" && (reads == "are none" || reads == "replace both") {
							continue
						}
						t.Run(w.String(), func(t *testing.T) {
							t.Parallel()
							w.destroysTheOldOne(t)
						})
					}
				}
			}
		}
	}
}

func (w twin) destroysTheOldOne(t *testing.T) {
	now, before, settings := w.make(t)
	out := before.operate("delete", nil)
	client, lives := now.op.Client(before.state.Handle.ClientID)
	if !lives {
		t.Fatalf("deregistered: %s", kinds(out.Problems))
	}
	whole := inForce(now.state, client)
	if !whole && (out.Gone || !inForce(before.state, client)) {
		t.Errorf("nothing has what is in force: new %v, old %v, destroyed %v: %s", whole, inForce(before.state, client), out.Gone, kinds(out.Problems))
	}
	tells := !w.tainted && (w.reads == "show it" || w.reads == "hide the secret")
	if !out.Gone && (w.journal || whole && tells) {
		t.Errorf("the old object is held: new %v: %s", whole, kinds(out.Problems))
	}
	if !out.Gone {
		if !out.Has(outcome.DeleteOnlyCopy) {
			t.Errorf("%s", kinds(out.Problems))
		}
		return
	}
	now = another(now, settings, now.state)
	if seen := now.refresh(); seen.Gone {
		t.Fatalf("the new object is forgotten: %s", kinds(seen.Problems))
	}
	if last := deregister(now, now.state); last.Failed() || len(now.op.Clients()) != 0 {
		t.Errorf("its own destroy: %s", kinds(last.Problems))
	}
}

// held is an object that is held, since the answer to the registration of the other one has a wrong token.
func held(t *testing.T, w twin) (now, before *life) {
	t.Helper()
	now, before, _ = w.make(t)
	if out := before.operate("delete", nil); out.Gone || !out.Has(outcome.DeleteOnlyCopy) || !before.state.Record.OnlyCopy {
		t.Fatalf("%s", kinds(out.Problems))
	}
	return now, before
}

// destroyedLater has a further run destroy the object that is held.
func (l *life) destroyedLater(s authserver.Settings, refreshes bool) outcome.Outcome {
	l.t.Helper()
	next := another(l, s, l.state)
	if refreshes {
		if out := next.refresh(); out.Gone {
			return out
		}
	}
	out := next.operate("delete", nil)
	l.state, l.server = next.state, next.server
	return out
}

// No later run destroys what the old object alone has, whether or not it refreshes that before.
func TestAnObjectIsHeldAsLongAsItAloneWorks(t *testing.T) {
	for _, w := range []twin{
		{"nothing", "a wrong token", "show it", "is made", "web", false, false}, {"nothing", "a wrong token", "hide the secret", "is made", "machine", false, false},
		{"nothing", "a wrong address", "show it", "is made", "public", false, false}, {"nothing", "a wrong token", "are none", "is made", "web", false, false},
		{"nothing", "a wrong secret", "hide the secret", "is made", "machine", false, true}, {"nothing", "a wrong token", "replace the token", "is made", "machine", false, true},
	} {
		for _, refreshes := range []bool{true, false} {
			now, before := held(t, w)
			for range 2 {
				out := before.destroyedLater(authserver.Settings{}, refreshes)
				if client, lives := now.op.Client(now.state.Handle.ClientID); out.Gone || !lives || !inForce(before.state, client) {
					t.Fatalf("%s, refreshed %v: gone %v, lives %v: %s", w, refreshes, out.Gone, lives, kinds(out.Problems))
				}
			}
		}
	}
}

// The server was busy when the old object was destroyed, so that nothing told whether its token was replaced. The next run finds out.
func TestAnObjectIsHeldUntilTheServerTells(t *testing.T) {
	for _, refreshes := range []bool{true, false} {
		w := twin{"token", "all", "show it", "fails", "web", false, false}
		now, before, _ := w.make(t)
		now.op.Force(fakeop.OpRead, fakeop.InternalError())
		if out := before.operate("delete", nil); out.Gone {
			t.Fatalf("%s", kinds(out.Problems))
		}
		out := before.destroyedLater(authserver.Settings{}, refreshes)
		if _, lives := now.op.Client(now.state.Handle.ClientID); !out.Gone || out.Failed() || !lives {
			t.Errorf("refreshed %v: held for a token that was replaced: %s", refreshes, kinds(out.Problems))
		}
	}
}

// The client that both objects have is gone: there is nothing to hold the old one for, whatever the new one lacks.
func TestAnObjectIsNotHeldForAClientThatIsGone(t *testing.T) {
	for _, w := range []twin{
		{"nothing", "a wrong token", "show it", "is made", "web", false, false}, {"nothing", "a wrong secret", "hide the secret", "is made", "machine", false, false},
		{"nothing", "no secret", "hide the secret", "is made", "web", false, false},
	} {
		now, before := held(t, w)
		now.op.RemoveClient(now.state.Handle.ClientID)
		if out := before.destroyedLater(authserver.Settings{}, false); !out.Gone || out.Failed() {
			t.Errorf("%s: %s", w, kinds(out.Problems))
		}
	}
}

// The user hands in the token of the old object, as its error says. The new one takes it, and the old one is destroyed.
func TestAnObjectIsNotHeldForATokenThatIsHandedIn(t *testing.T) {
	for _, reads := range []string{"show it", "are none", "replace the token"} {
		now, before := held(t, twin{"nothing", "a wrong token", reads, "is made", "web", false, false})
		s := handingIn(authserver.Settings{}, before.state.Handle)
		now = another(now, s, now.state)
		now.refresh()
		out := before.destroyedLater(s, false)
		client, lives := now.op.Client(now.state.Handle.ClientID)
		if !out.Gone || out.Failed() || !lives || !inForce(now.state, client) {
			t.Errorf("reads %s: gone %v, lives %v, has it %v: %s", reads, out.Gone, lives, inForce(now.state, client), kinds(out.Problems))
		}
	}
}

// A further registration is answered with the client as it is: then that object has all, and those before it are destroyed.
func TestAnObjectIsNotHeldOnceAnotherHasAll(t *testing.T) {
	for _, shown := range []string{"a wrong token", "no secret"} {
		now, before := held(t, twin{"nothing", shown, "hide the secret", "is made", "web", false, false})
		last := another(now, authserver.Settings{}, authserver.State{})
		last.registerAs(web("a"))
		before.server, now.server = last.server, last.server
		for _, old := range []*life{before, now} {
			if out := old.operate("delete", nil); !out.Gone || !out.Has(outcome.DeleteShared) {
				t.Errorf("%s: %s", shown, kinds(out.Problems))
			}
		}
		if client, lives := last.op.Client(last.state.Handle.ClientID); !lives || !inForce(last.state, client) {
			t.Errorf("%s: lives %v", shown, lives)
		}
	}
}

// Where a read has shown the client with what the new object has, nothing more is asked about the old one's.
func TestNothingIsAskedAboutAnObjectWhoseSuccessorWorks(t *testing.T) {
	for _, renews := range []string{"nothing", "token"} {
		now, before, _ := twin{renews, "all", "show it", "is made", "web", false, false}.make(t)
		now.op.ResetLog()
		if out := before.operate("delete", nil); !out.Gone || !out.Has(outcome.DeleteShared) || now.op.CountOf(fakeop.OpRead) != 0 {
			t.Errorf("%s: %d reads: %s", renews, now.op.CountOf(fakeop.OpRead), kinds(out.Problems))
		}
	}
}
