// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// TestFollowUpsGoAhead of all that waits already, in turn among themselves.
func TestFollowUpsGoAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{free: 1}
		if err := w.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var (
			mu    sync.Mutex // those that are given up end at the same time
			order []string
		)
		note := func(name string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
		}
		wait := func(ctx context.Context, name string) {
			go func() {
				if err := w.acquire(ctx); err != nil {
					note(name + ": " + err.Error())
					return
				}
				note(name)
				w.release()
			}()
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 3 {
			wait(t.Context(), fmt.Sprint("new ", i))
		}
		wait(ctx, "given up")
		wait(Ahead(ctx), "follow-up given up")
		wait(Ahead(t.Context()), "follow-up 0")
		wait(Ahead(t.Context()), "follow-up 1")
		cancel()
		synctest.Wait()
		slices.Sort(order)
		if want := []string{"follow-up given up: context canceled", "given up: context canceled"}; !slices.Equal(order, want) {
			t.Fatalf("%q, want %q", order, want)
		}
		order = nil
		w.release()
		synctest.Wait()
		if want := []string{"follow-up 0", "follow-up 1", "new 0", "new 1", "new 2"}; !slices.Equal(order, want) {
			t.Errorf("%q, want %q", order, want)
		}
		if w.free != 1 || len(w.ahead)+len(w.queue) != 0 {
			t.Errorf("%d places are free, %d wait", w.free, len(w.ahead)+len(w.queue))
		}
		if err := w.acquire(ctx); !errors.Is(err, context.Canceled) || w.free != 1 {
			t.Errorf("a context that is done: %v, %d places are free", err, w.free)
		}
	})
}
