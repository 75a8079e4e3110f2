// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func about(resource string) string {
	return url.Values{"resource": {resource}, "rel": {"http://openid.net/specs/connect/1.0/issuer"}}.Encode()
}

func TestWebFinger(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, Tenants: []string{"a.example"}, Users: map[string]string{"joe": "word"}})
		ask := func(place, query string, edits ...func(*http.Request)) reply {
			return p.send("GET", p.s.PlaceURL(place)+webFingerPath+"?"+query, nil, edits...)
		}
		// Open at the root since 7.0, protected below tenants.
		protected := func(r reply) bool {
			return r.status == 401 && r.raw == "" && strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic")
		}
		if r := ask("", about("acct:joe@localhost")); protected(r) != (release < Release70) {
			t.Errorf("without a credential: %d %s", r.status, r.raw)
		}
		if r := ask("a.example", about("acct:joe@localhost")); !protected(r) {
			t.Errorf("without a credential, below a tenant: %d %s", r.status, r.raw)
		}
		for resource, tenant := range map[string]string{
			"acct:joe@localhost":                 "",
			"https://localhost":                  "",
			"https://joe@localhost/t/a.example":  "",
			"acct:admin%40a.example@localhost":   "a.example",
			"https://joe%40a.example@localhost/": "a.example",
		} {
			r := ask("", about(resource), basic("joe", "word"))
			r.want(t, 200, "")
			want := []any{map[string]any{"rel": "http://openid.net/specs/connect/1.0/issuer", "href": p.s.Issuer(tenant)}}
			if diff := cmp.Diff(want, r.doc["links"]); diff != "" || r.doc["subject"] != resource || r.header.Get("Content-Type") != "application/jrd+json" {
				t.Errorf("%s (-want +got):\n%s", resource, diff)
			}
		}
		ask("a.example", about("acct:joe@localhost"), admin).want(t, 200, "")
		for query, status := range map[string]int{
			about("acct:admin%40b.example@localhost"): 404,
			about(""):                               404,
			about(" "):                              404,
			about("acct:joe"):                       500,
			about("localhost"):                      500,
			about("acct:joe@localhost") + "&more=1": 400,
			"resource=acct:joe@localhost":           400,
			"rel=http://openid.net/specs/connect/1.0/iss": 400,
			"resource=acct:joe@localhost&rel=anything":    200,
		} {
			if r := ask("", query, admin); r.status != status || status != 200 && r.raw != "" {
				t.Errorf("%s: %d %q, want %d", query, r.status, r.raw, status)
			}
		}
	})
	p := newPeer(t, &Server{OlderDiscovery: true})
	r := p.send("GET", p.s.URL()+webFingerPath+"?"+about("acct:joe@localhost"), nil)
	if want := p.s.URL() + "/oauth2/oidcdiscovery"; !strings.Contains(r.raw, `"href":"`+want+`"`) {
		t.Errorf("older discovery: %s", r.raw)
	}
}

func TestIssuer(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		for name, test := range map[string]struct {
			server *Server
			want   func(base, place string) string
		}{
			"as shipped": {&Server{}, func(base, place string) string { return base + place + "/oauth2/token" }},
			"FAPI 2":     {&Server{ShortIssuer: true}, func(base, place string) string { return base + place }},
			"entity ID":  {&Server{EntityID: "my-idp"}, func(string, string) string { return "my-idp" }},
		} {
			t.Run(name, func(t *testing.T) {
				test.server.Release, test.server.Tenants = release, []string{"a.example"}
				paths := map[string]string{"": "", "a.example": "/t/a.example"}
				if release >= Release70 {
					test.server.Organizations = map[string][]string{"a.example": {"o1"}}
					paths[Organization("a.example", "o1")] = "/t/a.example/o/o1"
				}
				p := newPeer(t, test.server)
				for place, path := range paths {
					r := p.send("GET", p.s.TokenEndpoint(place)+wellKnown, nil)
					want := test.want(p.s.URL(), path)
					if r.doc["issuer"] != want || p.s.Issuer(place) != want || r.doc["token_endpoint"] != p.s.URL()+path+"/oauth2/token" {
						t.Errorf("%s: %s", place, r.raw)
					}
				}
			})
		}
	})
}

