// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "context"

// NameByJournal gives a client the client_id that the journal has for its address, where the caller names none: the journal goes by both, and may
// have the token that replaced the one that was given.
func (c *Client) NameByJournal(ctx context.Context) {
	if c.Journal == nil || c.Handle.ClientID != "" {
		return
	}
	id, err := c.Journal.ClientAt(ctx, c.Handle.RegistrationClientURI)
	c.NotRead(err)
	c.Handle.ClientID = id
}

// TakeJournaledSecret takes the secret that the journal has of a client of which no state tells, as in an import. An answer is held against it: what
// it shows may be a stored form, which would take the secret's place in the journal.
func (c *Client) TakeJournaledSecret(ctx context.Context) {
	if c.Journal == nil || !c.Handle.ClientSecret.IsEmpty() {
		return
	}
	if entry, known := c.Lookup(ctx); known && !entry.ClientSecret.IsEmpty() {
		c.Handle.ClientSecret, c.Handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
		c.ApplyUnproven(entry)
	}
}

// Shared reports whether the journal knows that another resource has the client, too: it was adopted although a state held it.
func (c *Client) Shared(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	entry, known := c.Lookup(ctx)
	return known && entry.Shared
}

// LeftToAnother reports whether another resource has the client, too, and is to have it alone from now on.
func (c *Client) LeftToAnother(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	shared, err := c.Journal.Unshare(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI, c.registeredAt(ctx), c.Record.MadeAt)
	c.NotRead(err)
	return shared && err == nil
}
