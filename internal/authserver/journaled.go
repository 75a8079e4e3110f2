// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// TakeJournaled takes what the journal has of a client that a registration was answered with, as some servers answer metadata that they have, and that the answer
// hides, or shows in a stored form: the one other copy may be that of an object which this run destroys once it has made this one. It reports whether the journal has
// the client.
func (c *Client) TakeJournaled(ctx context.Context, answered metadata.Document) bool {
	if c.Journal == nil {
		return false
	}
	before := c.Handle.RegistrationClientURI
	if before == "" {
		uri, err := c.Journal.URIOf(ctx, c.Handle.ClientID, c.Endpoint)
		c.NotRead(err)
		c.Handle.RegistrationClientURI = uri
	}
	entry, found := c.Lookup(ctx)
	if !found || entry.Gone || entry.Leaving {
		c.Handle.RegistrationClientURI = before
		return false
	}
	h := &c.Handle
	if reconcile.LacksToken(h.RegistrationAccessToken, entry.RegistrationAccessToken) {
		h.RegistrationAccessToken, c.Record.TokenOpen = entry.RegistrationAccessToken, true // which the answer may have replaced
	}
	if UsesSecret(answered) && reconcile.LacksSecret(h.ClientSecret, entry.ClientSecret) {
		h.ClientSecret, h.ClientSecretExpiresAt, c.Record.SecretOpen = entry.ClientSecret, entry.ClientSecretExpiresAt, true
	}
	c.ApplyUnproven(entry)
	c.Server.hide(c.Handle, c.Record.Unproven.Secrets())
	return true
}
