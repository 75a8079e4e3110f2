// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func readWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.ReadsRotate:
		m := Message{
			Summary: "Server rotates credentials on reads", Happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and a plan saves nothing.",
			Means: "A plan that is not applied would lose the client. So plans do not read it, and changes made at the server stay unseen.", Fix: rotationWays(),
		}
		if p.Imported {
			m.Means = "An import has to read it, also in a plan. Unless this very run stores the state, the token that was handed in is of no use any more, and the new one is lost. Later plans do not read the client, and changes made at the server stay unseen."
			m.Fix[0].Text = "To keep new credentials and see such changes, set on the provider, before the client is imported:"
		}
		return m
	case outcome.SkippedRotating:
		return Message{
			Summary: "Client not read, because reads rotate its credentials", Happened: "The server issues new credentials for client " + p.ClientID + " whenever it is read, and a plan saves nothing.",
			Means: "The client is not read, and changes made at the server stay unseen.", Fix: rotationWays(),
		}
	case outcome.ReadsReplaceSecret:
		return Message{
			Summary: "Server replaces the client secret on reads", Happened: newSecretOnReads(p.ClientID),
			Means: "Each plan would take the old secret from the applications that use it. A token journal does not help: it keeps the new secret for Terraform alone. So plans do not read the client, and changes made at the server stay unseen.",
			Fix:   []Fix{silentWay, alwaysWay},
		}
	case outcome.SkippedSecretMoves:
		return Message{
			Summary: "Client not read, because reads replace its secret", Happened: newSecretOnReads(p.ClientID),
			Means: "Each plan would take the old secret from the applications that use it. A token journal does not help: it keeps the new secret for Terraform alone. The client is not read in a plan, and changes made at the server stay unseen.",
			Fix:   []Fix{silentWay, alwaysWay},
		}
	case outcome.SkippedNotLearnt:
		return Message{
			Summary: "Client not read, because what its reads do is not known", Happened: "No read in an apply has shown yet what a read does to the credentials of client " + p.ClientID + ".",
			Means: "A read may replace a secret that applications use, so that a plan does not read the client. An update in place is planned, in which the apply reads it.",
			Fix:   []Fix{neverReadWay},
		}
	case outcome.ReadByApply:
		return Message{
			Summary: "Client is read by the apply", Happened: "The last read of client " + p.ClientID + " got no answer that can be relied on, and it may have replaced credentials.",
			Means: "An update in place is planned, in which the apply reads the client again.",
			Fix:   []Fix{neverReadWay},
		}
	case outcome.SkippedConnection, outcome.SkippedJournal, outcome.SkippedCredentials, outcome.AwaitsToken:
		return unknownWords(p)
	case outcome.OtherServer:
		here, there := serverName(p.Home), serverName(p.Configured)
		return Message{
			Summary: "Client is of another server than the provider's", Happened: "Client " + p.ClientID + " was registered at " + here + ", and the provider is configured for " + there + ".",
			Means: "It is managed where it is, with its own token, and a change of it goes there.",
			Fix: []Fix{wayWords(p, reconcile.WayServer), {
				Way: "terraform apply -replace", Text: "To register it at " + there + " instead, and deregister it here, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"},
			}, importThere(p)},
		}
	case outcome.TokenKeptForLater, outcome.TokenReplaced:
		return tokenWords(p)
	}
	return Message{}
}

// unknownWords are those of a client that is not read because settings depend on what an apply makes.
func unknownWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.SkippedConnection:
		return Message{
			Summary: "Client not read, because settings are unknown", Happened: "The provider's connection settings depend on values that are not known yet.",
			Means: "This plan shows no change that was made to client " + p.ClientID + " at the server. The next plan does.",
		}
	case outcome.SkippedJournal:
		return Message{
			Summary: "Client not read, because settings are unknown", Happened: "token_journal of the provider depends on values that are not known yet. The journal may have newer credentials of client " + p.ClientID + ", and keeps those that a read brings.",
			Means: "This plan shows no change that was made to the client at the server. The next plan does.",
		}
	case outcome.SkippedCredentials:
		return Message{
			Summary: "Client not read, because settings are unknown", Happened: "The provider's credentials, or the server that they are for, depend on values that are not known yet.",
			Means: "This plan shows no change that was made to client " + p.ClientID + " at the server. The next plan does.",
		}
	case outcome.AwaitsToken:
		return Message{
			Summary:  "Client not read, because settings are unknown",
			Happened: "Client " + p.ClientID + " could not be read, and registration_access_tokens of the provider, which may have its token, depends on values that are not known yet.",
			Means:    "The client is kept as it is in the state. This plan shows no change that was made to it at the server. The next plan does.",
		}
	}
	return Message{}
}

const untilApply = "An apply saves the accepted one in the state, a plan does not. Until an apply, leave it where it is set."

var tokenPlaces = map[outcome.TokenSource]string{
	outcome.FromSettings:    "registration_access_tokens of the provider",
	outcome.FromEnvironment: "the environment variable " + string(authserver.EnvTokens),
	outcome.FromJournal:     "the token journal",
	outcome.FromRefusal:     "that refusal, which brought a new one",
}

