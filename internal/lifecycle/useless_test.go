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

// everyLife calls a test for each kind of client, with and without a journal.
func everyLife(t *testing.T, do func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings)) {
	for kind, doc := range both {
		for _, journaled := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, ", journal ", journaled), func(t *testing.T) {
				do(t, doc, func() authserver.Settings {
					if journaled {
						return withJournal(t)
					}
					return authserver.Settings{}
				})
			})
		}
	}
}

// An update that was made, on a server whose updates move the client and replace the secret, and leave the token alone: its answer was lost,
// or a front end refused what it had let through. The address before refuses in one way or another, and the secret before is refused, too.
func TestAnUpdateThatMovedTheClientWasRefused(t *testing.T) {
	refusals := map[string]fakeop.Answer{
		"400": {Status: 400, Body: `{"error":"invalid_token"}`}, "400 without a body": {Status: 400}, "401": fakeop.Unauthorized(true), "401 without a word": {Status: 401},
		"403": fakeop.Forbidden("access_denied", "no such client"), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410},
	}
	losses := map[string]fakeop.Answer{"lost": fakeop.Lost(), "429": {Status: 429, Processed: true}}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for refusal, answer := range refusals {
			for loss, lost := range losses {
				for updates := range 2 {
					s := settings()
					f := fakeop.Faults{MoveURIOnUpdate: true, RotateSecretOnUpdate: true, AuthorizeErrorPage: true}
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a"))
					for i := range updates {
						l.update(doc(fmt.Sprint(i)))
					}
					wrong := f
					wrong.Updating.Calls = fakeop.Always(lost)
					l.op.SetFaults(wrong)
					if out := l.update(doc("z")); !out.Failed() {
						t.Fatalf("%s: the update was answered", loss)
					}
					f.Reading.Calls, f.Updating.Calls = fakeop.Always(answer), fakeop.Always(answer)
					l.op.SetFaults(f)
					for range 2 {
						l = l.later(s)
						if out := l.refresh(); out.Gone {
							t.Errorf("%s after %d updates, then %s: a live client is forgotten: %v", loss, updates, refusal, out.Problems)
						}
						if out := l.update(doc("y")); l.state.Record.Gone {
							t.Errorf("%s after %d updates, then %s: a live client is noted as gone: %v", loss, updates, refusal, out.Problems)
						}
					}
				}
			}
		}
	})
}

// An answer that was lost explains that the known token is refused, or that nothing is at the known address. A token endpoint that refuses
// everyone, and pages that everyone gets, say no more then than without it.
func TestALostAnswerBesideEndpointsThatKnowNobody(t *testing.T) {
	nobody := fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})}
	habits := map[string]fakeop.Faults{
		"token on update": {RotateTokenOnUpdate: true}, "moves": {MoveURIOnUpdate: true}, "moves, 404": {MoveURIOnUpdate: true, GoneStatus: 404}, "token on read": {RotateTokenOnRead: true},
		"token on update, refused as missing": {RotateTokenOnUpdate: true, InvalidTokenStatus: 404}, "token on read, refused as missing": {RotateTokenOnRead: true, InvalidTokenStatus: 404},
		"both on update, refused as missing": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, InvalidTokenStatus: 410},
	}
	kinds := map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public}
	for habit, f := range habits {
		for kind, doc := range kinds {
			for _, journaled := range []bool{false, true} {
				for _, pages := range []bool{false, true} {
					for updates := range 2 {
						s := authserver.Settings{}
						if journaled {
							s = withJournal(t)
						}
						f.TokenEndpoint, f.AuthorizeErrorPage, f.AuthorizeIgnoresPrompt = nobody, pages, !pages
						l := begin(t, &fakeop.Server{Faults: f}, s)
						l.registerAs(doc("a"))
						for i := range updates {
							l.update(doc(fmt.Sprint(i)))
						}
						wrong := f
						wrong.Updating.Calls = fakeop.Always(fakeop.Lost())
						if f.RotateTokenOnRead {
							wrong.Reading.Calls = fakeop.Always(fakeop.Lost())
						}
						l.op.SetFaults(wrong)
						l = l.later(s)
						if out := l.update(doc("z")); !out.Failed() {
							t.Fatalf("%s, %s: the update was answered", habit, kind)
						}
						l.op.SetFaults(f)
						for range 2 {
							l = l.later(s)
							if out := l.refresh(); out.Gone {
								t.Errorf("%s, %s, journal %v, pages %v, %d updates: a live client is forgotten: %v", habit, kind, journaled, pages, updates, out.Problems)
							}
							if out := l.update(doc("y")); l.state.Record.Gone {
								t.Errorf("%s, %s, journal %v, pages %v, %d updates: a live client is noted as gone: %v", habit, kind, journaled, pages, updates, out.Problems)
							}
						}
					}
				}
			}
		}
	}
}

