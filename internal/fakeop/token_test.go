// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTokenEndpointOrder(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good(map[string]any{"grant_types": list("authorization_code", "refresh_token", "client_credentials"), "scope": "a b"}))
	post := p.registered(good(map[string]any{"token_endpoint_auth_method": "client_secret_post"}))
	public := p.registered(good(map[string]any{"token_endpoint_auth_method": "none"}))
	good := basic(cl.ID, cl.Secret)
	none := set("Accept", "application/json")
	grant := func(name string, more ...string) url.Values {
		values := url.Values{"grant_type": {name}}
		for i := 0; i < len(more); i += 2 {
			values.Add(more[i], more[i+1])
		}
		return values
	}
	for name, test := range map[string]struct {
		form   url.Values
		edit   func(*http.Request)
		status int
		code   string
	}{
		"no client":                    {grant("authorization_code"), none, 401, "invalid_client"},
		"unknown client, bad grant":    {grant("wish"), basic("x", "y"), 401, "invalid_client"},
		"wrong secret, bad grant":      {grant("wish"), basic(cl.ID, "y"), 401, "invalid_client"},
		"no password":                  {grant("wish"), basic(cl.ID, ""), 401, "invalid_client"},
		"id alone":                     {grant("refresh_token", "client_id", cl.ID), none, 401, "invalid_client"},
		"other method than registered": {grant("refresh_token", "client_id", cl.ID, "client_secret", cl.Secret), none, 401, "invalid_client"},
		"Basic, not registered":        {grant("refresh_token"), basic(post.ID, post.Secret), 401, "invalid_client"},
		"two methods":                  {grant("refresh_token", "client_secret", cl.Secret), good, 400, "invalid_request"},
		"two ids":                      {grant("refresh_token", "client_id", "x"), good, 401, "invalid_client"},
		"bearer":                       {grant("refresh_token"), bearer(cl.Token), 401, "invalid_client"},
		"no grant type":                {url.Values{}, good, 400, "invalid_request"},
		"unsupported grant type":       {grant("wish"), good, 400, "unsupported_grant_type"},
		"grant not registered":         {grant("password"), good, 400, "unauthorized_client"},
		"no code":                      {grant("authorization_code"), good, 400, "invalid_request"},
		"bad code":                     {grant("authorization_code", "code", "x"), good, 400, "invalid_grant"},
		"no refresh token":             {grant("refresh_token"), good, 400, "invalid_request"},
		"bad refresh token":            {grant("refresh_token", "refresh_token", "x"), good, 400, "invalid_grant"},
		"bad code by post":             {grant("authorization_code", "code", "x", "client_id", post.ID, "client_secret", post.Secret), none, 400, "invalid_grant"},
		"bad code of a public client":  {grant("authorization_code", "code", "x", "client_id", public.ID), none, 400, "invalid_grant"},
		"twice":                        {grant("client_credentials", "scope", "a", "scope", "b"), good, 400, "invalid_request"},
		"scope not registered":         {grant("client_credentials", "scope", "a c"), good, 400, "invalid_scope"},
		"client credentials":           {grant("client_credentials", "scope", "a"), good, 200, ""},
		"two resources":                {grant("client_credentials", "resource", "a", "resource", "b"), good, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.form(p.s.TokenEndpoint(), test.form, test.edit)
			r.want(t, test.status, test.code)
			if r.header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be cached")
			}
			if triedBasic := r.status == 401 && strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic"); r.status == 401 &&
				triedBasic != (test.code == "invalid_client" && p.s.Requests()[len(p.s.Requests())-1].AuthScheme != "") {
				t.Errorf("challenge %q (RFC 6749 §5.2)", r.header.Get("WWW-Authenticate"))
			}
		})
	}
	p.send("POST", p.s.TokenEndpoint(), []byte("{}")).want(t, 400, "invalid_request")
	p.s.RemoveClient(cl.ID)
	p.form(p.s.TokenEndpoint(), grant("refresh_token", "refresh_token", "x"), good).want(t, 401, "invalid_client")
}

