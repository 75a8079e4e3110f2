// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type peer struct {
	t      *testing.T
	s      *Server
	client *http.Client
}

type reply struct {
	status int
	header http.Header
	raw    string
	doc    map[string]any
}

func newPeer(t *testing.T, s *Server) *peer {
	t.Helper()
	s.Start(t)
	return &peer{t: t, s: s, client: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *peer) send(method, target string, body any, edits ...func(*http.Request)) reply {
	p.t.Helper()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(encode(body))
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, target, content)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		edit(request)
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, raw: string(raw)}
	r.doc, _ = decode(raw)
	return r
}

func (p *peer) register(doc map[string]any) reply {
	p.t.Helper()
	return p.send("POST", p.s.RegistrationEndpoint(""), doc, admin)
}

func (p *peer) uri(id string) string { return p.s.RegistrationEndpoint("") + "/" + id }

func admin(r *http.Request) { r.SetBasicAuth("admin", "admin") }

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func app(changes ...map[string]any) map[string]any {
	doc := map[string]any{
		"client_name": "app", "grant_types": []string{"authorization_code"}, "redirect_uris": []string{"https://a.example/cb"},
	}
	for _, change := range changes {
		maps.Copy(doc, change)
	}
	return doc
}

// want checks a status, and that a 400 has its three members and other errors no body.
func (r reply) want(t *testing.T, status int, code string) {
	t.Helper()
	if r.status != status || stringOf(r.doc, "error") != code {
		t.Fatalf("%d %s, want %d %q", r.status, r.raw, status, code)
	}
	if r.status == 400 && (stringOf(r.doc, "error_description") == "" || stringOf(r.doc, "traceId") == "") {
		t.Errorf("incomplete 400: %s", r.raw)
	}
	if r.status > 400 && r.raw != "" {
		t.Errorf("%d has a body: %s", r.status, r.raw)
	}
}

func TestRegistration(t *testing.T) {
	p := newPeer(t, &Server{})
	r := p.register(app(map[string]any{
		"ext_pkce_mandatory": true, "ext_user_token_lifetime": 60, "contacts": []string{"a"}, "client_uri": "https://a.example",
		"response_types": []string{"code"}, "backchannel_logout_uri": "https://a.example/out", "jwks_uri": "https://a.example/k",
	}))
	r.want(t, 201, "")
	id := p.s.Clients()[0].ID
	want, _ := decode(encode(map[string]any{
		"client_id": id, "client_secret": p.s.Clients()[0].Secret, "client_secret_expires_at": 0, "client_name": "app",
		"grant_types": []string{"authorization_code"}, "redirect_uris": []string{"https://a.example/cb"},
		"jwks_uri": "https://a.example/k", "ext_pkce_mandatory": true, "ext_pkce_support_plain": false,
		"ext_public_client": false, "ext_application_owner": "admin", "ext_application_token_lifetime": 3600,
		"ext_user_token_lifetime": 60, "ext_refresh_token_lifetime": 86400, "ext_id_token_lifetime": 3600,
		"require_signed_request_object": false, "require_pushed_authorization_requests": false,
		"tls_client_certificate_bound_access_tokens": false, "token_endpoint_allow_reuse_pvt_key_jwt": false,
	}))
	if diff := cmp.Diff(want, r.doc); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	read := p.send("GET", p.uri(id), nil, admin)
	if diff := cmp.Diff(want, read.doc); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if stored, _ := p.s.Client(id); stored.Metadata["backchannel_logout_uri"] != "https://a.example/out" {
		t.Error("the back-channel logout URI is not stored")
	}
	p.send("GET", p.s.RegistrationEndpoint("")+"?client_name=app", nil, admin).want(t, 200, "")
	p.send("GET", p.s.RegistrationEndpoint("")+"?client_name=other", nil, admin).want(t, 401, "")
	p.send("GET", p.s.RegistrationEndpoint(""), nil, admin).want(t, 400, invalidMetadata)
}

