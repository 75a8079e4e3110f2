// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// countHiding counts the reads of this operation that showed no secret. Only the second one records that reads hide it: one answer may have left out the secret that the read has just put in the
// place of the known one: each plan would then read the client, and replace the secret that its applications use. One that showed what the server
// stores of it, as an import does that has nothing else, showed none.
func (c *Client) countHiding(before reconcile.Facts, shown metadata.Document) {
	now := &c.Record.Facts
	switch {
	case before.SecretOnRead != "":
	case now.SecretOnRead == reconcile.SecretHidden:
		if c.hiding++; c.hiding == 1 {
			now.SecretOnRead = ""
		}
	case now.SecretOnRead == "" && !secret.Usable(c.Handle.ClientSecret.Reveal()) && UsesSecret(shown):
		c.hiding++
	}
}

// NeedsRead reports whether one more read inside the apply proves something.
func (c *Client) NeedsRead() bool {
	return c.Credentials().NeedsRead() || c.hiding == 1 && c.Record.Facts.SecretOnRead == "" && (c.HasSecret() || UsesSecret(c.Registered))
}

// LearnHidden keeps that reads show no secret, where a client that has one was read in an apply, and nothing ever showed a secret that a
// read could be compared with. Otherwise each plan would propose to find out.
func (c *Client) LearnHidden() {
	if c.hiding > 1 && c.HasSecret() && c.Handle.ClientSecret.IsEmpty() && c.Record.Facts.SecretOnRead == "" {
		c.Record.Facts.SecretOnRead = reconcile.SecretHidden
	}
}
