// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

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
		"tls_client_certificate_bound_access_tokens": false, "subject_type": "public", "ext_token_type": "Default",
		"token_type_extension": "Default", "use_client_id_as_sub_claim_for_app_tokens": true,
		"omit_username_in_introspection_resp_for_app_tokens": true,
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
}

func TestRegistrationIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]any
		code   string
	}{
		"no name":                {map[string]any{"client_name": nil}, invalidMetadata},
		"space in the name":      {map[string]any{"client_name": "my app"}, invalidMetadata},
		"taken name":             {map[string]any{"client_name": "taken"}, invalidMetadata},
		"no redirect URI":        {map[string]any{"redirect_uris": []string{}}, invalidMetadata},
		"broken redirect URI":    {map[string]any{"redirect_uris": []string{"https://a.example/ b"}}, invalidRedirectURI},
		"empty redirect URI":     {map[string]any{"redirect_uris": []string{""}}, invalidRedirectURI},
		"own pattern":            {map[string]any{"redirect_uris": []string{"regexp=(https://a|https://b)"}}, invalidRedirectURI},
		"unsupported grant":      {map[string]any{"grant_types": []string{"wish"}}, invalidMetadata},
		"taken identifier":       {map[string]any{"ext_param_client_id": "taken_taken_taken"}, invalidMetadata},
		"short identifier":       {map[string]any{"ext_param_client_id": "short"}, invalidMetadata},
		"expired secret":         {map[string]any{"ext_param_client_secret_expires_at": 1}, invalidMetadata},
		"relative logout URI":    {map[string]any{"backchannel_logout_uri": "/out"}, invalidMetadata},
		"logout URI with a part": {map[string]any{"backchannel_logout_uri": "https://a.example/#x"}, invalidMetadata},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{Release: ReleaseNext})
			p.register(app(map[string]any{"client_name": "taken", "ext_param_client_id": "taken_taken_taken"})).want(t, 201, "")
			p.register(app(test.change)).want(t, 400, test.code)
			if n := len(p.s.Clients()); n != 1 {
				t.Errorf("%d clients", n)
			}
		})
	}
	p := newPeer(t, &Server{NamePattern: "^[a-z ]+$"})
	p.register(app(map[string]any{"client_name": "my app"})).want(t, 201, "")
	p.send("POST", p.s.RegistrationEndpoint(""), app(), admin, func(r *http.Request) {
		r.Header.Set("Content-Type", "text/plain")
	}).want(t, 415, "")
	for name, wrong := range map[string]*Server{
		"pattern":       {NamePattern: "("},
		"open in 7.0":   {Release: Release70, OpenRegistration: true},
		"statement":     {Release: Release70, MandateStatement: true},
		"organizations": {Release: Release61, Organizations: map[string][]string{SuperTenant: {"o1"}}},
	} {
		if _, err := wrong.Serve(); err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
}

