// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// replacementWords are for a client that cannot be changed, so that another one takes its place.
func replacementWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.PlannedReplacement:
		// Where the old client stays, its name is said here too: after the apply, the state does not have it any more.
		old := "The old one is deregistered after that, once the new one is saved."
		if !p.Manageable {
			old = fmt.Sprintf("The old one, %s, stays at the server, which offers no way to deregister it: have its administrator delete it.", p.ClientID)
		}
		return "The change needs another client", paragraphs(
			"The server offers no way to change this client (RFC 7592 §2.2). Terraform shows an update, and applying it registers another client with another client_id and other credentials.", old)
	case lifecycle.UpdateUnsupported:
		next := "registers another client in its place and deregisters this one after that."
		if !p.Manageable {
			next = "registers another client in its place. This one stays at the server, which deletes no clients."
		}
		return "Server has no update of clients", paragraphs(exchange(p.Err),
			fmt.Sprintf("The server shows client %s, and does not take an update of it (RFC 7592 §2.2). Nothing was changed.", p.ClientID),
			"Plan again: the next plan replaces the client, that is, it "+next)
	case lifecycle.NotReplaced:
		return "Server registers no second client", paragraphs(
			fmt.Sprintf("Client %s was to be replaced, and the server answered the registration of another one with this same client. It stays in the state, with what the answer brought.", p.ClientID),
			"Run `terraform apply -replace=ADDRESS` with the address of this resource to have it deregistered first.")
	case lifecycle.LeftAtServer:
		at := ""
		if p.Endpoint != "" {
			at = " Its client configuration endpoint is " + p.Endpoint + "."
		}
		return "Client " + p.ClientID + " stays at the server", paragraphs(exchange(p.Err),
			fmt.Sprintf("Client %s could not be deregistered, and the state does not keep it.%s Have the server's administrator delete it.", p.ClientID, at))
	}
	return "", ""
}

// keptClient says what becomes of the client that a failed registration was to replace.
func keptClient(p lifecycle.Problem) string {
	if p.Replaces == "" {
		return ""
	}
	stays := fmt.Sprintf("Client %s, which was to be replaced, stays as it was, in the state and at the server.", p.Replaces)
	var de *dcr.Error
	switch {
	case !errors.As(p.Err, &de) || de.Operation != dcr.Register || de.Status < 400 || de.Status > 499 || de.Status == 401 || de.Status == 429:
		return stays
	case p.Manageable:
		return stays + " Where the server takes no second client beside it, as where client_name must be unique, run `terraform apply -replace=ADDRESS` with the address of this resource: it deregisters the old client first."
	}
	return stays + " Where the server takes no second client beside it, as where client_name must be unique, have its administrator delete the old client, and apply again."
}
