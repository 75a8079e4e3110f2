// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// New checks the options and makes a Client. Nothing is contacted.
func New(o Options) (*Client, error) {
	if o.RequestTimeout <= 0 {
		o.RequestTimeout = defaultRequestTimeout
	}
	if o.MaxConcurrentRequests <= 0 {
		o.MaxConcurrentRequests = defaultConcurrency
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	asking := &sync.Map{}
	pool, err := newTransport(o, noteAsking(asking))
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, pool: pool, asking: asking, now: o.Now, gates: &gates{
		now: o.Now, sleep: o.Sleep, wire: &wire{free: o.MaxConcurrentRequests}, until: map[string]time.Time{},
	}}
	for name, value := range o.Headers {
		if err := CheckHeader(name, value); err != nil {
			return nil, err
		}
		c.secretNames = append(c.secretNames, name)
	}
	// No Timeout and no Jar: time is bounded for each request on the wire, and no cookie is kept.
	c.retrying = newRetrying(&http.Client{Transport: (*roundTripper)(c), CheckRedirect: c.checkRedirect})
	return c, nil
}

// Close gives up idle connections.
func (c *Client) Close() { c.pool.CloseIdleConnections() }

// ErrOwnHeader is for a header that net/http sends by itself, drops or refuses.
var ErrOwnHeader = errors.New("the provider decides for each request what is in it")

// ownHeaders are those that belong to the body or the connection, and Host (RFC 9110 §7.2, §7.6.1).
var ownHeaders = []string{
	"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Accept-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "Trailer",
}

// CheckHeader refuses what net/http would refuse later without naming the header, and what the request itself decides. Its errors never have
// the value in them, nor a name that is none: a value may stand in its place, or behind it.
func CheckHeader(name string, value secret.String) error {
	if slices.ContainsFunc(ownHeaders, func(own string) bool { return strings.EqualFold(own, name) }) {
		return fmt.Errorf("the header %q cannot be configured: %w", name, ErrOwnHeader)
	}
	if problem := nameProblem(name); problem != "" {
		return fmt.Errorf("a name %s, and cannot be that of a header (RFC 9110 §5.1). It is not shown, since a value may be in it", problem)
	}
	if strings.ContainsFunc(value.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return fmt.Errorf("the value of %q holds a line break or another control character", name)
	}
	return nil
}

// nameProblem says why a text is no token, as the name of a header is (RFC 9110 §5.6.2), or "".
func nameProblem(name string) string {
	switch {
	case name == "":
		return "is empty"
	case strings.Contains(name, ":"):
		return "has a colon in it"
	case strings.ContainsFunc(name, unicode.IsSpace):
		return "has a blank or a line break in it"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("\"(),/;<=>?@[\\]{}", r) }):
		return "has a character in it that is no letter, digit or hyphen"
	}
	return ""
}

