// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"time"
)

// Clock is the time that a Server goes by. The zero value is the real time. Either both are given or neither, and Now must move with
// After: what is waited for until a moment is over once Now says so.
type Clock struct {
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
}

// sleep waits, or returns the context's error where that ends first.
func (c Clock) sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-c.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c Clock) orReal() Clock {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	return c
}
