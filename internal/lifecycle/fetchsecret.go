// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// FetchSecret reads a client only for its secret, for a caller that keeps no state of it. Nothing that a server rotates here is saved,
// but for the journal. The answer is nil where a problem is more than a warning.
func FetchSecret(ctx context.Context, s *Server, h reconcile.Handle) (*dcr.Registration, []Problem) {
	c := s.client(State{Handle: h})
	if c.costsCredentials() {
		c.report(Problem{Kind: SecretReadRotates, Attribute: "registration_client_uri", Journaled: c.journal != nil})
		return nil, c.problems
	}
	answer, err := c.get(ctx, reconcile.FromRead)
	if err != nil {
		c.reportUnread(SecretNotFetched, err)
		return nil, c.problems
	}
	if c.record.Facts.RotatesOnRead && c.journal == nil {
		c.warn(Problem{Kind: SecretReadRotated})
	}
	if !secret.Usable(answer.ClientSecret.Reveal()) {
		c.report(Problem{Kind: SecretNotShown})
		return nil, c.problems
	}
	return answer, c.problems
}
