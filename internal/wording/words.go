// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Of words a problem. more is what else the server did in the same way as in p.Substitution.
func Of(p outcome.Problem, more ...reconcile.Substitution) Message {
	// A server chooses what it calls a client and its members, and a line break would let it write lines of its own.
	p = withShownAddresses(p)
	p.ClientID, p.Replaces, p.Members = legible.Visible(p.ClientID), legible.Visible(p.Replaces), allVisible(p.Members)
	if p.ClientID != "" {
		return placed(p, more)
	}
	p.ClientID = nameless
	return placed(p, more).named()
}

func placed(p outcome.Problem, more []reconcile.Substitution) Message {
	m := addressFirst(p, wordsOf(p, more))
	m.Fix = withPlaceholders(atItsPlace(p, m.Fix))
	return m
}

// addressFirst has a message say that a token by the key of its ways is in vain as long as there is one by the client's address, which several clients
// may have.
func addressFirst(p outcome.Problem, m Message) Message {
	if p.AddressFirst != "" && (proposes(m, handIn(p)) || proposes(m, handInByEnvironment(p))) {
		m.Means = Paragraphs(m.Means, "A token by the address "+quoted(p.AddressFirst)+" is handed in, in registration_access_tokens of the provider or in the environment variable "+
			string(authserver.EnvTokens)+". It goes before one by client_id: hand in the tokens of the clients at that address by their client_id instead.")
	}
	return m
}

func allVisible(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		out = append(out, legible.Visible(text))
	}
	return out
}

// named has a message speak of a client without a name.
func (m Message) named() Message {
	article := strings.NewReplacer("Client "+nameless, "The client", "client "+nameless, "the client", nameless, "CLIENT_ID")
	m.Happened, m.Said, m.Means = article.Replace(m.Happened), article.Replace(m.Said), article.Replace(m.Means)
	fixes := make([]Fix, 0, len(m.Fix))
	for _, f := range m.Fix {
		f = f.withLines(func(line string) string { return article.Replace(strings.ReplaceAll(line, `\u0000`, nameless)) })
		f.Text = article.Replace(f.Text)
		fixes = append(fixes, f)
	}
	m.Fix = fixes
	return m
}

// wordsOf has the words of a problem from the table of its kind's group.
func wordsOf(p outcome.Problem, more []reconcile.Substitution) Message {
	switch p.Kind {
	case outcome.Substituted:
		return substitutionWords(p, more, accountOf(p.RollbackErr).without(p))
	case outcome.UnusableURL: // it may be sensitive
		return Message{Summary: "Unusable URL", Happened: p.Attribute + " cannot be used: " + WithoutURL(p.Err) + ".", Fix: InsecureWays(p.Err)}
	case outcome.UnusableEndpoint:
		return unusableEndpoint(p)
	case outcome.UnusableImportURL:
		return Message{Summary: "Unusable registration_client_uri", Happened: "The registration_client_uri of the import cannot be used: " + WithoutURL(p.Err) + ".", Fix: append(InsecureWays(p.Err), importNames()...)}
	}
	for _, group := range []func(outcome.Problem) Message{
		serverWords, journalWords, registerWords, importWords, readWords, refusalWords, updateWords, replacementWords, deregisterWords, secretWords, findWords,
		credentialWords,
	} {
		m := group(p)
		if m.Summary == "" {
			continue
		}
		told := accountOf(p.Err).without(p)
		if p.Kind == outcome.LeftAtServer {
			told.fix = nil // no state keeps the client, so that no other run is about it
		}
		m.Said = Paragraphs(m.Said, told.block())
		m.Happened = Paragraphs(m.Happened, told.rest)
		if m.hints {
			means, ways := hintsOf(p)
			if p.Kind == outcome.NotRegistered && p.MaybeProcessed {
				ways = append(slices.DeleteFunc(ways, func(f Fix) bool { return f.Way == "retry" }), lookFirst)
			}
			m.Means, m.Fix = Paragraphs(means, m.Means), onlyOneRetry(p.Err, append(ways, m.Fix...))
		}
		m = certificateWords(p, m)
		m.Means = Paragraphs(expiryWords(p), m.Means)
		m.Fix = fixesWithout(p, append(told.fix, m.Fix...))
		return m
	}
	return Message{Summary: string(p.Kind)}
}

