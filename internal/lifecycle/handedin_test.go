// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// elsewhere is a client "1" of a server that its resource names itself, with settings for another server. The server does not take its token any more.
func elsewhere(t *testing.T, at func(op *fakeop.Server) authserver.Place, tokens func(l *life) map[string]secret.String) (*life, string) {
	t.Helper()
	same := func(int) string { return "1" }
	op, ours := &fakeop.Server{ClientID: same}, &fakeop.Server{ClientID: same, Seed: "other"}
	op.Start(t)
	ours.Start(t)
	l := start(t, op, authserver.Settings{Issuer: ours.Issuer()})
	l.state.Place = at(op)
	l.registerAs(web("a"))
	issued := op.ReissueToken("1")
	l = l.later(authserver.Settings{Issuer: ours.Issuer(), RegistrationAccessTokens: tokens(l)})
	op.ResetLog()
	return l, issued
}

var places = map[string]func(op *fakeop.Server) authserver.Place{
	"issuer": func(op *fakeop.Server) authserver.Place { return authserver.Place{Issuer: op.Issuer()} },
	"endpoint": func(op *fakeop.Server) authserver.Place {
		return authserver.Place{RegistrationEndpoint: op.RegistrationEndpoint()}
	},
}

// A token that is handed in by client_id is for the provider's server: what another server has by that client_id, as where both number their clients, never
// sees it.
func TestATokenForTheProvidersClientOfThatName(t *testing.T) {
	const handedIn = "handed-in-for-the-providers-client"
	for at, place := range places {
		for _, operation := range []string{"read", "update", "delete"} {
			for _, recorded := range []bool{true, false} {
				t.Run(fmt.Sprint(at, ", ", operation, ", recorded ", recorded), func(t *testing.T) {
					l, _ := elsewhere(t, place, func(*life) map[string]secret.String {
						return map[string]secret.String{"1": secret.New(handedIn)}
					})
					if !recorded {
						l.state.Record.Home.Issuer, l.state.Record.Home.RegistrationEndpoint = "", ""
					}
					out := l.operate(operation, web("b"))
					for _, r := range l.op.Requests() {
						if holds(r, handedIn) {
							t.Errorf("%s %s of the other server got it: %s", r.Method, r.Path, kinds(out.Problems))
						}
					}
					if l.state.Record.Unproven.RegistrationAccessToken.Reveal() == handedIn {
						t.Error("it waits in the other client's state")
					}
				})
			}
		}
	}
}

// What is told of such a client hands in its token by its address, by which it works.
func TestTheWayToHandInATokenOfAnotherServersClient(t *testing.T) {
	for at, place := range places {
		l, _ := elsewhere(t, place, func(*life) map[string]secret.String { return nil })
		l.refresh()
		missing := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{})
		if missing.Problem == nil || missing.Problem.TokenKey != l.state.Handle.RegistrationClientURI {
			t.Errorf("%s: %+v", at, missing.Problem)
		}
		out := l.update(web("b"))
		if p := out.Problems[len(out.Problems)-1]; p.TokenKey != l.state.Handle.RegistrationClientURI {
			t.Errorf("%s: update: %+v", at, p)
		}
	}
}

// By its address, a token is handed in for any server's client.
func TestATokenForAnotherServersClientByItsAddress(t *testing.T) {
	for at, place := range places {
		for _, operation := range []string{"read", "update", "delete"} {
			t.Run(at+", "+operation, func(t *testing.T) {
				tokens := map[string]secret.String{"1": secret.New("handed-in-for-the-providers-client")}
				l, issued := elsewhere(t, place, func(*life) map[string]secret.String { return tokens })
				tokens[l.state.Handle.RegistrationClientURI] = secret.New(issued)
				if out := l.operate(operation, web("b")); out.Failed() || !out.Has(outcome.TokenReplaced) && operation != "delete" {
					t.Errorf("%s", kinds(out.Problems))
				}
			})
		}
	}
}

// A provider that names no server has tokens for whichever clients there are.
func TestATokenOfAProviderThatNamesNoServer(t *testing.T) {
	for at, place := range places {
		op := &fakeop.Server{}
		op.Start(t)
		l := startAs(t, op, authserver.Settings{})
		l.state.Place = place(op)
		l.registerAs(web("a"))
		id := l.state.Handle.ClientID
		state := l.state
		l = startAs(t, op, authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(op.ReissueToken(id))}})
		l.state = state
		if out := l.refresh(); !out.Has(outcome.TokenReplaced) {
			t.Errorf("%s: %s", at, kinds(out.Problems))
		}
	}
}

// A resource that names the provider's own server by its registration endpoint is the provider's own.
func TestATokenForTheProvidersServerByAnotherName(t *testing.T) {
	for at, place := range places {
		op := &fakeop.Server{}
		l := begin(t, op, authserver.Settings{})
		l.state.Place = place(op)
		l.registerAs(web("a"))
		id := l.state.Handle.ClientID
		l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(op.ReissueToken(id))}})
		if out := l.refresh(); !out.Has(outcome.TokenReplaced) {
			t.Errorf("%s: %s", at, kinds(out.Problems))
		}
	}
}

