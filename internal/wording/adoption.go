// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// adoptionWords are those of clients that an earlier run registered, or may have registered.
func adoptionWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.Adopted:
		m := Message{
			Summary: "Client adopted from the token journal", Happened: adoption(p, killed), Means: "It was taken over, and no second one was registered.",
			Fix: []Fix{{
				Way:   "terraform apply -replace",
				Text:  "If another resource has it, have another client registered for this one, by its address and without -target. The client is kept for the other one. Where that one is in another workspace, the first run stops with an error that says how to go on:",
				Lines: []string{"terraform apply -replace=ADDRESS"},
			}},
		}
		switch {
		case p.NoneManaged:
			m.Means += ` It was not read, because the provider has management = "none".`
		case !p.Manageable:
			m.Means += " It could not be read, because the server manages no clients."
		}
		return m
	case outcome.NotAdopted:
		m := Message{Summary: "Client of the token journal not adopted", Happened: adoption(p, killed), Means: "It was not taken over, because the server did not show it. A new one is registered."}
		if p.Wanted {
			m.Happened, m.Means = adoption(p, ""), "It was not taken over, and a new one is registered, as on_missing says. If no resource has it, it is left at the server."
		}
		return m
	case outcome.AdoptionInDoubt:
		return adoptionInDoubt(p)
	case outcome.AdoptionUndecided:
		return Message{
			Summary:  "Nothing registered, because an earlier client cannot be read",
			Happened: adoption(p, killed), hints: true,
			Means: Paragraphs(p.Evidence, "Whether it still exists is not known now, and a second one must not be registered beside it."),
			Fix: []Fix{
				{Way: "retry", Text: "Apply again once the server answers."},
				wayWords(p, reconcile.WayTokens),
				{Way: "management = none", Text: "If the server manages no clients, take that client over as one without management, with this on the provider, and leave it there: without it, an apply reads the client again. With it, any other client whose configuration differs is registered anew; to apply this resource alone, add -target=ADDRESS:", Lines: []string{`management = "none"`}},
				{Way: "on_missing = recreate", Text: "If that client was deleted, or is another resource's, have a new one registered, by one apply with this on the resource:", Lines: []string{`on_missing = "recreate"`}},
			},
		}
	case outcome.LeftBehind:
		return leftBehind(p)
	}
	return Message{}
}

const killed = " by an apply that ended before Terraform could save its state"

func adoption(p outcome.Problem, by string) string {
	return fmt.Sprintf("The token journal has client %s, registered at %s on %s with this same configuration%s.", p.ClientID, p.Endpoint, Timestamp(p.Time), by)
}

func adoptionInDoubt(p outcome.Problem) Message {
	m := Message{
		Summary:  "Nothing registered, because another resource may have this client",
		Happened: adoption(p, "") + " The provider was done with that apply. It cannot know whether Terraform stored its state afterwards, or was killed before, and no resource was seen to have the client since.",
		Means:    "It is not known whether it is to be taken over here, or another one is to be registered beside it.",
	}
	unmanaged := ""
	if p.ClientURI != "" && p.Replaces != "" {
		m.Means = "It may have been registered in the place of client " + p.Replaces + ", which the state still has: then the state was not stored. " + m.Means
		m.Fix = append(m.Fix, Fix{
			Way: "import", Text: "If no resource has it, take it over in the place of client " + p.Replaces + ". Where the server still has that one, only its administrator can deregister it from then on:",
			Lines: []string{"terraform state rm ADDRESS", "terraform import ADDRESS " + shellWord(p.ClientURI)},
		})
	} else if p.ClientURI != "" {
		m.Fix = append(m.Fix, Fix{
			Way: "import", Text: "If no resource has it, because that apply was killed or cancelled or its state was lost, take it over, by the address of this resource, or by an import block with the same ID:",
			Lines: []string{"terraform import ADDRESS " + shellWord(p.ClientURI)},
		})
	} else {
		unmanaged = ", or if no resource has it (it has no address that it could be imported from)"
	}
	m.Fix = append(
		m.Fix,
		Fix{Way: "apply without -target", Text: "If a resource of this directory has it, which this apply does not look at, have Terraform look at all of them, without -target and -refresh=false:", Lines: []string{"terraform apply"}},
		Fix{
			Way:   "on_missing = recreate",
			Text:  "If a resource of another state has it, or a resource that was taken out of the state" + unmanaged + ", have another one registered for this resource, by one apply with this on it:",
			Lines: []string{`on_missing = "recreate"`},
		},
	)
	return m
}

