// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

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
