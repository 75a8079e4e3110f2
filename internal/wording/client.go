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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func registerWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.NotRegistered:
		return notRegistered(p)
	case outcome.RegisteredBesideError:
		m := Message{
			Summary:  "Client registered, but the server reported an error",
			Happened: "The server's error answer holds a new client, " + p.ClientID + ".",
			Means:    "It stays in the state, marked as tainted, so that the next apply deletes it and registers another.",
		}
		switch {
		case p.Consequence == outcome.LeftAlone:
			m.Happened = "The server's error answer holds client " + p.ClientID + ", which it had before."
			m.Means, m.Fix = leftAlone(p), []Fix{ownNameWay}
		case p.OnlyNamed:
			m = onlyNamed(p)
		case p.Replaces != "":
			kept, _ := keptClient(p)
			m.Means = "It is deregistered again where the server offers a way. " + kept
		case !p.Manageable:
			m.Means = "It stays in the state, marked as tainted. The server offers no way to deregister it."
			m.Fix = []Fix{{Way: "administrator", Text: "Have the server's administrator delete it."}}
		}
		return m
	case outcome.KnownBefore:
		return knownBefore(p)
	case outcome.NotReadBack:
		return Message{
			Summary: "Client registered, but not read back", Happened: "Client " + p.ClientID + " was registered, and the read after that failed.", hints: true,
			Means: "What the answer to the registration showed is taken as what the server has registered.",
		}
	case outcome.NotServedFromStart:
		how := " as its client configuration endpoint and does not show it there."
		var te *transport.Error
		if errors.As(p.Err, &te) && (te.Kind == transport.BadURL || te.Kind == transport.InsecureURL) {
			how = " as its client configuration endpoint, which cannot be used."
		}
		return Message{
			Summary:  "Client registered, and kept without management",
			Happened: "Client " + p.ClientID + " was registered. The server named " + withoutQuery(p.Endpoint) + how,
			Means: "The client cannot be read, updated or deleted. A change of its configuration registers another one in its place, " +
				"and a destroy leaves it at the server unless it can be deleted by then.",
			Fix: []Fix{templateWay, noneManagedWay},
		}
	case outcome.NotManageable:
		return notManageable(p)
	case outcome.Adopted, outcome.NotAdopted, outcome.AdoptionInDoubt, outcome.AdoptionUndecided, outcome.LeftBehind:
		return adoptionWords(p)
	}
	return Message{}
}

func notRegistered(p outcome.Problem) Message {
	kept, room := keptClient(p)
	m := Message{Summary: "Client not registered", Happened: "The client could not be registered.", hints: !p.NameTaken, Means: Paragraphs(lostRegistration(p), kept), Fix: room}
	switch {
	case p.OwnName:
		m.Fix = append(m.Fix, Fix{Way: "client_name", Text: "Or give the new client another client_name."})
	case p.NameTaken:
		has := "A client at this server has this client_name already."
		if p.Replaces != "" {
			has = "Another client at this server has this client_name."
		}
		m.Means, m.Fix = Paragraphs(has, m.Means), takenName(p)
	}
	return m
}

// takenName are the ways where another client has the client_name, which may come from a sensitive variable. Of a replacement by
// create_before_destroy the provider sees no more than a registration, so that the client may be the resource's own.
func takenName(p outcome.Problem) []Fix {
	another := Fix{Way: "client_name", Text: "Choose another client_name."}
	if p.Replaces != "" {
		return []Fix{another} // an import is for a resource that has no client
	}
	return []Fix{
		another,
		ownClientWay,
		{
			Way: "oidc_client by client_name", Text: "Or take that client over, with the resource's address. Where the server cannot search, write the client's own client_id or registration_client_uri as the id instead:",
			Lines: []string{
				"data \"oidc_client\" \"found\" {", `  client_name = "CLIENT_NAME"`, "}",
				"import {", "  to = ADDRESS", "  id = data.oidc_client.found.registration_client_uri", "}",
			},
		},
	}
}

