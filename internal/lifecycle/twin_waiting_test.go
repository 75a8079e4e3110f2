// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// The answer names an address at another origin, as of an internal host: the token that the old object or the journal has does not go there, in no later run either.
func TestTheOldTokenGoesToNoOtherOrigin(t *testing.T) {
	for _, journal := range []bool{false, true} {
		for _, reads := range []string{"show it", "are none", "replace the token"} {
			what := fmt.Sprintf("reads %s, journal %v", reads, journal)
			host := &fakeop.Server{Seed: "elsewhere"}
			host.Start(t)
			var s authserver.Settings
			if journal {
				s = withJournal(t)
			}
			f := readsThen[reads]
			f.Registration.SameClient = true
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(web("a"))
			if journal {
				l = l.later(s)
				l.refresh() // which tells the journal that a state has the client: else it would be taken over
			}
			before := &life{t: t, op: l.op, state: l.state}
			now := another(l, s, authserver.State{})
			before.server = now.server
			id, former := l.state.Handle.ClientID, l.state.Handle.RegistrationAccessToken
			l.op.ReissueToken(id)
			now.answers(shows("registration_client_uri", host.Issuer()+strings.TrimPrefix(l.state.Handle.RegistrationClientURI, l.op.Issuer())))
			now.registerAs(web("a"))
			out := before.operate("delete", nil)
			if client, lives := l.op.Client(id); !lives || out.Gone && !inForce(now.state, client) {
				t.Errorf("%s: gone %v, lives %v: %s", what, out.Gone, lives, kinds(out.Problems))
			}
			if !out.Gone {
				before.destroyedLater(s, true)
			}
			now = another(now, s, now.state)
			now.refresh()
			now.operate("update", web("b"))
			for _, r := range host.Requests() {
				if r.Credential == former.Reveal() {
					t.Errorf("%s: %s %s has the token of before", what, r.Method, r.Path)
				}
			}
		}
	}
}

// What destroys both deregisters the client, each by its own, where the two are at two origins.
func TestADestroyOfBothObjectsAtTwoOrigins(t *testing.T) {
	for _, reads := range []string{"show it", "are none"} {
		host := &fakeop.Server{Seed: "elsewhere"}
		host.Start(t)
		f := readsThen[reads]
		f.Registration.SameClient = true
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(web("a"))
		before := &life{t: t, op: l.op, state: l.state}
		now := another(l, authserver.Settings{}, authserver.State{})
		before.server = now.server
		now.answers(shows("registration_client_uri", host.Issuer()+strings.TrimPrefix(l.state.Handle.RegistrationClientURI, l.op.Issuer())))
		now.registerAs(web("a"))
		if out := before.operate("delete", nil); out.Gone || !out.Has(outcome.DeleteOnlyCopy) {
			t.Fatalf("reads %s: %s", reads, kinds(out.Problems))
		}
		ofNew, ofOld := destroysBoth(now, before, "new first")
		if len(l.op.Clients()) != 0 || !ofOld.Gone {
			t.Errorf("reads %s: %v: %s; %s", reads, l.op.Clients(), kinds(ofNew.Problems), kinds(ofOld.Problems))
		}
	}
}

// The registration may have replaced the token and the secret of the client that it was answered with, and shown neither: that both are refused proves nothing.
func TestAClientIsNotGoneForCredentialsThatARegistrationReplacedUnseen(t *testing.T) {
	for _, kind := range []string{"machine", "web"} {
		for _, reads := range []string{"hide the secret", "show it"} {
			for _, journal := range []bool{false, true} {
				now, before, _ := twin{"both", "nothing", reads, "is made", kind, journal, false}.make(t)
				out := before.operate("delete", nil)
				if _, lives := now.op.Client(before.state.Handle.ClientID); !lives || out.Gone && len(out.Problems) == 0 {
					t.Errorf("%s, reads %s, journal %v: lives %v, gone %v", kind, reads, journal, lives, out.Gone)
				}
				if !out.Gone {
					if out := before.destroyedLater(authserver.Settings{}, false); out.Gone {
						t.Errorf("%s, reads %s, journal %v: gone later", kind, reads, journal)
					}
				}
			}
		}
	}
}

