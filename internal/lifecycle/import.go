// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Import returns the handle of a client that somebody else registered. The ID is the client configuration endpoint, or the client_id
// where the registration endpoint is known. It is echoed in plans, so no credential may be in it: the registration access token comes
// from the settings, or else is the one given.
//
// The place is that of an identity, which may name another server than the provider's.
func Import(ctx context.Context, s *Server, at Place, id string, token secret.String) (reconcile.Handle, *Problem) {
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
		h.RegistrationClientURI, h.ClientID = s.TemplateURI(t, id), id
	}
	h.RegistrationAccessToken = s.importToken(h, token)
	if h.RegistrationAccessToken.IsEmpty() && s.Settings().Management != ManagementProvider && !s.HasCredentials(Target{RegistrationEndpoint: h.RegistrationClientURI, Issuer: at.Issuer, own: !at.isEmpty()}) {
		return h, &Problem{Kind: ImportWithoutToken}
	}
	s.Hide(h.RegistrationAccessToken)
	return h, nil
}
