// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What a server does day by day, and one fault beside it.

// someMorning is a time at which a server may have issued a client_id.
var someMorning = fakeop.Epoch.Add(9*time.Hour + 12*time.Minute + 34*time.Second)

// lagging has a replica answer for the whole server that has not seen the last write.
func lagging(f fakeop.Faults, times int) fakeop.Faults {
	stale := []fakeop.CallFault{{Times: times, Answer: fakeop.Answer{Stale: true}}}
	f.Reading.Calls, f.Updating.Calls, f.Deletion.Calls, f.TokenEndpoint.Calls, f.AuthorizationEndpoint.Calls = stale, stale, stale, stale, stale
	return f
}

// A replica may be behind with all that it is asked: it does not know a client that was just registered, at any endpoint, and that is one
// fault, which passes within a second.
func TestAReplicaThatDoesNotKnowTheClientYet(t *testing.T) {
	rotates := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
	for kind, doc := range both {
		for _, after := range []string{"registration", "update"} {
			for _, operation := range []string{"read", "update", "delete"} {
				for _, journaled := range []bool{false, true} {
					t.Run(fmt.Sprint(kind, " after a ", after, ": ", operation, ", journal ", journaled), func(t *testing.T) {
						settings := authserver.Settings{}
						if journaled {
							settings = withJournal(t)
						}
						l := begin(t, &fakeop.Server{Faults: rotates}, settings)
						l.registerAs(doc("a"))
						if after == "update" {
							l.update(doc("b"))
						}
						l = l.restarted(settings)
						l.op.SetFaults(lagging(rotates, 0))
						l.waits = func(d time.Duration) {
							if d == reconcile.ReplicaPause {
								l.op.SetFaults(rotates) // the replica has caught up
							}
						}
						id := l.state.Handle.ClientID
						var out outcome.Outcome
						switch operation {
						case "read":
							out = l.refresh()
						case "update":
							out = l.update(doc("c"))
						default:
							out = lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
						}
						if _, lives := l.op.Client(id); lives && (out.Gone || l.state.Record.Gone) {
							t.Errorf("a live client is forgotten: %v", out.Problems)
						}
					})
				}
			}
		}
	}
}

// An administrator may disable a client. It is refused as one that does not exist, and a page that says so is the only difference.
func TestAClientThatIsDisabled(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	l.want(l.rename("b"))
	l.op.DisableClient(l.state.Handle.ClientID)
	if out := l.refresh(); out.Gone {
		t.Errorf("a live client is forgotten: %v", out.Problems)
	}
}

// A token that has expired is refused of a client that lives, too: then the refusal at the client's own URI says nothing, and one
// endpoint's word is one witness, not the second.
func TestTheRefusalOfAnExpiredToken(t *testing.T) {
	for what, said := range map[string]fakeop.CredentialFaults{
		"the answer told when": {TellsTokenLifetime: true}, "the refusal says so": {InvalidTokenCode: "token_expired"},
	} {
		t.Run(what, func(t *testing.T) {
			now := fakeop.Epoch
			f := fakeop.Faults{Credentials: said}
			l := begin(t, &fakeop.Server{TokenLifetime: 5 * time.Minute, Clock: func() time.Time { return now }, Faults: f}, authserver.Settings{})
			l.registerAs(machine("a"))
			now = now.Add(time.Hour)
			f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
			l.op.SetFaults(f)
			if out := l.refresh(); out.Gone {
				t.Errorf("a live client is forgotten: %v", out.Problems)
			}
		})
	}
}

// The same with a deletion whose request was lost: what is refused an hour later is the expired token.
func TestALostDeletionAndAnExpiredToken(t *testing.T) {
	now := fakeop.Epoch
	f := fakeop.Faults{Credentials: fakeop.CredentialFaults{TellsTokenLifetime: true}, TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
	settings := withJournal(t)
	l := begin(t, &fakeop.Server{TokenLifetime: 5 * time.Minute, Clock: func() time.Time { return now }, Faults: f}, settings)
	l.register()
	lost := f
	lost.Deletion.Calls, lost.Reading.Calls = fakeop.Always(fakeop.Dropped()), fakeop.Always(fakeop.InternalError())
	l.op.SetFaults(lost)
	if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Failed() {
		t.Fatal("the deletion was answered")
	}
	now = now.Add(time.Hour)
	l.op.SetFaults(f)
	l = l.restarted(settings)
	if out := l.refresh(); out.Gone {
		t.Errorf("read: a live client is forgotten: %v", out.Problems)
	}
	if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone {
		t.Errorf("delete: a live client is forgotten: %v", out.Problems)
	}
}

// Some servers issue a secret for a client that authenticates with a key, and do not show how it authenticates. The secret is refused at the
// token endpoint then, of a client that lives.
func TestASecretThatIsNotWhatTheClientAuthenticatesWith(t *testing.T) {
	for name, show := range map[string]fakeop.Faults{
		"not shown": {DropOnRead: []string{"token_endpoint_auth_method"}, DropOnWrite: []string{"token_endpoint_auth_method"}},
		"in a list": {ArrayWhereString: []string{"token_endpoint_auth_method"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{Faults: show}, authserver.Settings{})
			issued := fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
				doc["client_secret"], doc["client_secret_expires_at"] = "a-secret-of-no-use", 0
			}})
			show.Registration.Calls, show.Reading.Calls = issued, issued
			l.op.SetFaults(show)
			doc := machine("a")
			doc["token_endpoint_auth_method"], doc["jwks_uri"] = "private_key_jwt", "https://a.example/keys"
			l.registerAs(doc)
			l.op.RevokeToken(l.state.Handle.ClientID)
			if out := l.refresh(); out.Gone {
				t.Errorf("a live client is forgotten: %v", out.Problems)
			}
		})
	}
}