// Do sends a request, repeats it as r.Repeat allows, and reads the answer. An answer of any status is a Response; the
// error is always an *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Auth == nil {
		r.Auth = NoAuth()
	}
	k := &call{c: c, r: r}
	response, err := k.do(ctx)
	if err != nil {
		return nil, err
	}
	// A 401 has not been applied (RFC 9110 §15.5.2), so that a request of any kind may follow with a fresh token. Once:
	// a server that refuses two tokens in a row refuses the client.
	// The refused token is dropped in any case.
	if again, ok := r.Auth.(renewer); ok && refusesToken(response) && again.refused(k.authorization) && r.Repeat != Never {
		if response, err = k.do(ctx); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// tokenChallenge is how a challenge says that a token is no good (RFC 6750 §3).
var tokenChallenge = regexp.MustCompile(`(?i)^bearer\b.*\berror="?invalid_token\b`)

// refusesToken reports whether an answer is about the token that was sent: a 401, or a 400 or 403 that says so in its code, as some servers have it, or the one
// status that a server has for all, without a client in it.
func refusesToken(answer *Response) bool {
	switch answer.Status {
	case http.StatusUnauthorized:
		return true
	case http.StatusBadRequest, http.StatusForbidden:
		return tokenChallenge.MatchString(answer.Header.Get("WWW-Authenticate")) || saysInvalidToken(answer.Body, true)
	}
	return answer.Status >= 200 && answer.Status <= 299 && saysInvalidToken(answer.Body, false)
}

func saysInvalidToken(body []byte, mayName bool) bool {
	var said map[string]any
	if !bytes.Contains(body, []byte("invalid_token")) || jsonvalue.Into(body, &said) != nil {
		return false
	}
	return said["error"] == "invalid_token" && (mayName || said["client_id"] == nil)
}

// newRetrying makes the retryablehttp client that all calls share: CheckRetry decides whether an answer or error is
// followed by another attempt, PrepareRetry waits and authorizes anew, and ErrorHandler passes on what came last. Each
// hook finds its call in the request's context.
//
// Two of its means are not used. Backoff gives 0: the sleep that follows it knows no injected clock, Backoff itself is not
// told the request's context, and the gate of an origin must hold back all calls, so that PrepareRetry and the gate wait.
// RetryMax is out of the way: waits that the server asked for are bounded by their sum (maxRetryAfter) and not by
// their number, so that CheckRetry counts the others against Options.MaxRetries.
func newRetrying(h *http.Client) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: h,
		RetryMax:   math.MaxInt32,
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return callOf(ctx).checkRetry(ctx, resp, err), nil
		},
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		PrepareRetry: func(req *http.Request) error { return callOf(req.Context()).prepareRetry(req) },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// do runs the request with its repeats.
func (k *call) do(ctx context.Context) (*Response, error) {
	bad := refuseURL(k.r.URL, k.c.options.AllowInsecureHTTP)
	if bad != nil {
		bad.Method = k.r.Method
		return nil, bad
	}
	k.shown = redact.URL(k.r.URL)
	var body any
	if len(k.r.Body) > 0 {
		body = func() (io.Reader, error) { return bytes.NewReader(k.r.Body), nil }
	}
	req, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, callKey{}, k), k.r.Method, k.r.URL, body)
	if err != nil {
		return nil, k.failed(&Error{Kind: BadURL, Err: errors.New("no request can be made of it")})
	}
	k.setHeaders(req.Request)
	if err := k.authorize(ctx, req.Request); err != nil {
		return nil, k.failed(err)
	}
	resp, err := k.c.retrying.Do(req)
	if err != nil {
		return nil, k.failed(k.asError(ctx, err))
	}
	defer resp.Body.Close()
	return k.response(resp)
}

// response makes the Response; the body has been read by then and is held in memory.
func (k *call) response(resp *http.Response) (*Response, error) {
	body, ok := resp.Body.(*readBody)
	if !ok {
		return nil, k.failed(&Error{Kind: Protocol, MaybeProcessed: true, Err: errors.New("an answer without a body")})
	}
	if isRedirect(resp.StatusCode) && !safe(k.r.Method) {
		return nil, k.failed(refusedRedirect(resp, k.r.Method))
	}
	final := *resp.Request.URL
	final.User = nil
	sent := resp.Request.Header
	secrets := sync.OnceValue(func() *redact.Scrubber {
		return k.secrets(sent, body.data)
	})
	out := &Response{
		Status: resp.StatusCode, Header: resp.Header, Body: body.data, URL: final.String(), EarlierMaybeProcessed: k.earlier,
		scrub: func(text string) string { return secrets().Scrub(text) },
	}
	if k.hold.asked && k.hold.wait > mostBackoff { // a shorter one tells of the pace alone
		out.Until = k.c.now().Add(k.hold.wait)
	}
	switch {
	case isRedirect(resp.StatusCode):
		out.Redirected, out.Target = true, out.Scrub(locationOf(resp))
	case resp.Request.Response != nil: // the redirect that caused the last request
		out.Redirected, out.Target = true, out.Scrub(shownTarget(firstURL(resp.Request), resp.Request.URL))
	}
	return out, nil
}
