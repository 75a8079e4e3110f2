// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// A gateway is up, or is going down, or has just started and has no routes yet.
const (
	gatewayUp       = "up"
	gatewayCuts     = "cuts"     // the connection, with nothing made
	gatewayLoses    = "loses"    // the answer to what the server has made
	gatewayReaches  = "reaches"  // nobody, and says so: 502
	gatewayUnrouted = "unrouted" // answers by itself
)

// moods gives the gateway's state at each request, from the first one of a deletion on.
type moods []string

func (m moods) at(n int) string {
	if n < len(m) {
		return m[n]
	}
	return gatewayUp
}

// drawMoods draws restarts one after the other, or some replicas of a gateway by turns of which one has just started.
func drawMoods(t *rapid.T) moods {
	down := rapid.SampledFrom([]string{gatewayCuts, gatewayLoses, gatewayReaches})
	if rapid.Bool().Draw(t, "replicas") {
		replicas := rapid.IntRange(2, 4).Draw(t, "how many")
		m := moods{down.Draw(t, "the first")}
		started := rapid.IntRange(0, replicas-1).Draw(t, "which one")
		for n := range 40 {
			if n%replicas == started {
				m = append(m, gatewayUnrouted)
			} else {
				m = append(m, gatewayUp)
			}
		}
		return m
	}
	var m moods
	for range rapid.IntRange(1, 3).Draw(t, "restarts") {
		m = append(m, slices.Repeat(moods{gatewayUp}, rapid.IntRange(0, 3).Draw(t, "up"))...)
		m = append(m, rapid.SliceOfN(down, 1, 3).Draw(t, "down")...)
		m = append(m, slices.Repeat(moods{gatewayUnrouted}, rapid.IntRange(0, 12).Draw(t, "unrouted"))...)
	}
	return m
}

// before gives the faults of a gateway in these moods.
func (m moods) before(unrouted fakeop.Answer, concerns func(*http.Request) bool) []fakeop.CallFault {
	n, counted := 0, (*http.Request)(nil)
	in := func(mood string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			if !concerns(r) {
				return false
			}
			if counted != r {
				counted = r
				n++
			}
			return m.at(n-1) == mood
		}
	}
	return []fakeop.CallFault{
		{Matches: in(gatewayCuts), Answer: fakeop.Dropped()}, {Matches: in(gatewayLoses), Answer: fakeop.Lost()},
		{Matches: in(gatewayReaches), Answer: fakeop.BadGateway()}, {Matches: in(gatewayUnrouted), Answer: unrouted},
	}
}

// Whatever a gateway is like at each request of a deletion and of what follows, a client that lives is never forgotten, and can be deleted once the gateway is up.
func TestNoRestartOfAGatewayMakesALiveClientGone(t *testing.T) {
	answers := map[string]fakeop.Answer{
		"404 page": fakeop.NotFoundPage(), "403 page": fakeop.Forbidden("", ""), "403 code": fakeop.Forbidden("access_denied", "no"), "404 text": {Status: 404, Body: "default backend - 404", MediaType: "text/plain"},
	}
	maps.Copy(answers, noRoute)
	type kind struct {
		settings func(op *fakeop.Server) authserver.Settings
		faults   fakeop.Faults
		asked    metadata.Document
	}
	servers := map[string]kind{
		"that tells":          {byIssuer, fakeop.Faults{}, web("a")},
		"404 for gone":        {byIssuer, fakeop.Faults{GoneStatus: 404, TokenChecksGrantFirst: true, AuthorizeErrorPage: true}, web("a")},
		"without reads":       {byIssuer, without(fakeop.Answer{Status: 405}, fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}), web("a")},
		"tokens first":        {byIssuer, fakeop.Faults{Credentials: fakeop.CredentialFaults{BeforeRoutes: true}, TokenChecksGrantFirst: true, AuthorizeErrorPage: true}, web("a")},
		"soft deletion":       {byIssuer, fakeop.Faults{Deletion: fakeop.DeletionFaults{Soft: true}}, web("a")},
		"200 for a deletion":  {byIssuer, fakeop.Faults{DeleteStatus: 200, TokenChecksGrantFirst: true}, machine("a")},
		"tokens with updates": {byIssuer, fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, machine("a")},
	}
	for name, s := range aboutNothing {
		servers[name] = kind{s.settings, s.faults, s.asked}
	}
	rapid.Check(t, func(rt *rapid.T) {
		server := servers[rapid.SampledFrom(slices.Sorted(maps.Keys(servers))).Draw(rt, "server")]
		answer := answers[rapid.SampledFrom(slices.Sorted(maps.Keys(answers))).Draw(rt, "unrouted")]
		concerns := func(*http.Request) bool { return true }
		if rapid.Bool().Draw(rt, "management alone") {
			concerns = ofClients
		}
		m := drawMoods(rt)
		op := &fakeop.Server{Faults: server.faults}
		op.Start(t)
		settings := server.settings(op)
		if rapid.IntRange(0, 4).Draw(rt, "retries") == 4 {
			settings.Transport.MaxRetries = 1
		}
		if rapid.Bool().Draw(rt, "journal") {
			settings.Journal = withJournal(t).Journal
		}
		l := startAs(t, op, settings)
		l.registerAs(server.asked)
		id := l.state.Handle.ClientID
		op.EditFaults(func(f *fakeop.Faults) { f.Front = m.before(answer, concerns) })
		for _, operation := range []string{"delete", "read", "delete"} {
			l = l.afterwards(settings)
			out := l.operate(operation, nil)
			_, lives := op.Client(id)
			if lives && (out.Gone || l.state.Record.Gone) {
				rt.Fatalf("%s: a live client is forgotten: %v %s", operation, m, kinds(out.Problems))
			}
			if out.Gone {
				return
			}
		}
		op.EditFaults(func(f *fakeop.Faults) { f.Front = nil })
		l = l.afterwards(settings)
		_, lived := op.Client(id)
		out := l.operate("delete", nil)
		if _, lives := op.Client(id); lives || lived && !out.Gone {
			rt.Fatalf("afterwards, lived %v, lives %v, gone %v: %v %s", lived, lives, out.Gone, m, kinds(out.Problems))
		}
	})
}

