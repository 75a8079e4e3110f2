// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const stateIsKept = "The state is kept as it is, and changes made at the server stay unseen."

func keptAsItIs(p outcome.Problem) string {
	if p.Importing || p.NotKept {
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

// handIn is the line that hands in a client's registration access token.
func handIn(p outcome.Problem) string {
	return "registration_access_tokens = { " + quoted(tokenKey(p)) + " = var.registration_access_token }"
}

func tokenKey(p outcome.Problem) string { return cmp.Or(p.TokenKey, p.ClientID) }

// namedElsewhere: two servers may both have a client "1".
const namedElsewhere = "registration_access_tokens has an entry by this client_id. Such an entry is for a client of the server that the provider is configured for, and this client may be at another one."

// namedByID says why the token is not used that the user has set for the client.
func namedByID(p outcome.Problem) string {
	if !p.NamedElsewhere {
		return ""
	}
	return namedElsewhere
}

// handInByEnvironment is the same for a shell. A person puts the token in.
func handInByEnvironment(p outcome.Problem) string {
	return TokensVariable(cmp.Or(p.TokenKey, p.ClientID))
}

// besideOthers is for a variable that is one for all clients: the line alone would take the tokens of the others away.
const besideOthers = "Where the variable has tokens of other clients already, its new value is to hold those, too, in the same object"

// TokensVariable is the line for a shell that hands in the token of the client that a key names.
func TokensVariable(key string) string {
	return "export " + string(authserver.EnvTokens) + "=" + shellWord(`{`+quotedJSON(key)+`:"TOKEN"}`)
}

// templateWay is for an address that the server does not name, or names wrongly.
var templateWay = Fix{
	Way: "client_configuration_uri_template", Text: "If the server manages clients at another address, set on the provider:",
	Lines: []string{`client_configuration_uri_template = "{registration_endpoint}/{client_id}"`},
}

// ownPathWay is for a client without a token, which was asked for at the address that templateWay gives: that is the default.
var ownPathWay = Fix{
	Way: templateWay.Way, Text: "If the server manages clients at another address, set on the provider, with the server's own path in the place of PATH:",
	Lines: []string{`client_configuration_uri_template = "{registration_endpoint}/PATH/{client_id}"`},
}

const acceptWhere = ", set on the resource or the provider, with the names that are there already:"

// acceptWay is the way that accepts what the server registers for some parameters, without its text.
func acceptWay(members []string) Fix {
	names := make([]string, len(members))
	for i, member := range members {
		names[i] = quoted(member)
	}
	return Fix{Way: "accept_substitutions", Lines: []string{"accept_substitutions = [" + strings.Join(names, ", ") + "]"}}
}

// ownClientWay is for a client that a registration meets, and that may be the one that create_before_destroy keeps until then.
var ownClientWay = Fix{
	Way: "create_before_destroy", Text: "If it is this resource's own client, which create_before_destroy keeps until the new one is registered, and the server deregisters clients, " +
		"remove create_before_destroy, on the resource or on one that depends on it. Then, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"},
}

// ownNameWay is for a server that answers a registration with a client that it has.
var ownNameWay = Fix{Way: "client_name", Text: "The server seems to take two resources for one client. Give each of them its own client_name, or remove one of them."}

// Ways outside of a configuration.
var (
	askRedirect    = Fix{Way: "redirect", Text: "Ask the server's administrator why it redirects there, or look for a proxy before it that does."}
	askCredential  = Fix{Way: "administrator", Text: "Ask the server's administrator what this credential may do."}
	compareAddress = Fix{Way: "address", Text: "Compare the address with the server's own documentation."}
	runAgain       = Fix{Way: "retry", Text: "Run it again."}
)

// wayWords words one way out of a refusal.
func wayWords(p outcome.Problem, way reconcile.Way) Fix {
	f := Fix{Way: string(way)}
	switch way {
	case reconcile.WayServer:
		f.Text = "If the provider is configured for the wrong server, configure it for the one where the client was registered:"
		f.Lines = []string{"issuer = " + quoted(p.Home.Issuer)}
		if p.Home.Issuer == "" {
			f.Lines = []string{"registration_endpoint = " + quoted(p.Home.RegistrationEndpoint)}
		}
	case reconcile.WayRetry:
		f.Text = "Run it again: the failure may pass."
		if p.Kind == outcome.NotReached {
			f.Text = "Run it again once the server answers."
		}
	case reconcile.WayTokens:
		f.Text = "If the client still exists, have the server's administrator issue a new registration access token and set it on the provider; the next apply saves it in the state:"
		f.Lines = []string{handIn(p)}
		if p.Importing {
			return importToken(p, f)
		}
	case reconcile.WayWithoutEntry, reconcile.WayOtherEntry:
		f.Text = withoutEntry(p, way)
	case reconcile.WayCredentials:
		f.Text = "Correct the provider's own credentials, or give them the permission to manage clients."
	case reconcile.WayManagementProvider:
		f.Text = "If the server takes the provider's own credentials for clients, too, set on the provider:"
		f.Lines = []string{`management = "provider_credentials"`}
	case reconcile.WayTemplate:
		return importByURI(p)
	case reconcile.WayTemplateSet:
		return templateWay
	case reconcile.WayImportThere:
		return importThere(p)
	case reconcile.WayOnMissingKeep:
		f.Text = "To keep the client in the state until it is seen again, with a warning, set on the resource or the provider:"
		f.Lines = []string{`on_missing = "keep"`}
	case reconcile.WayOnMissingRecreate:
		f.Text = "If the client was deleted, have it registered anew, by one apply with this on the resource or the provider:"
		if p.Operation == reconcile.OperationDelete {
			f.Text = "If the client was deleted, a destroy takes it as gone with this on the provider:"
		}
		f.Lines = []string{`on_missing = "recreate"`}
	case reconcile.WayPlanAgain:
		return Fix{Way: string(way), Text: "If the client was deleted, plan and apply again. With on_missing = \"recreate\", the new plan registers it anew:", Lines: []string{"terraform apply"}}
	case reconcile.WayRefreshNever:
		return Fix{Way: string(way), Text: "To plan without reading the client, set on the resource or the provider:", Lines: []string{`refresh = "never"`}}
	case reconcile.WayManagementNone:
		return manageNone(p)
	case reconcile.WayEnable:
		f.Text = "If the client is disabled at the server, have the server's administrator enable it, and run the same again."
	case reconcile.WayStateRm:
		f.Text = "To leave the client to the server's administrator, who can delete it there, take it out of the state, by the resource's address. While the resource is configured, the next apply registers another client. Where a plan calls the client deposed, the current one goes, too:"
		f.Lines = []string{"terraform state rm ADDRESS"}
	case reconcile.WayNeverAgain:
		return neverAgain(p)
	}
	return f
}

// manageNone is the way that leaves clients alone, but for those that a change or a secret has replaced.
func manageNone(p outcome.Problem) Fix {
	const anew = " (one whose configuration differs, or whose secret is due, is then registered anew, with another client_id), "
	text := "To neither read nor delete any client" + anew + "set on the provider:"
	if p.Operation == reconcile.OperationUpdate {
		text = "To neither read, update nor delete any client" + anew + "make the configuration as the client is, and set on the provider:"
	}
	return Fix{
		Way: string(reconcile.WayManagementNone), Text: text,
		Lines: []string{`management = "none"`},
	}
}

// neverAgainGuide is the part of the guide for a server that never answers for a client again.
const neverAgainGuide = "https://registry.terraform.io/providers/terraform-oidc/oidc/latest/docs/guides/credentials#when-a-server-never-answers-again"

// neverAgain leads to what gives a client up, which is no way out of an outage. Whom no server answered in a plan waits, or plans without reading.
func neverAgain(p outcome.Problem) Fix {
	if p.Kind == outcome.NotReached {
		return Fix{}
	}
	return Fix{
		Way: string(reconcile.WayNeverAgain), Text: "If the server never answers for this client again, give the client up as this says:",
		Lines: []string{neverAgainGuide},
	}
}

// withoutEntry is the way back to the provider's own credentials, or to the client's own token, from a token that was handed in.
func withoutEntry(p outcome.Problem, to reconcile.Way) string {
	from := "registration_access_tokens on the provider."
	if p.Source == outcome.FromEnvironment {
		from = "the environment variable " + string(authserver.EnvTokens) + "."
	}
	if to == reconcile.WayOtherEntry {
		return "If that token is another client's, remove the entry " + quoted(p.EntryTold) + " from " + from + " Then the answer to the client's own token counts."
	}
	return "If the server takes the provider's own credentials for this client, which go after a token that is handed in, remove the client's entry from " + from
}

// entryFirst tells, before anything else, of a token that was handed in and may be another client's.
func entryFirst(p outcome.Problem, m Message) Message {
	if p.EntryTold != "" {
		m.Means, m.Fix = Paragraphs(triedBeside(p), m.Means), append([]Fix{wayWords(p, reconcile.WayOtherEntry)}, m.Fix...)
	}
	return m
}

// importByURI is for a client that its own server has at another address than the known one.
func importByURI(p outcome.Problem) Fix {
	f := Fix{Way: string(reconcile.WayTemplate), Lines: []string{"terraform import ADDRESS REGISTRATION_CLIENT_URI"}}
	f.Text = "If the client is at another URI, import it by that URI, with its token in registration_access_tokens on the provider (ADDRESS is the resource's address)"
	if p.Importing {
		f.Text += ":"
		return f
	}
	f.Text += ". The first command shows the token, and the client secret, which an import has only where reads show it; the second removes both:"
	f.Lines = append([]string{"terraform state pull", "terraform state rm ADDRESS"}, f.Lines...)
	return f
}

// importThere is for a server that has a new address, and took its clients there. An import is the user's word that the client is there: of
// itself no token goes to another server, which may end one of a client that it does not have (RFC 7592 §2.1).
func importThere(p outcome.Problem) Fix {
	const alone = "ADDRESS is the resource's address:"
	text := "If " + serverName(p.Configured) + " is that server at a new address and has its clients, import the client from there, by its client_id or its new registration_client_uri"
	f := Fix{
		Way: string(reconcile.WayImportThere), Text: text + ". The first command shows the client secret, which an import has only where reads show it; the second removes it. " + alone,
		Lines: []string{"terraform state pull", "terraform state rm ADDRESS", "terraform import ADDRESS CLIENT_ID"},
	}
	if !p.ByProvider {
		f.Text = text + ", with its token in registration_access_tokens on the provider. The first command shows the token, and the client secret, which an import has only where reads show it; the second removes both. " + alone
	}
	return f
}

// importToken is the way to another token for an import, where the refused one came from.
func importToken(p outcome.Problem, f Fix) Fix {
	const own = "If the refused token is the client's own, have the server's administrator issue a new one. Set the client's own registration access token "
	if p.TokensUnused {
		f.Text, f.Lines = "To have the client read with its own registration access token, set on the provider, and import again:", append([]string{`management = "auto"`}, f.Lines...)
		return f
	}
	f.Text = own + "on the provider, and import again:"
	if p.Source == outcome.FromEnvironment {
		f.Text, f.Lines = own+"in the environment, and import again. "+besideOthers+":", []string{handInByEnvironment(p)}
	}
	return f
}

// triedBeside says that a token which was handed in was tried beside the state's. To hand one in is among the ways: whoever did has to know that it was in vain.
func triedBeside(p outcome.Problem) string {
	notAccepted := " was tried, too, and the server did not accept it."
	switch {
	case p.EntryTold != "":
		notAccepted = " was tried, too, and that is the answer to it. The client's own one was refused otherwise."
	case p.HandedInAlone && p.OtherClients:
		notAccepted = " is another client's: the server answered it with that one. The state has none, so that no other one was tried."
	case p.HandedInAlone:
		notAccepted = " was not accepted by the server. The state has none, so that no other one was tried."
	case p.OtherClients:
		notAccepted = " was tried, too, and is another client's: the server answered it with that one."
	}
	switch {
	case p.Importing || p.ByProvider:
	case p.Source == outcome.FromEnvironment:
		return "The token in the environment variable " + string(authserver.EnvTokens) + notAccepted
	case p.Source == outcome.FromSettings:
		return "The token in registration_access_tokens of the provider" + notAccepted
	}
	return ""
}

// tokenOf says where the refused token of an import comes from.
func tokenOf(p outcome.Problem) string {
	switch {
	case !p.Importing || p.ByProvider:
		return ""
	case p.Source == outcome.FromEnvironment:
		return "The refused token is that of the environment variable " + string(authserver.EnvTokens) + "."
	case p.Source == outcome.FromSettings:
		return "The refused token is that of registration_access_tokens on the provider."
	}
	return ""
}

// elsewhere says that the provider is configured for another server than the client's own.
func elsewhere(p outcome.Problem) string {
	if !p.Home.IsKnown() {
		return ""
	}
	return fmt.Sprintf("The client was registered at %s, and the provider is configured for %s. None of the client's credentials was sent to the latter.", serverName(p.Home), serverName(p.Configured))
}

func serverName(h reconcile.Home) string { return cmp.Or(h.Issuer, h.RegistrationEndpoint) }
