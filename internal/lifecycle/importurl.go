// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// checkEndpoint returns why the token that the settings have by the ID of an import does not go to the URL that the ID is. A client_id may be a URL, too, as OpenID Federation
// and client ID metadata documents have it, which is of the application's own host; registration_access_tokens has a token by the one or the other. A client
// configuration endpoint has a path, and asks for a token where none is sent (RFC 7592 §2.1, RFC 6750 §3).
func checkEndpoint(ctx context.Context, s *authserver.Server, h reconcile.Handle) *outcome.Problem {
	uri := h.RegistrationClientURI
	if s.TokenByAddress(uri).IsEmpty() || h.ClientID != "" || isOfOwnServer(ctx, s, uri) { // a client_id is the journal's, which has a client there
		return nil
	}
	either := &outcome.Problem{Kind: outcome.ImportOfEither, ClientID: uri}
	if at, err := url.Parse(uri); err != nil || strings.Trim(at.Path, "/") == "" && at.RawQuery == "" {
		return either
	}
	_, err := s.DCR.Read(ctx, uri, "", transport.NoAuth())
	if refused, ok := errors.AsType[*dcr.Error](err); ok && refused.Unauthorized() && !refused.AsksBasic && !refused.Redirected {
		return nil
	}
	if either.Err = err; authserver.ClassOf(reconcile.OperationRead, err) == reconcile.AnswerLost {
		either.Ways = []reconcile.Way{reconcile.WayRetry} // an outage tells nothing of what the URL is
	}
	return either
}

// isOfOwnServer reports whether an address is of the provider's own server, as far as its metadata can be had.
func isOfOwnServer(ctx context.Context, s *authserver.Server, uri string) bool {
	own := s.Settings()
	if origin.Same(uri, own.Issuer) || origin.Same(uri, own.RegistrationEndpoint) || origin.Same(uri, own.URITemplate) {
		return true // a template that is written out says where that server has its clients
	}
	t, problem := s.Locate(ctx, authserver.Place{})
	return problem == nil && (origin.Same(uri, t.Issuer) || origin.Same(uri, t.RegistrationEndpoint))
}