// onlyOneRetry leaves out the way to run it again where the cause of the failure has told to do so in other words, or does not pass by itself.
func onlyOneRetry(err error, ways []Fix) []Fix {
	failed, withoutToken := errors.AsType[*transport.TokenError](err)
	stays := withoutToken && failed.Status != 0 && momentOfToken(failed) == ""
	if !stays && !slices.ContainsFunc(ways, func(f Fix) bool { return f.Way == "retry" }) {
		return ways
	}
	return slices.DeleteFunc(ways, func(f Fix) bool { return f.Way == string(reconcile.WayRetry) })
}

func serverWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.UnusableConnection:
		return unusableConnection(p)
	case outcome.NoManagementCredentials:
		return Message{
			Summary:  "No credentials to manage clients with",
			Happened: "With management = \"provider_credentials\" clients are read, updated and deleted with the provider's own credentials, and the provider has none.",
			Fix: []Fix{
				{Way: "provider credential", Text: "Set a credential on the provider (or basic_auth, client_credentials, headers, or a client certificate):", Lines: []string{"initial_access_token = var.initial_access_token"}},
				{Way: "management = auto", Text: "To use each client's own registration access token instead:", Lines: []string{`management = "auto"`}},
			},
		}
	case outcome.NotDiscovered:
		m := Message{Summary: "Authorization server not discovered"}
		var de *discovery.Error
		if errors.As(p.Err, &de) {
			m.Summary = discoverySummary(de.Kind)
		}
		if errors.Is(p.Err, context.Canceled) && de == nil {
			m.Happened, m.Fix = "The operation was interrupted before the server's metadata was there.", []Fix{runAgain}
		}
		return m
	case outcome.ServerNotKnownYet:
		return Message{
			Summary:  "Authorization server not known yet",
			Happened: "What names the authorization server in the provider's configuration, or what a connection to it needs, depends on a value that is known only after another apply.",
			Fix:      []Fix{{Way: "-target", Text: "Apply first what the value depends on, by its address:", Lines: []string{"terraform apply -target=ADDRESS"}}},
		}
	case outcome.NoServer:
		return noServer(p)
	case outcome.NothingToDiscover:
		return Message{
			Summary: "Nothing to discover", Happened: "Neither this data source nor the provider names an authorization server.",
			Fix: []Fix{{Way: "issuer", Text: "Set issuer or resource here:", Lines: []string{`issuer = "https://as.example.com"`}}},
		}
	case outcome.OwnServerUnknown:
		return ownServerUnknown(p)
	case outcome.NoRegistrationEndpoint:
		return Message{
			Summary:  "Server has no registration endpoint",
			Happened: fmt.Sprintf("The metadata document at %s names no registration_endpoint: dynamic client registration is switched off there, or the endpoint is not published.", p.Endpoint),
			Fix: []Fix{
				{Way: "server", Text: "Switch dynamic client registration on at the server."},
				{Way: "registration_endpoint", Text: "If the server has it and does not publish it, set the endpoint on the provider:", Lines: []string{registrationEndpointExample}},
			},
		}
	}
	return Message{}
}

