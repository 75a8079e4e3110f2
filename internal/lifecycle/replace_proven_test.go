// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// newClients are how one answer may show the client that is registered in the place of another one.
var newClients = map[string]fakeop.Answer{
	"as it is": {}, "another client": {OtherClient: true}, "a wrong token": shows("registration_access_token", "reg-token-9-f00dfeedf00dfeed"),
	"a masked token": shows("registration_access_token", "********"), "no token": shows("registration_access_token", nil),
	"no address": shows("registration_client_uri", nil), "a wrong secret": shows("client_secret", "secret-9-f00dfeedf00dfeed"),
}

// Whatever one answer to a registration in the place of a client shows, and whatever else the server does not have: afterwards the new client works, or the
// old one is in the state as it was and lives. What is left at the server is told, and the next apply makes up for it.
func TestReplaceEndsWithAClientThatWorks(t *testing.T) {
	for shown, answer := range newClients {
		for reads, status := range map[string]int{"": 0, "no": http.StatusMethodNotAllowed} {
			for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
				for i := range 8 {
					journal, deletes, hidden := i%2 == 1, i/2%2 == 1, i/4 == 1
					t.Run(fmt.Sprintf("%s, %s reads, %s, journal %v, deletions %v, secret hidden %v", shown, reads, kind, journal, deletes, hidden), func(t *testing.T) {
						t.Parallel()
						s := settingsWith(t, journal)
						f := fakeop.Faults{ReadStatus: status, OmitSecretOnRead: hidden}
						if !deletes {
							f.DeleteStatus = http.StatusMethodNotAllowed
						}
						l := begin(t, &fakeop.Server{Faults: f}, s)
						l.registerAs(doc("a"))
						l = l.later(s)
						if answer.Edit != nil || answer.OtherClient {
							l.op.Force(fakeop.OpRegister, answer)
						}
						before := l.state.Handle
						out := l.replace(doc("b"), authserver.Behaviour{})
						l.endsWell(before.ClientID, out, shown, status != 0)
						if !out.Failed() {
							return
						}
						if diff := cmp.Diff(before, l.state.Handle, sameSecrets); diff != "" {
							t.Errorf("the old client is not kept as it was: %s", diff)
						}
						l = l.later(s)
						if seen := l.refresh(); seen.Gone || status == 0 && seen.Failed() {
							t.Errorf("the old client is not found again: %s", kinds(seen.Problems))
						}
						l = l.later(s)
						if again := l.replace(doc("b"), authserver.Behaviour{}); again.Failed() || l.state.Handle.ClientID == before.ClientID {
							t.Errorf("the next apply does not replace it: %s; before %s", kinds(again.Problems), kinds(out.Problems))
						}
						l.endsWell(before.ClientID, outcome.Outcome{}, "as it is", status != 0)
					})
				}
			}
		}
	}
}

// endsWell fails unless the client in the state lives, with credentials that are in force.
func (l *life) endsWell(old string, out outcome.Outcome, shown string, noReads bool) {
	l.t.Helper()
	now := l.state.Handle
	client, lives := l.op.Client(now.ClientID)
	switch {
	case !lives:
		l.t.Fatalf("client %s is none that lives, and of %s is left %v: %s", now.ClientID, old, l.op.Clients(), kinds(out.Problems))
	case client.Secret != "" && now.ClientSecret.Reveal() != client.Secret:
		l.t.Errorf("the application's secret is lost: %s", kinds(out.Problems))
	case now.RegistrationAccessToken.Reveal() != client.Token && !noReads:
		l.t.Errorf("the token is lost: %s", kinds(out.Problems))
	}
	if out.Failed() && now.ClientID != old {
		l.t.Errorf("an apply that failed has another client: %s", kinds(out.Problems))
	}
	if shown == "as it is" && out.Failed() {
		l.t.Errorf("failed: %s", kinds(out.Problems))
	}
	if told := kinds(out.Problems); out.Failed() && shown != "another client" {
		for _, left := range l.op.Clients() {
			if left.ID != old && !strings.Contains(told, left.ID) {
				l.t.Errorf("client %s, which is left, is not named: %s", left.ID, told)
			}
		}
	}
}

