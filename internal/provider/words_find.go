// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// findWords are those of the data source oidc_client.
func findWords(p lifecycle.Problem) (summary, detail string) {
	client := "Client"
	if p.ClientID != "" {
		client += " " + p.ClientID
	}
	switch p.Kind {
	case lifecycle.NothingToFind:
		return "Nothing to find a client by", "Set client_id, registration_client_uri or client_name."
	case lifecycle.FindNotKnownYet:
		return "Client not read", "The provider's configuration depends on a value that is known only after another apply. Apply that first, with -target, or give a known value."
	case lifecycle.FindUnmanaged:
		return client + " cannot be read", "management is \"none\" on the provider, so that no client is read. Take that setting away to read this one."
	case lifecycle.FindWithoutToken:
		return "No credential to read the client with", "Set registration_access_token here, or registration_access_tokens on the provider, by client_id. " +
			"Where the provider's own credentials manage clients, set those on the provider; they are sent to the provider's server only."
	case lifecycle.FindRotates:
		if p.Journaled {
			return "Server replaces the client secret on reads", journaledInVain("a data source is read at every plan")
		}
		return "Server rotates credentials on reads", "The server issues new credentials whenever this client is read, and a data source is read at every plan: nothing would keep them. " +
			"Set token_journal on the provider. With refresh = \"always\" on the provider the client is read regardless."
	case lifecycle.FindRotated:
		if p.Journaled {
			return "Server rotates credentials on reads", client + " has new credentials since it was read here. The token journal has them; the configuration and every other state have old ones."
		}
		return "Server rotates credentials on reads", "Reading " + client + " made its credentials stale, and no token journal keeps the new ones. current_registration_access_token shows the new token; " +
			"a plan alone does not save it. Note it after an apply, and set token_journal on the provider or take this data source away before the next plan."
	case lifecycle.FoundNotRead:
		return client + " not read", paragraphs(exchange(p.Err), likelyCause(p.Err), absentOrRefused(p.Err))
	case lifecycle.NotSearched:
		return "Clients not searched", paragraphs(exchange(p.Err), likelyCause(p.Err), absentOrRefused(p.Err),
			fmt.Sprintf("No standard has a search for clients: the server must have one where client_query_template points, here for the name “%s”. Else give client_id or registration_client_uri.", p.Name))
	case lifecycle.NameNotFound:
		found := "The server shows no client with the client_name “" + p.Name + "”"
		if p.Count > 0 {
			found += fmt.Sprintf(", but %s without that name. It may ignore the query: check client_query_template", counted(p.Count))
		}
		return "Client not found", paragraphs(found+".", exchange(p.Err))
	case lifecycle.NameNotUnique:
		return "Several clients have this name", fmt.Sprintf("The server shows %s that may have the client_name “%s”. Give the client_id of the one that is meant, or narrow the search by client_query_template.", counted(p.Count), p.Name)
	}
	return "", ""
}

func counted(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}

// absentOrRefused tells the two meanings of a 401 (RFC 7592 §2.1).
func absentOrRefused(err error) string {
	var de *dcr.Error
	if !errors.As(err, &de) || !de.Unauthorized() {
		return ""
	}
	return "Servers answer 401 to a credential that they do not accept, and also where there is no such client."
}

// takenName says what to do about a client_name that another client has.
func takenName(p lifecycle.Problem) string {
	if p.Name == "" {
		return ""
	}
	return fmt.Sprintf("Another client at this server has the client_name “%s”. Choose another name, or take that client over: "+
		"where the server can search, data \"oidc_client\" { client_name = %q } finds it, and its registration_client_uri is the id of an import block. "+
		"Else import it by its client_id.", p.Name, p.Name)
}
