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

// Reissue makes the registration of a client in the place of this one at its own server. Some servers answer one with this very client, as the one that has the
// metadata already, and may have replaced its credentials then: a lost answer leaves that open, as an update's does, and an answer proves nothing by what it
// shows. register returns the answer where that is this client, also beside an error, and nil where it is another. Reissue reports whether it is left open
// what the registration did to this one.
func (c *Client) Reissue(ctx context.Context, register func() (*dcr.Registration, error)) (open bool) {
	before := c.Record
	c.registers = true
	defer func() { c.registers = false }()
	hidden := false
	_ = c.noted(ctx, true, func() error {
		c.ApplyJournal(ctx)
		c.begun = c.seen
		c.answered.ByProvider = true // the client's own token does not make it
		answer, err := register()
		switch {
		case answer != nil:
			c.NoteMade(ctx)
			c.saveCredentials(ctx, answer, reconcile.FromRefusal) // it teaches nothing of what updates do
			hidden = !secret.Usable(answer.ClientSecret.Reveal())
			if err == nil && c.answered.HasToken && !c.answered.ShowsToken {
				c.attemptLost, err = true, errTokenNotShown
			}
		case err == nil:
			c.answered.OfAnother = true
		}
		open = c.attemptLost || err != nil && !replacedNothing(err)
		return err
	})
	c.Record.Unanswered = c.Record.Unanswered || before.Unanswered // only a use of the token settles it
	c.Record.TokenUntried = before.TokenUntried
	c.Record.TokenOpen = before.TokenOpen || open
	c.Record.SecretOpen = c.Record.SecretOpen || (open || hidden) && !c.Handle.ClientSecret.IsEmpty()
	return open
}
