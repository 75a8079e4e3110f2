// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// words words a problem, by the table of its kind's group. more is what else the server did in the same way as in p.Substitution.
func words(p outcome.Problem, more ...reconcile.Substitution) message {
	switch p.Kind {
	case outcome.Substituted:
		return substitutionWords(p, more, accountOf(p.RollbackErr))
	case outcome.UnusableURL: // it may be sensitive
		return message{summary: "Unusable URL", happened: p.Attribute + " cannot be used: " + withoutURL(p.Err) + "."}
	case outcome.UnusableImportURL:
		return message{summary: "Unusable registration_client_uri", happened: "The URL in the import ID cannot be used: " + withoutURL(p.Err) + "."}
	}
	for _, group := range []func(outcome.Problem) message{
		serverWords, journalWords, registerWords, importWords, readWords, refusalWords, updateWords, replacementWords, deregisterWords, secretWords, findWords,
		credentialWords,
	} {
		m := group(p)
		if m.summary == "" {
			continue
		}
		told := accountOf(p.Err)
		m.said = paragraphs(m.said, told.block())
		m.happened = paragraphs(m.happened, told.rest)
		if m.hints {
			means, ways := cause(p.Err)
			m.means, m.fix = paragraphs(means, m.means), append(ways, m.fix...)
		}
		m.means = paragraphs(expiryWords(p), m.means)
		m.fix = append(told.fix, m.fix...)
		return m
	}
	return message{summary: string(p.Kind)}
}

func serverWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.UnusableConnection:
		return message{summary: "Unusable connection settings", happened: "The provider cannot connect with its settings."}
	case outcome.NoManagementCredentials:
		return message{
			summary:  "No credentials to manage clients with",
			happened: "With management = \"provider_credentials\" clients are read, updated and deleted with the provider's own credentials, and the provider has none.",
			fix: []fix{
				{way: "provider credential", text: "Set a credential on the provider (or basic_auth, client_credentials, headers, or a client certificate):", lines: []string{"initial_access_token = var.initial_access_token"}},
				{way: "management = auto", text: "To use each client's own registration access token instead:", lines: []string{`management = "auto"`}},
			},
		}
	case outcome.NotDiscovered:
		m := message{summary: "Authorization server not discovered"}
		var de *discovery.Error
		if errors.As(p.Err, &de) {
			m.summary = de.Summary()
		}
		return m
	case outcome.ServerNotKnownYet:
		return message{
			summary:  "Authorization server not known yet",
			happened: "The provider's issuer, registration_endpoint or webfinger_resource depends on a value that is known only after another apply.",
			fix:      []fix{{way: "-target", text: "Apply first what the value depends on, by its address:", lines: []string{"terraform apply -target=ADDRESS"}}},
		}
	case outcome.NoServer:
		return message{
			summary:  "No authorization server",
			happened: "Neither the provider nor this resource names an authorization server.",
			fix: []fix{
				{way: "issuer", text: "Set it on the provider (or registration_endpoint or webfinger_resource):", lines: []string{`issuer = "https://as.example.com"`}},
				{way: "environment", text: fmt.Sprintf("Or in the environment (or %s or %s):", envEndpoint, envWebFinger), lines: []string{"export " + string(envIssuer) + "=https://as.example.com"}},
			},
		}
	case outcome.NothingToDiscover:
		return message{
			summary: "Nothing to discover", happened: "Neither this data source nor the provider names an authorization server.",
			fix: []fix{{way: "issuer", text: "Set issuer or resource here:", lines: []string{`issuer = "https://as.example.com"`}}},
		}
	case outcome.NoRegistrationEndpoint:
		return message{
			summary:  "Server has no registration endpoint",
			happened: fmt.Sprintf("The metadata document at %s names no registration_endpoint: dynamic client registration is switched off there, or the endpoint is not published.", p.Endpoint),
			fix: []fix{
				{way: "server", text: "Switch dynamic client registration on at the server."},
				{way: "registration_endpoint", text: "If the server has it and does not publish it, set the endpoint on the provider:", lines: []string{registrationEndpointExample}},
			},
		}
	}
	return message{}
}

func journalWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.JournalUnusable:
		m := message{
			summary: "Token journal not usable", happened: "The token journal cannot be used.",
			means: "Nothing was sent, because the credentials that an answer may bring could not be kept.",
			fix:   []fix{{way: "token_journal", text: "Make the journal usable, or remove token_journal from the provider."}},
		}
		if p.Warning {
			m.means = "Credentials that the server replaces now are not kept in it."
		}
		return m
	case outcome.JournalNotRead:
		return message{
			summary: "Token journal not read", happened: "The token journal could not be read.", means: "Newer credentials that it may have were not used.",
			fix: []fix{{way: "token_journal", text: "Make the journal readable, or remove token_journal from the provider. Then run it again."}},
		}
	case outcome.JournalNotWritten:
		m := message{
			summary: "Token journal not written", happened: "The token journal could not be written.",
			fix: []fix{{way: "token_journal", text: "Before the next run, make the journal writable, or remove token_journal from the provider."}},
		}
		switch p.Loses {
		case outcome.LosesCredential:
			m.means = fmt.Sprintf("Terraform's state gets the new credentials of client %s, unless this run is a plan alone or is interrupted.", p.ClientID)
		case outcome.LosesClient:
			m.means = fmt.Sprintf("If Terraform does not save its state now, client %s is left behind at the server.", p.ClientID)
		case outcome.LosesNothing:
		}
		return m
	}
	return message{}
}

