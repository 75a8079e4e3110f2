// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What the API is in each release, a test for each row.

func TestReleaseNames(t *testing.T) {
	if Release511.String() != "5.11" || ReleaseNext.String() != "next" || Release(0).String() != "Release(0)" || Release(99).String() != "Release(99)" {
		t.Error("wrong names")
	}
	s := &Server{}
	s.Start(t)
	if s.Release != Release73 {
		t.Errorf("the zero value is release %s", s.Release)
	}
}

func TestPathOfTheAPI(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.send("POST", p.s.URL()+"/api/identity/oauth2/dcr/v1.1/register", app(), admin).want(t, 201, "")
		metadata := p.send("GET", p.s.Issuer("")+wellKnown, nil)
		version := "v1.1"
		if release <= Release61 {
			version = "v1.0"
		}
		named := p.s.URL() + "/api/identity/oauth2/dcr/" + version + "/register"
		if metadata.doc["registration_endpoint"] != named {
			t.Errorf("the metadata names %v", metadata.doc["registration_endpoint"])
		}
		// The older API exists in no release: the container's page.
		old := p.s.URL() + "/api/identity/oauth2/dcr/v1.0/register"
		if r := p.send("POST", old, app(), admin); r.status != 404 || !strings.HasPrefix(r.raw, "<!doctype html>") {
			t.Errorf("v1.0: %d %s", r.status, r.raw)
		}
		p.send("POST", old, app()).wantGate(t, release, 401)
	})
	p := newPeer(t, &Server{Release: ReleaseNext, OldRegistrationEndpoint: true})
	if r := p.send("GET", p.s.Issuer("")+wellKnown, nil); !strings.HasSuffix(stringOf(r.doc, "registration_endpoint"), "/dcr/v1.0/register") {
		t.Errorf("as Asgardeo's documentation shows it: %s", r.raw)
	}
}

func TestMembersShown(t *testing.T) {
	base := []string{"client_id", "client_name", "client_secret", "client_secret_expires_at", "grant_types", "redirect_uris"}
	for release, count := range map[Release]int{
		Release511: 6, Release60: 6, Release61: 6, Release70: 33, Release71: 37, Release72: 37, Release73: 38, ReleaseNext: 38,
	} {
		t.Run(release.String(), func(t *testing.T) {
			p := newPeer(t, &Server{Release: release, ReturnNullFields: true})
			r := p.register(app())
			r.want(t, 201, "")
			names := slices.Sorted(maps.Keys(r.doc))
			if len(names) != count || release < Release70 && !slices.Equal(names, base) {
				t.Errorf("%d members are shown, want %d: %v", len(names), count, names)
			}
			if _, found := r.doc["frontchannel_logout_uri"]; found != (release >= Release73) {
				t.Errorf("frontchannel_logout_uri shown: %t", found)
			}
			for _, never := range []string{"registration_access_token", "registration_client_uri", "client_id_issued_at", "software_statement", "contacts", "scope"} {
				if _, found := r.doc[never]; found {
					t.Errorf("%s is shown", never)
				}
			}
			var want any = json.Number("0")
			if release == Release511 {
				want = nil
			}
			if got := r.doc["client_secret_expires_at"]; got != want {
				t.Errorf("client_secret_expires_at = %v, want %v", got, want)
			}
		})
	}
}

func TestSecretsExpireInTheNextReleaseOnly(t *testing.T) {
	at := fakeop.Epoch.Add(time.Hour)
	wish := map[string]any{"ext_param_client_secret_expires_at": at.Unix()}
	p := newPeer(t, &Server{Release: ReleaseNext})
	if r := p.register(app(wish)); string(encode(r.doc["client_secret_expires_at"])) != fmt.Sprint(at.Unix()) {
		t.Errorf("%s", r.raw)
	}
	if got := p.s.Clients()[0].SecretExpiresAt; !got.Equal(at) {
		t.Errorf("expires %v", got)
	}
	p = newPeer(t, &Server{Release: Release73})
	if r := p.register(app(wish)); string(encode(r.doc["client_secret_expires_at"])) != "0" || !p.s.Clients()[0].SecretExpiresAt.IsZero() {
		t.Errorf("%s", r.raw)
	}
}

