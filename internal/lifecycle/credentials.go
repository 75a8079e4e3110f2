// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
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
	if t.RegistrationEndpoint == "" || !s.credentialsBelongTo(t) {
		return
	}
	s.originsMu.Lock()
	defer s.originsMu.Unlock()
	s.origins[transport.Origin(t.RegistrationEndpoint)] = true
}

func (s *Server) mutualTLS() bool { return len(s.settings.Transport.ClientCertificate) > 0 }

// UnknownCredentials reports whether the provider's own credentials depend on values that are not known yet. Empty ones in their
// place would be refused, and a refusal could be taken for the client's absence.
func (s *Server) UnknownCredentials() bool {
	return s.settings.unknown("initial_access_token", "basic_auth", "client_credentials", "headers")
}

// hasCredentials reports whether the provider itself has credentials for the registration endpoint of t.
func (s *Server) hasCredentials(t Target) bool {
	if !s.credentialsBelongTo(t) {
		return false
	}
	c := &s.settings
	return !c.InitialAccessToken.IsEmpty() || c.HasBasic || c.ClientCredentials != nil || len(c.Transport.Headers) > 0 || s.mutualTLS()
}

// credentialsBelongTo keeps the provider's credentials from a server that only the client's configuration names, when the provider
// names another one.
func (s *Server) credentialsBelongTo(t Target) bool {
	if !t.own {
		return true
	}
	home := s.settings.RegistrationEndpoint
	switch {
	case s.UnknownServer(Place{}):
		return false
	case home != "":
	case s.settings.Issuer != "":
		if home = s.settings.Issuer; t.Issuer == home && t.Metadata != nil {
			return true
		}
	default:
		return s.settings.WebFingerResource == ""
	}
	// The issuer, too: its metadata names the token endpoint that client credentials are sent to.
	return transport.SameOrigin(home, t.RegistrationEndpoint) && (t.Issuer == "" || transport.SameOrigin(home, t.Issuer))
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

// registrationAuth authorizes requests to the registration endpoint: by the client's own initial access token or else by the
// provider's credentials.
func (s *Server) registrationAuth(ctx context.Context, t Target, initialAccessToken secret.String) (transport.Authorizer, error) {
	if !initialAccessToken.IsEmpty() {
		s.scrubber.Add(initialAccessToken)
		return transport.Bearer(initialAccessToken), nil
	}
	if !s.credentialsBelongTo(t) {
		return transport.NoAuth(), nil
	}
	switch {
	case !s.settings.InitialAccessToken.IsEmpty():
		return transport.Bearer(s.settings.InitialAccessToken), nil
	case s.settings.HasBasic:
		return transport.Basic(s.settings.BasicUser, s.settings.BasicPassword), nil
	case s.settings.ClientCredentials != nil:
		return s.clientCredentials(ctx, t)
	}
	return transport.NoAuth(), nil
}

// clientCredentials authorizes by tokens of the client credentials grant (RFC 6749 §4.4), from one source for each token endpoint.
func (s *Server) clientCredentials(ctx context.Context, t Target) (transport.Authorizer, error) {
	cc := *s.settings.ClientCredentials
	if cc.TokenURL == "" {
		t, err := s.withMetadata(ctx, t)
		if err != nil {
			return nil, err
		}
		if t.Metadata != nil {
			cc.TokenURL = s.Endpoint(t.Metadata, "token_endpoint")
		}
	}
	if cc.TokenURL == "" {
		return nil, errors.New("client_credentials needs a token endpoint: the server's metadata has none, so set client_credentials.token_endpoint")
	}
	if err := s.checkURL(cc.TokenURL); err != nil {
		return nil, err
	}
	s.tokenMu.Lock()
	defer s.tokenMu.Unlock()
	if auth, ok := s.tokenSources[cc.TokenURL]; ok {
		return auth, nil
	}
	auth, err := transport.NewClientCredentials(s.transport, cc)
	if err != nil {
		return nil, err
	}
	s.tokenSources[cc.TokenURL] = auth
	return auth, nil
}

// templateURI is the client configuration endpoint of a server that returned none.
func (s *Server) templateURI(t Target, clientID string) string {
	return fillTemplate(s.settings.URITemplate, t, clientID)
}

func fillTemplate(template string, t Target, clientID string) string {
	return strings.NewReplacer(
		"{registration_endpoint}", strings.TrimRight(t.RegistrationEndpoint, "/"),
		"{client_id}", escapeID(clientID),
	).Replace(template)
}

// escapeID percent-encodes all but the unreserved characters (RFC 3986 §2.3), so that an id stays one path segment or one query
// value, whichever the template makes of it: url.PathEscape leaves "&", "=" and "+", and url.QueryEscape makes "+" of a space. An id
// of dots alone would be a step within the path.
func escapeID(id string) string {
	out := strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
	if strings.Trim(id, ".") == "" {
		out = strings.ReplaceAll(out, ".", "%2E")
	}
	return out
}
