// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// words gives summary and detail of a problem, from the table of its kind's group.
func words(p lifecycle.Problem) (summary, detail string) {
	for _, group := range []func(lifecycle.Problem) (string, string){serverWords, journalWords, registerWords, readWords, refusalWords, updateWords, replacementWords, deregisterWords, secretWords, findWords, credentialWords} {
		if summary, detail = group(p); summary != "" {
			return summary, detail
		}
	}
	return string(p.Kind), exchange(p.Err)
}

func serverWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.UnusableConnection:
		return "Unusable connection settings", exchange(p.Err)
	case lifecycle.NoManagementCredentials:
		return "No credentials to manage clients with", "management = \"provider_credentials\" reads, updates and deletes clients with the provider's own credentials, and there are none. " +
			"Set initial_access_token, basic_auth, client_credentials, headers or a client certificate."
	case lifecycle.NotDiscovered:
		var de *discovery.Error
		if errors.As(p.Err, &de) {
			return de.Summary(), de.Detail()
		}
		return "Authorization server not discovered", exchange(p.Err)
	case lifecycle.ServerNotKnownYet:
		return "Authorization server not known yet", "The provider's issuer, registration_endpoint or webfinger_resource depends on a value that is known only after another apply. Apply that first, with -target, or give a known value."
	case lifecycle.NoServer:
		return "No authorization server", "Set issuer, registration_endpoint or webfinger_resource on the provider (or " +
			string(envIssuer) + ", " + string(envEndpoint) + ", " + string(envWebFinger) + " in the environment), or issuer or registration_endpoint on the resource."
	case lifecycle.NothingToDiscover:
		return "Nothing to discover", "Set resource or issuer here, or issuer or webfinger_resource on the provider."
	case lifecycle.UnusableURL:
		return "Unusable URL", p.Attribute + " cannot be used: " + withoutURL(p.Err) + "."
	case lifecycle.NoRegistrationEndpoint:
		return "Server has no registration endpoint", fmt.Sprintf("The metadata document at %s names no registration_endpoint: dynamic client registration is switched off there, or its endpoint is not published. "+
			"Switch it on, or set registration_endpoint on the provider.", p.Endpoint)
	}
	return "", ""
}

func journalWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.JournalUnusable:
		next := ". Nothing was sent, because the credentials that the answer brings could not be kept in it. Make it usable, or remove token_journal from the provider."
		if p.Warning {
			next = ". Credentials that the server rotates now are not kept in it."
		}
		return "Token journal not usable", exchange(p.Err) + next
	case lifecycle.JournalNotRead:
		return "Token journal not read", exchange(p.Err)
	case lifecycle.JournalNotWritten:
		next := ""
		switch p.Loses {
		case lifecycle.LosesCredential:
			next = ". If Terraform does not save its state now, the client's new credential is lost."
		case lifecycle.LosesClient:
			next = ". If Terraform does not save its state now, client " + p.ClientID + " is left behind."
		}
		return "Token journal not written", exchange(p.Err) + next
	}
	return "", ""
}

