// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A client of a server that is found by WebFinger, in each form in which a person may name it.
func TestReachByWebFinger(t *testing.T) {
	for name, input := range map[string]func(host string) string{
		"url":                  func(host string) string { return "http://" + host + "/joe" },
		"user in url":          func(host string) string { return "http://joe@" + host + "/" },
		"account":              func(host string) string { return "acct:joe@" + host },
		"mail":                 func(host string) string { return "joe@" + host },
		"account of elsewhere": func(host string) string { return "acct:joe%40example.com@" + host },
		"host and port":        func(host string) string { return host },
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeop.Server{Host: "localhost", IssuerPath: "/tenant"}
			host := strings.TrimPrefix(s.Start(t), "http://")
			settings := attrs{"webfinger_resource": input(host)}
			if !strings.HasPrefix(input(host), "http://") {
				// Without a scheme https is meant, also on loopback, unless plain http is allowed.
				wants(t, start(t, settings).Another().TryApply(web), "WebFinger", "https://"+host+"/.well-known/webfinger", "write it with its scheme: http://")
				settings["allow_insecure_http"] = true
			}
			c := start(t, settings).Another()
			c.Apply(web)
			c.WantEmpty(web)
			c.Destroy()
			asked, _ := s.Last(fakeop.OpWebFinger)
			if asked.Host != host || !strings.Contains(asked.RawQuery, "&rel="+url.QueryEscape(fakeop.IssuerRel)) {
				t.Errorf("asked %s for %s", asked.Host, asked.RawQuery)
			}
			if n := s.CountOf(fakeop.OpWebFinger); n != 1 {
				t.Errorf("%d WebFinger requests", n)
			}
		})
	}
}

// Protected WebFinger gets the provider's Basic credentials once it asks, and nobody else's host does.
func TestReachProtectedWebFinger(t *testing.T) {
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p", Faults: fakeop.Faults{WebFinger: fakeop.WebFingerProtected}}
	s.Start(t)
	other := fakeop.Server{Seed: "other", BasicUser: "x", BasicPassword: "y", Faults: fakeop.Faults{WebFinger: fakeop.WebFingerProtected}}
	other.Start(t)
	basic := attrs{"basic_auth": attrs{"username": "u", "password": "p"}}

	c := start(t, basic.With(attrs{"webfinger_resource": s.URL() + "/joe"})).Another()
	c.Apply(web)
	c.Destroy()
	var schemes []string
	for _, r := range s.Of(fakeop.OpWebFinger) {
		schemes = append(schemes, r.AuthScheme)
	}
	if diff := cmp.Diff([]string{"", "Basic"}, schemes); diff != "" {
		t.Errorf("WebFinger was asked with (-want +got):\n%s", diff)
	}
	wants(t, start(t, attrs{"webfinger_resource": s.URL() + "/joe"}).Another().TryApply(web),
		"Discovery needs credentials", s.URL()+"/.well-known/webfinger", "401", "Basic", "basic_auth")
	wants(t, start(t, attrs{"webfinger_resource": s.URL() + "/joe", "basic_auth": attrs{"username": "u", "password": "wrong"}}).Another().TryApply(web),
		"refused the credentials", "basic authentication")

	for name, settings := range map[string]attrs{
		"by issuer": {"issuer": s.Issuer()}, "by endpoint": {"registration_endpoint": s.RegistrationEndpoint()}, "by webfinger": {"webfinger_resource": s.URL()},
	} {
		p := start(t, basic.With(settings))
		if _, err := p.ReadData("oidc_discovery", attrs{"resource": s.URL() + "/jane"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := p.ReadData("oidc_discovery", attrs{"resource": other.URL() + "/jane"})
		wants(t, err, "Discovery needs credentials")
	}
	for _, r := range other.Requests() {
		if r.AuthScheme != "" {
			t.Errorf("another host was sent the provider's password: %s", r)
		}
	}
}

// A metadata document behind Basic authentication: the provider's own server gets its credentials once it asks, another does not.
func TestReachProtectedMetadata(t *testing.T) {
	ask := fakeop.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {"Basic realm=x"}}}
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p"}
	s.Start(t)
	s.Force(fakeop.OpMetadata, ask)
	p := start(t, attrs{"issuer": s.Issuer(), "basic_auth": attrs{"username": "u", "password": "p"}})
	p.Another().Apply(web)
	if diff := cmp.Diff([]string{"", "Basic"}, s.Schemes(fakeop.OpMetadata)); diff != "" {
		t.Errorf("asked with (-want +got):\n%s", diff)
	}
	other := fakeop.Server{Seed: "other"}
	other.Start(t)
	for range 10 {
		other.Force(fakeop.OpMetadata, ask)
	}
	wants(t, p.Another().TryApply(web.With(attrs{"issuer": other.Issuer()})), "Discovery needs credentials")
	_, err := p.ReadData("oidc_discovery", attrs{"issuer": other.Issuer()})
	for _, r := range other.Requests() {
		if r.AuthScheme != "" || err == nil {
			t.Errorf("another server got the password (%v): %s", err, r)
		}
	}
}

