// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// once runs the searches of one sort: equal ones in flight are one, and what one found is kept.
//
// singleflight alone lacks three things. Its callers share the first one's context, so that cancelling that one would
// fail all: here the search runs in a context of its own, which ends when the last caller has left. It forgets results:
// here successes are kept. And a caller who comes in just as the last one leaves must not join a search that is being
// cancelled: both happen under the one lock.
type once[V any] struct {
	single singleflight.Group
	// partial, if set, reports whether a result lacks what a later search may find. The first one of a key is not kept: one answer that failed would speak for all that comes.
	// The second one is, or each caller would ask a place that never answers.
	partial func(V) bool

	mu      sync.Mutex
	found   map[string]V
	halves  map[string]bool // the keys of which a partial result was found
	flights map[string]*flight
}

// flight is one search under way.
type flight struct {
	ctx     context.Context
	cancel  context.CancelFunc
	callers int
}

// do returns what was found for kept, or else runs search, together with all callers of the same key in the meantime.
// Searches of different keys may find the same thing (the same question with and without credentials), which is then
// kept once. When ctx ends, do returns ctx.Err() at once.
func (o *once[V]) do(ctx context.Context, kept, key string, search func(context.Context) (V, error)) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	o.mu.Lock()
	if v, ok := o.found[kept]; ok {
		o.mu.Unlock()
		return v, nil
	}
	f := o.flights[key]
	if f == nil {
		// The values stay (loggers live in them), deadline and cancellation don't.
		f = &flight{}
		f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if o.flights == nil {
			o.flights = map[string]*flight{}
		}
		o.flights[key] = f
	}
	f.callers++
	result := o.single.DoChan(key, func() (any, error) {
		v, err := search(f.ctx)
		o.mu.Lock()
		defer o.mu.Unlock()
		if err == nil && !o.firstHalf(kept, v) {
			if o.found == nil {
				o.found = map[string]V{}
			}
			o.found[kept] = v
		}
		o.end(key, f)
		return v, err
	})
	o.mu.Unlock()

	select {
	case r := <-result:
		v, _ := r.Val.(V)
		return v, r.Err
	case <-ctx.Done():
		o.mu.Lock()
		defer o.mu.Unlock()
		if f.callers--; f.callers == 0 {
			o.end(key, f)
		}
		return none, ctx.Err()
	}
}

// firstHalf reports whether a result is the first partial one of its key, or one beside what another search found in the meantime. The caller holds mu.
func (o *once[V]) firstHalf(kept string, v V) bool {
	if o.partial == nil || !o.partial(v) {
		return false
	}
	if _, found := o.found[kept]; found || o.halves[kept] {
		return found
	}
	if o.halves == nil {
		o.halves = map[string]bool{}
	}
	o.halves[kept] = true
	return true
}

// end cancels f and lets the next caller begin anew. The caller holds mu.
func (o *once[V]) end(key string, f *flight) {
	f.cancel()
	if o.flights[key] == f {
		delete(o.flights, key)
		o.single.Forget(key)
	}
}
