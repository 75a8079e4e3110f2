// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
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

func (p place) scheme() string {
	if p.robot {
		return "Bearer"
	}
	return "Basic"
}

// settings are the provider's, in the form that works with every release: the metadata of older ones names an endpoint
// that does not exist, so it is set by hand.
func (p place) settings(s *wso2.Server) set {
	out := set{"issuer": s.Issuer(p.at()), "registration_endpoint": s.RegistrationEndpoint(p.at()), "management": "provider_credentials"}
	user := "admin"
	if p.tenant != "" {
		user += "@" + p.tenant
	}
	if p.robot {
		return out.and(set{"client_credentials": set{"client_id": "robot", "client_secret": "word", "scopes": wso2.Scopes(p.at())}})
	}
	return out.and(set{"basic_auth": set{"username": user, "password": "admin"}})
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
func shop(release wso2.Release) set {
	out := set{"client_name": "shop-1", "redirect_uris": []string{"https://a.example/cb"}, "grant_types": []string{"authorization_code"}}
	if release < wso2.Release70 {
		return out
	}
	return out.and(set{
		"require_signed_request_object": true,
		"extension_metadata":            set{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop"},
	})
}

func TestReachWSO2(t *testing.T) {
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.start(t, &wso2.Server{Release: release})
		w := &atWSO2{t: t, s: s, c: start(t, p.settings(s)).client(), scheme: p.scheme(), config: shop(release), release: release}
		w.life()
	})
}

// Other ways to say where the server is, and other settings of the server.
func TestReachWSO2Settings(t *testing.T) {
	for name, test := range map[string]struct {
		server   *wso2.Server
		settings func(s *wso2.Server) set
		uris     []string
		scheme   string
	}{
		"issuer alone": {settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"auto": {settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer(""), "management": nil})
		}},
		"endpoint by hand": {settings: func(s *wso2.Server) set {
			// Without an issuer there is no evidence of what a 401 means.
			return isAdmin.and(set{"registration_endpoint": s.RegistrationEndpoint(""), "on_missing": "recreate"})
		}},
		"several redirect URIs": {uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.Issuer("")})
		}},
		"several redirect URIs, decoded": {server: &wso2.Server{Release: wso2.ReleaseNext}, uris: []string{"https://a.example/cb", "https://b.example/cb?x=1"},
			settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"nulls returned": {server: &wso2.Server{ReturnNullFields: true}, settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"no Basic": {server: &wso2.Server{Release: wso2.ReleaseNext, BearerOnly: true, OldRegistrationEndpoint: true}, scheme: "Bearer", settings: func(s *wso2.Server) set {
			return place{robot: true}.settings(s)
		}},
		"FAPI 2": {server: &wso2.Server{ShortIssuer: true}, settings: func(s *wso2.Server) set { return isAdmin.and(set{"issuer": s.Issuer("")}) }},
		"entity ID as the issuer": {server: &wso2.Server{EntityID: "my-idp"}, settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"issuer": s.TokenEndpoint(""), "expected_issuer": "my-idp"})
		}},
		"WebFinger": {settings: func(s *wso2.Server) set {
			return isAdmin.and(set{"webfinger_resource": "acct:admin@" + strings.TrimPrefix(s.URL(), "http://"), "allow_insecure_http": true})
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
			place{}.start(t, s)
			config := shop(s.Release)
			if test.uris != nil {
				config["redirect_uris"] = test.uris
			}
			w := &atWSO2{t: t, s: s, c: start(t, test.settings(s)).client(), scheme: test.scheme, config: config, release: s.Release}
			w.life()
		})
	}
}

// atWSO2 is one client's life there.
type atWSO2 struct {
	t       *testing.T
	s       *wso2.Server
	c       *oneClient
	config  set
	scheme  string
	release wso2.Release
}

func (w *atWSO2) registered() map[string]any {
	w.t.Helper()
	found, ok := w.s.Client(w.c.Text("client_id"))
	if !ok {
		w.t.Fatal("the server has no such client")
	}
	return found.Metadata
}

// life takes a client through everything that can happen to it, with a second plan that is empty after each step.
func (w *atWSO2) life() {
	t, c := w.t, w.c
	t.Helper()
	c.apply(w.config)
	if w := c.p.warnings(); strings.Contains(w, "redirect_uris") {
		t.Errorf("a warning of redirect URIs that are registered as asked:\n%s", w)
	}
	c.empty(w.config)
	if c.Text("client_secret") == "" || c.Text("registration_access_token") != "" {
		t.Errorf("secret %q, token %q", c.Text("client_secret"), c.Text("registration_access_token"))
	}
	agreed := w.change()
	w.drift(agreed)
	w.imported(agreed)
	w.gone()
	w.authorized()
}

