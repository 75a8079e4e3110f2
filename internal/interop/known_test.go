// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A known is what was measured on a server: the facts, and what only this server is asked.
type known struct {
	facts facts
	more  func(t *testing.T, i *Instance)
}

// with returns f as changed by change: for configurations that differ in a few facts.
func with(f facts, change func(*facts)) facts {
	change(&f)
	return f
}

var oidcProvider9Facts = facts{
	OpenID: "200", OAuth: "200", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{"client_name#ja", "software_id", "software_version", "x_unknown"},
	Changed: []string{"redirect_uris"}, // deduplicated
	Added: []string{
		"authorization_details_types", "authorization_signed_response_alg", "backchannel_logout_session_required",
		"backchannel_user_code_parameter", "dpop_bound_access_tokens", "introspection_signed_response_alg",
		"post_logout_redirect_uris", "require_pushed_authorization_requests", "require_signed_request_object",
		"subject_type", "tls_client_certificate_bound_access_tokens",
	},
	Read: 200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
	ReadDropped: []string{"client_name#ja", "software_id", "software_version", "x_unknown"},
	ReadChanged: []string{"redirect_uris"},
	Update:      200, UpdateToken: "new", UpdateSecret: "same", UpdateURI: "same", OldToken: 401,
	UpdateSecretSent: 200, UpdateEcho: 200, UpdateForbidden: 400, UpdateOmitted: "removed", UpdateNull: "removed",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "400",
	Delete: 204, ReadDeleted: 401,
}

