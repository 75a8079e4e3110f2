// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// ofEachKind are clients with a secret and without one: what reads do to a secret is never learnt of the latter.
var ofEachKind = map[string]func(string) metadata.Document{
	"web": web, "machine": machine, "public": public,
	"private_key_jwt": func(name string) metadata.Document {
		doc := web(name)
		doc["token_endpoint_auth_method"], doc["jwks_uri"] = "private_key_jwt", "https://a.example/keys"
		return doc
	},
}

var unread = authserver.Behaviour{Refresh: authserver.RefreshNever}

// A limiter turns a deletion away that it did not let through, of a client whose token had died before, which no refresh has found. The refusal of the repeat looks
// as after a deletion that was made, and no endpoint tells. One look before it, where a look costs nothing, shows that the token was dead already.
func TestALimitedDeletionWithADeadTokenIsNone(t *testing.T) {
	silent := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
	rotating := silent
	rotating.RotateTokenOnRead = true
	for what, answer := range map[string]fakeop.Answer{"503": comeBack(false), "408": {Status: 408, Body: "request timeout", MediaType: "text/plain"}} {
		for kind, doc := range ofEachKind {
			for i := range 24 {
				retries, journal, rotates, f := 4*(i%2), i/2%2 == 1, i/4%2 == 1, silent
				refresh := []string{"never", "left out", "made"}[i/8] // as with -refresh=false, or a plan that was saved before
				if rotates {
					f = rotating
				}
				if rotates && !journal {
					continue // it is not read, so that nothing tells
				}
				t.Run(fmt.Sprintf("%s, %s, %d retries, journal %v, refresh %s, rotates %v", what, kind, retries, journal, refresh, rotates), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					s.Transport = transport.Options{MaxRetries: retries}
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a"))
					l.op.RevokeToken(l.state.Handle.ClientID)
					b := unread
					if refresh != "never" {
						b = authserver.Behaviour{}
					}
					if refresh == "made" {
						l = l.later(s)
						l.refresh()
					}
					for run := range 3 {
						l = l.later(s)
						if run < 2 {
							l.op.Force(fakeop.OpDelete, answer)
						}
						if out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save); out.Gone || !out.Failed() {
							t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
						}
					}
					b.OnMissing = reconcile.OnMissingRecreate
					l = l.later(s)
					if out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save); !out.Gone || !out.Has(outcome.TakenAsGone) {
						t.Errorf("on_missing does not end it: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// The limiter turns the look away as well: that it showed nothing is no word that the token works.
func TestALimiterThatTurnsTheLookAwayTellsOfNoDeletion(t *testing.T) {
	for what, answer := range map[string]fakeop.Answer{"503": comeBack(false), "429": {Status: 429}, "408": {Status: 408, Body: "request timeout", MediaType: "text/plain"}, "502": fakeop.BadGateway(), "500": fakeop.InternalError()} {
		for kind, doc := range ofEachKind {
			for i := range 4 {
				journal, dead := i%2 == 1, i/2 == 1
				t.Run(fmt.Sprintf("%s, %s, journal %v, dead %v", what, kind, journal, dead), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, s)
					l.registerAs(doc("a"))
					if dead {
						l.op.RevokeToken(l.state.Handle.ClientID)
					}
					l = l.later(s)
					l.op.Force(fakeop.OpRead, answer)
					if dead && what != "500" {
						l.op.Force(fakeop.OpDelete, answer)
					}
					out := lifecycle.Deregister(t.Context(), l.server, l.state, unread, l.save)
					if _, lives := l.op.Client(l.state.Handle.ClientID); lives && out.Gone {
						t.Fatalf("a live client is forgotten: %s", kinds(out.Problems))
					}
					if dead {
						return
					}
					// The read after it shows the client, which is deleted then.
					if !out.Gone || len(l.op.Clients()) != 0 {
						t.Errorf("not deleted: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// One wrong acknowledgement of a deletion with a token that was refused before it is none: the repeat is refused as the look was, or the refresh.
func TestAnAcknowledgedDeletionWithADeadTokenIsNone(t *testing.T) {
	for kind, doc := range ofEachKind {
		for i := range 8 {
			known, refreshed, status := i%2 == 1, i/2%2 == 1, 200+2*(i/4)
			t.Run(fmt.Sprintf("%s, known %v, refreshed %v, %d", kind, known, refreshed, status), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, true)
				server := &fakeop.Server{}
				if !known {
					server.Faults = fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
				}
				l := begin(t, server, s)
				l.registerAs(doc("a"))
				l.op.RevokeToken(l.state.Handle.ClientID)
				l = l.later(s)
				b := unread
				if refreshed {
					b = authserver.Behaviour{Refresh: authserver.RefreshAuto, OnMissing: reconcile.OnMissingKeep}
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
					l = l.later(s)
				}
				l.op.Force(fakeop.OpDelete, fakeop.Answer{Status: status, Body: "{}"})
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save); out.Gone || !out.Failed() {
					t.Errorf("a live client is forgotten: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// The same with a credential of the provider that has expired: where it registers clients, it is refused as well.
func TestAnAcknowledgedDeletionWithAnExpiredCredentialIsNone(t *testing.T) {
	for _, refresh := range []string{"never", "left out", "made"} {
		refreshed := refresh == "made"
		s := settingsWith(t, true)
		s.Management, s.InitialAccessToken = authserver.ManagementProvider, secret.New("admin")
		server := &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"admin": 0}, Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}
		l := begin(t, server, s)
		l.register()
		l = l.later(s)
		server.InitialAccessTokens = map[string]int{"another": 0}
		if refreshed {
			l.refresh()
			l = l.later(s)
		} else {
			l.op.EditFaults(func(f *fakeop.Faults) { // the registration endpoint says so
				f.Front = []fakeop.CallFault{{Matches: func(r *http.Request) bool { return r.URL.Path == "/register" }, Answer: fakeop.Unauthorized(true)}}
			})
		}
		l.op.Force(fakeop.OpDelete, fakeop.Answer{Status: 200, Body: "{}"})
		b := unread
		if refresh != "never" {
			b = authserver.Behaviour{}
		}
		if out := l.destroy(b); out.Gone || !out.Failed() {
			t.Errorf("refresh %s: a live client is forgotten: %s", refresh, kinds(out.Problems))
		}
		server.InitialAccessTokens = map[string]int{"admin": 0} // which is renewed, and the deletion is made
		l = l.later(s)
		l.op.EditFaults(func(f *fakeop.Faults) { f.DeleteStatus, f.Front = 200, nil })
		if out := l.destroy(authserver.Behaviour{}); !out.Gone || out.Failed() {
			t.Errorf("refresh %s: not deleted: %s", refresh, kinds(out.Problems))
		}
	}
}

// Nothing at the address of a client that a witness knows, as before one wrong acknowledgement, is none either, with whichever credential.
func TestAnAcknowledgedDeletionAtAnAddressWhereNothingIsIsNone(t *testing.T) {
	for _, byProvider := range []bool{true, false} {
		s, server := settingsWith(t, true), &fakeop.Server{}
		if byProvider {
			s.Management, s.InitialAccessToken = authserver.ManagementProvider, secret.New("admin")
			server.Management, server.InitialAccessTokens = fakeop.ManagementByCredential, map[string]int{"admin": 0}
		}
		l := begin(t, server, s)
		l.register()
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Reading.Calls, f.Deletion.Calls = fakeop.Always(fakeop.Answer{Status: 404}), fakeop.Always(fakeop.Answer{Status: 404})
		})
		l = l.later(s)
		l.want(l.refresh(), outcome.NotServed)
		l = l.later(s)
		l.op.Force(fakeop.OpDelete, fakeop.Answer{Status: 200, Body: "{}"})
		if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() {
			t.Errorf("by the provider's credentials %v: a live client is forgotten: %s", byProvider, kinds(out.Problems))
		}
	}
}

// What missed the client before in another way than the repeat is refused, or with another token, or before it was shown, says nothing of that: the deletion was made.
func TestAnAcknowledgedDeletionIsMadeWhateverMissedTheClientBefore(t *testing.T) {
	for what, missed := range map[string]fakeop.Answer{"404": {Status: 404}, "401, and shown since": fakeop.Unauthorized(true), "401, and another token since": fakeop.Unauthorized(true)} {
		s := settingsWith(t, true)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true, DeleteStatus: 200}}, s)
		l.register()
		keep := authserver.Behaviour{Refresh: authserver.RefreshAuto, OnMissing: reconcile.OnMissingKeep}
		refresh := func() outcome.Outcome {
			l = l.later(s)
			return lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: keep}, l.save)
		}
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(missed) })
		if refresh(); l.state.Record.MissedBy == "" {
			t.Fatalf("%s: not missed", what)
		}
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
		switch what {
		case "401, and shown since":
			l.want(refresh())
		case "401, and another token since":
			l.state.Handle.RegistrationAccessToken = secret.New(l.op.ReissueToken(l.state.Handle.ClientID))
		}
		l = l.later(s)
		if out := l.destroy(keep); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("%s: undecided for ever: %s", what, kinds(out.Problems))
		}
	}
}

// One whose token works is deleted as any other, also where the limiter let the deletion through, and one that is gone is known by its server's endpoints.
func TestALimitedDeletionIsMade(t *testing.T) {
	for _, made := range []bool{true, false} {
		for _, gone := range []bool{true, false} {
			for _, retries := range []int{0, 4} {
				t.Run(fmt.Sprintf("made %v, gone before %v, %d retries", made, gone, retries), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, true)
					s.Transport = transport.Options{MaxRetries: retries}
					server := &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}
					if gone {
						server = &fakeop.Server{}
					}
					l := begin(t, server, s)
					l.register()
					if gone {
						l.op.RemoveClient(l.state.Handle.ClientID)
					}
					l.op.Force(fakeop.OpDelete, comeBack(made))
					out := outcome.Outcome{}
					for range 2 {
						l = l.later(s)
						if out = lifecycle.Deregister(t.Context(), l.server, l.state, unread, l.save); out.Gone {
							break
						}
					}
					if !out.Gone || len(l.op.Clients()) != 0 {
						t.Errorf("gone %v, %d clients: %s", out.Gone, len(l.op.Clients()), kinds(out.Problems))
					}
				})
			}
		}
	}
}

