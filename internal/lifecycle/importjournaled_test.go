// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client is taken out of the state and imported again, without its token, which the journal has. The provider's own credentials register clients, and manage none.
func TestImportByTheJournalsTokenBesideCredentialsThatManageNothing(t *testing.T) {
	for by, name := range map[string]func(l *life) string{
		"address":   func(l *life) string { return l.state.Handle.RegistrationClientURI },
		"client_id": func(l *life) string { return l.state.Handle.ClientID },
	} {
		for refusal, answer := range map[string]*fakeop.Answer{"401": nil, "403": new(fakeop.Forbidden("insufficient_scope", ""))} {
			s := withJournal(t)
			s.InitialAccessToken = secret.New("first")
			op := &fakeop.Server{InitialAccessTokens: map[string]int{"first": 100}}
			l := begin(t, op, s)
			l.registerAs(web("a"))
			l = l.later(s)
			if answer != nil {
				op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: *answer}}}})
			}
			l.imports(by+", "+refusal, authserver.Place{}, name(l))
			if out := l.update(web("b")); out.Failed() {
				t.Errorf("%s: %s", by, kinds(out.Problems))
			}
			if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(op.Clients()) > 0 {
				t.Errorf("%s: %s", by, kinds(out.Problems))
			}
		}
	}
}

// The same of another realm's client, for which the provider's credentials are not.
func TestImportByTheJournalsTokenOfAnotherRealm(t *testing.T) {
	s := withJournal(t)
	op := &fakeop.Server{Tenants: []string{"/other"}, InitialAccessTokens: map[string]int{"first": 100, "": 100}}
	op.Start(t)
	s.InitialAccessToken = secret.New("first")
	l := start(t, op, s)
	l.registerAs(web("a"))
	s.Issuer = op.Issuer() + "/other"
	moved := start(t, op, s)
	moved.state = l.state
	l.server.Close()
	moved.imports("another realm", authserver.Place{}, l.state.Handle.RegistrationClientURI)
}

// imports takes the client out of the state and imports it again.
func (l *life) imports(what string, at authserver.Place, name string) {
	l.t.Helper()
	h, problem := lifecycle.Import(l.t.Context(), l.server, at, lifecycle.NamedBy(name))
	if problem != nil {
		l.t.Fatalf("%s: %v", what, problem)
	}
	l.state = authserver.State{Handle: h}
	out := lifecycle.Read(l.t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAuto}}, l.save)
	if len(out.Problems) > 0 {
		l.t.Fatalf("%s: %s", what, kinds(out.Problems))
	}
}

// A server has one address for all of its clients. The journal knows one of them there, and the token that is handed in for an import is another one's.
func TestImportAtASharedAddressByATokenThatTheJournalDoesNotKnow(t *testing.T) {
	for _, journaled := range []bool{false, true} {
		s := authserver.Settings{}
		if journaled {
			s = withJournal(t)
		}
		l := begin(t, &fakeop.Server{ClientURI: fakeop.URIEndpoint}, authserver.Settings{})
		l.registerAs(web("another machine's"))
		another := l.state.Handle
		l = l.later(s)
		l.state = authserver.State{}
		l.registerAs(web("a"))
		another.RegistrationAccessToken = secret.New(l.op.CurrentToken(another.ClientID))
		l = l.later(handingIn(s, another))
		h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(another.RegistrationClientURI))
		if problem != nil {
			t.Fatal(problem)
		}
		l.state = authserver.State{Handle: h}
		out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save)
		if l.state.Handle.ClientID != another.ClientID || out.Failed() {
			t.Errorf("journal %v: imported %s, not %s: %s", journaled, l.state.Handle.ClientID, another.ClientID, kinds(out.Problems))
		}
		found, problems := lifecycle.FetchSecret(t.Context(), l.server, reconcile.Handle{RegistrationClientURI: another.RegistrationClientURI, RegistrationAccessToken: secret.New(l.op.CurrentToken(another.ClientID))})
		if found == nil || found.ClientID != another.ClientID {
			t.Errorf("journal %v: the secret of another client: %s", journaled, kinds(problems))
		}
	}
}
