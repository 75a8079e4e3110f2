// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// AskEndpoints asks the token endpoint and the authorization endpoint of the client's own server about it, where nothing else may tell of it. Where it has a
// secret that the token endpoint takes or refuses, that is all that is asked: who is refused there can do nothing, whether the server knows the client or not.
func (c *Client) AskEndpoints(ctx context.Context) (token, authorization reconcile.Testimony) {
	token, authorization, _ = c.askEndpoints(ctx)
	return token, authorization
}

// askEndpoints is AskEndpoints, and reports whether the token endpoint refuses the client's secret, be it one that may be another server's, or is not shown it for that.
func (c *Client) askEndpoints(ctx context.Context) (token, authorization reconcile.Testimony, refused bool) {
	w := c.whereabouts(ctx)
	if w.relation != reconcile.HomeSame && !c.Record.Home.IsKnown() {
		return reconcile.NotAsked, reconcile.NotAsked, false
	}
	in := c.probeInput(w.home)
	if !c.Handle.ClientSecret.IsEmpty() {
		if c.withholds(ctx, &w) {
			return reconcile.NotAsked, reconcile.NotAsked, true
		}
		said := c.Server.DCR.Authenticate(ctx, in, c.Handle.ClientSecret)
		if w.home.Aside && reconcile.Authentication(said[0]) == reconcile.AuthenticationRefused {
			said = c.Server.DCR.Authenticate(ctx, in, c.Handle.ClientSecret) // one wrong answer leaves it without a server that can tell of it
		}
		switch reconcile.Authentication(said[0]) {
		case reconcile.Authenticates:
			return reconcile.Knows, reconcile.NotAsked, false
		case reconcile.AuthenticationRefused:
			if refused = true; w.home.Believes(reconcile.DoesNotKnow) == reconcile.DoesNotKnow {
				return reconcile.DoesNotKnow, reconcile.NotAsked, refused
			}
		}
	}
	if c.pushes() {
		in.RedirectURIs = nil
	}
	said := c.Server.DCR.Witnesses(ctx, in)
	return w.home.Believes(reconcile.Testimony(said.Token)), w.home.Believes(reconcile.Testimony(said.Authorization)), refused
}

// SettleHome keeps where a client is that was just updated, see RenewHome and ConfirmHome.
func (c *Client) SettleHome(ctx context.Context) {
	c.RenewHome(ctx)
	c.ConfirmHome(ctx)
}

// ConfirmHome asks the endpoints that may be another server's about a client that was just registered, or shown. Once they know it, they are its own server's, as where that is
// registered at an address within a network, and its metadata name the public one.
func (c *Client) ConfirmHome(ctx context.Context) {
	if home := c.Record.Home; home.Issuer == "" || home.RegistrationEndpoint == "" || home.Listed || home.HasEndpoints() && !home.Aside {
		return
	}
	w := c.whereabouts(ctx)
	if !w.home.Aside || c.withholds(ctx, &w) { // a client without a secret may come to have one
		return
	}
	confirmed := false
	if c.Handle.ClientSecret.IsEmpty() {
		confirmed = c.knownByName(ctx, w.home)
	} else { // Two tenants may have a client of one name each: who refuses this one's secret is not its server.
		token, authorization, refused := c.askEndpoints(ctx)
		confirmed = !refused && (token == reconcile.Knows || authorization == reconcile.Knows)
	}
	if confirmed {
		c.Record.Home = w.home
		c.Record.Home.Aside = false
	}
}
