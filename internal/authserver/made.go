// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// NoteMadeWith notes what a registration of this run has of the client that it was answered with.
func (s *Server) NoteMadeWith(c *Client, answered metadata.Document) {
	s.holders.keepWith(c.Record.MadeAt, reconcile.Made{
		At: c.Record.MadeAt, Handle: c.Handle, Unproven: c.Record.Unproven, Facts: c.Record.Facts, UsesSecret: UsesSecret(answered), Shown: c.Record.ShownBefore(c.Handle.RegistrationClientURI),
	})
}

// MadeWith is what the registration of this run has of the client that was answered with it, where that is known.
func (s *Server) MadeWith(c *Client) (reconcile.Made, bool) { return s.holders.madeWith(c.names()) }

// TryBeside has what the other object of the client has wait beside what this one has, and the token endpoint tell of their secrets. It reports whether that takes
// this one's alone.
func (c *Client) TryBeside(ctx context.Context, made reconcile.Made) (ownAlone bool) {
	open := made.SecretOpen(c.Handle) && c.Record.Unproven.ClientSecret.IsEmpty()
	own := c.Handle.ClientSecret
	beside := made.Beside(c.Credentials())
	c.Record.Unproven = beside.Unproven
	c.Server.hide(c.Handle, c.Record.Unproven.Secrets())
	if open {
		c.AskTokenEndpoint(ctx)
	}
	return open && c.Handle.ClientSecret.Equal(own) && c.Record.Unproven.ClientSecret.IsEmpty()
}

// HandsIn reports whether the user has handed in the token that is known, so that no state alone has it.
func (c *Client) HandsIn() bool {
	token := c.Handle.RegistrationAccessToken
	return !token.IsEmpty() && token.Equal(c.handedIn())
}
