// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// AnswersApart reports whether the server answers for another address in another way than it refused a client at its own. What has lost the
// server, as a gateway that restarts and has no routes yet, answers alike whatever it is asked for; and one that guards the addresses of clients, and cannot
// look tokens up any more, whatever it is asked for there. So what an address beside these is answered tells nothing.
//
// The other address is one below the client's own, which nobody has. It is asked for with a GET, which changes nothing (RFC 9110 §9.2.1), and with a
// token that nobody issued, so that it differs in the address alone from a request with a token that is not known any more. It is asked for twice, by
// turns with nothing else: of two replicas of a gateway, one may have its routes already. A server that looks at the token before the address refuses both
// alike, as such a gateway does. Only a token that is good would tell the two, and there is none.
//
// Where clients differ in the query alone, the registration endpoint has their very address, and tells, too. It says nothing of an address at which nothing
// is: registration may go on where management was switched off.
func (c *Client) AnswersApart(ctx context.Context, in ProbeInput, registrationEndpoint string) bool {
	below := addressBelow(in.ClientURI)
	if below == "" || in.Refusal.Status == 0 {
		return false
	}
	addresses := []string{below}
	if differInQuery(in.ClientURI, registrationEndpoint) && !in.Refusal.missing() {
		addresses = append(addresses, registrationEndpoint)
	}
	p, token := &probe{c: c, in: in}, transport.Bearer(randomSecret())
	for _, address := range addresses {
		if other, ok := p.twice(ctx, address, token); ok && !in.Refusal.sameAs(other) {
			return true
		}
	}
	return false
}

// differInQuery reports whether a client's own URI is the registration endpoint but for the query.
func differInQuery(clientURI, registrationEndpoint string) bool {
	own, err := url.Parse(clientURI)
	if err != nil || origin.SameURL(clientURI, registrationEndpoint) {
		return false
	}
	endpoint, err := url.Parse(registrationEndpoint)
	if err != nil {
		return false
	}
	own.RawQuery, endpoint.RawQuery = "", ""
	return origin.SameURL(own.String(), endpoint.String())
}

// twice asks for an address two times in a row. ok: it was answered alike.
func (p *probe) twice(ctx context.Context, address string, auth transport.Authorizer) (first reply, ok bool) {
	first, second := p.get(ctx, address, auth), p.get(ctx, address, auth)
	return first, first.failed == "" && second.failed == "" && first.formed(second)
}

// formed reports whether two answers are alike but for their descriptions, which may name the address or the request.
func (r reply) formed(other reply) bool { return r.same(other) && r.body == other.body }

// addressBelow is one below a client's own URI, which nobody has.
func addressBelow(clientURI string) string {
	below, err := url.Parse(clientURI)
	if err != nil || clientURI == "" {
		return ""
	}
	below.RawQuery = ""
	below.Path, below.RawPath = strings.TrimSuffix(below.Path, "/")+"/"+rand.Text(), ""
	return below.String()
}

// missing reports whether the answer says that there is nothing at the address.
func (r Refusal) missing() bool {
	return r.Status == http.StatusNotFound || r.Status == http.StatusGone
}

// LikeBefore reports whether the client's own URI gave the same answer before.
func (r Refusal) LikeBefore(before Refusal) bool {
	return r.Status == before.Status && r.Code == before.Code && r.Body == before.Body
}

// sameAs reports whether another address was answered alike. Descriptions are not compared: they may name the address.
func (r Refusal) sameAs(other reply) bool {
	return r.Status == other.status && r.Code == other.code && r.Body == other.body
}