// Keys that a server shows empty, since the client has none, are none that it may authenticate with in place of its secret: the refusal of that counts as at a
// server which shows no keys at all.
func TestEmptyKeysAreNoWayToAuthenticate(t *testing.T) {
	for name, show := range map[string]fakeop.Faults{
		"no keys": {}, "empty": {EmptyObjectForJWKS: true, EmptyStringsForUnset: true}, "null": {NullsForUnset: true},
	} {
		for _, gone := range []bool{true, false} {
			show.DropOnRead, show.DropOnWrite = []string{"token_endpoint_auth_method"}, []string{"token_endpoint_auth_method"}
			l := begin(t, &fakeop.Server{Faults: show}, authserver.Settings{})
			l.registerAs(machine("a"))
			if gone {
				l.op.RemoveClient(l.state.Handle.ClientID)
			} else {
				l.op.RevokeToken(l.state.Handle.ClientID)
			}
			if out := l.refresh(); out.Gone != gone {
				t.Errorf("%s, gone %v: taken as gone %v: %s", name, gone, out.Gone, kinds(out.Problems))
			}
		}
	}
}

// On a server that moves a client with each update, an answer that was lost explains a 404 at the address before as it does the refusal of
// the secret before.
func TestALostUpdateThatMovedTheClient(t *testing.T) {
	f := fakeop.Faults{MoveURIOnUpdate: true, RotateSecretOnUpdate: true, AuthorizeErrorPage: true, Credentials: fakeop.CredentialFaults{}}
	for updates := range 2 {
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.register()
		for i := range updates {
			l.rename(fmt.Sprint(i))
		}
		lost := f
		lost.Updating.Calls = fakeop.Always(fakeop.Lost())
		l.op.SetFaults(lost)
		l.want(l.rename("z"), outcome.NotUpdated)
		f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 404, Body: `{"error":"not_found"}`}) // as such a server answers at an address before
		l.op.SetFaults(f)
		if out := l.refresh(); out.Gone {
			t.Errorf("after %d updates, a live client is forgotten: %v", updates, out.Problems)
		}
		f.Reading.Calls = nil
	}
}

// The provider's own credentials manage every client: where a registration's answer names another client's address, nothing is deleted there.
func TestDeletionByTheProviderAtAnotherClientsAddress(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, strict := range []bool{false, true} {
		for _, management := range []string{authserver.ManagementAuto, authserver.ManagementProvider} {
			for _, away := range []bool{false, true} {
				l := begin(t, &fakeop.Server{AdminToken: admin}, authserver.Settings{InitialAccessToken: secret.New(admin), Management: management})
				l.register()
				other := l.state.Handle
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Registration.Calls = fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
						doc["registration_client_uri"], doc["client_name"] = other.RegistrationClientURI, "substituted"
					}})
					if away {
						f.Reading.Calls = []fakeop.CallFault{{Times: 3, Answer: fakeop.InternalError()}}
					}
				})
				l.state = authserver.State{}
				out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("b"), Behaviour: authserver.Behaviour{Strict: strict}}, l.save)
				if !out.Gone {
					lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
				}
				if _, lives := l.op.Client(other.ClientID); !lives {
					t.Errorf("%s, strict %v, away %v: another client is deleted: %v", management, strict, away, out.Problems)
				}
			}
		}
	}
}

// A server whose times are those of no client, or whose clock jumped, has registered the client all the same, and a roll-back deletes it.
func TestRollBackWhereTimesAreNoTimes(t *testing.T) {
	for name, issued := range map[string]any{
		"zero": 0, "one": 1, "a lifetime": 3600, "the day 1970-01-21": 1767225, "a round number": 1600000000, "midnight": 1577836800, "a string": "1600000000", "null": nil,
	} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
			doc["client_id_issued_at"] = issued
		}})}, ShowOnRead: map[string]any{"client_name": "other"}}}, authserver.Settings{})
		out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
		if n := len(l.op.Clients()); n != 0 || !out.Gone {
			t.Errorf("%s: %d clients are left: %v", name, n, out.Problems)
		}
	}
}