func TestChosenCredentials(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		r := p.register(app(map[string]any{"ext_param_client_id": "my_own_client_id", "ext_param_client_secret": "word", "token_type_extension": "JWT"}))
		if r.doc["client_id"] != "my_own_client_id" || r.doc["client_secret"] != "word" {
			t.Errorf("%s", r.raw)
		}
		if release >= Release70 && (r.doc["ext_token_type"] != "JWT" || r.doc["token_type_extension"] != "JWT") {
			t.Errorf("%s", r.raw)
		}
		r = p.register(app(map[string]any{"client_name": "b", "ext_param_client_secret": "word"}))
		if secret := r.doc["client_secret"]; secret == "word" || secret == "" {
			t.Errorf("a secret was taken without an identifier: %s", r.raw)
		}
	})
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
		"subject_type": "pairwise", "ext_user_token_lifetime": 60, "ext_application_display_name": "App",
	})
	p.register(first).want(t, 201, "")
	p.register(app(map[string]any{"client_name": "other", "id_token_encrypted_response_alg": "RSA-OAEP"})).want(t, 201, "")
	id, secret := p.s.Clients()[0].ID, p.s.Clients()[0].Secret
	put := func(doc map[string]any) reply { return p.send("PUT", p.uri(id), doc, admin) }

	r := put(map[string]any{
		"client_id": "ignored", "client_secret": "ignored", "subject_type": "", "grant_types": []string{},
		"redirect_uris": nil, "require_signed_request_object": true, "jwks_uri": "https://a.example/new",
		"ext_application_display_name": "Other", "ext_application_owner": "joe", "id_token_encrypted_response_alg": "RSA-OAEP",
	})
	r.want(t, 200, "")
	read := p.send("GET", p.uri(id), nil, admin)
	for member, want := range map[string]any{
		"client_id": id, "client_secret": secret, "subject_type": "pairwise", "ext_pkce_mandatory": false,
		"require_signed_request_object": true, "require_pushed_authorization_requests": true,
		"grant_types": []any{"authorization_code"}, "redirect_uris": []any{"https://a.example/cb"},
		"ext_user_token_lifetime": json.Number("60"), "ext_application_owner": "admin",
		"use_client_id_as_sub_claim_for_app_tokens": true,
		// Applied only beside a client_name.
		"jwks_uri": "https://a.example/k", "ext_application_display_name": "App",
		// Only where it was enabled at the registration.
		"id_token_encrypted_response_alg": nil,
	} {
		if diff := cmp.Diff(want, read.doc[member]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", member, diff)
		}
	}
	if r.doc["jwks_uri"] != "https://a.example/new" {
		t.Errorf("the answer's jwks_uri is not the request's: %v", r.doc["jwks_uri"])
	}

	r = put(map[string]any{"client_name": "renamed", "require_pushed_authorization_requests": true, "ext_application_version": "2", "ext_application_display_name": "Other"})
	if _, found := r.doc["jwks_uri"]; found || r.doc["client_name"] != "renamed" || r.doc["ext_application_version"] != "2" ||
		r.doc["require_pushed_authorization_requests"] != false || r.doc["ext_application_display_name"] != "Other" {
		t.Errorf("%s", r.raw)
	}
	put(map[string]any{"client_name": "renamed", "jwks_uri": "https://a.example/new", "token_type_extension": "JWT"}).want(t, 200, "")
	read = p.send("GET", p.uri(id), nil, admin)
	if read.doc["jwks_uri"] != "https://a.example/new" || read.doc["ext_token_type"] != "JWT" || read.doc["ext_application_display_name"] != nil {
		t.Errorf("%s", read.raw)
	}
	put(map[string]any{"client_name": "other"}).want(t, 400, invalidMetadata)
	put(map[string]any{"client_name": "a b"}).want(t, 400, invalidMetadata)
	put(map[string]any{"redirect_uris": []string{"regexp=(a|b)"}}).want(t, 400, invalidRedirectURI)
	other := p.uri(p.s.Clients()[1].ID)
	if r := p.send("PUT", other, map[string]any{"id_token_encrypted_response_alg": "RSA-OAEP-256"}, admin); r.doc["id_token_encrypted_response_alg"] != "RSA-OAEP-256" {
		t.Errorf("%s", r.raw)
	}
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
	now := fakeop.Epoch
	p := newPeer(t, &Server{
		Tenants: []string{"a.example"}, Users: map[string]string{"joe": "word"}, Organizations: map[string][]string{"a.example": {"o1"}},
		Clock: func() time.Time { return now },
	})
	org := Organization("a.example", "o1")
	p.s.AddClient("", "robot", "word", "internal_dcr_create", "internal_dcr_view")
	p.s.AddClient("a.example", "tenant-robot", "word", "internal_dcr_create")
	p.s.AddClient(org, "org-robot", "word", Scopes(org)...)
	none := func(*http.Request) {}
	create := p.token("", "robot", "internal_dcr_create internal_dcr_delete")
	for name, test := range map[string]struct {
		place  string
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
		"tenant's plain user":            {"a.example", basic("joe@a.example", "word"), 403},
		"plain user elsewhere":           {"a.example", basic("joe", "word"), 401},
		"tenant's administrator outside": {"", basic("admin@a.example", "admin"), 401},
		"wrong token":                    {"", bearer("x"), 401},
		"token without the scope":        {"", bearer(p.token("", "robot", "internal_dcr_view")), 403},
		"token with the scope":           {"", bearer(create), 201},
		"token of another tenant":        {"a.example", bearer(create), 401},
		"tenant's token":                 {"a.example", bearer(p.token("a.example", "tenant-robot", "internal_dcr_create")), 201},
		"organization's token":           {org, bearer(p.token(org, "org-robot", "internal_org_dcr_create")), 201},
		"organization, tenant's scope":   {org, bearer(p.token(org, "org-robot", "internal_dcr_create")), 403},
		"organization, tenant's token":   {org, bearer(p.token("a.example", "tenant-robot", "internal_dcr_create")), 401},
		"organization, administrator":    {org, basic("admin@a.example", "admin"), 401},
	} {
		t.Run(name, func(t *testing.T) {
			doc := app(map[string]any{"client_name": strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(name)})
			r := p.send("POST", p.s.RegistrationEndpoint(test.place), doc, test.edit)
			if test.status < 300 {
				r.want(t, test.status, "")
			} else {
				r.wantGate(t, Release73, test.status)
			}
		})
	}
	for _, unknown := range []string{"b.example", Organization("a.example", "o2"), Organization("b.example", "o1")} {
		if r := p.send("POST", p.s.RegistrationEndpoint(unknown), app(), admin); r.status != 404 {
			t.Errorf("%s: %d", unknown, r.status)
		}
	}
	all := p.s.Clients()
	byRobot := all[slices.IndexFunc(all, func(c Client) bool { return c.Metadata["client_name"] == "token-with-the-scope" })].ID
	view := p.token("", "robot", "internal_dcr_view")
	p.send("GET", p.uri(byRobot), nil, bearer(view)).want(t, 200, "")
	p.send("GET", p.uri(byRobot), nil, bearer(create)).wantGate(t, Release73, 403)
	p.send("PUT", p.uri(byRobot), app(), bearer(view)).wantGate(t, Release73, 403)
	p.send("DELETE", p.uri(byRobot), nil, bearer(create)).wantGate(t, Release73, 403)
	p.send("GET", p.s.RegistrationEndpoint("a.example")+"/"+byRobot, nil, basic("admin@a.example", "admin")).want(t, 401, "")
	p.s.RevokeTokens()
	p.send("GET", p.uri(byRobot), nil, bearer(view)).wantGate(t, Release73, 401)
	late := p.token("", "robot", "internal_dcr_view")
	now = now.Add(time.Hour)
	p.send("GET", p.uri(byRobot), nil, bearer(late)).wantGate(t, Release73, 401)
}

