// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// AnswersApart reports whether the server answers for other addresses in another way than it refused a client at its own. What has lost the
// server, as a gateway that restarts and has no routes yet, answers alike whatever it is asked for.
//
// The other addresses are the registration endpoint and one below the client's own, which nobody has. They are asked for with a GET, which
// changes nothing (RFC 9110 §9.2.1), and with a token that nobody issued, so that they differ in the address alone from a request with a token
// that is not known any more. Each is asked for twice, by turns with nothing else: of two replicas of a gateway, one may have its routes already.
func (c *Client) AnswersApart(ctx context.Context, in ProbeInput, registrationEndpoint string) bool {
	if in.ClientURI == "" || in.Refusal.Status == 0 {
		return false
	}
	p := &probe{c: c, in: in}
	token := transport.Bearer(randomSecret())
	for _, address := range addressesBeside(in.ClientURI, registrationEndpoint) {
		first, second := p.get(ctx, address, token), p.get(ctx, address, token)
		if first.failed == "" && second.failed == "" && first.same(second) && first.body == second.body && !in.Refusal.sameAs(first) {
			return true
		}
	}
	return false
}

// addressesBeside are those that are asked for beside a client's own URI, at its origin.
func addressesBeside(clientURI, registrationEndpoint string) []string {
	var out []string
	if origin.Same(clientURI, registrationEndpoint) && !origin.SameURL(clientURI, registrationEndpoint) {
		out = append(out, registrationEndpoint)
	}
	if below, err := url.Parse(clientURI); err == nil {
		below.RawQuery = ""
		below.Path, below.RawPath = strings.TrimSuffix(below.Path, "/")+"/"+rand.Text(), ""
		out = append(out, below.String())
	}
	return out
}

// LikeBefore reports whether the client's own URI gave the same answer before.
func (r Refusal) LikeBefore(before Refusal) bool {
	return r.Status == before.Status && r.Code == before.Code && r.Body == before.Body
}

// sameAs reports whether another address was answered alike. Descriptions are not compared: they may name the address.
func (r Refusal) sameAs(other reply) bool {
	return r.Status == other.status && r.Code == other.code && r.Body == other.body
}
