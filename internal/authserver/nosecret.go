// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// WarnOfNoSecret warns of a client that needs a client secret of which nothing is known: the server issued none, or shows it to nobody.
// It does so once, when the client is registered or imported, or when an update first makes it such a client.
func (c *Client) WarnOfNoSecret(before, now metadata.Document) {
	if needsSecret(before) || !needsSecret(now) || !c.Handle.ClientSecret.IsEmpty() || !c.Record.Unproven.ClientSecret.IsEmpty() {
		return
	}
	c.Warn(outcome.Problem{Kind: outcome.SecretNotKnown, Attribute: "token_endpoint_auth_method"})
}

// WarnOfUnknownSecret is WarnOfNoSecret for a registration, and warns of a secret that this showed and nothing keeps, too.
func (c *Client) WarnOfUnknownSecret(registered metadata.Document) {
	c.WarnOfNoSecret(nil, registered)
	issued := secret.Usable(c.Handle.ClientSecret.Reveal()) || !c.Record.Unproven.ClientSecret.IsEmpty()
	if issued && KeepsNoSecret(!c.secretUnstored, c.Record.Facts, registered) {
		c.Warn(outcome.Problem{Kind: outcome.SecretNeverKept, Attribute: "store_client_secret"})
	}
}

// noteSecretUse notes that an answer shows a client that uses a secret.
func (c *Client) noteSecretUse(shown metadata.Document) {
	if UsesSecret(shown) {
		c.Record.Facts = c.Record.Facts.WithSecret()
	}
}

// TakeSecretAway drops the secret of a client that an update has left without one. That takes two answers, the update's and the read-back:
// the secret may be the only one that works. It is kept in the record, for a server that has kept it, too.
func (c *Client) TakeSecretAway(ctx context.Context, written, seen *dcr.Registration) {
	has := !c.Handle.ClientSecret.IsEmpty() || c.Handle.ClientSecretExpiresAt != nil
	if !has || !showsNoSecret(written) || !showsNoSecret(seen) {
		return
	}
	c.Decide(ctx, reconcile.FromUpdate, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.SecretTakenAway(seen.ClientSecretExpiresAt), nil
	})
}

// GiveSecretBack takes the secret again that was dropped, for a client that an update has registered to use one, where no answer shows another.
func (c *Client) GiveSecretBack(ctx context.Context, registered metadata.Document) {
	if !UsesSecret(registered) {
		return
	}
	var journaled secret.String
	if c.Journal != nil {
		entry, _ := c.Lookup(ctx) // an update may have issued one in a run that was killed
		journaled = entry.ClientSecret
	}
	c.Decide(ctx, reconcile.FromUpdate, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.SecretGivenBack(journaled), nil
	})
}