var knownFacts = map[string]known{
	"oidc-provider-9": {facts: oidcProvider9Facts, more: func(t *testing.T, i *Instance) {
		t.Run("a token on another client's URI is revoked", func(t *testing.T) { revokedElsewhere(t, i, 401) })
		t.Run("null and empty values are refused by a registration", func(t *testing.T) {
			for _, v := range []any{nil, ""} {
				doc := document(i)
				doc["client_uri"] = v
				if a := call(t, http.MethodPost, i.RegistrationEndpoint, "", doc); a.Status != 400 || a.text("error") != "invalid_client_metadata" {
					t.Errorf("client_uri %v: %d %s", v, a.Status, a.Body)
				}
			}
		})
	}},
	"oidc-provider-9-no-rotation":        {facts: with(oidcProvider9Facts, func(f *facts) { f.UpdateToken, f.OldToken = "same", 200 })},
	"oidc-provider-9-iat":                {facts: oidcProvider9Facts, more: needsToken},
	"oidc-provider-9-client-credentials": {facts: oidcProvider9Facts, more: needsToken},
	// The read that OpenID Connect defines, and no more.
	"oidc-provider-9-unmanaged": {facts: with(oidcProvider9Facts, func(f *facts) {
		f.Update, f.UpdateToken, f.UpdateSecret, f.UpdateURI, f.OldToken = 404, "absent", "absent", "absent", 200
		f.UpdateSecretSent, f.UpdateEcho, f.UpdateForbidden, f.UpdateOmitted, f.UpdateNull = 404, 404, 404, "Not Found", "Not Found"
		f.Delete, f.ReadDeleted, f.TokenDeleted, f.AuthorizeDeleted = 404, 200, "400 invalid_grant", "redirect"
	})},
	"oidc-provider-5": {
		facts: facts{
			OpenID: "200", OAuth: "404", WebFinger: 200,
			Register: 201, Token: true, URI: true, SecretLifetime: "never",
			Dropped: []string{"client_name#ja", "scope", "software_id", "software_version", "x_unknown"},
			Changed: []string{"redirect_uris"},
			Added: []string{
				"backchannel_logout_session_required", "frontchannel_logout_session_required", "introspection_endpoint_auth_method",
				"post_logout_redirect_uris", "request_uris", "revocation_endpoint_auth_method", "subject_type",
			},
			Read: 200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
			ReadDropped: []string{"client_name#ja", "scope", "software_id", "software_version", "x_unknown"},
			ReadChanged: []string{"redirect_uris"},
			// Each of these updates lacks a member that the server has, or its secret. See fullUpdate.
			Update: 400, UpdateToken: "absent", UpdateSecret: "absent", UpdateURI: "absent", OldToken: 200,
			UpdateSecretSent: 400, UpdateEcho: 400, UpdateForbidden: 400, UpdateOmitted: "Bad Request", UpdateNull: "Bad Request",
			NoToken: 400, BadToken: 401, LowerCase: 400,
			TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
			AuthorizeAlive: "redirect", AuthorizeDeleted: "400",
			Delete: 204, ReadDeleted: 401,
		},
		more: func(t *testing.T, i *Instance) {
			t.Run("an update needs every member and the secret", func(t *testing.T) { fullUpdate(t, i) })
			t.Run("a token on another client's URI is revoked", func(t *testing.T) { revokedElsewhere(t, i, 401) })
			t.Run("WebFinger names the issuer for any resource", func(t *testing.T) {
				a := call(t, http.MethodGet, i.Issuer+"/.well-known/webfinger?resource="+url.QueryEscape("acct:"+i.WebFingerResource)+
					"&rel="+url.QueryEscape("http://openid.net/specs/connect/1.0/issuer"), "", nil)
				want := map[string]any{
					"subject": "acct:" + i.WebFingerResource,
					"links":   []any{map[string]any{"rel": "http://openid.net/specs/connect/1.0/issuer", "href": i.Issuer}},
				}
				if diff := cmp.Diff(want, a.JSON); a.Status != 200 || diff != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/jrd+json") {
					t.Errorf("%d %s %s", a.Status, a.Header.Get("Content-Type"), diff)
				}
			})
		},
	},
	"mcp-sdk": {
		facts: facts{
			OpenID: "404", OAuth: "200", WebFinger: 404,
			Register: 201, SecretLifetime: "30 days",
			Dropped: []string{
				"application_type", "client_name#ja", "default_max_age", "id_token_signed_response_alg", "require_auth_time", "x_unknown",
			},
		},
		more: func(t *testing.T, i *Instance) {
			for _, path := range []string{".well-known/openid-configuration", ".well-known/webfinger?resource=x"} {
				if a := call(t, http.MethodGet, i.Issuer+path, "", nil); a.Status != 404 {
					t.Errorf("%s: %d, RFC 8414 metadata only was measured before", path, a.Status)
				}
			}
			t.Run("malformed JSON gets HTML", func(t *testing.T) {
				a := post(t, i.RegistrationEndpoint, "application/json", `{"redirect_uris":`)
				if a.Status != 400 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
					t.Errorf("%d %s", a.Status, a.Header.Get("Content-Type"))
				}
			})
			t.Run("the twenty-first request of an hour is told to wait", func(t *testing.T) {
				limited(t, i, 20, "Retry-After")
			})
		},
	},
	"better-auth": {
		facts: facts{
			OpenID: "200", OAuth: "200", WebFinger: 404,
			Register: 201, SecretLifetime: "never",
			Dropped: []string{"client_name#ja", "default_max_age", "id_token_signed_response_alg", "require_auth_time", "x_unknown"},
			Changed: []string{"scope"},
			Added:   []string{"disabled", "dpop_bound_access_tokens"},
		},
		more: func(t *testing.T, i *Instance) {
			t.Run("refused metadata has an RFC 7591 error, a body that is no JSON a message and a code", func(t *testing.T) {
				doc := document(i)
				doc["redirect_uris"] = "not a list"
				if a := call(t, http.MethodPost, i.RegistrationEndpoint, "", doc); a.Status != 400 || a.text("error") != "invalid_redirect_uri" {
					t.Errorf("%d %s", a.Status, a.Body)
				}
				if a := post(t, i.RegistrationEndpoint, "text/plain", `{}`); a.Status != 415 || a.text("message") == "" || a.text("code") == "" || a.text("error") != "" {
					t.Errorf("%d %s", a.Status, a.Body)
				}
				if a := post(t, i.RegistrationEndpoint, "application/json", `{"redirect_uris":`); a.Status != 400 || a.text("message") == "" || a.text("code") == "" || a.text("error") != "" {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			})
			t.Run("the sixth request of a minute is told to wait", func(t *testing.T) {
				limited(t, start(t, betterAuthServer(map[string]string{"LIMIT": "true"})), 5, "X-Retry-After")
			})
		},
	},
	"nanoidp":                             {facts: nanoidpFacts},
	"django-oauth-toolkit":                {facts: djangoFacts},
	"django-oauth-toolkit-no-rotation":    {facts: with(djangoFacts, func(f *facts) { f.UpdateToken, f.OldToken = "same", 200 })},
	"authlib":                             {facts: authlibFacts, more: authlibMore},
	"spring-authorization-server-connect": {facts: springFacts, more: springMore},
	"spring-authorization-server-oauth2": {facts: facts{
		OpenID: "200 without endpoint", OAuth: "200", WebFinger: 302,
		Register: 201, SecretLifetime: "never",
		Dropped: slices.Sorted(slices.Values(append(slices.Clone(springFacts.Dropped), "id_token_signed_response_alg"))), Changed: springFacts.Changed,
	}},
	"mitreid":            {facts: mitreidFacts},
	"keycloak":           {facts: keycloakFacts, more: keycloakMore},
	"keycloak-anonymous": {facts: keycloakFacts},
	"keycloak-no-rotation": {
		facts: with(keycloakFacts, func(f *facts) { f.UpdateToken, f.OldToken = "same", 200 }),
	},
	"wso2": {facts: facts{
		OpenID: "200", OAuth: "404", WebFinger: 200,
		Register: 201, SecretLifetime: "never",
		Dropped: []string{
			"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
			"response_types", "scope", "software_id", "software_version", "tos_uri", "x_unknown",
		},
		Added: []string{
			"ext_application_owner", "ext_application_token_lifetime", "ext_id_token_lifetime", "ext_pkce_mandatory", "ext_pkce_support_plain",
			"ext_public_client", "ext_refresh_token_lifetime", "ext_token_type", "ext_user_token_lifetime",
			"omit_username_in_introspection_resp_for_app_tokens", "require_pushed_authorization_requests",
			"require_signed_request_object", "subject_type", "tls_client_certificate_bound_access_tokens", "token_type_extension",
			"use_client_id_as_sub_claim_for_app_tokens",
		},
		// By the credential of the registration: there are no tokens and no addresses.
		Read: 200, ReadToken: "absent", ReadSecret: "same", ReadURI: "absent",
		ReadDropped: []string{
			"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
			"response_types", "scope", "software_id", "software_version", "tos_uri", "x_unknown",
		},
		Update: 200, UpdateToken: "absent", UpdateSecret: "same", UpdateURI: "absent",
		UpdateSecretSent: 200, UpdateEcho: 200, UpdateOmitted: "removed", UpdateNull: "removed",
		NoToken: 401, BadToken: 401,
		TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
		AuthorizeAlive: "redirect", AuthorizeDeleted: "302",
		Delete: 204, ReadDeleted: 401,
	}},
	"hydra": {facts: hydraFacts},
	"glewlwyd": {
		facts: facts{
			OpenID: "200", OAuth: "404", WebFinger: 404,
			Register: 200, Token: true, URI: true, SecretLifetime: "never",
			Read: 200, ReadToken: "absent", ReadSecret: "same", ReadURI: "absent",
			ReadDropped: []string{
				"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "id_token_signed_response_alg",
				"logo_uri", "policy_uri", "require_auth_time", "scope", "software_id", "software_version", "tos_uri", "x_unknown",
			},
			ReadChanged: []string{"grant_types", "token_endpoint_auth_method"}, // reordered; an array
			Update:      200, UpdateToken: "absent", UpdateSecret: "new", UpdateURI: "absent", OldToken: 200,
			UpdateSecretSent: 200, UpdateEcho: 400, UpdateForbidden: 200, UpdateOmitted: "removed", UpdateNull: "Bad Request",
			NoToken: 401, BadToken: 401, LowerCase: 200,
			// A deleted client and a wrong secret look alike at the token endpoint.
			TokenAlive: "403 invalid_code", TokenWrongSecret: "403 unauthorized_client", TokenDeleted: "403 unauthorized_client",
			AuthorizeAlive: "redirect", AuthorizeDeleted: "403",
			Delete: 200, ReadDeleted: 401,
		},
		more: func(t *testing.T, i *Instance) {
			t.Run("a token on another client's URI is revoked", func(t *testing.T) { revokedElsewhere(t, i, 401) })
		},
	},
}

