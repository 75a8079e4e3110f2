// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRegistrationOfTheZeroValue(t *testing.T) {
	p := newPeer(t, &Server{})
	r := p.register(good(map[string]any{"client_name#ja": "アプリ", "unheard_of": 1, "scope#ja": "x"}))
	r.want(t, http.StatusCreated, "")
	cl := p.s.Clients()[0]
	want := map[string]any{
		"client_id": cl.ID, "client_secret": cl.Secret, "client_id_issued_at": "1767225600",
		"client_secret_expires_at": "0", "registration_access_token": cl.Token, "registration_client_uri": cl.URI,
		"redirect_uris": list("https://app.example/cb"), "client_name": "app", "client_name#ja": "アプリ",
		"application_type": "web", "grant_types": list("authorization_code"), "response_types": list("code"),
		"token_endpoint_auth_method": "client_secret_basic",
	}
	for _, member := range []string{"client_id_issued_at", "client_secret_expires_at"} {
		r.doc[member] = string(encode(r.doc[member]))
	}
	if diff := cmp.Diff(want, r.doc); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	for name, value := range map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": "application/json"} {
		if got := r.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestRegistrationIsStrict(t *testing.T) {
	keys := func(key map[string]any) map[string]any { return map[string]any{"keys": []any{key}} }
	public := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "AA"}
	const metadata, redirect = "invalid_client_metadata", "invalid_redirect_uri"
	native := map[string]any{"application_type": "native"}
	implicit := map[string]any{"grant_types": list("implicit"), "response_types": list("id_token")}
	for name, test := range map[string]struct {
		changes []map[string]any
		code    string // "" for accepted
	}{
		"null":                             {[]map[string]any{{"client_uri": nil}}, metadata},
		"empty string":                     {[]map[string]any{{"client_uri": ""}}, metadata},
		"null for an unknown member":       {[]map[string]any{{"unheard_of": nil}}, metadata},
		"client_id":                        {[]map[string]any{{"client_id": "mine"}}, metadata},
		"client_secret":                    {[]map[string]any{{"client_secret": "mine"}}, metadata},
		"timestamp":                        {[]map[string]any{{"client_id_issued_at": 1}}, metadata},
		"number for a string":              {[]map[string]any{{"client_name": 1}}, metadata},
		"string for an array":              {[]map[string]any{{"contacts": "a@b.example"}}, metadata},
		"empty string in an array":         {[]map[string]any{{"contacts": list("")}}, metadata},
		"string for a boolean":             {[]map[string]any{{"require_auth_time": "true"}}, metadata},
		"string for an integer":            {[]map[string]any{{"default_max_age": "1"}}, metadata},
		"negative integer":                 {[]map[string]any{{"default_max_age": -1}}, metadata},
		"fraction":                         {[]map[string]any{{"default_max_age": 1.5}}, metadata},
		"string for an object":             {[]map[string]any{{"vp_formats_supported": "x"}}, metadata},
		"wrong type under a tag":           {[]map[string]any{{"client_name#de": 1}}, metadata},
		"relative URI":                     {[]map[string]any{{"client_uri": "/home"}}, metadata},
		"scheme of a page":                 {[]map[string]any{{"logo_uri": "ftp://app.example/x"}}, metadata},
		"no host":                          {[]map[string]any{{"policy_uri": "https:///x"}}, metadata},
		"sector identifier over http":      {[]map[string]any{{"sector_identifier_uri": "http://app.example"}}, metadata},
		"request URI over http":            {[]map[string]any{{"request_uris": list("http://app.example")}}, metadata},
		"relative post logout URI":         {[]map[string]any{{"post_logout_redirect_uris": list("/x")}}, metadata},
		"fragment in a logout URI":         {[]map[string]any{{"backchannel_logout_uri": "https://app.example/#x"}}, metadata},
		"jwks and jwks_uri":                {[]map[string]any{{"jwks": keys(public), "jwks_uri": "https://app.example/k"}}, metadata},
		"jwks without keys":                {[]map[string]any{{"jwks": map[string]any{}}}, metadata},
		"jwks with an object for keys":     {[]map[string]any{{"jwks": map[string]any{"keys": public}}}, metadata},
		"key without kty":                  {[]map[string]any{{"jwks": keys(map[string]any{"x": "AA"})}}, metadata},
		"private key":                      {[]map[string]any{{"jwks": keys(map[string]any{"kty": "OKP", "d": "AA"})}}, metadata},
		"public key":                       {[]map[string]any{{"jwks": keys(public)}}, ""},
		"private_key_jwt without keys":     {[]map[string]any{{"token_endpoint_auth_method": "private_key_jwt"}}, metadata},
		"self-signed mTLS without keys":    {[]map[string]any{{"token_endpoint_auth_method": "self_signed_tls_client_auth"}}, metadata},
		"mTLS without a subject":           {[]map[string]any{{"token_endpoint_auth_method": "tls_client_auth"}}, metadata},
		"mTLS with two subjects":           {[]map[string]any{{"tls_client_auth_san_dns": "a", "tls_client_auth_san_ip": "::1"}}, metadata},
		"mTLS":                             {[]map[string]any{{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a"}}, ""},
		"unsupported method":               {[]map[string]any{{"token_endpoint_auth_method": "telepathy"}}, metadata},
		"unsupported grant":                {[]map[string]any{{"grant_types": list("authorization_code", "wish")}}, metadata},
		"unsupported response type":        {[]map[string]any{{"response_types": list("wish")}}, metadata},
		"response type in another order":   {[]map[string]any{implicit, {"response_types": list("token id_token")}}, ""},
		"unsupported algorithm":            {[]map[string]any{{"id_token_signed_response_alg": "XS256"}}, metadata},
		"unsupported subject type":         {[]map[string]any{{"subject_type": "secret"}}, metadata},
		"unsupported application type":     {[]map[string]any{{"application_type": "toaster"}}, metadata},
		"response type without its grant":  {[]map[string]any{{"response_types": list("code", "id_token")}}, metadata},
		"grant without its response type":  {[]map[string]any{{"grant_types": list("authorization_code", "implicit")}}, metadata},
		"no response type for the code":    {[]map[string]any{{"response_types": []any{}}}, metadata},
		"public client with credentials":   {[]map[string]any{{"grant_types": list("client_credentials"), "token_endpoint_auth_method": "none"}}, metadata},
		"client credentials alone":         {[]map[string]any{{"grant_types": list("client_credentials"), "redirect_uris": remove}}, ""},
		"enc without alg":                  {[]map[string]any{{"userinfo_encrypted_response_enc": "A128GCM"}}, metadata},
		"enc with alg":                     {[]map[string]any{{"userinfo_encrypted_response_enc": "A128GCM", "userinfo_encrypted_response_alg": "RSA-OAEP"}}, ""},
		"unsigned id_token by redirect":    {[]map[string]any{implicit, {"id_token_signed_response_alg": "none"}}, metadata},
		"unsigned id_token by code":        {[]map[string]any{{"id_token_signed_response_alg": "none"}}, ""},
		"pairwise for two hosts":           {[]map[string]any{{"subject_type": "pairwise", "redirect_uris": list("https://a.example", "https://b.example")}}, metadata},
		"ping without an endpoint":         {[]map[string]any{{"backchannel_token_delivery_mode": "ping"}}, metadata},
		"software statement of one part":   {[]map[string]any{{"software_statement": "x"}}, "invalid_software_statement"},
		"software statement not base64":    {[]map[string]any{{"software_statement": "a.!.c"}}, "invalid_software_statement"},
		"software statement of an array":   {[]map[string]any{{"software_statement": "a.W10.c"}}, "invalid_software_statement"},
		"no redirect URI":                  {[]map[string]any{{"redirect_uris": remove}}, redirect},
		"relative redirect URI":            {[]map[string]any{{"redirect_uris": list("/cb")}}, redirect},
		"fragment":                         {[]map[string]any{{"redirect_uris": list("https://app.example/#")}}, redirect},
		"dangerous scheme":                 {[]map[string]any{native, {"redirect_uris": list("javascript:alert(1)")}}, redirect},
		"redirect URI without a host":      {[]map[string]any{{"redirect_uris": list("https:///cb")}}, redirect},
		"custom scheme of the web":         {[]map[string]any{{"redirect_uris": list("com.example:/cb")}}, redirect},
		"custom scheme of a native client": {[]map[string]any{native, {"redirect_uris": list("com.example:/cb")}}, ""},
		"loopback of a native client":      {[]map[string]any{native, {"redirect_uris": list("http://127.0.0.1:8/cb")}}, ""},
		"https of a native client":         {[]map[string]any{native, {"redirect_uris": list("https://app.example/cb")}}, redirect},
		"http elsewhere of a native":       {[]map[string]any{native, {"redirect_uris": list("http://app.example/cb")}}, redirect},
		"implicit over http":               {[]map[string]any{implicit, {"redirect_uris": list("http://app.example/cb")}}, redirect},
		"implicit on localhost":            {[]map[string]any{implicit, {"redirect_uris": list("https://localhost/cb")}}, redirect},
		"code on localhost over http":      {[]map[string]any{{"redirect_uris": list("http://localhost:8080/cb")}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{})
			r := p.register(good(test.changes...))
			status, count := http.StatusBadRequest, 0
			if test.code == "" {
				status, count = http.StatusCreated, 1
			}
			r.want(t, status, test.code)
			if got := len(p.s.Clients()); got != count {
				t.Errorf("%d clients, want %d", got, count)
			}
		})
	}
}

func TestBodiesAreStrict(t *testing.T) {
	p := newPeer(t, &Server{})
	for name, test := range map[string]struct {
		body, contentType string
		status            int
	}{
		"no media type":          {"{}", "", http.StatusUnsupportedMediaType},
		"other media type":       {"{}", "text/plain", http.StatusUnsupportedMediaType},
		"form":                   {"a=b", "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		"charset is fine":        {`{"grant_types":["client_credentials"]}`, "application/json; charset=utf-8", http.StatusCreated},
		"empty":                  {"", "application/json", http.StatusBadRequest},
		"array":                  {"[]", "application/json", http.StatusBadRequest},
		"null":                   {"null", "application/json", http.StatusBadRequest},
		"broken":                 {`{"a":`, "application/json", http.StatusBadRequest},
		"two objects":            {"{}{}", "application/json", http.StatusBadRequest},
		"a member occurs twice":  {`{"a":1,"a":2}`, "application/json", http.StatusBadRequest},
		"larger than a mebibyte": {`{"a":"` + strings.Repeat("x", maxRequest) + `"}`, "application/json", http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.send("POST", p.s.RegistrationEndpoint(), []byte(test.body), set("Content-Type", test.contentType))
			if r.status != test.status {
				t.Errorf("%d %s, want %d", r.status, short(r.raw), test.status)
			}
		})
	}
}

func TestOtherMethods(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	for _, test := range []struct{ method, url, allow string }{
		{"GET", p.s.RegistrationEndpoint(), "POST"},
		{"DELETE", p.s.RegistrationEndpoint(), "POST"},
		{"POST", cl.URI, "GET, PUT, DELETE"},
		{"PATCH", cl.URI, "GET, PUT, DELETE"},
		{"GET", p.s.TokenEndpoint(), "POST"},
		{"PUT", p.s.AuthorizationEndpoint(), "GET, POST"},
		{"POST", p.s.Issuer() + wellKnownOIDC, "GET"},
		{"POST", p.s.URL() + webFingerPath, "GET"},
	} {
		r := p.send(test.method, test.url, nil, bearer(cl.Token))
		if r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q, want %q", test.method, test.url, r.status, r.header.Get("Allow"), test.allow)
		}
	}
	for _, path := range []string{"/nowhere", "/register/", "/register/a/b", "/", "/.well-known/other"} {
		if r := p.send("GET", p.s.URL()+path, nil); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

func TestUpdateReplacesTheWholeRegistration(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good(map[string]any{
		"grant_types": list("authorization_code", "refresh_token"), "client_uri": "https://app.example", "contacts": list("a"),
		"tos_uri": "https://app.example/tos", "policy_uri": "https://app.example/policy",
	}))
	body := with(cl.ID, good(map[string]any{
		"client_name": "other", "client_secret": cl.Secret, "tos_uri": nil, "policy_uri": "",
	}))
	r := p.send("PUT", cl.URI, encode(body), bearer(cl.Token))
	r.want(t, http.StatusOK, "")
	now, _ := p.s.Client(cl.ID)
	want := map[string]any{
		"redirect_uris": list("https://app.example/cb"), "client_name": "other", "application_type": "web",
		"grant_types": list("authorization_code"), "response_types": list("code"),
		"token_endpoint_auth_method": "client_secret_basic",
	}
	if diff := cmp.Diff(want, now.Metadata); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	if now.Token != cl.Token || now.Secret != cl.Secret || now.URI != cl.URI {
		t.Error("credentials changed")
	}
	read := p.send("GET", cl.URI, nil, bearer(cl.Token))
	if diff := cmp.Diff(r.doc, read.doc); diff != "" || read.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a read shows something else than the update:\n%s", diff)
	}
}

