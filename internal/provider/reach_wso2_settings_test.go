// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// Other ways to say where the server is, and other settings of the server.
func TestReachWSO2Settings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server   *wso2.Server
		settings func(s *wso2.Server) attrs
		uris     []string
		scheme   string
	}{
		"issuer alone": {settings: func(s *wso2.Server) attrs { return isAdmin.With(attrs{"issuer": s.Issuer("")}) }},
		"auto": {settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"issuer": s.Issuer(""), "management": nil})
		}},
		"endpoint by hand": {settings: func(s *wso2.Server) attrs {
			// Without an issuer there is no evidence of what a 401 means.
			return isAdmin.With(attrs{"registration_endpoint": s.RegistrationEndpoint(""), "on_missing": "recreate"})
		}},
		"several redirect URIs": {uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"}, settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"issuer": s.Issuer("")})
		}},
		"several redirect URIs, decoded": {server: &wso2.Server{Release: wso2.ReleaseNext}, uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"},
			settings: func(s *wso2.Server) attrs { return isAdmin.With(attrs{"issuer": s.Issuer("")}) }},
		"nulls returned": {server: &wso2.Server{ReturnNullFields: true}, settings: func(s *wso2.Server) attrs { return isAdmin.With(attrs{"issuer": s.Issuer("")}) }},
		"no Basic": {server: &wso2.Server{Release: wso2.ReleaseNext, BearerOnly: true, OldRegistrationEndpoint: true}, scheme: "Bearer", settings: func(s *wso2.Server) attrs {
			return settingsAt(place{Robot: true}, s)
		}},
		"FAPI 2": {server: &wso2.Server{ShortIssuer: true}, settings: func(s *wso2.Server) attrs { return isAdmin.With(attrs{"issuer": s.Issuer("")}) }},
		"entity ID as the issuer": {server: &wso2.Server{EntityID: "my-idp"}, settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"issuer": s.TokenEndpoint(""), "expected_issuer": "my-idp"})
		}},
		"WebFinger": {settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true})
		}},
		"older WebFinger": {server: &wso2.Server{OlderDiscovery: true}, settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"webfinger_resource": s.URL() + "/", "expected_issuer": s.Issuer("")})
		}},
		"private CA": {server: &wso2.Server{TLS: true, Seed: "is"}, settings: func(s *wso2.Server) attrs {
			return isAdmin.With(attrs{"webfinger_resource": s.URL(), "ca_certificate": s.CACertificate()})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.server
			if s == nil {
				s = &wso2.Server{}
			}
			place{}.Start(t, s)
			config := shop(s.Release)
			if test.uris != nil {
				config["redirect_uris"] = test.uris
			}
			w := &atWSO2{t: t, s: s, c: start(t, test.settings(s)).Another(), scheme: test.scheme, config: config, release: s.Release}
			w.life()
		})
	}
}
