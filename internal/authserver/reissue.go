// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// errTokenNotShown is why a registration that was answered with the client leaves open which token is in force.
var errTokenNotShown = errors.New("the answer shows no registration access token")

// Reissue makes the registration of a client in the place of this one, which some servers answer with this very client, as the one that has the
// metadata already. They may have replaced its credentials then: to the client it is an update, whose lost answer leaves that open, and whose
// answer proves nothing by what it shows. register returns the answer where that is this client, also beside an error, and nil where it is
// another. Reissue reports whether it is left open what the registration did to this one.
func (c *Client) Reissue(ctx context.Context, register func() (*dcr.Registration, error)) (open bool) {
	before := c.Record
	_ = c.noted(ctx, true, func() error {
		c.ApplyJournal(ctx)
		c.begun = c.seen
		c.answered.ByProvider = true // the client's own token does not make it
		answer, err := register()
		switch {
		case answer != nil:
			c.NoteWritten(c.Server.clock.Now())
			c.saveCredentials(ctx, answer, reconcile.FromRefusal) // it teaches nothing of what updates do
			if err == nil && c.answered.HasToken && !c.answered.ShowsToken {
				c.attemptLost, err = true, errTokenNotShown
			}
			c.noteHidden(answer)
		case err == nil:
			c.answered.OfAnother = true
		}
		return err
	})
	open = c.Record.Unanswered && !before.Unanswered
	c.Record.Unanswered = c.Record.Unanswered || before.Unanswered // only a use of the token settles it
	c.Record.TokenUntried = before.TokenUntried
	return open
}

// noteHidden notes a registration that was answered with the client and does not show its secret, which it may have replaced.
func (c *Client) noteHidden(answer *dcr.Registration) {
	if shown := answer.ClientSecret.Reveal(); !secret.Usable(shown) && !c.Handle.ClientSecret.IsEmpty() {
		c.DoubtUpdates()
	}
}

// DoubtUpdates has it forgotten that updates leave the client's credentials alone: something else may have replaced them, as no update did.
func (c *Client) DoubtUpdates() {
	c.Record.Facts.UpdateSeen, c.Record.Facts.UpdateLost = false, !c.Handle.ClientSecret.IsEmpty()
}