// importWords are for an import that cannot begin.
func importWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.NotImportable:
		return Message{
			Summary: "Client cannot be imported", Happened: "An import reads the client, and management is \"none\" on the provider, so that no client is read.",
			Fix: []Fix{{Way: "management = auto", Text: "To import it, set on the provider:", Lines: []string{`management = "auto"`}}},
		}
	case outcome.ImportNotFound:
		return Message{
			Summary: "Client to import not found", Happened: "The server shows no such client.", Means: p.Evidence,
			Fix: []Fix{{Way: "import again", Text: "Compare the ID with the client's own client_id or registration_client_uri at the server, and import again:", Lines: []string{"terraform import ADDRESS CLIENT_ID"}}},
		}
	case outcome.ImportUnreadable:
		return Message{
			Summary: "Client cannot be imported", Happened: "The server does not support reading clients (RFC 7592 §2.1), so that an import would know nothing of client " + p.ClientID + ".",
			Fix: []Fix{{Way: "administrator", Text: "Remove the import block, where there is one, have the server's administrator delete the client, and register another one:", Lines: []string{"terraform apply"}}},
		}
	case outcome.ClientOfTwo:
		return clientOfTwo(p)
	case outcome.ImportOfAnothers:
		return importOfAnothers(p)
	case outcome.ImportedInPart:
		return Message{
			Summary:  "Not all of the client's metadata was imported",
			Happened: "Of client " + p.ClientID + ", the server has registered values that a configuration may not hold, of " + strings.Join(p.Members, ", ") + ".",
			Means:    "They are left as they are at the server and shown in registered_metadata.",
			Fix:      []Fix{{Way: "allowed value", Text: "To manage one of them, set it to a value that the standards allow."}},
		}
	case outcome.EmptyImportID:
		return Message{Summary: "Import names no client", Happened: "An import names the client by its client_id or by its registration_client_uri, as its ID or in its identity.", Fix: importNames()}
	case outcome.UnusableImportID:
		return Message{Summary: "Unusable client_id", Happened: "The client_id of the import has a control character in it, such as a line break (RFC 6749, Appendix A.1).", Fix: importNames()}
	case outcome.ImportOfTwoClients:
		return Message{
			Summary: "Import of two clients", Happened: "The identity of the import says client_id " + p.ClientID + ", and its registration_client_uri is another client's.",
			Fix: []Fix{{Way: "one name", Text: "Leave one of them out."}},
		}
	case outcome.ImportOfTwoServers:
		return Message{
			Summary: "Import of two servers", Happened: "The identity of the import says another issuer than the provider's, and its registration_client_uri is at the provider's server.",
			Fix: []Fix{{Way: "one server", Text: "Leave issuer out of the identity."}},
		}
	case outcome.ImportOfEither:
		return importOfEither(p)
	case outcome.ImportWithoutServer:
		return Message{
			Summary: "No registration endpoint", Happened: "Where client " + p.ClientID + " can be read is not known, because the server publishes no registration endpoint.",
			Fix: []Fix{{Way: "registration_client_uri", Text: "Import the client by its registration_client_uri, with its token in registration_access_tokens on the provider:", Lines: []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}}},
		}
	case outcome.ImportWithoutToken:
		return importWithoutToken(p)
	}
	return Message{}
}

func importWithoutToken(p outcome.Problem) Message {
	more := "It is not part of the import ID, which Terraform prints."
	if p.NamedElsewhere {
		more = namedElsewhere
	}
	where := ""
	if !strings.Contains(p.ClientID, "://") && cmp.Or(p.TokenKey, p.ClientID) == p.ClientID {
		where = "A client_id is one of the server that the provider is configured for. A client of another server is imported by its registration_client_uri."
	}
	return Message{
		Summary: "No credential to read the client with", Happened: "The import has no registration access token for client " + p.ClientID + ". " + more, Means: where,
		Fix: []Fix{
			{Way: string(authserver.EnvTokens), Text: "Set it in the environment. " + besideOthers + ":", Lines: []string{handInByEnvironment(p)}},
			{Way: "registration_access_tokens", Text: "Or on the provider:", Lines: []string{handIn(p)}},
		},
	}
}

// importNames are the ways to name a client in an import.
func importNames() []Fix {
	return []Fix{
		{Way: "client_id", Text: "Import it by its client_id alone, from the provider's server, by the address of the resource for it:", Lines: []string{"terraform import ADDRESS CLIENT_ID"}},
		{Way: "registration_client_uri", Text: "Or by its registration_client_uri, as the server has it:", Lines: []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}},
	}
}