// A client is looked at before its deletion where reads were seen to leave its credentials alone: a refresh may have been long ago, or left out.
func TestWhatIsReadBeforeADeletion(t *testing.T) {
	for _, tt := range []struct {
		name    string
		faults  fakeop.Faults
		refresh string
		reads   int
	}{
		{"refresh = never", fakeop.Faults{}, authserver.RefreshNever, 1},
		{"refreshed", fakeop.Faults{}, authserver.RefreshAuto, 1},
		{"reads replace the token", fakeop.Faults{RotateTokenOnRead: true}, authserver.RefreshNever, 0},
		{"reads replace the secret", fakeop.Faults{RotateSecretOnRead: true}, authserver.RefreshNever, 0},
		{"no reads", fakeop.Faults{ReadStatus: 405}, authserver.RefreshNever, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := settingsWith(t, false)
			l := begin(t, &fakeop.Server{Faults: tt.faults}, s)
			l.registerAs(web("a"))
			before := l.op.CountOf(fakeop.OpRead)
			l = l.later(s)
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{Refresh: tt.refresh}, l.save); !out.Gone {
				t.Errorf("not deleted: %s", kinds(out.Problems))
			}
			if n := l.op.CountOf(fakeop.OpRead) - before; n != tt.reads {
				t.Errorf("%d reads, want %d", n, tt.reads)
			}
		})
	}
}

// A registration endpoint that refuses whoever asks with GET, whatever the credential, is no word against a deletion that was acknowledged, of a client that the refresh showed.
func TestARegistrationEndpointThatRefusesEachReadIsNoWordAgainstADeletion(t *testing.T) {
	s := settingsWith(t, true)
	s.Management, s.InitialAccessToken = authserver.ManagementProvider, secret.New("admin")
	server := &fakeop.Server{
		Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"admin": 0},
		Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true, DeleteStatus: 200, GoneStatus: 401},
	}
	l := begin(t, server, s)
	l.register()
	l.op.EditFaults(func(f *fakeop.Faults) {
		f.Front = []fakeop.CallFault{{Matches: func(r *http.Request) bool { return r.URL.Path == "/register" && r.Method == http.MethodGet }, Answer: fakeop.Unauthorized(true)}}
	})
	l = l.later(s)
	l.refresh()
	l = l.later(s)
	if out := l.destroy(authserver.Behaviour{}); !out.Gone || out.Failed() {
		t.Errorf("not deleted: %s", kinds(out.Problems))
	}
}
