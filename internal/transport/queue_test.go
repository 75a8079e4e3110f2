// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		var order []string
		wait := func(ctx context.Context, name string) {
			go func() {
				if err := w.acquire(ctx); err != nil {
					name += ": " + err.Error()
					order = append(order, name)
					return
				}
				order = append(order, name)
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
