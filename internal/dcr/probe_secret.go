// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"net/http"
	"slices"

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

// Authenticate asks the token endpoint which of several secrets authenticates the client, with an authorization code that cannot be valid, as
// for Witnesses. in.ClientSecret is not used. A refusal means that a secret is wrong, and an error of another kind that it is right, where the two
// are seen beside each other. Anything else tells nothing.
//
// Some servers lock a client, or no longer answer, after a few wrong secrets. So the first secret, which is the one that is most likely right, is
// asked about last, and a secret that is certainly wrong is shown only where the others are all refused, or all accepted, and not alike. The ways that a
// server may take beside the one that it shows are tried only where each secret is refused in that one.
func (c *Client) Authenticate(ctx context.Context, in ProbeInput, secrets ...secret.String) []Authentication {
	out := make([]Authentication, len(secrets))
	if in.ClientID == "" || in.TokenEndpoint == "" || in.AuthMethod == "none" {
		return out
	}
	t := &trial{probe: &probe{c: c, in: in}, secrets: secrets, out: out, asked: make([]int, len(secrets)), refused: make([]int, len(secrets))}
	t.inWays(ctx, func(s secret.String) []string { return tokenMethods(in, s) }, false)
	if t.conclude(); slices.Contains(out, AuthenticationRefused) && !slices.Contains(out, Authenticates) {
		clear(out)
		t.probe.byServer = true
		t.inWays(ctx, func(s secret.String) []string { return otherMethods(in, s, t.probe.ahead != 0) }, true)
		t.conclude()
	}
	return out
}

// trial is of several secrets in several ways to authenticate.
type trial struct {
	probe          *probe
	secrets        []secret.String
	out            []Authentication
	asked, refused []int // in how many ways each was shown, and refused
}

// inWays shows the secrets in the ways that each may be shown in. others: these are not the ones that the server says it takes, so that no refusal is needed in
// them, while it takes an answer.
func (t *trial) inWays(ctx context.Context, ways func(secret.String) []string, others bool) {
	for _, method := range []string{"client_secret_basic", basicPlain, "client_secret_post", "client_secret_jwt", issuerAssertion, typedAssertion} {
		if method != basicPlain && slices.Contains(t.out, Authenticates) {
			return // this is how the client authenticates
		}
		replies := map[int]reply{}
		for i, s := range slices.Backward(t.secrets) {
			if t.out[i] != Authenticates && slices.Contains(ways(s), method) {
				replies[i] = t.probe.token(ctx, method, t.probe.in.ClientID, s)
				if !others || replies[i].failed != "" {
					t.asked[i]++
				}
			}
		}
		for i, said := range t.probe.compared(ctx, method, t.secrets, replies) {
			switch {
			case said == Authenticates:
				t.out[i] = Authenticates
			case said == AuthenticationRefused && !others:
				t.refused[i]++
			}
		}
	}
}

// conclude has refused what was refused in each way that it was shown in.
func (t *trial) conclude() {
	for i := range t.secrets {
		if t.out[i] != Authenticates && t.asked[i] > 0 && t.refused[i] == t.asked[i] {
			t.out[i] = AuthenticationRefused
		}
	}
}

// compared says what the replies to several secrets mean that were shown in one way.
func (p *probe) compared(ctx context.Context, method string, secrets []secret.String, replies map[int]reply) map[int]Authentication {
	var first reply
	accepted, refused, alike := 0, 0, len(replies) > 1
	for i := range secrets {
		own, shown := replies[i]
		switch {
		case !shown:
			continue
		case own.accepts():
			accepted++
		case own.refuses():
			refused++
		}
		if accepted+refused == 1 && first.status == 0 {
			first = own
		}
		alike = alike && own.equal(first)
	}
	out := map[int]Authentication{}
	wrong := first
	switch {
	case accepted == 0 && refused == 0:
		return out
	case accepted > 0 && refused > 0, refused > 0 && alike:
	default:
		wrong = p.token(ctx, method, p.in.ClientID, randomSecret())
		if wrong.failed != "" || !wrong.refuses() {
			return out
		}
	}
	for i, own := range replies {
		switch {
		case own.accepts() && (accepted == 1 || alike) && (i == 0 || p.token(ctx, method, p.in.ClientID, secrets[i]).equal(own)):
			// Another one than the known is asked about twice: one wrong answer must not have it take the known one's place.
			out[i] = Authenticates
		case own.failed == "" && own.refuses() && (accepted > 0 || own.equal(wrong)):
			out[i] = AuthenticationRefused // else in another way, as a locked client may be
		}
	}
	return out
}

// aboutTheGrant are the errors of a token endpoint (RFC 6749 §5.2) that a client gets which is authenticated. Others may be about the moment, as one
// that asks to slow down.
var aboutTheGrant = map[string]bool{
	"invalid_request": true, "invalid_grant": true, "unauthorized_client": true, "unsupported_grant_type": true, "invalid_scope": true,
}

// accepts reports whether a reply is one to a client that is authenticated, if the secret was looked at.
func (r reply) accepts() bool {
	return r.failed == "" && !r.refuses() && (r.status == http.StatusBadRequest || r.status == http.StatusForbidden) && aboutTheGrant[r.code]
}
