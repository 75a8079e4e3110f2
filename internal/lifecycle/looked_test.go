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
