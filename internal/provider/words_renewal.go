// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// What a plan tells of a client secret that is due or expires, and of a client that may be another one after the apply.

// bySecret is why a new secret needs another client, and what becomes of the one that there is.
type bySecret struct {
	clientID         string
	noneManaged      bool // by management = "none"
	neverSent        bool // by management = "provider_credentials", which are not for the client's server
	noUpdates, stays bool // the server changes no client; the old one is known to stay there
}

func (b bySecret) because() string {
	switch {
	case b.noneManaged:
		return "management is \"none\" on the provider, so that no update can ask for a new secret."
	case b.neverSent:
		return "With management = \"provider_credentials\", nothing is sent to the server of client " + b.clientID + ", which the provider's own credentials are not for, so that no update can ask for a new secret."
	case b.noUpdates:
		return "The server offers no way to change client " + b.clientID + " (RFC 7592 §2.2), so that no update can ask for a new secret."
	}
	return "This server does not issue a new secret on an update."
}

// warning is at the attribute that asks for the secret.
func (b bySecret) warning(attribute string, certain bool, happened string, fix ...wording.Fix) diag.Diagnostic {
	m := wording.Message{Summary: "A new client secret may need a new client", Happened: happened, Fix: fix}
	if certain {
		m.Summary = "A new client secret needs a new client"
	}
	if b.noneManaged {
		m.Fix = append([]wording.Fix{{Way: "management", Text: "To keep the client, where the server issues a new secret on an update, set on the provider:", Lines: []string{`management = "auto"`}}}, fix...)
	}
	if b.stays {
		m.Means = "A client that is replaced stays at the server and keeps its secret."
	}
	if b.stays && certain {
		m.Means = "The old client stays at the server and keeps its secret."
		if b.neverSent {
			m.Fix = append(m.Fix, wording.Fix{Way: "management = auto", Text: "To have the old client deregistered where the server does that, set on the provider before the apply:", Lines: []string{`management = "auto"`}})
		}
		m.Fix = append(m.Fix, wording.Fix{Way: "administrator", Text: "After the apply, have the server's administrator delete client " + b.clientID + "."})
	}
	return warningAt(path.Root(attribute), m)
}

// byRotation: known is false where rotate_secret_when may turn out as it was.
func (b bySecret) byRotation(known bool) diag.Diagnostic {
	happened := " If rotate_secret_when, which is known in the apply only, then differs from its earlier value, the client is replaced and gets a new client_id, too."
	if known {
		happened = " Applying this plan replaces the client, which gets a new client_id, too."
	}
	return b.warning(attrRotateWhen, known, b.because()+happened, wording.Fix{Way: "rotate_secret_when", Text: "To keep the client, set rotate_secret_when back to its earlier value."})
}

func (b bySecret) byRenewal(expires time.Time) diag.Diagnostic {
	return b.warning(attrRenewBefore, true, fmt.Sprintf("The client secret expires on %s, within renew_secret_before. %s The client is replaced and gets a new client_id.", wording.Timestamp(expires), b.because()),
		wording.Fix{Way: "renew_secret_before", Text: "To keep the client and renew its secret by other means, remove renew_secret_before."})
}

func (b bySecret) byRenewalSoon(due time.Time) diag.Diagnostic {
	return b.warning(attrRenewBefore, false, fmt.Sprintf("By renew_secret_before, the client secret is due for renewal from %s on. %s If this plan is applied after that, the client is replaced and gets a new client_id. Applied before, the client stays.",
		wording.Timestamp(due), b.because()))
}

// byUnknownRenewal is for a renew_secret_before that is known in the apply only.
func (b bySecret) byUnknownRenewal(expires time.Time) diag.Diagnostic {
	return b.warning(attrRenewBefore, false, fmt.Sprintf("The client secret expires on %s, and renew_secret_before is known in the apply only. %s If the secret is due for renewal then, the client is replaced and gets a new client_id. Else the client stays.",
		wording.Timestamp(expires), b.because()))
}

// managementMayNeedNewClient is for a change where the provider's management is known in the apply only.
func managementMayNeedNewClient(id string) diag.Diagnostic {
	return warningAt(path.Empty(), wording.Message{
		Summary: "Change may need a new client",
		Happened: fmt.Sprintf("The provider's management is known in the apply only. If it is \"none\" then, this change registers another client in the place of client %s, which stays at the server. With any other value, the client is updated and keeps its client_id.",
			id),
	})
}

// strictMayNeedNewClient is for a configuration that writes out what the server has, where strict is known in the apply only.
func strictMayNeedNewClient(id string) diag.Diagnostic {
	return warningAt(path.Empty(), wording.Message{
		Summary: "Change may need a new client",
		Happened: fmt.Sprintf("The server has all that is configured for client %s but values that it does not show, and strict is known in the apply only. If it is true then, these are refused: the apply registers another client in the place of this one, which the server offers no way to change, and fails where the server does not show them of that one, either. Else nothing is sent.",
			id),
	})
}

// missingMayNeedNewClient is for a client that the server does not show, where on_missing is known in the apply only.
func missingMayNeedNewClient(id string) diag.Diagnostic {
	return warningAt(path.Root(attrOnMissing), wording.Message{
		Summary: "Missing client may be registered anew",
		Happened: fmt.Sprintf("The server does not show client %s, and on_missing is known in the apply only. If it is \"recreate\" then, another client is registered in its place and gets a new client_id. With any other value, none is.",
			id),
	})
}

