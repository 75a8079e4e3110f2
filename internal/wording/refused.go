// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

var correctTemplate = Fix{
	Way: "client_configuration_uri_template", Text: "If the client is at another address, correct the template where it is set, on the resource or the provider:",
	Lines: []string{`client_configuration_uri_template = "{registration_endpoint}/{client_id}"`},
}

// notRefreshed is for a read that the plan decides on. The ways out are the plan's to name, by the configuration, and a refresh alone has no plan.
func notRefreshed(p outcome.Problem) Message {
	m := Message{Summary: "Client not refreshed", Happened: "Client " + p.ClientID + " could not be read.", Means: stateIsKept}
	if p.FromTemplate {
		m.Happened = "Client " + p.ClientID + " could not be read at the address that client_configuration_uri_template gives."
		m.hints, m.Fix = true, []Fix{correctTemplate}
		return m
	}
	if p.ByProvider { // at an address that no plan asks again for an error
		m.Happened = "Client " + p.ClientID + " could not be read with the provider's own credentials, which are to manage it. Whether they do is not known yet."
		m.hints, m.Fix = true, []Fix{{
			Way: "plan again", Text: "Once the server answers, and with credentials that it accepts, plan again. That reads the client:", Lines: []string{"terraform plan"},
		}}
		return m
	}
	m.Fix = []Fix{{
		Way: "plan again", Text: "What can be done is said by the plan's own error. Where this run has none, as with -refresh-only or a destroy, run a plan:", Lines: []string{"terraform plan"},
	}}
	return m
}

// refusesUpdate reports whether what was refused is an update, as where there are no reads.
func refusesUpdate(p outcome.Problem) bool {
	var de *dcr.Error
	return errors.As(p.Err, &de) && de.Operation == dcr.Update
}

func tokenRefused(p outcome.Problem) Message {
	m := Message{Summary: "Registration access token refused", Happened: "The server refused the registration access token of client " + p.ClientID + " in the state.", Fix: waysOut(p)}
	if p.HandedInAlone {
		m.Happened = "The server refused the registration access token that was handed in for client " + p.ClientID + "."
	}
	if p.Importing {
		m.Happened = "The server refused the registration access token that the import has for client " + p.ClientID + "."
	}
	outdated := "Its token is outdated: another program may have replaced it, or an answer was lost."
	if p.HandedInAlone {
		outdated = "That token may be outdated, as where another program replaced it, or be another client's."
	}
	if p.Importing {
		outdated = "It may be outdated, as where another program replaced it, or it is another client's."
	}
	if p.Certificate != outcome.CertificateNotAsked && !p.Importing && !p.HandedInAlone {
		outdated = "Its token may be outdated: another program may have replaced it, or an answer was lost."
	}
	if refusesUpdate(p) {
		outdated += " Or the server compares the client secret in an update, and has another one."
	}
	if !p.Expired.IsZero() || p.SaidExpired || p.ShownAgain {
		outdated = "" // the evidence says why it is refused, or that it is taken
	}
	if slices.Contains(p.Ways, reconcile.WayEnable) && outdated != "" {
		outdated = "A server may refuse each token of a client that is disabled. Else " + strings.ToLower(outdated[:1]) + outdated[1:]
	}
	if p.TokenMoves && !p.Importing && !p.ShownAgain {
		outdated = strings.TrimSpace(outdated + " " + journalElsewhere)
		m.Fix = append([]Fix{otherJournal(p)}, m.Fix...)
	}
	m.Means = Paragraphs(tokenOf(p), triedBeside(p), p.Evidence, elsewhere(p), namedByID(p), outdated)
	return m
}