func TestReachDataSource(t *testing.T) {
	s := fakeop.Server{Host: "localhost", IssuerPath: "/t/a", Faults: fakeop.Faults{MetadataMembers: map[string]any{
		"introspection_endpoint": "https://a.example/introspect", "revocation_endpoint": "https://a.example/revoke", "device_authorization_endpoint": "https://a.example/device",
		"pushed_authorization_request_endpoint": "https://a.example/par", "backchannel_authentication_endpoint": "https://a.example/ciba",
		"end_session_endpoint": "https://a.example/logout", "userinfo_endpoint": "https://a.example/userinfo",
		"scopes_supported": []any{"openid", "email"}, "acr_values_supported": []any{"urn:x"}, "vendor": map[string]any{"a": true}, "code_challenge_methods_supported": []any{"S256"},
	}}}
	s.Start(t)
	byAccount := start(t, attrs{})
	got, err := byAccount.ReadData("oidc_discovery", attrs{"resource": s.URL() + "/joe"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"issuer": s.Issuer(), "webfinger_resource": s.URL() + "/joe", "webfinger_host": strings.TrimPrefix(s.URL(), "http://"),
		"document_url": s.Issuer() + "/.well-known/openid-configuration", "registration_endpoint": s.RegistrationEndpoint(), "token_endpoint": s.TokenEndpoint(),
		"authorization_endpoint": s.AuthorizationEndpoint(), "introspection_endpoint": "https://a.example/introspect", "end_session_endpoint": "https://a.example/logout",
		"backchannel_authentication_endpoint": "https://a.example/ciba", "pushed_authorization_request_endpoint": "https://a.example/par",
		"device_authorization_endpoint": "https://a.example/device", "revocation_endpoint": "https://a.example/revoke", "userinfo_endpoint": "https://a.example/userinfo",
	}
	for name, value := range want {
		if textOf(got[name]) != value {
			t.Errorf("%s = %q, want %q", name, textOf(got[name]), value)
		}
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(textOf(got["document"])), &document); err != nil {
		t.Fatal(err)
	}
	var links []tftypes.Value
	if err := got["webfinger_links"].As(&links); err != nil || len(links) != 1 {
		t.Errorf("links %v: %v", links, err)
	}
	// Every attribute that is in the document is shown, as it is there; every other is null.
	for name, v := range got {
		there, ok := document[name]
		switch {
		case name == "webfinger_links":
		case v.Type().Is(tftypes.List{ElementType: tftypes.String}):
			var words []tftypes.Value
			_ = v.As(&words)
			var shown []any
			for _, w := range words {
				shown = append(shown, textOf(w))
			}
			if diff := cmp.Diff(there, any(shown)); ok && diff != "" || ok == v.IsNull() {
				t.Errorf("%s (-document +shown):\n%s", name, diff)
			}
		case strings.HasSuffix(name, "_endpoint") || name == "jwks_uri":
			if shown, _ := there.(string); textOf(v) != shown || ok == v.IsNull() {
				t.Errorf("%s = %s, in the document %v", name, v, there)
			}
		}
	}
	for name, settings := range map[string]attrs{"issuer": {"issuer": s.Issuer()}, "webfinger_resource": {"webfinger_resource": s.URL() + "/joe"}} {
		again, err := start(t, settings).ReadData("oidc_discovery", attrs{})
		if err != nil || textOf(again["registration_endpoint"]) != s.RegistrationEndpoint() {
			t.Errorf("the provider's own server by %s: %v", name, err)
		}
	}
	explicit, err := byAccount.ReadData("oidc_discovery", attrs{"issuer": s.Issuer()})
	if err != nil || !explicit["webfinger_host"].IsNull() || !explicit["webfinger_links"].IsNull() {
		t.Errorf("by issuer: %v", err)
	}
	_, err = byAccount.ReadData("oidc_discovery", attrs{})
	wants(t, err, "Nothing to discover")
	_, err = start(t, attrs{"issuer": tftest.Unknown{}}).ReadData("oidc_discovery", attrs{})
	wants(t, err, "not known yet")
	_, err = byAccount.ReadData("oidc_discovery", attrs{"resource": "mailto:"})
	wants(t, err, "Not usable for discovery", "Nothing was sent")
}

// Where a document may be: appended, inserted, and at OAuth servers; and a client certificate's own endpoints.
func TestReachDocuments(t *testing.T) {
	for name, test := range map[string]struct {
		at   fakeop.Locations
		path string
		last string
	}{
		"appended":             {fakeop.LocationsAppended, "", "/.well-known/openid-configuration"},
		"appended to a path":   {fakeop.LocationsAppended, "/t/a", "/t/a/.well-known/openid-configuration"},
		"inserted":             {fakeop.LocationsInserted, "/t/a", "/.well-known/oauth-authorization-server/t/a"},
		"OAuth only":           {fakeop.LocationsOAuth, "", "/.well-known/oauth-authorization-server"},
		"OAuth only in a path": {fakeop.LocationsOAuth, "/t/a", "/.well-known/oauth-authorization-server/t/a"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeop.Server{IssuerPath: test.path, Faults: fakeop.Faults{MetadataAt: test.at}}
			s.Start(t)
			c := start(t, attrs{"issuer": s.Issuer()}).Another()
			c.Apply(web)
			c.WantEmpty(web)
			if last, _ := s.Last(fakeop.OpMetadata); last.Path != test.last || last.Status != 200 {
				t.Errorf("found by %s", last)
			}
		})
	}
}

