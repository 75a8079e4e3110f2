// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// whereabouts is where a client was registered, and how the server that is configured for it relates to that.
type whereabouts struct {
	home     reconcile.Home // with the endpoints to ask, as far as they are known
	relation reconcile.HomeRelation
	// configured is the server that the configuration names; empty where it was not found.
	configured reconcile.Home
	target     Target
	userinfo   string // the UserInfo endpoint, where the server is found to have one at the token endpoint's origin
	alike      bool   // an endpoint gave the very answer that the client's own URI gave
	// journalUnread: the journal that the user relies on could not be read.
	journalUnread bool
	outdated      bool // an endpoint was asked that the server does not name any more
}

// whereabouts finds the client's own server. What the record says counts; a record without a home is of the configured server only
// where the client's URI shows it.
func (c *Client) whereabouts(ctx context.Context) whereabouts {
	s := c.Server
	w := whereabouts{home: c.Record.Home}
	if t, problem := s.Locate(ctx, c.Place); problem == nil {
		w.target, w.configured = t, s.HomeOf(t)
	} else if named := s.named(c.Place); w.home.Relation(named, "") == reconcile.HomeOther {
		w.configured = named // which does not have to answer to be another one
	}
	w.relation = w.home.Relation(w.configured, c.Handle.RegistrationClientURI)
	if w.relation == reconcile.HomeSame && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" {
		if t, err := s.withMetadata(ctx, w.target); err == nil && (t.Metadata != nil || !w.home.IsKnown()) {
			known := w.home
			if w.target, w.home = t, s.HomeOf(t); known.RegistrationEndpoint != "" && !known.Serves(w.home, c.Handle.RegistrationClientURI) {
				// Of one issuer, and registered elsewhere: what the configuration names by now is not where the client is.
				w.home.RegistrationEndpoint, w.home.RegistrationAlias = known.RegistrationEndpoint, known.RegistrationAlias
				w.home = w.home.Naming(registrationsIn(t.Metadata)...)
			}
		}
	}
	if w.home.Issuer != "" && w.home.TokenEndpoint == "" && w.home.AuthorizationEndpoint == "" {
		if document, err := s.metadata(ctx, w.home.Issuer, w.home.Issuer != s.settings.Issuer); err == nil {
			w.home.TokenEndpoint = s.Endpoint(document, "token_endpoint")
			w.home.AuthorizationEndpoint = document.Endpoint("authorization_endpoint", false)
			w.home = w.home.Naming(registrationsIn(document)...)
		}
	}
	return w
}

// followEndpoints completes where a client's own server is asked by what its metadata names now: a server may move its endpoints, and the record
// keeps those of the time when the client was registered. The document is the one of the issuer that the record names, from where it has
// always been. Only an endpoint at an origin that the record knows of the server is taken: the client's secret goes there.
func (c *Client) followEndpoints(ctx context.Context, w *whereabouts) {
	s, home := c.Server, &w.home
	if home.Issuer == "" || home.TokenEndpoint == "" && home.AuthorizationEndpoint == "" {
		return
	}
	document, err := s.metadata(ctx, home.Issuer, home.Issuer != s.settings.Issuer)
	if err != nil {
		return
	}
	known := func(endpoint string) bool {
		for _, of := range []string{home.Issuer, home.RegistrationEndpoint, home.TokenEndpoint, home.AuthorizationEndpoint} {
			if endpoint != "" && of != "" && origin.Same(of, endpoint) {
				return true
			}
		}
		return false
	}
	token, plain, authorization := s.Endpoint(document, "token_endpoint"), document.Endpoint("token_endpoint", false), document.Endpoint("authorization_endpoint", false)
	if home.TokenEndpoint != token && home.TokenEndpoint != plain && known(token) {
		home.TokenEndpoint = token
	}
	if home.AuthorizationEndpoint != authorization && known(authorization) {
		home.AuthorizationEndpoint = authorization
	}
	if userinfo := document.Endpoint("userinfo_endpoint", false); origin.Same(userinfo, home.TokenEndpoint) {
		w.userinfo = userinfo
	}
}

// ConfiguredElsewhere returns the server that the configuration is for, where that is another one than the client's. A server is asked
// only where the configuration's own words do not tell: this is found out beside failures, where nobody may answer.
func (c *Client) ConfiguredElsewhere(ctx context.Context) (reconcile.Home, bool) {
	if !c.Record.Home.IsKnown() {
		return reconcile.Home{}, false
	}
	named, relation := c.Named()
	if relation != reconcile.HomeUnknown {
		return named, relation == reconcile.HomeOther
	}
	w := c.whereabouts(ctx)
	return w.configured, w.relation == reconcile.HomeOther
}

// handedInHere reports whether the token that was handed in is certainly for this client. One that is handed in by client_id is where the client is of the server
// that the configuration is for, and this is the provider's. Where nothing is known of where the client is, its address tells, unless a read has shown it there,
// as an import does.
func (c *Client) handedInHere(ctx context.Context) bool {
	_, ok := c.handedInByAddress()
	return ok || c.isNamedHere(ctx)
}