func goneOrOutdated(p outcome.Problem) Message {
	m := Message{
		Summary:  "Client is gone, or its token is outdated",
		Happened: "The server refused the credential for client " + p.ClientID + ", which means either that the client was deleted or that its token is outdated (RFC 7592 §2.1).",
		Means:    Paragraphs(tokenOf(p), triedBeside(p), guessedAddress(p), p.Evidence, elsewhere(p), namedByID(p)), Fix: waysOut(p),
	}
	if p.TokenMoves && !p.Importing {
		m.Means = Paragraphs(m.Means, journalElsewhere)
		m.Fix = append([]Fix{otherJournal(p)}, m.Fix...)
	}
	if (p.Importing || p.HandedInAlone) && !p.ByProvider {
		m.Happened = "The server refused the credential for client " + p.ClientID + ", which means that the client was deleted, or that the token is outdated or another client's (RFC 7592 §2.1)."
	}
	return m
}

// journalElsewhere is for a server that replaces tokens: a run with another journal, or with one where this has none, kept there what no state has.
const journalElsewhere = "This server replaces the token from time to time. A run that had a token journal, in another directory or on another machine, may have kept there what the state has not."

// otherJournal is the way to the token that a journal has. Of itself an apply without a change need not read the client, so that a deletion is made with it.
func otherJournal(p outcome.Problem) Fix {
	run := "Then run, with the resource's address, and then set token_journal back to what it was; a journal that is here keeps the tokens of other clients:"
	if p.Operation == reconcile.OperationDelete {
		run = "Then run, with the resource's address (and with -destroy where a destroy failed), and then set token_journal back to what it was; a journal that is here keeps the tokens of other clients:"
	}
	return Fix{
		Way:   "token_journal",
		Text:  "If another run had a token journal, copy that file here under a name that is not in use, and set it on the provider, for one apply of this client alone:",
		Lines: []string{`token_journal = { path = "other.journal" }`},
		Next:  []Block{{run, []string{"terraform apply -target=ADDRESS"}}},
	}
}

// guessedAddress says that an import asked where the client need not be.
func guessedAddress(p outcome.Problem) string {
	if !p.Importing || !p.FromTemplate {
		return ""
	}
	return "The address that was asked is the one that client_configuration_uri_template gives for the client_id. The server may have the client elsewhere, and answers so at any address where it has none."
}

func notServed(p outcome.Problem, m Message) Message {
	if p.ShownAgain { // so that neither its address nor the server's management is in doubt
		m.Summary, m.Happened = "Client exists, and its URI did not show it at first", "The server did not show client "+p.ClientID+" at its registration_client_uri when it was asked first."
		m.Means = Paragraphs(triedBeside(p), p.Evidence, elsewhere(p), keptAsItIs(p))
		return m
	}
	m.Summary, m.Happened = "Client exists, but its URI does not show it", "The server does not show client "+p.ClientID+" at its registration_client_uri."
	if p.FromTemplate {
		m.Happened, m.Fix = "The server does not show client "+p.ClientID+" at the address that client_configuration_uri_template gives.", append([]Fix{correctTemplate}, m.Fix...)
	}
	m.Means = Paragraphs(triedBeside(p), p.Evidence, elsewhere(p), "The server's management of clients may be switched off, or the path may have changed.", keptAsItIs(p))
	return m
}

// addressDropped is for a client without management that was asked for where a template, or the default one, has it. Nothing is asked there again, so that the next apply does
// not fail for it, and no other way is needed where the server manages no clients.
func addressDropped(p outcome.Problem, m Message) Message {
	if !p.AddressDropped {
		return m
	}
	switch {
	case !p.FromTemplate:
		m.Happened = "The server does not show client " + p.ClientID + " at {registration_endpoint}/{client_id}, which is asked where client_configuration_uri_template is not set."
		m.Fix = append([]Fix{ownPathWay}, m.Fix...)
	case p.Kind == outcome.NotReadable: // a page, or a redirect
		m.Happened = "Client " + p.ClientID + " could not be read at the address that client_configuration_uri_template gives."
		m.Fix = append([]Fix{correctTemplate}, m.Fix...)
	}
	m.Means = Paragraphs(m.Means, "From now on the client counts again as one that the server does not manage, unless the template is another one.")
	again := Fix{Way: "apply again", Text: "If the server manages no clients, apply again. A client that is to be changed is replaced then:", Lines: []string{"terraform apply"}}
	m.Fix = []Fix{m.Fix[0], again}
	return m
}
