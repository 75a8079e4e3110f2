// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package testclock has the time that tests go by: nobody waits in it.
package testclock

import (
	"sync"
	"time"
)

// Clock is a time in which each wait is over at once, and that much later it is.
type Clock struct {
	base   func() time.Time
	mu     sync.Mutex
	waited time.Duration
	held   time.Duration
	until  <-chan struct{}
	noted  func(time.Duration)
}

// New returns a Clock that goes by another time, the test server's or one that stands, until somebody waits.
func New(base func() time.Time) *Clock { return &Clock{base: base} }

// Hold has waits of exactly d never end, which bound something that ends in another way.
func (c *Clock) Hold(d time.Duration) *Clock {
	c.held = d
	return c
}

// Until has waits end once a channel is closed and not before, for two processes of which one waits for what the other does.
func (c *Clock) Until(closed <-chan struct{}) *Clock {
	c.until = closed
	return c
}

// Note has f called with each wait, before it is over.
func (c *Clock) Note(f func(time.Duration)) *Clock {
	c.noted = f
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
	if c.noted != nil {
		c.noted(d)
	}
	if d == c.held && d > 0 {
		return nil
	}
	fired := make(chan time.Time, 1)
	if c.until == nil {
		fired <- c.move(d)
		return fired
	}
	go func() {
		<-c.until
		fired <- c.move(d)
	}()
	return fired
}

func (c *Clock) move(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += d
	return c.base().Add(c.waited)
}