func TestUnknownMember(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(app()).want(t, 201, "")
		id := p.s.Clients()[0].ID
		for method, r := range map[string]reply{
			"POST": p.register(app(map[string]any{"client_name": "b", "logo_uri": "https://a.example/l"})),
			"PUT":  p.send("PUT", p.uri(id), app(map[string]any{"logo_uri": "https://a.example/l"}), admin),
		} {
			switch {
			case release <= Release61:
				r.wantSentence(t, `Unrecognized field "logo_uri"`)
				if len(r.raw) <= 500 || !strings.Contains(r.raw, `"token_type_extension"`) || strings.Contains(r.raw, `"contacts"`) != (method == "POST") {
					t.Errorf("%s: %d characters: %s", method, len(r.raw), r.raw)
				}
			case release == Release70:
				if trace, found := r.doc["traceId"]; r.status != 400 || r.doc["error"] != invalidMetadata || !found || trace != nil {
					t.Errorf("%s: %d %s", method, r.status, r.raw)
				}
			default:
				if _, found := r.doc["logo_uri"]; r.status >= 300 || found {
					t.Errorf("%s: %d %s", method, r.status, r.raw)
				}
			}
		}
	})
}

func TestMembersOfAnUpdate(t *testing.T) {
	older := []string{
		"backchannel_logout_session_required", "backchannel_logout_uri", "client_id", "client_name", "client_secret", "grant_types",
		"redirect_uris", "token_type_extension",
	}
	each(t, 0, Release61, func(t *testing.T, release Release) {
		if diff := cmp.Diff(older, release.taken(true)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	if names := Release70.taken(true); len(names) != 34 {
		t.Errorf("%d members in 7.0: %v", len(names), names)
	}
	onlyPOST := []string{"contacts", "post_logout_redirect_uris", "request_uris", "url", "application_type", "response_types"}
	values := map[string]any{"url": "https://a.example", "application_type": "web"}
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		for _, name := range onlyPOST {
			value, found := values[name]
			if !found {
				value = []string{"a"}
			}
			r := p.register(app(map[string]any{"client_name": name, name: value}))
			r.want(t, 201, "")
			r = p.send("PUT", p.uri(stringOf(r.doc, "client_id")), map[string]any{name: value}, admin)
			if refused := release <= Release70; (r.status == 400) != refused {
				t.Errorf("PUT of %s: %d %s", name, r.status, r.raw)
			}
		}
	})
}

func TestWrongTypes(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(app(map[string]any{"client_name": "first"})).want(t, 201, "")
		uri := p.uri(p.s.Clients()[0].ID)
		for _, change := range []map[string]any{
			{"redirect_uris": "x"}, {"client_name": []string{"x"}}, {"backchannel_logout_session_required": "true"}, {"grant_types": []any{1}},
		} {
			p.register(app(change)).wantSentence(t, "Can not deserialize instance of java.")
			p.send("PUT", uri, change, admin).wantSentence(t, "Can not deserialize instance of java.")
		}
		p.register(app(map[string]any{"is_management_app": "true"})).wantSentence(t, "Can not deserialize instance of java.")
		p.send("PUT", uri, nil, admin).wantSentence(t, "Unexpected character")
		p.send("POST", p.s.RegistrationEndpoint(""), nil, admin).wantSentence(t, "Unexpected character")
		p.send("POST", p.s.RegistrationEndpoint(""), []any{1}, admin).wantSentence(t, "Unexpected character")
		if all := p.s.Clients(); len(all) != 1 || all[0].Metadata["client_name"] != "first" {
			t.Errorf("%+v", all)
		}
	})
}

func TestUnsupportedGrant(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(app()).want(t, 201, "")
		wish := map[string]any{"client_name": "other", "grant_types": []string{"wish"}}
		for _, r := range []reply{p.register(app(wish)), p.send("PUT", p.uri(p.s.Clients()[0].ID), wish, admin)} {
			if release <= Release61 {
				r.want(t, 500, "")
				continue
			}
			r.want(t, 400, invalidMetadata)
			if r.doc["error_description"] != "'wish' grant type is not allowed." {
				t.Errorf("%s", r.raw)
			}
		}
	})
}

