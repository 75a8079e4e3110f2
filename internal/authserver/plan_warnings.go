// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// NotLookedAt returns what there is to tell where a client is to move to a server whose metadata a plan could not have, or nil. It is told once of
// each server.
func (s *Server) NotLookedAt(ctx context.Context, p Place) *outcome.Problem {
	if _, problem := s.SupportedMetadata(ctx, p); problem != nil {
		return nil // it is told as an error
	}
	err := s.NotFound(ctx, p)
	if err == nil {
		return nil
	}
	if _, before := s.SaidBefore("not looked at: "+s.identify(p), ""); before {
		return nil
	}
	named := s.named(p)
	return &outcome.Problem{
		Kind: outcome.ServerNotLookedAt, Warning: true, Err: err,
		OwnPlace: !p.IsEmpty(), Endpoint: cmp.Or(named.Issuer, named.RegistrationEndpoint, s.settings.WebFingerResource),
	}
}

// UnusableJournal returns what a plan that registers clients has to tell of a journal that cannot be used, once in a run, or nil. It is no error: the
// apply may run elsewhere, or make the journal's place first.
func (s *Server) UnusableJournal() *outcome.Problem {
	_, err := s.openJournal()
	if err == nil {
		return nil
	}
	if _, before := s.SaidBefore("journal not usable", ""); before {
		return nil
	}
	return &outcome.Problem{Kind: outcome.JournalUnusableYet, Warning: true, Attribute: "token_journal", Err: err}
}
