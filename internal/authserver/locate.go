// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Locate finds the server, by discovery where that is needed. Each discovery is done once in a process. The registration
// endpoint may come back empty: what that means is the caller's decision.
func (s *Server) Locate(ctx context.Context, p Place) (Target, *outcome.Problem) {
	issuer, endpoint, own := p.Issuer, p.RegistrationEndpoint, !p.IsEmpty()
	if !own {
		issuer, endpoint = s.settings.Issuer, s.settings.RegistrationEndpoint
	}
	switch {
	case issuer == "" && endpoint == "" && s.settings.WebFingerResource != "":
		_, document, err := s.discover(ctx, s.settings.WebFingerResource)
		if err != nil {
			return Target{}, &outcome.Problem{Kind: outcome.NotDiscovered, Err: err}
		}
		return s.discovered(ctx, document, "", false), nil
	case issuer == "" && endpoint == "" && s.UnknownServer(p):
		return Target{}, &outcome.Problem{Kind: outcome.ServerNotKnownYet}
	case issuer == "" && endpoint == "":
		return Target{}, &outcome.Problem{Kind: outcome.NoServer}
	}
	if problems := s.checkURLs(issuer, endpoint); len(problems) > 0 {
		return Target{}, &problems[0]
	}
	if issuer == "" || endpoint != "" {
		// An endpoint given by hand is used as it is: nothing is discovered for it, also where an issuer stands beside it,
		// until something needs the metadata.
		out := Target{RegistrationEndpoint: endpoint, Issuer: issuer, Own: own}
		return s.theirs(ctx, out), nil
	}
	document, err := s.metadata(ctx, issuer, own)
	if err != nil {
		return Target{}, &outcome.Problem{Kind: outcome.NotDiscovered, Err: err, OwnPlace: own}
	}
	return s.discovered(ctx, document, issuer, own), nil
}

func (s *Server) discovered(ctx context.Context, document *discovery.ServerMetadata, issuer string, own bool) Target {
	out := Target{Issuer: cmp.Or(issuer, document.Issuer), Metadata: document, Own: own, RegistrationEndpoint: s.Endpoint(document, "registration_endpoint")}
	return s.theirs(ctx, out)
}

// theirs completes a target by whose server it is.
func (s *Server) theirs(ctx context.Context, t Target) Target {
	t.Foreign, t.Doubt = s.isForeign(ctx, t)
	s.learnOrigin(t)
	return t
}

// isForeign reports whether a server that only a client's configuration names is another one than the provider's own. Two realms of one host are two
// servers. An endpoint that is given by hand is the provider's server's where it is the provider's own, or the one that the metadata of its issuer name. Where
// these cannot be had, the error says why.
func (s *Server) isForeign(ctx context.Context, t Target) (bool, error) {
	if !t.Own {
		return false, nil
	}
	if s.UnknownServer(Place{}) {
		return true, &outcome.Problem{Kind: outcome.ServerNotKnownYet}
	}
	ours, err := s.ours(ctx)
	if err != nil {
		return true, s.notOurs(t, err)
	}
	sameIssuer := t.Issuer != "" && ours.Relation(reconcile.Home{Issuer: t.Issuer}, "") == reconcile.HomeSame
	switch {
	case !ours.IsKnown():
		return false, nil
	case sameIssuer && t.Metadata != nil:
		return false, nil
	case t.Issuer != "" && ours.Issuer != "" && !sameIssuer:
		return true, nil
	case t.RegistrationEndpoint == "" && t.Metadata != nil && t.Metadata.Incomplete != nil: // the part that is missing may name ours
		return true, s.notOurs(t, t.Metadata.Incomplete)
	case t.RegistrationEndpoint == "":
		return true, nil
	case ours.RegistrationEndpoint != "":
		at := reconcile.Home{RegistrationEndpoint: t.RegistrationEndpoint}
		if t.Metadata != nil && ours.VouchesFor(t.Issuer) {
			at.RegistrationAlias = aliasOf(t.Metadata, t.RegistrationEndpoint)
		}
		// The issuer, too: its metadata names the token endpoint that client credentials are sent to.
		return ours.Relation(at, "") != reconcile.HomeSame ||
			t.Issuer != "" && !sameIssuer && !origin.Same(ours.RegistrationEndpoint, t.Issuer), nil
	}
	document, err := s.metadata(ctx, ours.Issuer, false)
	if err == nil {
		err = document.Incomplete // where that is set, the endpoint that is missing may be this one
	}
	if err != nil {
		return true, s.notOurs(t, err)
	}
	named := reconcile.Home{RegistrationEndpoint: s.Endpoint(document, "registration_endpoint")}
	named.RegistrationAlias = aliasOf(document, named.RegistrationEndpoint)
	return !named.Overlaps(reconcile.Home{RegistrationEndpoint: t.RegistrationEndpoint}), nil
}

