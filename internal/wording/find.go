// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// findWords are those of the data source oidc_client.
func findWords(p outcome.Problem) Message {
	client := strings.TrimSpace("Client " + p.ClientID)
	keeping := []Fix{{Way: "token_journal", Text: "To keep new credentials, set on the provider:", Lines: []string{`token_journal = { path = "clients.journal" }`}}}
	switch p.Kind {
	case outcome.NothingToFind:
		return Message{
			Summary: "Nothing to find a client by", Happened: "The data source names no client.",
			Fix: []Fix{{Way: "client_id", Text: "Set client_id, registration_client_uri or client_name:", Lines: []string{`client_id = "CLIENT_ID"`}}},
		}
	case outcome.FindNotKnownYet:
		return Message{
			Summary: "Client not read, because settings are unknown", Happened: "The provider's configuration depends on a value that is known only after another apply.",
			Fix: []Fix{{Way: "-target", Text: "Apply first what the value depends on, by its address:", Lines: []string{"terraform apply -target=ADDRESS"}}},
		}
	case outcome.FindUnmanaged:
		return Message{
			Summary: "Client cannot be read without management", Happened: "management is \"none\" on the provider, so that no client is read.",
			Fix: []Fix{{Way: "management = auto", Text: "To read clients, set on the provider:", Lines: []string{`management = "auto"`}}},
		}
	case outcome.FindWithoutToken:
		return findWithoutToken(p, client)
	case outcome.FindRotates:
		if p.NotLearnt || p.NoReads {
			return notLearnt(p, "Client not read", "nothing would keep what replaces them: a data source is read at every plan")
		}
		if p.InVain {
			return journaledInVain(p, "a data source is read at every plan")
		}
		return Message{
			Summary: "Client not read, because reads rotate its credentials", Happened: "The server issues new credentials whenever this client is read, and a data source is read at every plan: nothing would keep them.",
			Fix: keeping,
		}
	case outcome.FindRotated:
		if p.Journaled {
			return Message{Summary: "Server rotates credentials on reads", Happened: client + " got new credentials when it was read here.", Means: "The token journal has them. The configuration and every other state have old ones."}
		}
		return Message{
			Summary: "Server rotates credentials on reads", Happened: client + " got new credentials when it was read here, and nothing keeps them.",
			Means: "The token that was sent is used up. Only current_registration_access_token has the new one, and a plan that is not applied loses it.", Fix: usedUp(p),
		}
	case outcome.FoundNotRead:
		return Message{Summary: "Client not read", Happened: client + " could not be read.", hints: true, Means: absentOrRefused(p.Err), Fix: refusedHere(p)}
	case outcome.NotSearched, outcome.NameNotFound, outcome.NameNotUnique:
		return searchWords(p)
	}
	return Message{}
}

// usedUp has the token of a client kept that a plan's read has replaced, and those to come. The block's own goes before the provider's. It may be a reference to a
// resource's, which is used up, too: a new one that is set in the block alone does not help that one, whose error then ends each plan.
func usedUp(p outcome.Problem) []Fix {
	ways := []Fix{
		{Way: "token_journal", Text: "Finish the apply of this plan. This shows the new token, as current_registration_access_token:", Lines: []string{"terraform state pull"}},
		{Way: "administrator", Text: "Where the plan is not applied, have the server's administrator issue a new token, and set on the provider before the next plan:"},
	}
	lines, then := []string{handIn(p)}, "Before the next plan, set it on the provider, and a journal that keeps those to come:"
	if p.Attribute == "registration_access_token" {
		then = "Before the next plan, remove the token here where it is not a resource's, and set on the provider the new one, and a journal that keeps those to come:"
		ways[1].Text = "Where the plan is not applied, have the server's administrator issue a new token. Before the next plan, remove the token here where it is not a resource's, and set on the provider:"
	}
	if p.InVain {
		lines = append(lines, `refresh = "always"`)
	}
	lines = append(lines, `token_journal = { path = "clients.journal" }`)
	ways[0].Next, ways[1].Lines = []Block{{then, lines}}, lines
	return ways
}

// reissued has a client read again of which nobody has the token that is in force.
func reissued(p outcome.Problem) Fix {
	f := Fix{Way: "administrator", Text: "Have the server's administrator issue a new token. Before the next run, set on the provider the new token and a journal that keeps those to come:", Lines: []string{handIn(p)}}
	if p.Attribute == "registration_access_token" {
		f.Text = "Have the server's administrator issue a new token. Before the next run, remove the token here where it is not a resource's, and set on the provider the new one and a journal that keeps those to come:"
	}
	f.Lines = append(f.Lines, `token_journal = { path = "clients.journal" }`)
	return f
}

