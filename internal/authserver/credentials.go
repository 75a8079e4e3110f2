// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Whose credentials go where. The provider's own credentials go to the server that the provider's configuration names, and to no
// other; a client's registration access token goes to that client's configuration endpoint alone.

// isOwnOrigin reports whether the provider's extra headers may go to an origin: they are credentials like the others.
func (s *Server) isOwnOrigin(origin string) bool {
	s.originsMu.Lock()
	defer s.originsMu.Unlock()
	return s.origins[origin]
}

func (s *Server) learnOrigin(t Target) {
	if t.RegistrationEndpoint == "" || t.Foreign {
		return
	}
	s.originsMu.Lock()
	defer s.originsMu.Unlock()
	s.origins[origin.Of(t.RegistrationEndpoint)] = true
}

func (s *Server) mutualTLS() bool { return len(s.settings.Transport.ClientCertificate) > 0 }

// UnknownCredentials reports whether the provider's own credentials depend on values that are not known yet. Empty ones in their
// place would be refused, and a refusal could be taken for the client's absence.
func (s *Server) UnknownCredentials() bool {
	return s.settings.unknown("initial_access_token", "basic_auth", "client_credentials", "headers")
}

// HasCredentials reports whether the provider itself has credentials for the registration endpoint of t.
func (s *Server) HasCredentials(t Target) bool {
	return !t.Foreign && s.hasOwn()
}

// hasOwn reports whether the provider itself has credentials.
func (s *Server) hasOwn() bool {
	c := &s.settings
	return !c.InitialAccessToken.IsEmpty() || c.HasBasic || c.ClientCredentials != nil || len(c.Transport.Headers) > 0 || s.mutualTLS()
}

// discoveryAuth is what a protected discovery endpoint of the provider's own server gets once it asks for it: the provider's
// Basic credentials. Tokens are for the registration endpoint alone.
func (s *Server) discoveryAuth() transport.Authorizer {
	if s.settings.HasBasic && !s.UnknownCredentials() {
		return transport.Basic(s.settings.BasicUser, s.settings.BasicPassword)
	}
	return transport.NoAuth()
}

// webFingerAuth gives the provider's credentials to the hosts that the provider's configuration names. A data source may ask
// about anyone, and whoever runs that host would only have to answer 401 to be shown a password.
func (s *Server) webFingerAuth(resource string) transport.Authorizer {
	if resource == s.settings.WebFingerResource {
		return s.discoveryAuth()
	}
	asked, err := discovery.Normalize(resource)
	if err != nil {
		return transport.NoAuth()
	}
	for _, home := range []string{s.settings.Issuer, s.settings.RegistrationEndpoint} {
		if u, err := url.Parse(home); err == nil && home != "" && strings.EqualFold(u.Host, asked.Host) {
			return s.discoveryAuth()
		}
	}
	if home, err := discovery.Normalize(s.settings.WebFingerResource); err == nil && strings.EqualFold(home.Host, asked.Host) {
		return s.discoveryAuth()
	}
	return transport.NoAuth()
}

// HandedInFor reports whether the settings have a token for a client that a client configuration endpoint names.
func (s *Server) HandedInFor(uri string) bool {
	for id := range s.settings.RegistrationAccessTokens {
		if id == uri || reconcile.NamesClient(uri, id) {
			return true
		}
	}
	return false
}

// CertificateOf says whether a refusal may be for want of a client certificate: the server's metadata have an endpoint of their own for registrations
// with one (RFC 8705 §5), or it asked for one in the handshake.
func (s *Server) CertificateOf(t Target, err error) outcome.Certificate {
	de, refused := errors.AsType[*dcr.Error](err)
	if !refused || !de.Unauthorized() && !de.Forbidden() {
		return outcome.CertificateNotAsked
	}
	const endpoint = "registration_endpoint"
	published := t.Metadata != nil && t.Metadata.Endpoint(endpoint, true) != t.Metadata.Endpoint(endpoint, false)
	switch {
	case !published && !s.transport.AsksForCertificate(de.Endpoint):
		return outcome.CertificateNotAsked
	case s.mutualTLS():
		return outcome.CertificateSet
	}
	return outcome.CertificateMissing
}
