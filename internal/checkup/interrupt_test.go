// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// atRequest runs a check and has something happen at its n-th request: before the server sees it, or after it was processed and before
// it is answered. It reports whether there was an n-th request.
func atRequest(cleanUp context.Context, t *testing.T, n int, before bool, happens func(op *fakeop.Server, interrupt func())) (*fakeop.Server, *checkup.Report, bool) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	op := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}
	var count atomic.Int32
	hook := func(*http.Request) {
		if int(count.Add(1)) == n {
			happens(op, interrupt)
		}
	}
	if before {
		op.Before = hook
	} else {
		op.After = hook
	}
	op.Start(t)
	r := checkup.Run(ctx, cleanUp, checkup.Options{Settings: settings(op), Words: words})
	return op, r, int(count.Load()) >= n
}

// moments are the requests of a check up to the second of the clients that only show what becomes of parameters. Those after it are
// like it.
const moments = 40

// Whenever a check is interrupted, what it registered is deregistered, also what is only in an answer that is still to come.
func TestInterruptLeavesNothing(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := 1; n <= moments; n++ {
			reached := true
			t.Run(fmt.Sprintf("request %d, before %t", n, before), func(t *testing.T) {
				var op *fakeop.Server
				var r *checkup.Report
				op, r, reached = atRequest(t.Context(), t, n, before, func(_ *fakeop.Server, interrupt func()) { interrupt() })
				if !reached {
					return
				}
				if r.Verdict != checkup.VerdictInterrupted {
					t.Errorf("verdict: %s", r.Verdict)
				}
				if len(r.LeftBehind) > 0 || len(op.Clients()) > 0 {
					t.Errorf("left behind: %v, at the server: %d\n%v", r.LeftBehind, len(op.Clients()), op.Log())
				}
				honest(t, op, r)
			})
			if !reached {
				t.Fatalf("there was no request %d", n)
			}
		}
	}
}

// A second interrupt ends the deregistration, and a server that is gone has none: what is left is named.
func TestWhatIsLeftIsNamed(t *testing.T) {
	for name, happens := range map[string]func(op *fakeop.Server, interrupt, giveUp func()){
		"two interrupts": func(_ *fakeop.Server, interrupt, giveUp func()) { interrupt(); giveUp() },
		"server gone":    func(op *fakeop.Server, _, _ func()) { op.RefuseConnections() },
	} {
		t.Run(name, func(t *testing.T) {
			left := 0
			for n := 1; n <= moments; n++ {
				cleanUp, giveUp := context.WithCancel(t.Context())
				op, r, reached := atRequest(cleanUp, t, n, false, func(op *fakeop.Server, interrupt func()) { happens(op, interrupt, giveUp) })
				giveUp()
				if !reached {
					t.Fatalf("there was no request %d", n)
				}
				left += len(r.LeftBehind)
				honest(t, op, r)
			}
			if left == 0 {
				t.Error("no run left anything behind")
			}
		})
	}
}