// lostRegistration is for a registration whose fate is unknown.
func lostRegistration(p outcome.Problem) string {
	if !p.MaybeProcessed {
		return ""
	}
	which := "a client"
	if slices.Contains(p.Sent, "client_name") {
		which = "a client of this name"
	}
	return fmt.Sprintf("The server may have registered the client all the same: %s may have been left behind at %s. The provider does not send a registration twice.", which, p.Endpoint)
}

// lookFirst is the way after a registration whose fate is unknown, in place of those that run it again at once.
var lookFirst = Fix{
	Way: "look first", Text: "Look into the server's log, and at the server for a client registered at this time that no state has, and have its administrator delete that. Then apply again.",
}

func newTokenWay(p outcome.Problem) Fix {
	return Fix{
		Way: "registration_access_tokens", Text: "If an administrator replaced its token and its secret instead, do not apply. Set the new token on the provider:",
		Lines: []string{handIn(p)},
	}
}

func refusalWords(p outcome.Problem) Message {
	m := Message{Fix: waysOut(p)}
	client := "Client " + p.ClientID
	switch p.Kind {
	case outcome.NotRefreshed:
		return notRefreshed(p)
	case outcome.NotReached:
		m.Summary, m.Happened, m.hints = notReached(p), client+" could not be read.", true
	case outcome.NoToken:
		return noToken(p)
	case outcome.ReadUnsupported:
		return readUnsupported(p, m)
	case outcome.NotReadable:
		m.Summary, m.Happened, m.hints, m.Means = notReadable(p), client+" could not be read.", true, Paragraphs(triedBeside(p), p.Evidence, elsewhere(p), namedByID(p))
	case outcome.NotServed:
		m = notServed(p, m)
	case outcome.MissingUndecided:
		m.Summary, m.Happened = "Client not found", "The server does not show client "+p.ClientID+", and whether it exists is not known."
		if p.FromTemplate {
			m.Happened = "The server does not show client " + p.ClientID + " at the address that client_configuration_uri_template gives, and whether it exists is not known."
			m.Fix = append([]Fix{correctTemplate}, m.Fix...)
		}
		m.Means = Paragraphs(triedBeside(p), p.Evidence, elsewhere(p), "A server also answers so when its management of clients is switched off, and a proxy does during an outage.", keptAsItIs(p))
	case outcome.Gone:
		return gone(p)
	case outcome.GoneSincePlan:
		m.Summary, m.Happened, m.Means = "Client is gone", client+" does not exist any more at the server.", Paragraphs(p.Evidence, "The plan did not see that: the client was deregistered since, or the plan did not read it.")
		if refusesUpdate(p) {
			m.Means = p.Evidence
		}
		m.Fix = []Fix{{Way: "plan again", Text: "Plan again. The new plan registers the client anew:", Lines: []string{"terraform apply"}}}
	case outcome.ProviderRefused:
		m.Summary, m.Happened = "Provider's credentials refused for a client", "The server refused the provider's own credentials for client "+p.ClientID+"."
		about := "The credentials in the provider's configuration are wrong, or may not manage this client. Nothing here says that the client is gone."
		if p.ShownAgain && p.Operation != reconcile.OperationDelete { // so that they are good, and manage it
			about = ""
		}
		m.Means = Paragraphs(p.Evidence, elsewhere(p), about)
	case outcome.TokenRefused:
		return tokenRefused(p)
	case outcome.GoneAtUpdate:
		m.Summary, m.Happened = "Client is gone", "The last update found that client "+p.ClientID+" does not exist any more."
		m.Means, m.Fix = "Nothing has been done yet: the apply registers another one in its place.", []Fix{newTokenWay(p)}
	case outcome.TakenAsGone:
		m.Summary, m.Happened = "Client is taken as gone", "The server does not show client "+p.ClientID+", and on_missing is \"recreate\"."
		follows := "Nothing has been done yet: the apply registers another client in its place."
		if p.Operation == reconcile.OperationDelete {
			follows = "It was removed from the state, and nothing deleted it."
		}
		m.Means = Paragraphs(triedBeside(p), p.Evidence, follows+" If it still exists, it is left behind at the server.")
		m.Fix = nil
	case outcome.GoneOrTokenOutdated:
		return goneOrOutdated(p)
	}
	return addressDropped(p, m)
}

