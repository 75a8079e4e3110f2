// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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

func TestDeletion(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(app()).want(t, 201, "")
		uri := p.uri(p.s.Clients()[0].ID)
		if r := p.send("DELETE", uri, nil, admin); r.status != 204 || r.raw != "" {
			t.Fatalf("%d %s", r.status, r.raw)
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			p.send(method, uri, app(), admin).want(t, 401, "")
		}
	})
}

func TestAuthorization(t *testing.T) { each(t, 0, 0, authorization) }

func authorization(t *testing.T, release Release) {
	t.Helper()
	now := fakeop.Epoch
	s := &Server{
		Release: release, Tenants: []string{"a.example"}, Users: map[string]string{"joe": "word"}, Clock: func() time.Time { return now },
	}
	org := Organization("a.example", "o1")
	if release >= Release70 {
		s.Organizations = map[string][]string{"a.example": {"o1"}}
	}
	p := newPeer(t, s)
	p.s.AddClient("", "robot", "word", "internal_dcr_create", "internal_dcr_view")
	p.s.AddClient("a.example", "tenant-robot", "word", "internal_dcr_create")
	create := p.token("", "robot", "internal_dcr_create internal_dcr_delete")
	type row struct {
		place  string
		edit   func(*http.Request)
		status int
	}
	rows := map[string]row{
		"nothing":                        {"", func(*http.Request) {}, 401},
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
	}
	if release >= Release70 {
		p.s.AddClient(org, "org-robot", "word", "internal_org_dcr_create", "internal_dcr_create")
		for name, more := range map[string]row{
			"organization's token":         {org, bearer(p.token(org, "org-robot", "internal_org_dcr_create")), 201},
			"organization, tenant's scope": {org, bearer(p.token(org, "org-robot", "internal_dcr_create")), 403},
			"organization, tenant's token": {org, bearer(p.token("a.example", "tenant-robot", "internal_dcr_create")), 401},
			"organization, administrator":  {org, basic("admin@a.example", "admin"), 401},
		} {
			rows[name] = more
		}
	}
	for name, test := range rows {
		t.Run(name, func(t *testing.T) {
			doc := app(map[string]any{"client_name": strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(name)})
			r := p.send("POST", p.s.RegistrationEndpoint(test.place), doc, test.edit)
			if test.status < 300 {
				r.want(t, test.status, "")
			} else {
				r.wantGate(t, release, test.status)
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
	p.send("GET", p.uri(byRobot), nil, bearer(create)).wantGate(t, release, 403)
	p.send("PUT", p.uri(byRobot), app(), bearer(view)).wantGate(t, release, 403)
	p.send("DELETE", p.uri(byRobot), nil, bearer(create)).wantGate(t, release, 403)
	p.send("GET", p.s.RegistrationEndpoint("a.example")+"/"+byRobot, nil, basic("admin@a.example", "admin")).want(t, 401, "")
	p.s.RevokeTokens()
	p.send("GET", p.uri(byRobot), nil, bearer(view)).wantGate(t, release, 401)
	late := p.token("", "robot", "internal_dcr_view")
	now = now.Add(time.Hour)
	p.send("GET", p.uri(byRobot), nil, bearer(late)).wantGate(t, release, 401)
}

// Each operation wants its own scope, which in organizations has another name.
func TestScopes(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		s := &Server{Release: release, Tenants: []string{"a.example"}}
		want := map[string][]string{
			"":          {"internal_dcr_create", "internal_dcr_view", "internal_dcr_update", "internal_dcr_delete"},
			"a.example": {"internal_dcr_create", "internal_dcr_view", "internal_dcr_update", "internal_dcr_delete"},
		}
		if release >= Release70 {
			s.Organizations = map[string][]string{"a.example": {"o1"}}
			want[Organization("a.example", "o1")] = []string{"internal_org_dcr_create", "internal_org_dcr_view", "internal_org_dcr_update", "internal_org_dcr_delete"}
		}
		p := newPeer(t, s)
		for place, scopes := range want {
			if diff := cmp.Diff(scopes, Scopes(place)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", place, diff)
			}
			id := "robot-" + strings.ReplaceAll(place, "/", "-")
			p.s.AddClient(place, id, "word", scopes...)
			target := p.s.RegistrationEndpoint(place)
			for i, method := range []string{"POST", "GET", "PUT", "DELETE"} {
				others := slices.Delete(slices.Clone(scopes), i, i+1)
				p.send(method, target, app(), bearer(p.token(place, id, strings.Join(others, " ")))).wantGate(t, release, 403)
				r := p.send(method, target, app(), bearer(p.token(place, id, scopes[i])))
				if r.status != []int{201, 200, 200, 204}[i] {
					t.Fatalf("%s %s with %s: %d %s", method, place, scopes[i], r.status, r.raw)
				}
				if method == "POST" {
					target += "/" + stringOf(r.doc, "client_id")
				}
			}
		}
	})
}

func TestBearerOnly(t *testing.T) {
	p := newPeer(t, &Server{Release: ReleaseNext, BearerOnly: true})
	p.s.AddClient("", "robot", "word", Scopes("")...)
	p.register(app()).wantGate(t, ReleaseNext, 401)
	p.send("POST", p.s.RegistrationEndpoint(""), app(), bearer(p.token("", "robot", "internal_dcr_create"))).want(t, 201, "")
}

func TestOpenRegistration(t *testing.T) {
	each(t, Release71, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, OpenRegistration: true})
		p.send("POST", p.s.RegistrationEndpoint(""), app()).want(t, 201, "")
		uri := p.uri(p.s.Clients()[0].ID)
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			p.send(method, uri, app()).wantGate(t, release, 401)
		}
		p.send("GET", uri, nil, admin).want(t, 200, "")
	})
	each(t, 0, Release70, func(t *testing.T, release Release) {
		for _, s := range []*Server{{Release: release, OpenRegistration: true}, {Release: release, MandateStatement: true}} {
			if _, err := s.Serve(); err == nil {
				s.Close()
				t.Error("the release has neither open registration nor software statements")
			}
		}
	})
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