func registerWords(p lifecycle.Problem) (summary, detail string) {
	client := "Client " + p.ClientID
	switch p.Kind {
	case lifecycle.NotRegistered:
		return "Client not registered", paragraphs(exchange(p.Err), cmp.Or(takenName(p), likelyCause(p.Err)), lostRegistration(p), keptClient(p))
	case lifecycle.RegisteredBesideError:
		next := "so that the next apply deletes it and registers another."
		if !p.Manageable {
			next = "and the server offers no way to deregister it: have its administrator delete it."
		}
		if p.Replaces != "" {
			return client + " registered beside an error", paragraphs("The server's error answer holds a new client. It is deregistered again where the server offers a way.", keptClient(p))
		}
		return client + " registered beside an error", "The server's error answer holds a new client. It stays in the state, marked as tainted, " + next
	case lifecycle.NotReadBack:
		return client + " registered but not read back", paragraphs(exchange(p.Err), likelyCause(p.Err), "What the registration's answer showed is taken as what the server has registered.")
	case lifecycle.NotServedFromStart:
		return client + " registered, and kept without management", paragraphs(exchange(p.Err), fmt.Sprintf("The server named %s as the client configuration endpoint and does not show the client there, so that the client cannot be read, updated or deleted. "+
			"A change of its configuration will register another one in its place, and a destroy will leave it at the server unless it can be deleted by then.", p.Endpoint),
			"If clients are managed at another address, set client_configuration_uri_template on the provider. Otherwise set management = \"none\" to silence this warning.")
	case lifecycle.NotManageable:
		why := "The server returned no registration access token, and the provider's own credentials did not show the client at its client configuration endpoint. "
		if p.ByProvider {
			why = "management is \"provider_credentials\", and the provider's own credentials did not show the client at its client configuration endpoint. "
		}
		next := "A change of its configuration will replace it, and a destroy will leave it at the server. "
		if p.Manageable {
			next = "The registration access token that the server returned is in the state; with management = \"auto\" it is used. "
		}
		return client + " cannot be managed", paragraphs(exchange(p.Err), likelyCause(p.Err),
			why+next+"Check client_configuration_uri_template and the credentials' permissions, or set management = \"none\".")
	case lifecycle.Adopted:
		outcome := "It was taken over instead of registering a second one."
		if !p.Manageable {
			outcome = "It could not be looked at, because the server manages no clients."
		}
		return client + " adopted", adoption(p, outcome)
	case lifecycle.NotAdopted:
		return client + " not adopted", paragraphs(adoption(p, "It was not taken over, because the server did not show it, and a new one is registered:"), exchange(p.Err))
	case lifecycle.AdoptionUndecided:
		return "Nothing registered, because an earlier client cannot be looked at", paragraphs(adoption(p, "Whether it still exists cannot be told now, and a second one must not be registered beside it:"), exchange(p.Err), likelyCause(p.Err), p.Evidence,
			"Run the apply again once the server answers. Where it refuses the token, have the server's administrator issue a new one and set it on the provider: "+
				fmt.Sprintf("registration_access_tokens = { %q = \"…\" }. If that client was deleted, set on_missing = \"recreate\" on the resource for one apply: a new one is registered.", p.ClientID))
	case lifecycle.LeftBehind:
		return "A client may have been left behind", fmt.Sprintf("On %s an apply was about to register a client at %s and ended before an answer arrived. "+
			"The server may have registered it. Look there for a client of that time that no state knows.", timestamp(p.Time), p.Endpoint)
	case lifecycle.Substituted:
		return substitutionWords(p)
	}
	return "", ""
}

func readWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.NotImportable:
		return "Client cannot be imported", "Without a client configuration endpoint (registration_client_uri) there is nothing to read the client from: " +
			"the server manages no clients, or the provider's management is set to none."
	case lifecycle.ImportNotFound:
		return "Client to import not found", exchange(p.Err)
	case lifecycle.ImportUnreadable:
		return "Client cannot be imported", paragraphs(exchange(p.Err), "The server has no reading of clients (RFC 7592 §2.1), so that an import would know nothing of this one. "+
			"Register another client by an apply, and have the server's administrator delete this one.")
	case lifecycle.ImportedInPart:
		return "Not all of the client's metadata was imported", "The server has registered values that a configuration may not hold, of " + strings.Join(p.Members, ", ") +
			". They are left as they are at the server and shown in registered_metadata. To manage one of them, set it to a value that the standards allow."
	case lifecycle.EmptyImportID:
		return "Empty import ID", "The ID is the registration_client_uri of the client, or its client_id."
	case lifecycle.UnusableImportURL:
		return "Unusable registration_client_uri", exchange(p.Err)
	case lifecycle.ImportWithoutServer:
		return "No registration endpoint", "The client configuration endpoint of client “" + p.ClientID + "” cannot be told, because the server publishes no registration endpoint. Import by the client's registration_client_uri."
	case lifecycle.ImportWithoutToken:
		return "No credential to read the client with", "Set the client's registration access token in the environment variable " + string(envRegistrationToken) +
			" or in registration_access_tokens of the provider, by client_id. It must not be part of the ID, which Terraform prints."
	case lifecycle.ReadsRotate:
		return "Server rotates credentials on reads", rotationAdvice(p.ClientID)
	case lifecycle.SkippedRotating:
		return "Client " + p.ClientID + " not read", rotationAdvice(p.ClientID) + " Until then the client is not read, and a change made at the server stays unseen."
	case lifecycle.ReadsReplaceSecret:
		return "Server replaces the client secret on reads", secretAdvice(p.ClientID)
	case lifecycle.SkippedSecretMoves:
		return "Client " + p.ClientID + " not read", secretAdvice(p.ClientID) + " Until then the client is not read in a plan, and a change made at the server stays unseen."
	case lifecycle.SkippedNotLearnt:
		return "Client " + p.ClientID + " not read", fmt.Sprintf("No read in an apply has shown yet what a read does to the credentials of client %s: it may replace a secret that its applications use. "+
			"So a plan does not read it. An update in place is planned instead, in which the apply reads it; set refresh = \"never\" to do without.", p.ClientID)
	case lifecycle.ReadByApply:
		return "Client " + p.ClientID + " is read by the apply", "The last read of the client got no answer that can be relied on, and it may have replaced credentials. " +
			"So an update in place is planned, in which the apply reads the client again; set refresh = \"never\" to do without."
	case lifecycle.SkippedConnection:
		return "Client " + p.ClientID + " not read", "The provider's connection settings depend on values that are not known yet, so this plan shows no drift of the client."
	case lifecycle.SkippedCredentials:
		return "Client " + p.ClientID + " not read", "The provider's credentials, which manage this client, or the server that they are for depend on values that are not known yet, so this plan shows no drift of the client."
	case lifecycle.TokenKeptForLater:
		return "Registration access token saved", fmt.Sprintf("The client %s is not read now, so that its token in the provider's registration_access_tokens could not be tried. "+
			"It is saved with the state and tried at the next request.", p.ClientID)
	case lifecycle.TokenReplaced:
		source := map[lifecycle.TokenSource]string{
			lifecycle.FromSettings: "the provider's registration_access_tokens", lifecycle.FromJournal: "the token journal", lifecycle.FromRefusal: "the server's own refusal",
		}[p.Source]
		return "Registration access token replaced", fmt.Sprintf("The server refused the registration access token of client %s in the state and took the one from %s, which is now saved.", p.ClientID, source)
	}
	return "", ""
}

