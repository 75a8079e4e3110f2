// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "testing"

func TestEndpointNow(t *testing.T) {
	t.Parallel()
	const own, alias, other = "https://as.example/register", "https://mtls.as.example/register", "https://other.example/register"
	home := Home{Issuer: "https://as.example", RegistrationEndpoint: own, RegistrationAlias: alias}
	for name, c := range map[string]struct {
		home             Home
		named, uri, want string
	}{
		"the record's own": {home, own, own + "/1", own},
		"its alias":        {home, alias, own + "/1", alias},
		"another server's": {home, other, own + "/1", own},
		"another server's, of a client without URI": {home, other, "", own},
		"where the client's own URI lies by now":    {home, other, other + "/1", other},
		"none is named any more":                    {home, "", own + "/1", own},
		"no record tells":                           {Home{Issuer: "https://as.example"}, other, own + "/1", other},
	} {
		if got := c.home.EndpointNow(c.named, c.uri); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOverlaps(t *testing.T) {
	t.Parallel()
	const own, alias = "https://as.example/register", "https://mtls.as.example/register"
	for name, c := range map[string]struct {
		a, b Home
		want bool
	}{
		"nothing known":           {Home{}, Home{}, false},
		"one issuer":              {Home{Issuer: "https://as.example"}, Home{Issuer: "HTTPS://as.example/", RegistrationEndpoint: own}, true},
		"one endpoint":            {Home{RegistrationEndpoint: own}, Home{Issuer: "https://as.example", RegistrationEndpoint: own}, true},
		"the alias of the first":  {Home{RegistrationEndpoint: own, RegistrationAlias: alias}, Home{RegistrationEndpoint: alias}, true},
		"the alias of the second": {Home{RegistrationEndpoint: alias}, Home{RegistrationEndpoint: own, RegistrationAlias: alias}, true},
		"no alias on either side": {Home{RegistrationEndpoint: own}, Home{RegistrationEndpoint: alias}, false},
		"an issuer, an endpoint":  {Home{Issuer: "https://as.example"}, Home{RegistrationEndpoint: own}, false},
	} {
		if c.a.Overlaps(c.b) != c.want || c.b.Overlaps(c.a) != c.want {
			t.Errorf("%s: not %v", name, c.want)
		}
	}
}
