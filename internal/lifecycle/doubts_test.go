// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What an answer seems to prove of a credential may have another reading: whatever is proved, the one that it displaces stays until the other has
// worked again.

// anyway reads a client whatever reads do.
func (l *life) anyway() outcome.Outcome {
	l.t.Helper()
	always := lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}
	return lifecycle.Read(l.t.Context(), l.server, always, l.save)
}

// A replica that has not seen the last read or update refuses the token of now and takes the one before. The newer one is not dropped for that, and
// what reads do is not unlearnt.
func TestAReplicaThatTakesTheTokenBefore(t *testing.T) {
	for _, habit := range []fakeop.Faults{
		{RotateTokenOnRead: true}, {RotateTokenOnUpdate: true}, {RotateTokenOnRead: true, RotateTokenOnUpdate: true}, {RotateTokenOnRead: true, RotateSecretOnRead: true},
	} {
		for times := 1; times < 8; times++ {
			for _, operation := range []string{"read", "update"} {
				l := begin(t, &fakeop.Server{Faults: habit}, authserver.Settings{})
				l.registerAs(web("a"))
				l.update(web("b"))
				l.update(web("c"))
				lags := habit
				lags.Reading.Calls = []fakeop.CallFault{{Times: times, Answer: fakeop.Answer{Stale: true}}}
				l.op.SetFaults(lags)
				if operation == "read" {
					l.anyway()
				} else {
					l.update(web("d"))
				}
				l.op.SetFaults(habit)
				l.anyway()
				l.anyway()
				what := fmt.Sprintf("%s, %d answers of a replica that lags", operation, times)
				if out := l.update(web("e")); out.Failed() {
					t.Errorf("%s: %v", what, kinds(out.Problems))
				}
				l.holds(what)
			}
		}
	}
}

// So does a token endpoint, of the secret, right after an update that issued another one.
func TestATokenEndpointThatTakesTheSecretBefore(t *testing.T) {
	for updates := range 3 {
		for times := 1; times < 6; times++ {
			habit := fakeop.Faults{OmitSecretOnRead: true, RotateSecretOnUpdate: true}
			l := begin(t, &fakeop.Server{Faults: habit}, authserver.Settings{})
			l.register()
			for i := range updates {
				l.rename(fmt.Sprint("b", i))
			}
			lags := habit
			lags.TokenEndpoint.Calls = []fakeop.CallFault{{Times: times, Answer: fakeop.Answer{Stale: true}}}
			l.op.SetFaults(lags)
			l.rename("c")
			l.op.SetFaults(habit)
			l.refresh()
			l.refresh()
			l.shows(fmt.Sprintf("%d updates, %d answers of an endpoint that lags", updates, times))
		}
	}
}

// A cache before the server may answer a read whoever asks. What an update showed in the token's place is not proved by that for good.
func TestAReadThatACacheAnswers(t *testing.T) {
	for _, journaled := range []bool{false, true} {
		settings := authserver.Settings{}
		if journaled {
			settings = withJournal(t)
		}
		habit := fakeop.Faults{OmitTokenOnRead: true}
		l := begin(t, &fakeop.Server{Faults: habit}, settings)
		l.register()
		habit.Updating.Shows.Token = fakeop.Encrypted()
		cached := habit
		cached.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Answer{Status: 200, Body: l.document()}}}
		l.op.SetFaults(cached)
		l.rename("b")
		l.op.SetFaults(habit)
		l = l.restarted(settings)
		if out := l.refresh(); undecided(out) || out.Gone || out.Failed() {
			t.Errorf("journal %v: %v", journaled, kinds(out.Problems))
		}
		l.holds(fmt.Sprintf("journal %v", journaled))
	}
}

// document is how the server showed the client last.
func (l *life) document() string {
	doc := map[string]any{"client_id": l.state.Handle.ClientID, "registration_client_uri": l.state.Handle.RegistrationClientURI}
	for member, value := range l.state.Registered {
		doc[member] = value
	}
	text, err := json.Marshal(doc)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// Servers refuse a token that is not good in many ways. One wrong refusal of the known token, and another one, of the settings or the journal, that
// is refused in any of them, do not make that one the known one.
func TestAnotherTokenThatIsRefusedInAnotherWay(t *testing.T) {
	for _, status := range []int{200, 302, 403, 404, 405, 409, 410, 422} {
		for _, from := range []string{"settings", "journal"} {
			for _, operation := range []string{"read", "update", "delete"} {
				settings := authserver.Settings{}
				if from == "journal" {
					settings = withJournal(t)
				}
				habit := fakeop.Faults{InvalidTokenStatus: status}
				l := begin(t, &fakeop.Server{Faults: habit}, settings)
				l.register()
				if from == "settings" {
					settings.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.ClientID: secret.New("an-old-one")}
				} else {
					l.state.Handle.RegistrationAccessToken = secret.New(l.op.ReissueToken(l.state.Handle.ClientID))
				}
				l = l.restarted(settings)
				wrong := habit
				wrong.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}
				if operation == "delete" {
					wrong.Deletion.Calls = wrong.Reading.Calls
				}
				l.op.SetFaults(wrong)
				if out := l.operate(operation, web("b")); operation == "delete" && out.Gone {
					continue
				}
				l.op.SetFaults(habit)
				l = l.restarted(settings)
				if out := l.refresh(); out.Gone || out.Failed() || undecided(out) {
					t.Errorf("%d, %s, %s: %v", status, from, operation, kinds(out.Problems))
				}
			}
		}
	}
}