// findWithoutToken is for a client of which no token is set, where the provider has no credentials, or by management = "registration_access_token"
// does not use them.
func findWithoutToken(p outcome.Problem, client string) Message {
	m := Message{
		Summary: "No credential to read the client with", Happened: client + " cannot be read without a credential. No registration access token of it is set, and the provider has no credentials of its own.",
		Fix: []Fix{
			{Way: "registration_access_token", Text: "Set the client's registration access token here:", Lines: []string{"registration_access_token = var.registration_access_token"}},
			{Way: "registration_access_tokens", Text: "Or on the provider:", Lines: []string{handIn(p)}},
		},
	}
	switch {
	case p.TokensUnused:
		m.Happened = client + " cannot be read. With management = \"provider_credentials\" only the provider's own credentials are used, which are for the server that is configured and are not sent to another one."
		way := Fix{Way: "management = auto", Text: "To have the client read with its registration access token, set on the provider:", Lines: []string{`management = "auto"`}}
		if !p.TokenSet {
			way.Lines = append(way.Lines, handIn(p))
		}
		if m.Fix = []Fix{way}; p.NamedElsewhere {
			m.Means = namedElsewhere
		}
		return m
	case p.NamedElsewhere:
		m.Happened = client + " cannot be read without a credential. " + namedElsewhere
		return m
	case p.NeverSent:
		m.Happened = client + " cannot be read without a credential. No registration access token of it is set, and the provider's own credentials are for another server."
		return m
	case p.ByProvider:
		m.Fix = append(m.Fix, Fix{
			Way: "provider credential", Text: "Or, where the server shows its clients to an administrator's credential, set that on the provider (or basic_auth, client_credentials, headers, or a client certificate):",
			Lines: []string{"initial_access_token = var.initial_access_token"},
		})
		return m
	}
	m.Happened = client + " cannot be read without a credential. No registration access token of it is set, and with management = \"registration_access_token\" the provider's own credentials read no client."
	m.Fix = append(m.Fix, Fix{Way: "management = auto", Text: "Or, where the server shows its clients to the provider's own credentials, set on the provider:", Lines: []string{`management = "auto"`}})
	return m
}

var withoutSearch = Fix{Way: "client_id", Text: "To find the client without a search, in place of client_name:", Lines: []string{`client_id = "CLIENT_ID"`}}

// searchWords are those of a search by name.
func searchWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.NotSearched:
		const noStandard = "No standard has a search for clients: the server must have one where client_query_template points."
		m := Message{
			Summary: "Clients not searched", Happened: "The server could not be searched for this client_name.", hints: true,
			Means: Paragraphs(absentOrRefused(p.Err), noStandard), Fix: []Fix{withoutSearch},
		}
		if p.NeverSent && absentOrRefused(p.Err) != "" {
			m.Means = Paragraphs("The search was sent without a credential: the provider has none for this server.", noStandard)
			m.hints = false // which are about a credential that was refused
			m.Fix = []Fix{{
				Way: "provider credential", Text: "Where the server lets an administrator's credential search, set that on the provider (or basic_auth, client_credentials, headers, or a client certificate):",
				Lines: []string{"initial_access_token = var.initial_access_token"},
			}, withoutSearch}
		}
		return m
	case outcome.NameNotFound:
		found := "The server shows no client with this client_name"
		if p.Count > 0 {
			found += fmt.Sprintf(", but %s without it. It may ignore the query: check client_query_template", counted(p.Count))
		}
		return Message{Summary: "Client not found by its name", Happened: found + ".", Fix: []Fix{withoutSearch}}
	case outcome.NameNotUnique:
		return Message{
			Summary: "Several clients have this name", Happened: fmt.Sprintf("The server shows %s that may have this client_name.", counted(p.Count)),
			Fix: []Fix{
				{Way: "client_id", Text: "Give the client_id of the one that is meant, in place of client_name:", Lines: []string{`client_id = "CLIENT_ID"`}},
				{Way: "client_query_template", Text: "Or narrow the search by what else the server can be asked for:", Lines: []string{`client_query_template = "{registration_endpoint}?client_name={client_name}&PARAMETER=VALUE"`}},
			},
		}
	}
	return Message{}
}

func counted(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}

