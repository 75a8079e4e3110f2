// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// verdict is what a refused read or delete means for the client.
type verdict struct {
	gone  bool
	diags diag.Diagnostics
}

// judge tells a client that is gone from one whose credential is stale. 404 and 410 mean gone, 403 never does, and 401 means
// either (RFC 7592 §2.1): then the evidence decides, or the user's on_unauthorized where there is none.
func (m *manager) judge(ctx context.Context, err error, state object, b behaviour) verdict {
	var v verdict
	at := path.Root(attrURI)
	var de *dcr.Error
	if !errors.As(err, &de) {
		v.diags.AddAttributeError(at, "Client "+m.handle.ClientID+" not reached", paragraphs(exchange(err), likelyCause(err)))
		return v
	}
	switch {
	case de.Gone():
		v.gone = true
	case de.Unauthorized():
		return m.unauthorized(ctx, de, state, b)
	case de.NotSupported():
		v.diags.AddAttributeWarning(at, "Client "+m.handle.ClientID+" cannot be read here",
			paragraphs(exchange(err), "The server does not support this operation. The state is kept as it is, and changes made at the server stay unseen. Set refresh = \"never\" to silence this warning."))
	default:
		v.diags.AddAttributeError(at, "Client "+m.handle.ClientID+" not readable", paragraphs(exchange(err), likelyCause(err)))
	}
	return v
}

func (m *manager) unauthorized(ctx context.Context, refusal *dcr.Error, state object, b behaviour) verdict {
	var v verdict
	id := m.handle.ClientID
	if m.journal != nil {
		if deleted, err := m.journal.WasDeleted(ctx, id, m.handle.RegistrationClientURI); err == nil && deleted {
			v.gone = true
			return v
		}
	}
	evidence, told := m.evidence(ctx, state)
	if evidence == dcr.Undecided && !m.deletion.IsZero() {
		evidence, told = dcr.Gone, paragraphs(told, fmt.Sprintf("A deletion of it was sent on %s, and its answer never arrived or was never recorded, as when Terraform is killed.", m.deletion.UTC().Format(time.RFC3339)))
	}
	switch {
	case evidence == dcr.Gone:
		v.gone = true
		v.diags.AddWarning("Client "+id+" is gone", paragraphs(exchange(refusal), told, "It was removed from the state, so that the next apply registers it anew."))
	case evidence == dcr.Alive && m.byProvider():
		v.diags.AddError("Provider's credentials refused for client "+id,
			paragraphs(exchange(refusal), told, "So the client exists, and the credentials in the provider's configuration are wrong, or may not manage it.", m.howToHandIn()))
	case evidence == dcr.Alive:
		v.diags.AddAttributeError(path.Root(attrToken), "Registration access token of client "+id+" refused",
			paragraphs(exchange(refusal), told, "So the client exists and the token in the state is stale: another program may have rotated it, or an answer was lost.", m.howToHandIn()))
	case b.OnUnauthorized == unauthorizedRecreate:
		v.gone = true
		v.diags.AddWarning("Client "+id+" is taken as gone", paragraphs(exchange(refusal), told, "on_unauthorized is \"recreate\": it was removed from the state. Should it still exist, it is left behind at the server."))
	default:
		v.diags.AddAttributeError(path.Root(attrToken), "Client "+id+" is gone or its token is stale",
			paragraphs(exchange(refusal), told, "RFC 7592 gives both cases the same answer. If the client still exists: "+m.howToHandIn(),
				"If it was deleted: set on_unauthorized = \"recreate\" for one apply, or run `terraform state rm` on it."))
	}
	return v
}

func (m *manager) howToHandIn() string {
	if m.byProvider() {
		return "Check the provider's own credentials and their permission to manage clients."
	}
	return fmt.Sprintf("Have the server's administrator issue a new registration access token and set it on the provider: registration_access_tokens = { %q = \"…\" }. It is saved in the state by the next apply. "+
		"Where the server accepts an administrator's credential, management = \"provider_credentials\" does without the token.", m.handle.ClientID)
}

// evidence asks, with standard requests only, whether the client still exists.
func (m *manager) evidence(ctx context.Context, state object) (dcr.Evidence, string) {
	s := m.session
	t, problems := s.locate(ctx, m.place)
	if problems.HasError() {
		return dcr.Undecided, "Whether the client exists could not be looked into: the server's metadata was not found."
	}
	if t.Server == nil && t.Issuer != "" {
		if server, err := s.metadata(ctx, t.Issuer, t.own); err == nil {
			t.Server = server
		}
	}
	if t.Server == nil {
		return dcr.Undecided, "Whether the client exists could not be looked into: only the registration endpoint is known. With issuer set, the token endpoint can be asked."
	}
	registered := state.registered()
	// Normalized, because some servers show an array where a string belongs.
	text := func(member string) string {
		v, _ := metadata.Normalize(member, registered[member])
		word, _ := v.(string)
		return word
	}
	list := func(member string) []string {
		var out []string
		v, _ := metadata.Normalize(member, registered[member])
		values, _ := v.([]any)
		for _, v := range values {
			if w, ok := v.(string); ok {
				out = append(out, w)
			}
		}
		return out
	}
	return s.dcr.Probe(ctx, dcr.ProbeInput{
		TokenEndpoint:         t.Server.Endpoint("token_endpoint", s.mutualTLS()),
		AuthorizationEndpoint: t.Server.Endpoint("authorization_endpoint", false),
		ClientID:              m.handle.ClientID, ClientSecret: m.handle.ClientSecret,
		AuthMethod: text("token_endpoint_auth_method"), AuthAlgorithm: text("token_endpoint_auth_signing_alg"),
		SecretMayBeStale: m.secretMayBeStale(),
		RedirectURIs:     list("redirect_uris"), ResponseTypes: list("response_types"), Scope: text("scope"),
	})
}

// secretMayBeStale tells whether the known client secret may be another than the server's although the client lives: then its refusal at
// the token endpoint proves nothing. The question comes up when the registration access token was refused. Where the server was
// seen to leave that token alone, no lost answer and no other program's update explains its refusal, and so none can have
// replaced the secret unseen either.
func (m *manager) secretMayBeStale() bool {
	at := m.handle.ClientSecretExpiresAt
	if at != nil && *at != 0 && !time.Unix(*at, 0).After(m.session.now()) {
		return true
	}
	facts := m.record.Facts
	secretMoves := facts.SecretOnUpdate || facts.SecretOnRead == reconcile.SecretRotates
	tokenMoves := facts.TokenOnUpdate || facts.RotatesOnRead || !facts.UpdateSeen
	return secretMoves && tokenMoves
}
