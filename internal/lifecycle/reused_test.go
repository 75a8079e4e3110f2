// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What is remembered of a client may be of another one, or of another time: servers give a client_id again, answer a registration with a
// client that they have, and are restored from a backup.

func withJournal(t *testing.T) authserver.Settings {
	return authserver.Settings{Journal: &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
}

func settingsWith(t *testing.T, journal bool) authserver.Settings {
	if !journal {
		return authserver.Settings{}
	}
	return withJournal(t)
}

// A journal that remembers the deletion of a client knows nothing of a client that got the same client_id after it, on another machine:
// one refusal does not make that one gone.
func TestADeletionOfAnEarlierClientOfThatID(t *testing.T) {
	lost := fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Lost())}, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.InternalError())}}
	for how, deletion := range map[string]fakeop.Faults{"recorded": {}, "lost": lost} {
		for _, doc := range []metadata.Document{web("a"), machine("a")} {
			for _, status := range []int{401, 404} {
				t.Run(fmt.Sprintf("%s, %d members, %d", how, len(doc), status), func(t *testing.T) {
					op := &fakeop.Server{ClientID: func(int) string { return "app" }}
					here := withJournal(t)
					l := begin(t, op, here)
					l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc}, l.save))
					op.SetFaults(deletion)
					lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
					op.SetFaults(fakeop.Faults{})
					there := start(t, op, withJournal(t))
					there.want(lifecycle.Register(t.Context(), there.server, lifecycle.Registration{Asked: doc}, there.save))
					l = l.restarted(here)
					l.state = there.state
					op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: status, Body: `{"error":"invalid_token"}`})}})
					if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save); out.Gone {
						t.Errorf("a live client is forgotten: %v", out.Problems)
					}
				})
			}
		}
	}
}

// A server and a state that were restored from one backup fit together, and the journal is ahead of both. What the state has is tried
// where the journal's is refused.
func TestRestoredServerAndState(t *testing.T) {
	token := fakeop.Faults{RotateTokenOnUpdate: true}
	both, hidden, moves := token, token, token
	both.RotateSecretOnUpdate, hidden.RotateSecretOnUpdate, hidden.OmitSecretOnRead, moves.MoveURIOnUpdate = true, true, true, true
	forbidden, missing, bothForbidden := token, token, hidden
	forbidden.InvalidTokenStatus, missing.InvalidTokenStatus, bothForbidden.InvalidTokenStatus = 403, 404, 403
	for name, f := range map[string]fakeop.Faults{
		"token": token, "token and secret": both, "secret not shown": hidden, "address": moves, "token, refused with 403": forbidden, "token, refused with 404": missing, "secret not shown, refused with 403": bothForbidden,
	} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine} {
			for _, updates := range []int{1, 2, 3} {
				t.Run(fmt.Sprintf("%s, %s, %d updates", name, kind, updates), func(t *testing.T) {
					settings := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, settings)
					lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, l.save)
					l.refresh()
					before, restore := l.state, l.op.Backup()
					for i := range updates {
						lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc(fmt.Sprint(i)), StoresSecret: true, MayChange: anything}, l.save)
					}
					restore()
					l = l.restarted(settings)
					l.state = before
					for range 2 {
						if out := l.refresh(); out.Gone || out.Failed() || undecided(out) {
							t.Fatalf("gone: %v, %v", out.Gone, out.Problems)
						}
					}
					if got := l.state.Handle.RegistrationAccessToken.Reveal(); got != l.op.CurrentToken(l.state.Handle.ClientID) {
						t.Error("the token in the state is not in force")
					}
					l.shows("restored")
					if out := l.rename("z"); out.Failed() {
						t.Error(out.Problems)
					}
				})
			}
		}
	}
}

// A registration that is answered with a client that is there already is not rolled back, and nothing of that client is kept: a tainted
// resource would have the next apply delete it. The client is known by the journal, by the run, or by the time at which the server says
// that it issued its client_id.
func TestARefusedAnswerThatIsSomebodyElsesClient(t *testing.T) {
	for _, status := range []int{200, 201} {
		for _, by := range []string{"journal", "run", "time"} {
			t.Run(fmt.Sprint(status, " ", by), func(t *testing.T) {
				days := 0
				op := &fakeop.Server{
					Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}, RegisterStatus: status},
					Clock:  func() time.Time { return someMorning.AddDate(0, 0, days) },
				}
				settings := withJournal(t)
				l := begin(t, op, settings)
				l.register()
				switch by {
				case "journal":
					lifecycle.Confirm(t.Context(), l.server, l.state)
					l = l.restarted(settings)
				case "time":
					days = 2
					l = l.restarted(withJournal(t))
				}
				l.state = authserver.State{}
				op.EditFaults(func(f *fakeop.Faults) { f.ShowOnRead = map[string]any{"client_name": "other"} })
				out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
				l.want(out, outcome.Substituted)
				if !out.Gone || out.Problems[0].Consequence != outcome.LeftAlone || len(op.Clients()) != 1 {
					t.Errorf("kept: %v, %v, and %d clients are left", !out.Gone, out.Problems[0].Consequence, len(op.Clients()))
				}
			})
		}
	}
}

