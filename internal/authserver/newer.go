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

// newer returns a token that the journal got while this process made its requests. Where another process works with the same
// journal, or another operation of this one with the client, the answer that rotated the token may have reached it and not yet the journal: that is
// waited for: where it was seen to have sent one, or, where what was answered is the way in which tokens that were replaced are refused (likely), where it works at all. What is refused replaces nothing, so that its note is withdrawn while it waits: nobody else is to wait for it.
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
		return c.Journal.WasDeleted(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI)
	})
	if len(out) > 0 && paused && c.ask(ctx) != nil {
		return nil
	}
	return out
}
