// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var replaceWay = Fix{
	Way: "terraform apply -replace", Text: "To have the old client deregistered first, remove create_before_destroy where it is set, on the resource or on one that depends on it. Then, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"},
}

var tryOnceMore = Fix{Way: "terraform apply", Text: "To try it once more, with another new client:", Lines: []string{"terraform apply"}}

var takeTheNext = Fix{Way: "terraform apply", Text: "To try it once more, with another new client, which takes the old one's place even if the server treats it the same:", Lines: []string{"terraform apply"}}

func plannedReplacement(p outcome.Problem) Message {
	m := Message{
		Summary:  "The change needs another client",
		Happened: "The server offers no way to change client " + p.ClientID + " (RFC 7592 §2.2).",
		Means:    "What Terraform shows as an update in place registers another client, with another client_id and other credentials, and then deregisters this one.",
	}
	if !p.Manageable {
		m.Means = "What Terraform shows as an update in place registers another client, with another client_id and other credentials. This one stays at the server, which offers no way to deregister it."
		m.Fix = []Fix{{Way: "administrator", Text: "After the apply, have the server's administrator delete client " + p.ClientID + "."}}
	}
	if p.ClientURI != "" { // a deletion is tried there
		m.Means = "What Terraform shows as an update in place registers another client, with another client_id and other credentials. This one is deregistered where the server does that, and else stays there."
		m.Fix = nil
	}
	if p.NeverSent {
		m.Happened = "With management = \"provider_credentials\", nothing is sent to the server of client " + p.ClientID + ", which the provider's own credentials are not for. So it cannot be changed."
		m.Means = "What Terraform shows as an update in place registers another client, with another client_id and other credentials. This one stays at the server, and the state does not keep its registration access token."
		m.Fix = append([]Fix{{Way: "management = auto", Text: "To have this client deregistered where the server does that, set on the provider before the apply:", Lines: []string{`management = "auto"`}}}, m.Fix...)
	}
	if p.NoneManaged {
		m.Happened = "management is \"none\" on the provider, so that client " + p.ClientID + " cannot be changed."
		m.Means = "What Terraform shows as an update in place registers another client, with another client_id and other credentials. This one stays at the server."
		m.Fix = append([]Fix{{Way: "management = auto", Text: "To have it changed in place, where the server can do that, set on the provider:", Lines: []string{`management = "auto"`}}}, m.Fix...)
	}
	return m
}

// replacementWords are for a client that cannot be changed, so that another one takes its place.
func replacementWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.PlannedReplacement:
		return plannedReplacement(p)
	case outcome.UpdateUnsupported:
		return updateUnsupported(p)
	case outcome.ServerNotLookedAt:
		return serverNotLookedAt(p)
	case outcome.MoveNotPlanned:
		return moveNotPlanned(p)
	case outcome.MoveUndecided:
		return moveUndecided(p)
	case outcome.ImportedElsewhere:
		return importedElsewhere(p)
	case outcome.UpdatedAfterAll:
		return Message{
			Summary:  "Client updated, and not replaced",
			Happened: "The server took an update of client " + p.ClientID + ", which it was seen to refuse before.",
			Means:    "No other client was registered, and its client_id stays.",
		}
	case outcome.NotReplaced:
		return Message{
			Summary:  "Server registers no second client",
			Happened: "Client " + p.ClientID + " was to be replaced, and the server answered the registration of another one with this same client.",
			Means:    "It stays in the state. The answer may have replaced its credentials: what it showed of them is taken where a later answer has proved it, and is else kept beside what was known, for the next requests to try.",
			Fix:      []Fix{replaceWay},
		}
	case outcome.NewSecretNotKnown, outcome.OtherSecretNotKnown:
		return secretOfTheNew(p)
	case outcome.NewNotProven:
		return newNotProven(p)
	case outcome.LeftAtServer:
		m := Message{
			Summary:  "Client stays at the server",
			Happened: "Client " + p.ClientID + " could not be deregistered, and the state does not keep it.",
			Fix:      []Fix{{Way: "administrator", Text: "Have the server's administrator delete it."}},
		}
		if p.Endpoint != "" {
			m.Means = "Its client configuration endpoint is " + withoutQuery(p.Endpoint) + "."
		}
		return m
	}
	return Message{}
}