func refusalWords(p lifecycle.Problem) (summary, detail string) {
	client, told := "Client "+p.ClientID, p.Evidence
	switch p.Kind {
	case lifecycle.NotRefreshed:
		return client + " not refreshed", paragraphs(exchange(p.Err), "The state is kept as it is, and changes made at the server stay unseen.")
	case lifecycle.NotReached:
		return client + " not reached", paragraphs(exchange(p.Err), likelyCause(p.Err), waysOut(p))
	case lifecycle.ReadUnsupported:
		return client + " cannot be read here", paragraphs(exchange(p.Err), "The server does not support this operation. The state is kept as it is, and changes made at the server stay unseen. Set refresh = \"never\" to silence this warning.")
	case lifecycle.NotReadable:
		return client + " not readable", paragraphs(exchange(p.Err), likelyCause(p.Err), told, waysOut(p))
	case lifecycle.NotServed:
		return client + " exists, and its URI does not show it", paragraphs(exchange(p.Err), told, elsewhere(p),
			"The server does not answer at the client's registration_client_uri: its management of clients may be switched off, or the path may have changed. "+keptAsItIs, waysOut(p))
	case lifecycle.MissingUndecided:
		return client + " was not found", paragraphs(exchange(p.Err), told, elsewhere(p),
			"A 404 is also how a server answers whose management of clients is switched off, and how a proxy answers in an outage. "+keptAsItIs, waysOut(p))
	case lifecycle.Gone:
		if !p.Time.IsZero() {
			told = paragraphs(told, "A deletion of it was sent on "+timestamp(p.Time)+", and its answer never arrived or was never recorded, as when Terraform is killed.")
		}
		return client + " is gone", paragraphs(exchange(p.Err), told, "It was removed from the state, so that the next apply registers it anew. "+
			"Should an administrator have replaced its token and its secret instead, do not apply: hand in the new token by registration_access_tokens of the provider.")
	case lifecycle.GoneSincePlan:
		return client + " is gone", paragraphs(exchange(p.Err), "It was deregistered at the server since the plan was made. Plan again: the new plan registers it anew.")
	case lifecycle.ProviderRefused:
		return "Provider's credentials refused for client " + p.ClientID,
			paragraphs(exchange(p.Err), told, elsewhere(p), "The credentials in the provider's configuration are wrong, or may not manage this client. Nothing here says that the client is gone.", waysOut(p))
	case lifecycle.TokenRefused:
		return "Registration access token of client " + p.ClientID + " refused",
			paragraphs(exchange(p.Err), told, "So the client exists and the token in the state is stale: another program may have rotated it, or an answer was lost.", waysOut(p))
	case lifecycle.GoneAtUpdate:
		return client + " is gone", "The last update found that the client does not exist any more. Another one is registered in its place. " +
			"Should an administrator have replaced its token and its secret instead, do not apply: hand in the new token by registration_access_tokens of the provider."
	case lifecycle.TakenAsGone:
		return client + " is taken as gone", paragraphs(exchange(p.Err), told, "on_missing is \"recreate\": another client is registered in its place. Should it still exist, it is left behind at the server.")
	case lifecycle.GoneOrTokenOutdated:
		return client + " is gone or its token is stale",
			paragraphs(exchange(p.Err), told, elsewhere(p), "RFC 7592 gives both cases the same answer.", waysOut(p))
	}
	return "", ""
}

func updateWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.NotUpdated:
		lost := ""
		if p.MaybeProcessed {
			lost = "The update may have been made although no answer arrived, and on a server that rotates the registration access token with each update the new token is lost then. " +
				"Run terraform plan: if the client is refused with 401, hand in a new token by the provider's registration_access_tokens."
		}
		return "Client " + p.ClientID + " not updated", paragraphs(exchange(p.Err), likelyCause(p.Err), lost)
	case lifecycle.UpdateNotReadBack:
		return "Client " + p.ClientID + " updated but not read back", paragraphs(exchange(p.Err), likelyCause(p.Err), "What the update's answer showed is taken as what the server has registered.")
	case lifecycle.MembersNotSentAgain:
		return "Parameters left out of an update", fmt.Sprintf("The server refused the update of client %s with %s, and took it without. It does not show them, and their values have not changed since it took them in the registration, so that they are probably kept. "+
			"Whether they still apply, only the server's administrator can tell.", p.ClientID, strings.Join(p.Members, ", "))
	case lifecycle.MembersLeftOut:
		return "Not all of the server's own members were sent back", fmt.Sprintf("The server took the update only in the form %q, which leaves out %s. It may have reset them.", p.Form, strings.Join(p.Members, ", "))
	case lifecycle.SecretKept:
		return "Server kept the client secret", fmt.Sprintf("An update of client %s did not bring a new client secret. Plan again: this server is now known to keep secrets on updates, so the client will be replaced to get one.", p.ClientID)
	case lifecycle.CredentialsChanged:
		return "Server changed credentials unexpectedly", fmt.Sprintf("Earlier updates of client %s left its credentials as they were; this one changed them. "+
			"The new ones are saved and appear in the attributes with the next refresh: run terraform apply once more where other resources use them.", p.ClientID)
	}
	return "", ""
}

func deregisterWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.DeleteUnmanaged:
		return "Client " + p.ClientID + " stays at the server", fmt.Sprintf(
			"The server offers no way to deregister a client (RFC 7592), or management is set to \"none\". The client %s is removed from the state only; have the server's administrator delete it.", p.ClientID)
	case lifecycle.DeleteUnsupported:
		return "Client " + p.ClientID + " stays at the server", paragraphs(exchange(p.Err),
			fmt.Sprintf("The server does not support the deletion of clients. The client %s is removed from the state only; have the server's administrator delete it.", p.ClientID))
	case lifecycle.StillThere:
		return "Client " + p.ClientID + " not deregistered", paragraphs(exchange(p.Err), waysOut(p))
	case lifecycle.NotDeregistered:
		return "Client " + p.ClientID + " not deregistered", paragraphs(exchange(p.Err), likelyCause(p.Err), waysOut(p))
	}
	return "", ""
}

func secretWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.SecretReadRotates:
		if p.Journaled {
			return "Server replaces the client secret on reads", journaledInVain("what an ephemeral resource reads is in no state")
		}
		return "Server rotates credentials on reads", fmt.Sprintf(
			"The server issues new credentials for client %s whenever it is read, and what an ephemeral resource reads is saved nowhere: the client would be lost. "+
				"Set token_journal on the provider to keep them. With refresh = \"always\" on the provider the secret is fetched regardless.", p.ClientID)
	case lifecycle.SecretReadRotated:
		return "Server rotates credentials on reads", fmt.Sprintf("Fetching the secret of client %s made its registration access token stale, and nothing kept the new one. Set token_journal on the provider.", p.ClientID)
	case lifecycle.SecretNotFetched:
		return "Client secret not fetched", paragraphs(exchange(p.Err), likelyCause(p.Err))
	case lifecycle.SecretNotShown:
		return "Server does not show the client secret", fmt.Sprintf("The server shows client %s without a usable secret: it keeps only a hash, or shows secrets only once. Leave store_client_secret at true for such a server.", p.ClientID)
	}
	return "", ""
}