func TestMetadata(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, Tenants: []string{"a.example"}})
		for _, tenant := range []string{"", "a.example"} {
			for _, path := range []string{"/oauth2/token", "/oauth2/oidcdiscovery", ""} {
				r := p.send("GET", p.s.PlaceURL(tenant)+path+"/.well-known/openid-configuration", nil)
				r.want(t, 200, "")
				registration := p.s.PlaceURL(tenant) + release.metadataEndpoint()
				if r.doc["issuer"] != p.s.Issuer(tenant) || r.doc["registration_endpoint"] != registration {
					t.Errorf("%s %s: %s", tenant, path, r.raw)
				}
			}
		}
		for _, path := range []string{"/t/b.example/oauth2/token/.well-known/openid-configuration", "/nowhere", "/.well-known/oauth-authorization-server"} {
			if r := p.send("GET", p.s.URL()+path, nil); r.status != 404 || !strings.HasPrefix(r.raw, "<!doctype html>") {
				t.Errorf("%s: %d %s", path, r.status, r.raw)
			}
		}
		if r := p.send("PUT", p.s.RegistrationEndpoint(""), app(), admin); r.status != 405 || r.header.Get("Allow") != "POST, GET" {
			t.Errorf("%d, Allow %q", r.status, r.header.Get("Allow"))
		}
	})
}

func TestTokenEndpoint(t *testing.T) { each(t, 0, 0, tokenEndpoint) }

func tokenEndpoint(t *testing.T, release Release) {
	t.Helper()
	p := newPeer(t, &Server{Release: release, Tenants: []string{"a.example"}})
	p.s.AddClient("", "robot", "word", "a", "b")
	p.register(app()).want(t, 201, "")
	shop := p.s.Clients()[1]
	const unknown = "A valid OAuth client could not be found for client_id: "
	type row struct {
		got    reply
		status int
		code   string
		text   string
	}
	rows := map[string]row{
		"unknown client":     {p.ask("", "x", "y", "wish", ""), 401, "invalid_client", unknown + "x"},
		"of another tenant":  {p.ask("a.example", "robot", "word", "wish", ""), 401, "invalid_client", unknown + "robot"},
		"wrong secret":       {p.ask("", "robot", "y", "wish", ""), 401, "invalid_client", "Client Authentication failed."},
		"no client":          {p.form("", url.Values{"grant_type": {"client_credentials"}}), 401, "invalid_client", unknown},
		"no grant":           {p.ask("", "robot", "word", "", ""), 400, "invalid_request", ""},
		"unsupported grant":  {p.ask("", "robot", "word", "wish", ""), 400, "unsupported_grant_type", ""},
		"not entitled":       {p.ask("", "robot", "word", "password", ""), 400, "unauthorized_client", ""},
		"bad code":           {p.ask("", shop.ID, shop.Secret, "authorization_code", "", "code", "x"), 400, "invalid_grant", ""},
		"in the body":        {p.form("", url.Values{"grant_type": {"client_credentials"}, "client_id": {"robot"}, "client_secret": {"word"}}), 200, "", ""},
		"client credentials": {p.ask("", "robot", "word", "client_credentials", "a c"), 200, "", ""},
	}
	if release >= Release70 {
		p.register(app(map[string]any{"client_name": "public", "ext_param_client_id": "public_public_public", "ext_public_client": true})).want(t, 201, "")
		rows["public client"] = row{p.form("", url.Values{"grant_type": {"authorization_code"}, "client_id": {"public_public_public"}}), 400, "invalid_grant", ""}
	}
	for name, test := range rows {
		if test.got.status != test.status || stringOf(test.got.doc, "error") != test.code {
			t.Errorf("%s: %d %s", name, test.got.status, test.got.raw)
		}
		if test.text != "" && test.got.doc["error_description"] != test.text {
			t.Errorf("%s: %s", name, test.got.raw)
		}
		if name == "client credentials" && test.got.doc["scope"] != "a" {
			t.Errorf("scopes: %s", test.got.raw)
		}
	}
}

func TestOrganizationSwitch(t *testing.T) {
	each(t, Release70, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, Tenants: []string{"a.example"}, Organizations: map[string][]string{"a.example": {"o1"}}})
		org := Organization("a.example", "o1")
		p.s.AddClient("a.example", "robot", "word", Scopes(org)...)
		p.s.SetMember("robot", "grant_types", []string{"client_credentials", "organization_switch"})
		token := p.token("a.example", "robot", "")
		swap := func(token, id string) reply {
			return p.ask("a.example", "robot", "word", "organization_switch", "internal_org_dcr_create", "token", token, "switching_organization", id)
		}
		r := swap(token, "o1")
		r.want(t, 200, "")
		p.send("POST", p.s.RegistrationEndpoint(org), app(), bearer(stringOf(r.doc, "access_token"))).want(t, 201, "")
		if a, b := swap(token, "o2"), swap("x", "o1"); a.doc["error"] != "invalid_grant" || b.doc["error"] != "invalid_grant" {
			t.Errorf("%s %s", a.raw, b.raw)
		}
		if p.s.Clients()[1].Place != org {
			t.Errorf("%+v", p.s.Clients()[1])
		}
	})
	each(t, 0, Release61, func(t *testing.T, release Release) {
		s := &Server{Release: release, Tenants: []string{"a.example"}, Organizations: map[string][]string{"a.example": {"o1"}}}
		if _, err := s.Serve(); err == nil {
			s.Close()
			t.Error("the release has no organizations")
		}
	})
}