// notOurs is why it is not known whether a server that a resource names is the provider's own.
func (s *Server) notOurs(t Target, err error) *outcome.Problem {
	p := &outcome.Problem{Kind: outcome.OwnServerUnknown, Endpoint: redact.URL(t.RegistrationEndpoint), Err: err, ByProvider: s.settings.Management == ManagementProvider}
	if s.settings.WebFingerResource != "" {
		p.Attribute = "webfinger_resource"
	}
	if t.Metadata != nil || t.RegistrationEndpoint == "" { // which the resource does not name
		p.Named, p.Endpoint = t.Issuer, ""
	}
	return p
}

// aliasOf is the other address that a server's metadata have of its registration endpoint, with mutual TLS or without (RFC 8705 §5), or "".
func aliasOf(document *discovery.ServerMetadata, endpoint string) string {
	plain, alias := document.Endpoint("registration_endpoint", false), document.Endpoint("registration_endpoint", true)
	switch {
	case endpoint == "" || origin.SameURL(plain, alias):
	case origin.SameURL(endpoint, plain):
		return alias
	case origin.SameURL(endpoint, alias):
		return plain
	}
	return ""
}

// vouchesFor reports whether the provider's configuration vouches for the issuer of a target that is not foreign. One that does not may be another
// realm's, whose metadata name the provider's registration endpoint and, beside it, addresses that are not for the provider's credentials.
func (s *Server) vouchesFor(t Target) bool {
	return !t.Own || t.Issuer == "" || s.named(Place{}).VouchesFor(t.Issuer)
}

// hasThere reports whether a client is at the provider's server, where the provider does not vouch for the issuer that says so: by the registration
// endpoint, which is the provider's own. That of the host's first realm may have all other realms beside it.
func (s *Server) hasThere(t Target, home reconcile.Home, h reconcile.Handle) bool {
	if s.vouchesFor(t) {
		return true
	}
	of := reconcile.Home{RegistrationEndpoint: home.RegistrationEndpoint}
	at := reconcile.Home{RegistrationEndpoint: t.RegistrationEndpoint}
	return of.Relation(at, h.RegistrationClientURI) == reconcile.HomeSame || !of.IsKnown() && h.RegistrationClientURI == s.TemplateURI(t, h.ClientID)
}

// Endpoint returns a server's endpoint, or its alias for mutual TLS (RFC 8705 §5) where a client certificate is configured.
func (s *Server) Endpoint(document *discovery.ServerMetadata, name string) string {
	return document.Endpoint(name, s.mutualTLS())
}

// withMetadata completes a target by the metadata of its issuer, where an issuer is known. A target without is returned as it is.
func (s *Server) withMetadata(ctx context.Context, t Target) (Target, error) {
	if t.Metadata != nil || t.Issuer == "" {
		return t, nil
	}
	document, err := s.metadata(ctx, t.Issuer, t.Own)
	t.Metadata = document
	return t, err
}

// LookUp finds the metadata of any server: of a resource by WebFinger, of an issuer, or, with both empty, of the configured one.
func (s *Server) LookUp(ctx context.Context, resource, issuer string) (*discovery.WebFingerResult, *discovery.ServerMetadata, *outcome.Problem) {
	if resource == "" && issuer == "" {
		if issuer = s.settings.Issuer; issuer == "" {
			resource = s.settings.WebFingerResource
		}
	}
	var found *discovery.WebFingerResult
	var document *discovery.ServerMetadata
	var err error
	switch {
	case resource != "":
		found, document, err = s.discover(ctx, resource)
	case issuer != "":
		document, err = s.metadata(ctx, issuer, issuer != s.settings.Issuer)
	case s.UnknownServer(Place{}):
		return nil, nil, &outcome.Problem{Kind: outcome.ServerNotKnownYet}
	default:
		return nil, nil, &outcome.Problem{Kind: outcome.NothingToDiscover}
	}
	switch {
	case err != nil && s.UnknownConnection():
		return nil, nil, &outcome.Problem{Kind: outcome.ServerNotKnownYet} // it may be reached with what is not known
	case err != nil:
		return nil, nil, &outcome.Problem{Kind: outcome.NotDiscovered, Err: err}
	}
	return found, document, nil
}

// discover goes from what a person would type to the metadata document. WebFinger is there to name a server elsewhere: the issuer that it
// names for the provider's own resource is the provider's, and one that it names for another resource is so only by its name.
func (s *Server) discover(ctx context.Context, resource string) (*discovery.WebFingerResult, *discovery.ServerMetadata, error) {
	return s.finder.Discover(ctx, discovery.DiscoverRequest{Input: resource, Auth: s.webFingerAuth(resource),
		Metadata: func(issuer string) discovery.MetadataRequest {
			return s.metadataRequest(ctx, issuer, resource != s.settings.WebFingerResource && issuer != s.ownIssuer(ctx))
		}})
}

