// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// lostUpdate is empty where the server did not make an update.
func lostUpdate(p outcome.Problem) string {
	if !p.MaybeProcessed {
		return ""
	}
	return "The server may have made the update all the same. If it replaces the registration access token with each update, the new token is lost, and so is a new client secret that reads do not show."
}

// notUpdated is for an update that was refused, or whose fate is unknown.
func notUpdated(p outcome.Problem) Message {
	m := Message{Summary: "Client not updated", Happened: "Client " + p.ClientID + " could not be updated.", hints: true}
	var de *dcr.Error
	refused := errors.As(p.Err, &de)
	switch {
	case p.SecretWanted:
		m.hints = false
		m.Means = "The server takes no update of this client without its client secret, shows the secret in no read, and the state does not have it."
		if p.SecretUnstored {
			m.Means = "The server takes no update of this client without its client secret, shows the secret in no read, and with store_client_secret = false the state does not have it."
		}
		m.Fix = []Fix{secretByReplacement(p)}
	case p.MaybeProcessed && len(p.Unmoved) > 0:
		accept := acceptWay(p.Unmoved)
		accept.Text = "To take what the server has" + acceptWhere
		m.Means = "A read after that shows the client, and as it was: " + strings.Join(p.Unmoved, ", ") + ". Either the update was not made, or the server has its own word there."
		m.Fix = []Fix{{Way: "plan again", Text: "To send the update again:", Lines: []string{"terraform apply"}}, accept, anotherInItsPlace, leavingTheOld}
	case p.MaybeProcessed:
		m.Means = lostUpdate(p)
		m.Fix = []Fix{{
			Way: "registration_access_tokens", Text: "Plan again. If the client's token is refused then, have the server's administrator issue a new one and set it on the provider:",
			Lines: []string{handIn(p)},
		}}
		if refused && de.Status >= 200 && de.Status <= 299 { // and may be answered so the next time
			m.Fix = append(m.Fix, anotherInItsPlace, leavingTheOld)
			if de.Body == dcr.HTMLBody {
				m.Means = Paragraphs("The answer is a page, so that it may be one of a firewall or a proxy before the server.", m.Means)
				m.Fix = append([]Fix{letThrough}, m.Fix...)
			}
			if de.CountsNone {
				m.Means = Paragraphs("The answer counts no client as changed. Where an update before this one had no usable answer, that one may have been made, so that nothing was left to change.", m.Means)
				m.Fix = append([]Fix{otherValueFirst}, m.Fix...)
			}
		}
	case refused && de.Cause() == dcr.OperationForbidden:
		m.Means, m.Fix = updateForbidden(p, de)
	case refused && de.Cause() == dcr.CredentialRefused:
		m.Means = "The server does not take an update of the client with this credential. Nothing here says that the client is gone."
		m.Fix = []Fix{askCredential, anotherInItsPlace, leavingTheOld}
		if p.SecretMissing {
			m.Means = Paragraphs(m.Means, secretMayBeWanted)
			m.Fix[1] = secretByReplacement(p)
		}
	case refused && de.RefusesMetadata() && namesClientIDAlone(de):
		m.hints = false
		m.Means = "The server refuses the client_id, which each update has (RFC 7592 §2.2), and no parameter of the configuration. It takes no update in the form of the standard."
		m.Fix = []Fix{anotherInItsPlace, leavingTheOld}
	case p.SecretMissing:
		m.Means, m.Fix = secretMayBeWanted, []Fix{secretByReplacement(p)}
	}
	if p.Waits {
		m.Means = Paragraphs(replacementWaits, m.Means)
		if len(m.Fix) == 0 {
			m.Fix = []Fix{anotherInItsPlace, leavingTheOld}
		}
	}
	return entryFirst(p, m)
}

const replacementWaits = "The plan puts another client in its place, since the server has answered an update as one that has none. This answer does not say so, so that no client was registered. " +
	"The next apply sends the update once more, and replaces the client only if the server has no updates."

// namesClientIDAlone reports whether an answer is about the client_id, and about no parameter of the client metadata.
func namesClientIDAlone(de *dcr.Error) bool {
	other := func(f dcr.MemberFinding) bool { return f.Member != "client_id" }
	return de.Status != http.StatusForbidden && len(de.Members) > 0 && !slices.ContainsFunc(de.Members, other)
}

