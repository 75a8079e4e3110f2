// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package fakeop is an OAuth 2.0 authorization server and OpenID Provider for tests and the demo: Dynamic Client
// Registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0), its management (RFC 7592), discovery
// (OpenID Connect Discovery 1.0, RFC 8414, RFC 7033) and as much of the token and authorization endpoints as a
// registration client can observe.
//
// The zero value is strict and correct: it refuses whatever a specification lets a server refuse. Each way in which
// servers in the field differ is one documented field, of [Server] where it is a choice, of [Faults] where it is a
// misbehaviour. Everything is deterministic: identifiers come from counters and a seed, the clock is a field.
//
// It shares no code with the client side, so that a misreading of a specification cannot be made on both sides at once.
package fakeop

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// TB is what [Server.Start] needs of a testing.TB. It is spelled out so that the demo does not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Epoch is what the clock of a server without a Clock shows: 2026-01-01T00:00:00Z, for ever.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Server is an authorization server on a free loopback port. Set its fields, then call Start or Serve; afterwards the
// fields are read only, except through methods. A Server is used once and must not be copied.
type Server struct {
	// Host is the name or address in all URLs. "" is 127.0.0.1; "localhost" is the other useful value.
	Host string
	// IssuerPath is the path of the issuer, "" or "/like/this". The endpoints are below it.
	IssuerPath string
	// Tenants are the paths of further issuers at the same origin, each with its own endpoints and clients.
	Tenants []string
	// Seed goes into every identifier, credential and key, so that two servers with different seeds share none. Two
	// servers with the same seed accept each other's credentials and have the same certificate authority.
	Seed string
	// Clock is the server's clock; nil stands still at Epoch. It decides client_id_issued_at and every expiry.
	Clock func() time.Time

	// TLS serves https with a certificate of the server's own authority, see CACertificate.
	TLS bool
	// TLSNames are further DNS names and IP addresses of the certificate, beside 127.0.0.1, ::1 and localhost.
	TLSNames []string
	// RequireClientCertificate ends the handshake unless the client shows a certificate of CACertificate's authority,
	// see ClientCertificate. Needs TLS.
	RequireClientCertificate bool
	// MTLSAliases opens a second port that requires a client certificate and names its endpoints in
	// mtls_endpoint_aliases (RFC 8705 §5). Needs TLS.
	MTLSAliases bool
	// MTLSOnly has registration and management answer 401 to calls that come without a client certificate.
	MTLSOnly bool

	// InitialAccessTokens, if not empty, are needed for registration (RFC 7591 §3): each with the number of clients
	// that it is good for, 0 for any number. A refused request spends nothing.
	InitialAccessTokens map[string]int
	// BasicUser and BasicPassword, if set, authorize registration by HTTP Basic.
	BasicUser, BasicPassword string
	// APIKeyHeader and APIKey, if set, must be on every registration and management request, beside what else is needed.
	APIKeyHeader, APIKey string
	// RegistrationScope, if set, authorizes registration by an access token with this scope from the token endpoint,
	// see AddClient; a token without it is a 403 insufficient_scope.
	RegistrationScope string

	// Management is what a registered client may do with itself.
	Management Management
	// ClientURI is the form of registration_client_uri.
	ClientURI ClientURIForm
	// AdminToken, if set, is accepted for registration and for the management of every client.
	AdminToken string
	// RegistrationCredentialManages accepts for the management of every client what is accepted for registration.
	// ManagementByCredential implies it.
	RegistrationCredentialManages bool

	// Supported replaces lists of the server's metadata ("grant_types_supported" and so on), which also decide what
	// may be registered. An empty list leaves it out of the metadata and allows every value.
	Supported map[string][]string
	// ResponseTypesAlone takes response types without the grants that they need (RFC 7591 §2.1), and registers code where none are named.
	ResponseTypesAlone bool
	// Extensions are members beyond the standards' that this server knows and registers as they are.
	Extensions []string
	// SecretLifetime is how long a client secret lives; 0 is for ever. Whole seconds.
	SecretLifetime time.Duration
	// TokenLifetime is how long a registration access token lives; 0 is for ever, as RFC 7592 §5 recommends.
	TokenLifetime time.Duration
	// ClientLifetime is how long a client lives; 0 is for ever. One that is older is gone, whoever asks.
	ClientLifetime time.Duration
	// AccessTokenLifetime is how long an access token of the token endpoint lives; 0 is one hour.
	AccessTokenLifetime time.Duration
	// ApprovedSoftware, if not nil, are the software_ids whose software statements are accepted.
	ApprovedSoftware []string
	// Accounts, if not nil, are the only user parts that WebFinger knows ("joe" of acct:joe@host).
	Accounts []string
	// Resources are WebFinger resources beyond this server's own host, each with the issuer that it leads to.
	Resources map[string]string
	// ClientID, if set, names the n-th client (from 1): a test of identifiers that need percent-encoding.
	ClientID func(n int) string
	// Secret, if set, makes the n-th client secret (from 1): a test of characters that encodings treat differently.
	Secret func(n int) string
	// Token, if set, makes the n-th registration access token (from 1): a test of tokens that say something themselves.
	Token func(n int) string
	// RateLimit refuses some of the registration and management requests.
	RateLimit RateLimit

	// Faults are the misbehaviours from the start. While the server runs, use SetFaults or EditFaults.
	Faults Faults
	// Before, if set, runs ahead of each request's processing, After between the processing and the answer, both
	// without a lock, so that they may block or call the server's methods. See OperationOf.
	Before, After func(*http.Request)

	Recorder

	mu           sync.Mutex
	faults       Faults
	clients      map[string]*client
	order        []string
	graves       map[string]bool // registration access tokens of clients that are gone
	access       map[string]accessToken
	spent        map[string]int // of InitialAccessTokens
	counters     map[string]int
	forced       map[Operation][]Answer
	calls        map[Operation][]int // requests that each CallFault of an operation saw
	struck       map[Operation]int   // see Struck
	processed    map[Operation]int   // requests that were processed since the faults were set
	last         *write              // the last change of a client
	refusals     map[string]int      // of tokens, by client, see CredentialFaults
	posted       int                 // clients that were ever registered
	limited      int                 // requests counted by RateLimit
	limitedUntil time.Time           // end of a RateLimit with Hold
	gate         chan struct{}       // closed by Release
	held         chan struct{}       // told of each answer that begins to wait, if set
	base, mtls   string              // origins
	closed       chan struct{}
	servers      []*http.Server
	ports        []*port
	running      sync.WaitGroup
}