// A registration that is accepted may have been answered with a client that somebody else registered long ago. It is kept, since the answer
// may hold the only credentials that work, and told. Times that are none are not told of.
func TestAnAcceptedAnswerThatShowsAnOldClient(t *testing.T) {
	day := int64(24 * time.Hour / time.Second)
	now := someMorning.Unix()
	for name, tt := range map[string]struct {
		issued any
		told   bool
	}{
		"now": {now, false}, "two days ago": {now - 2*day, true}, "a year ago": {now - 365*day, true}, "as a string": {fmt.Sprint(now - 9*day), true}, "in milliseconds": {(now - 9*day) * 1000, true},
		"now, in milliseconds": {now * 1000, false}, "a local time": {now - 14*3600, false}, "the other way": {now + 13*3600, false}, "0": {0, false}, "1": {1, false}, "a lifetime": {86399, false},
		"in 1970": {1767225, false}, "a round number": {1700000000, false}, "midnight": {fakeop.Epoch.Unix() - 400*day, false}, "the standard's example": {2893256800, false}, "null": {nil, false},
	} {
		l := begin(t, &fakeop.Server{Clock: func() time.Time { return someMorning }}, authserver.Settings{})
		l.op.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) { doc["client_id_issued_at"] = tt.issued }})
		out := l.registerAs(web("a"))
		if out.Failed() || out.Has(outcome.KnownBefore) != tt.told || l.state.Handle.ClientID == "" {
			t.Errorf("%s: %v", name, out.Problems)
		}
	}
}

// What answers in a server's place acknowledges a deletion and refuses the read after it, and no endpoint tells anything. A deletion that was
// made is refused when it is sent again; this one is not.
func TestADeletionThatIsAcknowledgedForEver(t *testing.T) {
	for name, ack := range map[string]fakeop.Answer{"a document": {Status: 200, Body: `{"status":"ok"}`}, "nothing": {Status: 200}, "202": {Status: 202}} {
		silent := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
		l := begin(t, &fakeop.Server{Faults: silent}, authserver.Settings{})
		l.register()
		front := silent
		front.Deletion.Calls, front.Reading.Calls = fakeop.Always(ack), fakeop.Always(fakeop.Unauthorized(false))
		l.op.SetFaults(front)
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone || len(out.Problems[0].Ways) == 0 {
			t.Errorf("%s: said to be deleted, and lives: %v", name, out.Problems)
		}
		silent.DeleteStatus = ack.Status
		l.op.SetFaults(silent)
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("%s: not deleted: %v", name, out.Problems)
		}
	}
}

// A server that has deletions and no reads deletes a client. Of one that is gone, nothing tells it from a client of a server that has no deletions
// either, and its user decides.
func TestDeletionWithoutReads(t *testing.T) {
	for _, removed := range []bool{false, true} {
		for _, status := range []int{200, 204} {
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, DeleteStatus: status}}, authserver.Settings{})
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
			if removed {
				l.op.RemoveClient(l.state.Handle.ClientID)
			}
			out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			if removed {
				if out.Gone || !slices.Contains(out.Problems[len(out.Problems)-1].Ways, reconcile.WayOnMissingRecreate) {
					t.Errorf("%d: gone %v: %v", status, out.Gone, out.Problems)
				}
				l = l.later(authserver.Settings{})
				out = lifecycle.Deregister(t.Context(), l.server, l.state, recreate(), l.save)
			}
			if !out.Gone || len(l.op.Clients()) != 0 {
				t.Errorf("removed %v, %d: not deleted: %v", removed, status, out.Problems)
			}
		}
	}
}

// An update that brings a secret which nothing can prove leaves two. A server that takes no update without the secret in force proves one.
func TestAnUpdateProvesTheSecretThatItNeeds(t *testing.T) {
	f := fakeop.Faults{RotateSecretOnUpdate: true, HashedSecretOnRead: true, TokenChecksGrantFirst: true}
	for name, needs := range map[string]func(*fakeop.Faults){
		"400": func(f *fakeop.Faults) { f.UpdateNeedsSecret = true }, "401": func(f *fakeop.Faults) { f.UpdateWithoutSecretIsUnauthorized = true },
	} {
		needs(&f)
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(web("a"))
		for i := range 3 {
			if out := l.rename(fmt.Sprint(i)); out.Failed() {
				t.Fatalf("%s, update %d: %v", name, i, out.Problems)
			}
		}
		l.shows(name)
	}
}

// A client_id may be a word of what a server says of clients that it does not know. That is no difference between it and another one.
func TestAClientIDThatIsAWord(t *testing.T) {
	for _, id := range []string{"client", "failed", "a", "application", "is"} {
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{ClientID: func(int) string { return id }}, authserver.Settings{})
			l.registerAs(doc("a"))
			l.op.RemoveClient(id)
			if out := l.refresh(); !out.Gone {
				t.Errorf("%s %q: a client that is gone is kept: %v", kind, id, out.Problems)
			}
		}
	}
}
