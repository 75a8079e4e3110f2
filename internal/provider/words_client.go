// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func registerWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.NotRegistered:
		kept, room := keptClient(p)
		m := message{summary: "Client not registered", happened: "The client could not be registered.", hints: p.Name == "", means: paragraphs(lostRegistration(p), kept), fix: room}
		if p.Name != "" {
			m.means, m.fix = paragraphs("Another client at this server has the client_name “"+p.Name+"”.", m.means), append(takenName(p.Name), room...)
		}
		return m
	case outcome.RegisteredBesideError:
		m := message{
			summary:  "Client registered, but the server reported an error",
			happened: "The server's error answer holds a new client, " + p.ClientID + ".",
			means:    "It stays in the state, marked as tainted, so that the next apply deletes it and registers another.",
		}
		switch {
		case p.Replaces != "":
			kept, _ := keptClient(p)
			m.means = "It is deregistered again where the server offers a way. " + kept
		case !p.Manageable:
			m.means = "It stays in the state, marked as tainted. The server offers no way to deregister it."
			m.fix = []fix{{way: "administrator", text: "Have the server's administrator delete it."}}
		}
		return m
	case outcome.KnownBefore:
		return message{
			summary:  "Server answered with a client that it had already",
			happened: "The server answered the registration with client " + p.ClientID + ", which another resource has, or an earlier run.",
			means:    "It is one client. If two resources keep it, the change of one undoes the other's, and the destroy of one deregisters it for both.",
			fix: []fix{
				{way: "other metadata", text: "Take one of the two out of the state, and remove it from the configuration or give it other metadata, such as another client_name:",
					lines: []string{"terraform state rm ADDRESS"}},
			},
		}
	case outcome.NotReadBack:
		return message{
			summary: "Client registered, but not read back", happened: "Client " + p.ClientID + " was registered, and the read after that failed.", hints: true,
			means: "What the answer to the registration showed is taken as what the server has registered.",
		}
	case outcome.NotServedFromStart:
		how := " as its client configuration endpoint and does not show it there."
		var te *transport.Error
		if errors.As(p.Err, &te) && (te.Kind == transport.BadURL || te.Kind == transport.InsecureURL) {
			how = " as its client configuration endpoint, which cannot be used."
		}
		return message{
			summary:  "Client registered, and kept without management",
			happened: "Client " + p.ClientID + " was registered. The server named " + withoutQuery(p.Endpoint) + how,
			means: "The client cannot be read, updated or deleted. A change of its configuration registers another one in its place, " +
				"and a destroy leaves it at the server unless it can be deleted by then.",
			fix: []fix{templateWay, noneManagedWay},
		}
	case outcome.NotManageable:
		return notManageable(p)
	case outcome.Adopted, outcome.NotAdopted, outcome.AdoptionUndecided, outcome.LeftBehind:
		return adoptionWords(p)
	}
	return message{}
}

// adoptionWords are those of clients that an earlier run registered, or may have registered.
func adoptionWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.Adopted:
		m := message{summary: "Client adopted from the token journal", happened: adoption(p), means: "It was taken over, and no second one was registered."}
		if !p.Manageable {
			m.means += " It could not be read, because the server manages no clients."
		}
		return m
	case outcome.NotAdopted:
		return message{summary: "Client of the token journal not adopted", happened: adoption(p), means: "It was not taken over, because the server did not show it. A new one is registered."}
	case outcome.AdoptionUndecided:
		return message{
			summary:  "Nothing registered, because an earlier client cannot be read",
			happened: adoption(p), hints: true,
			means: paragraphs(p.Evidence, "Whether it still exists is not known now, and a second one must not be registered beside it."),
			fix: []fix{
				{way: "retry", text: "Apply again once the server answers."},
				wayWords(p, reconcile.WayTokens),
				{way: "on_missing = recreate", text: "If that client was deleted, have a new one registered, by one apply with this on the resource:", lines: []string{`on_missing = "recreate"`}},
			},
		}
	case outcome.LeftBehind:
		return message{
			summary:  "A client may have been left behind",
			happened: fmt.Sprintf("On %s an apply was about to register a client at %s and ended before an answer arrived.", timestamp(p.Time), p.Endpoint),
			means:    "The server may have registered it.",
			fix:      []fix{{way: "administrator", text: "Look at the server for a client of that time that no state has, and have its administrator delete it."}},
		}
	}
	return message{}
}

// The ways where a client cannot be managed from the start.
var (
	templateWay = fix{
		way: "client_configuration_uri_template", text: "If the server manages clients at another address, set on the provider:",
		lines: []string{`client_configuration_uri_template = "{registration_endpoint}/{client_id}"`},
	}
	noneManagedWay = fix{way: "management = none", text: "If it manages none, set on the provider, which ends this warning:", lines: []string{`management = "none"`}}
)

