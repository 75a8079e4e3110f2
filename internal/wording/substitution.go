// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Gathered is a problem with all that the server did in the same way, beside p.Substitution.
type Gathered struct {
	outcome.Problem

	More []reconcile.Substitution
}

// Gather puts what a server did to several parameters in one way together: fifteen parameters that a server does not show are one warning, and those that fail an apply are one
// error of the client.
func Gather(problems []outcome.Problem) []Gathered {
	var out []Gathered
	for _, p := range problems {
		at := slices.IndexFunc(out, func(q Gathered) bool { return together(p, q.Problem) })
		if at >= 0 {
			out[at].More = append(out[at].More, p.Substitution)
			continue
		}
		out = append(out, Gathered{Problem: p})
	}
	return out
}

// together reports whether two problems are told in one diagnostic.
func together(p, q outcome.Problem) bool {
	a, b := p.Substitution, q.Substitution
	switch {
	case p.Kind != outcome.Substituted || q.Kind != p.Kind || q.ClientID != p.ClientID || q.Warning != p.Warning || q.Consequence != p.Consequence:
		return false
	case p.Warning:
		return a.Kind == b.Kind
	}
	// What becomes of the client is said of all of them.
	return (a.Kind == reconcile.NotShown) == (b.Kind == reconcile.NotShown) && a.Said == b.Said && a.Stayed == b.Stayed
}

// substitutionSummaries say what the server did, in words that are the same for every parameter.
var substitutionSummaries = map[reconcile.SubstitutionKind]string{
	reconcile.Changed:  "Server registered other values",
	reconcile.NotShown: "Server does not show some parameters",
	reconcile.Hidden:   "Server does not show some parameters when it is read",
	reconcile.Extended: "Server registered more than was asked for",
	reconcile.Retained: "Server keeps removed parameters",
}

// substitutionWords say what the server did with what was asked (RFC 7591 §3.2.1). told is what came of taking the client back.
func substitutionWords(p outcome.Problem, more []reconcile.Substitution, told account) Message {
	m := Message{Summary: substitutionSummaries[p.Substitution.Kind]}
	if p.Consequence == outcome.NoConsequence {
		m.Happened = fmt.Sprintf("Client %s: %s", p.ClientID, substitution(p, p.Substitution))
		if len(more) > 0 {
			lines := []string{fmt.Sprintf("For client %s, of %d parameters:", p.ClientID, 1+len(more))}
			for _, s := range append([]reconcile.Substitution{p.Substitution}, more...) {
				lines = append(lines, "- "+substitution(p, s))
			}
			m.Happened = strings.Join(lines, "\n")
		}
		m.Means = strings.TrimSpace(substitutionMeaning(p.Substitution.Kind, 1+len(more)) + " " + unprinted(p, more))
		return m
	}
	m.Happened = substitution(p, p.Substitution)
	if len(more) > 0 {
		lines := []string{fmt.Sprintf("%d parameters are not as they were asked for:", 1+len(more))}
		for _, s := range append([]reconcile.Substitution{p.Substitution}, more...) {
			lines = append(lines, "- "+substitution(p, s))
		}
		m.Happened = strings.Join(lines, "\n")
	}
	became := consequence(p)
	if len(more) > 0 {
		became = ofSeveral.Replace(became)
	}
	m.Said = told.block()
	m.Means = Paragraphs(strings.TrimSpace(whyAnError(append([]reconcile.Substitution{p.Substitution}, more...))+" "+became+" "+unprinted(p, more)), told.rest)
	m.Fix = substitutionWays(p)
	return m
}

// ofSeveral puts what becomes of a client for the sake of one parameter in words for several.
var ofSeveral = strings.NewReplacer(
	"this value as it was", "these values as they were", "this value", "these values", "the registered value", "the registered values", "shows nothing of this parameter", "shows nothing of these parameters",
	"do not show the parameter", "do not show the parameters", "has it still", "has them still", "what it is by then", "what they are by then",
)

// whyAnError says why what a server did is not taken with a warning.
func whyAnError(found []reconcile.Substitution) string {
	var secure []string
	for _, s := range found {
		if s.Security && s.Kind == reconcile.Changed {
			secure = append(secure, s.Member)
		}
	}
	switch {
	case len(secure) == 0:
		return "This is an error because strict is set."
	case len(found) == 1:
		return "This is an error because the security of the client depends on this parameter."
	case len(secure) == len(found):
		return "This is an error because the security of the client depends on these parameters."
	}
	return "This is an error because the security of the client depends on " + strings.Join(secure, ", ") + ", and because strict is set."
}

var (
	askForItWay = Fix{Way: "ask for it", Text: "To keep this value without accepting others, ask for it in the configuration."}
	// askAgainWay is for a value that no apply of the same asks about anew.
	askAgainWay = Fix{Way: "ask again", Text: "Where the server's policy has changed, ask for this value, apply, and then ask for the other one again."}
)