func TestAuthorizationEndpoint(t *testing.T) {
	p := newPeer(t, &Server{})
	p.register(app(map[string]any{"redirect_uris": []string{"https://a.example/cb", "https://a.example/cb?x=1"}})).want(t, 201, "")
	id := p.s.Clients()[0].ID
	for query, want := range map[string]string{
		"client_id=" + id + "&redirect_uri=https://a.example/cb&prompt=none&state=s":                 "https://a.example/cb?error=login_required&state=s",
		"client_id=" + id + "&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1&prompt=none&state=s": "https://a.example/cb?x=1&error=login_required&state=s",
		"client_id=" + id + "&redirect_uri=https://b.example&prompt=none":                            p.s.URL() + "/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_client",
		"client_id=x&redirect_uri=https://a.example/cb&prompt=none":                                  p.s.URL() + "/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_client",
		"client_id=" + id + "&redirect_uri=https://a.example/cb":                                     p.s.URL() + "/authenticationendpoint/login.do",
	} {
		r := p.send("GET", p.s.URL()+pathAuthorize+"?"+query, nil)
		if r.status != 302 || r.header.Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", query, r.status, r.header.Get("Location"), want)
		}
	}
}

func TestBehindTheBackAndLog(t *testing.T) {
	var mu sync.Mutex
	var hooks []string
	note := func(when string) func(*http.Request) {
		return func(r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			hooks = append(hooks, when+" "+r.Method)
		}
	}
	p := newPeer(t, &Server{Before: note("before"), After: note("after")})
	p.register(app()).want(t, 201, "")
	id := p.s.Clients()[0].ID
	p.s.SetMember(id, "subject_type", "pairwise")
	p.s.UnsetMember(id, "client_name")
	if r := p.send("GET", p.uri(id), nil, admin); r.doc["subject_type"] != "pairwise" || r.doc["client_name"] != nil {
		t.Errorf("%s", r.raw)
	}
	p.s.ForceStatus(fakeop.OpRead, 500)
	p.send("GET", p.uri(id), nil, admin).want(t, 500, "")
	p.s.RemoveClient(id)
	p.send("GET", p.uri(id), nil, admin).want(t, 401, "")
	if _, found := p.s.Client(id); found {
		t.Error("the client is still there")
	}
	path := pathRegister + "/" + id
	want := []string{"POST " + pathRegister + " 201", "GET " + path + " 200", "GET " + path + " 500", "GET " + path + " 401"}
	if diff := cmp.Diff(want, p.s.Log()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if last, ok := p.s.Last(fakeop.OpRead); !ok || last.AuthScheme != "Basic" || last.ClientID != id {
		t.Errorf("%+v", last)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(hooks) != 8 || hooks[0] != "before POST" || hooks[1] != "after POST" {
		t.Errorf("hooks %v", hooks)
	}
}

func TestTLS(t *testing.T) {
	s := &Server{TLS: true, TLSNames: []string{"is.example"}}
	p := newPeer(t, s)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CACertificate())
	p.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	p.register(app()).want(t, 201, "")
	if !strings.HasPrefix(s.Issuer(""), "https://127.0.0.1:") {
		t.Errorf("issuer %s", s.Issuer(""))
	}
}

func TestConcurrency(t *testing.T) {
	p := newPeer(t, &Server{})
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "a", "b", "c", "d"} {
		all.Go(func() {
			r := p.register(app(map[string]any{"client_name": name}))
			if r.status == 201 {
				r = p.send("GET", p.uri(stringOf(r.doc, "client_id")), nil, admin)
			}
			if r.status != 200 && r.status != 400 {
				t.Errorf("%s: %d %s", name, r.status, r.raw)
			}
		})
	}
	all.Wait()
	if n := len(p.s.Clients()); n != 4 {
		t.Errorf("%d clients with four names", n)
	}
}