// tokenWords are those of a token that was handed in, or found elsewhere.
func tokenWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.TokenKeptForLater:
		place := tokenPlaces[outcome.FromSettings]
		if p.Source == outcome.FromEnvironment {
			place = tokenPlaces[outcome.FromEnvironment]
		}
		return Message{
			Summary: "Registration access token not tried yet", Happened: "Client " + p.ClientID + " is not read now, so that its token in " + place + " could not be tried.",
			Means: "An apply saves it in the state, and the next request tries it. A plan does not save it: until an apply, leave it where it is set.",
		}
	case outcome.TokenReplaced:
		saved := map[outcome.TokenSource]string{
			outcome.FromSettings: untilApply, outcome.FromEnvironment: untilApply,
			outcome.FromJournal: "An apply saves the accepted one in the state, and the journal keeps it until then.",
		}[p.Source]
		if p.Looked {
			return lookedWithAnother(p, tokenPlaces[p.Source])
		}
		m := Message{
			Summary: "Registration access token replaced", Happened: "The server refused the registration access token of client " + p.ClientID + " in the state and accepted the one from " + tokenPlaces[p.Source] + ".",
			Means: cmp.Or(saved, "An apply saves the accepted one in the state, a plan does not."),
		}
		if p.HandedInAlone {
			m.Summary = "Registration access token accepted"
			m.Happened = "The server accepted the registration access token of client " + p.ClientID + " from " + tokenPlaces[p.Source] + ". The state had none."
		}
		return m
	}
	return Message{}
}

const lookedHandedIn = "Where the refused one is a resource's, the next apply of that resource saves the accepted one. Where it is written here, it is of no use any more."

// lookedWithAnother is for what saves no token: a data source or an ephemeral resource.
func lookedWithAnother(p outcome.Problem, source string) Message {
	return Message{
		Summary: "Other registration access token used", Happened: "The server refused the registration access token of client " + p.ClientID + " that is configured for this read and accepted the one from " + source + ".",
		Means: map[outcome.TokenSource]string{
			outcome.FromSettings: lookedHandedIn, outcome.FromEnvironment: lookedHandedIn, outcome.FromJournal: "The journal keeps it.",
		}[p.Source],
	}
}

// The ways where a read would replace credentials.
var (
	silentWay    = Fix{Way: "refresh = never", Text: "To accept that they stay unseen, without this warning, set on the resource or the provider:", Lines: []string{`refresh = "never"`}}
	neverReadWay = Fix{Way: "refresh = never", Text: "To do without reading it, set on the resource or the provider:", Lines: []string{`refresh = "never"`}}
	alwaysWay    = Fix{Way: "refresh = always", Text: "If no application uses the secret, read the client all the same, by this on the resource or the provider:", Lines: []string{`refresh = "always"`}}
)

func newSecretOnReads(clientID string) string {
	return "The server issues a new client secret for client " + clientID + " whenever it is read."
}

// readAllTheSame is the way where a journal alone is in vain. Where reads replace the token, too, the journal has to keep that one.
func readAllTheSame(p outcome.Problem) Fix {
	f := Fix{Way: "refresh = always", Text: "To read it all the same, set on the provider:", Lines: []string{`refresh = "always"`}}
	if p.Loses == outcome.LosesCredential {
		f.Lines = append(f.Lines, `token_journal = { path = "clients.journal" }`)
	}
	return f
}

// journaledInVain is for a read that a journal does not make safe.
func journaledInVain(p outcome.Problem, why string) Message {
	return Message{
		Summary: "Server replaces the client secret on reads", Happened: newSecretOnReads(p.ClientID),
		Means: "Reading it takes the old secret from the applications that use it, and " + why + ".",
		Fix:   []Fix{readAllTheSame(p)},
	}
}

// notLearnt is for a look at a client of which no read has shown yet what reads do.
func notLearnt(p outcome.Problem, summary, why string) Message {
	if p.NoReads {
		return Message{
			Summary: summary + ", because the server said that it has no reads", Happened: "The last apply that asked for client " + p.ClientID + " was told that clients cannot be read there.",
			Means: "If they can be read all the same, a read may replace the client's credentials, and " + why + ".", Fix: []Fix{readAllTheSame(p)},
		}
	}
	alone := Fix{Way: "-target", Text: "Apply the client alone first, by its address. That apply reads it, and keeps what the read brings:", Lines: []string{"terraform apply -target=ADDRESS"}}
	m := Message{
		Summary: summary + ", because what reads do is not known", Happened: "No read in an apply has shown yet what a read does to the credentials of client " + p.ClientID + ".",
		Means: "A read may replace them, and " + why + ".",
	}
	if p.NeverRead {
		m.Means += ` The resource of the client has refresh = "never", from itself or from the provider, so that an apply without a change does not read it, either.`
		alone.Text = `Remove refresh = "never" from the resource and the provider, and apply the client alone, by its address. That apply reads it, and keeps what the read brings:`
	}
	m.Fix = []Fix{alone, readAllTheSame(p)}
	return m
}

func readUnsupported(p outcome.Problem, m Message) Message {
	if p.NoReads {
		return saidNoReads(p)
	}
	m.Summary, m.Happened, m.Means = "Server does not support reading clients", "Client "+p.ClientID+" cannot be read here.", keptAsItIs(p)
	m.Fix = []Fix{{Way: "refresh = never", Text: "To plan without reading it and without this warning, set on the resource or the provider:", Lines: []string{`refresh = "never"`}}}
	return entryFirst(p, m)
}

// saidNoReads is for a plan that does not ask a server again that said that it has no reads.
func saidNoReads(p outcome.Problem) Message {
	return Message{
		Summary: "Client not read, because the server said that it has no reads", Happened: "The last apply that asked for client " + p.ClientID + " was told that clients cannot be read there.",
		Means: "If they can be read all the same, a read may replace a secret that applications use, so that a plan does not ask again. The next update does. " + stateIsKept,
		Fix: []Fix{
			{Way: "refresh = never", Text: "To plan without this warning, set on the resource or the provider:", Lines: []string{`refresh = "never"`}},
			readAllTheSame(p),
		},
	}
}

func rotationWays() []Fix {
	return []Fix{
		{Way: "token_journal", Text: "To keep new credentials and see such changes, set on the provider:", Lines: []string{`token_journal = { path = "clients.journal" }`}},
		silentWay,
	}
}