func TestNoName(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		r := p.register(app(map[string]any{"client_name": nil}))
		switch {
		case release <= Release61:
			r.want(t, 500, "")
		case release <= Release71:
			r.want(t, 201, "")
		default:
			r.want(t, 400, invalidMetadata)
		}
	})
}

func TestRedirectURIs(t *testing.T) {
	two := []string{"https://a.example/cb?x=1&y=?", "https://b.example/cb"}
	pattern := []any{`regexp=(https://a.example/cb\?x=1&y=?|https://b.example/cb)`}
	each(t, 0, 0, func(t *testing.T, release Release) {
		for name, test := range map[string]struct {
			older bool
			send  []string
			want  []any
		}{
			"one":                   {false, two[:1], []any{two[0]}},
			"two":                   {false, two, pattern},
			"two, older":            {true, two, pattern},
			"none":                  {false, []string{}, []any{""}},
			"none is an empty text": {false, nil, []any{""}},
		} {
			if release == ReleaseNext && name == "two" {
				test.want = anys(two)
			}
			p := newPeer(t, &Server{Release: release, OlderInstallation: test.older})
			r := p.register(app(map[string]any{"redirect_uris": test.send, "grant_types": []string{"client_credentials"}}))
			if diff := cmp.Diff(test.want, r.doc["redirect_uris"]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestHashedSecrets(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, HashSecrets: true})
		secret := stringOf(p.register(app(map[string]any{"grant_types": []string{"client_credentials"}})).doc, "client_secret")
		id := p.s.Clients()[0].ID
		if r := p.send("GET", p.uri(id), nil, admin); secret == "" || r.doc["client_secret"] != secret {
			t.Errorf("while it is cached: %s", r.raw)
		}
		p.s.ForgetSecrets()
		for method, r := range map[string]reply{
			"GET": p.send("GET", p.uri(id), nil, admin), "PUT": p.send("PUT", p.uri(id), map[string]any{}, admin),
		} {
			stored, err := decode([]byte(stringOf(r.doc, "client_secret")))
			if err != nil || stored["algorithm"] != "SHA-256" || len(stringOf(stored, "hash")) != 64 {
				t.Errorf("%s later: %s", method, r.raw)
			}
		}
		if r := p.ask("", id, secret, "client_credentials", ""); r.status != 200 {
			t.Errorf("the token endpoint on the true secret: %d %s", r.status, r.raw)
		}
	})
	p := newPeer(t, &Server{})
	secret := p.register(app()).doc["client_secret"]
	p.s.ForgetSecrets()
	if r := p.send("GET", p.uri(p.s.Clients()[0].ID), nil, admin); r.doc["client_secret"] != secret {
		t.Errorf("without hashing: %s", r.raw)
	}
}

func TestMissingClientAndRefusedCredential(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, Users: map[string]string{"joe": "word"}, Administrators: map[string]string{"other": "word"}})
		p.register(app()).want(t, 201, "")
		mine := p.uri(p.s.Clients()[0].ID)
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			p.send(method, p.uri("nobody"), app(), admin).want(t, 401, "")
			p.send(method, mine, app(), basic("admin", "x")).wantGate(t, release, 401)
			p.send(method, mine, app(), bearer("x")).wantGate(t, release, 401)
			p.send(method, mine, app()).wantGate(t, release, 401)
			p.send(method, mine, app(), basic("joe", "word")).wantGate(t, release, 403)
			// Another administrator lacks the role of the application: 403 without a word.
			p.send(method, mine, app(), basic("other", "word")).want(t, 403, "")
		}
		p.s.GrantRole(p.s.Clients()[0].ID, "other")
		p.send("GET", mine, nil, basic("other", "word")).want(t, 200, "")
		// The registration endpoint alone tells a bad credential from a missing client.
		p.send("GET", p.s.RegistrationEndpoint(""), nil, admin).want(t, 400, invalidMetadata)
		p.send("GET", p.s.RegistrationEndpoint(""), nil, basic("admin", "x")).wantGate(t, release, 401)
		p.send("GET", p.s.RegistrationEndpoint(""), nil).wantGate(t, release, 401)
	})
}

