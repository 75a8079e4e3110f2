// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The issuer of one tenant beside the registration endpoint of another one, whose client has no secret: one lost question about a client that does not exist does not make that issuer the
// client's, after which it would be shown a secret, and believed that the client is gone.
func TestOneLostQuestionDoesNotMakeATenantTheClients(t *testing.T) {
	t.Parallel()
	for call := 1; call <= 4; call++ {
		t.Run(fmt.Sprint(call), func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Tenants: []string{"/other"}, Faults: fakeop.Faults{TokenChecksGrantFirst: true, MetadataMembers: map[string]any{"authorization_endpoint": nil}}}
			op.Faults.TokenEndpoint.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: fakeop.Dropped()}}
			op.Start(t)
			l := start(t, op, authserver.Settings{Issuer: op.URL() + "/other", RegistrationEndpoint: op.RegistrationEndpoint()})
			l.registerAs(public("a"))
			if home := l.state.Record.Home; home.HasEndpoints() && !home.Aside {
				t.Errorf("confirmed: %+v", home)
			}
		})
	}
}

// A client was registered at one server beside the issuer of another one, whose client of the same client_id has a token handed in once the configuration names that server alone. One wrong
// refusal at the first client's address does not bring it there.
func TestATokenByClientIDIsNotForAClientBesideTheIssuer(t *testing.T) {
	t.Parallel()
	same := func(n int) string { return fmt.Sprint(n) }
	op, other := &fakeop.Server{Seed: "a", ClientID: same}, &fakeop.Server{Seed: "b", ClientID: same}
	op.Start(t)
	other.Start(t)
	theirs := start(t, other, authserver.Settings{})
	theirs.registerAs(web("theirs"))
	l := start(t, op, authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()})
	l.registerAs(web("a"))
	token := theirs.state.Handle.RegistrationAccessToken
	s := authserver.Settings{Issuer: other.Issuer(), RegistrationAccessTokens: map[string]secret.String{l.state.Handle.ClientID: token}}
	for _, name := range []string{"b", "c"} {
		op.Force(fakeop.OpRead, fakeop.Unauthorized(true))
		l = l.later(s).andThen(func(l *life) { l.refresh() })
		op.Force(fakeop.OpUpdate, fakeop.Unauthorized(true))
		l = l.later(s).andThen(func(l *life) { l.update(web(name)) })
	}
	for _, r := range op.Requests() {
		if carries(r, token.Reveal()) {
			t.Errorf("%s %s got the token of the other server's client", r.Method, r.Path)
		}
	}
}

// An application is registered by its name at two servers, as where they take the client_id from the client: that the issuer's server has a client of that name does not make it this one's.
func TestANameThatAPersonHasChosenIsNoConfirmation(t *testing.T) {
	t.Parallel()
	same := func(int) string { return "customer-portal-production" }
	op := &fakeop.Server{Seed: "a", ClientID: same}
	other := &fakeop.Server{Seed: "b", ClientID: same, Faults: fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{UnknownDescription: "there is no such client"}}}
	op.Start(t)
	other.Start(t)
	theirs := start(t, other, authserver.Settings{})
	theirs.registerAs(machine("theirs"))
	s := authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
	l := start(t, op, s)
	other.ResetLog()
	livesBeside["refused"](l, s, machine("a"))
	l.staysFrom(other)
}

// A server answers a registration with an address at another server, by whose registration endpoint the journal has a client of that name there: what that one has is nothing to this server.
func TestTheJournalsClientAtAnAddressElsewhereIsNotThisOne(t *testing.T) {
	t.Parallel()
	same := func(n int) string { return fmt.Sprint(n) }
	op, other := &fakeop.Server{Seed: "a", ClientID: same}, &fakeop.Server{Seed: "b", ClientID: same}
	s := withJournal(t)
	theirs := begin(t, other, s)
	theirs.registerAs(web("a"))
	other.ReissueToken(theirs.state.Handle.ClientID)
	op.Start(t)
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = other.URL() })
	l := start(t, op, s)
	l.registerAs(web("a"))
	for _, credential := range []string{theirs.state.Handle.ClientSecret.Reveal(), theirs.state.Handle.RegistrationAccessToken.Reveal()} {
		for _, r := range op.Requests() {
			if carries(r, credential) {
				t.Errorf("%s %s got a credential of the other server's client", r.Method, r.Path)
			}
		}
	}
}
