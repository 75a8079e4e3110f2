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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// hiding are the answers to a registration with a client that there was, which lack what its state has.
var hiding = map[string]fakeop.Answer{
	"no secret": shows("client_secret", nil), "a masked secret": shows("client_secret", "********"), "no token": shows("registration_access_token", nil),
	"a masked token": shows("registration_access_token", "********"), "no credentials": shows("client_secret", nil, "registration_access_token", nil),
	"no credentials and no address": shows("client_secret", nil, "registration_access_token", nil, "registration_client_uri", nil),
}

// What is made before its predecessor is destroyed is the same client, at a server that answers metadata that it has with the client that has it, and the answer
// hides what the predecessor's state has. The journal has it, and the new object gets it, before the old one is destroyed.
func TestACreateOfTheSameClientHasWhatTheJournalHas(t *testing.T) {
	for name, answer := range hiding {
		for reads, f := range map[string]fakeop.Faults{"shown": {}, "hidden": {OmitSecretOnRead: true}, "none": {ReadStatus: http.StatusMethodNotAllowed}} {
			for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine} {
				for _, tainted := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, reads %s, %s, tainted %v", name, reads, kind, tainted), func(t *testing.T) {
						t.Parallel()
						s := withJournal(t)
						f := f
						f.Registration.SameClient = true
						l := begin(t, &fakeop.Server{Faults: f}, s)
						l.registerAs(doc("a"))
						old := l.state
						l = l.later(s)
						l.refresh()
						l = another(l, s, authserver.State{})
						if tainted {
							old = authserver.State{Handle: old.Handle}
						}
						l.op.Force(fakeop.OpRegister, answer)
						out := l.registerAs(doc("a"))
						if out.Failed() || !out.Has(outcome.KnownBefore) {
							t.Fatalf("%s", kinds(out.Problems))
						}
						out = deregister(l, old)
						if !out.Gone || !out.Has(outcome.DeleteShared) {
							t.Fatalf("%s", kinds(out.Problems))
						}
						l.shows("after the destroy of the old object")
						l.holds("after the destroy of the old object")
						l = another(l, s, l.state)
						if out := l.refresh(); reads != "none" && out.Failed() || out.Gone {
							t.Errorf("%s", kinds(out.Problems))
						}
						if out := deregister(l, l.state); out.Failed() || len(l.op.Clients()) != 0 {
							t.Errorf("its own destroy: %s", kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}

// The answer replaced what it hides: then the journal's is not in force any more, and the client is not taken as gone.
func TestACreateOfTheSameClientThatRenewsItUnseen(t *testing.T) {
	for name, renew := range renewals {
		t.Run(name, func(t *testing.T) {
			s := withJournal(t)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
			l.registerAs(machine("a"))
			l.update(machine("b"))
			l = l.later(s)
			l.refresh()
			renew(l.op, l.state.Handle.ClientID)
			l = another(l, s, authserver.State{})
			l.op.Force(fakeop.OpRegister, hiding["no credentials"])
			said := l.registerAs(machine("b")).Problems
			l.livesOn(s, said)
		})
	}
}

// Without a journal, the age of the client shows that it was there before. Nothing is made then, and what there was stays as it was, with whoever has it.
func TestACreateOfAnOldClientThatHidesItsCredentials(t *testing.T) {
	for _, name := range []string{"no credentials", "no credentials and no address"} {
		t.Run(name, func(t *testing.T) {
			days := 0
			op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}, Clock: func() time.Time { return someMorning.AddDate(0, 0, days) }}
			l := begin(t, op, authserver.Settings{})
			l.registerAs(web("a"))
			old := l.state
			days = 2
			l = l.later(authserver.Settings{})
			l.state, l.saves = authserver.State{}, nil
			l.op.Force(fakeop.OpRegister, hiding[name])
			l.want(l.registerAs(web("a")), outcome.OtherSecretNotKnown)
			if len(l.saves) != 0 {
				t.Error("an object without credentials is saved, for which Terraform would destroy the one that has them")
			}
			l.state = old
			if out := l.refresh(); out.Failed() || out.Gone {
				t.Errorf("%s", kinds(out.Problems))
			}
			if out := deregister(l, l.state); out.Failed() || len(l.op.Clients()) != 0 {
				t.Errorf("the old object cannot be destroyed: %s", kinds(out.Problems))
			}
			l.state = authserver.State{}
			if out := l.registerAs(web("a")); out.Failed() {
				t.Errorf("nothing is registered after that: %s", kinds(out.Problems))
			}
		})
	}
}

// What may be new is kept, whatever else the answer hides, and so is a client that has no credentials.
func TestACreateOfAnOldClientThatShowsSomeOfIt(t *testing.T) {
	for name, answer := range hiding {
		if name == "no credentials" || name == "no credentials and no address" {
			continue
		}
		days := 0
		op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}, Clock: func() time.Time { return someMorning.AddDate(0, 0, days) }}
		l := begin(t, op, authserver.Settings{})
		l.registerAs(web("a"))
		days = 2
		l = another(l, authserver.Settings{}, authserver.State{})
		l.op.Force(fakeop.OpRegister, answer)
		if out := l.registerAs(web("a")); out.Failed() || !out.Has(outcome.KnownBefore) {
			t.Errorf("%s: %s", name, kinds(out.Problems))
		}
		client, _ := l.op.Client(l.state.Handle.ClientID)
		if h := l.state.Handle; !h.ClientSecret.Equal(secret.New(client.Secret)) && !h.RegistrationAccessToken.Equal(secret.New(client.Token)) {
			t.Errorf("%s: nothing of it is kept", name)
		}
	}
}

// Nothing tells the registration that the client was there before. The destroy of the object before it tells, and does not drop the one copy of the credentials: not in this run, and
// not in a later one, which would deregister the client of both.
func TestADestroyKeepsTheOneObjectThatHasTheCredentials(t *testing.T) {
	for name, answer := range hiding {
		for reads, f := range map[string]fakeop.Faults{"shown": {}, "hidden": {OmitSecretOnRead: true}} {
			for _, tainted := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, reads %s, tainted %v", name, reads, tainted), func(t *testing.T) {
					t.Parallel()
					f := f
					f.Registration.SameClient = true
					l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
					l.registerAs(web("a"))
					old := l.state
					if tainted {
						old = authserver.State{Handle: old.Handle}
					}
					l = another(l, authserver.Settings{}, authserver.State{})
					l.op.Force(fakeop.OpRegister, answer)
					l.registerAs(web("a"))
					now := l.state.Handle
					whole := now.ClientSecret.Equal(old.Handle.ClientSecret) && now.RegistrationAccessToken.Equal(old.Handle.RegistrationAccessToken)
					for range 2 {
						kept := &life{t: t, op: l.op, server: l.server, state: old}
						out := kept.operate("delete", nil)
						if whole {
							if !out.Gone || !out.Has(outcome.DeleteShared) {
								t.Fatalf("%s", kinds(out.Problems))
							}
							return
						}
						if _, lives := l.op.Client(now.ClientID); out.Gone || !out.Has(outcome.DeleteOnlyCopy) || !kept.state.Record.OnlyCopy || !lives {
							t.Fatalf("gone %v, lives %v: %s", out.Gone, lives, kinds(out.Problems))
						}
						old = kept.state
						l = another(l, authserver.Settings{}, authserver.State{})
					}
				})
			}
		}
	}
}