// secretOfTheNew is for a registration of which no answer held the client secret, so that the old client is kept.
func secretOfTheNew(p outcome.Problem) Message {
	if p.Kind == outcome.OtherSecretNotKnown && p.Replaces == "" {
		return Message{
			Summary:  "Server answered with a client that it had already",
			Happened: "The server answered the registration with client " + p.ClientID + ", which it had before, and hid that one's credentials.",
			Means:    "Another resource or another state may have it, or this resource itself, by create_before_destroy. It was left as it is, and what the state has of it stays there.",
			Fix:      []Fix{ownClientWay, ownNameWay},
		}
	}
	if p.Kind == outcome.OtherSecretNotKnown {
		return Message{
			Summary:  "Server answered with a client that it had already",
			Happened: "The server answered the registration with client " + p.ClientID + ", which it had before, and no answer held that one's client secret.",
			Means:    leftAlone(p),
			Fix:      []Fix{ownNameWay},
		}
	}
	m := Message{
		Summary:  "New client has no known secret",
		Happened: "Client " + p.ClientID + " was to be replaced, and no answer of the server held a client secret of the new one.",
		Means:    "The application could not authenticate as the new one. So the state keeps the old one, whose secret is known, as it was.",
		Fix: []Fix{
			tryOnceMore,
			{Way: "terraform apply -replace", Text: "To do without the old client and its secret all the same, by the resource's address (it is deregistered first, where the server does that):", Lines: []string{"terraform apply -replace=ADDRESS"}},
		},
	}
	if p.CountsOnce { // the old one uses none
		m.Means, m.Fix[0] = "The application could not authenticate as the new one. So the state keeps the old one, which needs no secret, as it was.", takeTheNext
		m.Fix[1].Text = "To do without the old client all the same, by the resource's address (it is deregistered first, where the server does that):"
	}
	return m
}

// newNotProven is for a registration whose answer names a client that the server does not show as it shows the old one, which is kept.
func newNotProven(p outcome.Problem) Message {
	m := Message{
		Summary:  "New client not confirmed",
		Happened: "Client " + p.Replaces + " was to be replaced. The server answered the registration with client " + p.ClientID + ", and does not confirm that one as it confirms the old one.",
		Means: "The answer may be about another client, or hold wrong credentials. So the state keeps the old client, as it was. " +
			"The server may have registered a client that the answer did not name.",
		Fix: []Fix{
			tryOnceMore,
			{Way: "terraform apply -replace", Text: "To do without the old client all the same, by the resource's address (it is deregistered first, where the server does that):", Lines: []string{"terraform apply -replace=ADDRESS"}},
		},
	}
	if p.CountsOnce { // another server, where there is nothing to compare with, or one that is not manageable
		m.Happened, m.Fix[0] = "Client "+p.Replaces+" was to be replaced. The server answered the registration with client "+p.ClientID+", and does not confirm that one.", takeTheNext
	}
	if !p.Manageable {
		m.Happened = "Client " + p.Replaces + " was to be replaced. The server answered the registration with client " + p.ClientID + ", without what it would be managed with (RFC 7592 §3). The old one has that."
		m.Means = "The new client could not be changed or deregistered. So the state keeps the old client, as it was."
	}
	if p.Consequence == outcome.LeftAlone {
		m.Happened = "The server answered the registration with client " + p.ClientID + ", which it had before, and does not confirm that one with what the answer shows of it."
		m.Means, m.Fix = leftAlone(p), []Fix{ownNameWay}
	}
	return m
}

// leftAlone is said of a client that a registration in the place of another one was answered with, and that there was before.
func leftAlone(p outcome.Problem) string {
	kept, _ := keptClient(p)
	return strings.TrimSpace("Another resource or another state may have it. It was left as it is. " + kept)
}

func updateUnsupported(p outcome.Problem) Message {
	m := Message{
		Summary:  "Server does not support updates of clients",
		Happened: "The server does not support an update of client " + p.ClientID + " (RFC 7592 §2.2). Nothing was changed.",
		Means:    "The next plan replaces the client: it registers another one, with another client_id, and then deregisters this one.",
		Fix:      []Fix{{Way: "plan again", Text: "Plan and apply again:", Lines: []string{"terraform apply"}}},
	}
	m.Fix = append(redirectedWay(p), m.Fix...)
	if !p.Manageable {
		m.Means = "The next plan replaces the client: it registers another one, with another client_id. This one stays at the server, which deletes no clients."
	}
	if de, ok := errors.AsType[*dcr.Error](p.Err); ok && downgrades(de.Endpoint, de.Target) {
		m.Means, m.Fix = Paragraphs(redirectsToPlainHTTP, m.Means), append([]Fix{correctScheme}, m.Fix...)
	}
	return m
}

