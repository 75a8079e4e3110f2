// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
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
// one that this one alone has, and none of the other one's.
func (c *Client) TryBeside(ctx context.Context, made reconcile.Made) (ownAlone bool) {
	lacking, has := made.OpenSecrets(c.Credentials())
	beside := made.Beside(c.Credentials())
	c.Record.Unproven = beside.Unproven
	c.Server.hide(c.Handle, c.Record.Unproven.Secrets())
	if len(lacking) == 0 {
		return false
	}
	c.AskTokenEndpoint(ctx)
	w := c.whereabouts(ctx)
	if !c.tellsSecrets(ctx, &w) {
		return false
	}
	said := c.Server.DCR.Authenticate(ctx, c.probeInput(w.home), slices.Concat(lacking, has)...)
	taken := func(s dcr.Authentication) bool { return reconcile.Authentication(s) == reconcile.Authenticates }
	notRefused := func(s dcr.Authentication) bool { return reconcile.Authentication(s) != reconcile.AuthenticationRefused }
	return slices.ContainsFunc(said[:len(lacking)], taken) && !slices.ContainsFunc(said[len(lacking):], notRefused)
}

// HandsIn reports whether the user has handed in the token that is known, so that no state alone has it.
func (c *Client) HandsIn() bool {
	token := c.Handle.RegistrationAccessToken
	return !token.IsEmpty() && token.Equal(c.handedIn())
}
