// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
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
	r := checkup.Run(ctx, cleanUp, checkup.Options{Settings: settings(op), Clock: noWaits()})
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
				for _, o := range r.Operations {
					if o.Result == checkup.Fails || o.Result == checkup.Missing || strings.Contains(o.Note, "did not") {
						t.Errorf("of a server at which everything works it is said: %+v", o)
					}
				}
				if len(r.Problems) > 0 {
					t.Errorf("of a server at which everything works it is said: %+v", r.Problems)
				}
				honest(t, op, r)
			})
			if !reached {
				t.Fatalf("there was no request %d", n)
			}
		}
	}
}

// Where management is by the provider's credential, and the server manages by the token that it gave, the token deregisters the client: the
// setting is about clients that are kept.
func TestATokenBesideTheSettingDeregisters(t *testing.T) {
	for n := range 20 {
		ctx, interrupt := context.WithCancel(t.Context())
		op := &fakeop.Server{InitialAccessTokens: map[string]int{"initial-token": 0}}
		var count atomic.Int32
		op.After = func(*http.Request) {
			if int(count.Add(1)) == n {
				interrupt()
			}
		}
		op.Start(t)
		s := settings(op)
		s.InitialAccessToken, s.Management = secret.New("initial-token"), authserver.ManagementProvider
		r := checkup.Run(ctx, t.Context(), checkup.Options{Settings: s, Clock: noWaits()})
		interrupt()
		honest(t, op, r)
		if len(op.Clients()) > 0 || len(r.LeftBehind) > 0 {
			t.Errorf("interrupted at %d: left behind %v, at the server %d\n%v", n, r.LeftBehind, len(op.Clients()), op.Log())
		}
		if o := r.Operation(checkup.OperationDelete); n == 0 && (o.Result != checkup.Missing || r.Verdict != checkup.VerdictLimited) {
			t.Errorf("the provider does not manage here, and the report has %+v, %s", o, r.Verdict)
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

// A server that asks to wait is waited for, at whatever moment, and does not look like one that lacks something. One that asks for
// longer than the provider waits ends the check, and what is left then is named.
func TestRateLimits(t *testing.T) {
	for _, wait := range []time.Duration{time.Minute, time.Hour} {
		t.Run(wait.String(), func(t *testing.T) {
			for n := 1; n <= 30; n++ { // of the requests that concern clients
				op := &fakeop.Server{RateLimit: fakeop.RateLimit{Nth: n, RetryAfter: wait}}
				op.Start(t)
				s := settings(op)
				s.Transport.MaxRetries = 4
				r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: s, Clock: noWaits()})
				honest(t, op, r)
				if wait == time.Minute {
					if got := summary(r); got != works || len(became(r)) > 0 || len(op.Clients()) > 0 {
						t.Errorf("request %d: %s\n%v", n, cmp.Diff(works, got), became(r))
					}
					continue
				}
				if notice := r.Operation(checkup.OperationNotice); notice.Result == checkup.Missing {
					t.Errorf("request %d: the limit is taken for an answer on the deleted client: %+v", n, notice)
				}
				if len(r.Problems) == 0 && len(r.LeftBehind) == 0 && !slices.ContainsFunc(r.Parameters, limited) {
					t.Errorf("request %d: nothing is said of the limit\n%s", n, printed(t, r))
				}
			}
		})
	}
}

func limited(p checkup.Parameter) bool {
	return p.Outcome == checkup.Untried && (strings.Contains(p.Note, "asked to wait") || strings.Contains(p.Note, "429"))
}