// A read that replaces the token shows another one in its place, and the update right after it is refused: the client was just there.
func TestATokenThatIsRefusedRightAfterItWasShown(t *testing.T) {
	f := fakeop.Faults{RotateTokenOnRead: true, AuthorizeIgnoresPrompt: true}
	f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for updates := range 2 {
			s := settings()
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(doc("a"))
			for i := range updates {
				l.update(doc(fmt.Sprint(i)))
			}
			wrong := f
			wrong.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_access_token", "reg-token-9-f00dfeedf00dfeed")}}
			l.op.SetFaults(wrong)
			l = l.later(s)
			if out := l.update(doc("z")); !out.Failed() {
				t.Fatal("the update was made")
			}
			l.op.SetFaults(f)
			for range 2 {
				l = l.later(s)
				if out := l.refresh(); out.Gone {
					t.Errorf("%d updates: a live client is forgotten: %v", updates, out.Problems)
				}
				if out := l.update(doc("y")); l.state.Record.Gone {
					t.Errorf("%d updates: a live client is noted as gone: %v", updates, out.Problems)
				}
			}
		}
	})
}

// The read after the registration of a public client replaces the token and shows none of use, where the token endpoint wants a secret of everyone.
func TestAReadBackOfAPublicClientWithoutItsToken(t *testing.T) {
	f := fakeop.Faults{RotateTokenOnRead: true, AuthorizeErrorPage: true}
	f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
	for what, token := range map[string]any{"none": nil, "empty": "", "masked": "********"} {
		for _, rotates := range []bool{true, false} {
			f.RotateTokenOnRead = rotates
			wrong := f
			wrong.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_access_token", token)}}
			l := begin(t, &fakeop.Server{Faults: wrong}, authserver.Settings{})
			l.registerAs(public("a"))
			l.op.SetFaults(f)
			for range 2 {
				l = l.later(authserver.Settings{})
				if out := l.refresh(); out.Gone {
					t.Errorf("%s: a live client is forgotten: %v", what, out.Problems)
				}
				if out := l.update(public("y")); l.state.Record.Gone || rotates != out.Failed() {
					t.Errorf("%s, replaced %v: noted as gone %v: %v", what, rotates, l.state.Record.Gone, out.Problems)
				}
			}
			if l.state.Record.Unanswered != rotates {
				t.Errorf("%s, replaced %v: without an answer: %v", what, rotates, l.state.Record.Unanswered)
			}
		}
	}
}

// One answer of an update names an address at which the client is not, on a server that moves clients with each update and refuses them at the
// address before as if they were gone.
func TestAnUpdateThatNamesAWrongAddress(t *testing.T) {
	for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
		for what, refused := range map[string]fakeop.Answer{"400": {Status: 400, Body: `{"error":"invalid_token"}`}, "401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON()} {
			f := fakeop.Faults{MoveURIOnUpdate: true, AuthorizeErrorPage: true}
			f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(doc("a"))
			l.update(doc("b"))
			wrong := f
			wrong.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: slashed()}}
			wrong.Reading.Calls = []fakeop.CallFault{{From: 2, Answer: refused}} // the first one is before the update
			l.op.SetFaults(wrong)
			l.update(doc("c"))
			f.Reading.Calls = fakeop.Always(refused)
			l.op.SetFaults(f)
			l = l.later(authserver.Settings{})
			if out := l.refresh(); out.Gone {
				t.Errorf("%s, %s: a live client is forgotten: %v", kind, what, out.Problems)
			}
		}
	}
}

// Where no read shows the token, that of a client that is gone is refused and no answer is missing, for clients of each kind.
func TestAClientThatIsGoneWhereReadsShowNoToken(t *testing.T) {
	for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
		for what, token := range map[string]any{"none": nil, "empty": "", "masked": "********"} {
			for _, updates := range []int{0, 1} {
				f := fakeop.Faults{AuthorizeErrorPage: true}
				f.Reading.Calls = fakeop.Always(shows("registration_access_token", token, "client_secret", nil))
				l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
				l.registerAs(doc("a"))
				for range updates {
					l.update(doc("b"))
				}
				l.op.RemoveClient(l.state.Handle.ClientID)
				f.Reading.Calls = nil
				l.op.SetFaults(f)
				l = l.later(authserver.Settings{})
				if out := l.refresh(); !out.Gone {
					t.Errorf("%s, %s, %d updates: a client that is gone is not known to be: %v", kind, what, updates, out.Problems)
				}
			}
		}
	}
}

