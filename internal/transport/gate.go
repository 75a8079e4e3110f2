// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"net/http"
)

// gates holds back all calls to an origin that asked to be left alone, and bounds the requests on the wire.
//
// One gate per origin, shared by all calls of a Client: a 429 is about the caller, not about one request, and with ten
// workers that each learn it on their own a server sees ten times the requests that it just refused.
type gates struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	wire  *wire

	mu    sync.Mutex
	until map[string]time.Time
}

// close shuts the gate of an origin for d. A gate never opens earlier than it was told before.
func (g *gates) close(origin string, d time.Duration) {
	until := g.now().Add(d)
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until[origin]) {
		g.until[origin] = until
	}
}

func (g *gates) remaining(origin string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.until[origin]
	if !ok {
		return 0
	}
	d := until.Sub(g.now())
	if d <= 0 {
		delete(g.until, origin)
		return 0
	}
	return d
}

// enter waits for the origin's gate and for a place on the wire; the caller calls leave afterwards. The gate is looked
// at again once there is a place: those who queued for one must not pass a gate that was closed meanwhile. waited is called after each wait
// for the gate, without a place: what it fetches needs one itself.
func (g *gates) enter(ctx context.Context, origin string, waited func() *Error) *Error {
	for {
		held := false
		for d := g.remaining(origin); d > 0; d = g.remaining(origin) {
			if d > maxRetryAfter {
				return g.held(origin, "longer than this provider waits")
			}
			// Sleeping into a deadline that is known beforehand would only delay the same error.
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
				return g.held(origin, "longer than the operation's time")
			}
			if err := g.sleep(ctx, d); err != nil {
				return classify(ctx, ctx, err, false)
			}
			held = true
		}
		if held {
			if err := waited(); err != nil {
				return err
			}
		}
		if err := g.wire.acquire(ctx); err != nil {
			return classify(ctx, ctx, err, false)
		}
		if g.remaining(origin) == 0 {
			return nil
		}
		g.leave()
	}
}

func (g *gates) leave() { g.wire.release() }

// held is the error of a request that does not wait for the gate. It says until when the gate is closed and not for how long: the next
// request's error says the same.
func (g *gates) held(origin, reason string) *Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return &Error{Kind: RateLimited, Until: g.until[origin], Err: errors.New("it asked for a time without requests, " + reason)}
}

// retryAfter reads Retry-After in both forms (RFC 9110 §10.2.3), and X-Retry-After where only that is sent. A date is
// taken relative to the server's own Date, so that a clock that is off on either side does not matter. ok is false
// where there is no value that can be understood.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		value = strings.TrimSpace(h.Get("X-Retry-After"))
	}
	if value == "" {
		return 0, false
	}
	const most = 365 * 24 * time.Hour // keeps the arithmetic from overflowing
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(most/time.Second) {
			return most, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), most), true
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