// limited registers until the server refuses, which shall be after at most allowed registrations, with its
// waiting time in the header.
func limited(t *testing.T, i *Instance, allowed int, header string) {
	t.Helper()
	for n := 1; n <= allowed+1; n++ {
		a := call(t, http.MethodPost, i.RegistrationEndpoint, "", document(i))
		if a.Status != 429 {
			continue
		}
		if seconds, err := strconv.Atoi(a.Header.Get(header)); err != nil || seconds < 1 {
			t.Errorf("%s: %q", header, a.Header.Get(header))
		}
		return
	}
	t.Errorf("no 429 within %d registrations", allowed+1)
}

// revokedElsewhere shows what becomes of a registration access token that is tried at another client's URI.
func revokedElsewhere(t *testing.T, i *Instance, want int) {
	a := handleOf(call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, document(i)), Handle{})
	b := handleOf(call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, document(i)), Handle{})
	if got := call(t, http.MethodGet, b.RegistrationClientURI, bearer(a.RegistrationAccessToken), nil).Status; got < 400 {
		t.Errorf("one client's token at another's URI: %d", got)
	}
	if got := call(t, http.MethodGet, a.RegistrationClientURI, bearer(a.RegistrationAccessToken), nil).Status; got != want {
		t.Errorf("the token at its own client afterwards: %d, not %d as measured before", got, want)
	}
}

