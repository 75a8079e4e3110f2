// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Kind says what kept a request from being answered.
type Kind int

const (
	// BadURL: the URL is not an absolute http(s) URL, or has user information in it.
	BadURL Kind = iota + 1
	// InsecureURL: plain http to something that is not loopback, without Options.AllowInsecureHTTP (RFC 7591 §5).
	InsecureURL
	// Unreachable: no connection was made, so nothing was processed.
	Unreachable
	// TLS: the handshake failed, or the certificate is not trusted.
	TLS
	// Timeout: the request's or the caller's time ran out.
	Timeout
	// TooLarge: the answer's body is larger than MaxBody.
	TooLarge
	// Redirect: the server redirects where a redirect may not be followed.
	Redirect
	// Canceled: the caller's context was canceled.
	Canceled
	// Protocol: a connection was made and no whole HTTP answer came back: cut off, reset or malformed.
	Protocol
	// RateLimited: the server asked to be left alone for longer than the bound, or than the caller has time for.
	RateLimited
	// Authorization: the credential for the request could not be had; the request itself was not sent.
	Authorization
	// ProxyRefused: a proxy on the way answered in the server's place, so that the server got nothing.
	ProxyRefused
)

var kindNames = map[Kind]string{
	BadURL: "not a usable URL", InsecureURL: "refused to use plain http", Unreachable: "the server could not be reached",
	TLS: "no secure connection could be made", Timeout: "timed out", TooLarge: "the answer is too large",
	Redirect: "the server answered with a redirect", Canceled: "canceled", Protocol: "the answer was cut off or is not HTTP",
	RateLimited: "the server asked to wait", Authorization: "no credential for the request",
	ProxyRefused: "not let through",
}

// String gives the kind as a phrase for messages.
func (k Kind) String() string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return "failed"
}

// Error is the only error that Client.Do returns. It never holds a credential: URLs are without user information and
// with the query's secrets redacted, and no header or body is quoted.
type Error struct {
	Kind   Kind
	Method string
	URL    string
	// MaybeProcessed: the request, or an earlier attempt of it, left this machine and may have been carried out.
	MaybeProcessed bool
	// Target is where a redirect leads, for kind Redirect: without the query, "" where it leads nowhere. Status is the status of
	// a redirect that was refused because of the request's method, else 0.
	Target string
	Status int
	// RedirectedTo is where redirects had led when this happened, without the query: what was asked did answer, and this is of another address. "" where
	// there was none.
	RedirectedTo string
	// Proxy is the proxy that refused, for kind ProxyRefused, whose answer's is Status, or to which no connection was made, for kinds Unreachable and
	// TLS: its scheme, host and port, "" where it is not known.
	Proxy string
	// Until is when the server asks to be asked again, for kind RateLimited.
	Until time.Time
	Err   error
}

// MaybeProcessed reports whether any error of a tree says that its request may have been carried out. errors.As would
// stop at the first one of several that were joined.
func MaybeProcessed(err error) bool {
	switch e := err.(type) { //nolint:errorlint // this is what walks the tree
	case nil:
		return false
	case interface{ RequestMaybeProcessed() bool }:
		return e.RequestMaybeProcessed() // it speaks for what it wraps, too
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), MaybeProcessed)
	case interface{ Unwrap() error }:
		return MaybeProcessed(e.Unwrap())
	}
	return false
}

// RequestMaybeProcessed implements what MaybeProcessed asks for.
func (e *Error) RequestMaybeProcessed() bool { return e.MaybeProcessed }

func (e *Error) Error() string {
	var b strings.Builder
	if e.Method != "" || e.URL != "" {
		fmt.Fprintf(&b, "%s: ", strings.TrimSpace(e.Method+" "+e.URL))
	}
	if e.RedirectedTo != "" {
		fmt.Fprintf(&b, "a redirect to %s: ", e.RedirectedTo)
	}
	b.WriteString(e.Kind.String())
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// WithoutRequest is an error's text without the method and the URL of the request, for where these are said already.
func WithoutRequest(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	short := *e
	short.Method, short.URL = "", ""
	return short.Error()
}

// errAttemptTimeout tells the timeout of one request from the caller's own deadline, ErrOperationTimeout.
var (
	errAttemptTimeout   = errors.New("no answer within the request timeout")
	errLost             = errors.New("the connection was lost after the request was sent")
	ErrOperationTimeout = errors.New("the operation's time ran out")
)

// OperationTimedOut reports whether the time of the whole operation ran out, which no longer request timeout mends.
func (e *Error) OperationTimedOut() bool { return errors.Is(e.Err, ErrOperationTimeout) }

// classify turns an error of net/http's transport into ours. connected reports whether a connection had been handed to
// the request: from then on anything may have reached the server, so that only what certainly did not is told apart.
func classify(ctx, attempt context.Context, err error, connected bool) *Error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Kind: Timeout, MaybeProcessed: connected, Err: ErrOperationTimeout}
	case ctx.Err() != nil:
		return &Error{Kind: Canceled, MaybeProcessed: connected, Err: context.Canceled}
	case errors.Is(context.Cause(attempt), errAttemptTimeout):
		return &Error{Kind: Timeout, MaybeProcessed: connected, Err: errAttemptTimeout}
	case errors.Is(context.Cause(attempt), errLost):
		return &Error{Kind: Protocol, MaybeProcessed: true, Err: errLost}
	case isTLS(err):
		// In TLS 1.3 a server's refusal of the client's certificate arrives after the handshake is complete on this
		// side, perhaps with the request on its way: such an alert still means that the server never took the connection.
		return &Error{Kind: TLS, MaybeProcessed: connected && !isCertificateAlert(err), Err: err}
	case isTimeout(err):
		return &Error{Kind: Timeout, MaybeProcessed: connected, Err: err}
	case isUnused(err):
		return &Error{Kind: Unreachable, Err: err}
	case connected && isHungUp(err):
		// Whether the end of a connection shows as EOF, as a reset or as net/http's wish to repeat depends on chance.
		return &Error{Kind: Protocol, MaybeProcessed: true, Err: errLost}
	case connected:
		return &Error{Kind: Protocol, MaybeProcessed: true, Err: unquotedError{err}}
	case quotesAnswer.MatchString(err.Error()): // a proxy's
		return &Error{Kind: Unreachable, Err: unquotedError{err}}
	default:
		return &Error{Kind: Unreachable, Err: err}
	}
}