// updateForbidden is for a 403 to an update, which the server gives for who asks or for what is asked, and a firewall before it for the method.
func updateForbidden(p outcome.Problem, de *dcr.Error) (means string, ways []Fix) {
	if p.Shown {
		means = "A read with the same credential has just shown the client."
	}
	if de.OwnCode() {
		return Paragraphs(means, "The refusal may also be for what the update asks for, by the server's policy."), append(waysOut(p), anotherInItsPlace, leavingTheOld)
	}
	means = Paragraphs(means, "The answer has no error code, so that it may be one of a firewall or a proxy before the server, which lets reads through (GET) and no updates (PUT).")
	return means, append(append([]Fix{letThrough}, waysOut(p)...), anotherInItsPlace, leavingTheOld)
}

var letThrough = Fix{Way: "front end", Text: "If something before the server gave this answer, have it let PUT and DELETE through to this address."}

var otherValueFirst = Fix{
	Way: "another value", Text: "To have the server count the client again, give it another client_name, apply, set that back, and apply once more:", Lines: []string{"terraform apply"},
}

var anotherInItsPlace = Fix{
	Way: "terraform apply -replace", Text: "To have another client registered in its place, with the values of the configuration, by the resource's address. It has another client_id:",
	Lines: []string{"terraform apply -replace=ADDRESS"},
}

// leavingTheOld is for a replacement whose deletion is stopped by what stopped the update.
var leavingTheOld = Fix{
	Way: "management = none", Text: "If the replacement fails because the server deletes no clients (DELETE), leave the old one there, by this on the provider:",
	Lines: []string{`management = "none"`},
	Next:  []Block{{"Then run, by the resource's address, and remove the setting:", []string{"terraform apply -replace=ADDRESS -target=ADDRESS"}}},
}

const secretMayBeWanted = "It may be that the server takes no update of this client without its client secret, which it shows in no read and the state does not have."

// secretByReplacement is the way to a client whose secret is known.
func secretByReplacement(p outcome.Problem) Fix {
	f := Fix{
		Way: "terraform apply -replace", Text: "To have the client replaced by one whose secret is known from its registration, by the resource's address. It has another client_id:",
		Lines: []string{"terraform apply -replace=ADDRESS"},
	}
	if p.SecretUnstored {
		f.Way = "store_client_secret"
		f.Text = "Only the registration shows the secret. Set store_client_secret = true on the resource, and have the client replaced in the same apply, by the resource's address. The new client has another client_id:"
	}
	return f
}

// updateNotReadBack is for an update of which no read tells.
func updateNotReadBack(p outcome.Problem) Message {
	m := Message{
		Summary: "Client updated, but not read back", Happened: "Client " + p.ClientID + " was updated, and the read after that failed.", hints: true,
		Means: "What the answer to the update showed is taken as what the server has registered.",
	}
	if p.OnlyTold {
		m.Happened = "The update of client " + p.ClientID + " was answered twice with success and without the client, and the server does not let the client be read."
		m.Means = "The update counts as made. What the server registered is not known: it may have other values than were asked for."
		m.Fix = []Fix{anotherInItsPlace}
	}
	return m
}

// updateNotShownYet is for an update that its answer shows and a read after it does not.
func updateNotShownYet(p outcome.Problem) Message {
	again := Fix{Way: "plan again", Text: "To see whether it has caught up:", Lines: []string{"terraform plan"}}
	if p.NeverRead {
		again.Text = `To see whether it has caught up, without refresh = "never" on the resource and the provider:`
	}
	means := "If the next plan shows these parameters to be changed, the server keeps its own values."
	if p.ReadByApply {
		means = "If the next apply finds them so, the server keeps its own values, and that apply tells it."
		again = Fix{
			Way: "apply again", Text: "To see whether it has caught up, apply again. No plan reads the client, since reads replace its credentials; that apply does:", Lines: []string{"terraform apply"},
		}
	}
	return Message{
		Summary:  "Update not shown yet",
		Happened: "The server answered the update of client " + p.ClientID + " with what was asked for, and a read after that shows as they were: " + strings.Join(p.Members, ", ") + ".",
		Means:    "A server of several replicas can answer like this until the update has reached all of them. " + means,
		Fix:      []Fix{again},
	}
}