func importOfAnothers(p outcome.Problem) Message {
	return Message{
		Summary:  "Client is another resource's, too",
		Happened: "Client " + p.ClientID + " was imported, and another resource of this configuration has it already. Each of the two would undo what the other one sets.",
		Means:    "Where this run also takes the client out of the other resource's state, as a removed block does, nothing needs to be done.",
		Fix: []Fix{{
			Way: "one resource", Text: "Keep one of the two. Remove the other from the configuration, with its import block, and, if it is in the state, take it out:",
			Lines: []string{"terraform state rm ADDRESS"},
		}},
	}
}

func secretWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.SecretReadRotates:
		if p.NotLearnt || p.NoReads {
			return notLearnt(p, "Client secret not fetched", "what an ephemeral resource reads is saved nowhere")
		}
		if p.InVain {
			return journaledInVain(p, "what an ephemeral resource reads is in no state")
		}
		return Message{
			Summary: "Client secret not fetched, because reads rotate credentials", Happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and what an ephemeral resource reads is saved nowhere: the client would be lost.",
			Fix: []Fix{{Way: "token_journal", Text: "To keep new credentials, set on the provider:", Lines: []string{`token_journal = { path = "clients.journal" }`}}},
		}
	case outcome.SecretReadRotated:
		return Message{
			Summary: "Server rotates credentials on reads", Happened: "Fetching the secret of client " + p.ClientID + " replaced its registration access token, and nothing keeps the new one.",
			Means: "The token that was sent is used up.", Fix: []Fix{reissued(p)},
		}
	case outcome.SecretNotFetched:
		return Message{Summary: "Client secret not fetched", Happened: "Client " + p.ClientID + " could not be read.", hints: true, Means: absentOrRefused(p.Err), Fix: refusedHere(p)}
	case outcome.SecretNotShown:
		if p.Secretless {
			return Message{
				Summary: "Client has no secret", Happened: "The server shows client " + p.ClientID + " without a secret. It is registered with a token_endpoint_auth_method that needs none.",
				Fix: []Fix{{
					Way: "token_endpoint_auth_method", Text: "Remove this ephemeral resource, or have the client registered with a method that uses a secret, by its resource:",
					Lines: []string{`token_endpoint_auth_method = "client_secret_basic"`},
				}},
			}
		}
		return Message{
			Summary: "Server does not show the client secret", Happened: "The server shows client " + p.ClientID + " without a usable secret: it keeps only a hash, or shows a secret only once.",
			Fix: []Fix{{Way: "store_client_secret", Text: "For this server, keep the secret in the state, from the client's registration on:", Lines: []string{"store_client_secret = true"}}},
		}
	}
	return Message{}
}

// accountOf walks a tree of errors.
func accountOf(err error) account {
	switch e := err.(type) { //nolint:errorlint // this is what walks the tree
	case nil:
		return account{}
	case *dcr.Error:
		return account{answers: [][]string{answerLines(e)}, answered: answered(e)}
	case *outcome.Problem:
		m := Of(*e)
		return account{rest: Paragraphs(m.Happened, m.Said, m.Means), fix: m.Fix}
	case *discovery.Error:
		m := discoveryWords(e)
		return account{rest: Paragraphs(m.Happened, m.Said, m.Means), fix: m.Fix}
	case interface{ Unwrap() []error }:
		if !hasAnswer(err) {
			return account{rest: Sentence(err.Error())}
		}
		var all account
		for _, inner := range e.Unwrap() {
			all = all.and(accountOf(inner))
		}
		return all
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil || !hasAnswer(inner) {
			return account{rest: Sentence(err.Error())}
		}
		outer := strings.TrimSuffix(strings.TrimSuffix(err.Error(), inner.Error()), ": ")
		return account{rest: Sentence(outer)}.and(accountOf(inner))
	}
	return account{rest: Sentence(err.Error())}
}

// hasAnswer reports whether a tree holds an error that has words of its own here.
func hasAnswer(err error) bool {
	var de *dcr.Error
	var p *outcome.Problem
	var found *discovery.Error
	return errors.As(err, &de) || errors.As(err, &p) || errors.As(err, &found)
}