func TestUpdateIsStrict(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]any
		code   string
	}{
		"no client_id":            {map[string]any{"client_id": remove}, "invalid_request"},
		"other client_id":         {map[string]any{"client_id": "x"}, "invalid_request"},
		"registration token":      {map[string]any{"registration_access_token": "x"}, "invalid_request"},
		"registration URI":        {map[string]any{"registration_client_uri": "https://x.example"}, "invalid_request"},
		"issued at":               {map[string]any{"client_id_issued_at": 1}, "invalid_request"},
		"expires at, even null":   {map[string]any{"client_secret_expires_at": nil}, "invalid_request"},
		"wrong secret":            {map[string]any{"client_secret": "x"}, "invalid_request"},
		"bad metadata":            {map[string]any{"client_uri": "x"}, "invalid_client_metadata"},
		"bad redirect URI":        {map[string]any{"redirect_uris": list("x")}, "invalid_redirect_uri"},
		"unknown members dropped": {map[string]any{"unheard_of": map[string]any{}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{})
			cl := p.registered(good())
			r := p.send("PUT", cl.URI, encode(good(map[string]any{"client_id": cl.ID}, test.change)), bearer(cl.Token))
			if test.code == "" {
				r.want(t, http.StatusOK, "")
				return
			}
			r.want(t, http.StatusBadRequest, test.code)
			if now, _ := p.s.Client(cl.ID); !cmp.Equal(now, cl) {
				t.Error("a refused update changed the client")
			}
		})
	}
}

