// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"sync"
	"time"
)

// Clock is a time in which nobody waits: each wait is over at once, and that much later it is.
type Clock struct {
	base   func() time.Time
	mu     sync.Mutex
	waited time.Duration
	held   time.Duration
}

// NewClock returns a Clock that goes by another time, the test server's or one that stands, until somebody waits.
func NewClock(base func() time.Time) *Clock { return &Clock{base: base} }

// Hold has waits of exactly d never end, which bound something that ends in another way.
func (c *Clock) Hold(d time.Duration) *Clock {
	c.held = d
	return c
}

// Now gives the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.waited)
}

// After moves the time by d and returns a channel that has the result.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d == c.held && d > 0 {
		return nil
	}
	c.waited += d
	fired := make(chan time.Time, 1)
	fired <- c.base().Add(c.waited)
	return fired
}
