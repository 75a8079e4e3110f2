// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Another configuration looks at a client, with the same journal, on a server whose reads replace credentials; its answer is lost. The
// configuration that has the client does not take the refusal of the credentials that were replaced as a deletion.
func TestAnswerToALookIsLost(t *testing.T) {
	t.Parallel()
	looks := map[string]func(*life, authserver.State) []outcome.Problem{
		"data source": func(l *life, of authserver.State) []outcome.Problem {
			_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: of.Handle.ClientID, RegistrationClientURI: of.Handle.RegistrationClientURI, Token: of.Handle.RegistrationAccessToken})
			return problems
		},
		"data source by address": func(l *life, of authserver.State) []outcome.Problem {
			_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{RegistrationClientURI: of.Handle.RegistrationClientURI, Token: of.Handle.RegistrationAccessToken})
			return problems
		},
		"ephemeral resource": func(l *life, of authserver.State) []outcome.Problem {
			_, problems := lifecycle.FetchSecret(t.Context(), l.server, of.Handle)
			return problems
		},
	}
	for habits, f := range map[string]fakeop.Faults{
		"both rotate":                        {RotateTokenOnRead: true, RotateSecretOnRead: true},
		"both rotate, error pages":           {RotateTokenOnRead: true, RotateSecretOnRead: true, AuthorizeErrorPage: true},
		"the token rotates, nobody is known": {RotateTokenOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})}},
	} {
		for kind, doc := range both {
			for _, operation := range []string{"read", "update", "delete"} {
				for way, look := range looks {
					t.Run(fmt.Sprint(habits, ", ", kind, ", ", way, ", then ", operation), func(t *testing.T) {
						t.Parallel()
						settings := withJournal(t)
						l := begin(t, &fakeop.Server{Faults: f}, settings)
						l.registerAs(doc("a"))
						id := l.state.Handle.ClientID
						l = l.later(settings)
						l.server.Close()
						lost := f
						lost.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}}
						l.op.SetFaults(lost)
						other := start(t, l.op, settings)
						if problems := look(other, l.state); len(problems) == 0 {
							t.Fatal("a lost answer is not told")
						}
						l.op.SetFaults(f)
						next := other.restarted(settings)
						next.state = l.state
						out := next.operate(operation, doc("b"))
						if _, lives := l.op.Client(id); lives && (out.Gone || next.state.Record.Gone) {
							t.Errorf("a live client is forgotten: %s", kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}

// A run that registers or updates a client learns what reads do to it. What looks at that client in the same run, as a data source or an ephemeral resource of
// the same configuration does, knows it, too: no state keeps what it reads, so that one look would cost the client its token.
func TestALookInTheRunThatLearntOfRotation(t *testing.T) {
	for name, faults := range map[string]fakeop.Faults{
		"token": {RotateTokenOnRead: true}, "secret": {RotateSecretOnRead: true}, "both": {RotateTokenOnRead: true, RotateSecretOnRead: true},
	} {
		for _, journaled := range []bool{false, true} {
			for _, learnt := range []string{"register", "update"} {
				if learnt == "update" && faults.RotateSecretOnRead {
					continue // one read after an update does not tell which of the two replaced the secret
				}
				t.Run(fmt.Sprintf("%s, journal %v, by %s", name, journaled, learnt), func(t *testing.T) {
					settings := authserver.Settings{}
					if journaled {
						settings = withJournal(t)
					}
					l := begin(t, &fakeop.Server{}, settings)
					if learnt == "update" {
						l.register()
					}
					l.op.SetFaults(faults)
					if learnt == "update" {
						l.update(web("b"))
					} else {
						l.registerAs(web("a"))
					}
					before, known := l.op.CurrentToken(l.state.Handle.ClientID)+l.op.CurrentSecret(l.state.Handle.ClientID), l.state.Handle
					_, secretProblems := lifecycle.FetchSecret(t.Context(), l.server, known)
					_, foundProblems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: known.ClientID, RegistrationClientURI: known.RegistrationClientURI, Token: known.RegistrationAccessToken})
					if journaled && !faults.RotateSecretOnRead {
						return // which keeps what they read
					}
					l.want(outcome.Outcome{Problems: secretProblems}, outcome.SecretReadRotates)
					l.want(outcome.Outcome{Problems: foundProblems}, outcome.FindRotates)
					if l.op.CurrentToken(known.ClientID)+l.op.CurrentSecret(known.ClientID) != before {
						t.Error("a look cost the client a credential")
					}
				})
			}
		}
	}
}
