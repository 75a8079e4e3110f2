// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var keycloakFacts = facts{
	OpenID: "200", OAuth: "200", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{
		"application_type", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
		"software_id", "software_version", "tos_uri",
	},
	// grant_types in an order of its own, redirect_uris deduplicated, "none" added to response_types.
	Changed: []string{"grant_types", "redirect_uris", "response_types"},
	Added: []string{
		"backchannel_logout_session_required", "dpop_bound_access_tokens", "frontchannel_logout_session_required",
		"post_logout_redirect_uris", "request_uris", "require_pushed_authorization_requests", "subject_type",
		"tls_client_certificate_bound_access_tokens",
	},
	Read: 200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
	ReadDropped: []string{
		"application_type", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
		"software_id", "software_version", "tos_uri",
	},
	ReadChanged: []string{"grant_types", "redirect_uris", "response_types"},
	Update:      200, UpdateToken: "new", UpdateSecret: "same", UpdateURI: "same", OldToken: 401,
	UpdateSecretSent: 200, UpdateEcho: 200, UpdateForbidden: 200, UpdateOmitted: "kept", UpdateNull: "kept",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	// Here unauthorized_client is a wrong secret of a live client, and invalid_client a client that is gone.
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 unauthorized_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "400",
	Delete: 204, ReadDeleted: 401,
}

// keycloakMore is what Keycloak's sources say, and what was found beside it.
func keycloakMore(t *testing.T, i *Instance) {
	register := func(t *testing.T, change func(map[string]any)) answer {
		t.Helper()
		doc := document(i)
		change(doc)
		return call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, doc)
	}
	t.Run("an unknown member is refused, by a sentence where the code belongs", func(t *testing.T) {
		for _, name := range []string{"x_unknown", "client_name#ja", "software_statement"} {
			a := register(t, func(doc map[string]any) { doc[name] = "x" })
			if a.Status != 400 || !strings.Contains(a.text("error"), `Unrecognized field "`+name+`"`) {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
	})
	t.Run("openid is no client scope and is refused by a policy", func(t *testing.T) {
		a := register(t, func(doc map[string]any) { doc["scope"] = "openid profile" })
		if a.Status != 403 || a.text("error") != "insufficient_scope" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("an update merges", func(t *testing.T) { keycloakMerge(t, i) })
	t.Run("an administrator's new token replaces the lost one", func(t *testing.T) {
		h := handleOf(register(t, func(map[string]any) {}), Handle{})
		token, err := i.NewToken(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		for authorization, want := range map[string]int{bearer(h.RegistrationAccessToken): 401, bearer(token): 200} {
			if a := call(t, http.MethodGet, h.RegistrationClientURI, authorization, nil); a.Status != want {
				t.Errorf("%d, want %d", a.Status, want)
			}
		}
	})
}

// keycloakMerge pins what each way of leaving a member out of an update does to it.
func keycloakMerge(t *testing.T, i *Instance) {
	doc := map[string]any{
		"redirect_uris": []any{i.Redirect + "/a"}, "client_name": "Merge", "client_uri": i.Redirect + "/", "scope": "profile email",
		"post_logout_redirect_uris": []any{i.Redirect + "/out"}, "backchannel_logout_uri": i.Redirect + "/bc",
		"frontchannel_logout_session_required": true, "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true,
		"id_token_signed_response_alg": "ES256", "request_uris": []any{i.Redirect + "/r"},
	}
	posted := call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, doc)
	h := handleOf(posted, Handle{})
	registered := metadataOf(posted)
	update := func(t *testing.T, change func(map[string]any)) answer {
		t.Helper()
		body := metadataOf(posted)
		for name, v := range doc {
			body[name] = v
		}
		body["client_id"] = h.ClientID
		change(body)
		a := call(t, http.MethodPut, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), body)
		h = handleOf(a, h)
		return a
	}
	// For each member: what an update shows that leaves it out, sends null, or sends the kind's empty value.
	for _, c := range []struct {
		member               string
		empty                any
		omitted, null, blank any
	}{
		{"client_name", "", "Merge", "Merge", ""},
		{"client_uri", "", i.Redirect + "/", i.Redirect + "/", ""},
		{"scope", "", "profile email", "profile email", ""},
		{"backchannel_logout_uri", "", nil, nil, nil},
		{"id_token_signed_response_alg", "", nil, nil, nil},
		{"post_logout_redirect_uris", []any{}, doc["post_logout_redirect_uris"], doc["post_logout_redirect_uris"], doc["redirect_uris"]},
		{"request_uris", []any{}, doc["request_uris"], doc["request_uris"], []any{}},
		{"frontchannel_logout_session_required", false, false, false, false},
		{"require_pushed_authorization_requests", false, true, true, false},
		{"dpop_bound_access_tokens", false, true, true, false},
	} {
		got := map[string]any{}
		for how, change := range map[string]func(map[string]any){
			"omitted": func(body map[string]any) { delete(body, c.member) },
			"null":    func(body map[string]any) { body[c.member] = nil },
			"blank":   func(body map[string]any) { body[c.member] = c.empty },
		} {
			update(t, func(map[string]any) {})
			a := update(t, change)
			if a.Status != 200 {
				t.Errorf("%s %s: %d %s", c.member, how, a.Status, a.Body)
			}
			got[how] = a.JSON[c.member]
		}
		want := map[string]any{"omitted": c.omitted, "null": c.null, "blank": c.blank}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, registered as %v (-known +now):\n%s", c.member, registered[c.member], diff)
		}
	}
	if a := update(t, func(body map[string]any) { body["scope"] = "email" }); a.text("scope") != "email" {
		t.Errorf("an update of the scope: %d %s", a.Status, a.Body)
	}
	if a := update(t, func(body map[string]any) { body["client_secret"] = "another" }); a.Status != 200 || became(a, "client_secret", h.ClientSecret) != "same" {
		t.Errorf("an update with another secret: %d %s", a.Status, a.Body)
	}
	if a := update(t, func(body map[string]any) { delete(body, "client_id") }); a.Status != 500 {
		t.Errorf("an update without the client_id: %d %s", a.Status, a.Body)
	}
}
