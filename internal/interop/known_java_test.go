// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

var mitreidFacts = facts{
	OpenID: "200", OAuth: "404", WebFinger: 200,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{"client_name#ja", "x_unknown"},
	Changed: []string{"redirect_uris", "scope"}, // deduplicated; in an order of its own
	Read:    200, ReadToken: "same", ReadSecret: "same", ReadURI: "same",
	ReadDropped: []string{"client_name#ja", "x_unknown"},
	ReadChanged: []string{"redirect_uris", "scope"},
	Update:      200, UpdateToken: "same", UpdateSecret: "same", UpdateURI: "same", OldToken: 200,
	UpdateSecretSent: 200, UpdateEcho: 200, UpdateForbidden: 200, UpdateOmitted: "removed", UpdateNull: "removed",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	// A client that is gone is told by no code of OAuth 2.0's, and from a wrong secret by nothing.
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 unauthorized", TokenDeleted: "401 unauthorized",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "302", // to the form for signing in
	Delete: 204, ReadDeleted: 401,
}

var springFacts = facts{
	OpenID: "200", OAuth: "200 without endpoint", WebFinger: 302, // to the form for signing in, as every path that is not the server's
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
		"software_id", "software_version", "tos_uri", "x_unknown",
	},
	Changed: []string{"redirect_uris"}, // deduplicated
	// The secret that a read shows is the hash of the one that was registered.
	Read: 200, ReadToken: "absent", ReadSecret: "masked", ReadURI: "same",
	ReadDropped: []string{
		"application_type", "client_name#ja", "client_uri", "contacts", "default_max_age", "logo_uri", "policy_uri", "require_auth_time",
		"software_id", "software_version", "tos_uri", "x_unknown",
	},
	ReadChanged: []string{"redirect_uris"},
	Update:      302, UpdateToken: "absent", UpdateSecret: "absent", UpdateURI: "absent", OldToken: 200,
	UpdateSecretSent: 302, UpdateEcho: 302, UpdateForbidden: 302, UpdateOmitted: "Found", UpdateNull: "Found",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "400 invalid_grant",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "redirect",
	Delete: 302, ReadDeleted: 200,
}

// springMore shows that an access token registers one client, and that a registration access token lives for five minutes.
func springMore(t *testing.T, i *Instance) {
	token, err := clientCredentials(t.Context(), i.TokenEndpoint, machineID, machineSecret, "client.create")
	if err != nil {
		t.Fatal(err)
	}
	first := call(t, http.MethodPost, i.RegistrationEndpoint, bearer(token), document(i))
	second := call(t, http.MethodPost, i.RegistrationEndpoint, bearer(token), document(i))
	if first.Status != 201 || second.Status != 401 {
		t.Errorf("two registrations with one token: %d and %d", first.Status, second.Status)
	}
	parts := strings.Split(first.text("registration_access_token"), ".")
	if len(parts) != 3 {
		t.Fatalf("the registration access token is no JWT: %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Iat, Exp int64 }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if lives := claims.Exp - claims.Iat; lives != 5*60 {
		t.Errorf("the registration access token lives for %d seconds", lives)
	}
}