// change renames the client and returns the configuration that then holds. What is not named is sent back, so that the
// server's own values and booleans survive.
func (w *atWSO2) change() set {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	id, secret := c.Text("client_id"), c.Text("client_secret")
	defer func() {
		if c.Text("client_id") != id || c.Text("client_secret") != secret {
			t.Error("an update changed id or secret")
		}
	}()
	if w.release < wso2.Release70 {
		changed := w.config.and(set{"client_name": "shop-2", "grant_types": []string{"authorization_code", "refresh_token"}})
		c.apply(changed)
		c.empty(changed)
		w.wants(map[string]any{"client_name": "shop-2", "grant_types": []any{"authorization_code", "refresh_token"}})
		return changed
	}
	s.SetMember(id, "tls_client_certificate_bound_access_tokens", true)
	s.SetMember(id, "ext_user_token_lifetime", 77)
	changed := w.config.and(set{"client_name": "shop-2", "extension_metadata": set{"ext_pkce_mandatory": true, "ext_application_display_name": "Shop", "ext_id_token_lifetime": 60}})
	c.apply(changed)
	c.empty(changed)
	w.wants(map[string]any{
		"client_name": "shop-2", "ext_application_display_name": "Shop", "ext_pkce_mandatory": true, "require_signed_request_object": true,
		"tls_client_certificate_bound_access_tokens": true, "ext_user_token_lifetime": json.Number("77"), "ext_id_token_lifetime": json.Number("60"),
	})
	// Removal: the server keeps a number, and says so in a warning; the plan stays clean.
	removed := changed.and(set{"require_signed_request_object": nil, "extension_metadata": set{"ext_pkce_mandatory": true}})
	c.apply(removed)
	contains(t, c.p.warnings(), "Server keeps removed parameters", "ext_id_token_lifetime: removed")
	c.empty(removed)
	return removed
}

// sent is a member of the last registration, nil where it was not sent.
func sent(t *testing.T, s *wso2.Server, member string) any {
	t.Helper()
	last, _ := s.Last(fakeop.OpRegister)
	var doc map[string]any
	if err := json.Unmarshal(last.Body, &doc); err != nil {
		t.Fatal(err)
	}
	return doc[member]
}

func (w *atWSO2) wants(want map[string]any) {
	w.t.Helper()
	now := w.registered()
	for member, v := range want {
		if diff := cmp.Diff(v, now[member]); diff != "" {
			w.t.Errorf("%s (-want +registered):\n%s", member, diff)
		}
	}
}

// drift is shown and repaired.
func (w *atWSO2) drift(config set) {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	s.SetMember(c.Text("client_id"), "client_name", "renamed")
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Text("client_name"); got != "renamed" {
		t.Errorf("the drift is not shown: client_name = %q", got)
	}
	c.apply(config)
	c.empty(config)
	w.wants(map[string]any{"client_name": "shop-2"})
}

func (w *atWSO2) imported(config set) {
	w.t.Helper()
	imported := w.c.p.imported(w.c.Text("client_id"))
	if imported.Text("client_secret") != w.c.Text("client_secret") || imported.Text("client_name") != "shop-2" {
		w.t.Errorf("imported %q, %q", imported.Text("client_secret"), imported.Text("client_name"))
	}
	imported.apply(config)
	imported.empty(config)
}

// gone: deleted behind the back, the server says 401 without a word, and the plan proposes to register it anew. Then the
// destruction, proved at the server.
func (w *atWSO2) gone() {
	t, c, s := w.t, w.c, w.s
	t.Helper()
	s.RemoveClient(c.Text("client_id"))
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
	if n := len(s.Clients()); n != 1 { // the robot
		t.Errorf("%d clients left", n)
	}
}

// authorized holds each request against the credential that the test gave.
func (w *atWSO2) authorized() {
	scheme := w.scheme
	if scheme == "" {
		scheme = "Basic"
	}
	for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
		for _, r := range w.s.Of(op) {
			if r.Method == http.MethodGet && r.AuthScheme == "" && !strings.Contains(strings.TrimPrefix(r.Path, "/"), "/register/") && strings.HasSuffix(r.Path, "/register") {
				continue // asked without the credential, to tell what the endpoint says to anybody
			}
			if r.AuthScheme != scheme {
				w.t.Errorf("%s authorized by %q", r, r.AuthScheme)
			}
		}
	}
}
