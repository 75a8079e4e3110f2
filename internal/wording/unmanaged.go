// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import "github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"

// noneManagedWay is for a client that cannot be managed from the start.
var noneManagedWay = Fix{Way: "management = none", Text: "If it manages none, set on the provider, which ends this warning:", Lines: []string{`management = "none"`}}

func notManageable(p outcome.Problem) Message {
	m := Message{
		Summary:  "Client cannot be managed",
		Happened: "Client " + p.ClientID + " was registered. The server returned no registration access token for it, and does not show it to the provider's own credentials.",
		hints:    true,
		Means:    "A change of its configuration replaces it, and a destroy leaves it at the server.",
		Fix:      []Fix{ownPathWay, noneManagedWay},
	}
	if p.TokenSet && !p.Manageable {
		m.Fix[0] = templateWay // written out, it has the token sent there
		m.Happened = "Client " + p.ClientID + " was registered. The server returned a registration access token for it and no registration_client_uri to use that at, and does not show the client to the provider's own credentials."
	}
	switch {
	case p.ByProvider && p.NeverSent:
		m.Happened = "Client " + p.ClientID + " was registered. With management = \"provider_credentials\" the provider's own credentials manage clients, and nothing was sent with them to this one's server."
		m.Fix = nil // the setting is the provider's, whose own server manages its clients so
		if p.ClientURI != "" {
			m.Fix = []Fix{{Way: "management = auto", Text: "To have each client managed with what its server returned for it, set on the provider. A change replaces this one all the same, and a destroy deregisters it then:", Lines: []string{`management = "auto"`}}}
		}
	case p.ByProvider:
		m.Happened = "Client " + p.ClientID + " was registered. With management = \"provider_credentials\" the provider's own credentials manage it, and the server does not show it to them."
	}
	if p.ByProvider && p.Manageable { // else a token that has an address is used
		m.Means = "The registration access token that the server returned is in the state and is not used with this setting."
		m.Fix = []Fix{{Way: "management = auto", Text: "To use it, set on the provider:", Lines: []string{`management = "auto"`}}}
	}
	return m
}