func (c *Client) isNamedHere(ctx context.Context) bool {
	if c.Server.namesOurs(c.Place) != reconcile.HomeSame {
		if t, problem := c.Server.Locate(ctx, c.Place); problem != nil || t.Foreign {
			return false
		}
	}
	if home := c.Record.Home; home.IsKnown() {
		if c.relation(ctx) != reconcile.HomeSame {
			return false
		}
		if home.IsNamed(c.Server.named(c.Place), c.Handle.RegistrationClientURI) {
			return true
		}
		w := c.whereabouts(ctx)
		return w.home.IsAt(w.configured, c.Handle.RegistrationClientURI)
	}
	t, problem := c.Server.Locate(ctx, c.Place)
	if problem != nil {
		return problem.Kind == outcome.NoServer
	}
	return c.Server.reaches(t, c.Handle)
}

// NamedElsewhere reports whether the token that is handed in by the client_id is another server's client's, so that this one's is handed in by its address.
func (c *Client) NamedElsewhere(ctx context.Context) bool {
	_, named := c.Server.settings.RegistrationAccessTokens[c.Handle.ClientID]
	_, byAddress := c.handedInByAddress()
	return named && !byAddress && c.Handle.RegistrationClientURI != "" && !c.isNamedHere(ctx)
}

// noToken tells what would do for a client that has no token. Nothing is asked but where a token is handed in by the client_id, or the server's names do not tell
// whether it is the provider's.
func (c *Client) noToken(ctx context.Context) *outcome.Problem {
	p := &outcome.Problem{Kind: outcome.NoToken, ClientID: NameOf(c.Handle), TokenKey: c.tokenKey()}
	if c.NamedElsewhere(ctx) {
		p.TokenKey, p.NamedElsewhere = c.Handle.RegistrationClientURI, true
	}
	_, relation := c.Named()
	another := c.Server.namesAnother(ctx, c.Place)
	if another && c.Handle.RegistrationClientURI != "" {
		p.TokenKey = c.Handle.RegistrationClientURI
	}
	p.NeverSent = relation == reconcile.HomeOther || !c.Record.Home.IsKnown() && c.Server.namedFar(c.Handle) || another
	return p
}

// relation is how the server that the configuration is for relates to the client's own, unknown where no record tells where that is.
func (c *Client) relation(ctx context.Context) reconcile.HomeRelation {
	if !c.Record.Home.IsKnown() {
		return reconcile.HomeUnknown
	}
	_, relation := c.Named()
	if relation == reconcile.HomeUnknown {
		relation = c.whereabouts(ctx).relation
	}
	return relation
}

// Named is the server that the configuration names, and whether it is the client's own, as far as the names tell: nothing is asked.
func (c *Client) Named() (reconcile.Home, reconcile.HomeRelation) {
	named := c.Server.named(c.Place)
	return named, c.Record.Home.Relation(named, "")
}

// LearnHome keeps where a client is that a read has shown and whose record does not say it, as after an import.
func (c *Client) LearnHome(ctx context.Context) {
	if c.Record.Home.IsKnown() || c.Server.UnknownServer(c.Place) {
		return
	}
	if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame {
		c.Record.Home = w.home
	}
}

// RenewHome keeps where a client is that was just updated, with the endpoints that the server's metadata names now. A refresh does not: it
// needs no metadata, and each plan would fetch them.
func (c *Client) RenewHome(ctx context.Context) {
	s, home := c.Server, c.Record.Home
	switch {
	case s.UnknownServer(c.Place):
		return
	case !home.IsKnown():
		c.LearnHome(ctx)
		return
	case home.Issuer == "" || !home.HasEndpoints():
		return // what the record does not have is found when it is needed
	}
	document, _ := s.SupportedMetadata(ctx, c.Place)
	t, problem := s.Locate(ctx, c.Place)
	if document == nil || problem != nil {
		return
	}
	first := s.describedBy(home, t, document)
	if home.Relation(first, "") != reconcile.HomeSame || first.TokenEndpoint == home.TokenEndpoint && first.AuthorizationEndpoint == home.AuthorizationEndpoint {
		return
	}
	document, err := s.again.Metadata(ctx, s.metadataRequest(ctx, home.Issuer, home.Issuer != s.settings.Issuer))
	if err != nil {
		return
	}
	c.Record.Home = home.Renewed(first, s.describedBy(home, t, document), c.Handle.RegistrationClientURI)
}

// describedBy is the server as a metadata document has it. A token endpoint that is known is kept where the document has it, too: a client
// certificate may be configured now that was not when the client was registered, or the other way round.
func (s *Server) describedBy(known reconcile.Home, t Target, document *discovery.ServerMetadata) reconcile.Home {
	t.Metadata = document
	home := s.HomeOf(t)
	if plain, alias := document.Endpoint("token_endpoint", false), document.Endpoint("token_endpoint", true); known.TokenEndpoint == plain || known.TokenEndpoint == alias {
		home.TokenEndpoint = known.TokenEndpoint
	}
	return home
}