// askedToWait is the summary for a read that a server put off, and for one that is not sent because it put another off.
const askedToWait = "Client not read, because the server asks to wait"

// notReadable is the summary for a read of which the answer is no client's registration.
func notReadable(p outcome.Problem) string {
	if de, refused := errors.AsType[*dcr.Error](p.Err); refused && !de.Until.IsZero() {
		return askedToWait
	}
	return "Client not readable"
}

// notReached is the summary for a read of which no answer can be used.
func notReached(p outcome.Problem) string {
	var te *transport.Error
	_, withoutToken := errors.AsType[*transport.TokenError](p.Err)
	switch {
	case p.NeverSent:
		return "Client not read, because the provider's credentials are for another server"
	case withoutToken:
		return "Client not read, because the provider got no access token"
	case errors.As(p.Err, &te) && te.RedirectedTo != "":
		return "Client not read, because a redirect leads to where no answer came"
	case errors.As(p.Err, &te):
		switch te.Kind {
		case transport.TooLarge:
			return "Client not read, because the answer cannot be used"
		case transport.RateLimited:
			return askedToWait
		case transport.Protocol:
			return "Client not read, because no whole answer came"
		}
	}
	return "Client not read, because the server was not reached"
}

// goneFollows holds for whatever found the client gone: a plan saves nothing, and not every apply registers.
const goneFollows = "An apply takes it out of the state, and registers another client, with another client_id, if the resource is still configured. " +
	"With -refresh-only and in a destroy, none is registered."

func gone(p outcome.Problem) Message {
	m := Message{Summary: "Client is gone", Happened: "Client " + p.ClientID + " does not exist any more at the server.", Fix: []Fix{newTokenWay(p)}}
	deletion := ""
	switch {
	case p.Evidence == "":
		deletion, m.Fix = "The token journal records that this provider deleted it.", nil
	case !p.Time.IsZero():
		deletion = "Its deletion was sent on " + Timestamp(p.Time) + ", and no answer was recorded, as when Terraform is killed."
	}
	m.Means = Paragraphs(triedBeside(p), p.Evidence, deletion, goneFollows)
	return m
}

func noToken(p outcome.Problem) Message {
	m := Message{
		Summary:  "Client has no registration access token",
		Happened: "Client " + p.ClientID + " is managed by its registration access token, with management = \"registration_access_token\", and the state has none. Nothing was sent.",
		Fix:      []Fix{{Way: "registration_access_tokens", Text: "Set its token on the provider; the next apply saves it in the state:", Lines: []string{handIn(p)}}},
	}
	switch {
	case p.NamedElsewhere:
		m.Happened = "The state has no registration access token of client " + p.ClientID + ". " + namedElsewhere + " Nothing was sent."
	case !p.NeverSent:
		m.Fix = append(m.Fix, Fix{Way: "management = auto", Text: "Where the server takes the provider's own credentials for the client, set on the provider:", Lines: []string{`management = "auto"`}})
	}
	return m
}

func updateWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.NotUpdated:
		return notUpdated(p)
	case outcome.UpdateNotReadBack:
		return updateNotReadBack(p)
	case outcome.UpdateNotShownYet:
		return updateNotShownYet(p)
	case outcome.MembersNotSentAgain:
		return Message{
			Summary:  "Parameters left out of an update",
			Happened: fmt.Sprintf("The server refused the update of client %s with %s, and took it without.", p.ClientID, strings.Join(p.Members, ", ")),
			Means:    "It does not show them, and their values have not changed since it took them in the registration, so that they are probably kept.",
			Fix:      []Fix{{Way: "administrator", Text: "If it matters, ask the server's administrator whether they still apply."}},
		}
	case outcome.MembersLeftOut:
		return membersLeftOut(p)
	case outcome.SecretKept:
		return Message{
			Summary: "Server kept the client secret", Happened: "An update of client " + p.ClientID + " brought no new client secret.",
			Means: "This server is now known to keep secrets on updates, or not to show new ones.",
			Fix:   []Fix{{Way: "plan again", Text: "Apply again. The client is replaced, and gets a new secret and a new client_id; a server without reads is sent one more update before that:", Lines: []string{"terraform apply"}}},
		}
	case outcome.RenewalOpen:
		return Message{
			Summary: "New client secret not seen", Happened: "Client " + p.ClientID + " was updated to get a new client secret, and the read after that, which would show it, failed.",
			Means: "The server may have replaced the secret. The state keeps the old values of rotate_secret_when, so that the next plan asks for a new secret again.",
			Fix:   []Fix{{Way: "apply again", Text: "Once the server answers, apply again. That reads the client, and asks for a new secret once more:", Lines: []string{"terraform apply"}}},
		}
	case outcome.SecretUnkept:
		return secretUnkept(p)
	case outcome.CredentialsChanged:
		return Message{
			Summary: "Server changed credentials unexpectedly", Happened: "Earlier updates left the credentials as they were. Since the plan, those of client " + p.ClientID + " were replaced, by this update or by someone else.",
			Means: "The new ones are saved, and the attributes show them after the next refresh.",
			Fix:   []Fix{{Way: "apply again", Text: "If other resources use them, apply once more:", Lines: []string{"terraform apply"}}},
		}
	}
	return Message{}
}

func deregisterWords(p outcome.Problem) Message {
	stays := "It was removed from the state only."
	administrator := []Fix{{Way: "administrator", Text: "Have the server's administrator delete it."}}
	switch p.Kind {
	case outcome.DeleteShared:
		return Message{
			Summary: "Client kept for the resource that has it now", Happened: "Client " + p.ClientID + " was not deregistered. In this run, the server answered a registration with this same client.",
			Means: "A destroy of the resource that was registered then deregisters it.",
		}
	case outcome.DeleteOnlyCopy:
		return onlyCopy(p)
	case outcome.DeleteOfTwo, outcome.DeleteInDoubt, outcome.DeleteNeedsJournal:
		return heldWords(p)
	case outcome.DeleteUnmanaged:
		if p.OnlyNamed {
			return leftAsOthers(p)
		}
		if p.NeverSent {
			return Message{
				Summary:  "Client stays at the server",
				Happened: "Client " + p.ClientID + " was not deregistered: with management = \"provider_credentials\", nothing is sent to its server, which the provider's own credentials are not for.",
				Means:    stays,
				Fix: append(administrator, Fix{
					Way: "management = auto", Text: "To have other clients of that server deregistered when they are destroyed, where it does that, set on the provider before:", Lines: []string{`management = "auto"`},
				}),
			}
		}
		return Message{
			Summary: "Client stays at the server", Happened: "Client " + p.ClientID + " was not deregistered: the server offers no way to (RFC 7592), or management is \"none\".", Means: stays, Fix: administrator,
		}
	case outcome.DeleteUnsupported:
		return Message{Summary: "Client stays at the server", Happened: "Client " + p.ClientID + " was not deregistered: the server does not support the deletion of clients.", Means: stays, Fix: administrator}
	case outcome.StillThere:
		return Message{Summary: "Client not deregistered", Happened: "The server accepted the deletion of client " + p.ClientID + ", and still shows the client.", Fix: waysOut(p)}
	case outcome.NotDeregistered:
		return Message{Summary: "Client not deregistered", Happened: "Client " + p.ClientID + " could not be deregistered.", hints: true, Means: Paragraphs(triedBeside(p), p.Evidence, elsewhere(p), namedByID(p)), Fix: waysOut(p)}
	}
	return Message{}
}

