// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// rotationWait bounds how long we wait for another process to journal a rotated token.
const rotationWait = 3 * time.Second

// newer returns a token that the journal got while this process made its requests. Another process, or another operation of this one, may have had an answer with a new token
// and not journaled it yet. It waits up to rotationWait where one was seen to have sent a request, and where this refusal is how replaced tokens are refused (likely). Its own
// note is withdrawn meanwhile: a refused request replaces nothing, and nobody else is to wait for it.
func (c *Client) newer(ctx context.Context, before []candidate, likely bool) (out []candidate) {
	if c.Journal == nil || c.ByProvider() {
		return nil
	}
	paused := false
	// An error, of the journal or of the context, means that there is no newer token: the refusal is then reported.
	_ = c.Server.Poll(ctx, rotationWait, func() (bool, error) {
		entry, found := c.Lookup(ctx)
		if token := entry.RegistrationAccessToken; found && !token.IsEmpty() && !tried(before, token) {
			c.Handle.RegistrationClientURI = entry.RegistrationClientURI
			c.seen, c.begun = entry.Seen, entry.Seen
			out = []candidate{bearer(token, outcome.FromJournal)}
			return true, nil
		}
		if entry.UnderWay <= c.underWay() {
			if !likely {
				return true, nil
			}
			if alone, err := c.Journal.Alone(ctx); err != nil || alone {
				return true, err
			}
		}
		if c.underWay() > 0 && !c.attemptLost {
			c.withdraw(ctx)
			c.unask()
			paused = true
		}
		return c.Journal.WasDeleted(ctx, c.JournalName())
	})
	if len(out) > 0 && paused && c.ask(ctx) != nil {
		return nil
	}
	return out
}
