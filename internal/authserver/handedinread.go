// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// ProveHandedIn reads a client that is about to be deleted, where only that tells whether the token that was handed in is this client's.
func (c *Client) ProveHandedIn(ctx context.Context) {
	token := c.handedIn()
	waits := slices.ContainsFunc(c.Credentials().Tokens(), c.unproved) // it was kept for later
	if (waits || c.unproved(token) && c.Record.HandedIn != digest(token)) && !c.ByProvider() {
		for more := true; more; more = c.unreadable == 1 { // one answer that there are no reads may be a front end's
			_, _ = c.Get(ctx, reconcile.FromRead)
		}
	}
}

// EntryTold is the key of the token that was handed in, and which of the two settings has it, where what the last request came to is the answer to that one, in place
// of a refusal of the client's own; "" where it is not. A client that is gone has no token to forbid anything with, but another client's may be forbidden all the same.
func (c *Client) EntryTold() (key string, source outcome.TokenSource) {
	if !c.entryTold {
		return "", source
	}
	if key = c.Handle.ClientID; !c.Server.settings.RegistrationAccessTokens[key].Equal(c.handedIn()) {
		key = c.Handle.RegistrationClientURI
	}
	return key, c.Server.settings.sourceOf(c.handedIn())
}

// KeepHandedIn keeps a token that was handed in for a client that is not read now, since it may come from a variable that is set only
// once. It waits for its proof like a token that an answer showed, so that a wrong one costs nothing. Each is kept once: a setting that
// stays is older than what the server issued since. unread: no read tells, so that what was found with the tokens before counts no more. One that only a read
// can tell to be this client's is not kept: it is tried by the next one.
func (c *Client) KeepHandedIn(ctx context.Context, unread bool) {
	token := c.handedIn()
	if token.IsEmpty() || c.handedInUnnamed() || c.ByProvider() || c.handedInRefused || c.Record.HandedIn == digest(token) || !c.handedInHere(ctx) {
		return
	}
	c.Record.HandedIn = digest(token)
	c.ApplyJournal(ctx) // what waits there must not be lost to a token that was handed in long ago
	if slices.ContainsFunc(c.Credentials().Tokens(), token.Equal) || c.journalSupersedes(ctx, token) {
		return
	}
	c.Decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		switch u := &known.Unproven; {
		case u.RegistrationAccessToken.IsEmpty():
			u.RegistrationAccessToken = token
		case c.isHandedIn(u.RegistrationAccessToken): // which this one corrects
			if u.FormerToken.IsEmpty() || c.isHandedIn(u.FormerToken) {
				u.FormerToken = u.RegistrationAccessToken
			}
			u.RegistrationAccessToken = token
		default: // where all places are taken by the client's own, the oldest one gives way: the user says that none works
			if u.RefusedToken.IsEmpty() {
				u.RefusedToken = u.FormerToken
			}
			u.FormerToken = token
		}
		known.Unproven.HandedIn = marksOf(known.Tokens(), append(slices.Clone(known.Unproven.HandedIn), digest(token))...)
		return known, nil
	})
	if unread {
		c.Record.LeavesToAnother()
		c.Record.Gone = false
	}
	c.Warn(outcome.Problem{Kind: outcome.TokenKeptForLater, Attribute: "registration_access_token", Source: c.Server.settings.sourceOf(token)})
}
