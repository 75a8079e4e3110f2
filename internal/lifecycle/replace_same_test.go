// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// The registration in the place of a client is answered with this same client, and the answer lacks one of its credentials, or shows a wrong one. What the
// state has is in force, and is not dropped for that.
func TestReplaceIsAnsweredWithTheSameClientAndNotAllOfIt(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"no secret": shows("client_secret", nil), "a masked secret": shows("client_secret", "********"), "no token": shows("registration_access_token", nil),
		"no address": shows("registration_client_uri", nil), "no credentials": shows("client_secret", nil, "registration_access_token", nil, "registration_client_uri", nil),
		"another secret": shows("client_secret", "secret-9-f00dfeedf00dfeed"), "another token": shows("registration_access_token", "reg-token-9-f00dfeedf00dfeed"),
		"another address": shows("registration_client_uri", "http://127.0.0.1:1/register/x"), "beside an error": {Status: http.StatusInternalServerError},
	} {
		for i := range 6 {
			journal, rotates, unread := i%2 == 1, i/2 == 1, i/2 == 2
			if unread && answer.Edit == nil {
				continue // where no read works, nothing but a refusal would show the other token
			}
			t.Run(fmt.Sprintf("%s, journal %v, reads replace the token %v, no reads %v", name, journal, rotates, unread), func(t *testing.T) {
				t.Parallel()
				answer := answer // whose body is this run's own
				s := settingsWith(t, journal)
				faults := fakeop.Faults{OmitSecretOnRead: true, RotateTokenOnRead: rotates, Registration: fakeop.RegistrationFaults{SameClient: true}}
				if unread {
					faults.ReadStatus = http.StatusMethodNotAllowed
				}
				l := begin(t, &fakeop.Server{Faults: faults}, s)
				l.registerAs(web("a"))
				h := l.state.Handle
				if answer.Status != 0 { // and the token in it is a new one
					l.op.ReissueToken(h.ClientID)
					answer.Body = fmt.Sprintf(`{"client_id":%q,"registration_access_token":%q,"registration_client_uri":%q}`, h.ClientID, l.op.CurrentToken(h.ClientID), h.RegistrationClientURI)
				}
				l = l.restarted(s)
				l.op.Force(fakeop.OpRegister, answer)
				said := l.replace(web("a"), authserver.Behaviour{}).Problems
				if kept := l.state.Record.Unproven; !l.state.Handle.ClientSecret.Equal(h.ClientSecret) && !kept.FormerSecret.Equal(h.ClientSecret) {
					t.Errorf("the secret is not kept: %s", kinds(said))
				}
				if told := (outcome.Outcome{Problems: said}); told.Has(outcome.SecretNotKnown) {
					t.Errorf("%s", kinds(said))
				}
				for range 2 {
					l = l.later(s)
					out := l.refresh()
					if !unread && out.Failed() || out.Gone || !l.state.Handle.ClientSecret.Equal(h.ClientSecret) && !(unread && l.state.Record.Unproven.FormerSecret.Equal(h.ClientSecret)) {
						t.Errorf("what is in force is not found again: %s", kinds(append(said, out.Problems...)))
					}
					if !unread {
						l.holds("a refresh")
					}
				}
				l = l.later(s)
				if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
					t.Errorf("the client cannot be deregistered: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// The answer shows nothing, and the server has replaced token and secret with it, as no update of the client did before. It lives, and is not taken as gone.
func TestReplaceIsAnsweredWithTheSameClientRenewed(t *testing.T) {
	for i := range 4 {
		journal, masked := i%2 == 1, i/2 == 1
		t.Run(fmt.Sprintf("journal %v, masked %v", journal, masked), func(t *testing.T) {
			t.Parallel()
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
			l.registerAs(machine("a"))
			l.update(machine("b"))
			id := l.state.Handle.ClientID
			l.op.ReissueToken(id)
			l.op.ReissueSecret(id)
			answer := shows("client_secret", nil, "registration_access_token", nil, "registration_client_uri", nil)
			if masked {
				answer = shows("client_secret", "********", "registration_access_token", nil)
			}
			l = l.later(s)
			l.op.Force(fakeop.OpRegister, answer)
			said := l.replace(machine("b"), authserver.Behaviour{}).Problems
			l.livesOn(s, said)
		})
	}
}

// The client is held in an error, with a mask in its secret's place: neither the state nor the journal takes that.
func TestReplaceFailsWithTheSameClientMasked(t *testing.T) {
	t.Parallel()
	s := withJournal(t)
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, TokenChecksGrantFirst: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
	l.registerAs(web("a"))
	h := l.state.Handle
	l = l.restarted(s)
	body := fmt.Sprintf(`{"client_id":%q,"client_secret":"********","registration_access_token":%q,"registration_client_uri":%q}`,
		h.ClientID, h.RegistrationAccessToken.Reveal(), h.RegistrationClientURI)
	l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusInternalServerError, Body: body})
	said := l.replace(web("a"), authserver.Behaviour{}).Problems
	for range 2 {
		l = l.later(s)
		said = append(said, l.refresh().Problems...)
		if !l.state.Handle.ClientSecret.Equal(h.ClientSecret) {
			t.Errorf("the secret is %q: %s", l.state.Handle.ClientSecret.Reveal(), kinds(said))
		}
	}
}

// The answer to the registration is lost, which has replaced the old client's credentials, as no update of it did before. It lives, and is not taken as gone.
func TestReplaceLosesTheAnswerThatRenewsTheClient(t *testing.T) {
	for name, lost := range map[string]fakeop.Answer{"502": {Status: http.StatusBadGateway, Body: "bad gateway"}, "500": {Status: http.StatusInternalServerError, Body: `{"error":"server_error"}`}} {
		for i := range 8 {
			journal, secret, showsSecret := i%2 == 1, i/2%2 == 1, i/4 == 1
			t.Run(fmt.Sprintf("%s, journal %v, secret too %v, reads show it %v", name, journal, secret, showsSecret), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: !showsSecret, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
				l.registerAs(machine("a"))
				l.update(machine("b"))
				id := l.state.Handle.ClientID
				l.op.ReissueToken(id)
				if secret {
					l.op.ReissueSecret(id)
				}
				l = l.later(s)
				l.op.Force(fakeop.OpRegister, lost)
				said := l.replace(machine("b"), authserver.Behaviour{}).Problems
				l.livesOn(s, said)
			})
		}
	}
}

// No read proves what an answer shows: what the state has stays known, and what was shown waits.
func TestReplaceIsAnsweredWithTheSameClientAndNoReadTells(t *testing.T) {
	for name, wrong := range map[string][]any{
		"address": {"registration_client_uri", "/register/another"}, "token": {"registration_access_token", "reg-token-9-f00dfeedf00dfeed"},
		"secret": {"client_secret", "secret-9-f00dfeedf00dfeed"},
	} {
		for _, management := range []string{"", authserver.ManagementNone} {
			t.Run(name+" "+management, func(t *testing.T) {
				t.Parallel()
				s := authserver.Settings{Management: management}
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: http.StatusMethodNotAllowed, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
				l.registerAs(web("a"))
				h := l.state.Handle
				l = l.restarted(s)
				value := wrong[1]
				if name == "address" {
					value = l.op.Issuer() + "/register/another"
				}
				l.op.Force(fakeop.OpRegister, shows(wrong[0], value))
				said := l.replace(web("a"), authserver.Behaviour{}).Problems
				if !l.state.Handle.Equal(h) {
					t.Errorf("what the state had is not in force any more, of which nothing tells: %s", kinds(said))
				}
				l = l.later(authserver.Settings{})
				if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
					t.Errorf("the client cannot be deregistered: %s", kinds(out.Problems))
				}
			})
		}
	}
}

// Reads replace the secret, as is known. Nothing was replaced yet, and the application that uses the secret does not lose it to a read that only looks.
func TestReplaceIsAnsweredWithTheSameClientWhoseReadsReplaceItsSecret(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{"all": {}, "no secret": shows("client_secret", nil), "no token": shows("registration_access_token", nil)} {
		for i := range 4 {
			journal, token := i%2 == 1, i/2 == 1
			t.Run(fmt.Sprintf("%s, journal %v, and the token %v", name, journal, token), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnRead: true, RotateTokenOnRead: token, Registration: fakeop.RegistrationFaults{SameClient: true}}}, s)
				l.registerAs(web("a"))
				l = l.later(s)
				id := l.state.Handle.ClientID
				before := l.op.CurrentSecret(id)
				if answer.Edit != nil {
					l.op.Force(fakeop.OpRegister, answer)
				}
				out := l.replace(web("a"), authserver.Behaviour{})
				if now := l.op.CurrentSecret(id); !out.Has(outcome.NotReplaced) || now != before || l.state.Handle.ClientSecret.Reveal() != before {
					t.Errorf("the secret in use was replaced: %s", kinds(out.Problems))
				}
				l.holds("afterwards")
				l.livesOn(s, out.Problems)
				l = l.later(s)
				if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
					t.Errorf("the client cannot be deregistered: %s", kinds(out.Problems))
				}
			})
		}
	}
}