// What refuses the new client as it refuses the old one says nothing of the new one, and neither does what was busy for a moment: the replacement goes on, so that no server
// has each apply register another client in vain.
func TestReplaceAtAServerThatConfirmsNeither(t *testing.T) {
	refusesAll := fakeop.Always(fakeop.Unauthorized(true))
	for name, f := range map[string]fakeop.Faults{
		"no token is taken":                  {Reading: fakeop.ReadingFaults{Calls: refusesAll}},
		"nothing is served":                  {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}},
		"reads fail":                         {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.InternalError())}},
		"the token endpoint refuses all":     {OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
		"the token endpoint is not there":    {OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}},
		"all of it refuses":                  {Reading: fakeop.ReadingFaults{Calls: refusesAll}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}, AuthorizeErrorPage: true},
		"the authorization endpoint refuses": {ReadStatus: http.StatusMethodNotAllowed, AuthorizeErrorPage: true},
	} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, before it was registered %v", name, kind, before), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{}
					if before {
						op.Faults = f
					}
					l := begin(t, op, authserver.Settings{})
					l.registerAs(doc("a"))
					l.op.SetFaults(f)
					l = l.later(authserver.Settings{})
					id := l.state.Handle.ClientID
					out := l.replace(doc("b"), authserver.Behaviour{})
					if out.Failed() || l.state.Handle.ClientID == id {
						t.Errorf("not replaced: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// One read of the new client, or two, go to a replica that has not heard of it, or come when the server is busy.
func TestReplaceAtAServerThatLags(t *testing.T) {
	for name, busy := range map[string][]fakeop.Answer{
		"401": {fakeop.Unauthorized(true)}, "404 twice": {fakeop.NotFoundPage(), fakeop.NotFoundPage()}, "503": {{Status: http.StatusServiceUnavailable}}, "stale": {{Stale: true}},
	} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, journal := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, journal %v", name, kind, journal), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{}, s)
					l.registerAs(doc("a"))
					l = l.later(s)
					id := l.state.Handle.ClientID
					l.op.Force(fakeop.OpRead, busy...)
					out := l.replace(doc("b"), authserver.Behaviour{})
					if len(busy) == 1 && (out.Failed() || len(l.op.Clients()) != 1) {
						t.Errorf("not replaced: %s", kinds(out.Problems))
					}
					l.endsWell(id, out, name, false)
					l = l.later(s)
					if seen := l.refresh(); seen.Failed() || seen.Gone || l.state.Record.Unread && name != "503" {
						t.Errorf("not read: %s", kinds(seen.Problems))
					}
				})
			}
		}
	}
}

// Where the old client is taken as gone, there is nothing to keep, and what was registered in its place is kept as after any registration.
func TestReplaceOfAClientThatIsGoneKeepsTheNewOne(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(machine("a"))
	id := l.state.Handle.ClientID
	l.op.RemoveClient(id)
	l.state.Record.Gone = true
	l = l.later(authserver.Settings{})
	l.op.Force(fakeop.OpRegister, newClients["a wrong token"])
	if out := l.replace(machine("b"), authserver.Behaviour{}); out.Failed() || l.state.Handle.ClientID == id {
		t.Errorf("not kept: %s", kinds(out.Problems))
	}
}

// A read that may replace the old client's credentials is not made to find out about the new one.
func TestReplaceReadsNoClientWhoseReadsReplaceItsSecret(t *testing.T) {
	for _, both := range []bool{true, false} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: both, RotateSecretOnRead: true}}, authserver.Settings{})
		l.registerAs(web("a"))
		l = l.later(authserver.Settings{})
		before, _ := l.op.Client(l.state.Handle.ClientID)
		l.op.Force(fakeop.OpRegister, fakeop.Answer{OtherClient: true})
		out := l.replace(web("b"), authserver.Behaviour{})
		if after, lives := l.op.Client(before.ID); !out.Has(outcome.NewNotProven) || !lives || after.Secret != before.Secret || l.state.Handle.ClientID != before.ID {
			t.Errorf("the client in use is not as it was: %s", kinds(out.Problems))
		}
	}
}

// Somebody else's client in the answer, which no read shows, is left alone.
func TestReplaceLeavesSomebodyElsesClientThatIsNotShown(t *testing.T) {
	f := fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}
	l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
	l.registerAs(web("theirs"))
	theirs := l.state.Handle.ClientID
	l.state = authserver.State{}
	l.registerAs(web("mine"))
	mine := l.state.Handle.ClientID
	l.op.Force(fakeop.OpRegister, newClients["a wrong token"])
	out := l.replace(web("theirs"), authserver.Behaviour{})
	if _, lives := l.op.Client(theirs); !lives || l.state.Handle.ClientID != mine || !out.Has(outcome.NewNotProven) || out.Problems[0].Consequence != outcome.LeftAlone {
		t.Errorf("%s", kinds(out.Problems))
	}
}
