// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// RegistrationAuth authorizes requests to the registration endpoint: by the client's own initial access token or else by the
// provider's credentials.
func (s *Server) RegistrationAuth(ctx context.Context, t Target, initialAccessToken secret.String) (transport.Authorizer, error) {
	if t.Doubt != nil && s.hasOwn() && (initialAccessToken.IsEmpty() || s.settings.Management == ManagementProvider) {
		// A client that is registered without them, where they are for that server, is nobody's, or nothing manages it.
		return nil, t.Doubt
	}
	if !initialAccessToken.IsEmpty() {
		s.scrubber.Add(initialAccessToken)
		return transport.Bearer(initialAccessToken), nil
	}
	if t.Foreign {
		return transport.NoAuth(), nil
	}
	switch s.Credential() {
	case outcome.CredentialToken:
		return transport.Bearer(s.settings.InitialAccessToken), nil
	case outcome.CredentialBasic:
		return transport.Basic(s.settings.BasicUser, s.settings.BasicPassword), nil
	case outcome.CredentialGrant:
		return s.clientCredentials(ctx, t)
	}
	return transport.NoAuth(), nil
}

// Credential is which of the provider's own credentials authorizes registrations.
func (s *Server) Credential() outcome.Credential {
	switch {
	case !s.settings.InitialAccessToken.IsEmpty():
		return outcome.CredentialToken
	case s.settings.HasBasic:
		return outcome.CredentialBasic
	case s.settings.ClientCredentials != nil:
		return outcome.CredentialGrant
	}
	return ""
}

// MissingTokenEndpoint is why client_credentials gets no access token: neither it nor anything else that may names a token endpoint.
type MissingTokenEndpoint struct {
	Foreign    string // an issuer that the resource alone names, to whose token endpoint the provider's secret does not go
	NoMetadata bool   // no issuer is named whose metadata could have one
}

func (e *MissingTokenEndpoint) Error() string {
	const missing = "client_credentials on the provider has no token_endpoint"
	switch {
	case e.Foreign != "":
		return missing + ", and that of " + e.Foreign + ", which the resource alone names, does not get the provider's secret"
	case e.NoMetadata:
		return missing + ", and no issuer is set whose metadata document would name one"
	}
	return missing + ", and the server's metadata document names none"
}

// clientCredentials authorizes by tokens of the client credentials grant (RFC 6749 §4.4), from one source for each token endpoint.
func (s *Server) clientCredentials(ctx context.Context, t Target) (transport.Authorizer, error) {
	cc := *s.settings.ClientCredentials
	issuer := ""
	cc.Issuer = func(ctx context.Context) string { return s.issuerWith(ctx, cc.TokenURL) }
	if cc.TokenURL == "" {
		if t.Issuer == "" { // of an endpoint that a resource names, and which is the provider's server's
			t.Issuer, t.Own = s.ownIssuer(ctx), false
		}
		if !s.vouchesFor(t) {
			return nil, &MissingTokenEndpoint{Foreign: redact.URL(t.Issuer)}
		}
		t, err := s.withMetadata(ctx, t)
		if err != nil {
			return nil, err
		}
		if t.Metadata != nil {
			cc.TokenURL, issuer = s.Endpoint(t.Metadata, "token_endpoint"), t.Metadata.Issuer
			cc.Issuer = func(context.Context) string { return issuer }
		}
	}
	if cc.TokenURL == "" {
		return nil, &MissingTokenEndpoint{NoMetadata: t.Issuer == ""}
	}
	if err := s.CheckURL(cc.TokenURL); err != nil {
		return nil, err
	}
	s.tokenMu.Lock()
	defer s.tokenMu.Unlock()
	source := grantSource{cc.TokenURL, issuer}
	if auth, ok := s.tokenSources[source]; ok {
		return auth, nil
	}
	auth, err := transport.NewClientCredentials(s.transport, cc)
	if err != nil {
		return nil, err
	}
	s.tokenSources[source] = auth
	return auth, nil
}

// issuerWith is the issuer of the provider's own server where its metadata name a token endpoint that is given by hand, or "". The endpoint may be another server's, and
// whoever has an assertion for the issuer may authenticate there as the client.
func (s *Server) issuerWith(ctx context.Context, tokenEndpoint string) string {
	issuer := s.ownIssuer(ctx)
	if issuer == "" {
		return ""
	}
	document, err := s.metadata(ctx, issuer, false)
	if err != nil {
		return ""
	}
	for _, mtls := range []bool{false, true} {
		if origin.SameURL(document.Endpoint("token_endpoint", mtls), tokenEndpoint) {
			return document.Issuer
		}
	}
	return ""
}
