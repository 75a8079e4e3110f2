// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package wso2 is a contract server: it behaves as the registration API (DCR v1.1), discovery, WebFinger and token
// endpoint of one release of WSO2 Identity Server do, as read from that release's source and documentation. That API is
// older than RFC 7592 and departs from it in almost every point: the caller's own credential manages, answers name no URI
// and no token, an update merges, and most errors have no body. What differs between releases is in release.go and in the
// table of members.go; a server is always one release and never a mixture.
//
// It shares the request log and the certificate authority with package fakeop, and nothing else.
package wso2

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// SuperTenant is the tenant whose URLs have no /t/{tenant}.
const SuperTenant = "carbon.super"

// DefaultNamePattern is what a client_name must match unless NamePattern says otherwise.
const DefaultNamePattern = "^[a-zA-Z0-9._-]*$"

// Server is such a server on a free loopback port. Its zero value is release 7.3 as shipped, with plain HTTP, the
// administrator admin with the password admin. Set its fields before Start or Serve; a Server is used once and must not
// be copied.
type Server struct {
	// Release is the release, 0 is Release73.
	Release Release

	// AdminUser and AdminPassword are the administrator's; "" is admin. In a tenant the name is followed by @tenant.
	AdminUser, AdminPassword string
	// Administrators are further administrators of each tenant and their passwords. Each may register, and manage what it registered.
	Administrators map[string]string
	// Users are further users of each tenant and their passwords, who may not call the API: 403 with a body.
	Users map[string]string
	// BearerOnly refuses HTTP Basic at the API, as Asgardeo does.
	BearerOnly bool
	// Tenants are the domains of tenants beside SuperTenant.
	Tenants []string
	// Organizations are the identifiers of the organizations below each tenant.
	Organizations map[string][]string
	// NamePattern is the regular expression for client_name; "" is DefaultNamePattern.
	NamePattern string

	// TLS serves https with a certificate of CACertificate's authority, TLSNames are its further names.
	TLS      bool
	TLSNames []string
	// Seed goes into all identifiers and credentials, and into the certificate authority.
	Seed string
	// Clock is the server's clock; nil stands still at fakeop.Epoch.
	Clock func() time.Time

	// OlderInstallation shows two and more redirect URIs as one pattern in ReleaseNext too, where it was updated from an
	// earlier release.
	OlderInstallation bool
	// HashSecrets stores client secrets as hashes. A registration's answer has the secret, reads have it only while it is
	// cached, until ForgetSecrets.
	HashSecrets bool
	// ReturnNullFields returns null for what a client has not, instead of leaving it out.
	ReturnNullFields bool
	// OldRegistrationEndpoint has the metadata name the older API also where the release names the present one.
	OldRegistrationEndpoint bool
	// OlderDiscovery has WebFinger lead to .../oauth2/oidcdiscovery, whose document names the issuer .../oauth2/token.
	OlderDiscovery bool
	// ShortIssuer has the issuer without /oauth2/token, as the FAPI 2 profile does. EntityID replaces the issuer by any
	// string, as the setting useEntityIDAsIssuer does.
	ShortIssuer bool
	EntityID    string

	// OpenRegistration asks for no credential at registration (authenticationRequired=false), since 7.1; management
	// needs one still. MandateStatement wants a software statement in each registration, which is verified only where
	// StatementKeys are set (ssaJwks).
	OpenRegistration, MandateStatement bool
	StatementKeys                      *jose.JSONWebKeySet

	// Before, if set, runs ahead of each request's processing, After between the processing and the answer.
	Before, After func(*http.Request)

	fakeop.Recorder

	mu      sync.Mutex
	pattern *regexp.Regexp
	clients []*client
	tokens  map[string]accessToken
	forced  map[fakeop.Operation][]answer
	counter map[string]int
	base    string
	closed  bool
	server  *http.Server
	running sync.WaitGroup
}

// Start serves until the test ends and returns the origin, like http://127.0.0.1:40123.
func (s *Server) Start(tb fakeop.TB) string {
	tb.Helper()
	base, err := s.Serve()
	if err != nil {
		tb.Fatalf("wso2: %v", err)
	}
	tb.Cleanup(s.Close)
	return base
}

