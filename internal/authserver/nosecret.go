// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// secretMethods are the ways to authenticate at the token endpoint that need a client secret (OpenID Connect Core §9).
var secretMethods = map[string]bool{"client_secret_basic": true, "client_secret_post": true, "client_secret_jwt": true}

// needsSecret reports whether a client is registered to authenticate with a client secret. A method that is not shown says nothing:
// the client may use no token endpoint.
func needsSecret(registered metadata.Document) bool {
	method, _ := registered["token_endpoint_auth_method"].(string)
	return secretMethods[method]
}

// WarnOfNoSecret warns of a client that needs a client secret of which nothing is known: the server issued none, or shows it to nobody.
// It does so once, when the client is registered or imported, or when an update first makes it such a client.
func (c *Client) WarnOfNoSecret(before, now metadata.Document) {
	if needsSecret(before) || !needsSecret(now) || !c.Handle.ClientSecret.IsEmpty() || !c.Record.Unproven.ClientSecret.IsEmpty() {
		return
	}
	c.Warn(outcome.Problem{Kind: outcome.SecretNotKnown, Attribute: "token_endpoint_auth_method"})
}

// HasSecret reports whether the client has a client secret, which may be saved nowhere: an answer that issues one says when it
// expires (RFC 7591 §3.2.1).
func (c *Client) HasSecret() bool {
	return !c.Handle.ClientSecret.IsEmpty() || UsesSecret(c.Registered) && c.Handle.ClientSecretExpiresAt != nil
}

// UsesSecret reports whether a registered client may authenticate with a client secret: one that shows no method does by default.
func UsesSecret(registered metadata.Document) bool {
	switch metadata.Text(registered, "token_endpoint_auth_method") {
	case "none", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth":
		return false
	}
	return true
}
