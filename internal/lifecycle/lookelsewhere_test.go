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

// lookAt looks at a client as the data source and the ephemeral resource do.
func (l *life) lookAt(what string, h reconcile.Handle) (found bool, problems []outcome.Problem) {
	l.t.Helper()
	if what == "secret" {
		answer, problems := lifecycle.FetchSecret(l.t.Context(), l.server, h)
		return answer != nil, problems
	}
	client, problems := lifecycle.Find(l.t.Context(), l.server, lifecycle.Wanted{RegistrationClientURI: h.RegistrationClientURI, ClientID: h.ClientID, Token: h.RegistrationAccessToken})
	return client != nil, problems
}

// A client of another server than the provider's, of which no token is set: the provider's own credentials are not sent there, so that neither they nor a setting that
// uses them is a way, and each way that is told works.
func TestTheWaysToLookAtAClientElsewhere(t *testing.T) {
	same := func(int) string { return "1" }
	op, ours := &fakeop.Server{ClientID: same}, &fakeop.Server{ClientID: same, Seed: "other"}
	op.Start(t)
	ours.Start(t)
	l := start(t, op, authserver.Settings{})
	l.registerAs(web("a"))
	registered := l.state.Handle
	h := reconcile.Handle{ClientID: "1", RegistrationClientURI: registered.RegistrationClientURI}
	for _, what := range []string{"client", "secret"} {
		for _, management := range []string{authserver.ManagementAuto, authserver.ManagementToken, authserver.ManagementProvider} {
			for _, journal := range []bool{false, true} {
				for _, credential := range []string{"", "first"} {
					if management == authserver.ManagementProvider && credential == "" {
						continue // which the provider refuses
					}
					name := fmt.Sprintf("%s, %s, journal %v, credential %q", what, management, journal, credential)
					s := settingsWith(t, journal)
					s.Issuer, s.Management, s.InitialAccessToken = ours.Issuer(), management, secret.New(credential)
					l = l.later(s)
					op.ResetLog()
					found, problems := l.lookAt(what, h)
					if found || len(op.Requests()) > 0 {
						t.Errorf("%s: found %v, %d requests", name, found, len(op.Requests()))
						continue
					}
					p := problems[len(problems)-1]
					s.RegistrationAccessTokens = map[string]secret.String{p.TokenKey: registered.RegistrationAccessToken}
					if p.Kind != outcome.FindWithoutToken || !p.NeverSent {
						t.Errorf("%s: the provider's own credentials are a way: %s", name, kinds(problems))
					}
					if p.TokensUnused != (management == authserver.ManagementProvider) || p.TokenSet {
						t.Errorf("%s: tokens unused %v, one is set %v", name, p.TokensUnused, p.TokenSet)
					}
					if p.TokensUnused { // without it, the token alone changes nothing
						own := h
						own.RegistrationAccessToken = registered.RegistrationAccessToken
						l = l.later(s)
						for _, h := range []reconcile.Handle{h, own} {
							if _, problems := l.lookAt(what, h); !problems[len(problems)-1].TokensUnused || !problems[len(problems)-1].TokenSet {
								t.Errorf("%s: with a token: %s", name, kinds(problems))
							}
						}
						s.Management = authserver.ManagementAuto
					}
					l = l.later(s)
					if found, problems := l.lookAt(what, h); !found {
						t.Errorf("%s: %s", name, kinds(problems))
					}
				}
			}
		}
	}
}
