// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const stateIsKept = "The state is kept as it is, and changes made at the server stay unseen."

func keptAsItIs(p outcome.Problem) string {
	if p.Importing {
		return ""
	}
	return stateIsKept
}

// waysOut returns what can be done about a client that cannot be managed now. Each way works in this very case.
func waysOut(p outcome.Problem) []Fix {
	var ways []Fix
	for _, way := range p.Ways {
		if f := wayWords(p, way); f.Text != "" {
			ways = append(ways, f)
		}
	}
	return ways
}

// wayWords words one way out of a refusal.
func wayWords(p outcome.Problem, way reconcile.Way) Fix {
	f := Fix{Way: string(way)}
	switch way {
	case reconcile.WayServer:
		f.Text = "Configure the provider for the server where the client was registered:"
		f.Lines = []string{"issuer = " + quoted(p.Home.Issuer)}
		if p.Home.Issuer == "" {
			f.Lines = []string{"registration_endpoint = " + quoted(p.Home.RegistrationEndpoint)}
		}
	case reconcile.WayRetry:
		f.Text = "Run it again: the failure may pass."
	case reconcile.WayTokens:
		f.Text = "If the client still exists, have the server's administrator issue a new registration access token and set it on the provider; the next apply saves it in the state:"
		f.Lines = []string{"registration_access_tokens = { " + quoted(p.ClientID) + " = var.registration_access_token }"}
	case reconcile.WayCredentials:
		f.Text = "Correct the provider's own credentials, or give them the permission to manage clients."
	case reconcile.WayManagementProvider:
		f.Text = "If the server takes the provider's own credentials for clients, too, set on the provider:"
		f.Lines = []string{`management = "provider_credentials"`}
	case reconcile.WayTemplate:
		f.Text = "If the client is at another URI, import it by that URI, with its token in registration_access_tokens on the provider (ADDRESS is the resource's address):"
		f.Lines = []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}
		if !p.Importing {
			f.Text = "If the client is at another URI, import it by that URI, with its token in registration_access_tokens on the provider (ADDRESS is the resource's address). The first command shows the token, which the second removes:"
			f.Lines = append([]string{"terraform state pull", "terraform state rm ADDRESS"}, f.Lines...)
		}
	case reconcile.WayOnMissingKeep:
		f.Text = "To keep the client in the state until it is seen again, with a warning, set on the resource or the provider:"
		f.Lines = []string{`on_missing = "keep"`}
	case reconcile.WayOnMissingRecreate:
		f.Text = "If the client was deleted, have it registered anew, by one apply with this on the resource or the provider:"
		if p.Operation == reconcile.OperationDelete {
			f.Text = "If the client was deleted, a destroy takes it as gone with this on the provider:"
		}
		f.Lines = []string{`on_missing = "recreate"`}
	case reconcile.WayRefreshNever:
		f.Text = "To plan without reading the client, set on the resource or the provider:"
		f.Lines = []string{`refresh = "never"`}
	case reconcile.WayManagementNone:
		f.Text = "To leave all clients at the server alone, neither reading nor deleting them, set on the provider:"
		f.Lines = []string{`management = "none"`}
	case reconcile.WayAdministrator:
		f.Text = "Have the server's administrator delete the client. Then remove it from the state, by the resource's address (where a plan calls it deposed, the current client goes, too):"
		f.Lines = []string{"terraform state rm ADDRESS"}
	case reconcile.WayStateRm:
		f.Text = "To leave the client at the server and forget it, by the resource's address (where a plan calls it deposed, the current client goes, too):"
		f.Lines = []string{"terraform state rm ADDRESS"}
	}
	return f
}

// elsewhere says that the provider is configured for another server than the client's own.
func elsewhere(p outcome.Problem) string {
	if !p.Home.IsKnown() {
		return ""
	}
	return fmt.Sprintf("The client was registered at %s, and the provider is configured for %s. None of the client's credentials was sent to the latter.", serverName(p.Home), serverName(p.Configured))
}

func serverName(h reconcile.Home) string { return cmp.Or(h.Issuer, h.RegistrationEndpoint) }
