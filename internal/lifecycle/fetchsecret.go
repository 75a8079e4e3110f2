// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// FetchSecret reads a client only for its secret, for a caller that keeps no state of it. Nothing that a server rotates here is saved,
// but for the journal. The answer is nil where a problem is more than a warning.
func FetchSecret(ctx context.Context, s *authserver.Server, h reconcile.Handle) (*dcr.Registration, []outcome.Problem) {
	if s.UnknownConnectionTo(h.RegistrationClientURI) {
		return nil, []outcome.Problem{{Kind: outcome.FindNotKnownYet}}
	}
	if err := s.CheckURL(h.RegistrationClientURI); err != nil {
		return nil, []outcome.Problem{{Kind: outcome.UnusableURL, Attribute: "registration_client_uri", Err: err}}
	}
	own := !h.RegistrationAccessToken.IsEmpty()
	if !own {
		// Known beforehand, so that the one that takes its place is seen to do so, and is kept in the journal.
		h.RegistrationAccessToken = s.ImportToken(ctx, authserver.Place{}, h)
	}
	c := s.Client(authserver.State{Handle: h, SecretUnstored: true, Looks: true})
	if problem := mayLook(ctx, c); problem != nil && problem.Kind != outcome.FindRotates {
		c.Report(*problem)
		return nil, c.Problems
	}
	if problem, costs := c.CostsCredentials(); costs {
		problem.Kind, problem.Attribute = outcome.SecretReadRotates, "registration_client_uri"
		c.Report(problem)
		return nil, c.Problems
	}
	if problem := c.NeedsKeeping(ctx); problem != nil {
		c.ReportUnkept(*problem)
		return nil, c.Problems
	}
	c.NameByJournal(ctx)
	c.TakeJournaledSecret(ctx)
	journaled := c.Handle.ClientSecret
	answer, err := c.Get(ctx, reconcile.FromRead)
	if err != nil {
		c.ReportUnread(outcome.SecretNotFetched, err)
		return nil, c.Problems
	}
	if c.Record.Facts.RotatesOnRead && c.Journal == nil {
		rotated := outcome.Problem{Kind: outcome.SecretReadRotated, TokenKey: s.LookKey(ctx, h)}
		if own {
			rotated.Attribute = "registration_access_token" // it goes before those of the settings
		}
		c.Warn(rotated)
	}
	if !secret.Usable(answer.ClientSecret.Reveal()) || secret.DerivedFrom(journaled, answer.ClientSecret.Reveal()) {
		c.Report(outcome.Problem{Kind: outcome.SecretNotShown, Secretless: !authserver.UsesSecret(answer.Metadata)})
		return nil, c.Problems
	}
	return answer, c.Problems
}
