// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"slices"
	"sync"
)

type aheadKey struct{}

// Ahead marks the requests of a context as ones that follow up on a request that was answered: each gets the next place on the wire,
// before requests that begin something new. With a hundred registrations under way, the read that follows one of them must not wait
// for all the others: what only it tells of the client would be lost by an interrupt meanwhile.
//
// To keep the place of the request before was rejected: whoever holds it may wait for a token that another request fetches, and that
// one needs a place.
func Ahead(ctx context.Context) context.Context { return context.WithValue(ctx, aheadKey{}, true) }

func isAhead(ctx context.Context) bool { return ctx.Value(aheadKey{}) != nil }

// wire bounds the requests that are under way. golang.org/x/sync/semaphore does not do: it knows one queue.
type wire struct {
	mu           sync.Mutex
	free         int
	ahead, queue []chan struct{} // of those that wait for a place, each closed when it has one
}

// acquire waits for a place or for the end of ctx. Each place is given back by release.
func (w *wire) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	if w.free > 0 {
		w.free--
		w.mu.Unlock()
		return nil
	}
	place, line := make(chan struct{}), &w.queue
	if isAhead(ctx) {
		line = &w.ahead
	}
	*line = append(*line, place)
	w.mu.Unlock()
	select {
	case <-place:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	at := slices.Index(*line, place)
	if at >= 0 {
		*line = slices.Delete(*line, at, at+1)
	}
	w.mu.Unlock()
	if at < 0 {
		w.release() // it came at the same moment
	}
	return ctx.Err()
}

// release gives a place to whoever is next.
func (w *wire) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range []*[]chan struct{}{&w.ahead, &w.queue} {
		if len(*line) > 0 {
			next := (*line)[0]
			*line = slices.Delete(*line, 0, 1)
			close(next)
			return
		}
	}
	w.free++
}
