// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// unmanaged is a registration that is answered as RFC 7591 alone has it.
var unmanaged = shows("registration_access_token", nil, "registration_client_uri", nil)

// moves replaces the client by one at another server.
func (l *life) moves(other *fakeop.Server, f fakeop.Faults, doc string) (*life, outcome.Outcome) {
	l.t.Helper()
	return l.movesTo(other, f, kindsOfClient[doc]("b"), authserver.Settings{})
}

// movesTo is moves with a document and settings.
func (l *life) movesTo(other *fakeop.Server, f fakeop.Faults, doc metadata.Document, s authserver.Settings) (*life, outcome.Outcome) {
	l.t.Helper()
	other.Faults = f
	other.Start(l.t)
	l.server.Close()
	m := start(l.t, other, s)
	m.state = l.state
	m.state.Record.WrittenAt = 0
	return m, m.replace(doc, authserver.Behaviour{})
}

// Another server has its own ways, of which those of the old client's server say nothing: what it does not issue, serve or tell to anyone is no reason to keep the client at the old one.
func TestReplaceAtAnotherServerWithOtherWays(t *testing.T) {
	noManagement := fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}
	noPage := fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}
	for name, f := range map[string]fakeop.Faults{
		"no management":                             {Registration: noManagement},
		"no management, and no token endpoint":      {Registration: noManagement, TokenEndpoint: noPage},
		"no management, and endpoints that are dim": {Registration: noManagement, TokenEndpoint: noPage, AuthorizeErrorPage: true},
		"hidden secrets, and a page for everyone":   {OmitSecretOnRead: true, TokenEndpoint: noPage, AuthorizeErrorPage: true},
		"no reads":                  {ReadStatus: http.StatusMethodNotAllowed, TokenEndpoint: noPage, AuthorizeErrorPage: true},
		"no reads of what is known": {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}},
	} {
		for kind, doc := range kindsOfClient {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.registerAs(doc("a"))
				l.update(doc("b"))
				id := l.state.Handle.ClientID
				other := &fakeop.Server{Seed: "other"}
				m, out := l.moves(other, f, kind)
				if kind == "machine" && name == "no reads of what is known" && out.Failed() {
					t.Errorf("the token endpoint knows it: %s", kinds(out.Problems))
				}
				if _, lives := other.Client(m.state.Handle.ClientID); out.Failed() || !lives || m.state.Handle.ClientID == id || len(other.Clients()) != 1 || len(l.op.Clients()) != 0 {
					t.Errorf("not moved: %s; at the new server %v, at the old one %v", kinds(out.Problems), other.Clients(), l.op.Clients())
				}
			})
		}
	}
}

// A wrong answer of another server costs nothing that is known, once. A server that never serves what it registers is told from that by the next apply, which goes on.
func TestReplaceAtAnotherServerThatConfirmsNothing(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"serves nobody":   {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}},
		"takes no tokens": {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f.TokenEndpoint.Calls, f.AuthorizeErrorPage = fakeop.Always(fakeop.NotFoundPage()), true
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(web("a"))
			id := l.state.Handle.ClientID
			other := &fakeop.Server{Seed: "other"}
			m, out := l.moves(other, f, "web")
			if !out.Has(outcome.NewNotProven) || m.state.Handle.ClientID != id || len(l.op.Clients()) != 1 {
				t.Fatalf("one answer alone: %s", kinds(out.Problems))
			}
			m = m.later(authserver.Settings{})
			out = m.replace(web("b"), authserver.Behaviour{})
			if out.Failed() || m.state.Handle.ClientID == id || len(l.op.Clients()) != 0 {
				t.Errorf("not moved: %s", kinds(out.Problems))
			}
		})
	}
}

// What the token endpoint of another server refuses may be a wrong secret, however often it says so: the client that works is kept.
func TestReplaceAtAnotherServerThatRefusesTheSecret(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(machine("a"))
	id := l.state.Handle.ClientID
	m, out := l.moves(&fakeop.Server{Seed: "other"}, fakeop.Faults{OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}}, "machine")
	for range 2 {
		if !out.Has(outcome.NewNotProven) || m.state.Handle.ClientID != id || len(l.op.Clients()) != 1 || len(m.op.Clients()) != 0 {
			t.Fatalf("%s; at the new server %v", kinds(out.Problems), m.op.Clients())
		}
		m = m.later(authserver.Settings{})
		out = m.replace(machine("b"), authserver.Behaviour{})
	}
}

// The old client's server tells nothing of its secret. One refusal of the new one's may be a wrong answer, and the old client works: it is given up where the
// next registration is answered so, too, which is then the other server's way.
func TestReplaceAtAnotherServerThatRefusesTheSecretOfOneThatTellsNothing(t *testing.T) {
	for _, f := range []fakeop.Faults{
		{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
		{ReadStatus: http.StatusMethodNotAllowed, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
		{OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
		{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}, Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
	} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true}}, authserver.Settings{})
		l.registerAs(machine("a"))
		id := l.state.Handle.ClientID
		m, out := l.moves(&fakeop.Server{Seed: "other"}, f, "machine")
		if _, lives := l.op.Client(id); !lives || !out.Has(outcome.NewNotProven) || m.state.Handle.ClientID != id {
			t.Fatalf("given up for one answer: %s", kinds(out.Problems))
		}
		m = m.later(authserver.Settings{})
		if out = m.replace(machine("b"), authserver.Behaviour{}); out.Failed() || m.state.Handle.ClientID == id || len(m.op.Clients()) > 2 {
			t.Errorf("not replaced: %s; left %v", kinds(out.Problems), m.op.Clients())
		}
	}
}

