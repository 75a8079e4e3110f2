// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Authentication is what a token endpoint says of one client secret.
type Authentication int

// What it says. Untold is the zero value.
const (
	AuthenticationUntold Authentication = iota
	Authenticates
	AuthenticationRefused
)

// Authenticate asks the token endpoint which of several secrets authenticates the client, with an authorization code that
// cannot be valid, as for Witnesses. Each answer is compared with the one for a secret that is certainly wrong, of the same
// client: the same refusal means that the secret is wrong; no refusal, where the wrong one is refused, that it is right.
// Anything else tells nothing. in.ClientSecret is not used.
func (c *Client) Authenticate(ctx context.Context, in ProbeInput, secrets ...secret.String) []Authentication {
	out := make([]Authentication, len(secrets))
	if in.ClientID == "" || in.TokenEndpoint == "" || in.AuthMethod == "none" {
		return out
	}
	p := &probe{c: c, in: in}
	wrong := map[string]reply{}
	for i, s := range secrets {
		methods := tokenMethods(in, s)
		refusals := 0
		for _, method := range methods {
			if _, asked := wrong[method]; !asked {
				wrong[method] = p.token(ctx, method, in.ClientID, randomSecret())
			}
			switch authentication(p.token(ctx, method, in.ClientID, s), wrong[method]) {
			case Authenticates:
				out[i] = Authenticates
			case AuthenticationRefused:
				refusals++
			}
			if out[i] == Authenticates {
				break
			}
		}
		if out[i] != Authenticates && refusals == len(methods) && refusals > 0 {
			out[i] = AuthenticationRefused
		}
	}
	return out
}

func authentication(own, wrong reply) Authentication {
	switch {
	case own.failed != "" || wrong.failed != "" || !wrong.refuses():
		return AuthenticationUntold
	case own.refuses() && own.same(wrong) && own.words == wrong.words:
		return AuthenticationRefused
	case own.refuses(), own.status != http.StatusBadRequest && own.status != http.StatusForbidden, own.code == "":
		// Refused in another way, as a locked client may be; or no error of a token endpoint's (RFC 6749 §5.2).
		return AuthenticationUntold
	}
	return Authenticates
}
