// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"
)

// registrar decides whether a request may register a client. spend is called once the client is registered.
func (s *Server) registrar(c *call) (spend func(), refused *answer) {
	if refused := s.surroundings(c); refused != nil {
		return nil, refused
	}
	spend = func() {}
	if !s.needsCredential() {
		return spend, nil
	}
	scheme, credential, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if scheme == "Bearer" {
		if uses, known := s.InitialAccessTokens[credential]; known {
			if uses > 0 && s.spent[credential] >= uses {
				return nil, ptr(errToken("the initial access token is used up"))
			}
			return func() { s.spent[credential]++ }, nil
		}
	}
	ok, refused := s.administrator(c)
	switch {
	case ok:
		return spend, nil
	case refused != nil:
		return nil, refused
	case s.BasicUser != "" && scheme != "Bearer":
		return nil, ptr(errBasic())
	case scheme == "":
		return nil, ptr(errNoToken())
	}
	return nil, ptr(errToken("the token is unknown or expired"))
}

// needsCredential is whether registration is closed (RFC 7591 §3 allows open registration).
func (s *Server) needsCredential() bool {
	return len(s.InitialAccessTokens) > 0 || s.BasicUser != "" || s.RegistrationScope != ""
}

// surroundings checks what is needed beside a credential: the API key and the client certificate.
func (s *Server) surroundings(c *call) *answer {
	if s.APIKeyHeader != "" && !same(c.r.Header.Get(s.APIKeyHeader), s.APIKey) {
		return ptr(errAPIKey(s.APIKeyHeader))
	}
	if s.MTLSOnly && (c.r.TLS == nil || len(c.r.TLS.PeerCertificates) == 0) {
		return ptr(errCertificate())
	}
	return nil
}

// administrator recognizes AdminToken, the Basic credential and access tokens with RegistrationScope. A good access
// token without the scope is refused as such (RFC 6750 §3.1).
func (s *Server) administrator(c *call) (bool, *answer) {
	if user, password, ok := c.r.BasicAuth(); ok {
		return s.BasicUser != "" && same(user, s.BasicUser) && same(password, s.BasicPassword), nil
	}
	credential, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false, nil
	}
	if s.AdminToken != "" && same(credential, s.AdminToken) {
		return true, nil
	}
	access, known := s.access[credential]
	if s.RegistrationScope == "" || !known || !s.now().Before(access.expires) {
		return false, nil
	}
	if !slices.Contains(strings.Fields(access.scope), s.RegistrationScope) {
		return false, ptr(errScope(s.RegistrationScope))
	}
	return true, nil
}

// manager finds the client that a management request is about, and checks that it may be managed by whoever asks
// (RFC 7592 §2.1 to §2.3).
func (s *Server) manager(c *call) (*client, *answer) {
	cl, refused := s.managed(c)
	if refused == nil {
		c.before = cl.copied()
	}
	return cl, refused
}

// filtered is the refusal of a token before anything else is looked at.
func (s *Server) filtered(c *call) *answer {
	token, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !c.f.Credentials.BeforeRoutes || !bearer || !strings.HasPrefix(c.r.URL.Path+"/", s.IssuerPath+pathRegister+"/") {
		return nil
	}
	_, initial := s.InitialAccessTokens[token]
	if initial || s.owner(token) != nil {
		return nil
	}
	return s.refuseToken(c, "the token is unknown or revoked")
}

