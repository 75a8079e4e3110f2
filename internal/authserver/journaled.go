// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// TakeJournaled takes what the journal has of a client that a registration was answered with, as some servers answer metadata that they have, and that the answer
// hides, or shows in a stored form: the one other copy may be that of an object which this run destroys once it has made this one. Where the answer shows another
// value, that may be a new one or a wrong one: the journal's is tried where it is refused. It reports whether the journal has the client.
func (c *Client) TakeJournaled(ctx context.Context, answered metadata.Document) bool {
	if c.Journal == nil {
		return false
	}
	entry, found := c.journalsOwn(ctx)
	if !found {
		return false
	}
	h := &c.Handle
	if reconcile.LacksToken(h.RegistrationAccessToken, entry.RegistrationAccessToken) {
		h.RegistrationAccessToken, c.Record.TokenOpen = entry.RegistrationAccessToken, true // which the answer may have replaced
	}
	if UsesSecret(answered) && reconcile.LacksSecret(h.ClientSecret, entry.ClientSecret) {
		h.ClientSecret, h.ClientSecretExpiresAt, c.Record.SecretOpen = entry.ClientSecret, entry.ClientSecretExpiresAt, true
	}
	before := reconcile.Handle{RegistrationAccessToken: entry.RegistrationAccessToken, RegistrationClientURI: entry.RegistrationClientURI}
	if UsesSecret(answered) {
		before.ClientSecret = entry.ClientSecret
	}
	after := c.Credentials().After(before)
	c.Handle, c.Record.Unproven = after.Known, after.Unproven
	c.ApplyUnproven(entry)
	c.Server.hide(c.Handle, c.Record.Unproven.Secrets())
	return true
}

// journalsOwn is what the journal has of the client, at the address that the answer has or at the one address that it knows of the client at that server.
func (c *Client) journalsOwn(ctx context.Context) (journal.Entry, bool) {
	shown := c.Handle.RegistrationClientURI
	defer func() { c.Handle.RegistrationClientURI = shown }()
	if shown != "" {
		if entry, found := c.Lookup(ctx); found {
			return entry, !entry.Gone && !entry.Leaving && !c.isAway(entry.Endpoint)
		}
	}
	uri, err := c.Journal.URIOf(ctx, c.Handle.ClientID, c.Endpoint)
	c.NotRead(err)
	if c.Handle.RegistrationClientURI = uri; uri == "" {
		return journal.Entry{}, false
	}
	entry, found := c.Lookup(ctx)
	return entry, found && !entry.Gone && !entry.Leaving
}

// isAway reports whether the answer names an address at another server, by whose registration endpoint the journal has a client there: a client_id that is counted may be that one's.
func (c *Client) isAway(registeredAt string) bool {
	at := c.Handle.RegistrationClientURI
	return origin.Same(registeredAt, at) && !origin.Same(c.Endpoint, at) && !origin.Same(c.Record.Home.RegistrationAlias, at)
}
