// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var silentEndpoints = fakeop.Faults{AuthorizeErrorPage: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}}

var kindsOfClient = map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public}

func (l *life) destroy(b authserver.Behaviour) outcome.Outcome {
	l.t.Helper()
	return lifecycle.Deregister(l.t.Context(), l.server, l.state, b, l.save)
}

// honest fails where a client that lives is forgotten or said to be deleted.
func (l *life) honest(what string, id string, out outcome.Outcome) {
	l.t.Helper()
	if _, lives := l.op.Client(id); lives && (l.state.Record.Gone || out.Gone && !out.Has(outcome.DeleteUnsupported) && !out.Has(outcome.DeleteUnmanaged)) {
		l.t.Errorf("%s: a live client is forgotten (gone %v, record %v): %s", what, out.Gone, l.state.Record.Gone, kinds(out.Problems))
	}
}

// Updates move the client, and one answer names another address than the one to which it did, or none.
func TestOneAnswerLosesTheAddress(t *testing.T) {
	named := map[string]fakeop.Answer{
		"foreign": shows("registration_client_uri", "https://other.example/register/x"), "relative": shows("registration_client_uri", "/x"), "none": shows("registration_client_uri", nil),
		"empty": shows("registration_client_uri", ""), "number": shows("registration_client_uri", 5),
		"the one before": {Edit: func(doc map[string]any) {
			if uri, ok := doc["registration_client_uri"].(string); ok {
				doc["registration_client_uri"] = uri[:len(uri)-len("?generation=2")]
			}
		}},
	}
	everyKind := []string{"web", "machine"}
	for _, kind := range everyKind {
		for name, wrong := range named {
			for _, noReadsAtAll := range []bool{true, false} {
				for _, journal := range []bool{true, false} {
					for _, gone := range []int{0, 404} {
						for _, last := range []string{"update", "destroy"} {
							doc := kindsOfClient[kind]
							what := fmt.Sprintf("%s, %s, no reads %v, journal %v, gone %d, %s", kind, name, noReadsAtAll, journal, gone, last)
							s := settingsWith(t, journal)
							f := silentEndpoints
							f.MoveURIOnUpdate, f.GoneStatus, f.InvalidTokenStatus, f.OmitURIOnRead = true, gone, gone, true
							if noReadsAtAll {
								f = without(noReads["405"], f)
							}
							op := &fakeop.Server{Faults: f}
							l := begin(t, op, s)
							l.registerAs(doc("a"))
							id := l.state.Handle.ClientID
							l = l.later(s)
							l.update(doc("b"))
							once := f
							once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: wrong}}
							op.SetFaults(once)
							l = l.later(s)
							l.honest(what, id, l.update(doc("c")))
							op.SetFaults(f)
							for range 2 {
								l = l.later(s)
								var out outcome.Outcome
								switch last {
								case "refresh":
									out = l.refresh()
								case "update":
									out = l.update(doc("d"))
								default:
									out = l.destroy(authserver.Behaviour{})
								}
								l.honest(what, id, out)
								if out.Gone {
									break
								}
							}
						}
					}
				}
			}
		}
	}
}

// Updates replace the token, the secret or both, there are no reads, and one answer to an update shows only a part of what it brought.
func TestOneAnswerLosesTheToken(t *testing.T) {
	lost := map[string]fakeop.Answer{
		"no token": shows("registration_access_token", nil), "masked token": shows("registration_access_token", "********"), "empty token": shows("registration_access_token", ""),
		"no secret": shows("client_secret", nil), "masked secret": shows("client_secret", "********"), "neither": wrongAnswers["without credentials"].answer, "both masked": wrongAnswers["masked"].answer,
		"stored form of the token": shows("registration_access_token", "2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d"),
		"another token":            wrongAnswers["another token"].answer, "another secret": wrongAnswers["another secret"].answer,
	}
	for kind, doc := range both {
		for name, wrong := range lost {
			for what2, habits := range map[string]fakeop.Faults{"token": {RotateTokenOnUpdate: true}, "secret": {RotateSecretOnUpdate: true}, "both": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}} {
				for _, journal := range []bool{true, false} {
					for before := range 2 {
						what := fmt.Sprintf("%s, %s, replaces %s, journal %v, %d before", kind, name, what2, journal, before)
						s := settingsWith(t, journal)
						f := silentEndpoints
						f.RotateTokenOnUpdate, f.RotateSecretOnUpdate = habits.RotateTokenOnUpdate, habits.RotateSecretOnUpdate
						op := &fakeop.Server{Faults: without(noReads["405"], f)}
						l := begin(t, op, s)
						l.registerAs(doc("a"))
						id := l.state.Handle.ClientID
						for range before {
							l = l.later(s)
							l.update(doc("b"))
						}
						once := f
						once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: wrong}}
						op.SetFaults(once)
						l = l.later(s)
						l.honest(what, id, l.update(doc("c")))
						op.SetFaults(f)
						l = l.later(s)
						l.honest(what, id, l.refresh())
						l = l.later(s)
						l.honest(what, id, l.update(doc("d")))
						l = l.later(s)
						l.honest(what, id, l.destroy(authserver.Behaviour{}))
					}
				}
			}
		}
	}
}