func TestBearerOnly(t *testing.T) {
	p := newPeer(t, &Server{Release: ReleaseNext, BearerOnly: true})
	p.s.AddClient("", "robot", "word", Scopes("")...)
	p.register(app()).wantGate(t, ReleaseNext, 401)
	p.send("POST", p.s.RegistrationEndpoint(""), app(), bearer(p.token("", "robot", "internal_dcr_create"))).want(t, 201, "")
}

func TestOpenRegistration(t *testing.T) {
	p := newPeer(t, &Server{OpenRegistration: true})
	p.send("POST", p.s.RegistrationEndpoint(""), app()).want(t, 201, "")
	uri := p.uri(p.s.Clients()[0].ID)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		p.send(method, uri, app()).wantGate(t, Release73, 401)
	}
	p.send("GET", uri, nil, admin).want(t, 200, "")
}

func TestSoftwareStatements(t *testing.T) {
	sign := func(key *ecdsa.PrivateKey) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign([]byte(`{"software_id":"a"}`))
		if err != nil {
			t.Fatal(err)
		}
		statement, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return statement
	}
	key := func() *ecdsa.PrivateKey {
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	good, other := key(), key()
	keys := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: good.Public(), Algorithm: "ES256"}}}
	each(t, Release71, 0, func(t *testing.T, release Release) {
		with := func(statement any) map[string]any { return app(map[string]any{"software_statement": statement}) }
		p := newPeer(t, &Server{Release: release, MandateStatement: true, StatementKeys: keys})
		p.register(with(nil)).want(t, 400, invalidStatement)
		p.register(with("a.b.c")).want(t, 400, invalidStatement)
		p.register(with(sign(other))).want(t, 400, invalidStatement)
		r := p.register(with(sign(good)))
		if r.want(t, 201, ""); r.doc["software_statement"] != nil {
			t.Errorf("the statement is shown: %s", r.raw)
		}
		// Without keys nobody verifies.
		p = newPeer(t, &Server{Release: release, MandateStatement: true})
		p.register(with("a.b.c")).want(t, 400, invalidStatement)
		p.register(with(sign(other))).want(t, 201, "")
	})
}