// renewsForEver is for secrets that live no longer than the time before their expiry at which they are to be renewed.
func renewsForEver(life time.Duration) diag.Diagnostic {
	return warningAt(path.Root(attrRenewBefore), wording.Message{
		Summary:  "Each plan renews the client secret",
		Happened: fmt.Sprintf("The server issues secrets that live for %s. renew_secret_before is no less than that, so that a new secret is due for renewal at once.", wording.Span(life)),
		Fix:      []wording.Fix{{Way: "renew_secret_before", Text: "Set less than the secrets live:", Lines: []string{fmt.Sprintf("renew_secret_before = %q", wording.Span(life/2))}}},
	})
}

// secretNotBack is for a secret that the state is to hold again and that nothing shows.
func secretNotBack(clientID string) diag.Diagnostic {
	return warningAt(path.Root(attrStoreSecret), wording.Message{
		Summary:  "Client secret is not known any more",
		Happened: "The secret of client " + clientID + " was kept nowhere, and no read of the client shows it, so that client_secret stays null although it is to be in the state.",
		Fix: []wording.Fix{
			{Way: "replace", Text: "To register another client, whose secret is kept from the start, by the resource's address:", Lines: []string{"terraform apply -replace=ADDRESS"}},
			{Way: "store_client_secret", Text: "To keep the client and leave its secret to those who have it:", Lines: []string{"store_client_secret = false"}},
		},
	})
}

// templateNotUsed is for an address that was written out while nobody could tell whether the server that is configured is the client's.
func templateNotUsed(clientID string) diag.Diagnostic {
	return warningAt(path.Root(attrURITemplate), wording.Message{
		Summary:  "Address of the client is not used",
		Happened: "The server that the configuration names was not found just now, so that client_configuration_uri_template may be an address at another server than that of client " + clientID + ". Nothing is sent there until an apply changes the client once the server is found.",
		Fix: []wording.Fix{
			{Way: "client_configuration_uri_template", Text: "To have the client asked for there once the server is found, remove client_configuration_uri_template, apply, write it again, and apply."},
		},
	})
}

// secretExpires advises a renewal before the expiry, where the secret lived at all.
func secretExpires(clientID string, expires time.Time, expired bool, before time.Duration) diag.Diagnostic {
	m := wording.Message{Summary: "Client secret expires soon", Happened: fmt.Sprintf("The secret of client %s expires on %s, and nothing renews it.", clientID, wording.Timestamp(expires))}
	text := "To have it renewed in time:"
	if expired {
		m.Summary, m.Happened = "Client secret has expired", fmt.Sprintf("The secret of client %s expired on %s, and nothing renews it.", clientID, wording.Timestamp(expires))
		text = "To have it renewed:"
	}
	m.Fix = []wording.Fix{{Way: "renew_secret_before", Text: text, Lines: []string{fmt.Sprintf("renew_secret_before = %q", wording.Span(before))}}}
	if before <= 0 {
		m.Means = "It had expired when the server issued it, unless the clocks of the two differ, so that another one would be no better."
		m.Fix = []wording.Fix{{Way: "administrator", Text: "Compare the clocks of this machine and of the server, or ask the server's administrator why its secrets expire at once."}}
	}
	return warningAt(path.Root(attrSecretExpiresAt), m)
}

// updateReplacesSecret is for an update at a server that issues a secret with each one, where no read shows it and the state stores none.
func updateReplacesSecret(clientID string) diag.Diagnostic {
	return warningAt(path.Root(attrStoreSecret), wording.Message{
		Summary:  "Update may replace the client secret",
		Happened: "The server of client " + clientID + " issued a new secret with an update before, or began its lifetime anew, and no read is known to show it. By store_client_secret = false nothing keeps it, so that nobody has a new one after this apply.",
		Fix:      []wording.Fix{storeTheNewOne},
	})
}

var storeTheNewOne = wording.Fix{Way: "store_client_secret", Text: "To have the new one in the state, set on the resource before the apply:", Lines: []string{"store_client_secret = true"}}

// newSecretUnkept is for a plan that brings another secret, where no read is known to show it and the state stores none. another: by another client in the place of this one. certain is
// false where what decides it is known in the apply only.
func newSecretUnkept(clientID string, another, certain bool) diag.Diagnostic {
	m := wording.Message{Summary: "New client secret may be kept nowhere", Fix: []wording.Fix{storeTheNewOne}}
	what := "may ask for a new secret of client " + clientID
	switch {
	case another && certain:
		what = "registers another client in the place of client " + clientID
	case another:
		what = "may register another client in the place of client " + clientID
	case certain:
		what = "asks for a new secret of client " + clientID
	}
	if certain {
		m.Summary = "New client secret will be kept nowhere"
	}
	m.Happened = "This apply " + what + ". By store_client_secret = false nothing keeps the new secret, and no read is known to show it, so that nobody has it."
	m.Means = "What uses the secret from before may not be able to go on with it."
	return warningAt(path.Root(attrStoreSecret), m)
}