// One answer of an update, or of the read after a registration, has the credentials in no form that is of use, on a server that has just replaced
// both.
func TestOneAnswerWhoseCredentialsAreOfNoUse(t *testing.T) {
	const mask, hash = "********", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	answers := map[string]fakeop.Answer{
		"both masked": shows("client_secret", mask, "registration_access_token", mask), "secret masked, no token": shows("client_secret", mask, "registration_access_token", nil),
		"token masked, no secret": shows("client_secret", nil, "registration_access_token", mask), "token hashed, no secret": shows("client_secret", nil, "registration_access_token", hash),
		"token hashed, secret masked": shows("client_secret", mask, "registration_access_token", hash), "both hashed": shows("client_secret", hash, "registration_access_token", hash),
		"secret hashed, no token": shows("client_secret", hash, "registration_access_token", nil), "neither": shows("client_secret", nil, "registration_access_token", nil),
		"those of before": {Stale: true},
	}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for what, answer := range answers {
			for at := range 4 {
				s := settings()
				f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true, AuthorizeIgnoresPrompt: true}
				wrong := f
				wrong.Updating.Calls = []fakeop.CallFault{{From: at, Times: 1, Answer: answer}}
				if at == 0 {
					f = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true, AuthorizeIgnoresPrompt: true}
					wrong = f
					wrong.Reading.Calls = []fakeop.CallFault{{From: 1, Times: 1, Answer: answer}}
				}
				l := begin(t, &fakeop.Server{Faults: wrong}, s)
				l.registerAs(doc("a"))
				for i := range at {
					l.update(doc(fmt.Sprint(i)))
				}
				l.op.SetFaults(f)
				for range 2 {
					l = l.later(s)
					if out := l.refresh(); out.Gone {
						t.Errorf("%s, update %d: a live client is forgotten: %v", what, at, out.Problems)
					}
					if out := l.update(doc("z")); l.state.Record.Gone {
						t.Errorf("%s, update %d: a live client is noted as gone: %v", what, at, out.Problems)
					}
				}
			}
		}
	})
}

// The answer to an update that was to bring a new secret has none that is of use, once, on a server whose updates have brought one. It is no word
// that the server keeps secrets, for which the next plan would replace the client.
func TestOneAnswerWithoutTheSecretThatWasAskedFor(t *testing.T) {
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for _, hidden := range []bool{false, true} {
			for what, secret := range map[string]any{"none": nil, "empty": "", "masked": "********", "stale": "the one of before"} {
				f := fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: hidden}
				l := begin(t, &fakeop.Server{Faults: f}, settings())
				l.registerAs(doc("a"))
				l.update(doc("b"))
				renew := func(f fakeop.Faults, from int, after ...fakeop.CallFault) outcome.Outcome {
					if what == "stale" {
						secret = l.state.Handle.ClientSecret.Reveal()
					}
					f.Updating.Calls = append([]fakeop.CallFault{{From: from, Times: 1, Answer: shows("client_secret", secret)}}, after...)
					l.op.SetFaults(f)
					return lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("b"), RenewSecret: true, StoresSecret: true, MayChange: anything}, l.save)
				}
				out := renew(f, 1)
				if l.shows(what); out.Failed() || l.state.Record.SecretKept {
					t.Errorf("%s, hidden by reads %v: kept %v: %v", what, hidden, l.state.Record.SecretKept, out.Problems)
				}
				// The answer to its repetition may be lost.
				out = renew(f, 1, fakeop.CallFault{From: 2, Answer: fakeop.Lost()})
				if out.Failed() != hidden || l.state.Record.SecretKept {
					t.Errorf("%s, hidden by reads %v, and lost: kept %v: %v", what, hidden, l.state.Record.SecretKept, out.Problems)
				}
				out = renew(f, 1)
				if l.shows(what); out.Failed() || l.state.Record.SecretKept {
					t.Errorf("%s, hidden by reads %v, after the loss: kept %v: %v", what, hidden, l.state.Record.SecretKept, out.Problems)
				}
				// Where an update needs the secret that was lost, nothing brings another one but another client.
				needs := f
				needs.UpdateNeedsSecret = true
				out = renew(needs, 2) // the first one is refused, for it has no secret
				if out.Failed() || l.state.Record.SecretKept != hidden {
					t.Errorf("%s, hidden by reads %v, needs the secret: kept %v: %v", what, hidden, l.state.Record.SecretKept, out.Problems)
				}
			}
		}
	})
}