// Management is what a registered client may do with itself.
type Management int

const (
	// ManagementFull is RFC 7592: a registration access token and a client configuration URI.
	ManagementFull Management = iota
	// ManagementOff issues neither and has no client configuration endpoint.
	ManagementOff
	// ManagementNoToken issues the URI only. Its endpoint accepts an administrator's credential at most.
	ManagementNoToken
	// ManagementByCredential issues neither, and manages {registration_endpoint}/{client_id} for whoever shows what
	// registration needs.
	ManagementByCredential
)

// ClientURIForm is the form of registration_client_uri. RFC 7592 §2 leaves it to the server.
type ClientURIForm int

const (
	// URIPath is {registration_endpoint}/{client_id}.
	URIPath ClientURIForm = iota
	// URIQuery is {registration_endpoint}?client_id={client_id}.
	URIQuery
	// URIEndpoint is the registration endpoint itself: the token alone tells which client is meant.
	URIEndpoint
)

// RateLimit refuses registration and management requests with 429.
type RateLimit struct {
	// Nth is the first request to be refused, counted from 1; 0 refuses none. ResetLog starts counting anew.
	Nth int
	// Refused is how many requests are refused in a row; 0 is one.
	Refused int
	// RetryAfter is what the answer asks for, in whole seconds.
	RetryAfter time.Duration
	// HTTPDate asks in the header's other form, a date by the server's clock (RFC 9110 §10.2.3).
	HTTPDate bool
	// Header is the header's name; "" is Retry-After.
	Header string
	// NoHeader leaves the header out.
	NoHeader bool
	// Status is the answer's status; 0 is 429.
	Status int
	// Hold refuses all that comes before the announced time by the server's clock, which then must move.
	Hold bool
}

