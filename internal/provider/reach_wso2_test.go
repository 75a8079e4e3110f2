// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// The whole lifecycle at WSO2 Identity Server's registration API, in the variants of its releases and settings. Whatever it does
// differently is met by general rules: nothing in the provider knows it.

var isAdmin = attrs{"basic_auth": attrs{"username": "admin", "password": "admin"}, "management": "provider_credentials"}

const isTenant = "acme.example"

// place is where at the server the clients of a test live, and by which credential they are managed there.
type place struct {
	tenant, organization string
	robot                bool // client credentials instead of a user's name and password
}

func (p place) at() string {
	if p.organization != "" {
		return wso2.Organization(p.tenant, p.organization)
	}
	return p.tenant
}

// suffix is what follows the name of a user there.
func (p place) suffix() string {
	if p.tenant == "" {
		return ""
	}
	return "@" + p.tenant
}

func (p place) scheme() string {
	if p.robot {
		return "Bearer"
	}
	return "Basic"
}

// settings are the provider's, in the form that works with every release: the metadata of older ones names an endpoint
// that does not exist, so it is set by hand.
func (p place) settings(s *wso2.Server) attrs {
	out := attrs{"issuer": s.Issuer(p.at()), "registration_endpoint": s.RegistrationEndpoint(p.at()), "management": "provider_credentials"}
	if p.robot {
		return out.With(attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "word", "scopes": wso2.Scopes(p.at())}})
	}
	return out.With(attrs{"basic_auth": attrs{"username": "admin" + p.suffix(), "password": "admin"}})
}

// at starts a release with what the place needs.
func (p place) start(t *testing.T, s *wso2.Server) *wso2.Server {
	t.Helper()
	s.Tenants = []string{isTenant}
	if p.organization != "" {
		s.Organizations = map[string][]string{p.tenant: {p.organization}}
	}
	s.Start(t)
	s.AddClient(p.at(), "robot", "word", wso2.Scopes(p.at())...)
	return s
}

var places = map[string]place{
	"user":                           {},
	"client credentials":             {robot: true},
	"user of a tenant":               {tenant: isTenant},
	"client credentials of a tenant": {tenant: isTenant, robot: true},
	"application of an organization": {tenant: isTenant, organization: "4f3b", robot: true},
}

// eachRelease runs a test at each place of each release.
func eachRelease(t *testing.T, test func(t *testing.T, release wso2.Release, p place)) {
	for _, release := range wso2.Releases() {
		for name, p := range places {
			if p.organization != "" && release < wso2.Release70 {
				continue // no organizations there
			}
			t.Run(release.String()+", "+name, func(t *testing.T) { test(t, release, p) })
		}
	}
}

// shop is a client that the release takes: the older ones know only the first three.
func shop(release wso2.Release) attrs {
	out := attrs{"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}, "grant_types": []string{"authorization_code"}}
	if release < wso2.Release70 {
		return out
	}
	return out.With(attrs{
		"require_signed_request_object": true,
		"extension_metadata":            attrs{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop"},
	})
}

func TestReachWSO2(t *testing.T) {
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for name, hashed := range map[string]bool{"": false, "hashed secrets": true} {
			t.Run(name, func(t *testing.T) {
				s := p.start(t, &wso2.Server{Release: release, HashSecrets: hashed})
				w := &atWSO2{t: t, s: s, c: start(t, p.settings(s)).Another(), scheme: p.scheme(), config: shop(release), release: release}
				w.life()
			})
		}
	})
}
