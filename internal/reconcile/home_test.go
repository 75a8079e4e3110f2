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

// Which address may be a client's at its own server, where nothing but the record tells. Two realms of one host are two servers.
func TestHasAddress(t *testing.T) {
	t.Parallel()
	const realm = "https://as.example/realms/a/clients-registrations/"
	home := Home{RegistrationEndpoint: realm + "default", RegistrationAlias: "https://mtls.as.example/register"}
	for address, want := range map[string]bool{
		realm + "default/1":           true,
		realm + "default/1/":          true,
		realm + "default?client_id=1": true,
		realm + "openid-connect/1":    true,
		"https://AS.example:443/realms/a/clients-registrations/default/1": true,
		"https://mtls.as.example/register/1":                              true,
		"https://as.example/returned?id=1&v=2":                            true,
		"https://as.example/returned?id=1&v=3":                            false,
		"https://as.example/realms/b/clients-registrations/default/1":     false,
		"https://as.example/realms/a/clients/1":                           false,
		realm + "default/1?realm=b":                                       false,
		realm + "default?client_id=1&realm=b":                             false,
		"https://other.example/realms/a/clients-registrations/default/1":  false,
		"https://other.example/register/1":                                false,
		"not a URL":                                                       false,
		"":                                                                false,
	} {
		if got := home.HasAddress(address, "1", "https://as.example/returned?id=1&v=2"); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
	if !(Home{RegistrationEndpoint: "https://as.example/register?realm=a"}).HasAddress("https://as.example/register/1?realm=a", "1", "") {
		t.Error("not one with the endpoint's own query")
	}
	for address, want := range map[string]bool{
		realm + "default?client_id=b":         true,
		realm + "default?id=b":                true,
		realm + "default?client_id=b&realm=b": false,
		realm + "default/b?realm=b":           false,
		realm + "default/b":                   true,
	} {
		if got := home.HasAddress(address, "b", ""); got != want {
			t.Errorf("a client that is named as a tenant, %q: %t", address, got)
		}
	}
	if (Home{RegistrationEndpoint: "https://as.example/register?realm=a"}).HasAddress("https://as.example/register?client_id=b&realm=b", "b", "") {
		t.Error("one of another tenant, which has the client's name")
	}
	if !(Home{RegistrationEndpoint: "https://as.example/register?realm=b"}).HasAddress("https://as.example/register?client_id=b&realm=b", "b", "") {
		t.Error("not one of the tenant that has the client's name")
	}
	if (Home{}).HasAddress("https://as.example/register/1", "1", "") {
		t.Error("one of a home that is not known")
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

// Of a client that was registered where the metadata of its issuer name no endpoint, what is not known elsewhere says nothing. Two endpoints of one place are one server's.
func TestOtherEndpointsThanTheClientsTellNothingByNotKnowingIt(t *testing.T) {
	const realm = "https://as.example.com/realms/a/clients-registrations/"
	for name, tt := range map[string]struct {
		registered        string
		listed            []string
		aside, inMetadata bool
	}{
		"named":                           {realm + "openid-connect", []string{realm + "openid-connect", ""}, false, true},
		"named, with mutual TLS":          {"https://mtls.example.com/register", []string{"https://as.example.com/register", "https://mtls.example.com/register"}, false, true},
		"named in another writing":        {"https://as.example.com:443/register", []string{"https://AS.example.com/register"}, false, true},
		"none is named":                   {"https://as.example.com/register", []string{"", ""}, false, false},
		"beside the one that is named":    {realm + "default", []string{realm + "openid-connect"}, false, false},
		"with a query":                    {realm + "default?v=/1", []string{realm + "openid-connect"}, true, false},
		"with one query":                  {realm + "default?v=/1", []string{realm + "openid-connect?v=/1"}, false, false},
		"a tenant's, of the first one":    {"https://as.example.com/register?realm=b", []string{"https://as.example.com/register"}, true, false},
		"of another tenant's query":       {"https://as.example.com/register?realm=b", []string{"https://as.example.com/register?realm=a"}, true, false},
		"another realm's":                 {"https://as.example.com/realms/b/clients-registrations/openid-connect", []string{realm + "openid-connect"}, true, false},
		"a tenant's, of the issuer above": {"https://as.example.com/tenant/register", []string{"https://as.example.com/register"}, true, false},
		"of the issuer above":             {"https://as.example.com/register", []string{"https://as.example.com/tenant/register"}, true, false},
		"another host's":                  {"https://as.example.com/register", []string{"https://other.example.com/register", ""}, true, false},
		"one of two is another host's":    {"https://as.example.com/connect/register", []string{"https://other.example.com/register", "https://as.example.com/connect/r"}, false, false},
	} {
		home := Home{Issuer: "https://as.example.com", RegistrationEndpoint: tt.registered}.Naming(tt.listed...)
		if home.Aside != tt.aside || home.Listed != tt.inMetadata {
			t.Errorf("%s: aside %t, listed %t", name, home.Aside, home.Listed)
		}
		for told, believed := range map[Testimony]Testimony{DoesNotKnow: Silent, TurnsAway: Silent, Knows: Knows, Silent: Silent, Unanswered: Unanswered, NotAsked: NotAsked} {
			if !tt.aside {
				believed = told
			}
			if got := home.Believes(told); got != believed {
				t.Errorf("%s: of %v, %v is believed", name, told, got)
			}
		}
	}
}

// A client's secret is kept from the token endpoint of an issuer whose metadata do not name where the client was registered, unless its own server is of one origin with either.
func TestWithholds(t *testing.T) {
	t.Parallel()
	beside := Home{Issuer: "https://as.example", RegistrationEndpoint: "https://within.example/register", TokenEndpoint: "https://token.example/token"}
	edit := func(by func(*Home)) Home { h := beside; by(&h); return h }
	const other = "https://as.example/register"
	for name, tt := range map[string]struct {
		home    Home
		listed  string
		address string
		want    bool
	}{
		"another one is named":                   {beside, other, "https://within.example/register/1", true},
		"none is named":                          {beside, "", "https://within.example/register/1", true},
		"without an address":                     {beside, other, "", true},
		"it is named":                            {beside, beside.RegistrationEndpoint, "", false},
		"its address is the issuer's":            {beside, other, "https://as.example/register/1", false},
		"its address is the token endpoint's":    {beside, "", "https://token.example/register/1", false},
		"registered at the issuer's origin":      {edit(func(h *Home) { h.RegistrationEndpoint = "https://as.example/tenant/register" }), other, "", false},
		"registered at the token endpoint's":     {edit(func(h *Home) { h.RegistrationEndpoint = "https://token.example/register" }), other, "", false},
		"registered there, and none is named":    {edit(func(h *Home) { h.RegistrationEndpoint = "https://token.example/register" }), "", "", false},
		"registered by an alias at such a one":   {edit(func(h *Home) { h.RegistrationAlias = "https://token.example/register" }), other, "", false},
		"no token endpoint, nothing to withhold": {edit(func(h *Home) { h.TokenEndpoint = "" }), other, "", false},
	} {
		if got := tt.home.Naming(tt.listed, "").Withholds(tt.address); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if confirmed := edit(func(h *Home) { h.Aside = false }); confirmed.Withholds("") {
		t.Error("one that is seen to know the client is its own")
	}
}

// That endpoints which may be another server's know a client counts for another one of the very same server: those that it names now, not those of then.
func TestConfirmedBy(t *testing.T) {
	t.Parallel()
	const token, authorize = "https://as.example/token", "https://as.example/authorize"
	beside := Home{Issuer: "https://as.example", RegistrationEndpoint: "https://within.example/register", TokenEndpoint: token, AuthorizationEndpoint: authorize, Aside: true}
	known := beside
	known.Aside = false
	edit := func(h Home, by func(*Home)) Home { by(&h); return h }
	for name, tt := range map[string]struct {
		home, other Home
		want        bool
	}{
		"the same endpoints": {beside, known, true},
		"by an alias": {edit(beside, func(h *Home) {
			h.RegistrationAlias, h.RegistrationEndpoint = h.RegistrationEndpoint, "https://mtls.example/r"
		}), known, true},
		"none of its own":                {edit(beside, func(h *Home) { h.TokenEndpoint, h.AuthorizationEndpoint = "", "" }), known, false},
		"neither has any":                {Home{Issuer: known.Issuer, RegistrationEndpoint: known.RegistrationEndpoint, Aside: true}, Home{Issuer: known.Issuer, RegistrationEndpoint: known.RegistrationEndpoint}, false},
		"another token endpoint by now":  {edit(beside, func(h *Home) { h.TokenEndpoint = "https://new.example/token" }), known, false},
		"another authorization endpoint": {edit(beside, func(h *Home) { h.AuthorizationEndpoint = "https://new.example/authorize" }), known, false},
		"another issuer":                 {edit(beside, func(h *Home) { h.Issuer = "https://other.example" }), known, false},
		"another registration endpoint":  {edit(beside, func(h *Home) { h.RegistrationEndpoint = "https://other.example/register" }), known, false},
		"not known to that client":       {beside, beside, false},
		"its own beyond doubt":           {known, known, false},
	} {
		if got := tt.home.ConfirmedBy(tt.other); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// An address that is written out beside an issuer and another server's registration endpoint is that server's, whatever the issuer says.
func TestTakesAddress(t *testing.T) {
	t.Parallel()
	const a, b = "https://a.example", "https://b.example"
	at := func(issuer, endpoint string, listed ...string) Home {
		return Home{Issuer: issuer, RegistrationEndpoint: endpoint + "/register", TokenEndpoint: issuer + "/token"}.Naming(listed...)
	}
	unread := func(issuer, endpoint string) Home {
		return Home{Issuer: issuer, RegistrationEndpoint: endpoint + "/register"}
	}
	confirmed := at(b, a, b+"/register")
	confirmed.Aside = false
	for name, c := range map[string]struct {
		home, configured Home
		address          string
		want             bool
	}{
		"the server as it was, another origin":            {at(a, a, a+"/register"), at(a, a, a+"/register"), b + "/clients/1", true},
		"an endpoint that no metadata name, as it was":    {unread(a, b), unread(a, b), b + "/clients/1", true},
		"another server's endpoint, as it was":            {at(b, a, b+"/register"), at(b, a, b+"/register"), b + "/register/1", true},
		"another server's endpoint by now":                {at(a, a, a+"/register"), at(a, b, a+"/register"), b + "/register/1", false},
		"the same, and the metadata are out of reach":     {at(a, a, a+"/register"), unread(a, b), b + "/register/1", false},
		"the same, and the address is the client's own":   {at(a, a, a+"/register"), at(a, b, a+"/register"), a + "/register/1", true},
		"registered beside another server's issuer":       {at(b, a, b+"/register"), at(b, b, b+"/register"), b + "/register/1", false},
		"the same, before the metadata were read":         {unread(b, a), at(b, b, b+"/register"), b + "/register/1", false},
		"the same, and its endpoints know the client":     {confirmed, at(b, b, b+"/register"), b + "/register/1", true},
		"the endpoint that the issuer's metadata moved":   {at(a, a, a+"/register"), at(a, a+"/v2", a+"/v2/register"), b + "/clients/1", true},
		"a record that does not say where it was created": {Home{}, at(a, a, a+"/register"), b + "/clients/1", false},
	} {
		if got := c.home.TakesAddress(c.configured, c.address, "1", ""); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Where names alone tell whether a client that has this issuer is at the configured server.
func TestIsNamed(t *testing.T) {
	t.Parallel()
	const issuer, endpoint = "https://a.example", "https://a.example/register"
	listed := Home{Issuer: issuer, RegistrationEndpoint: endpoint, TokenEndpoint: issuer + "/token"}.Naming(endpoint)
	beside := Home{Issuer: issuer, RegistrationEndpoint: "https://b.example/register"}
	for name, c := range map[string]struct {
		home, named Home
		uri         string
		want        bool
	}{
		"by the issuer, whose metadata listed the endpoint":  {listed, Home{Issuer: issuer}, "", true},
		"by the issuer, beside which it was registered":      {beside, Home{Issuer: issuer}, "", false},
		"by both, as it was registered":                      {beside, beside, "", true},
		"by both, with another endpoint":                     {listed, beside, endpoint + "/1", false},
		"by both, with the endpoint of the client's address": {listed, beside, "https://b.example/register/1", true},
		"where no endpoint is known of it":                   {Home{Issuer: issuer}, beside, "", true},
	} {
		if got := c.home.IsNamed(c.named, c.uri); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