// serverNotLookedAt is for a move that is planned to a server that the plan could not ask. Terraform deletes first, unless it is told otherwise.
func serverNotLookedAt(p outcome.Problem) Message {
	return Message{
		Summary:  "New server not looked at",
		Happened: "A client is to move to " + p.Endpoint + ", whose metadata the plan could not have.",
		Means: "Nothing has been done yet. Where create_before_destroy is not set, the apply deregisters the client at its old server first, and then asks the new one. " +
			"If that does not answer then, or does not register the client, the old client is gone and there is no new one.",
		Fix: []Fix{
			{Way: "plan again", Text: "Plan again once the new server answers:", Lines: []string{"terraform plan"}},
			{
				Way: "create_before_destroy", Text: "To keep the old client until the new one is registered, set on the resource:",
				Lines: []string{"lifecycle {", "  create_before_destroy = true", "}"},
			},
		},
	}
}

// moveUndecided is for a client whose configuration names its server by another name, or another server.
func moveUndecided(p outcome.Problem) Message {
	m := Message{
		Summary:  "Move of the client undecided",
		Happened: p.Attribute + " may name another server than the one where client " + p.ClientID + " was registered, or that one by another name. The metadata that would tell could not be had.",
		Means:    "Nothing was changed. The client stays as it is, in the state and at its server.",
	}
	if p.Removed {
		m.Happened = p.Attribute + " is not set any more on the resource, and the provider may name another server than the one where client " + p.ClientID + " was registered. The metadata that would tell could not be had."
	}
	if p.Warning {
		m.Means = "The plan keeps the client where it is. The apply asks for the metadata again, and changes nothing where it cannot have them either."
	}
	if p.Named != "" {
		return importClaimed(p, m)
	}
	var names []string
	if p.Home.Issuer != "" {
		names = append(names, Assignment("issuer", p.Home.Issuer))
	}
	if p.Home.RegistrationEndpoint != "" {
		names = append(names, Assignment("registration_endpoint", p.Home.RegistrationEndpoint))
	}
	m.Fix = []Fix{{Way: "plan again", Text: "Plan and apply again once the server answers. Where it is another one, that plan replaces the client:", Lines: []string{"terraform apply"}}}
	if len(names) > 0 {
		m.Fix = append(m.Fix, Fix{Way: "issuer and registration_endpoint", Text: "If it is the same server, set on the resource, which needs no metadata:", Lines: names})
	}
	m.Fix = append(m.Fix, Fix{Way: "terraform apply -replace", Text: "If it is another server, have the client replaced, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"}})
	return m
}

// importClaimed is for an import that by its address is the provider's server's, or that of the server which the resource names.
func importClaimed(p outcome.Problem, m Message) Message {
	m.Happened = p.Attribute + " names " + p.Home.Issuer + ", whose registration endpoint is at another host, and anybody's metadata may name one there. By its address, client " + p.ClientID + " is that server's or the provider's own."
	if p.Warning {
		m.Means = "The plan keeps the client where it is. The apply changes nothing while this is not decided."
	}
	m.Fix = []Fix{
		{
			Way: "issuer and registration_endpoint", Text: "If the client is that server's, set both on the resource:",
			Lines: []string{Assignment("issuer", p.Home.Issuer), Assignment("registration_endpoint", p.Home.RegistrationEndpoint)},
		},
		{Way: "terraform apply -replace", Text: "If it is the provider's, and is to move, have it replaced, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"}},
	}
	return m
}

func moveNotPlanned(p outcome.Problem) Message {
	names := p.Attribute + " names"
	if p.Removed {
		names = p.Attribute + " is not set any more on the resource, and the provider names"
	}
	return Message{
		Summary:  "Client is to move to another server",
		Happened: names + " another server than the one where client " + p.ClientID + " was registered, and no replacement of the client is planned: the value was not known yet, or the plan was made with -refresh=false.",
		Means:    "Nothing was changed. The client stays as it is, in the state and at its server.",
		Fix: []Fix{
			{Way: "plan again", Text: "Plan and apply again, with a refresh. Where the value is known by then, the new plan replaces the client:", Lines: []string{"terraform apply"}},
			{Way: "terraform apply -replace", Text: "Where no plan knows the value, have the client replaced, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"}},
		},
	}
}

