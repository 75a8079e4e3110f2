// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// At some servers the other endpoints tell of no client whether it exists, and look as if they did: a token endpoint that wants a certificate
// refuses every client alike, and so it is with a secret that has expired; some show an error page to everyone. Then one wrong answer at the client's own URI is all
// that there is.
func TestOneWrongAnswerBesideEndpointsThatKnowNobody(t *testing.T) {
	habits := map[string]fakeop.Faults{
		"every client is refused":            {TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})}, AuthorizeErrorPage: true},
		"every client is refused, sign in":   {TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})}, AuthorizeIgnoresPrompt: true},
		"an expired secret, pages":           {AuthorizeErrorPage: true},
		"an expired secret and token, pages": {AuthorizeErrorPage: true, Credentials: fakeop.CredentialFaults{TellsTokenLifetime: true}},
	}
	wrong := map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410}, "400": {Status: 400, Body: `{"error":"invalid_token"}`}}
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for habit, f := range habits {
			for name, answer := range wrong {
				for _, operation := range []string{"read", "read, and reads are none", "update", "delete", "delete without reads"} {
					s := settings()
					now := fakeop.Epoch
					op := &fakeop.Server{Clock: func() time.Time { return now }, Faults: f}
					if strings.Contains(habit, "expired") {
						op.SecretLifetime = time.Hour
					}
					l := begin(t, op, s)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					id := l.state.Handle.ClientID
					now = now.Add(2 * time.Hour)
					once := f
					once.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: answer}}
					l.op.SetFaults(once)
					l = l.later(s)
					var out outcome.Outcome
					switch operation {
					case "read":
						out = l.refresh()
					case "read, and reads are none":
						once.Reading.Calls = append(once.Reading.Calls, fakeop.CallFault{Answer: fakeop.Answer{Status: 405}})
						l.op.SetFaults(once)
						out = l.refresh()
					case "update":
						out = l.update(doc("c"))
					case "delete":
						once.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: answer}}
						l.op.SetFaults(once)
						out = lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
					case "delete without reads":
						once.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 405})
						once.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: answer}}
						l.op.SetFaults(once)
						out = lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
					}
					if _, lives := l.op.Client(id); lives && (out.Gone || l.state.Record.Gone) {
						t.Errorf("%s, %s, %s: a live client is forgotten: %s", habit, name, operation, fmt.Sprint(out.Problems))
					}
				}
			}
		}
	})
}

// An interrupt may end the pause that a replica has to catch up. Then nothing was asked twice, and nothing is taken as gone.
func TestAnInterruptWhileAReplicaCatchesUp(t *testing.T) {
	for range 20 { // which of the two ends of the pause is seen first is not certain
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(doc("a"))
			l.op.SetFaults(lagging(fakeop.Faults{}, 0))
			ctx, interrupt := context.WithCancel(t.Context())
			paused := false
			l.waits = func(d time.Duration) {
				if d == reconcile.ReplicaPause {
					paused = true
					interrupt()
				}
			}
			out := lifecycle.Read(ctx, l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save)
			if !paused {
				t.Fatalf("%s: there was no pause", kind)
			}
			if out.Gone || l.state.Record.Gone {
				t.Fatalf("%s: a live client is forgotten: %v", kind, out.Problems)
			}
			interrupt()
		}
	}
}

// What one wrong answer leaves open is not taken as gone by a plan in which on_missing = "recreate" is new, which the read did not see.
func TestOneWrongAnswerAndOnMissingThatIsNew(t *testing.T) {
	silent := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeIgnoresPrompt: true}
	for name, answer := range map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410}} {
		for _, times := range []int{1, 0} {
			l := begin(t, &fakeop.Server{Faults: silent}, authserver.Settings{})
			l.register()
			once := silent
			once.Reading.Calls = []fakeop.CallFault{{Times: times, Answer: answer}}
			l.op.SetFaults(once)
			l = l.later(authserver.Settings{})
			l.refresh()
			missing := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate, Refresh: authserver.RefreshAuto})
			if missing.Recreate != (times == 0) {
				t.Errorf("%s, %d times: recreated: %v", name, times, missing.Recreate)
			}
		}
	}
}

// A token that has expired is refused of a client that lives, by some servers as if nothing were there. Beside a token endpoint that refuses
// everyone, that is all that there is, and no fault is needed.
func TestAnExpiredTokenThatIsRefusedInAnotherWay(t *testing.T) {
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		for _, status := range []int{400, 401, 404, 410} {
			for _, operation := range []string{"read", "update", "delete"} {
				s, now := settings(), fakeop.Epoch
				f := fakeop.Faults{AuthorizeIgnoresPrompt: true, InvalidTokenStatus: status, Credentials: fakeop.CredentialFaults{TellsTokenLifetime: true}}
				f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
				l := begin(t, &fakeop.Server{Clock: func() time.Time { return now }, TokenLifetime: time.Hour, Faults: f}, s)
				l.registerAs(doc("a"))
				now = now.Add(2 * time.Hour)
				l = l.later(s)
				out := l.operate(operation, doc("c"))
				if out.Gone || l.state.Record.Gone {
					t.Errorf("%d, %s: a live client is forgotten: %s", status, operation, fmt.Sprint(out.Problems))
				}
			}
		}
	})
}
