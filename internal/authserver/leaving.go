// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Two objects of a state may be one client. Where one alone has what works of its credentials, the two are destroyed together: whoever destroys both wants the client
// deregistered, and whoever destroys that one alone does not.

const (
	// twinWait bounds how long the destroy of one object waits for that of the other one to begin. Terraform begins them at once, in either order.
	twinWait = 3 * time.Second
	// twinEnd bounds how long it waits for the end of that.
	twinEnd = 2 * time.Minute
)

// Leaves notes that an object of the client is destroyed. It is to be called with what came of that. One that alone has what works says nothing of the others.
func (s *Server) Leaves(c *Client) (ended func(leaves, deleted bool)) {
	l := &s.leavers
	if c.Record.OnlyCopy {
		return func(bool, bool) {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[clientKey][]*leaver{}
	}
	me := &leaver{mark: c.Record.MadeAt}
	for _, name := range c.names() {
		l.all[name] = append(l.all[name], me)
	}
	return func(leaves, deleted bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		me.ended, me.leaves, me.deleted = true, leaves, deleted
	}
}

// OfferCopy has the destroy of the other object of the client take what this one alone has.
func (s *Server) OfferCopy(c *Client) {
	l := &s.leavers
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.copies == nil {
		l.copies = map[clientKey]reconcile.Handle{}
	}
	for _, name := range c.names() {
		l.copies[name] = c.Handle
	}
}

// AwaitsOther waits for the destroy of the object that this one is held for, and reports whether that leaves the client, and has deregistered it.
func (s *Server) AwaitsOther(ctx context.Context, c *Client) (leaves, deleted bool) {
	l := &s.leavers
	begin := s.clock.Now().Add(twinWait)
	// An error is that of the context: then nothing is deregistered.
	_ = s.Poll(ctx, twinEnd, func() (bool, error) {
		others, open := l.having(c.Record.TwinMade, c.names()), false
		for _, other := range others {
			open = open || !other.ended
			leaves, deleted = leaves || other.ended && other.leaves, deleted || other.deleted
		}
		return !open && (len(others) > 0 || !s.clock.Now().Before(begin)), nil
	})
	return leaves, deleted
}

// AwaitCopy is TakeCopy, and waits for an object whose destroy has yet to begin: where this one has been shown by what it has, no other one is held for it.
func (c *Client) AwaitCopy(ctx context.Context) (taken bool) {
	if c.Record.ShownBefore(c.Handle.RegistrationClientURI) {
		return c.TakeCopy()
	}
	// An error is that of the context: then nothing more is sent.
	_ = c.Server.Poll(ctx, twinWait, func() (bool, error) {
		taken = c.TakeCopy()
		return taken, nil
	})
	return taken
}

// TakeCopy takes what another object of the client has that this run destroys, too, and that alone has what works: it is tried where this one's is refused. It reports whether there is any.
func (c *Client) TakeCopy() bool {
	l := &c.Server.leavers
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range c.names() {
		from, found := l.copies[name]
		if !found {
			continue
		}
		own, at := c.Handle.RegistrationClientURI, from.RegistrationClientURI
		if own != "" && at != "" && !origin.Same(own, at) {
			return false // neither one's token is to go to the other's server, and each is destroyed by its own
		}
		before, aside := c.Credentials(), false
		for _, waits := range []*string{&c.Record.Unproven.RegistrationClientURI, &c.Record.Unproven.RefusedURI} {
			if at != "" && !origin.Same(*waits, at) {
				aside = aside || *waits != ""
				*waits = "" // nothing has shown the client there, and the other one's token is not to go there
			}
		}
		if h := &c.Handle; reconcile.LacksToken(h.RegistrationAccessToken, from.RegistrationAccessToken) {
			h.RegistrationAccessToken = from.RegistrationAccessToken
		}
		after := c.Credentials().After(from)
		c.Handle, c.Record.Unproven = after.Known, after.Unproven
		if aside {
			c.lent.before, c.lent.with = &before, c.Credentials()
		}
		return !slices.EqualFunc(before.Tokens(), after.Tokens(), secret.String.Equal) || before.Known.RegistrationClientURI != after.Known.RegistrationClientURI
	}
	return false
}

// PutCopyBack ends TakeCopy where the client stays, for the state that is saved then.
func (c *Client) PutCopyBack() {
	if c.lent.before == nil {
		return
	}
	own := c.Credentials().PutBack(*c.lent.before, c.lent.with, c.shownAt != "")
	c.Handle, c.Record.Unproven = own.Known, own.Unproven
}
