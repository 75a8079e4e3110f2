// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// secretMethods are the ways to authenticate at the token endpoint that need a client secret (OpenID Connect Core §9).
var secretMethods = map[string]bool{"client_secret_basic": true, "client_secret_post": true, "client_secret_jwt": true}

// needsSecret reports whether a client is registered to authenticate with a client secret. A method that is not shown says nothing:
// the client may use no token endpoint.
func needsSecret(registered metadata.Document) bool {
	method, _ := registered["token_endpoint_auth_method"].(string)
	return secretMethods[method]
}

// UsesSecret reports whether a registered client may use a client secret: to authenticate, which one that shows no method does by default,
// or as the key of an algorithm.
func UsesSecret(registered metadata.Document) bool {
	switch metadata.Text(registered, "token_endpoint_auth_method") {
	case "none", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth":
		return metadata.KeyedBySecret(registered)
	}
	return true
}

// KeepsNoSecret reports whether nobody has a client's secret once the answer that brings it is gone: the state stores none, and no read is known to show one.
func KeepsNoSecret(stored bool, f reconcile.Facts, registered metadata.Document) bool {
	return !stored && f.SecretOnRead != reconcile.SecretShown && UsesSecret(registered)
}

// gainsSecret reports whether an update may give a client its first secret: one that was registered to use none, or that shows no method and of which no secret is known.
func gainsSecret(registered, body metadata.Document, known bool) bool {
	const method = "token_endpoint_auth_method"
	switch was := metadata.Text(registered, method); {
	case was == "" && known, was != "" && UsesSecret(registered):
		return false
	case was == "none":
		return UsesSecret(body) || metadata.Text(body, method) != "none"
	}
	return UsesSecret(body)
}

// showsNoSecret reports whether an answer says that the client has no client secret: it shows none, none that expires, and a registration
// that uses none. Without the registration, an answer without a secret may come from a server that hides it.
func showsNoSecret(answer *dcr.Registration) bool {
	expires := answer.ClientSecretExpiresAt
	return answer.ClientSecret.IsEmpty() && (expires == nil || *expires == 0) && !UsesSecret(answer.Metadata)
}