func TestSecretFollowsTheMethod(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good(map[string]any{"token_endpoint_auth_method": "none"}))
	if cl.Secret != "" {
		t.Fatal("a public client has a secret")
	}
	r := p.send("PUT", cl.URI, encode(with(cl.ID, good())), bearer(cl.Token))
	if r.doc["client_secret"] == nil {
		t.Errorf("a client that became confidential got no secret: %s", r.raw)
	}
	p.send("PUT", cl.URI, encode(with(cl.ID, good(map[string]any{"token_endpoint_auth_method": "none"}))), bearer(cl.Token))
	if p.s.CurrentSecret(cl.ID) != "" {
		t.Error("a client that became public kept its secret")
	}
}

func TestSoftwareStatement(t *testing.T) {
	// {"software_id":"good","client_name":"stated","unheard_of":1}
	const statement = "e30.eyJzb2Z0d2FyZV9pZCI6Imdvb2QiLCJjbGllbnRfbmFtZSI6InN0YXRlZCIsInVuaGVhcmRfb2YiOjF9.sig"
	p := newPeer(t, &Server{ApprovedSoftware: []string{"good"}})
	r := p.register(good(map[string]any{"software_statement": statement}))
	r.want(t, http.StatusCreated, "")
	if r.doc["client_name"] != "stated" || r.doc["software_statement"] != statement || r.doc["software_id"] != "good" {
		t.Errorf("the statement's claims do not win, or it did not come back: %s", r.raw)
	}
	p = newPeer(t, &Server{ApprovedSoftware: []string{}})
	p.register(good(map[string]any{"software_statement": statement})).want(t, http.StatusBadRequest, "unapproved_software_statement")
}
