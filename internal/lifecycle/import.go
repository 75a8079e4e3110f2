// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Import returns the handle of a client that somebody else registered. The ID is the client configuration endpoint, or the client_id
// where the registration endpoint is known. It is echoed in plans, so no credential may be in it: the registration access token comes
// from the settings, or else is the one given.
//
// The place is that of an identity, which may name another server than the provider's.
func Import(ctx context.Context, s *authserver.Server, at authserver.Place, id string, token secret.String) (reconcile.Handle, *outcome.Problem) {
	id = strings.TrimSpace(id)
	h := reconcile.Handle{RegistrationClientURI: id}
	switch {
	case id == "":
		return h, &outcome.Problem{Kind: outcome.EmptyImportID}
	case strings.Contains(id, "://"):
		if err := s.CheckURL(id); err != nil {
			return h, &outcome.Problem{Kind: outcome.UnusableImportURL, Err: err}
		}
		h.ClientID = s.ClientAt(ctx, id)
	default:
		t, problem := s.Locate(ctx, at)
		if problem != nil {
			return h, problem
		}
		if t.RegistrationEndpoint == "" {
			return h, &outcome.Problem{Kind: outcome.ImportWithoutServer, ClientID: id}
		}
		h.RegistrationClientURI, h.ClientID = s.TemplateURI(t, id), id
	}
	h.RegistrationAccessToken = s.ImportToken(h, token)
	if h.RegistrationAccessToken.IsEmpty() && s.Settings().Management != authserver.ManagementProvider && !s.HasCredentials(authserver.Target{RegistrationEndpoint: h.RegistrationClientURI, Issuer: at.Issuer, Own: !at.IsEmpty()}) {
		return h, &outcome.Problem{Kind: outcome.ImportWithoutToken}
	}
	s.Hide(h.RegistrationAccessToken)
	return h, nil
}
