// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// noneManagedWay is for a client that cannot be managed from the start.
var noneManagedWay = Fix{Way: "management = none", Text: "If it manages none, set on the provider, which ends this warning:", Lines: []string{`management = "none"`}}

func notManageable(p outcome.Problem) Message {
	if p.Operation == reconcile.OperationRead {
		return notFoundManaged(p)
	}
	m := Message{
		Summary:  "Client cannot be managed",
		Happened: "Client " + p.ClientID + " was registered. The server returned no registration access token for it, and does not show it to the provider's own credentials.",
		hints:    true,
		Means:    "A change of its configuration replaces it, and a destroy leaves it at the server.",
		Fix:      []Fix{ownPathWay, noneManagedWay},
	}
	if !p.ByProvider && p.ClientURI != "" { // which is kept
		m.Means = "A change of its configuration replaces it, and a destroy leaves it at the server unless it can be deleted by then."
		m.Fix = append([]Fix{wayWords(p, reconcile.WayManagementProvider)}, m.Fix...)
	} else if p.TokenSet && !p.Manageable {
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

// notFoundManaged is for a client that was looked for later, at the default address, with credentials that are to manage all clients. What refuses them twice may do so since they
// have expired.
func notFoundManaged(p outcome.Problem) Message {
	m := Message{
		Summary:  "Client cannot be managed",
		Happened: "With management = \"provider_credentials\" the provider's own credentials manage client " + p.ClientID + ", and the server does not show it to them. It is not asked for again.",
		hints:    true,
		Means:    "A change of the client's configuration replaces it, and a destroy leaves it at the server.",
		Fix:      []Fix{ownPathWay},
	}
	if p.FromTemplate {
		m.Happened = "With management = \"provider_credentials\" the provider's own credentials manage client " + p.ClientID + ", and the server refused them for it twice. It is not asked for again."
		m.Fix = []Fix{{
			Way: templateWay.Way, Text: "If these credentials have expired, renew them, and have the client asked for again. Set on the provider:", Lines: templateWay.Lines,
		}}
	}
	return m
}

var whoseWay = Fix{Way: "administrator", Text: "Ask the server's administrator whose client it is."}

// onlyNamed is for an error answer to a registration that names a client, and shows nothing of a new one.
func onlyNamed(p outcome.Problem) Message {
	m := Message{
		Summary:  "Registration failed, and named a client",
		Happened: "The server's error answer names client " + p.ClientID + ", and shows nothing that only a new client has.",
		Means:    "It may be a new one, or the one that stands in the way, which is somebody else's: nothing is sent to it. It stays in the state, marked as tainted, and the next apply takes it out of there and registers another.",
		Fix:      []Fix{whoseWay},
	}
	if p.Replaces != "" {
		kept, _ := keptClient(p)
		m.Means = "It may be a new one, or the one that stands in the way, which is somebody else's: it is left alone. " + kept
	}
	return m
}

// leftAsOthers is the end of such a client.
func leftAsOthers(p outcome.Problem) Message {
	return Message{
		Summary:  "Client left alone",
		Happened: "Client " + p.ClientID + " was not deregistered: a registration that failed may have named it, and nothing shows that it was made for this resource. It may be somebody else's.",
		Means:    "It was removed from the state only.",
		Fix:      []Fix{whoseWay},
	}
}
