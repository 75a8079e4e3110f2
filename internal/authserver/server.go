// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
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
	workspace []string // where Terraform runs, see Fingerprint
	finder    *discovery.Finder
	again     *discovery.Finder // finds a document for the second time, where one is not to be believed

	// DCR makes the requests of RFC 7591 and RFC 7592.
	DCR *dcr.Client

	journalOnce sync.Once
	journal     *journal.Journal
	journalErr  error

	tokenMu      sync.Mutex
	tokenSources map[grantSource]transport.Authorizer // client credentials

	requests requests

	scrubber    redact.Scrubber
	reads       knownReads
	unlocatable sync.Map // Place of a server that a plan has not found → notLocated

	failures sync.Map // reason why a plan fails → client_id of the first client that it fails for

	marked atomic.Int64 // the last mark that was given (Mark)

	pauseMu    sync.Mutex
	pauseBegan time.Time // of the last pause for replicas that was made whole

	said sync.Map // words of an error without its client → client_id of the first client that it was told of

	holders  holders
	leavers  leavers
	refusals sync.Map // clientKey → Refusal: what the last read of a client came to, where it did not show it

	wasRead sync.Map // clientKey of a client that was refreshed → true

	originsMu sync.Mutex
	origins   map[string]bool // of the registration endpoints that the provider's own credentials are for
}

// grantSource is where the provider's own tokens come from: a token endpoint, and the issuer whose metadata name it, or "" where it is given by hand.
type grantSource struct{ tokenEndpoint, issuer string }

// Log receives the lines of the transport, with all known credentials replaced.
type Log func(ctx context.Context, message string, fields map[string]any)

// Place is what a client's configuration says itself about its server; empty for the provider's server.
type Place struct{ Issuer, RegistrationEndpoint string }

// IsEmpty reports whether the place is the provider's server.
func (p Place) IsEmpty() bool { return p == Place{} }

// Target is an authorization server that was located.
type Target struct {
	RegistrationEndpoint string // empty where the server publishes none
	Issuer               string
	Metadata             *discovery.ServerMetadata // nil where the registration endpoint was given by hand
	Own                  bool                      // named by the client's configuration, not by the provider's
	Foreign              bool                      // another server than the provider's own, whose credentials are not for it
	Doubt                error                     // why it is not known whether it is Foreign, which it counts as
}

// Settings returns the configuration. It must not be changed.
func (s *Server) Settings() *Settings { return &s.settings }

// Now is the time by the server's clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

// markSpread is by how much a mark is late at most, in nanoseconds: for much less time than there is between an object and one that follows it.
const markSpread = 1 << 16

// markDelay is by how much each mark of this process is late. Two machines that share a journal or a state share no process ID by which they could be told apart: in containers, most
// are 1 or a little more.
var markDelay = drawMarkDelay()

func drawMarkDelay() int64 { return rand.Int64N(markSpread) } //nolint:gosec // tells objects apart, keeps no secret

// Mark gives the time in nanoseconds since 1970 as what tells one object from another one. A clock may move in steps of milliseconds, in which several
// clients are registered at once: by this process, and by those of other configurations of the provider, each of which is late by something of its own.
func (s *Server) Mark() int64 {
	for {
		last := s.marked.Load()
		if next := max(s.clock.Now().UnixNano()+markDelay, last+1); s.marked.CompareAndSwap(last, next) {
			return next
		}
	}
}

// Sleep waits by the server's clock, or returns the context's error where that ends first.
func (s *Server) Sleep(ctx context.Context, d time.Duration) error { return s.clock.sleep(ctx, d) }

// Transport returns the client that all requests of this server go through.
func (s *Server) Transport() *transport.Client { return s.transport }

// Hide tells Scrub of credentials.
func (s *Server) Hide(credentials ...secret.String) { s.scrubber.Add(credentials...) }

// Keep tells Scrub of what names clients, which stays where a credential has it in it.
func (s *Server) Keep(names ...string) { s.scrubber.Keep(names...) }

// hide has a client's credentials replaced in what is told, and not what names it: a token may have the client_id in it.
func (s *Server) hide(h reconcile.Handle, unproven []secret.String) {
	s.Keep(h.ClientID, h.RegistrationClientURI)
	s.Hide(h.RegistrationAccessToken, h.ClientSecret)
	s.Hide(unproven...)
}