// importWords are for an import that cannot begin.
func importWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.NotImportable:
		return message{
			summary: "Client cannot be imported", happened: "An import reads the client, and management is \"none\" on the provider, so that no client is read.",
			fix: []fix{{way: "management = auto", text: "To import it, set on the provider:", lines: []string{`management = "auto"`}}},
		}
	case outcome.ImportNotFound:
		return message{summary: "Client to import not found", happened: "The server shows no such client.", means: p.Evidence}
	case outcome.ImportUnreadable:
		return message{
			summary: "Client cannot be imported", happened: "The server does not support reading clients (RFC 7592 §2.1), so that an import would know nothing of client " + p.ClientID + ".",
			fix: []fix{{way: "administrator", text: "Have the server's administrator delete the client, and register another one:", lines: []string{"terraform apply"}}},
		}
	case outcome.ImportedInPart:
		return message{
			summary:  "Not all of the client's metadata was imported",
			happened: "The server has registered values that a configuration may not hold, of " + strings.Join(p.Members, ", ") + ".",
			means:    "They are left as they are at the server and shown in registered_metadata.",
			fix:      []fix{{way: "allowed value", text: "To manage one of them, set it to a value that the standards allow."}},
		}
	case outcome.EmptyImportID:
		return message{summary: "Empty import ID", happened: "The ID of an import is the client's registration_client_uri, or its client_id."}
	case outcome.ImportWithoutServer:
		return message{
			summary: "No registration endpoint", happened: "Where client " + p.ClientID + " can be read is not known, because the server publishes no registration endpoint.",
			fix: []fix{{way: "registration_client_uri", text: "Import the client by its registration_client_uri, with its token in registration_access_tokens on the provider:", lines: []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}}},
		}
	case outcome.ImportWithoutToken:
		return message{
			summary: "No credential to read the client with", happened: "The import has no registration access token for the client. It is not part of the import ID, which Terraform prints.",
			fix: []fix{
				{way: "OIDC_REGISTRATION_ACCESS_TOKEN", text: "Set it in the environment:", lines: []string{"export " + string(envRegistrationToken) + "=TOKEN"}},
				{way: "registration_access_tokens", text: "Or on the provider, by client_id:", lines: []string{"registration_access_tokens = { CLIENT_ID = var.registration_access_token }"}},
			},
		}
	}
	return message{}
}

func secretWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.SecretReadRotates:
		if p.Journaled {
			return journaledInVain(p.ClientID, "what an ephemeral resource reads is in no state")
		}
		return message{
			summary: "Client secret not fetched, because reads rotate credentials", happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and what an ephemeral resource reads is saved nowhere: the client would be lost.",
			fix: []fix{{way: "token_journal", text: "To keep new credentials, set on the provider:", lines: []string{`token_journal = { path = "clients.journal" }`}}},
		}
	case outcome.SecretReadRotated:
		return message{
			summary: "Server rotates credentials on reads", happened: "Fetching the secret of client " + p.ClientID + " replaced its registration access token, and nothing keeps the new one.",
			fix: []fix{{way: "token_journal", text: "To keep new credentials, set on the provider:", lines: []string{`token_journal = { path = "clients.journal" }`}}},
		}
	case outcome.SecretNotFetched:
		return message{summary: "Client secret not fetched", happened: "Client " + p.ClientID + " could not be read.", hints: true}
	case outcome.SecretNotShown:
		return message{
			summary: "Server does not show the client secret", happened: "The server shows client " + p.ClientID + " without a usable secret: it keeps only a hash, or shows a secret only once.",
			fix: []fix{{way: "store_client_secret", text: "For this server, keep the secret in the state, from the client's registration on:", lines: []string{"store_client_secret = true"}}},
		}
	}
	return message{}
}

// accountOf walks a tree of errors.
func accountOf(err error) account {
	switch e := err.(type) { //nolint:errorlint // this is what walks the tree
	case nil:
		return account{}
	case *dcr.Error:
		return account{answers: answerLines(e), answered: e.Status != 0 || e.Redirected}
	case *outcome.Problem:
		m := words(*e)
		return account{rest: paragraphs(m.happened, m.said, m.means), fix: m.fix}
	case *discovery.Error:
		m := discoveryWords(e)
		return account{rest: paragraphs(m.happened, m.said, m.means), fix: m.fix}
	case interface{ Unwrap() []error }:
		if !hasAnswer(err) {
			return account{rest: sentence(err.Error())}
		}
		var all account
		for _, inner := range e.Unwrap() {
			all = all.and(accountOf(inner))
		}
		return all
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil || !hasAnswer(inner) {
			return account{rest: sentence(err.Error())}
		}
		outer := strings.TrimSuffix(strings.TrimSuffix(err.Error(), inner.Error()), ": ")
		return account{rest: sentence(outer)}.and(accountOf(inner))
	}
	return account{rest: sentence(err.Error())}
}

// hasAnswer reports whether a tree holds an error that has words of its own here.
func hasAnswer(err error) bool {
	var de *dcr.Error
	var p *outcome.Problem
	var found *discovery.Error
	return errors.As(err, &de) || errors.As(err, &p) || errors.As(err, &found)
}
