// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

const (
	firstBackoff = 500 * time.Millisecond
	mostBackoff  = 15 * time.Second
	// leastHold is how long a 429 without a usable Retry-After closes the gate at first.
	leastHold = time.Second
)

// failed completes an error with the call's own facts. What a server has a part in, as where it redirects to, may repeat what it was sent.
func (k *call) failed(e *Error) *Error {
	out := *e
	header := http.Header{"Authorization": {k.authorization}}
	for name, value := range k.c.options.Headers {
		header.Set(name, value.Reveal())
	}
	secrets := k.secrets(header)
	out.Target, out.RedirectedTo = secrets.Scrub(out.Target), secrets.Scrub(out.RedirectedTo)
	if e.Err != nil {
		if text := e.Err.Error(); secrets.Scrub(text) != text {
			out.Err = scrubbedError{e.Err, secrets.Scrub(text)}
		}
	}
	out.Method, out.URL = k.r.Method, k.shown
	out.MaybeProcessed = out.MaybeProcessed || k.earlier
	return &out
}

// asError gives the *Error in what http.Client or retryablehttp returned.
func (k *call) asError(ctx context.Context, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil {
		return classify(ctx, ctx, err, k.lastProcessed)
	}
	// What http.Client itself complains about is a Location that it cannot parse; its message quotes all of it.
	return &Error{Kind: Redirect, MaybeProcessed: !safe(k.r.Method) && answersDone(k.answered), Err: errors.New("it names no usable location")}
}

func (k *call) setHeaders(req *http.Request) {
	if k.c.options.UserAgent != "" {
		req.Header.Set("User-Agent", k.c.options.UserAgent)
	}
	if k.r.ContentType != "" {
		req.Header.Set("Content-Type", k.r.ContentType)
	}
	if k.r.Accept != "" {
		req.Header.Set("Accept", k.r.Accept)
	}
	if allowed := k.c.options.HeaderOrigins; allowed != nil && allowed(origin.OfURL(req.URL)) {
		for name, value := range k.c.options.Headers {
			req.Header.Set(name, value.Reveal())
		}
	}
}

func (k *call) authorize(ctx context.Context, req *http.Request) *Error {
	if err := k.r.Auth.Authorize(ctx, req); err != nil {
		var inner *Error
		if errors.As(err, &inner) && (inner.Kind == Canceled || inner.Kind == Timeout) && ctx.Err() != nil {
			return &Error{Kind: inner.Kind, Err: err}
		}
		return &Error{Kind: Authorization, Err: err}
	}
	k.authorization = req.Header.Get("Authorization")
	return nil
}

// checkRetry is retryablehttp's CheckRetry: it reports whether to send again.
func (k *call) checkRetry(ctx context.Context, resp *http.Response, err error) bool {
	k.delay = 0
	if ctx.Err() != nil || k.r.Repeat == Never {
		return false
	}
	if err != nil {
		e := k.asError(ctx, err)
		k.lastProcessed = e.MaybeProcessed
		if k.r.Repeat == IfNotProcessed && e.MaybeProcessed {
			return false
		}
		switch e.Kind {
		case Unreachable, Protocol, Timeout:
		case ProxyRefused:
			if e.Status < http.StatusInternalServerError {
				return false
			}
		case TLS:
			if isPermanentTLS(e.Err) {
				return false
			}
		default:
			return false
		}
		return k.again()
	}
	k.lastProcessed = false
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		// A gateway's own answer: the server behind it may have done all of it. A 503 says no more than that with a time to come back (RFC 9110
		// §15.6.4): some gateways put one on each answer that they give in the server's place.
		k.lastProcessed = true
		if k.r.Repeat == IfNotProcessed {
			return false
		}
	default:
		return false
	}
	if !k.hold.asked {
		return k.again()
	}
	// The server said when to come back, and the gate sees to that it is obeyed. Such waits are bounded by their sum
	// rather than counted: behind a limit of a few requests a minute the hundredth of many parallel calls is refused
	// often, without anything being wrong with it.
	wait := max(k.hold.wait, leastHold)
	if k.c.options.MaxRetries <= 0 || k.held+wait > maxRetryAfter {
		return false
	}
	k.held += wait
	if k.hold.wait < leastHold {
		k.delay = leastHold // "Retry-After: 0" would make a tight loop
	}
	return true
}

// again counts a repeat and sets the delay before it.
func (k *call) again() bool {
	if k.retries >= k.c.options.MaxRetries {
		return false
	}
	k.delay = backoff(k.retries)
	k.retries++
	return true
}

// backoff doubles from half a second to a quarter of a minute; half of it is random, so that parallel calls that failed
// together do not come back together.
func backoff(n int) time.Duration {
	d := min(firstBackoff<<min(n, 16), mostBackoff)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads load, keeps no secret
}

// renewBody makes a body that is not to be sent twice, or late, anew.
func (k *call) renewBody() *Error {
	body, err := k.r.Renew()
	if err != nil {
		return &Error{Kind: Authorization, Err: err}
	}
	k.r.Body = body
	return nil
}

// prepareRetry is retryablehttp's PrepareRetry, before each repeat.
func (k *call) prepareRetry(req *http.Request) error {
	k.earlier = k.earlier || k.lastProcessed
	ctx := req.Context()
	if k.delay > 0 {
		if err := k.c.options.Sleep(ctx, k.delay); err != nil {
			return classify(ctx, ctx, err, false)
		}
	}
	if k.r.Renew != nil {
		if err := k.renewBody(); err != nil {
			return err
		}
		req.ContentLength = int64(len(k.r.Body))
	}
	// The attempt before may still be writing its header when it has already failed.
	req.Header = req.Header.Clone()
	if err := k.authorize(ctx, req); err != nil {
		return err
	}
	return nil
}