// A server that does not issue tokens any more is told from one answer that lacks them by the next registration. So one client is left at most.
func TestReplaceAtAServerThatStoppedIssuingTokens(t *testing.T) {
	for kind, doc := range kindsOfClient {
		for _, journal := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, journal %v", kind, journal), func(t *testing.T) {
				t.Parallel()
				s := settingsWith(t, journal)
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed}}, s)
				l.registerAs(doc("a"))
				l = l.later(s)
				id := l.state.Handle.ClientID
				l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(unmanaged) })
				if out := l.replace(doc("b"), authserver.Behaviour{}); !out.Has(outcome.NewNotProven) || l.state.Handle.ClientID != id {
					t.Fatalf("one answer alone: %s", kinds(out.Problems))
				}
				l = l.later(s)
				l.refresh()
				l = l.later(s)
				out := l.replace(doc("b"), authserver.Behaviour{})
				if out.Failed() || l.state.Handle.ClientID == id || len(l.op.Clients()) > 2 {
					t.Errorf("not replaced: %s; left %v", kinds(out.Problems), l.op.Clients())
				}
				if _, lives := l.op.Client(id); lives {
					t.Error("the old one is left, too")
				}
				l.endsWell(id, out, "no token", true)
			})
		}
	}
}

// Somebody else's client does not become this resource's by being shown twice.
func TestReplaceTakesNoClientOfAnotherByRepetition(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}, withJournal(t))
	l.registerAs(public("theirs"))
	l.state = authserver.State{}
	l.registerAs(public("mine"))
	mine := l.state.Handle.ClientID
	l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(unmanaged) })
	for range 3 {
		if out := l.replace(public("theirs"), authserver.Behaviour{}); !out.Has(outcome.NewNotProven) || l.state.Handle.ClientID != mine {
			t.Fatalf("%s", kinds(out.Problems))
		}
	}
}

// That the old client took an update once is no reason to keep it where nothing shows it any more.
func TestReplaceOfAClientThatIsNotShownAnyMore(t *testing.T) {
	for name, read := range map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "500": fakeop.InternalError()} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.registerAs(web("a"))
			l.update(web("b"))
			l = l.later(authserver.Settings{})
			id := l.state.Handle.ClientID
			l.op.EditFaults(func(f *fakeop.Faults) {
				f.Registration.Calls, f.Reading.Calls = fakeop.Always(unmanaged), fakeop.Always(read)
			})
			if out := l.replace(web("c"), authserver.Behaviour{}); out.Failed() || l.state.Handle.ClientID == id {
				t.Errorf("not replaced: %s", kinds(out.Problems))
			}
		})
	}
}

// What one server answered is no repetition of what another one answers: each of them may be wrong once.
func TestReplaceAtOneServerAfterAnother(t *testing.T) {
	refuses := fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}}
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true}}, authserver.Settings{})
	l.registerAs(machine("a"))
	id := l.state.Handle.ClientID
	m := l
	for _, seed := range []string{"second", "third"} {
		var out outcome.Outcome
		m, out = m.moves(&fakeop.Server{Seed: seed}, refuses, "machine")
		if _, lives := l.op.Client(id); !lives || !out.Has(outcome.NewNotProven) || m.state.Handle.ClientID != id {
			t.Fatalf("given up for one answer of the %s server: %s", seed, kinds(out.Problems))
		}
	}
	m = m.later(authserver.Settings{})
	if out := m.replace(machine("b"), authserver.Behaviour{}); out.Failed() || m.state.Handle.ClientID == id {
		t.Errorf("not replaced, though that server answers so each time: %s", kinds(out.Problems))
	}
}

// An update that succeeded in between ends the row: the next registration that is answered so is the first again.
func TestReplaceAfterAnUpdateInBetween(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("a"))
	id := l.state.Handle.ClientID
	replaces := func() outcome.Outcome {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(unmanaged) })
		l = l.later(authserver.Settings{})
		return l.replace(web("b"), authserver.Behaviour{})
	}
	if out := replaces(); !out.Has(outcome.NewNotProven) {
		t.Fatalf("taken for one answer: %s", kinds(out.Problems))
	}
	if out := l.update(web("c")); out.Failed() {
		t.Fatalf("%s", kinds(out.Problems))
	}
	if out := replaces(); !out.Has(outcome.NewNotProven) || l.state.Handle.ClientID != id {
		t.Fatalf("given up for one answer: %s", kinds(out.Problems))
	}
	if out := replaces(); out.Failed() || l.state.Handle.ClientID == id {
		t.Errorf("not replaced by two in a row: %s", kinds(out.Problems))
	}
}
