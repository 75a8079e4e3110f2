// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Evidence is what is known of a client whose registration access token was refused.
type Evidence int

const (
	// Undecided: nothing that was asked tells.
	Undecided Evidence = iota
	// Alive: the server knows the client.
	Alive
	// Gone: the server does not know the client.
	Gone
)

// ProbeInput is what is known of the client.
type ProbeInput struct {
	TokenEndpoint, AuthorizationEndpoint, ClientID string
	ClientSecret                                   secret.String
	AuthMethod                                     string
	RedirectURIs, ResponseTypes                    []string
	Scope                                          string
	// SecretMayBeStale: the secret is not certain to be the current one, because it has expired or because the server was
	// seen to replace it on reads or updates. Its refusal then proves nothing.
	SecretMayBeStale bool
}

// Probe is a placeholder signature until its rules are written.
func (c *Client) Probe(_ context.Context, _ ProbeInput) (Evidence, string) {
	return Undecided, "The server was not asked about the client."
}