func notManageable(p outcome.Problem) message {
	m := message{
		summary:  "Client cannot be managed",
		happened: "Client " + p.ClientID + " was registered. The server returned no registration access token for it, and does not show it to the provider's own credentials.",
		hints:    true,
		means:    "A change of its configuration replaces it, and a destroy leaves it at the server.",
		fix:      []fix{templateWay, noneManagedWay},
	}
	if p.ByProvider {
		m.happened = "Client " + p.ClientID + " was registered. With management = \"provider_credentials\" the provider's own credentials manage it, and the server does not show it to them."
	}
	if p.Manageable {
		m.means = "The registration access token that the server returned is in the state and is not used with this setting."
		m.fix = []fix{{way: "management = auto", text: "To use it, set on the provider:", lines: []string{`management = "auto"`}}}
	}
	return m
}

func adoption(p outcome.Problem) string {
	return fmt.Sprintf("The token journal has client %s, registered at %s on %s with this same configuration by an apply that ended before Terraform could save its state.",
		p.ClientID, p.Endpoint, timestamp(p.Time))
}

// takenName are the ways where another client has the client_name.
func takenName(name string) []fix {
	return []fix{
		{way: "client_name", text: "Choose another client_name."},
		{
			way: "oidc_client by client_name", text: "Or take that client over. Where the server can search, this finds it, and its registration_client_uri is the ID to import (without a search, its client_id is):",
			lines: []string{fmt.Sprintf("data \"oidc_client\" \"found\" { client_name = %q }", name), "terraform import ADDRESS REGISTRATION_CLIENT_URI"},
		},
	}
}

// lostRegistration is for a registration whose fate is unknown.
func lostRegistration(p outcome.Problem) string {
	if !p.MaybeProcessed {
		return ""
	}
	return fmt.Sprintf("The server may have registered the client all the same: a client of this name may have been left behind at %s. The provider does not send a registration twice. Look for it at the server before you apply again.", p.Endpoint)
}

func newTokenWay(clientID string) fix {
	return fix{
		way: "registration_access_tokens", text: "If an administrator replaced its token and its secret instead, do not apply. Set the new token on the provider:",
		lines: []string{fmt.Sprintf("registration_access_tokens = { %q = var.registration_access_token }", clientID)},
	}
}

func refusalWords(p outcome.Problem) message {
	m := message{fix: waysOut(p)}
	client := "Client " + p.ClientID
	switch p.Kind {
	case outcome.NotRefreshed:
		m.summary, m.happened, m.means = "Client not refreshed", client+" could not be read.", stateIsKept
		m.fix = nil // they are the plan's to name
	case outcome.NotReached:
		m.summary, m.happened, m.hints = "Client not read, because the server was not reached", client+" could not be read.", true
	case outcome.ReadUnsupported:
		m.summary, m.happened = "Server does not support reading clients", client+" cannot be read here."
		m.means = keptAsItIs(p)
		m.fix = []fix{{way: "refresh = never", text: "To plan without reading it and without this warning, set on the resource or the provider:", lines: []string{`refresh = "never"`}}}
	case outcome.NotReadable:
		m.summary, m.happened, m.hints, m.means = "Client not readable", client+" could not be read.", true, paragraphs(p.Evidence, elsewhere(p))
	case outcome.NotServed:
		m.summary, m.happened = "Client exists, but its URI does not show it", "The server does not show client "+p.ClientID+" at its registration_client_uri."
		m.means = paragraphs(p.Evidence, elsewhere(p), "The server's management of clients may be switched off, or the path may have changed.", keptAsItIs(p))
	case outcome.MissingUndecided:
		m.summary, m.happened = "Client not found", "The server does not show client "+p.ClientID+", and whether it exists is not known."
		m.means = paragraphs(p.Evidence, elsewhere(p), "A server also answers so when its management of clients is switched off, and a proxy does during an outage.", keptAsItIs(p))
	case outcome.Gone:
		m.summary, m.happened = "Client is gone", client+" does not exist any more at the server."
		deletion := ""
		if !p.Time.IsZero() {
			deletion = "Its deletion was sent on " + timestamp(p.Time) + ", and no answer was recorded, as when Terraform is killed."
		}
		m.means = paragraphs(p.Evidence, deletion, "It was removed from the state, so that the next apply registers it anew.")
		if p.Evidence != "" {
			m.fix = []fix{newTokenWay(p.ClientID)}
		}
	case outcome.GoneSincePlan:
		m.summary, m.happened = "Client is gone since the plan", client+" was deregistered at the server after the plan was made."
		m.fix = []fix{{way: "plan again", text: "Plan again. The new plan registers the client anew:", lines: []string{"terraform apply"}}}
	case outcome.ProviderRefused:
		m.summary, m.happened = "Provider's credentials refused for a client", "The server refused the provider's own credentials for client "+p.ClientID+"."
		m.means = paragraphs(p.Evidence, elsewhere(p), "The credentials in the provider's configuration are wrong, or may not manage this client. Nothing here says that the client is gone.")
	case outcome.TokenRefused:
		m.summary, m.happened = "Registration access token refused", "The server refused the registration access token of client "+p.ClientID+" in the state."
		m.means = paragraphs(p.Evidence, "So the client exists and its token is outdated: another program may have replaced it, or an answer was lost.")
		if !p.Expired.IsZero() || p.SaidExpired {
			m.means = p.Evidence
		}
	case outcome.GoneAtUpdate:
		m.summary, m.happened = "Client is gone", "The last update found that client "+p.ClientID+" does not exist any more."
		m.means, m.fix = "Another one is registered in its place.", []fix{newTokenWay(p.ClientID)}
	case outcome.TakenAsGone:
		m.summary, m.happened = "Client is taken as gone", "The server does not show client "+p.ClientID+", and on_missing is \"recreate\"."
		m.means = paragraphs(p.Evidence, "Another client is registered in its place. If it still exists, it is left behind at the server.")
		m.fix = nil
	case outcome.GoneOrTokenOutdated:
		m.summary, m.happened = "Client is gone, or its token is outdated", "The server refused the credential for client "+p.ClientID+", which means either that the client was deleted or that its token is outdated (RFC 7592 §2.1)."
		m.means = paragraphs(p.Evidence, elsewhere(p))
	}
	return m
}

func updateWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.NotUpdated:
		m := message{summary: "Client not updated", happened: "Client " + p.ClientID + " could not be updated.", hints: true}
		if p.MaybeProcessed {
			m.means = "The server may have made the update all the same. If it replaces the registration access token with each update, the new token is lost."
			m.fix = []fix{{
				way: "registration_access_tokens", text: "Plan again. If the client's token is refused then, have the server's administrator issue a new one and set it on the provider:",
				lines: []string{fmt.Sprintf("registration_access_tokens = { %q = var.registration_access_token }", p.ClientID)},
			}}
		}
		return m
	case outcome.UpdateNotReadBack:
		return message{
			summary: "Client updated, but not read back", happened: "Client " + p.ClientID + " was updated, and the read after that failed.", hints: true,
			means: "What the answer to the update showed is taken as what the server has registered.",
		}
	case outcome.MembersNotSentAgain:
		return message{
			summary:  "Parameters left out of an update",
			happened: fmt.Sprintf("The server refused the update of client %s with %s, and took it without.", p.ClientID, strings.Join(p.Members, ", ")),
			means:    "It does not show them, and their values have not changed since it took them in the registration, so that they are probably kept.",
			fix:      []fix{{way: "administrator", text: "If it matters, ask the server's administrator whether they still apply."}},
		}
	case outcome.MembersLeftOut:
		return message{
			summary: "Not all of the server's own parameters were sent back", happened: fmt.Sprintf("The server accepted the update of client %s only in the form %q, which leaves out %s.", p.ClientID, p.Form, strings.Join(p.Members, ", ")),
			means: "The server may have reset them.",
		}
	case outcome.SecretKept:
		return message{
			summary: "Server kept the client secret", happened: "An update of client " + p.ClientID + " brought no new client secret.",
			means: "This server is now known to keep secrets on updates.",
			fix:   []fix{{way: "plan again", text: "Plan again. The new plan replaces the client, which gets a new secret and a new client_id:", lines: []string{"terraform apply"}}},
		}
	case outcome.CredentialsChanged:
		return message{
			summary: "Server changed credentials unexpectedly", happened: "Earlier updates of client " + p.ClientID + " left its credentials as they were. This one changed them.",
			means: "The new ones are saved, and the attributes show them after the next refresh.",
			fix:   []fix{{way: "apply again", text: "If other resources use them, apply once more:", lines: []string{"terraform apply"}}},
		}
	}
	return message{}
}

func deregisterWords(p outcome.Problem) message {
	stays := "It was removed from the state only."
	administrator := []fix{{way: "administrator", text: "Have the server's administrator delete it."}}
	switch p.Kind {
	case outcome.DeleteUnmanaged:
		return message{
			summary: "Client stays at the server", happened: "Client " + p.ClientID + " was not deregistered: the server offers no way to (RFC 7592), or management is \"none\".", means: stays, fix: administrator,
		}
	case outcome.DeleteUnsupported:
		return message{summary: "Client stays at the server", happened: "Client " + p.ClientID + " was not deregistered: the server does not support the deletion of clients.", means: stays, fix: administrator}
	case outcome.StillThere:
		return message{summary: "Client not deregistered", happened: "The server accepted the deletion of client " + p.ClientID + ", and still shows the client.", fix: waysOut(p)}
	case outcome.NotDeregistered:
		return message{summary: "Client not deregistered", happened: "Client " + p.ClientID + " could not be deregistered.", hints: true, fix: waysOut(p)}
	}
	return message{}
}
