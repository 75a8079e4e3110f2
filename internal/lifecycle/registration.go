// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Registration is a client that is to be registered.
type Registration struct {
	Place              authserver.Place
	Asked              metadata.Document
	InitialAccessToken secret.String // the client's own; empty for the provider's credentials
	Behaviour          authserver.Behaviour
	SecretUnstored     bool // the caller saves no client secret

	replaces *authserver.Client // the client in whose place it is registered
}

// Replacement is a client that is to take the place of one that cannot be changed.
type Replacement struct {
	Registration
	Old authserver.State
	// Update is the change as an update of the old client, where another one is wanted for no other reason than that the server was
	// seen to have no updates.
	Update *Change
}

// replacesAt reports whether the client that is to be replaced is at the server of a registration's target. Another one may have given the same client_id, and is told
// nothing of that client.
func (r Registration) replacesAt(s *authserver.Server, t authserver.Target) bool {
	return r.replaces != nil && r.isAt(s.HomeOf(t), t.RegistrationEndpoint)
}

// isAt reports whether the client that is to be replaced is at the server of this home and endpoint.
func (r Registration) isAt(home reconcile.Home, endpoint string) bool {
	h := r.replaces.Handle
	relation := r.replaces.Record.Home.Relation(home, h.RegistrationClientURI)
	return relation == reconcile.HomeSame || relation == reconcile.HomeUnknown && h.RegistrationClientURI != "" && origin.Same(h.RegistrationClientURI, endpoint)
}

// registered is how a registration came to a client: by an answer, by adoption, or not at all.
type registered struct {
	c    *authserver.Client
	made creation
	err  error // why there is no client, or what stands beside it
}

// creation says how a create came to its client.
type creation struct {
	reconcile.RollBack
	adopted  bool
	disowned bool // the answer did not say that the client was there before, and a read that shows any client does
	replaced bool // it was answered with the client that it was to replace, whose credentials are taken
	open     bool // it may have been answered so, and changed that client
	// named is the read that named the client, where the registration's answer did not.
	named    *dcr.Registration
	notAsked string // the address that it named, where the token that the journal has of the client must not go
}

// take takes the credentials of the answer, and those that the read showed which named the client.
func (m *creation) take(c *authserver.Client, answer *dcr.Registration) {
	c.SetCredentials(c.Credentials().Take(authserver.HandleOf(answer), reconcile.FromCreate))
	if m.named != nil {
		c.SetCredentials(c.Credentials().Take(authserver.HandleOf(m.named), reconcile.FromReadBack))
	}
}

// isKnown finds out whether the client was known before it was answered with, and takes what the journal has of it.
func (m *creation) isKnown(ctx context.Context, c *authserver.Client, taken bool, r Registration, answered metadata.Document) {
	shown := c.Handle.RegistrationClientURI
	m.KnownBefore = taken || c.Server.LookedAt(c) || c.JournalKnows(ctx)
	m.KnownBefore = r.replaces == nil && c.TakeJournaled(ctx, answered) || m.KnownBefore
	if !c.Credentials().HasAddress(shown) {
		m.notAsked = shown
	}
}

// heed takes what the first read says of when the client was registered, where that is made by credentials that show any client.
func (m *creation) heed(r Registration, c *authserver.Client, seen *dcr.Registration) {
	if !c.ByProvider() {
		return
	}
	var old *int64
	if r.replaces != nil {
		old = r.replaces.Handle.ClientIDIssuedAt
	}
	m.RollBack, m.disowned = m.Disowned(seen.ClientIDIssuedAt, old)
}

func without(problems []outcome.Problem, kind outcome.Kind) []outcome.Problem {
	return slices.DeleteFunc(problems, func(p outcome.Problem) bool { return p.Kind == kind })
}
