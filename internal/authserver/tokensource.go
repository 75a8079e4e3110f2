// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// tokenSource says where the registration access token of a client that no state keeps comes from. FromState stands for the caller.
func (c *Client) tokenSource() outcome.TokenSource {
	s, token := c.Server, c.Handle.RegistrationAccessToken
	configured, ok := c.handedIn(), true
	if configured.IsEmpty() {
		configured, ok = s.tokenAt(c.Handle.RegistrationClientURI)
	}
	if !ok || !configured.Equal(token) {
		return outcome.FromState
	}
	return s.settings.sourceOf(token)
}

// onlyHandedIn reports whether neither the state nor the journal has a token of the client, so that only one that was handed in can have been tried.
func (c *Client) onlyHandedIn(ctx context.Context) bool {
	if len(c.Credentials().Tokens()) > 0 {
		return false
	}
	if c.Journal == nil {
		return true
	}
	entry, _ := c.Lookup(ctx)
	return entry.RegistrationAccessToken.IsEmpty()
}

// sourceOf says which of the two settings handed a token in.
func (s *Settings) sourceOf(token secret.String) outcome.TokenSource {
	if s.ofEnvironment(token) {
		return outcome.FromEnvironment
	}
	return outcome.FromSettings
}

// ofEnvironment reports whether a token was handed in by the environment alone.
func (s *Settings) ofEnvironment(token secret.String) (is bool) {
	for key, other := range s.RegistrationAccessTokens {
		if !other.Equal(token) {
			continue
		}
		if !s.EnvironmentTokens[key] {
			return false
		}
		is = true
	}
	return is
}