// substitutionWords says what the server did with what was asked (RFC 7591 §3.2.1).
func substitutionWords(p lifecycle.Problem) (summary, detail string) {
	s := p.Substitution
	if p.Consequence == lifecycle.NoConsequence {
		verb := map[reconcile.SubstitutionKind]string{
			reconcile.NotShown: "does not show", reconcile.Hidden: "hides", reconcile.Extended: "extended", reconcile.Retained: "kept",
		}[s.Kind]
		if verb == "" {
			verb = "substituted"
		}
		return "Server " + verb + " " + s.Member, tell(s)
	}
	why := "This is an error because strict is set."
	if s.Security && s.Kind == reconcile.Changed {
		why = "This parameter decides about the client's security, so the substitution is not accepted silently."
	}
	outcome := "The client was deregistered again; nothing is left at the server."
	switch {
	case p.Consequence == lifecycle.NotRolledBack && p.Replaces != "":
		outcome = fmt.Sprintf("The new client %s could not be deregistered. It stays at the server, where its administrator can delete it. %s", p.ClientID, keptClient(p))
	case p.Consequence == lifecycle.NotRolledBack:
		outcome = fmt.Sprintf("The client %s could not be deregistered. It stays in the state, marked as tainted, so that the next apply tries again to delete it.", p.ClientID)
	case p.Consequence == lifecycle.LeftAlone:
		outcome = fmt.Sprintf("The server answered with client %s, which another resource has already. It was left as it is, and nothing of this resource is kept. %s", p.ClientID, keptClient(p))
	case p.Replaces != "":
		outcome = "The new client was deregistered again. " + keptClient(p)
	case p.Consequence == lifecycle.UpdateStands:
		outcome = "The update is made at the server, and the state keeps the old values, so that the next plan shows the difference again."
	}
	return "Server substituted " + s.Member, paragraphs(tell(s), why+" "+outcome, exchange(p.RollbackErr),
		fmt.Sprintf("Ask for what the server registers, change the server's policy, or accept the server's choice with accept_substitutions = [%q].", s.Member))
}

// journaledInVain is for a read that a journal does not make safe.
func journaledInVain(why string) string {
	return "The server issues a new client secret whenever this client is read, which takes the old one from the applications that use it; " + why +
		". With refresh = \"always\" on the provider the client is read regardless."
}

func secretAdvice(clientID string) string {
	return fmt.Sprintf("The server issues a new client secret for client %s whenever it is read, so that each plan would take the old one from the applications that use it. "+
		"A token journal does not help: it keeps the new secret for Terraform alone. Set refresh = \"never\" to silence this warning, or refresh = \"always\" to read regardless.", clientID)
}

func rotationAdvice(clientID string) string {
	return fmt.Sprintf("The server issues new credentials for client %s whenever it is read, and a plan saves nothing: one plan that is not applied would lose the client. "+
		"Set token_journal on the provider to keep such credentials and get drift detection, refresh = \"never\" to silence this warning, or refresh = \"always\" to read regardless.", clientID)
}

func adoption(p lifecycle.Problem, outcome string) string {
	return fmt.Sprintf("The token journal has client %s, registered at %s on %s with this same configuration by an apply that ended before Terraform could save its state. %s",
		p.ClientID, p.Endpoint, timestamp(p.Time), outcome)
}

// lostRegistration is the sentence for a registration whose fate is unknown.
func lostRegistration(p lifecycle.Problem) string {
	if !p.MaybeProcessed {
		return ""
	}
	return fmt.Sprintf("The request may have been processed although no answer arrived: a client of this name may have been left behind at %s. "+
		"The provider does not send a registration twice. Look for it at the server before you apply again; a token_journal helps to recover from a lost state, but not from a lost answer.", p.Endpoint)
}

func timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// shown gives a value as JSON for a diagnostic, bounded, and not at all where the parameter is sensitive.
func shown(member string, v any) string {
	name, _ := metadata.SplitTag(member)
	if p, ok := metadata.Lookup(name); (ok && p.Sensitive) || metadata.Credential(member) {
		return "(sensitive value)"
	}
	if v == nil {
		return "nothing"
	}
	text, err := jsonvalue.Text(secret.RedactMember(member, v))
	if err != nil {
		return fmt.Sprintf("a value of type %T", v)
	}
	const limit = 300
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}

func tell(s reconcile.Substitution) string {
	switch s.Kind {
	case reconcile.NotShown:
		return fmt.Sprintf("Asked for %s, but the server does not show %s: it did not register it, or does not tell.", shown(s.Member, s.Asked), s.Member)
	case reconcile.Hidden:
		return fmt.Sprintf("The server registered %s as asked, but does not show it on a read. Its drift cannot be seen.", s.Member)
	case reconcile.Extended:
		return fmt.Sprintf("Asked for %s, and the server registered more: %s.", shown(s.Member, s.Asked), shown(s.Member, s.Got))
	case reconcile.Retained:
		return fmt.Sprintf("%s was removed from the configuration, but the server keeps %s. It is the server's own from now on.", s.Member, shown(s.Member, s.Got))
	}
	return fmt.Sprintf("Asked for %s, but the server registered %s.", shown(s.Member, s.Asked), shown(s.Member, s.Got))
}
