// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"time"
)

type callKey struct{}

// callOf returns the call that a request of Client.Do belongs to; nil for any other request.
func callOf(ctx context.Context) *call {
	k, _ := ctx.Value(callKey{}).(*call)
	return k
}

// call is one Do with all its attempts. Its attempts follow one another, so that it needs no lock.
type call struct {
	c     *Client
	r     Request
	shown string // the URL for messages

	attempts      int    // requests of this call that were handed to the wire, redirects not counted
	authorization string // the Authorization value that was sent last

	retries int           // repeats that count against MaxRetries
	held    time.Duration // what the server's Retry-After asked for, in all
	delay   time.Duration // before the next attempt, beside the gate
	hold    hold          // of the last answer

	answered int // the status of the last answer

	lastProcessed bool // the last attempt may have been processed
	earlier       bool // one before the last may have been
}

// hold is what a 429 or 503 asked for.
type hold struct {
	wait  time.Duration
	asked bool // by Retry-After
}
