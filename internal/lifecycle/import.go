// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Import returns the handle of a client that somebody else registered. The ID is the client configuration endpoint, or the client_id
// where the registration endpoint is known. It is echoed in plans, so no credential may be in it: the registration access token comes
// from the settings, or else is the one given.
//
// The place is that of an identity, which may name another server than the provider's.
func (s *Server) Import(ctx context.Context, at Place, id string, token secret.String) (reconcile.Handle, *Problem) {
	id = strings.TrimSpace(id)
	h := reconcile.Handle{RegistrationClientURI: id}
	switch {
	case id == "":
		return h, &Problem{Kind: EmptyImportID}
	case strings.Contains(id, "://"):
		if err := s.checkURL(id); err != nil {
			return h, &Problem{Kind: UnusableImportURL, Err: err}
		}
		h.ClientID = s.clientAt(ctx, id)
	default:
		t, problem := s.Locate(ctx, at)
		if problem != nil {
			return h, problem
		}
		if t.RegistrationEndpoint == "" {
			return h, &Problem{Kind: ImportWithoutServer, ClientID: id}
		}
		h.RegistrationClientURI, h.ClientID = s.templateURI(t, id), id
	}
	h.RegistrationAccessToken = s.importToken(h, token)
	if h.RegistrationAccessToken.IsEmpty() && s.settings.Management != ManagementProvider && !s.hasCredentials(Target{RegistrationEndpoint: h.RegistrationClientURI, Issuer: at.Issuer, own: !at.isEmpty()}) {
		return h, &Problem{Kind: ImportWithoutToken}
	}
	s.scrubber.Add(h.RegistrationAccessToken)
	return h, nil
}

// importToken finds the registration access token for a client of which only the URI may be known.
func (s *Server) importToken(h reconcile.Handle, otherwise secret.String) secret.String {
	if token, ok := s.settings.RegistrationAccessTokens[h.ClientID]; ok {
		return token
	}
	for id, token := range s.settings.RegistrationAccessTokens {
		if h.ClientID == "" && reconcile.NamesClient(h.RegistrationClientURI, id) {
			return token
		}
	}
	if !otherwise.IsEmpty() && !s.takeImportToken(h.RegistrationClientURI) {
		return secret.String{}
	}
	return otherwise
}

// takeImportToken reports whether the one token that was given without a client_id may be tried at a URI: it is one client's, and at
// another client's URI a server may revoke it. The first import of a run gets it.
func (s *Server) takeImportToken(uri string) bool {
	first, taken := s.importTokenAt.LoadOrStore("", uri)
	return !taken || first == uri
}

// clientAt is the client_id that the journal has for a client configuration endpoint. An import by URI knows no client_id, and the
// journal goes by it: where reads rotate the token, only the journal has the one in force once a plan was not applied.
func (s *Server) clientAt(ctx context.Context, uri string) string {
	j, err := s.openJournal()
	if j == nil || err != nil {
		return "" // the read that follows says what is wrong with the journal
	}
	clientID, err := j.ClientAt(ctx, uri)
	if err != nil {
		return ""
	}
	return clientID
}

// namedBy is the client_id that a client configuration endpoint most likely has in it: its parameter of that name, or else its last
// segment.
func namedBy(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if id := u.Query().Get("client_id"); id != "" {
		return id
	}
	segments := strings.Split(strings.TrimRight(u.EscapedPath(), "/"), "/")
	last, err := url.PathUnescape(segments[len(segments)-1])
	if err != nil {
		return ""
	}
	return last
}
