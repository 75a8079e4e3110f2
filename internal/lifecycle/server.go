// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package lifecycle is the life of one client at one authorization server: register, adopt, read, update and deregister it, with
// what is saved when. It knows no Terraform: it takes what a state holds of a client as arguments, hands out what to save, and
// returns Problems, which are values without wording.
//
// What is sent, kept or called a substitution is decided in package reconcile; what goes over the wire is in packages dcr and
// discovery. Each operation can be read from top to bottom in one file.
package lifecycle

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Server is what one provider configuration works with: its connection pool, its discovery cache and its journal, shared by all
// of its clients. A client may name another server than the configuration does.
type Server struct {
	settings  Settings
	clock     Clock
	log       Log
	transport *transport.Client
	dcr       *dcr.Client
	finder    *discovery.Finder

	journalOnce sync.Once
	journal     *journal.Journal
	journalErr  error

	tokenMu      sync.Mutex
	tokenSources map[string]transport.Authorizer // client credentials, by token endpoint

	scrubber      secret.Scrubber
	rotating      sync.Map // client configuration endpoint of a client whose reads rotate its credentials → reconcile.Facts
	importTokenAt sync.Map // "" → the URI at which the import token was tried
	unlocatable   sync.Map // Place of a server that a plan has not found → *Problem, nil where the apply may find it

	failures sync.Map // reason why a plan fails → client_id of the first client that it fails for

	claimed  sync.Map // clientKey of a client that a resource of this run has → true
	refusals sync.Map // clientKey → refusal: what the last read of a client came to, where it did not show it

	originsMu sync.Mutex
	origins   map[string]bool // of the registration endpoints that the provider's own credentials are for
}

// Log receives the lines of the transport, with all known credentials replaced.
type Log func(ctx context.Context, message string, fields map[string]any)

// NewServer makes a Server. It contacts nothing.
func NewServer(settings Settings, clock Clock, log Log) (*Server, *Problem) {
	s := &Server{settings: settings, clock: clock.orReal(), log: log, tokenSources: map[string]transport.Authorizer{}, origins: map[string]bool{}}
	options := settings.Transport
	options.HeaderOrigins, options.Log = s.isOwnOrigin, s.trace
	if clock.After != nil {
		options.Sleep, options.Now = clock.sleep, s.clock.Now
	}
	s.scrubber.Add(settings.credentials()...)
	t, err := transport.New(options)
	if err != nil {
		return nil, &Problem{Kind: UnusableConnection, Err: err}
	}
	if settings.Management == ManagementProvider && !settings.unknown("client_certificate", "client_certificate_file") && !s.UnknownCredentials() && !s.hasCredentials(Target{}) {
		t.Close()
		return nil, &Problem{Kind: NoManagementCredentials, Attribute: "management"}
	}
	s.transport, s.dcr, s.finder = t, dcr.New(t, s.clock.Now), discovery.New(t)
	// acct:joe@localhost:8080 names no scheme; a person who allows plain http means it for a local server, too.
	s.finder.InsecureLoopback = settings.Transport.AllowInsecureHTTP
	return s, nil
}

// Close releases connections and the journal in order.
func (s *Server) Close() {
	// Using up the once keeps a journal closed that was never opened.
	s.journalOnce.Do(func() {})
	if s.journal != nil {
		_ = s.journal.Close()
	}
	s.transport.Close()
}

// Settings returns the configuration. It must not be changed.
func (s *Server) Settings() *Settings { return &s.settings }

// Now is the time by the server's clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Scrub replaces every credential that this server has come across.
func (s *Server) Scrub(text string) string { return s.scrubber.Scrub(text) }

func (s *Server) trace(ctx context.Context, message string, fields map[string]any) {
	if s.log == nil {
		return
	}
	for name, v := range fields {
		switch v.(type) {
		case string, error, fmt.Stringer:
			fields[name] = scrubbed{v, &s.scrubber}
		}
	}
	s.log(ctx, message, fields)
}

// scrubbed is a log field whose credentials are replaced when it is printed, because most fields never are.
type scrubbed struct {
	value    any
	scrubber *secret.Scrubber
}

func (f scrubbed) String() string               { return f.scrubber.Scrub(fmt.Sprint(f.value)) }
func (f scrubbed) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Place is what a client's configuration says itself about its server; empty for the provider's server.
type Place struct{ Issuer, RegistrationEndpoint string }

func (p Place) isEmpty() bool { return p == Place{} }

// Target is an authorization server that was located.
type Target struct {
	RegistrationEndpoint string // empty where the server publishes none
	Issuer               string
	Metadata             *discovery.ServerMetadata // nil where the registration endpoint was given by hand
	own                  bool                      // named by the client's configuration, not by the provider's
}

// UnknownServer reports whether the server is configured by values that are not known yet.
func (s *Server) UnknownServer(p Place) bool {
	return p.isEmpty() && s.settings.unknown("issuer", "registration_endpoint", "webfinger_resource", "expected_issuer")
}

// UnknownConnection reports whether connecting depends on values that are not known yet.
func (s *Server) UnknownConnection() bool {
	return s.settings.unknown("ca_certificate", "ca_certificate_file", "ca_certificate_only", "client_certificate", "client_certificate_file",
		"client_key", "client_key_file", "proxy_url", "insecure_skip_verify", "allow_insecure_http", "headers")
}

// identify names the server of a place without any request.
func (s *Server) identify(p Place) string {
	for _, name := range []string{p.RegistrationEndpoint, p.Issuer, s.settings.RegistrationEndpoint, s.settings.Issuer} {
		if name != "" {
			return name
		}
	}
	return s.settings.WebFingerResource
}

