// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// The whole lifecycle at WSO2 Identity Server's registration API, in the variants of its releases and settings. Whatever it does
// differently is met by general rules: nothing in the provider knows it.

var isAdmin = set{"basic_auth": set{"username": "admin", "password": "admin"}, "management": "provider_credentials"}

const isTenant = "acme.example"

func TestReachWSO2(t *testing.T) {
	for name, test := range map[string]struct {
		server   *wso2.Server
		settings func(s *wso2.Server) set
		tenant   string
		uris     []string
		scheme   string
		regexp   bool
	}{
		"as shipped": {settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"auto": {settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer(""), "management": nil})
		}},
		"endpoint by hand": {settings: func(s *wso2.Server) set {
			// Without an issuer there is no evidence of what a 401 means.
			return isAdmin.and(set{"registration_endpoint": s.RegistrationEndpoint(""), "on_unauthorized": "recreate"})
		}},
		"endpoint and issuer by hand": {settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"registration_endpoint": s.RegistrationEndpoint(""), "issuer": s.Issuer("")})
		}},
		"tenant": {server: &wso2.Server{Tenants: []string{isTenant}}, tenant: isTenant, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer(isTenant), "basic_auth": set{"username": "admin@" + isTenant, "password": "admin"}})
		}},
		"scoped token": {scheme: "Bearer", settings: func(s *wso2.Server) set {
			return set{"issuer": s.Issuer(""), "management": "provider_credentials", "client_credentials": robotAt()}
		}},
		"scoped token in a tenant": {server: &wso2.Server{Tenants: []string{isTenant}}, tenant: isTenant, scheme: "Bearer", settings: func(s *wso2.Server) set {
			return set{"issuer": s.Issuer(isTenant), "client_credentials": robotAt()}
		}},
		"several redirect URIs": {uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"}, regexp: true, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer(""), "accept_substitutions": []string{"redirect_uris"}})
		}},
		"several redirect URIs, decoded": {server: &wso2.Server{DecodeRedirectURIs: true}, uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"},
			settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"nulls returned": {server: &wso2.Server{ReturnNullFields: true}, settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"unknown members refused": {server: &wso2.Server{RefuseUnknown: true}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer("")})
		}},
		"protected WebFinger": {server: &wso2.Server{}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true})
		}},
		"protected WebFinger of a tenant": {server: &wso2.Server{Tenants: []string{isTenant}}, tenant: isTenant, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{
				"basic_auth":         set{"username": "admin@" + isTenant, "password": "admin"},
				"webfinger_resource": "acct:admin%40" + isTenant + "@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true,
			})
		}},
		"older WebFinger": {server: &wso2.Server{OlderDiscovery: true}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"webfinger_resource": s.URL() + "/", "expected_issuer": s.Issuer("")})
		}},
		"private CA": {server: &wso2.Server{TLS: true, Seed: "is"}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"webfinger_resource": s.URL(), "ca_certificate": s.CACertificate()})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.server
			if s == nil {
				s = &wso2.Server{}
			}
			s.Start(t)
			s.AddClient(test.tenant, "robot", "word", "internal_dcr_create", "internal_dcr_view", "internal_dcr_update", "internal_dcr_delete")
			uris := test.uris
			if uris == nil {
				uris = []string{"https://a.example/cb"}
			}
			w := &atWSO2{t: t, s: s, c: start(t, test.settings(s)).client(), scheme: test.scheme, regexp: test.regexp, config: set{
				"client_name": "shop-1", "redirect_uris": uris, "grant_types": []string{"authorization_code"}, "require_signed_request_object": true,
				"extension_metadata": set{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop"},
			}}
			w.life()
		})
	}
}

func robotAt() set {
	return set{"client_id": "robot", "client_secret": "word", "scopes": []string{"internal_dcr_create", "internal_dcr_view", "internal_dcr_update", "internal_dcr_delete"}}
}

// atWSO2 is one client's life there.
type atWSO2 struct {
	t      *testing.T
	s      *wso2.Server
	c      *oneClient
	config set
	scheme string
	regexp bool
}

