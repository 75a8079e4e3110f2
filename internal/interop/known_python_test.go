// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"net/http"
	"testing"
)

var nanoidpFacts = facts{
	OpenID: "200", OAuth: "200", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "id_token_signed_response_alg", "logo_uri",
		"policy_uri", "require_auth_time", "response_types", "software_id", "software_version", "tos_uri", "x_unknown",
	},
	Read: 200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
	ReadDropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "id_token_signed_response_alg", "logo_uri",
		"policy_uri", "require_auth_time", "response_types", "software_id", "software_version", "tos_uri", "x_unknown",
	},
	// There is no update at all.
	Update: 405, UpdateToken: "absent", UpdateSecret: "absent", UpdateURI: "absent", OldToken: 200,
	UpdateSecretSent: 405, UpdateEcho: 405, UpdateForbidden: 405, UpdateOmitted: "Method Not Allowed", UpdateNull: "Method Not Allowed",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "400",
	Delete: 204, ReadDeleted: 401,
}

var djangoFacts = facts{
	OpenID: "200 without endpoint", OAuth: "200", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "",
	Dropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "id_token_signed_response_alg", "logo_uri",
		"policy_uri", "require_auth_time", "response_types", "scope", "software_id", "software_version", "tos_uri", "x_unknown",
	},
	Changed: []string{"grant_types"}, // in an order of its own
	Read:    200, ReadToken: "same", ReadSecret: "absent", ReadURI: "same",
	ReadDropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "id_token_signed_response_alg", "logo_uri",
		"policy_uri", "require_auth_time", "response_types", "scope", "software_id", "software_version", "tos_uri", "x_unknown",
	},
	ReadChanged: []string{"grant_types"},
	// The secret is stored hashed, and only shown once.
	Update: 200, UpdateToken: "new", UpdateSecret: "absent", UpdateURI: "same", OldToken: 401,
	UpdateSecretSent: 200, UpdateEcho: 200, UpdateForbidden: 200, UpdateOmitted: "removed", UpdateNull: "removed",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "500", AuthorizeDeleted: "400", // prompt=none is not implemented
	Delete: 204, ReadDeleted: 401,
}

var authlibFacts = facts{
	OpenID: "200", OAuth: "404", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{"client_name#ja", "x_unknown"},
	Read:    200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
	ReadDropped: []string{"client_name#ja", "x_unknown"},
	// An update merges, as the documentation shows it.
	Update: 200, UpdateToken: "same", UpdateSecret: "same", UpdateURI: "same", OldToken: 200,
	UpdateSecretSent: 200, UpdateEcho: 200, UpdateForbidden: 400, UpdateOmitted: "kept", UpdateNull: "removed",
	// A token that is missing, unknown or revoked is 400 access_denied.
	NoToken: 400, BadToken: 400, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "400",
	Delete: 204, ReadDeleted: 401,
}

// authlibMore shows that the first read of a deleted client revokes the token, which is then refused as an unknown one is.
func authlibMore(t *testing.T, i *Instance) {
	h := handleOf(call(t, http.MethodPost, i.RegistrationEndpoint, "", document(i)), Handle{})
	if err := i.DeleteBehind(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		status int
		code   string
	}{{401, "invalid_client"}, {400, "access_denied"}, {400, "access_denied"}} {
		a := call(t, http.MethodGet, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), nil)
		if a.Status != want.status || a.text("error") != want.code {
			t.Errorf("%d %s, want %d %s", a.Status, a.Body, want.status, want.code)
		}
	}
}
