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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// As long as no read in an apply has shown what reads do, they count as rotating: nothing looks at the client whose result no state keeps, in the run that
// registered it and in a later one, until an apply has read it. Where that shows that reads rotate nothing, the look is made.
func TestALookAtAClientOfWhichNothingIsLearnt(t *testing.T) {
	for name, faults := range map[string]fakeop.Faults{
		"nothing": {}, "token": {RotateTokenOnRead: true}, "secret": {RotateSecretOnRead: true}, "both": {RotateTokenOnRead: true, RotateSecretOnRead: true},
	} {
		for kind, doc := range both {
			for _, journaled := range []bool{false, true} {
				for _, later := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s rotates, %s, journal %v, later %v", name, kind, journaled, later), func(t *testing.T) {
						t.Parallel()
						settings := authserver.Settings{}
						if journaled {
							settings = withJournal(t)
						}
						unread := faults
						unread.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusInternalServerError})
						l := begin(t, &fakeop.Server{Faults: unread}, settings)
						l.registerAs(doc("a"))
						l.op.SetFaults(faults)
						if later {
							l = l.later(settings)
							if reads, _ := lifecycle.ReadsInApply(l.server, l.state, authserver.Behaviour{Refresh: authserver.RefreshAuto}); !reads {
								t.Error("the plan proposes no update that reads the client")
							}
						}
						known := l.state.Handle
						look := func() (secret, found []outcome.Problem) {
							_, secret = lifecycle.FetchSecret(t.Context(), l.server, known)
							_, found = lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: known.ClientID, RegistrationClientURI: known.RegistrationClientURI, Token: known.RegistrationAccessToken})
							return secret, found
						}
						before := l.op.CurrentToken(known.ClientID) + l.op.CurrentSecret(known.ClientID)
						secret, found := look()
						if l.op.CurrentToken(known.ClientID)+l.op.CurrentSecret(known.ClientID) != before {
							t.Error("a look cost the client a credential of which nothing was known")
						}
						if !journaled {
							l.want(outcome.Outcome{Problems: secret}, outcome.SecretReadRotates)
							l.want(outcome.Outcome{Problems: found}, outcome.FindRotates)
						}
						if name != "nothing" {
							return
						}
						l.operate("update", doc("b"))
						known = l.state.Handle
						if _, found = look(); len(found) > 0 {
							t.Errorf("after an apply that read it: %s", kinds(found))
						}
					})
				}
			}
		}
	}
}

// Whether an apply reads the client of itself, which a message says, is by its own setting of refresh, also in the run that registered it.
func TestALookIsToldWhetherAnApplyReadsTheClient(t *testing.T) {
	for kind, doc := range both {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
			for _, later := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, later %v", kind, refresh, later), func(t *testing.T) {
					t.Parallel()
					unread := fakeop.Faults{}
					unread.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusInternalServerError})
					l := begin(t, &fakeop.Server{Faults: unread}, authserver.Settings{})
					behaviour := authserver.Behaviour{Refresh: refresh}
					lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a"), Behaviour: behaviour}, l.save)
					if later {
						l = l.later(authserver.Settings{})
						lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: behaviour}, func(authserver.Snapshot) {})
					}
					_, told := lifecycle.FetchSecret(t.Context(), l.server, l.state.Handle)
					l.want(outcome.Outcome{Problems: told}, outcome.SecretReadRotates)
					reads, _ := lifecycle.ReadsInApply(l.server, l.state, behaviour)
					if len(told) == 1 && told[0].NeverRead == reads {
						t.Errorf("it is told that no apply reads the client: %v, and the apply reads it: %v", told[0].NeverRead, reads)
					}
				})
			}
		}
	}
}