// refusedHere are the ways out of a refusal of what a block read a client with, of which no state keeps anything.
func refusedHere(p outcome.Problem) []Fix {
	var de *dcr.Error
	if !errors.As(p.Err, &de) {
		return nil
	}
	if !de.Unauthorized() {
		return notShownHere(p, de)
	}
	const issue = "If the client exists, have the server's administrator issue a new registration access token, and set it "
	way := Fix{Way: "registration_access_token", Text: issue + "here:", Lines: []string{"registration_access_token = var.registration_access_token"}}
	switch {
	case p.ByProvider:
		way = wayWords(p, reconcile.WayCredentials)
	case p.Source == outcome.FromEnvironment:
		way.Text, way.Lines = issue+"in the environment. "+besideOthers+":", []string{handInByEnvironment(p)}
	case p.Source == outcome.FromSettings:
		way.Text, way.Lines = issue+"on the provider:", []string{handIn(p)}
	}
	return []Fix{way, noSuchClient}
}

var noSuchClient = Fix{Way: "client", Text: "If there is no such client, compare client_id and registration_client_uri with the client's own at the server."}

// notShownHere are the ways where a read was answered, and not with the client, as far as the cause has none in its own words.
func notShownHere(p outcome.Problem, de *dcr.Error) []Fix {
	otherAddress := []Fix{noSuchClient, compareAddress}
	switch cause := de.Cause(); {
	case cause == dcr.CredentialRefused:
		return []Fix{askCredential}
	case cause == dcr.NoClient, cause == dcr.NoRoute:
		return []Fix{noSuchClient}
	case cause == dcr.OperationMissing, cause == dcr.NotARegistration && !de.OtherClient:
		return otherAddress
	case cause == dcr.Redirected && de.Target != "":
		return []Fix{askRedirect}
	case cause == dcr.Redirected:
		return otherAddress
	case cause == dcr.NoAnswer:
		if _, ways := causeOf(p.Err); len(ways) == 0 {
			return []Fix{runAgain}
		}
	}
	return nil
}

// hintsOf are causeOf's, with the way to more time that the operation has: other blocks than a resource have no timeouts, and a destroy has those of
// the state.
func hintsOf(p outcome.Problem) (means string, ways []Fix) {
	means, ways = causeOf(p.Err)
	ways = append(ways, redirectedWay(p)...)
	switch p.Kind {
	case outcome.NotRegistered:
		means, ways = ofItsCredential(p, means, ways)
	case outcome.NotReadBack, outcome.UpdateNotReadBack:
		ways = readAgain(p, ways)
	case outcome.FoundNotRead, outcome.NotSearched, outcome.SecretNotFetched:
		for i, way := range ways {
			switch way.Way {
			case "request_timeout":
				ways[i].Text = "To wait longer for each answer, set on the provider:"
			case "timeouts":
				ways[i] = runAgain
			}
		}
	case outcome.NotDeregistered:
		for i, way := range ways {
			if way.Way == "timeouts" {
				ways[i].Text = "A destroy has the time that is in the state. To give it more, set on the resource:"
				ways[i].Next = []Block{{"Then run:", []string{"terraform apply", "terraform destroy"}}}
			}
		}
	}
	return means, ways
}

// readAgain has the next apply read a client that was just written and not read. Where the server has no reads, there is nothing to wait for, and where
// it did answer, it is not an answer that is waited for.
func readAgain(p outcome.Problem, ways []Fix) []Fix {
	when, reads := "Once the server shows this client,", " apply again. That reads it:"
	var de *dcr.Error
	if errors.As(p.Err, &de) {
		_, withoutToken := withoutAccessToken(de)
		switch cause := de.Cause(); {
		case cause == dcr.OperationMissing:
			return ways
		case withoutToken:
			when, reads = "Once the token endpoint issues tokens again,", " apply again. That reads the client:"
		case cause == dcr.NoAnswer, cause == dcr.RateLimited, cause == dcr.ServerFailed:
			when, reads = "Once the server answers,", " apply again. That reads the client:"
		}
	}
	again := Fix{Way: "apply again", Text: when + reads, Lines: []string{"terraform apply"}}
	if p.NeverRead {
		again.Text = when + ` have one apply read the client, without refresh = "never" on the resource and the provider:`
	}
	return append(slices.DeleteFunc(ways, func(f Fix) bool { return f.Way == "retry" }), again)
}

// absentOrRefused says what a 401 means (RFC 7592 §2.1).
func absentOrRefused(err error) string {
	var de *dcr.Error
	if !errors.As(err, &de) || !de.Unauthorized() {
		return ""
	}
	return "Servers answer 401 to a credential that they do not accept, and also where there is no such client."
}
