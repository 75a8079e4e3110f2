// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// One read inside a create that leaves out or masks what it replaced, on a server whose reads replace the secret: that reads show no secret
// there takes two answers. Else each plan would end the secret that the applications use.
func TestThatReadsHideTheSecretTakesTwoAnswers(t *testing.T) {
	for name, wrong := range map[string]fakeop.Answer{
		"masked token, no secret": wrongAnswers["a masked token, no secret"].answer, "without credentials": wrongAnswers["without credentials"].answer,
		"masked": wrongAnswers["masked"].answer, "empty credentials": wrongAnswers["empty credentials"].answer,
		"no secret": shows("client_secret", nil), "masked secret": shows("client_secret", "********"),
	} {
		for what, f := range map[string]fakeop.Faults{
			"silent": {TokenChecksGrantFirst: true}, "tells": {}, "silent, no token on read": {TokenChecksGrantFirst: true, OmitTokenOnRead: true},
			"silent, update rotates the token": {TokenChecksGrantFirst: true, RotateTokenOnUpdate: true},
			"silent, token rotates too":        {TokenChecksGrantFirst: true, RotateTokenOnRead: true},
			"tells, token rotates too":         {RotateTokenOnRead: true},
		} {
			for call := 1; call <= 3; call++ {
				t.Run(fmt.Sprint(name, "/", what, "/call ", call), func(t *testing.T) {
					f.RotateSecretOnRead = true
					once := f
					once.Reading.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: wrong}}
					l := begin(t, &fakeop.Server{Faults: once}, authserver.Settings{})
					told := l.registerAs(web("a"))
					if l.op.Struck(fakeop.OpRead) == 0 {
						return // the create read it less often
					}
					l.op.SetFaults(f)
					l = l.later(authserver.Settings{})
					inForce, u := l.op.CurrentSecret(l.state.Handle.ClientID), l.state.Record.Unproven
					kept := slices.Contains([]string{l.state.Handle.ClientSecret.Reveal(), u.ClientSecret.Reveal(), u.FormerSecret.Reveal(), u.RefusedSecret.Reveal()}, inForce)
					if !kept && len(told.Problems) == 0 {
						t.Error("the secret in force is not kept, and nothing is told")
					}
					if l.refresh(); l.op.CurrentSecret(l.state.Handle.ClientID) != inForce {
						t.Error("the plan replaced the secret")
					}
				})
			}
		}
	}
}

var losesSecret = map[string]fakeop.Answer{
	"no secret": shows("client_secret", nil), "masked secret": shows("client_secret", "********"), "empty": shows("client_secret", ""),
	"without credentials": wrongAnswers["without credentials"].answer, "a masked token, no secret": wrongAnswers["a masked token, no secret"].answer,
}

// keptSomewhere reports whether the state has the secret that is in force, proved or not.
func (l *life) keptSomewhere() bool {
	u := l.state.Record.Unproven
	return slices.Contains([]string{l.state.Handle.ClientSecret.Reveal(), u.ClientSecret.Reveal(), u.FormerSecret.Reveal(), u.RefusedSecret.Reveal()}, l.op.CurrentSecret(l.state.Handle.ClientID))
}

// A client gets its first secret by an update, or is imported, on a server whose reads replace the secret, and one read leaves it out.
func TestThatAFirstSecretIsHiddenTakesTwoAnswers(t *testing.T) {
	for name, wrong := range losesSecret {
		for says, f := range map[string]fakeop.Faults{"tells": {}, "silent": {TokenChecksGrantFirst: true}, "token too": {RotateTokenOnRead: true}, "silent, no token on read": {TokenChecksGrantFirst: true, OmitTokenOnRead: true}, "update without secret": {OmitSecretOnUpdate: true}} {
			for _, begins := range []string{"update", "import"} {
				for call := 1; call <= 4; call++ {
					t.Run(fmt.Sprintf("%s, %s, %s, call %d", name, says, begins, call), func(t *testing.T) {
						t.Parallel()
						f.RotateSecretOnRead = true
						l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
						once := f
						once.Reading.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: wrong}}
						var said outcome.Outcome
						switch begins {
						case "update":
							l.registerAs(public("a"))
							l = l.later(authserver.Settings{})
							l.op.SetFaults(once)
							said = l.update(web("a"))
						case "import":
							l.registerAs(web("a"))
							l = l.restarted(handingIn(authserver.Settings{}, l.state.Handle))
							h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: l.state.Handle.RegistrationClientURI})
							if problem != nil {
								t.Fatal(problem)
							}
							l = l.later(authserver.Settings{})
							l.state = authserver.State{Handle: h}
							l.op.SetFaults(once)
							said = lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save)
						}
						if l.op.Struck(fakeop.OpRead) == 0 {
							return
						}
						l.op.SetFaults(f)
						id := l.state.Handle.ClientID
						l = l.later(authserver.Settings{})
						inForce := l.op.CurrentSecret(id)
						for i := range 2 {
							if l.refresh(); l.op.CurrentSecret(id) != inForce {
								t.Errorf("plan %d replaced the secret (facts %+v): %s", i, l.state.Record.Facts, kinds(said.Problems))
								break
							}
						}
						l = l.later(authserver.Settings{})
						l.update(web("c"))
						l = l.later(authserver.Settings{})
						l.refresh()
						if !l.keptSomewhere() && !f.RotateTokenOnRead { // of which the answer may have lost the new token
							t.Errorf("after an update, the secret in force is not kept (facts %+v)", l.state.Record.Facts)
						}
					})
				}
			}
		}
	}
}

// Reads show the secret that is in force, updates issue a new one, and the token endpoint tells nothing. One read-back that shows no secret, or another one, is one wrong
// answer: what this update and later ones issue is taken all the same, as the read that agrees with the update says.
func TestOneReadThatHidesTheSecretUnlearnsNothing(t *testing.T) {
	f := fakeop.Faults{TokenChecksGrantFirst: true, RotateSecretOnUpdate: true}
	answers := maps.Clone(losesSecret)
	answers["another value"] = fakeop.Answer{Edit: func(doc map[string]any) {
		if _, shows := doc["client_secret"]; shows {
			doc["client_secret"] = "Zk3vQ8wT1yB6nM4xP0sR7uJ2hG5dL9cFaEoKiWtYbNm"
		}
	}}
	for name, wrong := range answers {
		for updates := range 2 {
			for call := 1; call <= 3; call++ { // the look before an update, and its read-back
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(web("a"))
				for i := range updates {
					l.update(web(fmt.Sprint(i)))
				}
				once := f
				once.Reading.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: wrong}}
				l.op.SetFaults(once)
				l.update(web("b"))
				l.op.SetFaults(f)
				what := fmt.Sprintf("%s, after %d updates, call %d", name, updates, call)
				l = l.later(authserver.Settings{})
				l.refresh()
				l.shows(what)
				l.update(web("c"))
				l.shows(what + ", after another one")
			}
		}
	}
}
