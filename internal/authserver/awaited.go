// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"

// AwaitsToken reports whether a request that did not succeed may do so with a token that the settings have for the client and that is not known yet.
func (c *Client) AwaitsToken(err error) bool {
	return c.Server.AwaitsToken(c.Handle) && (ClassOf(reconcile.OperationRead, err).AsksForAnother() || withoutToken(err))
}

// AwaitsToken reports whether the settings may have a token for a client that is not known yet, or is one by its client_id while it is not known which server's
// clients those are of.
func (s *Server) AwaitsToken(h reconcile.Handle) bool {
	_, named := s.tokenNamed(h)
	switch keys := s.settings.UnknownTokens; {
	case s.settings.Management == ManagementProvider:
		return false
	case named && s.UnknownServer(Place{}) && s.TokenByAddress(h.RegistrationClientURI).IsEmpty():
		return true
	case !s.settings.unknown("registration_access_tokens"):
		return false
	default:
		return len(keys) == 0 || keys[h.ClientID] || keys[h.RegistrationClientURI] || h.ClientID == "" && namesOneOf(h.RegistrationClientURI, keys)
	}
}

func namesOneOf(uri string, ids map[string]bool) bool {
	for id := range ids {
		if reconcile.NamesClient(uri, id) {
			return true
		}
	}
	return false
}