func TestRegistrationIsRefused(t *testing.T) {
	const metadata = "invalid_client_metadata"
	for name, test := range map[string]struct {
		change map[string]any
		code   string
	}{
		"no name":                {map[string]any{"client_name": nil}, metadata},
		"space in the name":      {map[string]any{"client_name": "my app"}, metadata},
		"taken name":             {map[string]any{"client_name": "taken"}, metadata},
		"no redirect URI":        {map[string]any{"redirect_uris": []string{}}, metadata},
		"broken redirect URI":    {map[string]any{"redirect_uris": []string{"https://a.example/ b"}}, "invalid_redirect_uri"},
		"empty redirect URI":     {map[string]any{"redirect_uris": []string{""}}, "invalid_redirect_uri"},
		"own pattern":            {map[string]any{"redirect_uris": []string{"regexp=(https://a|https://b)"}}, "invalid_redirect_uri"},
		"unsupported grant":      {map[string]any{"grant_types": []string{"wish"}}, metadata},
		"string for an array":    {map[string]any{"redirect_uris": "x"}, metadata},
		"array for a string":     {map[string]any{"jwks_uri": []string{"x"}}, metadata},
		"string for a boolean":   {map[string]any{"ext_public_client": "true"}, metadata},
		"fraction":               {map[string]any{"ext_user_token_lifetime": 1.5}, metadata},
		"short client id":        {map[string]any{"ext_param_client_id": "x"}, metadata},
		"taken client id":        {map[string]any{"ext_param_client_id": "taken_taken_taken"}, metadata},
		"expired secret":         {map[string]any{"ext_param_client_secret_expires_at": 1}, metadata},
		"relative logout URI":    {map[string]any{"backchannel_logout_uri": "/out"}, metadata},
		"logout URI with a part": {map[string]any{"backchannel_logout_uri": "https://a.example/#x"}, metadata},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{})
			p.register(app(map[string]any{"client_name": "taken", "ext_param_client_id": "taken_taken_taken"})).want(t, 201, "")
			p.register(app(test.change)).want(t, 400, test.code)
			if n := len(p.s.Clients()); n != 1 {
				t.Errorf("%d clients", n)
			}
		})
	}
	p := newPeer(t, &Server{RefuseUnknown: true, NamePattern: "^[a-z ]+$"})
	p.register(app(map[string]any{"client_name": "my app"})).want(t, 201, "")
	p.register(app(map[string]any{"client_uri": "https://a.example"})).want(t, 400, metadata)
	p.send("POST", p.s.RegistrationEndpoint(""), nil, admin).want(t, 400, metadata)
	p.send("POST", p.s.RegistrationEndpoint(""), app(), admin, func(r *http.Request) {
		r.Header.Set("Content-Type", "text/plain")
	}).want(t, 415, "")
	if _, err := (&Server{NamePattern: "("}).Serve(); err == nil {
		t.Error("a broken NamePattern is accepted")
	}
}

func TestChosenCredentials(t *testing.T) {
	p := newPeer(t, &Server{})
	at := fakeop.Epoch.Add(time.Hour).Unix()
	r := p.register(app(map[string]any{
		"ext_param_client_id": "my_own_client_id", "ext_param_client_secret": "word", "ext_param_client_secret_expires_at": at,
		"token_type_extension": "JWT",
	}))
	if r.doc["client_id"] != "my_own_client_id" || r.doc["client_secret"] != "word" || r.doc["ext_token_type"] != "JWT" ||
		string(encode(r.doc["client_secret_expires_at"])) != "1767229200" {
		t.Errorf("%s", r.raw)
	}
	if got := p.s.Clients()[0].SecretExpiresAt; !got.Equal(fakeop.Epoch.Add(time.Hour)) {
		t.Errorf("expires %v", got)
	}
}