// needsToken shows that the registration is refused without its token.
func needsToken(t *testing.T, i *Instance) {
	for _, authorization := range []string{"", "Bearer made-up"} {
		a := call(t, http.MethodPost, i.RegistrationEndpoint, authorization, document(i))
		if a.Status != 401 {
			t.Errorf("a registration with %q: %d %s", authorization, a.Status, a.Body)
		}
	}
}

// fullUpdate shows the only update that oidc-provider 5 takes: all that it has, with the secret, and null or
// "" for what shall go.
func fullUpdate(t *testing.T, i *Instance) {
	posted := call(t, http.MethodPost, i.RegistrationEndpoint, "", document(i))
	h := handleOf(posted, Handle{})
	for _, empty := range []any{nil, ""} {
		body := metadataOf(posted)
		body["client_id"], body["client_secret"], body["client_name"], body["client_uri"] = h.ClientID, h.ClientSecret, "Full", empty
		a := call(t, http.MethodPut, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), body)
		if a.Status != 200 || a.text("client_name") != "Full" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if v, ok := a.JSON["client_uri"]; ok {
			t.Errorf("client_uri, sent as %v, is %v", empty, v)
		}
		if got := became(a, "registration_access_token", h.RegistrationAccessToken) + " " + became(a, "client_secret", h.ClientSecret); got != "new same" {
			t.Errorf("token and secret after an update: %s", got)
		}
		h = handleOf(a, h)
		body["client_uri"] = i.Redirect + "/again"
		h = handleOf(call(t, http.MethodPut, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), body), h)
	}
}