// managed is manager without the note of how the client was.
func (s *Server) managed(c *call) (*client, *answer) {
	if refused := s.surroundings(c); refused != nil {
		return nil, refused
	}
	header := c.r.Header.Get("Authorization")
	if header == "" {
		if status := c.f.MissingTokenStatus; status != 0 {
			return nil, ptr(errorAnswer(status, "invalid_request", "this request needs a bearer token"))
		}
		return nil, ptr(errNoToken())
	}
	if cl, refused, done := s.byAdministrator(c); done {
		return cl, refused
	}
	// The scheme's case is insisted on: RFC 9110 §11.1 would forgive it, some servers do not.
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return nil, s.refuseToken(c, "the Authorization header holds no bearer token")
	}
	owner := s.owner(token)
	switch {
	case owner == nil && s.graves[token] && c.f.GoneStatus != 0:
		return nil, ptr(errorAnswer(c.f.GoneStatus, "invalid_client", "there is no such client"))
	case owner == nil, owner.disabled:
		return nil, s.refuseToken(c, "the registration access token is unknown or revoked")
	case c.id != "" && owner.id != c.id || owner.tenant != c.tenant:
		if status := c.f.OtherClientStatus; status != 0 {
			return nil, ptr(errorAnswer(status, "insufficient_scope", "the token belongs to another client"))
		}
		owner.token = ""
		return nil, s.refuseToken(c, "the token belongs to another client and is revoked")
	case !owner.tokenExpires.IsZero() && !s.now().Before(owner.tokenExpires):
		return nil, s.refuseToken(c, "the registration access token is expired")
	case !s.currentURI(c, owner):
		return nil, s.refuseToken(c, "this is not the client configuration endpoint of the client")
	}
	return owner, nil
}

// byAdministrator serves a management request that shows an administrator's credential; done is false for any other.
func (s *Server) byAdministrator(c *call) (cl *client, refused *answer, done bool) {
	ok := s.AdminToken != "" && same(c.r.Header.Get("Authorization"), "Bearer "+s.AdminToken)
	if !ok && (s.RegistrationCredentialManages || s.Management == ManagementByCredential) {
		if ok, refused = s.administrator(c); refused != nil {
			return nil, refused, true
		}
		token, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
		if _, known := s.InitialAccessTokens[token]; bearer && known {
			ok = true
		}
	}
	if !ok {
		return nil, nil, false
	}
	cl = s.clients[c.id]
	if cl == nil || cl.tenant != c.tenant {
		if status := c.f.GoneStatus; status != 0 {
			return nil, ptr(errorAnswer(status, "invalid_client", "there is no such client")), true
		}
		// RFC 7592 §2.1 has 401 for a client that does not exist, whoever asks.
		return nil, ptr(errToken("there is no such client")), true
	}
	return cl, nil, true
}

// currentURI is whether the request came to the URI that the client was told last: RFC 7592 §3 has it used verbatim.
func (s *Server) currentURI(c *call, cl *client) bool {
	byPath := c.local != pathRegister
	if byPath != (s.ClientURI == URIPath) {
		return false
	}
	generation := c.r.URL.Query().Get("generation")
	return cl.generation == 0 && generation == "" || generation == itoa(cl.generation)
}

func (s *Server) refuseToken(c *call, description string) *answer {
	a := errToken(description)
	f := c.f.Credentials
	if f.GoodRefusals > 0 && s.refusals[c.id] < f.GoodRefusals {
		s.refusals[c.id]++
		return &a
	}
	if c.f.InvalidTokenStatus != 0 {
		a.status = c.f.InvalidTokenStatus
		a.header.Del("WWW-Authenticate")
	}
	if doc, ok := a.doc.(map[string]any); ok && f.InvalidTokenCode != "" {
		doc["error"] = f.InvalidTokenCode
	}
	if owner := s.clients[c.id]; f.RefusalRevokes && owner != nil {
		owner.token = ""
	}
	return &a
}

// owner is the client that a registration access token was issued to.
func (s *Server) owner(token string) *client {
	if token == "" {
		return nil
	}
	for _, id := range s.order {
		if same(s.clients[id].token, token) {
			return s.clients[id]
		}
	}
	return nil
}

// object checks the media type and reads the body (RFC 7591 §3.1: a JSON object as application/json).
func (c *call) object() (map[string]any, *answer) {
	if !isMediaType(c.r.Header, "application/json") {
		return nil, ptr(errMediaType("application/json"))
	}
	if len(c.body) > maxRequest {
		return nil, ptr(errTooLarge())
	}
	doc, err := decodeObject(c.body)
	if err != nil {
		return nil, ptr(errMetadata("the body is not a JSON object: %v", err))
	}
	return doc, nil
}

func isMediaType(header http.Header, want string) bool {
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), want)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func ptr[T any](value T) *T { return &value }

// seconds is a time as the standards have it: seconds since 1970, 0 for never.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