// What an update shows in the token's place is tried first. Where that is refused as a page that is missing or forbidden, the known token has its turn.
func TestAnUnprovenTokenThatIsRefusedInAnotherWay(t *testing.T) {
	for _, status := range []int{200, 302, 401, 403, 404, 405, 410, 422} {
		habit := fakeop.Faults{InvalidTokenStatus: status, OmitTokenOnRead: true, Updating: fakeop.UpdatingFaults{Shows: fakeop.Shows{Token: fakeop.Encrypted()}}}
		l := begin(t, &fakeop.Server{Faults: habit}, authserver.Settings{})
		l.register()
		for _, name := range []string{"b", "c"} {
			if out := l.rename(name); out.Failed() || undecided(out) || out.Has(outcome.UpdateNotReadBack) {
				t.Errorf("%d: %v", status, kinds(out.Problems))
			}
			l.want(l.refresh())
		}
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("%d: %v", status, kinds(out.Problems))
		}
	}
}

// A server that ends all where a token of the time before shows up is not shown it because of one wrong refusal of the new one.
func TestOneWrongRefusalOfANewToken(t *testing.T) {
	for _, answer := range []fakeop.Answer{fakeop.Unauthorized(true), fakeop.NotFoundPage(), fakeop.NotFoundJSON(), {Status: 403}, inSuccess("invalid_token")} {
		habit := fakeop.Faults{RotateTokenOnUpdate: true, Credentials: fakeop.CredentialFaults{RefusalRevokes: true}}
		l := begin(t, &fakeop.Server{Faults: habit}, authserver.Settings{})
		l.register()
		wrong := habit
		wrong.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Times: 1, Answer: answer}}
		l.op.SetFaults(wrong)
		l.rename("b")
		l.op.SetFaults(habit)
		if out := l.refresh(); out.Failed() || undecided(out) || l.op.CurrentToken(l.state.Handle.ClientID) == "" {
			t.Errorf("%d: %v", answer.Status, kinds(out.Problems))
		}
	}
}

// A token endpoint that asks to slow down, or no longer answers, does so to whoever asks: what it is asked about then is no secret for that.
func TestATokenEndpointThatAsksToSlowDown(t *testing.T) {
	for _, answer := range []fakeop.Answer{
		{Status: 400, Body: `{"error":"slow_down"}`}, {Status: 400, Body: `{"error":"temporarily_unavailable"}`}, {Status: 403, Body: `{"error":"access_denied"}`},
		{Status: 400, Body: `{"error":"invalid_request","error_description":"too many attempts"}`}, {Status: 400, Body: `{"error":"invalid_grant"}`},
	} {
		for from := 1; from < 7; from++ {
			for _, times := range []int{0, 1} {
				if times == 0 && answer.Body == `{"error":"invalid_grant"}` {
					continue // which is the answer to one that authenticates
				}
				habit := fakeop.Faults{OmitSecretOnRead: true}
				l := begin(t, &fakeop.Server{Secret: hexSecret, Faults: habit}, authserver.Settings{})
				l.register()
				habit.Updating.Calls = fakeop.Always(fakeop.Answer{Edit: keyed})
				busy := habit
				busy.TokenEndpoint.Calls = []fakeop.CallFault{{From: from, Times: times, Answer: answer}}
				l.op.SetFaults(busy)
				l.rename("b")
				l.op.SetFaults(habit)
				l.refresh()
				l.rename("c")
				l.refresh()
				l.shows(fmt.Sprintf("%s, from %d, %d times", answer.Body, from, times))
			}
		}
	}
}

// Some servers lock a client after a few wrong secrets: an update whose answer shows a stored form costs one, not one for each way to authenticate.
func TestFewWrongSecretsAreShown(t *testing.T) {
	for name, method := range map[string]any{"shown": "client_secret_basic", "hidden": nil} {
		l := begin(t, &fakeop.Server{Secret: hexSecret}, authserver.Settings{})
		habit := fakeop.Faults{OmitSecretOnRead: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
			keyed(doc)
			if method == nil {
				delete(doc, "token_endpoint_auth_method")
			}
		}})}}
		if method == nil {
			habit.DropOnRead = []string{"token_endpoint_auth_method"}
		}
		l.op.SetFaults(habit)
		l.registerAs(web("a"))
		l.rename("b")
		wrong := 0
		for _, r := range l.op.Requests() {
			if r.Operation == fakeop.OpToken && r.Status == 401 {
				wrong++
			}
		}
		if wrong > 1 {
			t.Errorf("%s: %d wrong secrets", name, wrong)
		}
		l.shows(name)
	}
}
