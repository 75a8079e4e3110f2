// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"net/http"
	"net/url"
	"time"
)

// Repeat says when a request may be sent again.
type Repeat int

const (
	// Never sends a request once.
	Never Repeat = iota
	// IfNotProcessed repeats only what the server certainly did not process: no connection, 429.
	// It is for the registration POST, for which RFC 7591 defines no idempotency key.
	IfNotProcessed
	// Always repeats after any network error and after 429, 502, 503 and 504. It is for GET, PUT and DELETE, and for a request for a token.
	Always
)

// Request is one call. Only Method and URL are needed.
type Request struct {
	Method, URL string
	ContentType string
	Accept      string
	Body        []byte
	// Renew makes the body of each repeat, and of what waited, where the one before is not to be sent twice, or late; nil repeats Body.
	Renew func() ([]byte, error)
	// Auth is the credential; nil means none.
	Auth   Authorizer
	Repeat Repeat
	// FollowRedirects follows redirects of a GET or HEAD, with credentials and Options.Headers to the same origin only.
	// Without it a redirect is an ordinary Response. A redirect of any other method is an error either way.
	FollowRedirects bool
	// MayFollow reports whether the credential may go to where a redirect leads at the same origin; nil means that it may go anywhere there.
	// Else the redirect is an error.
	MayFollow func(target *url.URL) bool
	// Withheld reports whether no log shows the value of a member: in the request's body if that is a JSON object, and in each object of
	// an answer that has a client_id. Nil withholds none but those that hold secrets by their names.
	Withheld func(member string) bool
}

// Response is an answer of any status, with its body read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// URL is where the answer came from, after redirects.
	URL string
	// Redirected: a redirect led to this answer, or is this answer. Its status is then not what the requested URL itself
	// says: a 404 at the end of a redirect is not a 404 of a client's URI. Target is where it led, without the query.
	Redirected bool
	Target     string
	// EarlierMaybeProcessed: an attempt before the answered one may have been carried out, so that, say, the 401 to a DELETE may mean that the DELETE before it succeeded (RFC 7592 §2.3).
	EarlierMaybeProcessed bool

	// Until is when the server asks to be asked again (RFC 9110 §10.2.3), zero where it does not say, or asks for no more than a pause.
	Until time.Time

	scrub func(string) string
}

// Scrub replaces every credential that was sent with the request, or is named as one in the answer, in a text that is
// about to be shown.
func (r *Response) Scrub(text string) string {
	if r.scrub == nil {
		return text
	}
	return r.scrub(text)
}