// importedElsewhere is for an import whose identity names a server, where the resource means another one. Terraform would show it as an import and
// a destroy.
func importedElsewhere(p outcome.Problem) Message {
	other := "the resource names another one"
	if p.Removed {
		other = "the resource has no issuer, which means the provider's server"
	}
	return Message{
		Summary:  "Imported client is to be at another server",
		Happened: "The identity by which client " + p.ClientID + " was imported says issuer " + quoted(p.Endpoint) + ", and " + other + ".",
		Means:    "A plan of that would move the client: deregister what was imported, and register another one. So it is not planned, and nothing was changed.",
		Fix: []Fix{
			{Way: "issuer", Text: "To keep the client where it is, set on the resource:", Lines: []string{"issuer = " + quoted(p.Endpoint)}},
			{Way: "apply first", Text: "To have it moved all the same, apply a change of it with that issuer first, such as other timeouts, and then change issuer."},
		},
	}
}

// keptClient says what becomes of the client that a failed registration was to replace, and how to make room where the server refuses
// a second client beside it.
func keptClient(p outcome.Problem) (means string, ways []Fix) {
	if p.Replaces == "" {
		return "", nil
	}
	means = fmt.Sprintf("Client %s, which was to be replaced, stays as it was, in the state and at the server.", p.Replaces)
	if p.ReplacesOpen {
		means = fmt.Sprintf("Client %s, which was to be replaced, stays in the state. Some servers answer with the client that they have and renew its credentials, so that the missing answer may have held others.", p.Replaces)
	}
	switch {
	case p.OwnName:
		means = fmt.Sprintf("Client %s, which was to be replaced, has this client_name, and the server takes no second client of the same name. It stays as it was, in the state and at the server.", p.Replaces)
	case p.NameTaken, p.ReplacesAbroad, !refusedRequest(p.Err):
		return means, nil
	default:
		means += " The server may refuse a second client beside it, as where client_name must be unique."
	}
	return means, []Fix{roomWay(p)}
}

// roomWay makes room for a second client. The old one is in use, so that this is no way out of a refusal of a value.
func roomWay(p outcome.Problem) Fix {
	const (
		onlyIf    = "Only if the refusal is about a second client, such as one with the same client_name: "
		byHand    = "ave the server's administrator delete the old client, and apply again. Applications that use it stop working."
		fromFirst = "have the old client deregistered first. Applications that use it stop working, and if the new one is refused for something else, there is no client. " +
			"Remove create_before_destroy where it is set, on the resource or on one that depends on it. Then, by the resource's address:"
	)
	switch {
	case p.OwnName && p.Manageable:
		return replaceWay
	case p.OwnName:
		return Fix{Way: "administrator", Text: "H" + byHand}
	case p.Manageable:
		return Fix{Way: replaceWay.Way, Text: onlyIf + fromFirst, Lines: replaceWay.Lines}
	}
	return Fix{Way: "administrator", Text: onlyIf + "h" + byHand}
}

// refusedRequest reports whether the server refused a registration for what was sent.
func refusedRequest(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Operation == dcr.Register && de.Status >= 400 && de.Status < 500 &&
		de.Status != http.StatusUnauthorized && de.Status != http.StatusTooManyRequests
}

// ownClient gives one of two resources that have one client another client.
func ownClient() Fix {
	return Fix{
		Way: "terraform apply -replace", Text: "To have another client registered for one of them, and this one kept for the other, by that resource's address:",
		Lines: []string{"terraform apply -replace=ADDRESS"},
	}
}

// membersLeftOut is for an update that did not send back all that the server shows.
func membersLeftOut(p outcome.Problem) Message {
	left := strings.Join(p.Members, ", ")
	m := Message{
		Summary:  "Not all of the server's own parameters were sent back",
		Happened: fmt.Sprintf("The server accepted the update of client %s only in the form %q, which leaves out %s.", p.ClientID, p.Form, left),
		Means:    "The server may have reset them.",
		Fix: []Fix{
			{Way: "terraform state pull", Text: "To see what the server has of them now, look at registered_metadata of the resource in the state. The command shows the whole state, with its credentials:", Lines: []string{"terraform state pull"}},
			{Way: "configuration", Text: "To have one of them kept, set it on the resource, in extension_metadata where it is no argument there, and apply."},
		},
	}
	if p.Attribute == "update_form" {
		m.Happened = fmt.Sprintf("Client %s was updated in the form %q, which update_form sets and which leaves out %s.", p.ClientID, p.Form, left)
		m.Fix = append(m.Fix, Fix{Way: "update_form", Text: "To send them back, as RFC 7592 §2.2 has it, set where update_form is set, on the resource or the provider:", Lines: []string{`update_form = "standard"`}})
	}
	return m
}
