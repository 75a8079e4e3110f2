// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// namesOurs is whether a client's configuration names the provider's server, as far as the names tell. A provider that names none is for each.
func (s *Server) namesOurs(p Place) reconcile.HomeRelation {
	ours := s.named(Place{})
	switch {
	case p.IsEmpty():
		return reconcile.HomeSame
	case s.UnknownServer(Place{}):
		return reconcile.HomeUnknown // the apply tells
	case !ours.IsKnown() && s.settings.WebFingerResource != "":
		return reconcile.HomeUnknown // WebFinger tells
	case !ours.IsKnown():
		return reconcile.HomeSame
	}
	return ours.Relation(s.named(p), "")
}

// namesAnother reports whether a client's configuration names another server than the provider's, which the metadata tell where the names do not.
func (s *Server) namesAnother(ctx context.Context, p Place) bool {
	relation := s.namesOurs(p)
	if relation != reconcile.HomeUnknown {
		return relation == reconcile.HomeOther
	}
	t, problem := s.Locate(ctx, p)
	return problem == nil && t.Foreign && t.Doubt == nil
}

// LookToken completes what is said of a client without a token that is to be imported, or only looked at.
func (s *Server) LookToken(ctx context.Context, at Place, h reconcile.Handle, p *outcome.Problem) {
	p.TokenKey = NameOf(h)
	if h.RegistrationClientURI != "" && !s.hasByName(ctx, at, h) {
		p.TokenKey = h.RegistrationClientURI
		_, p.NamedElsewhere = s.tokenNamed(h)
	}
}

// LookKey is the name by which registration_access_tokens has the token of a client for the next look that names it in the same way. One that is set by the
// address goes before one by the client_id.
func (s *Server) LookKey(ctx context.Context, h reconcile.Handle) string {
	if h.ClientID == "" || !s.TokenByAddress(h.RegistrationClientURI).IsEmpty() {
		return h.RegistrationClientURI
	}
	var p outcome.Problem
	s.LookToken(ctx, Place{}, h, &p)
	return p.TokenKey
}

// hasByName reports whether a client of which no record tells where it is may be the one that the settings name by its client_id: it is where the provider's
// server has its clients. A provider that names no server has no other one.
func (s *Server) hasByName(ctx context.Context, at Place, h reconcile.Handle) bool {
	relation := s.namesOurs(at)
	if relation == reconcile.HomeOther {
		return false
	}
	t, problem := s.Locate(ctx, at)
	if problem != nil {
		return problem.Kind == outcome.NoServer
	}
	return (relation == reconcile.HomeSame || !t.Foreign) && s.reaches(t, h)
}

func (s *Server) tokenNamed(h reconcile.Handle) (secret.String, bool) {
	if h.ClientID == "" {
		return s.tokenAt(h.RegistrationClientURI)
	}
	token, ok := s.settings.RegistrationAccessTokens[h.ClientID]
	return token, ok
}

// tokenAt is the token of the client that an address names. At another client's address a server may revoke it, and a segment of the
// path that is no client_id, as that of a tenant, may be one elsewhere: what the address most likely names goes first, and of several
// others none is taken.
func (s *Server) tokenAt(uri string) (token secret.String, ok bool) {
	if token, ok = s.settings.RegistrationAccessTokens[namedBy(uri)]; ok {
		return token, true
	}
	found := 0
	for id, of := range s.settings.RegistrationAccessTokens {
		if reconcile.NamesClient(uri, id) {
			token = of
			found++
		}
	}
	return token, found == 1
}

// ImportToken finds the registration access token for a client of which only the URI may be known. One that the settings have by address is for that address, and
// one by client_id is for a client of the provider's server: another server may have a client of that name, too. There is none for whatever client asks first: at
// another client's URI a server revokes a token (RFC 7592 §2.1).
func (s *Server) ImportToken(ctx context.Context, at Place, h reconcile.Handle) secret.String {
	if token := s.TokenByAddress(h.RegistrationClientURI); !token.IsEmpty() {
		return token
	}
	if token, ok := s.tokenNamed(h); ok && s.hasByName(ctx, at, h) {
		return token
	}
	return secret.String{}
}

// TokenByAddress is the token that is handed in for whatever client is at an address.
func (s *Server) TokenByAddress(uri string) secret.String {
	return s.settings.RegistrationAccessTokens[uri]
}

// AddressFirst is the address by which the settings have a token of a client, where one by another key would be in vain beside it.
func (s *Server) AddressFirst(h reconcile.Handle, key string) string {
	if key == "" || key == h.RegistrationClientURI || s.TokenByAddress(h.RegistrationClientURI).IsEmpty() {
		return ""
	}
	return h.RegistrationClientURI
}
