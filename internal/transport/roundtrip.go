// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// roundTripper is the http.RoundTripper beneath http.Client: exactly one request on the wire, redirects included one by one, so
// that gate, limit, timeout, size and log hold for each of them. The body is read here, under the request's timeout and
// its place on the wire, and a cut-off one is an error that can be repeated like any other.
type roundTripper Client

// readBody is a body that has been read.
type readBody struct {
	*bytes.Reader
	data []byte
}

func (*readBody) Close() error { return nil }

// RoundTrip implements http.RoundTripper.
func (w *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	c := (*Client)(w)
	ctx := req.Context()
	k := callOf(ctx)
	if k == nil {
		closeBody(req)
		return nil, errors.New("transport: a request that Client.Do did not make")
	}
	of := origin.OfURL(req.URL)
	if err := c.gates.enter(ctx, of, func() (failed *Error) { req, failed = k.afterWait(req); return failed }); err != nil {
		closeBody(req)
		return nil, afterRedirect(req, err)
	}
	defer c.gates.leave()
	k.attempts++
	k.hold = hold{}
	started := c.now()
	resp, body, err := c.exchange(req)
	if err == nil && holdsBack(resp) {
		k.hold = c.holdFor(resp, k.attempts)
		c.gates.close(of, k.hold.wait)
	}
	c.log(ctx, k, req, resp, body, err, c.now().Sub(started))
	if err != nil {
		return nil, afterRedirect(req, err)
	}
	k.answered = resp.StatusCode
	resp.Body = &readBody{bytes.NewReader(body), body}
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// afterWait authorizes a request anew that was held back, for longer than its token may live, or the assertion in its body. What a redirect led to carries what http.Client gave it.
func (k *call) afterWait(req *http.Request) (*http.Request, *Error) {
	if req.Response != nil {
		return req, nil
	}
	again := req.WithContext(req.Context())
	again.Header = req.Header.Clone() // the caller's own is not to be changed
	if k.r.Renew != nil {
		if err := k.renewBody(); err != nil {
			return req, err
		}
		body := k.r.Body
		again.ContentLength, again.GetBody = int64(len(body)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		again.Body, _ = again.GetBody()
	}
	return again, k.authorize(req.Context(), again)
}

// afterRedirect has an error say that a redirect had led to where it happened.
func afterRedirect(req *http.Request, err error) error {
	failed, ok := errors.AsType[*Error](err)
	if req.Response == nil || !ok { // the response is the redirect
		return err
	}
	out := *failed
	out.RedirectedTo = shownTarget(firstURL(req), req.URL)
	return &out
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// exchange sends a request and reads the answer, within the request timeout.
func (c *Client) exchange(req *http.Request) (*http.Response, []byte, error) {
	ctx := req.Context()
	timed, cancel := context.WithTimeoutCause(context.WithValue(ctx, originKey{}, origin.OfURL(req.URL)), c.options.RequestTimeout, errAttemptTimeout)
	defer cancel()
	attempt, stop := context.WithCancelCause(timed)
	defer stop(nil)
	var sending progress
	sent := req.WithContext(httptrace.WithClientTrace(attempt, sending.trace(req, stop)))
	resp, err := c.pool.RoundTrip(sent)
	if err != nil {
		failed := classify(ctx, attempt, err, sending.connected.Load())
		if failed.Kind == Protocol && sending.unwritten(err, context.Cause(attempt)) {
			failed.MaybeProcessed = false
		}
		if (failed.Kind == Protocol && sending.fresh.Load() || failed.Kind == Unreachable && sending.connected.Load()) && isHungUp(err) {
			// In TLS 1.3 the refusal of a client certificate arrives after the handshake, and is lost if the request is
			// already on its way.
			failed.Err = fmt.Errorf("%w (a server that refuses the client certificate, or misses one, may end the connection like this)", err)
		}
		return nil, nil, c.throughProxy(sent, failed, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusProxyAuthRequired { // only a proxy sends it (RFC 9110 §15.5.8)
		at, _ := c.pool.Proxy(sent)
		return resp, nil, proxyRefused(at, resp.StatusCode)
	}
	tooLarge := &Error{Kind: TooLarge, MaybeProcessed: true, Err: fmt.Errorf("more than %d bytes", MaxBody)}
	if resp.ContentLength > MaxBody {
		return resp, nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		failed := classify(ctx, attempt, err, true)
		if failed.Kind == Protocol {
			failed.Err = fmt.Errorf("after %d bytes of the body: %w", len(body), failed.Err)
		}
		return resp, nil, failed
	}
	if len(body) > MaxBody {
		return resp, nil, tooLarge
	}
	return resp, body, nil
}

// holdsBack reports whether an answer closes the gate: every 429, and a 503 that says for how long. A 503 without that is
// about the server's state, not about the number of requests, and backing off is each call's own matter.
func holdsBack(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		_, ok := retryAfter(resp.Header, time.Time{})
		return ok
	}
	return false
}

func (c *Client) holdFor(resp *http.Response, attempts int) hold {
	if wait, ok := retryAfter(resp.Header, c.now()); ok {
		return hold{wait: wait, asked: true}
	}
	return hold{wait: min(leastHold<<min(attempts-1, 16), mostBackoff)}
}

// log writes one entry for an exchange. Names decide what is redacted; beyond that, every credential of the exchange is
// replaced by value wherever else it occurs. All of that is done only when an entry is printed, since a log that nobody
// reads would otherwise cost more than the requests.
func (c *Client) log(ctx context.Context, k *call, req *http.Request, resp *http.Response, body []byte, err error, took time.Duration) {
	if c.options.Log == nil {
		return
	}
	extra := c.secretNames
	secrets := sync.OnceValue(func() *redact.Scrubber {
		return k.secrets(req.Header, body)
	})
	show := func(text func() string) *printed {
		return &printed{sync.OnceValue(func() string { return truncate(secrets().Scrub(text()), maxLoggedBody) })}
	}
	header := func(h http.Header) func() string {
		return func() string {
			text, err := jsonvalue.Text(redactHeader(h, extra...))
			if err != nil {
				return ""
			}
			return text
		}
	}
	repeated := sync.OnceValue(func() []any { return mayRepeat(ctx, &k.r, resp, body) })
	answered := func(text func() string) *printed {
		return show(func() string { return withoutRepeated(text(), repeated(), secrets()) })
	}
	fields := map[string]any{
		"http_method": req.Method, "http_url": show(func() string { return loggedURL(req) }), "attempt": k.attempts,
		"duration_ms": took.Milliseconds(), "request_headers": show(header(req.Header)),
	}
	if len(k.r.Body) > 0 && req.Method == k.r.Method {
		fields["request_body"] = show(func() string { return redactBody(withhold(k.r.Body, k.r.Withheld, true), k.r.ContentType) })
	}
	if resp != nil {
		fields["http_status"] = resp.StatusCode
		fields["http_protocol"] = resp.Proto
		fields["response_headers"] = answered(header(resp.Header))
		contentType := resp.Header.Get("Content-Type")
		fields["response_body"] = answered(func() string { return redactBody(withhold(body, k.r.Withheld, false), contentType) })
	}
	if err != nil {
		fields["error"] = answered(err.Error)
	}
	c.options.Log(ctx, "HTTP request", fields)
}

// loggedURL is a request's URL as the log shows it. What a redirect named may have a credential in its path.
func loggedURL(req *http.Request) string {
	if req.Response != nil {
		return shownTarget(firstURL(req), req.URL)
	}
	return redact.URL(req.URL.String())
}

// printed is a text that is made when it is printed, in a log of text or of JSON.
type printed struct{ text func() string }

func (p *printed) String() string               { return p.text() }
func (p *printed) MarshalText() ([]byte, error) { return []byte(p.text()), nil }
