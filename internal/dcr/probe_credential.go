// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"net/http"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// CredentialTestimony is what a registration endpoint says of a credential.
type CredentialTestimony int

// The testimonies. CredentialNotAsked is the zero value.
const (
	CredentialNotAsked CredentialTestimony = iota
	CredentialUntold                       // the answers with and without it do not tell, or did not come
	CredentialGood                         // without it, and with one that nobody has, the endpoint refuses who asks, with it only what is asked
	CredentialBad                          // with it the endpoint refuses who asks, as without
)

// AskCredential asks the registration endpoint whether it accepts a credential, so that a refusal at a client's own URI can
// be told from a refusal of the credential. The caller has made sure that the credential is for this endpoint.
//
// It sends a GET, with the credential and without. A registration endpoint takes only POST (RFC 7591 §3), and GET is safe
// by definition (RFC 9110 §9.2.1), so that it can register nothing. A POST with an empty or a broken body would be answered
// by more servers, but some of them take either for a document without members, which RFC 7591 §2 allows, and register a
// client. Where a server answers 405 before it looks at the credential, nothing is told, and nothing was risked.
func (c *Client) AskCredential(ctx context.Context, endpoint string, auth transport.Authorizer) CredentialTestimony {
	if endpoint == "" || auth == nil {
		return CredentialNotAsked
	}
	p := &probe{c: c}
	ask := func(auth transport.Authorizer) *Error {
		answer, failed := p.do(ctx, transport.Request{Method: http.MethodGet, URL: endpoint, Accept: "application/json", Auth: auth})
		if failed != "" {
			return &Error{}
		}
		return exchange{operation: Register, url: endpoint}.refusal(answer, "")
	}
	without := ask(transport.NoAuth()).Status
	if without != http.StatusUnauthorized && without != http.StatusForbidden {
		return CredentialUntold
	}
	testimony := ask(auth).ofCredential()
	if testimony != CredentialGood {
		return testimony
	}
	unknown := ask(transport.Unknown(auth))
	if unknown.Status != http.StatusForbidden && unknown.ofCredential() != CredentialBad {
		return CredentialUntold // what answers may look for a credential, and not at it, as a gateway does that wants the header alone
	}
	return CredentialGood
}

// ofCredential is what an answer to a request with a credential says of that, where the same without one is refused for having none.
func (e *Error) ofCredential() CredentialTestimony {
	switch {
	case e.Status == http.StatusUnauthorized, (e.Status == http.StatusForbidden || e.Status == http.StatusBadRequest) && e.AboutToken():
		return CredentialBad
	case e.Status == 0, e.Status == http.StatusForbidden, e.Status >= 300 && e.Status <= 399:
		// A 403 may be about the operation, and a redirect leads to a login page with any credential.
		return CredentialUntold
	}
	switch code := strings.ToLower(e.Code); {
	case callerCodes[code], code == "unauthorized", code == "unauthenticated":
		return CredentialUntold // which may be about who asks, whatever the status
	case e.Status == http.StatusRequestTimeout, e.Status == http.StatusProxyAuthRequired:
		return CredentialUntold // which is about the moment, or of what stands before the server; of 429 and 5xx there is no answer
	}
	return CredentialGood
}