// Serve starts the server and returns its origin. The caller ends it with Close.
func (s *Server) Serve() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil || s.closed {
		return "", errors.New("this server was started before")
	}
	if s.Release == 0 {
		s.Release = Release73
	}
	if (s.OpenRegistration || s.MandateStatement) && !s.Release.statements() || len(s.Organizations) > 0 && !s.Release.organizations() {
		return "", fmt.Errorf("release %s has no open registration, no software statements or no organizations", s.Release)
	}
	var err error
	if s.pattern, err = regexp.Compile(or(s.NamePattern, DefaultNamePattern)); err != nil {
		return "", fmt.Errorf("NamePattern: %w", err)
	}
	s.tokens, s.counter = map[string]accessToken{}, map[string]int{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on loopback: %w", err)
	}
	s.server = &http.Server{
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		Handler:           http.HandlerFunc(s.serve),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.Connected()
			}
		},
	}
	scheme := "http"
	serve := func() error { return s.server.Serve(listener) }
	if s.TLS {
		scheme = "https"
		s.server.TLSConfig = fakeop.Authority{Seed: s.Seed}.Server(s.TLSNames, false)
		serve = func() error { return s.server.ServeTLS(listener, "", "") }
	}
	s.base = scheme + "://" + listener.Addr().String()
	s.running.Go(func() { _ = serve() })
	return s.base, nil
}

// Close ends the server and waits for its requests. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	server := s.server
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	s.running.Wait()
}

// CACertificate is the PEM of the authority that signed the server's certificate.
func (s *Server) CACertificate() []byte { return fakeop.Authority{Seed: s.Seed}.PEM() }

// URL is the server's origin.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// A place is where applications live: the name of a tenant, "" being SuperTenant, or what Organization makes.

// Organization is the place of an organization below a tenant ("" is SuperTenant).
func Organization(tenant, id string) string { return or(tenant, SuperTenant) + organizationPart + id }

const organizationPart = "/o/"

func isOrganization(place string) bool { return strings.Contains(place, organizationPart) }

// PlaceURL is the beginning of a place's URLs: the origin, and /t/{tenant} but for SuperTenant.
func (s *Server) PlaceURL(place string) string { return s.URL() + placePath(place) }

// Issuer is the issuer of a place as its metadata document names it.
func (s *Server) Issuer(place string) string { return s.issuer(s.URL(), place) }

func (s *Server) issuer(base, place string) string {
	switch {
	case s.EntityID != "":
		return s.EntityID
	case s.ShortIssuer:
		return base + placePath(place)
	}
	return base + placePath(place) + pathToken
}

// TokenEndpoint is the token endpoint of a place.
func (s *Server) TokenEndpoint(place string) string { return s.PlaceURL(place) + pathToken }

// RegistrationEndpoint is the registration endpoint of a place.
func (s *Server) RegistrationEndpoint(place string) string { return s.PlaceURL(place) + pathRegister }

// ForceStatus answers the next requests of an operation with an empty body under these statuses, one each.
func (s *Server) ForceStatus(op fakeop.Operation, statuses ...int) {
	for _, status := range statuses {
		s.ForceAnswer(op, status, "", "")
	}
}

// ForceAnswer answers the next request of an operation, and processes nothing, as something in front of the server does.
func (s *Server) ForceAnswer(op fakeop.Operation, status int, mediaType, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forced == nil {
		s.forced = map[fakeop.Operation][]answer{}
	}
	a := answer{status: status, text: body}
	if mediaType != "" {
		a.header = http.Header{"Content-Type": {mediaType}}
	}
	s.forced[op] = append(s.forced[op], a)
}

// Paths below a tenant's URL.
const (
	pathRegister      = "/api/identity/oauth2/dcr/v1.1/register"
	pathOldRegister   = "/api/identity/oauth2/dcr/v1.0/register"
	pathToken         = "/oauth2/token"
	pathAuthorize     = "/oauth2/authorize"
	pathOIDCDiscovery = "/oauth2/oidcdiscovery"
	wellKnown         = "/.well-known/openid-configuration"
	webFingerPath     = "/.well-known/webfinger"
)

