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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Some servers refuse a token as if nothing were there. Where one is to come, what its lack leaves open is no missing client, whatever on_missing says. What is
// proven is.
func TestAMissingClientWhoseTokenIsToCome(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 410} {
		for _, gone := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, gone %v", status, gone), func(t *testing.T) {
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.registerAs(machine("a"))
				id := l.state.Handle.ClientID
				answers := fakeop.Faults{}
				answers.Reading.Calls = fakeop.Always(fakeop.Answer{Status: status, Body: `{"error":"invalid_token"}`})
				if gone {
					l.op.RemoveClient(id)
				} else { // and nothing else tells that it lives
					answers.TokenEndpoint.Calls = fakeop.Always(fakeop.InternalError())
				}
				l.op.SetFaults(answers)
				awaits := authserver.Settings{Unknown: map[string]bool{"registration_access_tokens": true}, UnknownTokens: map[string]bool{id: true}}
				l.state.Record.WrittenAt = 0
				next := l.restarted(awaits)
				out := lifecycle.Read(t.Context(), next.server, lifecycle.Refresh{State: next.state, Behaviour: recreate()}, next.save)
				missing := lifecycle.DecideMissing(next.server, next.state, recreate())
				if seen := status == 404 || status == 410; gone && seen != out.Gone {
					t.Errorf("a client that is gone: %v, %s", out.Gone, kinds(out.Problems))
				}
				if !gone && (out.Gone || missing.Recreate || missing.Problem != nil && !missing.Problem.Warning) {
					t.Errorf("another client is planned, or none, where a token is to come: %+v", missing)
				}
				if !out.Gone {
					next.want(out, outcome.AwaitsToken)
				}
			})
		}
	}
}

// The same where the server, which is asked again, answers in another way.
func TestAMissingClientThatIsSaidSoOnce(t *testing.T) {
	for _, statuses := range [][]int{{404, 401}, {410, 400}, {404, 403}, {410, 404}} {
		for name, b := range map[string]authserver.Behaviour{"recreate": recreate(), "error": {}} {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(machine("a"))
			id := l.state.Handle.ClientID
			answers := fakeop.Faults{}
			answers.Reading.Calls = fakeop.Always(fakeop.Answer{Status: statuses[1], Body: `{"error":"invalid_token"}`})
			answers.Reading.Calls = append([]fakeop.CallFault{{From: 1, Times: 1, Answer: fakeop.Answer{Status: statuses[0], Body: `{"error":"invalid_token"}`}}}, answers.Reading.Calls...)
			answers.TokenEndpoint.Calls = fakeop.Always(fakeop.InternalError())
			l.op.SetFaults(answers)
			l.state.Record.WrittenAt = 0
			next := l.restarted(authserver.Settings{Unknown: map[string]bool{"registration_access_tokens": true}, UnknownTokens: map[string]bool{id: true}})
			out := lifecycle.Read(t.Context(), next.server, lifecycle.Refresh{State: next.state, Behaviour: b}, next.save)
			if missing := lifecycle.DecideMissing(next.server, next.state, b); out.Gone || missing.Recreate || missing.Problem != nil && !missing.Problem.Warning {
				t.Errorf("%v, %s: another client is planned, or none: %+v", statuses, name, missing)
			}
			next.want(out, outcome.AwaitsToken)
		}
	}
}

// An import or a look that is refused without the token that is to come, in whatever way servers do, is told to wait for it.
func TestALookWhoseTokenIsToCome(t *testing.T) {
	own := authserver.Settings{InitialAccessToken: secret.New("register-only")}
	for _, status := range []int{400, 401, 403, 404, 410} {
		l := begin(t, &fakeop.Server{InitialAccessTokens: map[string]int{"register-only": 0}}, own)
		l.registerAs(web("a"))
		h := l.state.Handle
		answers := fakeop.Faults{}
		answers.Reading.Calls = fakeop.Always(fakeop.Answer{Status: status, Body: `{"error":"access_denied"}`})
		l.op.SetFaults(answers)
		awaits := own
		awaits.Unknown, awaits.UnknownTokens = map[string]bool{"registration_access_tokens": true}, map[string]bool{h.ClientID: true}
		l = l.later(awaits)
		named, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: h.RegistrationClientURI, ClientID: h.ClientID})
		if problem != nil {
			t.Fatal(problem)
		}
		l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: named}, Importing: true}, l.save), outcome.FindNotKnownYet)
		_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{RegistrationClientURI: h.RegistrationClientURI, ClientID: h.ClientID})
		l.want(outcome.Outcome{Problems: problems}, outcome.FindNotKnownYet)
	}
}

// That nothing was at the client's address is no more than what was found without the token that is to come. That a token was refused counts for that one on.
func TestWhatMissedAClientWhoseTokenIsToCome(t *testing.T) {
	for _, by := range []string{reconcile.NothingThere, "the digest of a token"} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.registerAs(machine("a"))
		l.state.Record.Missing, l.state.Record.MissedBy = true, by
		l = l.later(authserver.Settings{Unknown: map[string]bool{"registration_access_tokens": true}, UnknownTokens: map[string]bool{l.state.Handle.ClientID: true}})
		lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshNever}}, l.save)
		if r := l.state.Record; r.Missing || (r.MissedBy == "") != (by == reconcile.NothingThere) {
			t.Errorf("missed by %s: missing %v, by %q", by, r.Missing, r.MissedBy)
		}
	}
}
