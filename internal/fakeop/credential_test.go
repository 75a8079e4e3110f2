// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestManagementCredentials(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	for name, test := range map[string]struct {
		edit      func(*http.Request)
		challenge string
	}{
		"none":             {set("Accept", "application/json"), `Bearer realm="fakeop"`},
		"wrong token":      {bearer("x"), `error="invalid_token"`},
		"empty token":      {set("Authorization", "Bearer "), `error="invalid_token"`},
		"lower case":       {set("Authorization", "bearer "+cl.Token), `error="invalid_token"`},
		"Basic":            {basic(cl.ID, cl.Secret), `error="invalid_token"`},
		"token in a query": {func(r *http.Request) { r.URL.RawQuery = "access_token=" + cl.Token }, `Bearer realm="fakeop"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.send("GET", cl.URI, nil, test.edit)
			r.want(t, http.StatusUnauthorized, "invalid_token")
			if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, test.challenge) {
				t.Errorf("challenge %q, want %q in it", got, test.challenge)
			}
		})
	}
	if r := p.send("GET", cl.URI, nil); strings.Contains(r.header.Get("WWW-Authenticate"), "error") {
		t.Error("a request without any credential gets an error code in its challenge (RFC 6750 §3)")
	}
	p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, http.StatusOK, "")
}

func TestDeletedClient(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	r := p.send("DELETE", cl.URI, nil, bearer(cl.Token))
	if r.status != http.StatusNoContent || r.raw != "" || len(p.s.Clients()) != 0 {
		t.Fatalf("%d %q, %d clients", r.status, r.raw, len(p.s.Clients()))
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r := p.send(method, cl.URI, encode(with(cl.ID, good())), bearer(cl.Token))
		r.want(t, http.StatusUnauthorized, "invalid_token")
		if !strings.Contains(r.header.Get("WWW-Authenticate"), `Bearer realm="fakeop", error="invalid_token"`) {
			t.Errorf("%s: challenge %q", method, r.header.Get("WWW-Authenticate"))
		}
	}
}

func TestTokenAtAnotherClientIsRevoked(t *testing.T) {
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		p := newPeer(t, &Server{})
		one, two := p.registered(good()), p.registered(good())
		p.send(method, two.URI, nil, bearer(one.Token)).want(t, http.StatusUnauthorized, "invalid_token")
		if p.s.CurrentToken(one.ID) != "" || p.s.CurrentToken(two.ID) != two.Token || len(p.s.Clients()) != 2 {
			t.Errorf("%s: the wrong token was revoked", method)
		}
		p.send("GET", one.URI, nil, bearer(one.Token)).want(t, http.StatusUnauthorized, "invalid_token")
	}
}

func TestRegistrationAuthorization(t *testing.T) {
	iat := &Server{InitialAccessTokens: map[string]int{"many": 0, "once": 1, "twice": 2}, AdminToken: "admin"}
	userPass := &Server{BasicUser: "admin", BasicPassword: "pass"}
	key := &Server{APIKeyHeader: "X-Key", APIKey: "k"}
	type step struct {
		edit   func(*http.Request)
		status int
		code   string
	}
	none := set("Accept", "application/json")
	for name, test := range map[string]struct {
		server *Server
		steps  []step
	}{
		"initial access token": {iat, []step{
			{none, 401, "invalid_token"},
			{bearer("x"), 401, "invalid_token"},
			{bearer("many"), 201, ""}, {bearer("many"), 201, ""}, {bearer("many"), 201, ""},
			{bearer("once"), 201, ""}, {bearer("once"), 401, "invalid_token"},
			{bearer("twice"), 201, ""}, {bearer("twice"), 201, ""}, {bearer("twice"), 401, "invalid_token"},
			{bearer("admin"), 201, ""},
			{set("Authorization", "bearer many"), 401, "invalid_token"},
		}},
		"Basic": {userPass, []step{
			{none, 401, "access_denied"},
			{basic("admin", "x"), 401, "access_denied"},
			{bearer("pass"), 401, "invalid_token"},
			{basic("admin", "pass"), 201, ""},
		}},
		"API key": {key, []step{
			{none, 401, "access_denied"},
			{set("X-Key", "x"), 401, "access_denied"},
			{set("X-Key", "k"), 201, ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, test.server)
			for i, step := range test.steps {
				r := p.register(good(), step.edit)
				if r.status != step.status || r.code() != step.code {
					t.Errorf("step %d: %d %s, want %d %q", i, r.status, r.raw, step.status, step.code)
				}
			}
		})
	}
}

func TestRefusedRegistrationSpendsNothing(t *testing.T) {
	p := newPeer(t, &Server{InitialAccessTokens: map[string]int{"once": 1}})
	p.register(good(map[string]any{"client_uri": "x"}), bearer("once")).want(t, 400, "invalid_client_metadata")
	p.register(good(), bearer("once")).want(t, 201, "")
}

func TestRegistrationByScope(t *testing.T) {
	p := newPeer(t, &Server{RegistrationScope: "dcr", RegistrationCredentialManages: true, Clock: func() time.Time { return Epoch }})
	p.s.AddClient("boss", "word", map[string]any{"grant_types": list("client_credentials"), "scope": "dcr other"})
	token := func(scope string) string {
		r := p.form(p.s.TokenEndpoint(), map[string][]string{"grant_type": {"client_credentials"}, "scope": {scope}}, basic("boss", "word"))
		r.want(t, 200, "")
		return text(r.doc, "access_token")
	}
	p.register(good()).want(t, 401, "invalid_token")
	r := p.register(good(), bearer(token("other")))
	r.want(t, 403, "insufficient_scope")
	if got := r.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="insufficient_scope", scope="dcr"`) {
		t.Errorf("challenge %q", got)
	}
	full := token("dcr")
	p.register(good(), bearer(full)).want(t, 201, "")
	p.send("GET", p.s.Clients()[1].URI, nil, bearer(full)).want(t, 200, "")
}

