// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// lifetimeMoves is a server whose updates begin a secret's lifetime of 90 days anew and keep the secret itself. hidden: nothing but the registration shows the secret.
func lifetimeMoves(c *clock, hidden bool) *fakeop.Server {
	from := c.now
	shows := func(doc map[string]any) { doc["client_secret_expires_at"] = from.Add(90 * day).Unix() }
	f := fakeop.Faults{OmitSecretOnRead: hidden, OmitSecretOnUpdate: hidden}
	f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { from = c.now; shows(doc) }})
	f.Updating.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { from = c.now; shows(doc) }})
	f.Reading.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: shows})
	return &fakeop.Server{Faults: f, Clock: c.read}
}

// Where an update was seen to begin the secret's lifetime anew and to keep the secret, a renewal is that update: another client is not needed. No update calls
// what it does unexpected. A new value of rotate_secret_when asks for another secret, which only another client has.
func TestRenewalWhereUpdatesMoveTheLifetimeAlone(t *testing.T) {
	t.Parallel()
	for _, updates := range []int{0, 1, 2} {
		for _, rotate := range []bool{false, true} {
			for _, stored := range []bool{true, false} {
				t.Run(fmt.Sprintf("after %d updates, asked for %v, stored %v", updates, rotate, stored), func(t *testing.T) {
					t.Parallel()
					c := &clock{now: fakeop.Epoch}
					s := lifetimeMoves(c, false)
					r := newSubject(t, s, nil)
					config := app.With(attrs{"renew_secret_before": "240h", "rotate_secret_when": attrs{"a": "1"}, "store_client_secret": stored})
					r.Apply(config)
					id, secret := r.id(), s.CurrentSecret(r.id())
					for i := range updates {
						c.now = c.now.Add(day)
						config = config.With(attrs{"client_name": fmt.Sprint("App ", i)})
						r.start(nil)
						r.Apply(config)
						r.tellsNot("unexpectedly")
						r.tellsNot("kept nowhere")
					}
					for range 2 { // each time anew
						c.now = c.now.Add(81 * day)
						if rotate {
							c.now = c.now.Add(-80 * day)
							break
						}
						r.start(nil)
						r.Apply(config)
						if now := s.CurrentSecret(id); r.id() != id || now != secret {
							t.Fatalf("client %s after %s, the same secret: %v; %q", r.id(), id, now == secret, r.told())
						}
						if got, want := r.Text("client_secret_expiration"), c.now.Add(90*day).UTC().Format(time.RFC3339); got != want {
							t.Errorf("client_secret_expiration is %s, want %s", got, want)
						}
						r.WantEmpty(config)
					}
					if !rotate {
						return
					}
					config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
					for i := 0; ; i++ {
						r.start(nil)
						if r.Empty(r.Plan(config)) {
							break
						}
						if i > 2 {
							t.Fatalf("the rotation comes to no end: %q", r.told())
						}
						_ = r.TryApply(config)
					}
					if s.CurrentSecret(r.id()) == secret {
						t.Errorf("client %s has no new secret", r.id())
					}
				})
			}
		}
	}
}

// Where an update begins the lifetime of a secret anew that nothing shows and the state does not store, the secret may be another one, which nobody has: the apply says so, as the
// plan of the next one does. The way that it names brings a secret into the state.
func TestALifetimeThatBeginsAnewMayBeANewSecret(t *testing.T) {
	t.Parallel()
	c := &clock{now: fakeop.Epoch}
	s := lifetimeMoves(c, true)
	r := newSubject(t, s, nil)
	config := secured().With(attrs{"store_client_secret": false})
	r.Apply(config)
	for i, called := range []string{"Second", "Third"} {
		c.now = c.now.Add(day)
		r.start(nil)
		r.Plan(config.With(attrs{"client_name": called}))
		if planned := "warning store_client_secret: Update may replace the client secret"; slices.Contains(r.told(), planned) != (i > 0) {
			t.Errorf("the plan of update %d says %q", i, r.told())
		}
		r.Apply(config.With(attrs{"client_name": called}))
		if maybe := "warning store_client_secret: Client secret may be replaced and is kept nowhere"; !slices.Contains(r.told(), maybe) {
			t.Errorf("update %d says %q", i, r.told())
		}
	}
	r.wantSays("store_client_secret = true", "terraform apply -replace=ADDRESS")
	r.start(nil)
	config = config.With(attrs{"client_name": "Third", "store_client_secret": true})
	r.Tainted = true // as by -replace
	r.Apply(config)
	if got, want := r.Text("client_secret"), s.CurrentSecret(r.id()); got == "" || got != want {
		t.Errorf("client_secret is %q, in force is %q", got, want)
	}
	r.WantEmpty(config)
}

// Where no answer shows the secret of which an update began the lifetime anew, the token endpoint tells that it is the one in the state: a renewal is such an update, and no update calls
// what it does unexpected. Where it does not tell, the secret may be another one, and another client takes the place, as the plan says.
func TestRenewalWhereUpdatesMoveTheLifetimeOfASecretThatNothingShows(t *testing.T) {
	t.Parallel()
	for _, updates := range []int{0, 1, 2} {
		for _, tells := range []bool{true, false} {
			t.Run(fmt.Sprintf("after %d updates, the token endpoint tells %v", updates, tells), func(t *testing.T) {
				t.Parallel()
				c := &clock{now: fakeop.Epoch}
				s := lifetimeMoves(c, true)
				s.Faults.TokenChecksGrantFirst = !tells
				r := newSubject(t, s, nil)
				config := app.With(attrs{"renew_secret_before": "240h"})
				r.Apply(config)
				id, secret := r.id(), s.CurrentSecret(r.id())
				for i := range updates {
					c.now = c.now.Add(day)
					config = config.With(attrs{"client_name": fmt.Sprint("App ", i)})
					r.start(nil)
					r.Apply(config)
					if tells {
						r.tellsNot("unexpectedly")
					}
				}
				for i := range 2 { // each time anew
					c.now = c.now.Add(81 * day)
					r.start(nil)
					if p := r.planned(config); !tells && updates+i > 0 {
						if r.tells("A new client secret needs a new client"); !r.anew(p) {
							t.Errorf("the plan says so, and keeps the client")
						}
						return
					}
					r.Apply(config)
					if now := s.CurrentSecret(id); r.id() != id || now != secret || r.Text("client_secret") != secret {
						t.Fatalf("client %s after %s, the same secret: %v; %q", r.id(), id, now == secret, r.told())
					}
					if got, want := r.Text("client_secret_expiration"), c.now.Add(90*day).UTC().Format(time.RFC3339); got != want {
						t.Errorf("client_secret_expiration is %s, want %s", got, want)
					}
					r.WantEmpty(config)
				}
			})
		}
	}
}
