// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// evidence asks, with standard requests only, whether the client still exists, and says in a sentence what was asked and answered.
func (c *Client) evidence(ctx context.Context) (dcr.Evidence, string) {
	s := c.server
	t, problem := s.Locate(ctx, c.place)
	if problem != nil {
		return dcr.Undecided, "Whether the client exists could not be looked into: the server's metadata was not found."
	}
	t, _ = s.withMetadata(ctx, t) // where that fails, there is no metadata
	if t.Metadata == nil {
		return dcr.Undecided, "Whether the client exists could not be looked into: only the registration endpoint is known. With issuer set, the token endpoint can be asked."
	}
	return s.dcr.Probe(ctx, dcr.ProbeInput{
		TokenEndpoint:         s.Endpoint(t.Metadata, "token_endpoint"),
		AuthorizationEndpoint: t.Metadata.Endpoint("authorization_endpoint", false),
		ClientID:              c.handle.ClientID, ClientSecret: c.handle.ClientSecret,
		AuthMethod: text(c.registered, "token_endpoint_auth_method"), AuthAlgorithm: text(c.registered, "token_endpoint_auth_signing_alg"),
		SecretMayBeStale: c.secretMayBeOutdated(),
		RedirectURIs:     list(c.registered, "redirect_uris"), ResponseTypes: list(c.registered, "response_types"),
		Scope: text(c.registered, "scope"),
	})
}

// secretMayBeOutdated reports whether the known client secret may be another than the server's although the client exists: then its
// refusal at the token endpoint proves nothing. The question comes up when the registration access token was refused. Where the
// server was seen to leave that token alone, no lost answer and no other program's update explains its refusal, and so none can
// have replaced the secret unseen either.
func (c *Client) secretMayBeOutdated() bool {
	at := c.handle.ClientSecretExpiresAt
	if at != nil && *at != 0 && !time.Unix(*at, 0).After(c.server.clock.Now()) {
		return true
	}
	facts := c.record.Facts
	secretMoves := facts.SecretOnUpdate || facts.SecretOnRead == reconcile.SecretRotates
	tokenMoves := facts.TokenOnUpdate || facts.RotatesOnRead || !facts.UpdateSeen
	return secretMoves && tokenMoves
}

// text returns a member of a document that is a string. It is normalized, because some servers show an array where a string belongs.
func text(document metadata.Document, member string) string {
	v, _ := metadata.Normalize(member, document[member])
	word, _ := v.(string)
	return word
}

// list returns the strings of a member of a document that is a list.
func list(document metadata.Document, member string) []string {
	var out []string
	v, _ := metadata.Normalize(member, document[member])
	values, _ := v.([]any)
	for _, v := range values {
		if w, ok := v.(string); ok {
			out = append(out, w)
		}
	}
	return out
}