// A client of another server that has no token: the provider's own credentials are not sent there, however often it is tried, and its token is what helps.
func TestTheWayOutWhereNothingIsSent(t *testing.T) {
	for at, place := range places {
		tokens := map[string]secret.String{}
		l, issued := elsewhere(t, place, func(*life) map[string]secret.String { return tokens })
		l.state.Handle.RegistrationAccessToken = secret.String{}
		l.refresh()
		ways := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Problem.Ways
		for _, out := range []outcome.Outcome{l.update(web("b")), l.destroy(authserver.Behaviour{})} {
			ways = append(ways, out.Problems[len(out.Problems)-1].Ways...)
		}
		named := 0
		for _, way := range ways {
			switch way {
			case reconcile.WayTokens:
				named++
			case reconcile.WayRetry:
				t.Errorf("%s: it is to be tried again: %v", at, ways)
			}
		}
		if named != 3 {
			t.Errorf("%s: %v", at, ways)
		}
		byProvider := *l.server.Settings()
		byProvider.Management, byProvider.InitialAccessToken = authserver.ManagementProvider, secret.New("first")
		l = l.later(byProvider) // by its settings, it uses no token
		l.refresh()
		ways = lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Problem.Ways
		for _, out := range []outcome.Outcome{l.update(web("b")), l.destroy(authserver.Behaviour{})} {
			ways = append(ways, out.Problems[len(out.Problems)-1].Ways...)
		}
		if slices.Contains(ways, reconcile.WayTokens) || slices.Contains(ways, reconcile.WayRetry) {
			t.Errorf("%s, by the provider's credentials alone: %v", at, ways)
		}
		byProvider.Management, byProvider.InitialAccessToken = authserver.ManagementAuto, secret.String{}
		l = l.later(byProvider)
		tokens[l.state.Handle.RegistrationClientURI] = secret.New(issued)
		if out := l.refresh(); out.Failed() || l.state.Handle.RegistrationAccessToken.Reveal() != issued {
			t.Errorf("%s: %s", at, kinds(out.Problems))
		}
	}
}

// An answer names an address that no read has proved, at which another client has its token handed in, as in another realm of the host. It goes nowhere else.
func TestATokenForTheClientAtAnAddressThatWaits(t *testing.T) {
	const handedIn = "handed-in-for-the-client-there"
	for waits, put := range map[string]func(u *reconcile.Unproven, uri string){
		"named by an update": func(u *reconcile.Unproven, uri string) { u.RegistrationClientURI = uri },
		"named by a read":    func(u *reconcile.Unproven, uri string) { u.RefusedURI = uri },
	} {
		for _, operation := range []string{"read", "update", "delete"} {
			op := &fakeop.Server{Tenants: []string{"/other"}, ClientID: func(int) string { return "1" }}
			l := begin(t, op, authserver.Settings{})
			l.registerAs(web("a"))
			uri := op.TenantIssuer("/other") + "/register/1"
			put(&l.state.Record.Unproven, uri)
			op.ReissueToken("1")
			l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{uri: secret.New(handedIn)}})
			op.ResetLog()
			out := l.operate(operation, web("b"))
			for _, r := range op.Requests() {
				if holds(r, handedIn) && r.Path != "/other/register/1" {
					t.Errorf("%s, %s: %s %s got it: %s", waits, operation, r.Method, r.Path, kinds(out.Problems))
				}
			}
			if u := l.state.Record.Unproven; u.RegistrationAccessToken.Reveal() == handedIn || u.FormerToken.Reveal() == handedIn {
				t.Errorf("%s, %s: it waits in this client's state", waits, operation)
			}
		}
	}
}

// A client of another server that was imported by its address: no record tells where it is, and what is told names that address.
func TestTheWayToHandInATokenOfAnImportedClient(t *testing.T) {
	for _, form := range []fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery, fakeop.URIEndpoint} {
		for _, without := range []bool{false, true} {
			for _, operation := range []string{"read", "update", "delete"} {
				l, s := importedElsewhere(t, form)
				if without {
					s.Management = authserver.ManagementToken
					l.state.Handle.RegistrationAccessToken = secret.String{}
				}
				issued := l.op.ReissueToken("1")
				l = l.later(s)
				out := l.operate(operation, web("b"))
				p := out.Problems[len(out.Problems)-1]
				if operation == "read" {
					p = *lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Problem
				}
				s.RegistrationAccessTokens = map[string]secret.String{p.TokenKey: secret.New(issued)}
				l = l.later(s)
				out = l.operate(operation, web("c"))
				if out.Failed() || operation == "read" && l.state.Handle.RegistrationAccessToken.Reveal() != issued {
					t.Errorf("%s, form %d, without a token %v: by %q: %s", operation, form, without, p.TokenKey, kinds(out.Problems))
				}
			}
		}
	}
}

// importedElsewhere is a client "1" of another server than the provider's, imported by its address.
func importedElsewhere(t *testing.T, form fakeop.ClientURIForm) (*life, authserver.Settings) {
	t.Helper()
	same := func(int) string { return "1" }
	op, ours := &fakeop.Server{ClientID: same, ClientURI: form}, &fakeop.Server{ClientID: same, Seed: "other"}
	op.Start(t)
	ours.Start(t)
	l := start(t, op, authserver.Settings{})
	l.registerAs(web("a"))
	uri := l.state.Handle.RegistrationClientURI
	l = l.later(authserver.Settings{Issuer: ours.Issuer(), RegistrationAccessTokens: map[string]secret.String{uri: l.state.Handle.RegistrationAccessToken}})
	h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: uri})
	if problem != nil {
		t.Fatal(problem)
	}
	l.state = authserver.State{}
	if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, l.save); out.Failed() {
		t.Fatal(kinds(out.Problems))
	}
	return l, authserver.Settings{Issuer: ours.Issuer()}
}
