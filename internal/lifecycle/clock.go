// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Clock is the time that a Server goes by. The zero value is the real time. Where After is given, Now must move with it: what is
// waited for until a moment is over once Now says so.
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

const (
	// interruptGrace is how long an exchange goes on after Terraform was interrupted. Its answer may hold the client's only
	// credential, and Terraform itself waits for the provider.
	interruptGrace = 10 * time.Second
	// rotationWait bounds how long we wait for another process to journal a rotated token.
	rotationWait = 3 * time.Second
	// adoptionWait bounds how long we wait for a provider whose Terraform was killed to end. Such a provider lives shorter,
	// unless it has an exchange under way.
	adoptionWait = 5 * time.Second
	// journalPoll is how often the journal is read during both waits.
	journalPoll = 50 * time.Millisecond
	// readBackPause is between the two reads that find that nobody serves a client just registered. Replicas agree within a second; where
	// nobody serves clients at all, each registration takes that long, once.
	readBackPause = time.Second
	// rollbackTimeout bounds the rollback DELETE, which runs even if the create timeout has expired.
	rollbackTimeout = 30 * time.Second
)

// withGrace returns the context for an exchange that an interrupt does not cut off at once. A deadline ends it as before, and
// nothing is begun once the context is done.
func (s *Server) withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return ctx, func() {}
	}
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	limit := context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		out, limit = context.WithDeadline(out, deadline)
	}
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.Canceled) {
			return
		}
		select {
		case <-s.clock.After(interruptGrace):
			cancel()
		case <-out.Done():
		}
	})
	return out, func() {
		stop()
		limit()
		cancel()
	}
}

// poll calls look until it reports that it is done, an error, or limit has passed. It returns look's error or the context's.
func (s *Server) poll(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	end := s.clock.After(limit)
	for {
		done, err := look()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case <-s.clock.After(journalPoll):
		}
	}
}

func sameMoment(a, b *int64) bool { return moment(a) == moment(b) }

// moment returns an expiry; 0 for never and for one that the server does not state (RFC 7591 §3.2.1).
func moment(at *int64) int64 { return *cmp.Or(at, new(int64)) }
