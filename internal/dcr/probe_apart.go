// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"path"
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
//
// The registration endpoint says nothing of an address at which nothing is: registration may go on where management was switched off.
func (c *Client) AnswersApart(ctx context.Context, in ProbeInput, registrationEndpoint string) bool {
	below := addressBelow(in.ClientURI)
	if below == "" || in.Refusal.Status == 0 {
		return false
	}
	p, token := &probe{c: c, in: in}, transport.Bearer(randomSecret())
	if beside := origin.Same(in.ClientURI, registrationEndpoint) && !origin.SameURL(in.ClientURI, registrationEndpoint); beside && !in.Refusal.missing() {
		if other, ok := p.twice(ctx, registrationEndpoint, token); ok && !in.Refusal.sameAs(other) {
			return true
		}
	}
	refused, ok := p.twice(ctx, below, token)
	return ok && (!in.Refusal.sameAs(refused) || !in.Refusal.missing() && p.looksAtTokens(ctx, below, refused, registrationEndpoint))
}

// looksAtTokens reports whether the addresses of clients are answered alike because the server looks at the token first, as behind a filter of its own
// framework: without a token, such an address is answered in another way. A gateway may look at tokens, too, but then for whatever it is asked for: an
// address that is none of clients has to be answered in another way to the same token.
func (p *probe) looksAtTokens(ctx context.Context, below string, refused reply, registrationEndpoint string) bool {
	without, ok := p.twice(ctx, below, transport.NoAuth())
	if !ok || without.formed(refused) {
		return false
	}
	token := transport.Bearer(randomSecret())
	for _, address := range addressesOutside(p.in.ClientURI, registrationEndpoint) {
		if other, ok := p.twice(ctx, address, token); ok && !p.in.Refusal.sameAs(other) {
			return true
		}
	}
	return false
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

// addressesOutside are some of the same origin that are neither the registration endpoint nor below it, and which nobody has: one beside it, and one at
// the root.
func addressesOutside(clientURI, registrationEndpoint string) []string {
	endpoint, err := url.Parse(registrationEndpoint)
	if err != nil || !origin.Same(clientURI, registrationEndpoint) {
		return nil
	}
	endpoint.RawQuery, endpoint.RawPath = "", ""
	parent, last := path.Split(strings.TrimSuffix(endpoint.Path, "/"))
	if last == "" {
		return nil
	}
	endpoint.Path = parent + rand.Text()
	out := []string{endpoint.String()}
	if parent != "/" {
		endpoint.Path = "/" + rand.Text()
		out = append(out, endpoint.String())
	}
	return out
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
