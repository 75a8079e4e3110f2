// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client without a record of its server, as a tainted object's, is at another host than the provider's: a token that is handed in for a client of that
// name at the provider's server does not go there.
func TestATokenForAnotherServersClientOfThatName(t *testing.T) {
	const handedIn = "handed-in-for-the-new-server"
	same := func(int) string { return "1" }
	for _, operation := range []string{"read", "update", "delete"} {
		t.Run(operation, func(t *testing.T) {
			op, other := &fakeop.Server{ClientID: same}, &fakeop.Server{ClientID: same, Seed: "other"}
			l := begin(t, op, authserver.Settings{})
			l.register()
			op.ReissueToken("1")
			l.state.Record = reconcile.Record{}
			moved := begin(t, other, authserver.Settings{RegistrationAccessTokens: map[string]secret.String{"1": secret.New(handedIn)}})
			moved.state = l.state
			op.ResetLog()
			out := moved.operate(operation, web("b"))
			for _, r := range op.Requests() {
				if holds(r, handedIn) {
					t.Errorf("%s %s of the old server got the token that is for the new one: %s", r.Method, r.Path, kinds(out.Problems))
				}
			}
		})
	}
}

// The record has the registration endpoint of one realm; the configuration names the issuer of another, where registration is switched off.
func TestARealmWhereRegistrationIsOff(t *testing.T) {
	const ours = "credential-of-the-realm-that-is-configured"
	for _, operation := range []string{"read", "update", "delete"} {
		t.Run(operation, func(t *testing.T) {
			op := &fakeop.Server{Tenants: []string{"/other"}, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"first": 100, ours: 100}}
			op.Start(t)
			l := startAs(t, op, authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), InitialAccessToken: secret.New("first")})
			l.registerAs(web("a"))
			l.state.Handle.RegistrationAccessToken = secret.String{} // the provider's credential manages it
			op.SetFaults(fakeop.Faults{NoRegistrationEndpoint: true})
			moved := start(t, op, authserver.Settings{InitialAccessToken: secret.New(ours), Management: authserver.ManagementProvider, Issuer: op.Issuer() + "/other"})
			moved.state = l.state
			op.ResetLog()
			out := moved.operate(operation, web("b"))
			for _, r := range op.Requests() {
				if holds(r, ours) && !strings.HasPrefix(r.Path, "/other") {
					t.Errorf("%s %s got the credential of the other realm: %s", r.Method, r.Path, kinds(out.Problems))
				}
			}
		})
	}
}