// The same where nobody served the address of the new object, at another origin, when it was registered: the old one's token does not go there beside its own.
func TestADestroyOfBothObjectsWhereNobodyServedTheNewOne(t *testing.T) {
	for _, order := range []string{"old first", "new first", "old after new is refused"} {
		host := &fakeop.Server{Seed: "elsewhere"}
		host.Start(t)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}, authserver.Settings{})
		l.registerAs(web("a"))
		before := &life{t: t, op: l.op, state: l.state}
		now := another(l, authserver.Settings{}, authserver.State{})
		before.server = now.server
		former := l.state.Handle.RegistrationAccessToken
		now.answers(shows("registration_client_uri", host.Issuer()+strings.TrimPrefix(l.state.Handle.RegistrationClientURI, l.op.Issuer()), "registration_access_token", "reg-token-9-f00dfeedf00dfeed"))
		host.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.NotFoundPage()) })
		now.registerAs(web("a"))
		if now.state.Handle.RegistrationClientURI != "" {
			t.Fatal("served")
		}
		if out := before.operate("delete", nil); out.Gone || !out.Has(outcome.DeleteOnlyCopy) {
			t.Fatalf("%s", kinds(out.Problems))
		}
		host.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
		ofNew, ofOld := destroysBoth(now, before, order)
		for _, r := range host.Requests() {
			if r.Credential == former.Reveal() {
				t.Errorf("%s: %s %s has the token of the old object", order, r.Method, r.Path)
			}
		}
		// One after the other, the first one does not know of the second one.
		if left := l.op.Clients(); len(left) != 0 && order != "old after new is refused" || ofNew.Failed() || order == "new first" && !ofOld.Gone {
			t.Errorf("%s: left %v, old gone %v: %s; %s", order, left, ofOld.Gone, kinds(ofNew.Problems), kinds(ofOld.Problems))
		}
	}
}

// A destroy of both that fails in an outage leaves the new object the address at another origin that an answer brought and nothing has proved, which no other place has. The old one's
// token, which was sent beside its own, does not go there in a later run either. Where the client was shown with that token, it is at the address that is known.
func TestADestroyOfBothObjectsThatFailsKeepsAnAddressThatWaits(t *testing.T) {
	for _, order := range []string{"old first", "old within new", "new within old"} {
		for _, refused := range []bool{false, true} {
			what := fmt.Sprintf("%s, the address was refused before: %v", order, refused)
			host := &fakeop.Server{Seed: "elsewhere"}
			host.Start(t)
			now, before := held(t, twin{"nothing", "a wrong token", "show it", "is made", "web", false, false})
			id, former := now.state.Handle.ClientID, before.state.Handle.RegistrationAccessToken
			own, waits := now.state.Handle.RegistrationAccessToken, host.Issuer()+strings.TrimPrefix(now.state.Handle.RegistrationClientURI, now.op.Issuer())
			at := func() *string {
				if u := &now.state.Record.Unproven; !refused {
					return &u.RegistrationClientURI
				}
				return &now.state.Record.Unproven.RefusedURI
			}
			*at() = waits
			now.op.EditFaults(func(f *fakeop.Faults) {
				f.Reading.Calls, f.Deletion.Calls = fakeop.Always(fakeop.Answer{Status: 503}), fakeop.Always(fakeop.Answer{Status: 503})
			})
			ofNew, ofOld := destroysBoth(now, before, order)
			if _, lives := now.op.Client(id); !lives || ofNew.Gone || ofOld.Gone {
				t.Fatalf("%s: the case is not met: new gone %v, old gone %v", what, ofNew.Gone, ofOld.Gone)
			}
			if *at() != waits || !now.state.Handle.RegistrationAccessToken.Equal(own) {
				t.Errorf("%s: the address that waits is %q, and the token is its own: %v", what, *at(), now.state.Handle.RegistrationAccessToken.Equal(own))
			}
			now.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls, f.Deletion.Calls = nil, nil })
			now = another(now, authserver.Settings{}, now.state)
			now.refresh()
			now = another(now, authserver.Settings{}, now.state)
			ofNew, ofOld = destroysBoth(now, before, "old within new")
			for _, r := range host.Requests() {
				if r.Credential == former.Reveal() {
					t.Errorf("%s: %s %s has the token of the old object", what, r.Method, r.Path)
				}
			}
			if len(now.op.Clients()) != 0 || !ofNew.Gone {
				t.Errorf("%s: %v, new gone %v: %s; %s", what, now.op.Clients(), ofNew.Gone, kinds(ofNew.Problems), kinds(ofOld.Problems))
			}
		}
	}
}