func TestReachExpectedIssuer(t *testing.T) {
	s := fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: "https://true.example/issuer"}}
	s.Start(t)
	wants(t, start(t, attrs{"issuer": s.Issuer()}).Another().TryApply(web), "another issuer", `"https://true.example/issuer"`, `"`+s.Issuer()+`"`, "expected_issuer")
	for _, settings := range []attrs{{"issuer": s.Issuer()}, {"webfinger_resource": s.URL() + "/joe"}} {
		c := start(t, settings.With(attrs{"expected_issuer": "https://true.example/issuer"})).Another()
		c.Apply(web)
		c.WantEmpty(web)
		if settings["issuer"] != nil {
			c.Rig().Another().Apply(web.With(attrs{"issuer": s.Issuer()})) // the provider's own issuer, repeated
		}
		got, err := c.Rig().ReadData("oidc_discovery", attrs{})
		if err != nil || textOf(got["issuer"]) != "https://true.example/issuer" {
			t.Errorf("the data source: %v", err)
		}
		// It is for the provider's own server only.
		_, err = c.Rig().ReadData("oidc_discovery", attrs{"issuer": s.TenantIssuer("/other")})
		wants(t, err, "For")
	}
}

// An error of discovery tells what was typed, what was asked where, what came back and what to set instead.
func TestReachDiscoveryErrorsTellTheChain(t *testing.T) {
	for name, test := range map[string]struct {
		faults fakeop.Faults
		want   []string
	}{
		"no webfinger":      {fakeop.Faults{WebFinger: fakeop.WebFingerOff}, []string{"WebFinger found no issuer", "404", "issuer instead of webfinger_resource"}},
		"webfinger is html": {fakeop.Faults{WebFinger: fakeop.WebFingerHTML}, []string{"200 OK with an HTML page"}},
		"webfinger empty":   {fakeop.Faults{WebFinger: fakeop.WebFingerEmpty}, []string{"200 OK with an empty body"}},
		"webfinger error":   {fakeop.Faults{WebFinger: fakeop.WebFingerError}, []string{"WebFinger found no issuer", "200 OK"}},
		"no links":          {fakeop.Faults{WebFinger: fakeop.WebFingerNoLinks}, []string{"without links", "200 OK with a JSON object"}},
		"http href":         {fakeop.Faults{WebFingerHref: "http://elsewhere.example"}, []string{"http://elsewhere.example", "is no issuer"}},
		"no documents": {fakeop.Faults{MetadataAt: fakeop.LocationsNone}, []string{"No authorization server metadata found", "  GET http", "/.well-known/webfinger", "a WebFinger document, issuer",
			"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "404 Not Found", "registration_endpoint"}},
		"documents are html": {fakeop.Faults{Metadata: fakeop.MetadataHTML}, []string{"200 OK with an HTML page"}},
		"other issuer":       {fakeop.Faults{MetadataIssuer: "https://x.example"}, []string{"names another issuer", "a WebFinger document", "expected_issuer"}},
		"no registration":    {fakeop.Faults{NoRegistrationEndpoint: true}, []string{"Server has no registration endpoint", "/.well-known/openid-configuration", "registration_endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakeop.Server{Host: "localhost", Faults: test.faults}
			s.Start(t)
			p := start(t, attrs{"webfinger_resource": s.URL() + "/joe"})
			err := p.Another().TryApply(web)
			wants(t, err, test.want...)
			if test.faults.NoRegistrationEndpoint {
				return
			}
			wants(t, err, s.URL()+"/joe")
			_, err = p.ReadData("oidc_discovery", attrs{"resource": s.URL() + "/joe"})
			wants(t, err, test.want...)
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		s := fakeop.Server{}
		issuer := s.Start(t)
		s.Close()
		wants(t, start(t, attrs{"issuer": issuer, "max_retries": 0}).Another().TryApply(web), issuer+"/.well-known/openid-configuration", "could not be reached", "connection refused")
	})
}

// Nothing is asked of a server before it must be: not by configuring, and not where the endpoint is given by hand.
func TestReachAsksNothingUnneeded(t *testing.T) {
	s := fakeop.Server{}
	s.Start(t)
	start(t, attrs{"issuer": s.Issuer(), "webfinger_resource": nil})
	if n := len(s.Requests()); n != 0 {
		t.Errorf("configuring made %d requests", n)
	}
	c := start(t, attrs{"registration_endpoint": s.RegistrationEndpoint()}).Another()
	c.Apply(web.With(attrs{"id_token_signed_response_alg": "ES256"}))
	c.WantEmpty(web.With(attrs{"id_token_signed_response_alg": "ES256"}))
	c.Destroy()
	if n := s.CountOf(fakeop.OpMetadata) + s.CountOf(fakeop.OpWebFinger); n != 0 {
		t.Errorf("%d requests for discovery", n)
	}
}
