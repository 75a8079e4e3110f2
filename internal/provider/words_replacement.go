// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var replaceWay = fix{
	way: "terraform apply -replace", text: "To have the old client deregistered first, by the resource's address:", lines: []string{"terraform apply -replace=ADDRESS"},
}

// replacementWords are for a client that cannot be changed, so that another one takes its place.
func replacementWords(p outcome.Problem) message {
	switch p.Kind {
	case outcome.PlannedReplacement:
		m := message{
			summary:  "The change needs another client",
			happened: "The server offers no way to change client " + p.ClientID + " (RFC 7592 §2.2). Terraform shows an update in place.",
			means:    "Applying it registers another client, with another client_id and other credentials, and then deregisters this one.",
		}
		if !p.Manageable {
			m.means = "Applying it registers another client, with another client_id and other credentials. This one stays at the server, which offers no way to deregister it."
			m.fix = []fix{{way: "administrator", text: "After the apply, have the server's administrator delete client " + p.ClientID + "."}}
		}
		return m
	case outcome.UpdateUnsupported:
		m := message{
			summary:  "Server does not support updates of clients",
			happened: "The server does not support an update of client " + p.ClientID + " (RFC 7592 §2.2). Nothing was changed.",
			means:    "The next plan replaces the client: it registers another one, with another client_id, and then deregisters this one.",
			fix:      []fix{{way: "plan again", text: "Plan and apply again:", lines: []string{"terraform apply"}}},
		}
		if !p.Manageable {
			m.means = "The next plan replaces the client: it registers another one, with another client_id. This one stays at the server, which deletes no clients."
		}
		return m
	case outcome.UpdatedAfterAll:
		return message{
			summary:  "Client updated, and not replaced",
			happened: "The server took an update of client " + p.ClientID + ", which it was seen to refuse before.",
			means:    "No other client was registered, and its client_id stays.",
		}
	case outcome.NotReplaced:
		return message{
			summary:  "Server registers no second client",
			happened: "Client " + p.ClientID + " was to be replaced, and the server answered the registration of another one with this same client.",
			means:    "It stays in the state, with what the answer brought.",
			fix:      []fix{replaceWay},
		}
	case outcome.LeftAtServer:
		m := message{
			summary:  "Client stays at the server",
			happened: "Client " + p.ClientID + " could not be deregistered, and the state does not keep it.",
			fix:      []fix{{way: "administrator", text: "Have the server's administrator delete it."}},
		}
		if p.Endpoint != "" {
			m.means = "Its client configuration endpoint is " + withoutQuery(p.Endpoint) + "."
		}
		return m
	}
	return message{}
}

// keptClient says what becomes of the client that a failed registration was to replace, and how to make room where the server refuses
// a second client beside it.
func keptClient(p outcome.Problem) (means string, ways []fix) {
	if p.Replaces == "" {
		return "", nil
	}
	means = fmt.Sprintf("Client %s, which was to be replaced, stays as it was, in the state and at the server.", p.Replaces)
	if !refusedRequest(p.Err) {
		return means, nil
	}
	means += " The server may refuse a second client beside it, as where client_name must be unique."
	if p.Manageable {
		return means, []fix{replaceWay}
	}
	return means, []fix{{way: "administrator", text: "If so, have the server's administrator delete the old client, and apply again."}}
}

// refusedRequest reports whether the server refused a registration for what was sent.
func refusedRequest(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Operation == dcr.Register && de.Status >= 400 && de.Status < 500 &&
		de.Status != http.StatusUnauthorized && de.Status != http.StatusTooManyRequests
}