// onlyCopy is for an object that create_before_destroy leaves, and that alone has the credentials of the client which the new object is, too.
func onlyCopy(p outcome.Problem) Message {
	m := Message{
		Summary:  "Client not deregistered, since its new object lacks its credentials",
		Happened: "The server answered a registration with client " + p.ClientID + ", which it had before, and did not show credentials of it as they are. So the old object and the new one are this client, and the old one alone has them.",
		Means:    "Nothing was deregistered, and the state keeps both objects. What destroys both deregisters the client; no other apply does, as long as the old one is in the state.",
		Fix: []Fix{
			{
				Way: "import", Text: "Import the client, with the old object's registration_access_token as registration_access_tokens on the provider. The first command shows it, and the client secret, which an import has only where reads show it. ADDRESS is the resource's address:",
				Lines: []string{"terraform state pull", "terraform state rm ADDRESS", "terraform import ADDRESS " + withoutQuery(p.ClientURI)},
			},
		},
	}
	if p.OtherToken {
		m.Summary = "Client not deregistered, since its new object may lack its token"
		m.Happened = "The server answered a registration with client " + p.ClientID + ", which it had before, and with another registration_access_token. So the old object and the new one are this client, and nothing has shown that the new one's token works."
		p.TokenKey = p.ClientURI
		m.Fix = []Fix{{
			Way: "registration_access_tokens", Text: "Give the new object the old one's registration_access_token beside its own: then the old object goes, and the new one keeps whichever of the two works. This shows it:",
			Lines: []string{"terraform state pull"},
			Next:  []Block{{"On the provider, for one apply:", []string{handIn(p)}}, {"Then run:", []string{"terraform apply"}}},
		}}
	}
	m.Fix = append(m.Fix, Fix{
		Way: "terraform state rm", Text: "If the client is not at the server any more, as after a destroy of its new object, take what is left of it out of the state, by the resource's address. While the resource is configured, the next apply registers another client:",
		Lines: []string{"terraform state rm ADDRESS"},
	})
	if p.ClientURI == "" {
		m.Means = "Nothing was deregistered, and the state keeps both objects. No apply deregisters the client as long as the old one is in the state."
		m.Fix = []Fix{{
			Way: "terraform state rm", Text: "Note the old object's client_secret for the application: the first command shows it. Then take both objects out of the state. Another client_name on the resource has the next apply register another client. ADDRESS is the resource's address:",
			Lines: []string{"terraform state pull", "terraform state rm ADDRESS"},
		}}
	}
	return m
}

// knownBefore is about a registration that was answered with a client that had been there: as it is known here, or as the server says.
func knownBefore(p outcome.Problem) Message {
	which, when := ", which another resource has, or an earlier run.", "Take one of the two out of the state"
	if !p.Time.IsZero() {
		when = "If it is somebody else's, take it out of the state"
		which = ". It says that it issued that client_id on " + Timestamp(p.Time) + ", long before this request."
	}
	m := Message{
		Summary:  "Server answered with a client that it had already",
		Happened: "The server answered the registration with client " + p.ClientID + which,
		Means:    "It is one client. If two resources keep it, the change of one undoes the other's, and the destroy of one in a later run deregisters it for both.",
		Fix: []Fix{
			{Way: "other metadata", Text: when + ", and remove it from the configuration or give it other metadata, such as another client_name:",
				Lines: []string{"terraform state rm ADDRESS"}},
		},
	}
	if p.ClientURI != "" {
		at := withoutQuery(p.ClientURI)
		m.Means = Paragraphs(m.Means, "The answer names "+at+" as its client configuration endpoint. Nothing is sent there, since the one that is known, which stays, is at another server, or names the client where this one does not.")
		m.Fix = append(m.Fix, movedWay(p, at)...)
	}
	return m
}