// ours is the provider's own server, as far as the configuration names it, or else as WebFinger does. Of a provider that names none it is empty.
func (s *Server) ours(ctx context.Context) (reconcile.Home, error) {
	named := s.named(Place{})
	if named.IsKnown() || s.settings.WebFingerResource == "" {
		return named, nil
	}
	found, err := s.finder.WebFinger(ctx, s.settings.WebFingerResource, s.webFingerAuth(s.settings.WebFingerResource))
	if err != nil {
		return reconcile.Home{}, err
	}
	return reconcile.Home{Issuer: found.Issuer}, nil
}

// ownIssuer is the issuer of the provider's own server, as far as it is known; else "".
func (s *Server) ownIssuer(ctx context.Context) string {
	ours, err := s.ours(ctx)
	if err != nil {
		return ""
	}
	return ours.Issuer
}

func (s *Server) metadata(ctx context.Context, issuer string, own bool) (*discovery.ServerMetadata, error) {
	return s.finder.Metadata(ctx, s.metadataRequest(ctx, issuer, own))
}

// metadataRequest asks for the metadata of an issuer. own: a resource names it, or a record does. The provider's own settings are for the provider's own server, by whatever it is named.
func (s *Server) metadataRequest(ctx context.Context, issuer string, own bool) discovery.MetadataRequest {
	request := discovery.MetadataRequest{Issuer: issuer}
	if !own || origin.SameURL(issuer, s.settings.Issuer) || s.settings.WebFingerResource != "" && origin.SameURL(issuer, s.ownIssuer(ctx)) {
		request.ExpectedIssuer, request.Auth = s.settings.ExpectedIssuer, s.discoveryAuth()
	}
	return request
}

// HomeOf is what a record keeps of the server that a client was registered at.
func (s *Server) HomeOf(t Target) reconcile.Home {
	home := reconcile.Home{Issuer: t.Issuer, RegistrationEndpoint: t.RegistrationEndpoint}
	if t.Metadata != nil {
		home.RegistrationAlias = aliasOf(t.Metadata, t.RegistrationEndpoint)
		home.TokenEndpoint = s.Endpoint(t.Metadata, "token_endpoint")
		home.AuthorizationEndpoint = t.Metadata.Endpoint("authorization_endpoint", false)
		home = home.Naming(registrationsIn(t.Metadata)...)
	}
	return home
}

// HomeBeside is HomeOf for a client that takes another one's place. Where the metadata of the issuer name another registration endpoint than the one that was written out, the endpoints
// that they name now are the server's own if the other client was seen to be known there.
func (s *Server) HomeBeside(ctx context.Context, t Target, other reconcile.Home) reconcile.Home {
	if described, err := s.withMetadata(ctx, t); err == nil {
		if home := s.HomeOf(described); home.ConfirmedBy(other) {
			home.Aside = false
			return home
		}
	}
	return s.HomeOf(t)
}

func registrationsIn(document *discovery.ServerMetadata) []string {
	return []string{document.Endpoint("registration_endpoint", false), document.Endpoint("registration_endpoint", true)}
}

// named is the server that the configuration names, as far as it does so without being asked.
func (s *Server) named(p Place) reconcile.Home {
	if p.IsEmpty() {
		return reconcile.Home{Issuer: s.settings.Issuer, RegistrationEndpoint: s.settings.RegistrationEndpoint}
	}
	return reconcile.Home{Issuer: p.Issuer, RegistrationEndpoint: p.RegistrationEndpoint}
}

// ClientAt is the client_id that the journal has for a client configuration endpoint. An import by URI knows no client_id, and the
// journal goes by it: where reads rotate the token, only the journal has the one in force once a plan was not applied.
func (s *Server) ClientAt(ctx context.Context, uri string, given secret.String) string {
	j, err := s.openJournal()
	if j == nil || err != nil {
		return "" // the read that follows says what is wrong with the journal
	}
	clientID, _ := clientAt(ctx, j, uri, given)
	return clientID
}

// clientAt is the client of an address that the journal knows. A server may have one address for all of its clients (RFC 7592 §2): where it names none, a token
// that is given and that the journal does not know may be another client's.
func clientAt(ctx context.Context, j *journal.Journal, uri string, given secret.String) (string, error) {
	clientID, err := j.ClientAt(ctx, uri)
	if err != nil || clientID == "" || given.IsEmpty() || reconcile.IsClientsOwn(uri, clientID) {
		return clientID, err
	}
	if entry, known, err := j.Lookup(ctx, journal.Name{ClientID: clientID, URI: uri}); err != nil || known && entry.Stranger(given) {
		return "", err
	}
	return clientID, nil
}

// JournaledToken is the registration access token that the journal has of a client.
func (s *Server) JournaledToken(ctx context.Context, h reconcile.Handle) secret.String {
	j, err := s.openJournal()
	if j == nil || err != nil {
		return secret.String{}
	}
	entry, _, err := j.Lookup(ctx, journal.Name{ClientID: h.ClientID, URI: h.RegistrationClientURI})
	if err != nil {
		return secret.String{}
	}
	return entry.RegistrationAccessToken
}
