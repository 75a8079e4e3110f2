// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server that says when to come back is told with that time, and answers then.
func TestRetryAfterIsTold(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"429": 429, "503": 503} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := fakeop.Epoch
			op := &fakeop.Server{Clock: func() time.Time { return now }, RateLimit: fakeop.RateLimit{Nth: 1, Status: status, RetryAfter: 24 * time.Hour, Hold: true}}
			r := newSubject(t, op, nil)
			other := r.Rig().Another()
			for i, one := range []func() error{func() error { return r.TryApply(secured()) }, func() error { return other.TryApply(web) }} {
				err := one()
				if err == nil {
					t.Fatal("nothing is refused")
				}
				if name == "503" {
					containsNone(t, err.Error(), "limits how many")
				}
				again := "Run it again after that time."
				if name == "503" && i == 0 { // a proxy says so, too, of a registration that was made; the second one is not sent
					again = "may have registered the client all the same"
				}
				containsAll(t, err.Error(), "until 2026-01-02T00:00:00Z", again)
				containsNone(t, err.Error(), "max_concurrent_requests", "Try again later", "24h0m0s")
			}
			now = now.Add(24 * time.Hour)
			r.start(nil)
			r.Apply(secured())
		})
	}
}

// What the server asks for is in the words of a read, too, and a search for the server tells it.
func TestRetryAfterOfReadsAndSearches(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	r := newSubject(t, op, nil)
	r.Apply(secured())
	op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.TooMany(time.Hour))}})
	r.Begin()
	_, err := r.TryPlan(secured())
	if err == nil {
		t.Fatal("nothing is refused")
	}
	containsAll(t, err.Error(), "until 2026-01-01T01:00:00Z", "Run it again after that time.")
	op.SetFaults(fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(fakeop.TooMany(time.Hour))}})
	r.start(nil)
	err = r.Rig().Another().TryApply(secured())
	if err == nil {
		t.Fatal("nothing is refused")
	}
	containsAll(t, err.Error(), "until 2026-01-01T01:00:00Z")
}