func TestManagementModes(t *testing.T) {
	for name, test := range map[string]struct {
		server     *Server
		token, uri bool
		status     int // of an administrator's read at {endpoint}/{id}
	}{
		"full":               {&Server{AdminToken: "a"}, true, true, 200},
		"off":                {&Server{AdminToken: "a", Management: ManagementOff}, false, false, 404},
		"no token":           {&Server{AdminToken: "a", Management: ManagementNoToken}, false, true, 200},
		"by credential":      {&Server{AdminToken: "a", Management: ManagementByCredential}, false, false, 200},
		"no administrator":   {&Server{}, true, true, 401},
		"by a strange token": {&Server{Management: ManagementByCredential}, false, false, 401},
		"by initial access token": {&Server{
			Management: ManagementByCredential, InitialAccessTokens: map[string]int{"a": 0},
		}, false, false, 200},
		"by API key and administrator": {&Server{APIKeyHeader: "X-Key", APIKey: "k", AdminToken: "a"}, true, true, 200},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, test.server)
			r := p.register(good(), bearer("a"), set("X-Key", "k"))
			r.want(t, 201, "")
			_, token := r.doc["registration_access_token"]
			_, uri := r.doc["registration_client_uri"]
			if token != test.token || uri != test.uri {
				t.Errorf("token %v, URI %v", token, uri)
			}
			target := p.s.RegistrationEndpoint() + "/" + text(r.doc, "client_id")
			if r := p.send("GET", target, nil, bearer("a"), set("X-Key", "k")); r.status != test.status {
				t.Errorf("the administrator's read: %d %s", r.status, r.raw)
			}
			if test.status == 200 {
				p.send("GET", p.s.RegistrationEndpoint()+"/nobody", nil, bearer("a"), set("X-Key", "k")).want(t, 401, "invalid_token")
			}
		})
	}
}

func TestClientURIForms(t *testing.T) {
	for form, suffix := range map[ClientURIForm]string{URIPath: "/a%2Fb.%20c", URIQuery: "?client_id=a%2Fb.+c", URIEndpoint: ""} {
		p := newPeer(t, &Server{ClientURI: form, ClientID: func(int) string { return "a/b. c" }})
		cl := p.registered(good())
		if want := p.s.RegistrationEndpoint() + suffix; cl.URI != want {
			t.Errorf("%s, want %s", cl.URI, want)
		}
		p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, 200, "")
		if form != URIPath {
			p.send("GET", p.s.RegistrationEndpoint()+"/a%2Fb.%20c", nil, bearer(cl.Token)).want(t, 401, "invalid_token")
		}
		p.send("PUT", cl.URI, encode(with(cl.ID, good())), bearer(cl.Token)).want(t, 200, "")
		if r := p.send("DELETE", cl.URI, nil, bearer(cl.Token)); r.status != 204 {
			t.Errorf("%v: deletion %d %s", form, r.status, r.raw)
		}
	}
}

func TestClientLifetime(t *testing.T) {
	now := Epoch
	p := newPeer(t, &Server{Clock: func() time.Time { return now }, ClientLifetime: time.Hour})
	cl := p.registered(good())
	p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, 200, "")
	now = now.Add(time.Hour)
	p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, 401, "invalid_token")
}

func TestLifetimes(t *testing.T) {
	now := Epoch
	p := newPeer(t, &Server{
		Clock: func() time.Time { return now }, SecretLifetime: time.Hour, TokenLifetime: 2 * time.Hour,
		Faults: Faults{RotateSecretOnUpdate: true},
	})
	r := p.register(good(map[string]any{"grant_types": list("client_credentials"), "redirect_uris": remove}))
	if got := string(encode(r.doc["client_secret_expires_at"])); got != "1767229200" {
		t.Errorf("expires at %s", got)
	}
	cl := p.s.Clients()[0]
	token := func(secret string) reply {
		return p.form(p.s.TokenEndpoint(), map[string][]string{"grant_type": {"client_credentials"}}, basic(cl.ID, secret))
	}
	token(cl.Secret).want(t, 200, "")
	now = now.Add(time.Hour)
	token(cl.Secret).want(t, 401, "invalid_client")
	body := with(cl.ID, map[string]any{"grant_types": list("client_credentials")})
	r = p.send("PUT", cl.URI, encode(body), bearer(cl.Token))
	if got := string(encode(r.doc["client_secret_expires_at"])); got != "1767232800" {
		t.Errorf("renewed until %s", got)
	}
	token(text(r.doc, "client_secret")).want(t, 200, "")
	now = now.Add(time.Hour)
	p.send("GET", cl.URI, nil, bearer(cl.Token)).want(t, 401, "invalid_token")
}