// substitutionWays are the ways where a substitution is not accepted.
func substitutionWays(p outcome.Problem) []Fix {
	asks := Fix{Way: "ask for it", Text: "Ask for what the server registers, or have its administrator change its policy."}
	members, these := []string{p.Substitution.Member}, "this parameter"
	if len(p.Members) > 1 {
		members, these = p.Members, "all of these parameters"
	}
	accept := acceptWay(members)
	accept.Text = "To accept the server's choice for " + these + acceptWhere
	switch p.Consequence {
	case outcome.LeftAlone:
		return []Fix{ownNameWay}
	case outcome.TakenBefore:
		return []Fix{accept, askForItWay}
	case outcome.NotAskedFor, outcome.NotRenewed:
		return []Fix{accept, askForItWay, askAgainWay}
	case outcome.UpdateStands, outcome.RenewedStands, outcome.ReplacedStands, outcome.NewerStands:
		accept.Text = "To accept the server's choice for " + these + " and keep what the update made" + acceptWhere
		if p.Substitution.Said {
			return []Fix{accept, askForItWay, askAgainWay}
		}
		if p.Substitution.Stayed {
			return []Fix{accept, anotherInItsPlace}
		}
		asks.Text = "To have another value, ask for one that the server registers, or have its administrator change its policy, and apply again."
		return []Fix{accept, asks}
	case outcome.NoConsequence, outcome.Deregistered, outcome.NotRolledBack, outcome.NotSent:
	}
	return []Fix{asks, accept}
}

// consequence says what became of a client of which a substitution is not accepted.
func consequence(p outcome.Problem) string {
	kept, _ := keptClient(p)
	text := ""
	switch p.Consequence {
	case outcome.Deregistered:
		text = "The client was deregistered again. Nothing is left at the server."
		if p.Replaces != "" {
			text = "The new client was deregistered again."
		}
	case outcome.NotRolledBack:
		text = fmt.Sprintf("Client %s could not be deregistered again. It stays in the state, marked as tainted, so that the next apply tries again to delete it.", p.ClientID)
		if p.Replaces != "" {
			text = fmt.Sprintf("The new client, %s, could not be deregistered again. It stays at the server, where its administrator can delete it.", p.ClientID)
		}
	case outcome.LeftAlone:
		text = fmt.Sprintf("The server answered with client %s, which it had before: another resource or another state may have it. It was left as it is, and nothing of this resource is kept.", p.ClientID)
	case outcome.UpdateStands, outcome.RenewedStands, outcome.ReplacedStands, outcome.NewerStands:
		made := "The server has made the update"
		switch {
		case p.Substitution.Stayed:
			made = "The server answered the update with success, and left this value as it was"
		case p.Substitution.Kind != reconcile.NotShown:
			made += ", so that the client has the registered value now"
		}
		switch p.Consequence {
		case outcome.RenewedStands:
			made += ", and issued the new client secret that rotate_secret_when asked for."
		case outcome.ReplacedStands:
			made += ", and replaced the client secret with it, as it may with each apply of the same. What uses the client needs the new one."
		case outcome.NewerStands:
			made += ". The client secret is another one than the state had: it was replaced before that, and is in the state now. What uses the client needs the new one."
		default:
			made += "."
		}
		if p.Substitution.Said {
			return made + " An earlier answer showed this value; the answer to the update shows nothing of this parameter, and neither does a read. The next plan shows the difference again."
		}
		if p.Substitution.Kind == reconcile.NotShown {
			return made + " The next plan shows the difference again, and with strict each value is refused that the server does not show."
		}
		return made + " The next plan shows the difference again."
	case outcome.TakenBefore:
		return fmt.Sprintf("An apply before took this value, which the settings accepted then. Client %s cannot be updated, and no other client is registered for the sake of a setting.", p.ClientID)
	case outcome.NotAskedFor:
		return takenStill(p) + " Nothing was sent: nothing else differs, and an update may replace credentials."
	case outcome.NotRenewed:
		return takenStill(p) + " Nothing was sent: the new client secret that is due waits until this is decided, since an apply that fails would give it to nobody."
	case outcome.NotSent:
		return fmt.Sprintf("Nothing was sent: a read just before showed client %s without this value, and with nothing that an update would change. The next plan shows what it is by then.", p.ClientID)
	case outcome.NoConsequence:
	}
	return strings.TrimSpace(text + " " + kept)
}

// takenStill says how a value that was taken before is known to be the client's.
func takenStill(p outcome.Problem) string {
	if p.Substitution.Said {
		return fmt.Sprintf("An apply before took this value, which the settings accepted then: the answer to its request showed it, and reads of client %s do not show the parameter.", p.ClientID)
	}
	return fmt.Sprintf("An apply before took this value, which the settings accepted then, and client %s has it still.", p.ClientID)
}

func substitutionMeaning(kind reconcile.SubstitutionKind, parameters int) string {
	them, values, attributes := "it", "It is the server's own value", "The attribute keeps the configured value."
	if parameters > 1 {
		them, values, attributes = "them", "They are the server's own values", "The attributes keep the configured values."
	}
	switch kind {
	case reconcile.NotShown:
		return "The server did not register " + them + ", or does not say so. This is a one-time warning, not a permanent diff."
	case reconcile.Hidden:
		return "Changes that are made to " + them + " at the server cannot be seen."
	case reconcile.Retained:
		return values + " from now on."
	case reconcile.Changed, reconcile.Extended:
	}
	return attributes + " This is a one-time warning, not a permanent diff."
}

// unprinted says why a diagnostic shows no value where nothing is known of what it may hold, and where the server's stands.
func unprinted(p outcome.Problem, more []reconcile.Substitution) string {
	for _, s := range append([]reconcile.Substitution{p.Substitution}, more...) {
		if s.Kind == reconcile.Hidden || s.Kind == reconcile.NotShown || !unknownMember(s.Member) {
			continue
		}
		if p.Consequence == outcome.NoConsequence {
			return "Values of extension_metadata may be sensitive and are not printed; registered_metadata has the server's."
		}
		return "Values of extension_metadata may be sensitive and are not printed."
	}
	return ""
}
