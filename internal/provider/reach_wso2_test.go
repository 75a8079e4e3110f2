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

type place = wso2.Place

// settingsAt are the provider's, in the form that works with every release: the metadata of older ones names an endpoint
// that does not exist, so it is set by hand.
func settingsAt(p place, s *wso2.Server) attrs {
	out := attrs{"issuer": s.Issuer(p.At()), "registration_endpoint": s.RegistrationEndpoint(p.At()), "management": "provider_credentials"}
	if p.Robot {
		return out.With(attrs{"client_credentials": attrs{"client_id": "robot", "client_secret": "word", "scopes": wso2.Scopes(p.At())}})
	}
	return out.With(attrs{"basic_auth": attrs{"username": "admin" + p.Suffix(), "password": "admin"}})
}

// eachRelease runs a test at each place of each release.
func eachRelease(t *testing.T, test func(t *testing.T, release wso2.Release, p place)) {
	for _, release := range wso2.Releases() {
		for name, p := range wso2.Places {
			if p.Organization != "" && release < wso2.Release70 {
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
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for name, hashed := range map[string]bool{"": false, "hashed secrets": true} {
			t.Run(name, func(t *testing.T) {
				s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed})
				w := &atWSO2{t: t, s: s, c: start(t, settingsAt(p, s)).Another(), scheme: p.Scheme(), config: shop(release), release: release}
				w.life()
			})
		}
	})
}
