// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

func readWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.ReadsRotate:
		return message{
			summary: "Server rotates credentials on reads", happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and a plan saves nothing.",
			means: "A plan that is not applied would lose the client. So plans do not read it, and changes made at the server stay unseen.", fix: rotationWays(),
		}
	case outcome.SkippedRotating:
		return message{
			summary: "Client not read, because reads rotate its credentials", happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and a plan saves nothing.",
			means: "The client is not read, and changes made at the server stay unseen.", fix: rotationWays(),
		}
	case outcome.ReadsReplaceSecret:
		return message{
			summary: "Server replaces the client secret on reads", happened: newSecretOnReads(p.ClientID),
			means: "Each plan would take the old secret from the applications that use it. A token journal does not help: it keeps the new secret for Terraform alone. So plans do not read the client, and changes made at the server stay unseen.",
			fix:   []fix{silentWay, alwaysWay},
		}
	case outcome.SkippedSecretMoves:
		return message{
			summary: "Client not read, because reads replace its secret", happened: newSecretOnReads(p.ClientID),
			means: "Each plan would take the old secret from the applications that use it. A token journal does not help: it keeps the new secret for Terraform alone. The client is not read in a plan, and changes made at the server stay unseen.",
			fix:   []fix{silentWay, alwaysWay},
		}
	case outcome.SkippedNotLearnt:
		return message{
			summary: "Client not read, because what its reads do is not known", happened: "No read in an apply has shown yet what a read does to the credentials of client " + p.ClientID + ".",
			means: "A read may replace a secret that applications use, so that a plan does not read the client. An update in place is planned, in which the apply reads it.",
			fix:   []fix{neverReadWay},
		}
	case outcome.ReadByApply:
		return message{
			summary: "Client is read by the apply", happened: "The last read of client " + p.ClientID + " got no answer that can be relied on, and it may have replaced credentials.",
			means: "An update in place is planned, in which the apply reads the client again.",
			fix:   []fix{neverReadWay},
		}
	case outcome.SkippedConnection:
		return message{
			summary: "Client not read, because settings are unknown", happened: "The provider's connection settings depend on values that are not known yet.",
			means: "This plan shows no change that was made to client " + p.ClientID + " at the server. The next plan does.",
		}
	case outcome.SkippedCredentials:
		return message{
			summary: "Client not read, because settings are unknown", happened: "The provider's credentials, or the server that they are for, depend on values that are not known yet.",
			means: "This plan shows no change that was made to client " + p.ClientID + " at the server. The next plan does.",
		}
	case outcome.TokenKeptForLater, outcome.TokenReplaced:
		return tokenWords(p)
	}
	return message{}
}

// tokenWords are those of a token that was handed in, or found elsewhere.
func tokenWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.TokenKeptForLater:
		return message{
			summary: "Registration access token saved", happened: "Client " + p.ClientID + " is not read now, so that its token in registration_access_tokens of the provider could not be tried.",
			means: "The token is saved with the state and tried at the next request.",
		}
	case outcome.TokenReplaced:
		source := map[outcome.TokenSource]string{
			outcome.FromSettings: "registration_access_tokens of the provider", outcome.FromJournal: "the token journal", outcome.FromRefusal: "the server's own refusal",
		}[p.Source]
		return message{
			summary: "Registration access token replaced", happened: "The server refused the registration access token of client " + p.ClientID + " in the state and accepted the one from " + source + ".",
			means: "The accepted one is in the state now.",
		}
	}
	return message{}
}

// The ways where a read would replace credentials.
var (
	silentWay    = fix{way: "refresh = never", text: "To accept that they stay unseen, without this warning, set on the resource or the provider:", lines: []string{`refresh = "never"`}}
	neverReadWay = fix{way: "refresh = never", text: "To do without reading it, set on the resource or the provider:", lines: []string{`refresh = "never"`}}
	alwaysWay    = fix{way: "refresh = always", text: "If no application uses the secret, read the client all the same, by this on the resource or the provider:", lines: []string{`refresh = "always"`}}
)

func newSecretOnReads(clientID string) string {
	return "The server issues a new client secret for client " + clientID + " whenever it is read."
}

// journaledInVain is for a read that a journal does not make safe.
func journaledInVain(clientID, why string) message {
	return message{
		summary: "Server replaces the client secret on reads", happened: newSecretOnReads(clientID),
		means: "Reading it takes the old secret from the applications that use it, and " + why + ".",
		fix:   []fix{{way: "refresh = always", text: "To read it all the same, set on the provider:", lines: []string{`refresh = "always"`}}},
	}
}

func rotationWays() []fix {
	return []fix{
		{way: "token_journal", text: "To keep new credentials and see such changes, set on the provider:", lines: []string{`token_journal = { path = "clients.journal" }`}},
		silentWay,
	}
}
