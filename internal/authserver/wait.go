// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const (
	// interruptGrace is how long an exchange goes on after Terraform was interrupted. Its answer may hold the client's only
	// credential, and Terraform itself waits for the provider.
	interruptGrace = 10 * time.Second
	// Linger bounds how long a provider whose Terraform was killed lives on: its exchange under way, and what it takes to notice.
	Linger = interruptGrace + 5*time.Second
	// journalPoll is how often the journal is read while another process's entry is waited for.
	journalPoll = 50 * time.Millisecond
)

// WithGrace returns the context for an exchange that an interrupt does not cut off at once. A deadline ends it as before, and
// nothing is begun once the context is done.
func (s *Server) WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
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

// pauseForReplicas waits until replicas agree on a client that was written at that time, in seconds since 1970. A pause that was made since
// for another client does for this one, too.
func (s *Server) pauseForReplicas(ctx context.Context, writtenAt int64) error {
	s.pauseMu.Lock()
	enough := time.Unix(writtenAt+1, 0).Before(s.pauseBegan)
	s.pauseMu.Unlock()
	if enough {
		return nil
	}
	began := s.clock.Now()
	if err := s.Sleep(ctx, reconcile.ReplicaPause); err != nil {
		return err
	}
	s.pauseMu.Lock()
	defer s.pauseMu.Unlock()
	s.pauseBegan = began
	return nil
}

// Poll calls look until it reports that it is done, an error, or limit has passed. It returns look's error or the context's.
func (s *Server) Poll(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	end := s.clock.Now().Add(limit)
	for {
		done, err := look()
		if done || err != nil || !s.clock.Now().Before(end) {
			return err
		}
		if err := s.clock.sleep(ctx, journalPoll); err != nil {
			return err
		}
	}
}
