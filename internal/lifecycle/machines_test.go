// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var both = map[string]func(string) metadata.Document{"web": web, "machine": machine}

func (l *life) registerAs(doc metadata.Document) outcome.Outcome {
	return lifecycle.Register(l.t.Context(), l.server, lifecycle.Registration{Place: l.state.Place, Asked: doc}, l.save)
}

func (l *life) update(doc metadata.Document) outcome.Outcome {
	return lifecycle.Update(l.t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc, StoresSecret: true, MayChange: anything}, l.save)
}

// holds fails unless the state has the token that is in force, proved or not.
func (l *life) holds(what string) {
	l.t.Helper()
	now := l.op.CurrentToken(l.state.Handle.ClientID)
	if l.state.Handle.RegistrationAccessToken.Reveal() != now && l.state.Record.Unproven.RegistrationAccessToken.Reveal() != now {
		l.t.Errorf("%s: the token that is in force is not kept", what)
	}
}

// Two machines share a state, and each has a journal of its own or none. An update whose answer one of them lost is known to the other by
// the state alone: its own journal, in which each request is answered, proves nothing about the secret.
func TestALostUpdateOfAnotherMachine(t *testing.T) {
	rotates := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
	for kind, doc := range both {
		for updates := range 3 {
			for _, journaled := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, after %d updates, the other's journal %v", kind, updates, journaled), func(t *testing.T) {
					here, there := withJournal(t), authserver.Settings{}
					if journaled {
						there = withJournal(t)
					}
					l := begin(t, &fakeop.Server{Faults: rotates}, here)
					l.registerAs(doc("a"))
					for i := range updates {
						l.update(doc(fmt.Sprint(i)))
					}
					other := start(t, l.op, there)
					other.state = l.state
					lost := rotates
					lost.Updating.Calls = fakeop.Always(fakeop.Lost())
					l.op.SetFaults(lost)
					other.want(other.update(doc("z")), outcome.NotUpdated)
					l.op.SetFaults(rotates)
					l = l.restarted(here)
					l.state = other.state
					if out := l.refresh(); out.Gone {
						t.Errorf("a live client is forgotten: %v", out.Problems)
					}
				})
			}
		}
	}
}

// Two servers by turns at one address, as in development, may give one client_id, and one journal hears of both. Each state goes on to work
// at its own server.
func TestServersByTurnsAtOneAddress(t *testing.T) {
	updates := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
	hidden := updates
	hidden.OmitSecretOnRead = true
	for name, f := range map[string]fakeop.Faults{"rotates nothing": {}, "updates": updates, "updates, hidden": hidden, "reads": {RotateTokenOnRead: true}} {
		for kind, doc := range both {
			t.Run(name+", "+kind, func(t *testing.T) {
				settings := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: f, ClientID: func(int) string { return "app" }}, settings)
				var states [2]authserver.State
				var servers [2]func()
				for i, empty := 0, l.op.Backup(); i < 2; i++ {
					empty()
					l.state = authserver.State{}
					l.registerAs(doc(fmt.Sprint(i)))
					states[i], servers[i] = l.state, l.op.Backup()
					l = l.restarted(settings)
				}
				for turn := range 6 {
					at := turn % 2
					servers[at]()
					l.state = states[at]
					if out := l.refresh(); out.Gone || out.Failed() || undecided(out) {
						t.Fatalf("turn %d: gone %v, %v", turn, out.Gone, out.Problems)
					}
					if out := l.update(doc(fmt.Sprint(at, turn))); out.Failed() {
						t.Fatalf("turn %d: %v", turn, out.Problems)
					}
					l.shows(fmt.Sprintf("turn %d", turn))
					l.holds(fmt.Sprintf("turn %d", turn))
					states[at], servers[at] = l.state, l.op.Backup()
					l = l.restarted(settings)
				}
			})
		}
	}
}

// At a server whose clients share one address, and where the token alone tells which is meant, what becomes of one says nothing of the
// other.
func TestClientsOfOneAddress(t *testing.T) {
	for _, f := range []fakeop.Faults{{}, {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, {RotateTokenOnRead: true}} {
		for _, journaled := range []bool{true, false} {
			settings := authserver.Settings{}
			if journaled {
				settings = withJournal(t)
			}
			one := begin(t, &fakeop.Server{Faults: f, ClientURI: fakeop.URIEndpoint}, settings)
			two := &life{t: t, op: one.op, server: one.server}
			one.registerAs(web("a"))
			two.registerAs(web("b"))
			for _, l := range []*life{one, two} {
				l.rename("c" + l.state.Handle.ClientID)
				l.refresh()
			}
			one = one.restarted(settings)
			two.server = one.server
			one.want(lifecycle.Deregister(t.Context(), one.server, one.state, authserver.Behaviour{}, one.save))
			if left := one.op.Clients(); len(left) != 1 || left[0].ID != two.state.Handle.ClientID {
				t.Fatalf("left are %v", left)
			}
			if out := two.rename("e"); out.Failed() {
				t.Errorf("the other one: %v", out.Problems)
			}
			two.shows("the other one")
			two.holds("the other one")
		}
	}
}

// The read after a registration may replace the credentials, and its answer may be lost. Whether reads do that is not known then, which
// counts as if they did: a refusal of all that is known proves nothing.
func TestARegistrationWhoseReadBackIsLost(t *testing.T) {
	for kind, doc := range both {
		for rotates, f := range map[string]fakeop.Faults{"token": {RotateTokenOnRead: true}, "both": {RotateTokenOnRead: true, RotateSecretOnRead: true}} {
			for _, lost := range []fakeop.Answer{fakeop.Lost(), {Status: 500, Processed: true}} {
				t.Run(fmt.Sprintf("%s, %s, %d", kind, rotates, lost.Status), func(t *testing.T) {
					cut := f
					cut.Reading.Calls = fakeop.Always(lost)
					l := begin(t, &fakeop.Server{Faults: cut}, authserver.Settings{})
					l.want(l.registerAs(doc("a")), outcome.NotReadBack)
					l.op.SetFaults(f)
					for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshAlways} {
						l = l.restarted(authserver.Settings{})
						b := authserver.Behaviour{Refresh: refresh}
						if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save); out.Gone {
							t.Errorf("refresh = %s: a live client is forgotten: %v", refresh, out.Problems)
						}
					}
					if l.update(doc("b")); l.state.Record.Gone {
						t.Error("an update takes the client as gone, and the next plan would register another one")
					}
					if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone {
						t.Errorf("said to be deleted, and lives: %v", out.Problems)
					}
				})
			}
		}
	}
}

