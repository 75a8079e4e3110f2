// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// assertions are those of one client for one token endpoint. The endpoint is the audience that OpenID Connect Core §9 names; servers of the FAPI 2.0 Security
// Profile and of RFC 7523bis take the issuer alone, some of them only in an assertion with a type of its own, and many others know neither. No metadata say
// which it is, so that each is tried, the next one where the client is refused in one, until one is taken. They go to the token endpoint and nowhere else.
type assertions struct {
	key                *AssertionKey
	clientID, endpoint string
	// issuer is that of the server whose token endpoint it is, or "". An assertion for another one would let this server pass for the client there.
	issuer func(context.Context) string

	audience string // of the form in use; "" is the endpoint
	typed    bool   // the form in use has the type
	taken    bool   // the form in use was taken
	refused  *TokenError
}

// sign makes an assertion in the form in use.
func (s *assertions) sign(c *Client) (secret.String, error) {
	audience := s.audience
	if audience == "" {
		audience = s.endpoint
	}
	if s.typed {
		return s.key.SignTyped(s.clientID, audience, c.now())
	}
	return s.key.Sign(s.clientID, audience, c.now())
}

// settle says what comes of a request for a token: another one, with an assertion in the next form, or its error. The error of a client that is refused in
// all forms is the first one, which is that of the form that most servers take.
func (s *assertions) settle(ctx context.Context, err error) (again bool, _ error) {
	failed, ok := errors.AsType[*TokenError](err)
	switch {
	case err == nil:
		s.taken = true
		return false, nil
	case s.taken || !ok || !failed.mayRefuseAssertion():
		return false, err
	case s.refused == nil:
		failed.Audiences[0] = failed.URL
		s.refused = failed
	}
	if s.audience != "" {
		again, s.typed = !s.typed, true
		return again, s.refused
	}
	if s.audience = s.issuer(ctx); s.audience == "" {
		return false, s.refused
	}
	refused := *s.refused // the other one may have been told
	refused.Audiences[1] = legible.Bounded(redact.URL(s.audience), maxShownURL)
	s.refused = &refused
	return true, nil
}
