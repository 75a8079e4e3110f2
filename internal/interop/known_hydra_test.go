// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

// hydraFacts: nothing that identifies or authorizes is shown but in the answer that makes it, so that a token that an update brought and that
// was not kept is lost.
var hydraFacts = facts{
	OpenID: "200", OAuth: "404", WebFinger: 404,
	Register: 201, Token: true, URI: true, SecretLifetime: "never",
	Dropped: []string{
		"application_type", "client_name#ja", "default_max_age", "id_token_signed_response_alg", "require_auth_time", "software_id", "software_version", "x_unknown",
	},
	Added: []string{
		"allowed_cors_origins", "audience", "authorization_code_grant_access_token_lifespan", "authorization_code_grant_id_token_lifespan",
		"authorization_code_grant_refresh_token_lifespan", "client_credentials_grant_access_token_lifespan", "created_at",
		"implicit_grant_access_token_lifespan", "implicit_grant_id_token_lifespan", "jwks", "jwt_bearer_grant_access_token_lifespan", "metadata", "owner",
		"refresh_token_grant_access_token_lifespan", "refresh_token_grant_id_token_lifespan", "refresh_token_grant_refresh_token_lifespan",
		"skip_consent", "skip_logout_consent", "subject_type", "updated_at", "userinfo_signed_response_alg",
	},
	Read: 200, ReadToken: "absent", ReadSecret: "absent", ReadURI: "absent",
	ReadDropped: []string{
		"application_type", "client_name#ja", "default_max_age", "id_token_signed_response_alg", "require_auth_time", "software_id", "software_version", "x_unknown",
	},
	Update: 200, UpdateToken: "new", UpdateSecret: "absent", UpdateURI: "absent", OldToken: 401,
	UpdateSecretSent: 403, UpdateEcho: 200, UpdateForbidden: 200, UpdateOmitted: "removed", UpdateNull: "removed",
	NoToken: 401, BadToken: 401, LowerCase: 200,
	TokenAlive: "400 invalid_grant", TokenWrongSecret: "401 invalid_client", TokenDeleted: "401 invalid_client",
	AuthorizeAlive: "redirect", AuthorizeDeleted: "302",
	Delete: 204, ReadDeleted: 401,
}