func TestDuplicateName(t *testing.T) {
	each(t, 0, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release, Tenants: []string{"a.example"}})
		p.register(app()).want(t, 201, "")
		r := p.register(app())
		r.want(t, 400, invalidMetadata)
		if r.doc["error_description"] != "Application with the name app already exist in the system" {
			t.Errorf("%s", r.raw)
		}
		p.send("POST", p.s.RegistrationEndpoint("a.example"), app(), basic("admin@a.example", "admin")).want(t, 201, "")
		list := p.s.RegistrationEndpoint("") + "?client_name="
		found := p.send("GET", list+"app", nil, admin)
		if found.want(t, 200, ""); found.doc["client_id"] != p.s.Clients()[0].ID {
			t.Errorf("%s", found.raw)
		}
		p.send("GET", list+"other", nil, admin).want(t, 401, "")
	})
}

func TestDefaults(t *testing.T) {
	each(t, Release70, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		r := p.register(app())
		if r.doc["subject_type"] != "public" || r.doc["ext_token_type"] != "Default" || r.doc["token_type_extension"] != "Default" {
			t.Errorf("%s", r.raw)
		}
	})
}

func TestAuthenticationMethods(t *testing.T) {
	with := func(method string, reuseKey any) map[string]any {
		return app(map[string]any{"token_endpoint_auth_method": method, reuse: reuseKey})
	}
	each(t, Release71, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(with("private_key_jwt", nil)).want(t, 400, invalidMetadata)
		p.register(with("client_secret_basic", false)).want(t, 400, invalidMetadata)
		p.register(with("none", nil)).want(t, 400, invalidMetadata)
		p.register(app(map[string]any{"client_name": "basic"})).want(t, 201, "")
		for method, value := range map[string]any{"private_key_jwt": nil, "client_secret_basic": false, "none": nil} {
			wish := map[string]any{"token_endpoint_auth_method": method, reuse: value}
			p.send("PUT", p.uri(p.s.Clients()[0].ID), wish, admin).want(t, 400, invalidMetadata)
		}
		for _, value := range []bool{false, true} {
			r := p.register(app(with("private_key_jwt", value), map[string]any{"client_name": fmt.Sprint(value)}))
			if r.want(t, 201, ""); r.doc[reuse] != value {
				t.Errorf("%s", r.raw)
			}
		}
		r := p.register(app(map[string]any{"client_name": "public", "ext_public_client": true, "grant_types": []string{"client_credentials"}}))
		r.want(t, 201, "")
		if _, found := r.doc[reuse]; found || r.doc["ext_public_client"] != true {
			t.Errorf("%s", r.raw)
		}
	})
	// In 7.0 nobody can have what private_key_jwt needs, and before, no method was a member.
	each(t, 0, Release70, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		p.register(app()).want(t, 201, "")
		for _, method := range []string{"private_key_jwt", "none"} {
			wish := map[string]any{"client_name": "other", "token_endpoint_auth_method": method}
			for _, r := range []reply{p.register(app(wish)), p.send("PUT", p.uri(p.s.Clients()[0].ID), wish, admin)} {
				if release == Release70 {
					r.want(t, 400, invalidMetadata)
				} else {
					r.wantSentence(t, `Unrecognized field "token_endpoint_auth_method"`)
				}
			}
		}
	})
	each(t, Release70, 0, func(t *testing.T, release Release) {
		p := newPeer(t, &Server{Release: release})
		r := p.register(app(map[string]any{"ext_public_client": true}))
		if r.want(t, 201, ""); r.doc["ext_public_client"] != true {
			t.Errorf("%s", r.raw)
		}
		// Without a secret, it is asked for its code and not for a secret.
		id := p.s.Clients()[0].ID
		asked := p.form("", url.Values{"grant_type": {"authorization_code"}, "client_id": {id}, "code": {"x"}})
		if asked.status != 400 || asked.doc["error"] != "invalid_grant" {
			t.Errorf("%d %s", asked.status, asked.raw)
		}
	})
}