// CheckPlace returns what is wrong with the URLs of a client's own server, so that a plan can refuse them: an apply would find out
// half-way. Whether plain http is allowed may not be known yet.
func (s *Server) CheckPlace(p Place) []Problem {
	if s.UnknownConnection() {
		return nil
	}
	return s.checkURLs(p.Issuer, p.RegistrationEndpoint)
}

func (s *Server) checkURLs(issuer, endpoint string) (problems []Problem) {
	for _, u := range []struct{ attribute, value string }{{"issuer", issuer}, {"registration_endpoint", endpoint}} {
		if u.value == "" {
			continue
		}
		if err := s.checkURL(u.value); err != nil {
			problems = append(problems, Problem{Kind: UnusableURL, Attribute: u.attribute, Err: err})
		}
	}
	return problems
}

func (s *Server) checkURL(url string) error {
	return transport.CheckURL(url, s.settings.Transport.AllowInsecureHTTP)
}

// Locate finds the server, by discovery where that is needed. Each discovery is done once in a process. The registration
// endpoint may come back empty: what that means is the caller's decision.
func (s *Server) Locate(ctx context.Context, p Place) (Target, *Problem) {
	issuer, endpoint, own := p.Issuer, p.RegistrationEndpoint, !p.isEmpty()
	if !own {
		issuer, endpoint = s.settings.Issuer, s.settings.RegistrationEndpoint
	}
	switch {
	case issuer == "" && endpoint == "" && s.settings.WebFingerResource != "":
		_, document, err := s.discover(ctx, s.settings.WebFingerResource)
		if err != nil {
			return Target{}, &Problem{Kind: NotDiscovered, Err: err}
		}
		return s.discovered(document, false), nil
	case issuer == "" && endpoint == "" && s.UnknownServer(p):
		return Target{}, &Problem{Kind: ServerNotKnownYet}
	case issuer == "" && endpoint == "":
		return Target{}, &Problem{Kind: NoServer}
	}
	if problems := s.checkURLs(issuer, endpoint); len(problems) > 0 {
		return Target{}, &problems[0]
	}
	if issuer == "" || endpoint != "" {
		// An endpoint given by hand is used as it is: nothing is discovered for it, also where an issuer stands beside it,
		// until something needs the metadata.
		out := Target{RegistrationEndpoint: endpoint, Issuer: issuer, own: own}
		s.learnOrigin(out)
		return out, nil
	}
	document, err := s.metadata(ctx, issuer, own)
	if err != nil {
		return Target{}, &Problem{Kind: NotDiscovered, Err: err}
	}
	out := s.discovered(document, own)
	out.Issuer = issuer
	return out, nil
}

func (s *Server) discovered(document *discovery.ServerMetadata, own bool) Target {
	out := Target{Issuer: document.Issuer, Metadata: document, own: own, RegistrationEndpoint: s.Endpoint(document, "registration_endpoint")}
	s.learnOrigin(out)
	return out
}

// Endpoint returns a server's endpoint, or its alias for mutual TLS (RFC 8705 §5) where a client certificate is configured.
func (s *Server) Endpoint(document *discovery.ServerMetadata, name string) string {
	return document.Endpoint(name, s.mutualTLS())
}

// withMetadata completes a target by the metadata of its issuer, where an issuer is known. A target without is returned as it is.
func (s *Server) withMetadata(ctx context.Context, t Target) (Target, error) {
	if t.Metadata != nil || t.Issuer == "" {
		return t, nil
	}
	document, err := s.metadata(ctx, t.Issuer, t.own)
	t.Metadata = document
	return t, err
}

// LookUp finds the metadata of any server: of a resource by WebFinger, of an issuer, or, with both empty, of the configured one.
func (s *Server) LookUp(ctx context.Context, resource, issuer string) (*discovery.WebFingerResult, *discovery.ServerMetadata, *Problem) {
	if resource == "" && issuer == "" {
		if issuer = s.settings.Issuer; issuer == "" {
			resource = s.settings.WebFingerResource
		}
	}
	var found *discovery.WebFingerResult
	var document *discovery.ServerMetadata
	var err error
	switch {
	case resource != "":
		found, document, err = s.discover(ctx, resource)
	case issuer != "":
		document, err = s.metadata(ctx, issuer, issuer != s.settings.Issuer)
	case s.UnknownServer(Place{}):
		return nil, nil, &Problem{Kind: ServerNotKnownYet}
	default:
		return nil, nil, &Problem{Kind: NothingToDiscover}
	}
	if err != nil {
		return nil, nil, &Problem{Kind: NotDiscovered, Err: err}
	}
	return found, document, nil
}

// discover goes from what a person would type to the metadata document.
func (s *Server) discover(ctx context.Context, resource string) (*discovery.WebFingerResult, *discovery.ServerMetadata, error) {
	request := discovery.DiscoverRequest{Input: resource, Auth: s.webFingerAuth(resource)}
	if resource == s.settings.WebFingerResource {
		request.ExpectedIssuer = s.settings.ExpectedIssuer
	}
	return s.finder.Discover(ctx, request)
}

func (s *Server) metadata(ctx context.Context, issuer string, own bool) (*discovery.ServerMetadata, error) {
	return s.finder.Metadata(ctx, s.metadataRequest(issuer, own))
}

func (s *Server) metadataRequest(issuer string, own bool) discovery.MetadataRequest {
	request := discovery.MetadataRequest{Issuer: issuer}
	if !own || issuer == s.settings.Issuer {
		request.ExpectedIssuer, request.Auth = s.settings.ExpectedIssuer, s.discoveryAuth()
	}
	return request
}