// Start serves until the test ends and returns the origin, like http://127.0.0.1:40123.
func (s *Server) Start(tb TB) string {
	tb.Helper()
	base, err := s.Serve()
	if err != nil {
		tb.Fatalf("fakeop: %v", err)
	}
	tb.Cleanup(s.Close)
	return base
}

// Serve starts the server and returns its origin. The caller ends it with Close.
func (s *Server) Serve() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed != nil {
		return "", errors.New("this server was started before")
	}
	if !s.TLS && (s.RequireClientCertificate || s.MTLSAliases) {
		return "", errors.New("client certificates need TLS")
	}
	s.closed = make(chan struct{})
	s.gate = make(chan struct{})
	s.faults = s.Faults
	s.clients = map[string]*client{}
	s.graves = map[string]bool{}
	s.access = map[string]accessToken{}
	s.spent = map[string]int{}
	s.counters = map[string]int{}
	s.refusals, s.struck = map[string]int{}, map[Operation]int{}
	s.calls, s.processed = map[Operation][]int{}, map[Operation]int{}
	if s.forced == nil {
		s.forced = map[Operation][]Answer{}
	}
	var err error
	if s.base, err = s.listen(s.RequireClientCertificate); err != nil {
		return "", err
	}
	if s.MTLSAliases {
		if s.mtls, err = s.listen(true); err != nil {
			return "", err
		}
	}
	return s.base, nil
}

// listen opens one port and returns its origin.
func (s *Server) listen(clientCertificate bool) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on loopback: %w", err)
	}
	host := s.Host
	if host == "" {
		host = "127.0.0.1"
	}
	number := listener.Addr().(*net.TCPAddr).Port
	scheme := "http"
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.Connected()
			}
		},
	}
	if s.TLS {
		scheme = "https"
		server.TLSConfig = Authority{Seed: s.Seed}.Server(s.TLSNames, clientCertificate)
	}
	origin := fmt.Sprintf("%s://%s:%d", scheme, host, number)
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, origin) })
	s.servers = append(s.servers, server)
	opened := &port{server: server, address: listener.Addr().String(), listener: listener}
	s.ports = append(s.ports, opened)
	s.accept(opened)
	return origin, nil
}

// Close ends the server and every request in it, and waits for them. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed == nil {
		s.closed = make(chan struct{})
	}
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	servers := s.servers
	s.mu.Unlock()
	for _, server := range servers {
		_ = server.Close()
	}
	s.running.Wait()
}

// URL is the server's origin, like http://127.0.0.1:40123.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// MTLSURL is the origin of the port that MTLSAliases opens.
func (s *Server) MTLSURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mtls
}

// Issuer is the issuer: the origin and IssuerPath.
func (s *Server) Issuer() string { return s.URL() + s.IssuerPath }

// TenantIssuer is the issuer of one of Tenants.
func (s *Server) TenantIssuer(path string) string { return s.URL() + path }

// RegistrationEndpoint is the issuer's registration endpoint.
func (s *Server) RegistrationEndpoint() string { return s.Issuer() + pathRegister }

// TokenEndpoint is the issuer's token endpoint.
func (s *Server) TokenEndpoint() string { return s.Issuer() + pathToken }

// AuthorizationEndpoint is the issuer's authorization endpoint.
func (s *Server) AuthorizationEndpoint() string { return s.Issuer() + pathAuthorize }

// issuerPaths are all the issuers' paths, the longest first, so that a tenant below IssuerPath is found.
func (s *Server) issuerPaths() []string {
	paths := append([]string{s.IssuerPath}, s.Tenants...)
	for i := range paths {
		for j := i + 1; j < len(paths); j++ {
			if len(strings.Trim(paths[j], "/")) > len(strings.Trim(paths[i], "/")) {
				paths[i], paths[j] = paths[j], paths[i]
			}
		}
	}
	return paths
}

// now is the server's clock.
func (s *Server) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return Epoch
}