func TestRedirectURIs(t *testing.T) {
	two := []string{"https://a.example/cb?x=1&y=?", "https://b.example/cb"}
	for name, test := range map[string]struct {
		server *Server
		send   []string
		want   []any
	}{
		"one":         {&Server{}, two[:1], []any{two[0]}},
		"two":         {&Server{}, two, []any{`regexp=(https://a.example/cb\?x=1&y=?|https://b.example/cb)`}},
		"two decoded": {&Server{DecodeRedirectURIs: true}, two, []any{two[0], two[1]}},
		"none":        {&Server{}, []string{}, []any{""}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, test.server)
			r := p.register(app(map[string]any{"redirect_uris": test.send, "grant_types": []string{"client_credentials"}}))
			if diff := cmp.Diff(test.want, r.doc["redirect_uris"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReturnNullFields(t *testing.T) {
	p := newPeer(t, &Server{ReturnNullFields: true})
	r := p.register(app())
	if value, found := r.doc["jwks_uri"]; !found || value != nil {
		t.Errorf("%s", r.raw)
	}
}

func TestUpdateMerges(t *testing.T) {
	p := newPeer(t, &Server{})
	first := app(map[string]any{
		"jwks_uri": "https://a.example/k", "ext_pkce_mandatory": true, "require_pushed_authorization_requests": true,
		"subject_type": "public", "ext_user_token_lifetime": 60, "ext_application_display_name": "App",
	})
	p.register(first).want(t, 201, "")
	p.register(app(map[string]any{"client_name": "other"})).want(t, 201, "")
	id, secret := p.s.Clients()[0].ID, p.s.Clients()[0].Secret
	put := func(doc map[string]any) reply { return p.send("PUT", p.uri(id), doc, admin) }

	r := put(map[string]any{
		"client_id": "ignored", "client_secret": "ignored", "subject_type": "", "grant_types": []string{},
		"redirect_uris": nil, "require_signed_request_object": true, "jwks_uri": "https://a.example/new",
		"ext_application_display_name": "Other",
	})
	r.want(t, 200, "")
	read := p.send("GET", p.uri(id), nil, admin)
	for member, want := range map[string]any{
		"client_id": id, "client_secret": secret, "subject_type": "public", "ext_pkce_mandatory": false,
		"require_signed_request_object": true, "require_pushed_authorization_requests": true,
		"grant_types": []any{"authorization_code"}, "redirect_uris": []any{"https://a.example/cb"},
		"ext_user_token_lifetime": json.Number("60"),
		// Applied only beside a client_name.
		"jwks_uri": "https://a.example/k", "ext_application_display_name": "App",
	} {
		if diff := cmp.Diff(want, read.doc[member]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", member, diff)
		}
	}
	if r.doc["jwks_uri"] != "https://a.example/new" {
		t.Errorf("the answer's jwks_uri is not the request's: %v", r.doc["jwks_uri"])
	}

	r = put(map[string]any{"client_name": "renamed", "require_pushed_authorization_requests": true, "ext_application_version": "2"})
	if _, found := r.doc["jwks_uri"]; found || r.doc["client_name"] != "renamed" || r.doc["ext_application_version"] != "2" ||
		r.doc["require_pushed_authorization_requests"] != false {
		t.Errorf("%s", r.raw)
	}
	put(map[string]any{"client_name": "renamed", "jwks_uri": "https://a.example/new"}).want(t, 200, "")
	if read := p.send("GET", p.uri(id), nil, admin); read.doc["jwks_uri"] != "https://a.example/new" {
		t.Errorf("%s", read.raw)
	}
	put(map[string]any{"client_name": "other"}).want(t, 400, invalidMetadata)
	put(map[string]any{"client_name": "a b"}).want(t, 400, invalidMetadata)
	put(map[string]any{"redirect_uris": []string{"regexp=(a|b)"}}).want(t, 400, invalidRedirectURI)
}

func TestDeletion(t *testing.T) {
	p := newPeer(t, &Server{})
	p.register(app()).want(t, 201, "")
	uri := p.uri(p.s.Clients()[0].ID)
	if r := p.send("DELETE", uri, nil, admin); r.status != 204 || r.raw != "" {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		p.send(method, uri, app(), admin).want(t, 401, "")
	}
}

func TestAuthorization(t *testing.T) {
	p := newPeer(t, &Server{Tenants: []string{"a.example"}, Users: map[string]string{"joe": "word"}})
	p.s.AddClient("", "robot", "word", "internal_dcr_create", "internal_dcr_view")
	p.s.AddClient("a.example", "tenant-robot", "word", "internal_dcr_create")
	token := func(tenant, id, scope string) string {
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
		r := p.send("POST", p.s.TenantURL(tenant)+pathToken, nil, basic(id, "word"), func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader(form.Encode()))
			r.ContentLength = int64(len(form.Encode()))
		})
		if r.status != 200 {
			t.Fatalf("%d %s", r.status, r.raw)
		}
		return stringOf(r.doc, "access_token")
	}
	none := func(*http.Request) {}
	create := token("", "robot", "internal_dcr_create internal_dcr_delete")
	for name, test := range map[string]struct {
		tenant string
		edit   func(*http.Request)
		status int
	}{
		"nothing":                        {"", none, 401},
		"wrong password":                 {"", basic("admin", "x"), 401},
		"plain user":                     {"", basic("joe", "word"), 403},
		"administrator":                  {"", admin, 201},
		"administrator by full name":     {"", basic("admin@carbon.super", "admin"), 201},
		"administrator elsewhere":        {"a.example", admin, 401},
		"tenant's administrator":         {"a.example", basic("admin@a.example", "admin"), 201},
		"tenant's administrator outside": {"", basic("admin@a.example", "admin"), 401},
		"unknown tenant":                 {"b.example", admin, 404},
		"wrong token":                    {"", bearer("x"), 401},
		"token without the scope":        {"", bearer(token("", "robot", "internal_dcr_view")), 403},
		"token with the scope":           {"", bearer(create), 201},
		"token of another tenant":        {"a.example", bearer(create), 401},
		"tenant's token":                 {"a.example", bearer(token("a.example", "tenant-robot", "internal_dcr_create")), 201},
	} {
		t.Run(name, func(t *testing.T) {
			doc := app(map[string]any{"client_name": strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", "")})
			p.send("POST", p.s.RegistrationEndpoint(test.tenant), doc, test.edit).want(t, test.status, "")
		})
	}
	id := ""
	for _, cl := range p.s.Clients() {
		if cl.Metadata["client_name"] == "administrator" {
			id = cl.ID
		}
	}
	view := token("", "robot", "internal_dcr_view")
	p.send("GET", p.uri(id), nil, bearer(view)).want(t, 200, "")
	p.send("GET", p.uri(id), nil, bearer(create)).want(t, 403, "")
	p.send("PUT", p.uri(id), app(), bearer(view)).want(t, 403, "")
	p.send("DELETE", p.uri(id), nil, bearer(create)).want(t, 403, "")
	p.send("GET", p.s.RegistrationEndpoint("a.example")+"/"+id, nil, basic("admin@a.example", "admin")).want(t, 401, "")
	open := newPeer(t, &Server{OpenRegistration: true})
	open.send("POST", open.s.RegistrationEndpoint(""), app()).want(t, 201, "")
	open.send("GET", open.uri(open.s.Clients()[0].ID), nil).want(t, 401, "")
}