func TestClientAssertions(t *testing.T) {
	p := newPeer(t, &Server{})
	b64 := base64.RawURLEncoding.EncodeToString
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edKey := Authority{}.key("assertion")
	keys := map[string]any{"keys": []any{
		map[string]any{"kty": "RSA", "n": b64(rsaKey.N.Bytes()), "e": "AQAB"},
		map[string]any{"kty": "EC", "crv": "P-256", "x": b64(ecKey.X.FillBytes(make([]byte, 32))), "y": b64(ecKey.Y.FillBytes(make([]byte, 32)))},
		map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(edKey.Public().(ed25519.PublicKey))},
	}}
	machine := map[string]any{"redirect_uris": remove, "grant_types": list("client_credentials")}
	byKey := p.registered(good(machine, map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks": keys}))
	byMAC := p.registered(good(machine, map[string]any{"token_endpoint_auth_method": "client_secret_jwt"}))
	sign := map[string]func([]byte) []byte{
		"RS256": func(b []byte) []byte {
			sum := sha256.Sum256(b)
			out, _ := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
			return out
		},
		"PS256": func(b []byte) []byte {
			sum := sha256.Sum256(b)
			out, _ := rsa.SignPSS(rand.Reader, rsaKey, crypto.SHA256, sum[:], nil)
			return out
		},
		"ES256": func(b []byte) []byte {
			sum := sha256.Sum256(b)
			r, s, _ := ecdsa.Sign(rand.Reader, ecKey, sum[:])
			return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		},
		"EdDSA": func(b []byte) []byte { return ed25519.Sign(edKey, b) },
		"HS256": func(b []byte) []byte {
			mac := hmac.New(sha256.New, []byte(byMAC.Secret))
			mac.Write(b)
			return mac.Sum(nil)
		},
		"none": func([]byte) []byte { return nil },
	}
	serial := 0
	try := func(alg, id string, changes map[string]any) reply {
		serial++
		claims := map[string]any{"iss": id, "sub": id, "aud": p.s.TokenEndpoint(), "exp": Epoch.Unix() + 60, "jti": itoa(serial)}
		for name, value := range changes {
			claims[name] = value
		}
		signed := b64(encode(map[string]any{"alg": alg})) + "." + b64(encode(claims))
		return p.form(p.s.TokenEndpoint(), url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType},
			"client_assertion": {signed + "." + b64(sign[alg]([]byte(signed)))},
		})
	}
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		try(alg, byKey.ID, nil).want(t, 200, "")
		try(alg, byKey.ID, map[string]any{"aud": list("x", p.s.Issuer())}).want(t, 200, "")
	}
	try("HS256", byMAC.ID, nil).want(t, 200, "")
	for name, r := range map[string]reply{
		"unsigned":       try("none", byKey.ID, nil),
		"MAC for key":    try("HS256", byKey.ID, nil),
		"key for MAC":    try("RS256", byMAC.ID, nil),
		"unknown client": try("RS256", "x", nil),
		"other audience": try("RS256", byKey.ID, map[string]any{"aud": "https://x.example"}),
		"expired":        try("RS256", byKey.ID, map[string]any{"exp": Epoch.Unix()}),
		"no expiry":      try("RS256", byKey.ID, map[string]any{"exp": nil}),
		"no jti":         try("RS256", byKey.ID, map[string]any{"jti": ""}),
		"seen before":    try("RS256", byKey.ID, map[string]any{"jti": "1"}),
		"other issuer":   try("RS256", byKey.ID, map[string]any{"iss": "x"}),
		"broken": p.form(p.s.TokenEndpoint(), url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {"a.b"},
		}),
	} {
		if r.status != 401 || r.code() != "invalid_client" {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
}

func TestAuthorizationEndpoint(t *testing.T) {
	p := newPeer(t, &Server{IssuerPath: "/p"})
	cl := p.registered(good(map[string]any{
		"redirect_uris": list("https://app.example/cb", "https://app.example/cb?a=b"),
		"grant_types":   list("authorization_code", "implicit"), "response_types": list("code", "id_token token"),
	}))
	pushed := p.registered(good(map[string]any{"require_pushed_authorization_requests": true}))
	for name, test := range map[string]struct {
		change url.Values
		status int
		target string // of the redirect, up to the error
		code   string
	}{
		"known":                     {nil, 302, "https://app.example/cb?", "login_required"},
		"query in the redirect URI": {url.Values{"redirect_uri": {"https://app.example/cb?a=b"}}, 302, "https://app.example/cb?a=b&", "login_required"},
		"unknown client":            {url.Values{"client_id": {"x"}}, 400, "", ""},
		"no client":                 {url.Values{"client_id": nil}, 400, "", ""},
		"unregistered redirect URI": {url.Values{"redirect_uri": {"https://app.example/cb/"}}, 400, "", ""},
		"no redirect URI":           {url.Values{"redirect_uri": nil}, 400, "", ""},
		"no response type":          {url.Values{"response_type": nil}, 302, "https://app.example/cb?", "invalid_request"},
		"other response type":       {url.Values{"response_type": {"id_token"}}, 302, "https://app.example/cb#", "unauthorized_client"},
		"fragment":                  {url.Values{"response_type": {"token id_token"}}, 302, "https://app.example/cb#", "login_required"},
		"query by wish":             {url.Values{"response_type": {"token id_token"}, "response_mode": {"query"}}, 302, "https://app.example/cb?", "login_required"},
		"login page":                {url.Values{"prompt": nil}, 200, "", ""},
		"form":                      {url.Values{"response_mode": {"form_post"}}, 200, "", ""},
		"not pushed":                {url.Values{"client_id": {pushed.ID}}, 302, "https://app.example/cb?", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			query := authorizeQuery(cl.ID)
			for name, values := range test.change {
				query[name] = values
			}
			r := p.send("GET", p.s.AuthorizationEndpoint()+"?"+query.Encode(), nil)
			location := r.header.Get("Location")
			if r.status != test.status || (location == "") != (test.target == "") {
				t.Fatalf("%d, Location %q", r.status, location)
			}
			if test.target == "" {
				if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
					t.Error("not an HTML page")
				}
				return
			}
			rest, ok := strings.CutPrefix(location, test.target)
			values, err := url.ParseQuery(rest)
			if !ok || err != nil || values.Get("error") != test.code || values.Get("state") != "s1" || values.Get("iss") != p.s.Issuer() {
				t.Errorf("Location %q", location)
			}
			p.form(p.s.AuthorizationEndpoint(), query).want(t, test.status, "")
		})
	}
}
