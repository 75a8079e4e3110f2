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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What broke off the connection by which an update was sent twice may answer the read that follows, too, and a front end may stop the answer to one that replaced
// credentials. Only a read that shows the client tells that nothing was replaced.
func TestAReadThatDoesNotTellWhetherAnUpdateWasMade(t *testing.T) {
	refused := map[string]fakeop.Answer{
		"403": {Status: 403, Body: `{"error":"access_denied"}`}, "409": {Status: 409, Body: `{"error":"conflict","error_description":"it has changed"}`},
		"400": {Status: 400, Body: `{"error":"invalid_client_metadata"}`},
	}
	reads := map[string]fakeop.Answer{
		"nothing": {Cut: fakeop.CutConnection}, "502": {Status: 502}, "429": {Status: 429}, "a sign-in page": {Status: 302, Header: http.Header{"Location": {"/sign-in"}}},
		"a page": {Status: 200, Body: "<html>", MediaType: "text/html"}, "another client": {OtherClient: true}, "405": {Status: 405}, "409": {Status: 409, Body: `{"error":"conflict"}`},
	}
	for name, refusal := range refused {
		for what, read := range reads {
			for _, of := range []string{"update", "read"} {
				for i := range 4 {
					journal, first := i%2 == 1, i > 1
					t.Run(fmt.Sprintf("%s, %s, the %s replaces, journal %v, first %v", name, what, of, journal, first), func(t *testing.T) {
						t.Parallel()
						habits := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
						refusal, read := refusal, read
						refusal.Processed = of == "update"
						if of == "read" {
							habits = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}
							read.Processed = true
						}
						s := settingsWith(t, journal)
						l := begin(t, &fakeop.Server{Faults: habits}, s)
						l.registerAs(machine("a"))
						if !first {
							l.update(machine("b"))
						}
						faults := withCall(habits, fakeop.OpUpdate, fakeop.CallFault{From: 1, Answer: refusal})
						l.op.SetFaults(withCall(faults, fakeop.OpRead, fakeop.CallFault{From: 2, Answer: read}))
						l.staysAlive(s, l.update(machine("c")).Problems)
					})
				}
			}
		}
	}
}

// The provider's own credentials read the client whatever its token is: where their reads do not show the token, they do not tell whether an update that was refused replaced it.
func TestAnUpdateByTheProviderThatIsRefusedAndMade(t *testing.T) {
	habits := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: true, OmitSecretOnRead: true}
	for name, refusal := range map[string]fakeop.Answer{
		"403": {Status: 403, Processed: true, Body: `{"error":"access_denied"}`}, "409": {Status: 409, Processed: true, Body: `{"error":"conflict","error_description":"it has changed"}`},
	} {
		for i := range 4 {
			journal, first := i%2 == 1, i > 1
			t.Run(fmt.Sprintf("%s, journal %v, first %v", name, journal, first), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				own := s
				own.InitialAccessToken, own.Management = secret.New("credential-of-the-provider"), authserver.ManagementProvider
				l := begin(t, &fakeop.Server{Faults: habits, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"credential-of-the-provider": 0}}, own)
				l.registerAs(machine("a"))
				if !first {
					l.update(machine("b"))
				}
				l.op.SetFaults(withCall(habits, fakeop.OpUpdate, fakeop.CallFault{From: 1, Times: 1, Answer: refusal}))
				said := l.update(machine("c")).Problems
				l.op.SetFaults(habits)
				l = l.later(own)
				said = append(said, l.refresh().Problems...)
				s.Management = authserver.ManagementToken
				l.staysAlive(s, said)
			})
		}
	}
}

// To some servers an update without the client_secret is one by an unauthenticated client. What they say of the form with it is what they mean: a refusal of that one hides no
// later deletion, where a read shows the client.
func TestADeletionAfterALaterFormWasRefused(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"400": {Status: 400, Body: `{"error":"invalid_redirect_uri"}`}, "403": {Status: 403, Body: `{"error":"access_denied"}`}, "409": {Status: 409, Body: `{"error":"conflict"}`},
	} {
		for _, journal := range []bool{false, true} {
			s := settingsWith(t, journal)
			habits := fakeop.Faults{UpdateWithoutSecretIsUnauthorized: true}
			l := begin(t, &fakeop.Server{Faults: habits}, s)
			l.registerAs(machine("a"))
			l.op.SetFaults(withCall(habits, fakeop.OpUpdate, fakeop.CallFault{From: 2, Answer: answer}))
			said := l.update(machine("b")).Problems
			l.op.SetFaults(habits)
			l.op.RemoveClient(l.state.Handle.ClientID)
			l = l.later(s)
			if out := l.refresh(); !out.Gone {
				t.Errorf("%s, journal %v: the client is gone, which is not found out: %s", name, journal, kinds(append(said, out.Problems...)))
			}
		}
	}
}

// staysAlive fails where the client, which lives, is forgotten or said to be deleted by the runs to come.
func (l *life) staysAlive(s authserver.Settings, said []outcome.Problem) {
	l.t.Helper()
	habits := l.op.Faults
	l.op.SetFaults(habits)
	for range 2 {
		for _, operation := range []string{"read", "delete"} {
			l = l.later(s)
			out := l.operate(operation, nil)
			said = append(said, out.Problems...)
			if _, lives := l.op.Client(l.state.Handle.ClientID); lives && (out.Gone || l.state.Record.Gone) {
				l.t.Fatalf("forgotten by a %s: %s", operation, kinds(said))
			}
		}
	}
}
