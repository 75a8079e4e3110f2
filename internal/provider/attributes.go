// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

// Names of the attributes that are not client metadata.
const (
	attrClientID         = "client_id"
	attrClientSecret     = "client_secret"
	attrIssuedAt         = "client_id_issued_at"
	attrSecretExpiresAt  = "client_secret_expires_at"
	attrSecretExpiration = "client_secret_expiration"
	attrToken            = "registration_access_token"
	attrURI              = "registration_client_uri"
	attrRegistered       = "registered_metadata"

	attrIssuer      = "issuer"
	attrEndpoint    = "registration_endpoint"
	attrIAT         = "initial_access_token"
	attrTimeouts    = "timeouts"
	attrLocalized   = "localized"
	attrExtension   = "extension_metadata"
	attrAccept      = "accept_substitutions"
	attrStrict      = "strict"
	attrUpdateForm  = "update_form"
	attrRefresh     = "refresh"
	attrOnMissing   = "on_missing"
	attrURITemplate = "client_configuration_uri_template"
	attrRenewBefore = "renew_secret_before"
	attrRotateWhen  = "rotate_secret_when"
	attrStoreSecret = "store_client_secret"
)

// computedAttributes are assigned by the server.
var computedAttributes = []string{
	attrClientID, attrClientSecret, attrIssuedAt, attrSecretExpiresAt, attrSecretExpiration, attrToken, attrURI, attrRegistered,
}
