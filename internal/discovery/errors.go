// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"fmt"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// Kind is why a search failed.
type Kind int

// The kinds of Error. What is said about each, and what to set instead, stands in package wording.
const (
	BadResource          Kind = iota // what was typed can be no WebFinger resource; nothing was sent
	BadIssuer                        // what was typed can be no issuer; nothing was sent
	DocumentAddress                  // what was typed is the address of the document of Named; nothing was sent
	BadAddress                       // the transport sends nothing to such an address
	NoIssuer                         // WebFinger was answered, and the answer names no issuer
	BadLink                          // WebFinger was answered, and its issuer is none
	NoDocument                       // no place of the metadata document has one
	CredentialsNeeded                // 401 or 403 without credentials
	CredentialsRefused               // 401 or 403 with credentials, or they could not be had
	CredentialsElsewhere             // 401 or 403 of another host, to which a redirect led
	IssuerMismatch                   // the metadata document is that of Named, another issuer than the one asked for
	Unavailable                      // no connection, TLS, a refused redirect, 429, 5xx, an answer that is too large
	TimedOut                         // the caller's own time ran out
	Canceled                         // the caller's context ended
)

// Step is one request of a search and what came back.
type Step struct {
	URL        string // what was asked for, with GET
	With       string // the credentials sent, as their Authorizer describes them (never the credentials), or ""
	Answer     string // what came back, in words; never the body itself
	Unanswered bool   // no answer came, and Answer says why
}

func (s Step) String() string {
	if s.With != "" {
		return fmt.Sprintf("GET %s with %s: %s", s.URL, s.With, s.Answer)
	}
	return fmt.Sprintf("GET %s: %s", s.URL, s.Answer)
}

// Error tells a failed search from end to end. It holds no credential and no body of an answer: what servers say is told
// in our own words, names of JSON members and media types excepted. It is shared by the callers of one search: treat it
// as read-only.
type Error struct {
	Kind   Kind
	Input  string // what was typed: a WebFinger resource or an issuer; passwords in it are redacted
	Steps  []Step // what was asked where and what came back, in order; empty if nothing was sent
	Reason string // what was found, as a clause without a full stop
	Err    error  // the transport's or the context's error, or nil

	Named    string // the issuer that the address or the document is of, with DocumentAddress and IssuerMismatch
	Asked    string // the issuer whose document was asked for, with IssuerMismatch
	Expected bool   // another issuer than Asked was expected there, with IssuerMismatch
	// InPart: Named or Asked is there without a password or the end of a long one, and so is for eyes only, with IssuerMismatch.
	InPart bool

	// Until is when the server asks to be asked again; zero where it does not say.
	Until time.Time

	// PlainHTTP is the address of a host of this machine that was asked over https in vain; empty for any other.
	PlainHTTP string

	// Fetched reports that the search ended with a document at hand that cannot be used: another issuer's, or one without an
	// issuer. A server that is still to be set up has none, so that this will not mend itself.
	Fetched bool
}

// Error is what was searched for and what was found.
func (e *Error) Error() string { return fmt.Sprintf("search for %s: %s", quote(e.Input), e.Reason) }

// Unwrap gives the transport's or the context's error.
func (e *Error) Unwrap() error { return e.Err }

// showURL is a typed or received URL for messages: whatever may be a password in its user part is redacted, and what the query has under the name of one.
func showURL(s string) string {
	before, query, has := strings.Cut(withoutPassword(s), "?")
	if !has {
		return before
	}
	return before + "?" + redact.Form(query)
}

// withoutPassword redacts what may be a password in the user part of a URL.
func withoutPassword(s string) string {
	prefix := hierarchical.FindString(s)
	if prefix == "" {
		prefix = opaque.FindString(s)
	}
	body := s[len(prefix):]
	colon, at := strings.Index(body, ":"), strings.LastIndex(body, "@")
	if colon < 0 || at < colon {
		return s
	}
	authority, _ := splitAuthority(body)
	user, host, _ := cutLast(authority, "@")
	if !strings.Contains(user, ":") {
		// host:8080/@joe is a port and a path; what has no such host is taken for a password with a "/" or "?" in it.
		if _, _, reason := checkHost(host); reason == "" {
			return s
		}
	}
	return prefix + body[:colon] + ":[redacted]" + body[at:]
}

// showRedirect is the address that a redirect led to, for messages: without its query, which may hold a session or a
// code, and without userinfo.
func showRedirect(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	return shorten(redact.Sentence(showURL(s))) // the server chose it, and it may be a session's
}
