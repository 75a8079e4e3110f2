// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Only one of the provider's credentials for registrations can be set. Where the one that is set is refused, the ways put another one in its place, and
// not beside it; each of them is taken.
func TestWaysOfARefusedCredentialOfTheProvider(t *testing.T) {
	t.Parallel()
	grant := attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "word", "scopes": []string{"register"}}}
	basic := attrs{"basic_auth": attrs{"username": "u", "password": "wrong"}}
	byToken, byPassword := attrs{"initial_access_token": "iat"}, attrs{"basic_auth": attrs{"username": "u", "password": "p"}}
	onResource := web.With(byToken)
	for name, c := range map[string]struct {
		settings attrs
		asks     string // the challenge of the refusal
		resource attrs  // what is to be registered, where that is refused
		ways     []string
		then     []attrs // the settings in the place of the refused ones
		kept     bool    // and with the refused ones, what is told to set on the resource
	}{
		"client_credentials": {grant, "", web, []string{
			"Correct scopes and audience in client_credentials", "Or remove client_credentials, and set on the provider in its place", "Or keep client_credentials, and set an initial access token on the resource",
		}, []attrs{byToken}, true},
		"client_credentials, where Basic is asked for": {grant, "Basic", web, []string{"Remove client_credentials, and set on the provider in its place:\n    basic_auth = "}, []attrs{byPassword}, false},
		"basic_auth": {basic, "", web, []string{
			"Correct username and password in basic_auth", "Or remove basic_auth, and set on the provider in its place", "Or keep basic_auth, and set an initial access token on the resource",
		}, []attrs{byPassword, byToken}, true},
		"basic_auth, where Basic is asked for": {basic, "Basic", web, []string{"Correct username and password in basic_auth"}, []attrs{byPassword}, false},
		"initial_access_token": {attrs{"initial_access_token": "wrong"}, "", web, []string{
			"Set another initial access token on the provider (or in its place basic_auth", "Where each such token is for one registration only",
		}, []attrs{byToken, byPassword}, true},
		"the resource's": {grant, "", web.With(attrs{"initial_access_token": "wrong"}), []string{
			"Set another initial access token on the resource", "Or remove it there, so that the registration is authorized by client_credentials of the provider",
		}, []attrs{byToken}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}, BasicUser: "u", BasicPassword: "p", RegistrationScope: "register"}
			s.Start(t)
			s.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
			s.SetFaults(fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{
				Matches: func(r *http.Request) bool {
					_, password, isBasic := r.BasicAuth()
					return r.Header.Get("Authorization") != "Bearer iat" && !(isBasic && password == "p")
				},
				Answer: fakeop.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {strings.TrimSpace(c.asks + ` realm="register"`)}}},
			}}}})
			at := attrs{"issuer": s.Issuer()}
			err := start(t, at.With(c.settings)).Another().TryApply(c.resource)
			wants(t, err, c.ways...)
			if strings.Count(err.Error(), "\n- ") != len(c.ways) {
				t.Errorf("other ways are named:\n%v", err)
			}
			for _, then := range c.then {
				start(t, at.With(then)).Another().Apply(web)
			}
			if c.kept {
				start(t, at.With(c.settings)).Another().Apply(onResource)
			}
			s.SetFaults(fakeop.Faults{})
			if name != "client_credentials" && name != "the resource's" {
				return
			}
			start(t, at.With(grant)).Another().Apply(web) // the server's administrator allows it
		})
	}
}

// Settings of the environment give way to those that the ways put in their place.
func TestWayFromTheEnvironmentsCredential(t *testing.T) {
	s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}}
	s.Start(t)
	t.Setenv("OIDC_CLIENT_CREDENTIALS_CLIENT_ID", "robot")
	t.Setenv("OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET", "word")
	start(t, attrs{"issuer": s.Issuer(), "initial_access_token": "iat"}).Another().Apply(web)
}
