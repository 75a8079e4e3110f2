// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// findWords are those of the data source oidc_client.
func findWords(p outcome.Problem) message {
	client := strings.TrimSpace("Client " + p.ClientID)
	journal := fix{way: "token_journal", text: "To keep new credentials, set on the provider:", lines: []string{`token_journal = { path = "clients.journal" }`}}
	switch p.Kind {
	case outcome.NothingToFind:
		return message{
			summary: "Nothing to find a client by", happened: "The data source names no client.",
			fix: []fix{{way: "client_id", text: "Set client_id, registration_client_uri or client_name:", lines: []string{`client_id = "CLIENT_ID"`}}},
		}
	case outcome.FindNotKnownYet:
		return message{
			summary: "Client not read, because settings are unknown", happened: "The provider's configuration depends on a value that is known only after another apply.",
			fix: []fix{{way: "-target", text: "Apply first what the value depends on, by its address:", lines: []string{"terraform apply -target=ADDRESS"}}},
		}
	case outcome.FindUnmanaged:
		return message{
			summary: "Client cannot be read without management", happened: "management is \"none\" on the provider, so that no client is read.",
			fix: []fix{{way: "management = auto", text: "To read clients, set on the provider:", lines: []string{`management = "auto"`}}},
		}
	case outcome.FindWithoutToken:
		return message{
			summary: "No credential to read the client with", happened: client + " cannot be read without a credential. The provider's own credentials are sent to the provider's server only.",
			fix: []fix{{way: "registration_access_token", text: "Set the client's registration access token here (or in registration_access_tokens on the provider, by client_id):", lines: []string{"registration_access_token = var.registration_access_token"}}},
		}
	case outcome.FindRotates:
		if p.Journaled {
			return journaledInVain(p.ClientID, "a data source is read at every plan")
		}
		return message{
			summary: "Client not read, because reads rotate its credentials", happened: "The server issues new credentials whenever this client is read, and a data source is read at every plan: nothing would keep them.",
			fix: []fix{journal},
		}
	case outcome.FindRotated:
		if p.Journaled {
			return message{summary: "Server rotates credentials on reads", happened: client + " got new credentials when it was read here.", means: "The token journal has them. The configuration and every other state have old ones."}
		}
		return message{
			summary: "Server rotates credentials on reads", happened: client + " got new credentials when it was read here, and nothing keeps them.",
			means: "current_registration_access_token shows the new token. A plan alone does not save it: note it after an apply.", fix: []fix{journal},
		}
	case outcome.FoundNotRead:
		return message{summary: "Client not read", happened: client + " could not be read.", hints: true, means: absentOrRefused(p.Err)}
	case outcome.NotSearched, outcome.NameNotFound, outcome.NameNotUnique:
		return searchWords(p)
	}
	return message{}
}

// searchWords are those of a search by name.
func searchWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.NotSearched:
		return message{
			summary: "Clients not searched", happened: "The server could not be searched for the client_name “" + p.Name + "”.", hints: true,
			means: paragraphs(absentOrRefused(p.Err), "No standard has a search for clients: the server must have one where client_query_template points."),
			fix:   []fix{{way: "client_id", text: "To find the client without a search:", lines: []string{`client_id = "CLIENT_ID"`}}},
		}
	case outcome.NameNotFound:
		found := "The server shows no client with the client_name “" + p.Name + "”"
		if p.Count > 0 {
			found += fmt.Sprintf(", but %s without that name. It may ignore the query: check client_query_template", counted(p.Count))
		}
		return message{summary: "Client not found by its name", happened: found + "."}
	case outcome.NameNotUnique:
		return message{
			summary: "Several clients have this name", happened: fmt.Sprintf("The server shows %s that may have the client_name “%s”.", counted(p.Count), p.Name),
			fix: []fix{{way: "client_id", text: "Give the client_id of the one that is meant, or narrow the search by client_query_template:", lines: []string{`client_id = "CLIENT_ID"`}}},
		}
	}
	return message{}
}

func counted(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}

// absentOrRefused says what a 401 means (RFC 7592 §2.1).
func absentOrRefused(err error) string {
	var de *dcr.Error
	if !errors.As(err, &de) || !de.Unauthorized() {
		return ""
	}
	return "Servers answer 401 to a credential that they do not accept, and also where there is no such client."
}