func (w *atWSO2) registered() map[string]any {
	w.t.Helper()
	found, ok := w.s.Client(w.c.Text("client_id"))
	if !ok {
		w.t.Fatal("the server has no such client")
	}
	return found.Metadata
}

func (w *atWSO2) life() {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	// Create.
	c.apply(w.config)
	if w.regexp {
		contains(t, c.p.warnings(), "redirect_uris", "regexp=(")
	}
	c.empty(w.config)
	if c.Text("client_secret") == "" || c.Text("registration_access_token") != "" {
		t.Errorf("secret %q, token %q", c.Text("client_secret"), c.Text("registration_access_token"))
	}
	id, secret := c.Text("client_id"), c.Text("client_secret")

	// Change. What is not named is sent back, so that the server's own values and booleans survive.
	s.SetMember(id, "tls_client_certificate_bound_access_tokens", true)
	s.SetMember(id, "ext_user_token_lifetime", 77)
	changed := w.config.and(set{"client_name": "shop-2", "extension_metadata": set{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop 2"}})
	c.apply(changed)
	c.empty(changed)
	now := w.registered()
	want := map[string]any{"client_name": "shop-2", "ext_application_display_name": "Shop 2", "ext_pkce_mandatory": true, "require_signed_request_object": true, "tls_client_certificate_bound_access_tokens": true}
	for member, v := range want {
		if diff := cmp.Diff(v, now[member]); diff != "" {
			t.Errorf("%s (-want +registered):\n%s", member, diff)
		}
	}
	if c.Text("client_id") != id || c.Text("client_secret") != secret {
		t.Error("an update changed id or secret")
	}

	// Removal: the server merges, and says so in a warning; the plan stays clean.
	removed := changed.and(set{"require_signed_request_object": nil, "extension_metadata": set{"ext_pkce_mandatory": true}})
	c.apply(removed)
	contains(t, c.p.warnings(), "Server kept ext_application_display_name")
	c.empty(removed)

	// Drift is shown and repaired.
	s.SetMember(id, "client_name", "renamed")
	s.SetMember(id, "ext_pkce_mandatory", false)
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Text("client_name"); got != "renamed" {
		t.Errorf("the drift is not shown: client_name = %q", got)
	}
	c.apply(removed)
	c.empty(removed)
	if now := w.registered(); now["client_name"] != "shop-2" || now["ext_pkce_mandatory"] != true {
		t.Errorf("not repaired: %v", now)
	}

	// Import by client_id.
	imported := c.p.imported(id)
	if imported.Text("client_secret") != secret || imported.Text("client_name") != "shop-2" {
		t.Errorf("imported %q, %q", imported.Text("client_secret"), imported.Text("client_name"))
	}
	imported.apply(removed)
	imported.empty(removed)

	// Gone behind the back: the server says 401 without a word, and the plan proposes to register it anew.
	s.RemoveClient(id)
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatalf("refresh after the deletion: %v", err)
	}
	if !c.State.IsNull() {
		t.Fatal("the client is still in the state")
	}
	c.Private = nil
	c.apply(w.config)
	c.empty(w.config)
	c.destroy()
	if n := len(s.Clients()); n != 1 {
		t.Errorf("%d clients left", n)
	}
	scheme := w.scheme
	if scheme == "" {
		scheme = "Basic"
	}
	for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
		for _, r := range s.Of(op) {
			if r.AuthScheme != scheme {
				t.Errorf("%s authorized by %q", r, r.AuthScheme)
			}
		}
	}
}

// What the server refuses is told, with the trace id that its administrator can look for.
func TestReachWSO2Errors(t *testing.T) {
	s := wso2.Server{Users: map[string]string{"joe": "word"}, Tenants: []string{isTenant}}
	s.Start(t)
	good := set{"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}}
	start(t, isAdmin.and(set{"issuer": s.Issuer("")})).client().apply(good)
	for name, test := range map[string]struct {
		settings set
		config   set
		want     []string
	}{
		"name with a space": {set{}, good.and(set{"client_name": "My shop"}), []string{"invalid_client_metadata", "Client Name is not adhering to the regex", "trace"}},
		"name taken":        {set{}, good, []string{"already exist in the system"}},
		"wrong password":    {set{"basic_auth": set{"username": "admin", "password": "guess-4711"}}, good.and(set{"client_name": "x"}), []string{"status 401", "basic_auth"}},
		"not permitted":     {set{"basic_auth": set{"username": "joe", "password": "word"}}, good.and(set{"client_name": "x"}), []string{"status 403", "credential without the needed scope"}},
		"wrong tenant":      {set{"issuer": s.Issuer(isTenant)}, good.and(set{"client_name": "x"}), []string{"status 401"}},
		"older WebFinger":   {set{"issuer": s.URL() + "/oauth2/oidcdiscovery"}, good, []string{"another issuer", "expected_issuer"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := start(t, isAdmin.and(set{"issuer": s.Issuer("")}).and(test.settings)).client().tryApply(test.config)
			wants(t, err, test.want...)
			if err != nil && strings.Contains(err.Error(), "guess-4711") {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
	t.Run("several redirect URIs, not accepted", func(t *testing.T) {
		before := len(s.Clients())
		err := start(t, isAdmin.and(set{"issuer": s.Issuer("")})).client().tryApply(good.and(set{"client_name": "x", "redirect_uris": []string{"https://a.example/1", "https://a.example/2"}}))
		wants(t, err, "Server substituted redirect_uris", "regexp=(", `accept_substitutions = ["redirect_uris"]`, "The client was deregistered again")
		if n := len(s.Clients()); n != before {
			t.Errorf("%d clients were left behind", n-before)
		}
	})
	t.Run("wrong password at a later plan", func(t *testing.T) {
		c := start(t, isAdmin.and(set{"issuer": s.Issuer("")})).client()
		c.apply(good.and(set{"client_name": "kept"}))
		for name, settings := range map[string]set{
			"issuer": {"issuer": s.Issuer("")}, "endpoint": {"registration_endpoint": s.RegistrationEndpoint("")},
		} {
			wrong := c.again(start(t, isAdmin.and(settings).and(set{"basic_auth": set{"username": "admin", "password": "guess-4711"}})))
			wants(t, wrong.Refresh(t.Context()), "status 401", "Check the provider's own credentials")
			if wrong.State.IsNull() {
				t.Errorf("%s: a wrong password made the client vanish", name)
			}
			wants(t, wrong.Destroy(t.Context()), "status 401")
		}
		if _, found := s.Client(c.Text("client_id")); !found {
			t.Error("the client is gone")
		}
	})
	t.Run("rollback fails", func(t *testing.T) {
		s.ForceStatus(fakeop.OpDelete, 500)
		c := start(t, isAdmin.and(set{"issuer": s.Issuer("")})).client()
		wants(t, c.tryApply(good.and(set{"client_name": "tainted", "redirect_uris": []string{"https://a.example/1", "https://a.example/2"}})), "could not be deregistered", "tainted")
		id := c.Text("client_id")
		c.Private = nil // what Terraform hands to the deletion of a tainted object
		c.destroy()
		if _, found := s.Client(id); found || id == "" {
			t.Errorf("the client %q was left behind", id)
		}
	})
	t.Run("server fails", func(t *testing.T) {
		s.ForceStatus(fakeop.OpRegister, 500)
		wants(t, start(t, isAdmin.and(set{"issuer": s.Issuer("")})).client().tryApply(good.and(set{"client_name": "x"})), "status 500")
	})
}

// The guide's notes on parameters: what is accepted and never shown, what is no part of the API, and the two that an update ties.
func TestReachWSO2Parameters(t *testing.T) {
	s := wso2.Server{}
	s.Start(t)
	p := start(t, isAdmin.and(set{"issuer": s.Issuer("")}))
	c := p.client()
	config := set{
		"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}, "contacts": []string{"a@example.com"}, "scope": "openid",
		"require_pushed_authorization_requests": true, "require_signed_request_object": true,
	}
	c.apply(config)
	contains(t, p.warnings(), "Server does not show contacts", "Server does not show scope")
	c.empty(config)
	c.apply(config.and(set{"client_name": "shop-2"}))
	c.empty(config.and(set{"client_name": "shop-2"}))
	wants(t, c.tryApply(config.and(set{"client_name": "shop-2", "require_signed_request_object": false})), "Server substituted require_pushed_authorization_requests")
}
