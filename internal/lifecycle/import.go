// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Named is what an import names a client by: an identity has the one or the other, or both.
type Named struct {
	RegistrationClientURI, ClientID string
	// ByID: an ID names the client, which does not say what it is.
	ByID bool
}

// NamedBy reads the ID of an import: a URL is the client configuration endpoint, and anything else the client_id.
func NamedBy(id string) Named {
	if strings.Contains(id, "://") {
		return Named{RegistrationClientURI: id, ByID: true}
	}
	return Named{ClientID: id}
}

// Import returns the handle of a client that somebody else registered. It is named by its client configuration endpoint, or by its
// client_id where the registration endpoint is known. That is echoed in plans, so no credential may be in it: the registration access
// token comes from the settings. No credential is sent to the client here, and nothing at all where its name cannot
// be used.
//
// The place is that of an identity, which may name another server than the provider's.
func Import(ctx context.Context, s *authserver.Server, at authserver.Place, named Named) (reconcile.Handle, *outcome.Problem) {
	if unknownBefore(s, at, named.RegistrationClientURI) || s.UnknownJournal() {
		// The import reads the client. Without its settings, the connection would be another one; and without the journal, a plan that is
		// not applied would lose the token of a client that gets a new one whenever it is read.
		return reconcile.Handle{}, &outcome.Problem{Kind: outcome.FindNotKnownYet}
	}
	h := reconcile.Handle{RegistrationClientURI: strings.TrimSpace(named.RegistrationClientURI), ClientID: strings.TrimSpace(named.ClientID)}
	if problem := checkNamed(ctx, s, h); problem != nil {
		return h, problem
	}
	if problem := checkPlace(ctx, s, at, h.RegistrationClientURI); problem != nil {
		return h, ofImport(problem)
	}
	switch {
	case h.RegistrationClientURI == "":
		t, problem := s.Locate(ctx, at)
		if problem != nil && (s.UnknownConnection() || s.ExpectsLater(problem.Err)) {
			return h, &outcome.Problem{Kind: outcome.FindNotKnownYet} // it may be found with what is not known
		}
		if problem != nil {
			return h, ofImport(problem)
		}
		if t.RegistrationEndpoint == "" {
			return h, &outcome.Problem{Kind: outcome.ImportWithoutServer, ClientID: h.ClientID}
		}
		h.RegistrationClientURI = s.TemplateURI(t, h.ClientID)
	case h.ClientID == "":
		h.ClientID = s.ClientAt(ctx, h.RegistrationClientURI, s.TokenByAddress(h.RegistrationClientURI))
	}
	if s.UnknownConnectionTo(h.RegistrationClientURI) {
		return h, &outcome.Problem{Kind: outcome.FindNotKnownYet}
	}
	h.RegistrationAccessToken = s.ImportToken(ctx, at, h)
	unknown := (s.UnknownCredentials() || s.UnknownServer(authserver.Place{}) && s.HasCredentials(authserver.Target{})) && // of which nothing is to be sent in part, nor to a server that may be another one
		s.Settings().Management != authserver.ManagementToken
	if unknown && s.Settings().Management == authserver.ManagementProvider {
		return h, &outcome.Problem{Kind: outcome.FindNotKnownYet}
	}
	byProvider := h.RegistrationAccessToken.IsEmpty() && !unknown && mayReadByProvider(ctx, s, at, h)
	if h.RegistrationAccessToken.IsEmpty() && !byProvider {
		h.RegistrationAccessToken = s.JournaledToken(ctx, h) // which may be outdated where another machine works on the client
	}
	if h.RegistrationAccessToken.IsEmpty() && !byProvider {
		if unknown || s.AwaitsToken(h) {
			return h, &outcome.Problem{Kind: outcome.FindNotKnownYet}
		}
		problem := &outcome.Problem{Kind: outcome.ImportWithoutToken, ClientID: authserver.NameOf(h)}
		s.LookToken(ctx, at, h, problem)
		return h, problem
	}
	s.Keep(h.ClientID, h.RegistrationClientURI)
	s.Hide(h.RegistrationAccessToken)
	if named.ByID {
		return h, checkEndpoint(ctx, s, h)
	}
	return h, nil
}

