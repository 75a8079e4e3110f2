// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"

// tokenSource says where the registration access token of a client that no state keeps comes from. FromState stands for the caller.
func (c *Client) tokenSource() outcome.TokenSource {
	s, token := c.Server, c.Handle.RegistrationAccessToken
	configured, ok := c.handedIn(), true
	if configured.IsEmpty() {
		configured, ok = s.tokenAt(c.Handle.RegistrationClientURI)
	}
	if ok && configured.Equal(token) {
		return outcome.FromSettings
	}
	if at, given := s.importTokenAt.Load(""); given && at == c.Handle.RegistrationClientURI {
		return outcome.FromEnvironment
	}
	return outcome.FromState
}
