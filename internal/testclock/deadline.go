// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package testclock

import (
	"context"
	"time"
)

// Deadline is a context whose time runs out when a channel is closed, so that a test says when instead of guessing how long something
// takes. Nobody is told beforehand: its deadline is an hour away.
func Deadline(parent context.Context, passed <-chan struct{}) context.Context {
	return deadline{parent, passed}
}

type deadline struct {
	context.Context
	passed <-chan struct{}
}

func (d deadline) Done() <-chan struct{} { return d.passed }

func (d deadline) Deadline() (time.Time, bool) { return time.Now().Add(time.Hour), true }

func (d deadline) Err() error {
	select {
	case <-d.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}
