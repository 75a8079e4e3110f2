// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// token is the token endpoint (RFC 6749 §3.2). It authenticates the client before it looks at anything else, so that
// its errors tell whether a client exists and its secret is good (§5.2).
func (s *Server) token(c *call) answer {
	if !isMediaType(c.r.Header, "application/x-www-form-urlencoded") {
		return errRequest("the body must be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return errRequest("the body is no form")
	}
	grant := form.Get("grant_type")
	if c.f.TokenChecksGrantFirst && grant != "client_credentials" {
		if slices.Contains(s.supportedValues("grant_types_supported"), grant) {
			return errGrant("grant")
		}
		return errGrantType(grant)
	}
	cl, refused := s.authenticate(c, form)
	if refused != nil {
		id, _, _, _ := credentials(c, form)
		return s.refusedClient(c, id, *refused)
	}
	for name, values := range form {
		if len(values) > 1 && name != "resource" && name != "audience" {
			return errRequest("the parameter %s occurs more than once", name)
		}
	}
	supported := s.supportedValues("grant_types_supported")
	switch {
	case grant == "":
		return errRequest("grant_type is missing")
	case len(supported) > 0 && !slices.Contains(supported, grant):
		return errGrantType(grant)
	case !slices.Contains(words(cl.metadata["grant_types"]), grant):
		return errUnauthorizedClient(grant)
	case grant == "client_credentials":
		return s.clientCredentials(cl, form.Get("scope"))
	case grant == "authorization_code" && form.Get("code") == "":
		return errRequest("code is missing")
	case grant == "refresh_token" && form.Get("refresh_token") == "":
		return errRequest("refresh_token is missing")
	}
	return errGrant("grant")
}

// refusedClient applies the faults of how a failed client authentication is answered.
func (s *Server) refusedClient(c *call, id string, a answer) answer {
	if a.status != http.StatusUnauthorized {
		return a
	}
	f := c.f.TokenEndpoint
	code, description := f.RefusalCode, f.RefusalDescription
	if s.clients[id] == nil {
		if f.UnknownCode != "" {
			code = f.UnknownCode
		}
		if f.UnknownDescription != "" {
			description = f.UnknownDescription
		}
	}
	if doc, ok := a.doc.(map[string]any); ok {
		if code != "" {
			doc["error"] = code
		}
		if description != "" {
			doc["error_description"] = description
		}
	}
	if status := c.f.InvalidClientStatus; status != 0 {
		a.status = status
	}
	return a
}

// clientCredentials issues an opaque token (RFC 6749 §4.4).
func (s *Server) clientCredentials(cl *client, scope string) answer {
	allowed := text(cl.metadata, "scope")
	if scope == "" {
		scope = allowed
	}
	for _, word := range strings.Fields(scope) {
		if allowed != "" && !slices.Contains(strings.Fields(allowed), word) {
			return errTokenScope(word)
		}
	}
	lifetime := s.AccessTokenLifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	token := s.mint("access-token")
	s.access[token] = accessToken{clientID: cl.id, scope: scope, expires: s.now().Add(lifetime)}
	doc := map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int64(lifetime / time.Second),
	}
	if scope != "" {
		doc["scope"] = scope
	}
	return jsonAnswer(http.StatusOK, doc)
}

// authenticate is client authentication by the method that the client is registered for, and no other (RFC 6749 §2.3,
// RFC 7523 §3, RFC 8705 §2).
func (s *Server) authenticate(c *call, form url.Values) (*client, *answer) {
	id, secret, method, refused := credentials(c, form)
	if refused != nil {
		return nil, refused
	}
	cl := s.clients[id]
	basic := method == "client_secret_basic"
	if cl == nil || cl.deleted || cl.disabled || cl.tenant != c.tenant {
		return nil, ptr(errClient(basic))
	}
	registered := text(cl.metadata, "token_endpoint_auth_method")
	if takes := c.f.TokenEndpoint.Takes; takes != "" && strings.HasPrefix(registered, "client_secret_") {
		registered = takes
	}
	if method == "" {
		switch registered {
		case "none":
			return cl, nil
		case "tls_client_auth", "self_signed_tls_client_auth":
			if c.r.TLS != nil && len(c.r.TLS.PeerCertificates) > 0 {
				return cl, nil
			}
		}
		return nil, ptr(errClient(false))
	}
	if method == "assertion" {
		if s.goodAssertion(c, cl, registered, form) {
			return cl, nil
		}
		return nil, ptr(errClient(false))
	}
	expired := !cl.secretExpires.IsZero() && !s.now().Before(cl.secretExpires)
	if method != registered || cl.secret == "" || !same(secret, cl.secret) || expired {
		return nil, ptr(errClient(basic))
	}
	return cl, nil
}

// credentials finds the client's id and how it authenticates; more than one way is an error (RFC 6749 §2.3).
func credentials(c *call, form url.Values) (id, secret, method string, refused *answer) {
	id = form.Get("client_id")
	ways := 0
	if form.Has("client_secret") {
		ways++
		secret, method = form.Get("client_secret"), "client_secret_post"
	}
	if form.Has("client_assertion") {
		ways++
		method = "assertion"
		subject := assertionSubject(form.Get("client_assertion"))
		if id != "" && id != subject {
			return "", "", "", ptr(errClient(false))
		}
		id = subject
	}
	if header := c.r.Header.Get("Authorization"); header != "" {
		ways++
		method = "client_secret_basic"
		user, password, ok := c.r.BasicAuth()
		// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
		name, err := url.QueryUnescape(user)
		word, err2 := url.QueryUnescape(password)
		if c.f.TokenEndpoint.PlainBasic {
			name, word, err, err2 = user, password, nil, nil
		}
		if !ok || err != nil || err2 != nil || id != "" && id != name {
			return "", "", "", ptr(errClient(true))
		}
		id, secret = name, word
	}
	if ways > 1 {
		return "", "", "", ptr(errRequest("the client authenticates in more than one way"))
	}
	return id, secret, method, nil
}

// userinfo is the UserInfo endpoint (OpenID Connect Core 1.0 §5.3) of a server where nobody has signed in: a request without a token is
// refused without a code (RFC 6750 §3.1). The metadata names the endpoint where Faults.MetadataMembers does.
func userinfo(c *call) answer {
	if c.r.Header.Get("Authorization") == "" {
		return answer{status: http.StatusUnauthorized, header: http.Header{"Www-Authenticate": {`Bearer realm="fakeop"`}}}
	}
	return errToken("the token is invalid or expired")
}