func placePath(place string) string {
	if place == "" || place == SuperTenant {
		return ""
	}
	return "/t/" + place
}

// call is one request, routed.
type call struct {
	r     *http.Request
	op    fakeop.Operation
	place string
	id    string // of the client
	allow []string
	body  []byte
	// old says that the older registration API was called, behind which there is nothing.
	old bool
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	c := s.route(r)
	c.body = body
	entry := s.Arrived(r, c.op, c.id, body, s.now())
	defer s.Left()
	if s.Before != nil {
		s.Before(r)
	}
	a := s.process(c)
	out := a.body()
	for name, values := range a.header {
		w.Header()[name] = values
	}
	s.Answered(entry, a.status, w.Header(), out)
	if s.After != nil {
		s.After(r)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(out)
}

// begin counts the request among those that Close waits for, unless Close was called.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// route finds the place and the operation. An unknown place has no endpoints.
func (s *Server) route(r *http.Request) *call {
	c := &call{r: r, op: fakeop.OpOther, place: SuperTenant}
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		tenant, local, _ := strings.Cut(rest, "/")
		if tenant != SuperTenant && !slices.Contains(s.Tenants, tenant) {
			return c
		}
		c.place, path = tenant, "/"+local
		if rest, ok := strings.CutPrefix(path, organizationPart); ok {
			id, local, _ := strings.Cut(rest, "/")
			if !slices.Contains(s.Organizations[tenant], id) {
				return c
			}
			c.place, path = Organization(tenant, id), "/"+local
		}
	}
	switch path {
	case webFingerPath:
		c.op, c.allow = fakeop.OpWebFinger, []string{"GET"}
	case pathOldRegister:
		c.old = true
	case pathToken:
		c.op, c.allow = fakeop.OpToken, []string{"POST"}
	case pathAuthorize:
		c.op, c.allow = fakeop.OpAuthorize, []string{"GET", "POST"}
	case pathRegister:
		c.op, c.allow = fakeop.OpRegister, []string{"POST", "GET"}
		if r.Method == http.MethodGet {
			c.op = fakeop.OpRead
		}
	case pathToken + wellKnown, pathOIDCDiscovery + wellKnown, wellKnown:
		c.op, c.allow = fakeop.OpMetadata, []string{"GET"}
	default:
		if escaped, ok := strings.CutPrefix(path, pathRegister+"/"); ok && !strings.Contains(escaped, "/") {
			c.id, _ = url.PathUnescape(escaped)
			c.allow = []string{"GET", "PUT", "DELETE"}
			c.op = map[string]fakeop.Operation{"PUT": fakeop.OpUpdate, "DELETE": fakeop.OpDelete}[r.Method]
			if c.op == "" {
				c.op = fakeop.OpRead
			}
		}
	}
	return c
}

// process answers a request, as one atomic step.
func (s *Server) process(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if queue := s.forced[c.op]; len(queue) > 0 {
		s.forced[c.op] = queue[1:]
		return queue[0]
	}
	if c.allow != nil && !slices.Contains(c.allow, c.r.Method) {
		return answer{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {strings.Join(c.allow, ", ")}}}
	}
	switch c.op {
	case fakeop.OpRegister:
		return s.register(c)
	case fakeop.OpRead:
		return s.read(c)
	case fakeop.OpUpdate:
		return s.update(c)
	case fakeop.OpDelete:
		return s.remove(c)
	case fakeop.OpToken:
		return s.token(c)
	case fakeop.OpAuthorize:
		return s.authorize(c)
	case fakeop.OpMetadata:
		return s.metadata(c)
	case fakeop.OpWebFinger:
		return s.webFinger(c)
	}
	if c.old {
		if _, refused := s.permitted(c); refused != nil && refused.status == http.StatusUnauthorized {
			return *refused
		}
	}
	return page(http.StatusNotFound)
}

func (s *Server) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return fakeop.Epoch
}

// mint makes the next identifier or credential of a kind, 28 characters like the product's.
func (s *Server) mint(kind string) string {
	s.counter[kind]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", s.Seed, kind, s.counter[kind]))
	return fmt.Sprintf("%s_%s", kind, hex.EncodeToString(sum[:]))[:28]
}