// quotation is what net/http quotes of what is no HTTP. It may be any part of an answer, as the client secret of one that is longer than it says.
var quotation = regexp.MustCompile(`(?:: | |=)?"(?:[^"\\]|\\.)*"`)

// quotesAnswer matches what net/http says of an answer that is no HTTP, here of one to CONNECT.
var quotesAnswer = regexp.MustCompile(`malformed |bad Content-Length|got \[|unsupported transfer encoding`)

// unmarked is where an answer stands without quotation marks, or in a list of its values: the former in releases of Go before those that quote headers.
var unmarked = regexp.MustCompile(`(?s)(malformed MIME header(?: initial)?(?: line)?).*|; got \[.*`)

// unquotedError says what is wrong with an answer, and nothing that stands in it.
type unquotedError struct{ error }

func (e unquotedError) Error() string {
	return unmarked.ReplaceAllString(quotation.ReplaceAllString(e.error.Error(), ""), "$1")
}
func (e unquotedError) Unwrap() error { return e.error }

// scrubbedError says what another error does, without what of it is secret.
type scrubbedError struct {
	error
	text string
}

func (e scrubbedError) Error() string { return e.text }
func (e scrubbedError) Unwrap() error { return e.error }

// words are what net/http says of an error by itself. What it quotes of an answer says nothing of the connection, whatever words of net/http's it repeats.
func words(err error) string { return unquotedError{err}.Error() }

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// isUnwritten reports whether a request failed because it could not be written to its end, so that the server has not got
// all of it. Over HTTP/2 such an error may also be another request's.
func isUnwritten(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "write"
}

// isUnused recognises net/http's errors for an HTTP/2 connection that ended before any request was put on it. They have
// no type that could be asked for.
func isUnused(err error) bool {
	text := words(err)
	return strings.Contains(text, "http2: client conn not usable") || strings.Contains(text, "http2: client conn could not be established")
}

// isHungUp reports whether the other side ended the connection.
func isHungUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || isUnused(err)
}

func isTLS(err error) bool {
	if isPermanentTLS(err) {
		return true
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return true
	}
	text := words(err)
	return strings.Contains(text, "tls: ") || strings.Contains(text, "TLS handshake") || strings.Contains(text, answeredPlain)
}

// answeredPlain is how net/http says that a port without TLS answered, where it does not leave that to the record that came.
const answeredPlain = "server gave HTTP response to HTTPS client"

// AnsweredPlain reports whether a port that was asked by https answered by plain http.
func (e *Error) AnsweredPlain() bool {
	if e.Kind != TLS || e.Err == nil {
		return false
	}
	record, is := errors.AsType[tls.RecordHeaderError](e.Err)
	return is && string(record.RecordHeader[:]) == "HTTP/" || strings.Contains(words(e.Err), answeredPlain)
}

// isPermanentTLS reports whether trying again is pointless: the certificate stays what it is.
func isPermanentTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		unknown      x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &record) || isCertificateAlert(err) ||
		strings.Contains(words(err), answeredPlain)
}

// isCertificateAlert recognises the peer's alerts about the certificate of this side (RFC 8446 §6.2). crypto/tls keeps
// the alert's type to itself outside QUIC, so that its text is all there is to go by.
func isCertificateAlert(err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return false
	}
	text := op.Err.Error()
	for _, alert := range []string{
		"certificate required", "bad certificate", "unsupported certificate", "certificate revoked", "expired certificate",
		"revoked certificate", "unknown certificate", "unknown certificate authority", "access denied",
		"handshake failure", "protocol version not supported", "insufficient security",
	} {
		if strings.Contains(text, alert) {
			return true
		}
	}
	return false
}
