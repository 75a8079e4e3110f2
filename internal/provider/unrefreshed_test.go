// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The plan of -refresh=false has the renewal of a secret that is due, or has expired, and what is said of it, as the plan after a refresh does.
func TestARenewalIsPlannedWithoutARefresh(t *testing.T) {
	t.Parallel()
	for name, server := range secretServers() {
		for when, after := range map[string]time.Duration{"not yet": 79 * day, "due": 81 * day, "expired": 91 * day} {
			for _, renews := range []bool{true, false} {
				for _, updated := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, %s, renewed %t, updated before %t", name, when, renews, updated), func(t *testing.T) {
						t.Parallel()
						s := server()
						now := fakeop.Epoch
						s.op.Clock = func() time.Time { return now }
						r := newSubject(t, &s.op, s.settings)
						config := app
						if renews {
							config = app.With(attrs{"renew_secret_before": "240h"})
						}
						r.Apply(config)
						if updated && s.managed {
							_ = r.TryApply(config.With(attrs{"software_version": "1"})) // which may learn that there are no updates
							_ = r.TryApply(config)
						}
						now = now.Add(after)
						r.start(s.settings)
						refreshed := r.planned(config)
						want := fmt.Sprint(r.Changes(refreshed), r.anew(refreshed), r.told())
						r.start(s.settings)
						p, err := r.PlanOnly(config)
						if err != nil {
							t.Fatal(err)
						}
						if got := fmt.Sprint(r.Changes(p), r.anew(p), r.told()); got != want {
							t.Errorf("without a refresh it plans %s, and with one %s", got, want)
						}
						if due := renews && when != "not yet"; r.Empty(p) == due {
							t.Errorf("the plan is empty: %t", r.Empty(p))
						}
					})
				}
			}
		}
	}
}

// An update that moved the lifetime of a secret, or brought another one, though the plan had promised the one before, is known before a refresh shows it: the plan of -refresh=false
// renews nothing by the old lifetime, and replaces no client.
func TestALifetimeThatWaitsForARefreshCountsWithoutOne(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]attrs{"managed": nil, "management turned down": {"management": "none"}} {
		for _, moves := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the lifetime alone %t", name, moves), func(t *testing.T) {
				t.Parallel()
				c := &clock{now: fakeop.Epoch}
				s := &fakeop.Server{SecretLifetime: 90 * day, Clock: c.read}
				if moves {
					s = lifetimeMoves(c, true)
					s.Faults.TokenChecksGrantFirst = true // so that nothing tells that the secret is the same
				}
				r := newSubject(t, s, nil)
				config := app.With(attrs{"renew_secret_before": "240h"})
				r.Apply(config)
				for i := range 2 {
					c.now = c.now.Add(day)
					if config = config.With(attrs{"client_name": fmt.Sprint("App ", i)}); i > 0 {
						c.now = c.now.Add(30 * day)
						s.EditFaults(func(f *fakeop.Faults) { f.RotateSecretOnUpdate = !moves })
					}
					r.start(nil)
					r.Apply(config)
				}
				r.tells("unexpectedly") // or this is about nothing
				c.now = fakeop.Epoch.Add(85 * day)
				r.start(settings)
				p, err := r.PlanOnly(config)
				if err != nil {
					t.Fatal(err)
				}
				if !r.Empty(p) {
					t.Errorf("the plan changes %s", r.Describe(p))
				}
				r.silent()
				c.now = fakeop.Epoch.Add(32*day + 85*day)
				r.start(nil)
				if p, err = r.PlanOnly(config); err != nil || r.Empty(p) {
					t.Errorf("the renewal is not planned: %v", err)
				}
			})
		}
	}
}

// What an update kept back comes into the state of a client that is not managed any more, too: no read will ever show it.
func TestWhatAnUpdateKeptBackComesIntoTheStateWithoutManagement(t *testing.T) {
	t.Parallel()
	c := &clock{now: fakeop.Epoch}
	s := &fakeop.Server{SecretLifetime: 90 * day, Clock: c.read}
	r := newSubject(t, s, nil)
	config := app.With(attrs{"renew_secret_before": "240h"})
	r.Apply(config)
	for i := range 2 {
		c.now = c.now.Add(30 * day)
		config = config.With(attrs{"client_name": fmt.Sprint("App ", i)})
		s.EditFaults(func(f *fakeop.Faults) { f.RotateSecretOnUpdate = i > 0 })
		r.start(nil)
		r.Apply(config)
	}
	r.tells("unexpectedly") // or this is about nothing
	r.start(attrs{"management": "none"})
	r.WantEmpty(config)
	if got, want := r.Text("client_secret"), s.CurrentSecret(r.id()); got != want {
		t.Errorf("client_secret is %q, in force is %q", got, want)
	}
	if got, want := r.Text("client_secret_expiration"), c.now.Add(90*day).Format(time.RFC3339); got != want {
		t.Errorf("client_secret_expiration is %s, want %s", got, want)
	}
}