// Of two replicas of a gateway by turns, one has just started: the server shows the client each time, and the gateway has no such route each time. That is no server
// without deletions.
func TestADeletionByTurnsOfTwoReplicas(t *testing.T) {
	for name, answer := range noRoute {
		if answer.Status != http.StatusNotFound {
			continue
		}
		for first := range 2 {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			l = l.later(authserver.Settings{})
			m := slices.Repeat(moods{gatewayUnrouted, gatewayUp}, 20)[first:]
			l.op.EditFaults(func(f *fakeop.Faults) { f.Front = m.before(answer, ofClients) })
			out := l.operate("delete", nil)
			if _, lives := l.op.Client(l.state.Handle.ClientID); lives || !out.Gone {
				t.Errorf("%s, %s first: lives %v, gone %v: %s", name, m[0], lives, out.Gone, kinds(out.Problems))
			}
		}
		// The same where the gateway lost the deletion's first answer.
		for _, lost := range []string{gatewayReaches, gatewayLoses} {
			s := authserver.Settings{Transport: transport.Options{MaxRetries: 1}}
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: 200, TokenChecksGrantFirst: true}}, s)
			l.registerAs(machine("a"))
			l = l.later(s)
			m := append(moods{lost}, slices.Repeat(moods{gatewayUnrouted, gatewayUp}, 20)...)
			l.op.EditFaults(func(f *fakeop.Faults) { f.Front = m.before(answer, ofClients) })
			out := l.operate("delete", nil)
			if _, lives := l.op.Client(l.state.Handle.ClientID); lives && out.Gone {
				t.Errorf("%s, %s first: a live client is forgotten: %s", name, lost, kinds(out.Problems))
			}
		}
	}
}

// One wrong refusal in the refresh before it does not leave a deletion open that was made: the client is looked at before, and the token works.
func TestADeletionAfterOneWrongRefusal(t *testing.T) {
	for name, refusal := range map[string]fakeop.Answer{
		"401": fakeop.Unauthorized(true), "400": {Status: http.StatusBadRequest, Body: `{"error":"invalid_token"}`, MediaType: "application/json"}, "404": fakeop.NotFoundJSON(),
	} {
		for kind, doc := range ofEachKind {
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: 200, TokenChecksGrantFirst: true, AuthorizeErrorPage: true}}, authserver.Settings{})
			l.registerAs(doc("a"))
			l = l.later(authserver.Settings{})
			l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(refusal) })
			l.refresh()
			l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
			l = l.later(authserver.Settings{})
			if out := l.operate("delete", nil); !out.Gone || out.Failed() || len(l.op.Clients()) != 0 {
				t.Errorf("%s, %s: gone %v: %s", kind, name, out.Gone, kinds(out.Problems))
			}
		}
	}
}