// unknownBefore reports whether looking a client up depends on a connection that is not known yet: to its own address, or to the server that is to be
// asked for that.
func unknownBefore(s *authserver.Server, at authserver.Place, uri string) bool {
	if uri != "" {
		return s.UnknownConnectionTo(uri, at.Issuer, at.RegistrationEndpoint)
	}
	if at.IsEmpty() {
		at = authserver.Place{Issuer: s.Settings().Issuer, RegistrationEndpoint: s.Settings().RegistrationEndpoint}
	}
	return s.UnknownConnectionTo(at.Issuer, at.RegistrationEndpoint)
}

// ofImport is a problem with the server of an import, which the resource does not name: nothing of its configuration is known here.
func ofImport(p *outcome.Problem) *outcome.Problem {
	told := *p
	told.Importing, told.OwnPlace = true, false
	return &told
}

// namesIssuerToo reports whether a URI is what other resources' imports take, ISSUER,CLIENT_ID. No host has a comma in its name.
func namesIssuerToo(uri string) bool {
	_, rest, _ := strings.Cut(uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.Contains(host, ",")
}

// mayReadByProvider reports whether the provider's own credentials may read a client that has no token.
func mayReadByProvider(ctx context.Context, s *authserver.Server, at authserver.Place, h reconcile.Handle) bool {
	switch s.Settings().Management {
	case authserver.ManagementProvider:
		return true // which the settings are checked for
	case authserver.ManagementToken:
		return false
	}
	c := s.Client(authserver.State{Place: at, Handle: h})
	if at.IsEmpty() {
		return s.HasCredentials(authserver.Target{RegistrationEndpoint: h.RegistrationClientURI}) && !c.NeverByProvider(ctx)
	}
	t, problem := s.Locate(ctx, at)
	return problem == nil && s.HasCredentials(t) && !c.NeverByProvider(ctx)
}

// checkPlace returns what is wrong with the server that an identity names. It goes into the state, and a configuration with the right
// one would then move the client, which deletes what was just imported.
func checkPlace(ctx context.Context, s *authserver.Server, at authserver.Place, uri string) *outcome.Problem {
	if at.IsEmpty() || uri == "" {
		return nil // without a URI, the server is asked where the client is
	}
	if s.ServesItself(ctx, uri, at) {
		return &outcome.Problem{Kind: outcome.ImportOfTwoServers}
	}
	_, problem := s.SupportedMetadata(ctx, at)
	return problem
}

// checkNamed returns why nothing is to be sent for what an import names. A token is one client's, and a server may revoke one that
// shows up at another client's URI, so that a URI which is known to be another client's is refused before.
func checkNamed(ctx context.Context, s *authserver.Server, h reconcile.Handle) *outcome.Problem {
	if h.ClientID == "" && h.RegistrationClientURI == "" {
		return &outcome.Problem{Kind: outcome.EmptyImportID}
	}
	if strings.ContainsFunc(h.ClientID, unicode.IsControl) {
		return &outcome.Problem{Kind: outcome.UnusableImportID}
	}
	if h.RegistrationClientURI == "" {
		return nil
	}
	if namesIssuerToo(h.RegistrationClientURI) {
		return &outcome.Problem{Kind: outcome.UnusableImportURL, Err: errors.New("it seems to be an issuer and a client_id; an import takes one name, and the issuer is the provider's or an identity's")}
	}
	if err := s.CheckURL(h.RegistrationClientURI); err != nil {
		return &outcome.Problem{Kind: outcome.UnusableImportURL, Err: err}
	}
	if strings.Contains(h.RegistrationClientURI, "#") {
		return &outcome.Problem{Kind: outcome.UnusableImportURL, Err: errors.New("it has a fragment, which no request carries")}
	}
	if h.ClientID == "" || reconcile.NamesClient(h.RegistrationClientURI, h.ClientID) {
		return nil
	}
	if other := s.ClientAt(ctx, h.RegistrationClientURI, secret.String{}); other != "" && other != h.ClientID || s.HandedInFor(h.RegistrationClientURI) || authserver.NamesNearly(h.RegistrationClientURI, h.ClientID) {
		return &outcome.Problem{Kind: outcome.ImportOfTwoClients, ClientID: h.ClientID}
	}
	return nil
}