// A client of a run that was killed cannot be read just now: nothing is registered until it can, and then that client is adopted.
func TestAnAdoptionThatHasToWait(t *testing.T) {
	for name, busy := range map[string]fakeop.Answer{
		"500": fakeop.InternalError(), "502": fakeop.BadGateway(), "429": {Status: 429}, "cut": fakeop.Dropped(), "lost": fakeop.Lost(), "403": fakeop.Forbidden("", ""), "page": fakeop.Welcome(),
		"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundPage(), "login": fakeop.LoginPage(),
	} {
		t.Run(name, func(t *testing.T) {
			settings := withJournal(t)
			l := begin(t, &fakeop.Server{}, settings)
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a")}, func(authserver.Snapshot) {})
			l = l.restarted(settings)
			l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(busy)}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.InternalError())}})
			out := l.registerAs(machine("a"))
			if n := l.op.Registrations(); n != 1 || !out.Failed() {
				t.Fatalf("registered %d times: %v", n, out.Problems)
			}
			l.op.SetFaults(fakeop.Faults{})
			l = l.restarted(settings)
			l.want(l.registerAs(machine("a")), outcome.Adopted)
			if n := l.op.Registrations(); n != 1 {
				t.Errorf("registered %d times", n)
			}
		})
	}
}

// Whether a secret has expired is a matter of the server's clock. This machine's may be behind, and then a refused secret beside a refused
// token is no proof of anything.
func TestAClockThatIsBehindTheServers(t *testing.T) {
	for kind, doc := range both {
		for _, tokenToo := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, token expires too: %v", kind, tokenToo), func(t *testing.T) {
				now := fakeop.Epoch.Add(24 * time.Hour)
				op := &fakeop.Server{Clock: func() time.Time { return now }, SecretLifetime: time.Hour}
				if tokenToo {
					op.TokenLifetime = time.Hour
				}
				l := begin(t, op, authserver.Settings{})
				l.want(l.registerAs(doc("a")))
				l.want(l.refresh())
				now = now.Add(2 * time.Hour)
				if !tokenToo {
					l.op.RevokeToken(l.state.Handle.ClientID)
				}
				if out := l.refresh(); out.Gone {
					t.Errorf("a live client is forgotten: %v", out.Problems)
				}
			})
		}
	}
}

// A registration that is refused because a client stands in its way may show that client. It is somebody else's: nothing of it is kept,
// neither in the state, where the next apply would delete it, nor in the journal, which would give it to the next create.
func TestARefusalThatShowsTheClientInTheWay(t *testing.T) {
	for name, status := range map[string]int{"conflict": 409, "long before": 400, "long before, 500": 500} {
		for _, journaled := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, journal %v", name, journaled), func(t *testing.T) {
				settings, days := authserver.Settings{}, 0
				if journaled {
					settings = withJournal(t)
				}
				op := &fakeop.Server{Clock: func() time.Time { return someMorning.AddDate(0, 0, days) }}
				l := begin(t, op, authserver.Settings{})
				l.register()
				theirs := l.op.Clients()[0]
				body, err := json.Marshal(map[string]any{
					"error": "invalid_client_metadata", "error_description": "this client exists", "client_id": theirs.ID, "registration_access_token": theirs.Token,
					"registration_client_uri": theirs.URI, "client_id_issued_at": theirs.IssuedAt.Unix(),
				})
				if err != nil {
					t.Fatal(err)
				}
				if status != 409 {
					days = 30
				}
				l = l.restarted(settings)
				l.state = authserver.State{}
				l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: status, Body: string(body)})
				l.want(l.registerAs(web("a")), outcome.NotRegistered)
				if l.state.Handle.ClientID != "" {
					t.Error("the client is kept")
				}
				l = l.restarted(settings)
				l.registerAs(web("a"))
				if l.state.Handle.ClientID == theirs.ID || len(l.op.Clients()) != 2 {
					t.Errorf("the next create has %s; %d clients", l.state.Handle.ClientID, len(l.op.Clients()))
				}
			})
		}
	}
}