// Tokens that are handed in by client_id go to the client that the address of an import names, and to no other that a segment of its path
// names by chance, as that of a tenant: there, many servers revoke them.
func TestTokenOfAnImportByURIWithTenants(t *testing.T) {
	for range 8 { // a map has another order each time
		l := begin(t, &fakeop.Server{IssuerPath: "/1", ClientID: func(n int) string { return fmt.Sprint(n) }}, authserver.Settings{})
		tokens, uris := map[string]secret.String{}, map[string]string{}
		for _, id := range []string{"1", "2"} {
			l.state = authserver.State{}
			l.register()
			tokens[id], uris[id] = l.state.Handle.RegistrationAccessToken, l.state.Handle.RegistrationClientURI
		}
		l = l.restarted(authserver.Settings{RegistrationAccessTokens: tokens})
		for id, uri := range uris {
			h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(uri))
			if problem != nil || !h.RegistrationAccessToken.Equal(tokens[id]) {
				t.Fatalf("%s: another client's token, %v", uri, problem)
			}
		}
	}
}

// No token has blanks round it. One that cannot be sent is told, since it may be the only one.
func TestTokenWithBlanksRoundIt(t *testing.T) {
	for add, told := range map[string][]outcome.Kind{"\n": nil, " ": nil, "\r\n": nil, "…": {outcome.OddValues}, "\x00": {outcome.OddValues}} {
		f := fakeop.Faults{Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{Token: func(token string) any { return add + token + add }}}}
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), told...)
		if got := l.state.Handle.RegistrationAccessToken.Reveal(); told == nil && got != l.op.CurrentToken(l.state.Handle.ClientID) {
			t.Errorf("%q: the token is %q", add, got)
		}
	}
}

// A registration may name the address of another client, and the provider's credentials manage both: it is not deleted in the place of
// the one that was registered.
func TestDeletionAtAnotherClientsAddress(t *testing.T) {
	const admin = "credential-of-the-provider"
	for _, management := range []string{authserver.ManagementAuto, authserver.ManagementProvider} {
		l := begin(t, &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: admin}, authserver.Settings{InitialAccessToken: secret.New(admin), Management: management})
		l.register()
		other := l.state.Handle
		l.op.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_client_uri"] = other.RegistrationClientURI }})
		l.state = authserver.State{}
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("b")}, l.save)
		lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
		if _, lives := l.op.Client(other.ClientID); !lives {
			t.Errorf("%s: another client is deleted", management)
		}
	}
}

// A client was found to be gone, and another one got its client_id, which is imported with its token: nothing of the one before is that one's.
func TestImportOfAClientThatGotAnotherOnesID(t *testing.T) {
	for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
		for kind, doc := range both {
			s := withJournal(t)
			op := &fakeop.Server{ClientID: func(int) string { return "app" }}
			l := begin(t, op, s)
			l.registerAs(doc("a"))
			l = l.later(s)
			op.RemoveClient("app")
			if out := l.refresh(); !out.Gone {
				t.Fatalf("%s, %s: not gone: %s", says, kind, kinds(out.Problems))
			}
			there := start(t, op, withJournal(t))
			there.registerAs(doc("b"))
			op.SetFaults(f)
			l = l.later(handingIn(s, there.state.Handle))
			h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(there.state.Handle.RegistrationClientURI))
			if problem != nil {
				t.Fatal(problem)
			}
			l.state = authserver.State{Handle: h}
			l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save))
			if got, want := l.state.Handle, there.state.Handle; !got.ClientSecret.Equal(want.ClientSecret) || !got.RegistrationAccessToken.Equal(want.RegistrationAccessToken) {
				t.Errorf("%s, %s: the state has credentials of the client before", says, kind)
			}
		}
	}
}

// The same by the provider's own credentials, which tell nothing of whose the journal's are: a server that hides secrets has none to show, and the dead client's is not
// put in that place.
func TestImportByTheProviderOfAClientThatGotAnotherOnesID(t *testing.T) {
	for _, hidden := range []bool{true, false} {
		s := withJournal(t)
		s.InitialAccessToken = secret.New("admin")
		op := &fakeop.Server{ClientID: func(int) string { return "app" }, AdminToken: "admin", Faults: fakeop.Faults{OmitSecretOnRead: hidden}}
		l := begin(t, op, s)
		l.registerAs(web("a"))
		uri := l.state.Handle.RegistrationClientURI
		l = l.later(s)
		op.RemoveClient("app")
		if out := l.refresh(); !out.Gone {
			t.Fatalf("not gone: %s", kinds(out.Problems))
		}
		start(t, op, authserver.Settings{InitialAccessToken: secret.New("admin")}).registerAs(web("b"))
		l = l.later(s)
		h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(uri))
		if problem != nil {
			t.Fatal(problem)
		}
		l.state = authserver.State{}
		lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, l.save)
		client, _ := op.Client("app")
		if got := l.state.Handle.ClientSecret; !got.IsEmpty() && got.Reveal() != client.Secret || got.IsEmpty() != hidden {
			t.Errorf("hidden %v: the state has the secret of the client before, or none", hidden)
		}
	}
}
