// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"fmt"
	"strings"
)

// Kind says what sort of trouble an Error is.
type Kind int

// The kinds of Error.
const (
	BadInput          Kind = iota // what was typed can't be used; nothing was sent
	NoIssuer                      // WebFinger was answered, without an issuer that can be used
	NoDocument                    // no place of the metadata document has one
	CredentialsNeeded             // 401 or 403, without credentials or with those that were given
	IssuerMismatch                // a metadata document of another issuer than the one asked for
	Unavailable                   // no connection, TLS, a refused redirect, 429, 5xx, an answer that is too large
	Canceled                      // the caller's context ended
)

// Step is one request of a search and what came back.
type Step struct {
	URL    string // what was asked for, with GET
	With   string // the credentials sent, as their Authorizer describes them (never the credentials), or ""
	Answer string // what came back, in words; never the body itself
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
	Reason string // why the search failed, without a full stop
	Advice string // what to set instead, in whole sentences that name attributes
	Err    error  // the transport's or the context's error, or nil

	// Fetched reports that the search ended with a document at hand that cannot be used: another issuer's, or one without an
	// issuer. A server that is still to be set up has none, so that this will not mend itself.
	Fetched bool
}

// Summary is one line that names the kind of failure.
func (e *Error) Summary() string {
	switch e.Kind {
	case BadInput:
		return "Not usable for discovery"
	case NoIssuer:
		return "WebFinger found no issuer"
	case NoDocument:
		return "No authorization server metadata found"
	case CredentialsNeeded:
		return "Discovery needs credentials"
	case IssuerMismatch:
		return "The metadata document names another issuer"
	case Canceled:
		return "Discovery was interrupted"
	default:
		return "Discovery failed"
	}
}

// Detail tells the chain: what was typed, why it failed, what was asked where with which answer, what to set instead.
func (e *Error) Detail() string {
	var b strings.Builder
	fmt.Fprintf(&b, "For %s: %s.\n", quote(e.Input), e.Reason)
	if len(e.Steps) == 0 {
		b.WriteString("Nothing was sent.\n")
	}
	for i, step := range e.Steps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, step)
	}
	b.WriteString(e.Advice)
	return strings.TrimRight(b.String(), "\n")
}

// Error is the summary and the detail.
func (e *Error) Error() string { return e.Summary() + "\n" + e.Detail() }

// Unwrap gives the transport's or the context's error.
func (e *Error) Unwrap() error { return e.Err }

// What to set instead, by what went wrong. The attributes are the provider's.
const (
	adviceInput = "Set webfinger_resource to an e-mail address, a host, host:port or an https URL; or set issuer or " +
		"registration_endpoint, which need no WebFinger."
	adviceIssuer = "Set issuer to the https URL that the server calls its issuer, without query and fragment; or set " +
		"registration_endpoint, which needs no discovery."
	adviceNoIssuer = "Set issuer instead of webfinger_resource where the server's issuer is known (many servers have no " +
		"WebFinger), or registration_endpoint where its registration endpoint is."
	adviceHref = "The WebFinger answer has to be mended at the server; until then set issuer, or registration_endpoint, " +
		"instead of webfinger_resource."
	adviceNoDocument = "Compare issuer with the server's own documentation, its path and terminating slash too; or set " +
		"registration_endpoint, which needs no discovery."
	adviceCredentials = "Set basic_auth, which is sent to a host that asks for it if the provider's own configuration names " +
		"that host; or set issuer instead of webfinger_resource, or registration_endpoint, which needs no discovery."
	adviceRefused = "The credentials that were sent (basic_auth) don't serve here: replace them, or set issuer instead of " +
		"webfinger_resource, or registration_endpoint, which needs no discovery."
	adviceElsewhere   = "Set issuer to the issuer of the server that was meant, or registration_endpoint, which needs no discovery."
	adviceUnavailable = "Try again once the server answers. A private certificate authority is set with ca_certificate, " +
		"a proxy with proxy_url; issuer spares WebFinger, registration_endpoint spares discovery altogether."
	adviceLoopback = "The host is asked over https. For a server on this machine that speaks plain http, type the scheme: "
	adviceCanceled = "The operation was cancelled or ran out of time (timeouts, request_timeout)."
)

// showURL is a typed or received URL for messages: whatever may be a password in its user part is redacted.
func showURL(s string) string {
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
	return shorten(showURL(s))
}
