// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// prove decides by the token endpoint of the client's own server between the known secret and the other one, as far as it tells.
func (c *Client) prove(ctx context.Context) {
	c.askTokenEndpoint(ctx)
	if !c.record.Unproven.ClientSecret.IsEmpty() && !c.outcome().has(SecretUnproven) {
		c.warn(Problem{Kind: SecretUnproven, Attribute: "client_secret"})
	}
}

func (c *Client) askTokenEndpoint(ctx context.Context) {
	if !c.credentials().NeedsTokenEndpoint() && !c.triesRefused {
		return
	}
	c.triesRefused = false
	if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame || c.record.Home.IsKnown() {
		c.proveSecret(ctx, w.home)
	}
}

// proveSecret holds the two secrets against the token endpoint.
func (c *Client) proveSecret(ctx context.Context, home reconcile.Home) {
	other := c.credentials().OtherSecret()
	if other.IsEmpty() || home.TokenEndpoint == "" {
		return
	}
	learnt := c.record.Facts.SecretOnRead
	said := c.server.dcr.Authenticate(ctx, c.probeInput(home), c.handle.ClientSecret, other)
	c.decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.SecretsTried(reconcile.Authentication(said[0]), reconcile.Authentication(said[1]))
	})
	if learnt == "" && c.record.Facts.SecretOnRead == reconcile.SecretHidden && reconcile.Alike(c.handle.ClientSecret, other) && !c.waited {
		// It may be a stored form, or the secret of a replica that lags: what reads do is left open until the next one.
		c.record.Facts.SecretOnRead, c.record.Unread = "", true
	}
}

// probeInput is what the client's own server is asked about it with.
func (c *Client) probeInput(home reconcile.Home) dcr.ProbeInput {
	return dcr.ProbeInput{
		TokenEndpoint: home.TokenEndpoint, AuthorizationEndpoint: home.AuthorizationEndpoint,
		ClientID: c.handle.ClientID, ClientSecret: c.handle.ClientSecret,
		AuthMethod: metadata.Text(c.registered, "token_endpoint_auth_method"), AuthAlgorithm: metadata.Text(c.registered, "token_endpoint_auth_signing_alg"),
		RedirectURIs: metadata.List(c.registered, "redirect_uris"), ResponseTypes: metadata.List(c.registered, "response_types"), Scope: metadata.Text(c.registered, "scope"),
	}
}

// proveByReading makes sure, inside an apply, of what the answers so far showed: first by the token endpoint, and where that leaves
// anything open, by one more read, which uses an unproven token or URI and shows whether a secret is the same again. view is what the
// server showed last, by a read if seen is set. It returns the newest view.
func (c *Client) proveByReading(ctx context.Context, view metadata.Document, seen bool) metadata.Document {
	c.registered = view // which says how the client authenticates
	c.askTokenEndpoint(ctx)
	if seen && c.credentials().NeedsRead() {
		again, err := c.get(ctx, reconcile.FromReadBack)
		if c.record.Unread = c.record.Unread || err != nil; err == nil {
			view = again.Metadata
		}
	}
	c.prove(ctx)
	c.checkSecret(ctx)
	if seen {
		c.learnHidden()
	}
	return view
}

// learnHidden keeps that reads show no secret, where a client that has one was read in an apply, and nothing ever showed a secret that a
// read could be compared with. Otherwise each plan would propose to find out.
func (c *Client) learnHidden() {
	if c.hasSecret() && c.handle.ClientSecret.IsEmpty() && c.record.Facts.SecretOnRead == "" {
		c.record.Facts.SecretOnRead = reconcile.SecretHidden
	}
}

// checkSecret asks the token endpoint whether the known secret is in force, where what reads do was just learnt from one answer that
// has another reading: a mask may hide a new secret, and a replica that lags shows one that is in force nowhere. A secret that is
// refused is looked for in the next apply.
func (c *Client) checkSecret(ctx context.Context) {
	if !c.secretDoubted || c.handle.ClientSecret.IsEmpty() || !c.record.Unproven.ClientSecret.IsEmpty() {
		return
	}
	c.secretDoubted = false
	w := c.whereabouts(ctx)
	if w.home.TokenEndpoint == "" || w.relation != reconcile.HomeSame && !c.record.Home.IsKnown() {
		return
	}
	if said := c.server.dcr.Authenticate(ctx, c.probeInput(w.home), c.handle.ClientSecret); reconcile.Authentication(said[0]) == reconcile.AuthenticationRefused {
		c.record.Facts.SecretOnRead = reconcile.SecretRotates
		c.record.Unread = true
	}
}