// HideSensitive has the values of sensitive parameters replaced in what is told: a server may repeat them in an answer to a request that has none.
func (s *Server) HideSensitive(documents ...metadata.Document) {
	for _, p := range metadata.All() {
		for _, document := range documents {
			if p.Sensitive {
				s.Hide(secret.New(metadata.Text(document, p.Name)))
			}
		}
	}
}

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
	scrubber *redact.Scrubber
}

func (f scrubbed) String() string               { return f.scrubber.Scrub(fmt.Sprint(f.value)) }
func (f scrubbed) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnknownServer reports whether the server is configured by values that are not known yet.
func (s *Server) UnknownServer(p Place) bool {
	return p.IsEmpty() && s.settings.unknown("issuer", "registration_endpoint", "webfinger_resource", "expected_issuer")
}

// UnknownConnection reports whether connecting depends on values that are not known yet.
func (s *Server) UnknownConnection() bool {
	return s.unknownTransport() || s.settings.unknown("allow_insecure_http")
}

// UnknownConnectionTo is UnknownConnection for what is sent to these addresses alone: whether plain http is allowed decides nothing at any other.
func (s *Server) UnknownConnectionTo(urls ...string) bool {
	return s.unknownTransport() || s.settings.unknown("allow_insecure_http") && slices.ContainsFunc(urls, func(url string) bool {
		return url != "" && transport.CheckURL(url, true) == nil && transport.CheckURL(url, false) != nil
	})
}

func (s *Server) unknownTransport() bool {
	return s.settings.unknown("ca_certificate", "ca_certificate_file", "ca_certificate_only", "client_certificate", "client_certificate_file",
		"client_key", "client_key_file", "proxy_url", "insecure_skip_verify", "headers")
}

// UnknownJournal reports whether the token journal depends on values that are not known yet. It may have newer credentials than a state, and
// nothing else keeps those that a read brings, so that no client is read.
func (s *Server) UnknownJournal() bool { return s.settings.unknown("token_journal") }

// identify names the server of a place without any request.
func (s *Server) identify(p Place) string {
	for _, name := range []string{p.RegistrationEndpoint, p.Issuer, s.settings.RegistrationEndpoint, s.settings.Issuer} {
		if name != "" {
			return name
		}
	}
	return s.settings.WebFingerResource
}

// NoteRead keeps for this run that a client was refreshed, also where nothing was sent for it.
func (s *Server) NoteRead(p Place, clientID string) {
	s.wasRead.Store(clientKey{s.identify(p), clientID}, true)
}

// WasRead reports whether a client was refreshed in this run.
func (s *Server) WasRead(p Place, clientID string) bool {
	_, was := s.wasRead.Load(clientKey{s.identify(p), clientID})
	return was
}

// CheckPlace returns what is wrong with the URLs of a client's own server, so that a plan can refuse them: an apply would find out
// half-way. Whether plain http is allowed may not be known yet.
func (s *Server) CheckPlace(p Place) []outcome.Problem {
	if s.UnknownConnection() {
		return nil
	}
	return s.checkURLs(p.Issuer, p.RegistrationEndpoint)
}

func (s *Server) checkURLs(issuer, endpoint string) (problems []outcome.Problem) {
	for _, u := range []struct{ attribute, value string }{{"issuer", issuer}, {"registration_endpoint", endpoint}} {
		if u.value == "" {
			continue
		}
		if err := s.CheckURL(u.value); err != nil {
			problems = append(problems, outcome.Problem{Kind: outcome.UnusableURL, Attribute: u.attribute, Err: err})
		}
	}
	return problems
}

// CheckURL returns why nothing is sent to a URL, or nil.
func (s *Server) CheckURL(url string) error {
	return transport.CheckURL(url, s.settings.Transport.AllowInsecureHTTP)
}

// openJournal returns the token journal, or nil where none is configured. It is opened at first use, so that a validate or a plan
// without clients creates no file.
func (s *Server) openJournal() (*journal.Journal, error) {
	if s.settings.Journal == nil {
		return nil, nil
	}
	s.journalOnce.Do(func() {
		options := journal.Options{Path: s.settings.Journal.Path, Recipients: s.settings.Journal.Recipients, Identities: s.settings.Journal.Identity, Now: s.clock.Now, LockTimeout: s.settings.Journal.Wait}
		if s.settings.Journal.Launched {
			options.Launcher = journal.Parent()
		}
		s.journal, s.journalErr = journal.Open(options)
	})
	return s.journal, s.journalErr
}