func leftBehind(p outcome.Problem) Message {
	if !p.MaybeProcessed {
		m := Message{
			Summary: "A client may have been left behind",
			Happened: fmt.Sprintf("On %s an apply registered client %s at %s and ended before Terraform could save its state. No resource was seen to have the client so far.",
				Timestamp(p.Time), p.ClientID, p.Endpoint),
			Means: "An apply of its own configuration takes it over by itself: this one, if the resource is created later in it, or one in another directory. It is left behind where that configuration was changed or removed.",
			Fix:   []Fix{{Way: "administrator", Text: "Have the server's administrator delete it, if no state has it once those applies are through."}},
		}
		if p.ClientURI != "" {
			m.Fix[0].Text = "Or, if nobody needs it then, have the server's administrator delete it."
			m.Fix = append([]Fix{{
				Way: "import", Text: "If no state has it once those applies are through, take it over, by the address of a resource for it:",
				Lines: []string{"terraform import ADDRESS " + shellWord(p.ClientURI)},
			}}, m.Fix...)
		}
		return m
	}
	return Message{
		Summary:  "A client may have been left behind",
		Happened: fmt.Sprintf("On %s an apply was about to register a client at %s and ended before an answer arrived.", Timestamp(p.Time), p.Endpoint),
		Means:    "The server may have registered it.",
		Fix:      []Fix{{Way: "administrator", Text: "Look at the server for a client of that time that no state has, and have its administrator delete it."}},
	}
}

func clientOfTwo(p outcome.Problem) Message {
	return Message{
		Summary:  "One client is in two resources",
		Happened: "Client " + p.ClientID + " was given to one resource, and another one had it. Each of the two would undo what the other one sets.",
		Means:    "A destroy of one of them keeps the client for the other.",
		Fix:      []Fix{ownClient()},
	}
}

// heldWords are those of a destroy of a client that another resource has, or may have.
func heldWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.DeleteOfTwo:
		return Message{
			Summary: "Client kept for the resource that has it, too", Happened: "Client " + p.ClientID + " was not deregistered: two resources had it.",
			Means: "A destroy of the other one deregisters it.",
		}
	case outcome.DeleteNeedsJournal:
		m := Message{
			Summary: "Client not deregistered, because the token journal is not usable", Happened: "The token journal cannot be used.",
			Means: "Nothing was sent to deregister client " + p.ClientID + ": another resource may have it, too, which only the journal knows.",
			Fix:   []Fix{runAgain},
		}
		if ways := journalWays(p.Err); len(ways) > 0 {
			m.Fix = []Fix{ways[0], {Way: "token_journal", Text: "If no other resource has the client, remove token_journal from the provider instead. Then run it again."}}
		}
		return m
	}
	if p.Warning {
		return Message{
			Summary:  "Client kept for another resource, which may have it",
			Happened: "Client " + p.ClientID + " was not deregistered, and this state does not keep it. It was given to two resources; whether the other one still has it is not known.",
			Means:    "A destroy of the other one deregisters it.",
			Fix:      []Fix{{Way: "administrator", Text: "If no resource has it, have the server's administrator delete it."}},
		}
	}
	return Message{
		Summary:  "Client not deregistered, because another resource may have it",
		Happened: "Client " + p.ClientID + " was given to two resources, by an adoption from the token journal, by an import or by the server. Whether the other one still has it is not known.",
		Means:    "Nothing was sent.",
		Fix: []Fix{
			{Way: "look at the other one", Text: "If the other one has it, have Terraform look at that one, in its own workspace. The next destroy then keeps the client for it:", Lines: []string{"terraform plan"}},
			{Way: "destroy again", Text: "If no other resource has it, run this again. The client is deregistered then."},
		},
	}
}
