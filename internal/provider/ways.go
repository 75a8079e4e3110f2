// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const keptAsItIs = "The state is kept as it is, and changes made at the server stay unseen."

// waysOut says what can be done about a client that cannot be managed now, in a list of which each item works in this very case.
func waysOut(p lifecycle.Problem) string {
	var lines []string
	for _, way := range p.Ways {
		if words := wayWords(p, way); words != "" {
			lines = append(lines, "- "+words)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "What can be done:\n" + strings.Join(lines, "\n")
}

func wayWords(p lifecycle.Problem, way reconcile.Way) string {
	switch way {
	case reconcile.WayServer:
		return "Configure the provider for " + serverName(p.Home) + ", where the client was registered."
	case reconcile.WayRetry:
		return "Run it again: the failure may pass."
	case reconcile.WayTokens:
		return fmt.Sprintf("If the client still exists, have the server's administrator issue a new registration access token and set it on the provider: registration_access_tokens = { %q = \"…\" }. The next apply saves it in the state.", p.ClientID)
	case reconcile.WayCredentials:
		return "Correct the provider's own credentials, or give them the permission to manage clients."
	case reconcile.WayManagementProvider:
		return "Where the server accepts an administrator's credential, set management = \"provider_credentials\" on the provider, which does without the token."
	case reconcile.WayTemplate:
		return "If the client is at another URI, remove it from the state and import it by that URI."
	case reconcile.WayOnMissingKeep:
		return "To keep the client in the state until it is seen again, set on_missing = \"keep\"."
	case reconcile.WayOnMissingRecreate:
		if p.Operation == reconcile.OperationDelete {
			return "If it was deleted, set on_missing = \"recreate\" on the provider: then a destroy takes it as gone."
		}
		return "If it was deleted, set on_missing = \"recreate\" for one apply: it is registered anew."
	case reconcile.WayRefreshNever:
		return "To plan without reading it, set refresh = \"never\"."
	case reconcile.WayManagementNone:
		return "To leave it alone at the server, set management = \"none\" on the provider: then clients are neither read nor deleted."
	case reconcile.WayAdministrator:
		return "Have the server's administrator delete it, and remove it from the state with `terraform state rm`."
	case reconcile.WayStateRm:
		return "To forget it and leave it at the server, run `terraform state rm`."
	}
	return ""
}

// elsewhere says that the provider is configured for another server than the client's own.
func elsewhere(p lifecycle.Problem) string {
	if !p.Home.IsKnown() {
		return ""
	}
	return fmt.Sprintf("The client was registered at %s, and the provider is configured for %s. None of the client's credentials was sent to the latter.", serverName(p.Home), serverName(p.Configured))
}

func serverName(h reconcile.Home) string { return cmp.Or(h.Issuer, h.RegistrationEndpoint) }