// Updates move the client, there are no reads, and the answer to one update at the waiting address is lost. What the address that was left says of
// the update (400 without a code, 405, 403, a page) must not hide that.
func TestALostAnswerBehindARefusal(t *testing.T) {
	losses := map[string]fakeop.Answer{"lost": fakeop.Lost(), "torn": fakeop.Torn(), "an empty object": {Status: 200, Processed: true, Body: "{}"}, "500": {Status: 500, Processed: true}, "429": {Status: 429, Processed: true}}
	for kind, doc := range both {
		for name, loss := range losses {
			for _, journal := range []bool{true, false} {
				for _, status := range []int{0, 400, 403, 404} {
					for _, last := range []string{"update", "destroy"} {
						what := fmt.Sprintf("%s, %s, journal %v, left address says %d, %s", kind, name, journal, status, last)
						s := settingsWith(t, journal)
						f := without(noReads["405"], silentEndpoints)
						f.MoveURIOnUpdate, f.InvalidTokenStatus, f.GoneStatus, f.EmptyErrors = true, status, 0, true
						op := &fakeop.Server{Faults: f}
						l := begin(t, op, s)
						l.registerAs(doc("a"))
						id := l.state.Handle.ClientID
						l = l.later(s)
						l.update(doc("b"))
						once := f
						once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: loss}}
						op.SetFaults(once)
						l = l.later(s)
						l.honest(what, id, l.update(doc("c")))
						op.SetFaults(f)
						l = l.later(s)
						if last == "update" {
							l.honest(what, id, l.update(doc("d")))
							l = l.later(s)
						}
						l.honest(what, id, l.destroy(authserver.Behaviour{}))
					}
				}
			}
		}
	}
}

// The first answer to an update is of before the change, in one member.
func TestAFirstAnswerOfBeforeTheChange(t *testing.T) {
	for hname, h := range map[string]fakeop.Faults{"token": {RotateTokenOnUpdate: true}, "both": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, "secret": {RotateSecretOnUpdate: true}, "both, unauthorized": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, GoneStatus: 404}} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, gone := range []int{0, 404} {
				for _, noR := range []string{"405", "silent 405"} {
					f := without(noReads["405"], h)
					f.AuthorizeErrorPage = true
					if noR != "405" {
						f.TokenEndpoint = silentEndpoints.TokenEndpoint
					}
					f.GoneStatus, f.InvalidTokenStatus = gone, gone
					op := &fakeop.Server{Faults: f}
					l := begin(t, op, authserver.Settings{})
					l.registerAs(doc("a"))
					id := l.state.Handle.ClientID
					token, sec := l.state.Handle.RegistrationAccessToken.Reveal(), l.state.Handle.ClientSecret.Reveal()
					once := f
					pairs := []any{"registration_access_token", token, "client_secret", sec}
					if sec == "" {
						pairs = pairs[:2]
					}
					once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows(pairs...)}}
					op.SetFaults(once)
					what := fmt.Sprint(hname, ", ", kind, ", gone ", gone, ", ", noR)
					l = l.later(authserver.Settings{})
					l.update(doc("c"))
					op.SetFaults(f)
					for range 2 {
						l = l.later(authserver.Settings{})
						l.honest(what, id, l.refresh())
						l = l.later(authserver.Settings{})
						l.honest(what, id, l.update(doc("d")))
					}
					l = l.later(authserver.Settings{})
					l.honest(what, id, l.destroy(authserver.Behaviour{}))
				}
			}
		}
	}
}
