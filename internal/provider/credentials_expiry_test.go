// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const day = 24 * time.Hour

// clock is a clock that a test moves, the server's and the provider's.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// aging starts a server whose secrets live for ninety days, and a provider with the same clock.
func aging(t *testing.T, faults fakeop.Faults, settings attrs) (*subject, *clock) {
	t.Helper()
	c := &clock{now: fakeop.Epoch}
	server := &fakeop.Server{SecretLifetime: 90 * day, Clock: c.read, Faults: faults}
	return newSubject(t, server, settings), c
}

// TestExpiryIsShown as seconds and as RFC 3339, and not where there is none.
func TestExpiryIsShown(t *testing.T) {
	r, _ := aging(t, fakeop.Faults{}, nil)
	r.Apply(app)
	if got, want := r.Text("client_secret_expiration"), "2026-04-01T00:00:00Z"; got != want {
		t.Errorf("client_secret_expiration is %q, want %q", got, want)
	}
	if got, want := r.Value("client_secret_expires_at"), tftypes.NewValue(tftypes.Number, int64(1775001600)); !got.Equal(want) {
		t.Errorf("client_secret_expires_at is %s", got)
	}
	for name, faults := range map[string]fakeop.Faults{"never": {}, "null": {NullSecretExpiry: true}, "omitted": {OmitSecretExpiry: true}} {
		r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
		r.Apply(app)
		if got := r.Text("client_secret_expiration"); got != "" {
			t.Errorf("%s: client_secret_expiration is %q", name, got)
		}
		r.WantEmpty(app)
		r.silent()
	}
}

// TestExpiryIsToldInTime: a plan warns from thirty days before, where nothing renews the secret.
func TestExpiryIsToldInTime(t *testing.T) {
	renewing := app.With(attrs{"renew_secret_before": "240h"})
	for name, c := range map[string]struct {
		config attrs
		after  time.Duration
		want   string
	}{
		"early":                       {app, 60*day - time.Second, ""},
		"thirty days before":          {app, 60*day + time.Second, "Client secret expires soon"},
		"the last second":             {app, 90*day - time.Second, "Client secret expires soon"},
		"expired":                     {app, 90 * day, "Client secret has expired"},
		"renewal is configured":       {renewing, 79 * day, ""},
		"no secret, so nothing to do": {app.With(attrs{"token_endpoint_auth_method": "none"}), 89 * day, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, clock := aging(t, fakeop.Faults{}, nil)
			r.Apply(c.config)
			clock.now = clock.now.Add(c.after)
			r.WantEmpty(c.config)
			if c.want == "" {
				r.silent()
				return
			}
			r.tells(c.want)
			containsAll(t, r.details(), r.id(), "2026-04-01T00:00:00Z", `renew_secret_before = "720h"`)
		})
	}
}

// When an imported client's secret was issued is not known: what is advised fits one that has no more than the rest of its life, and has
// nothing renewed at once.
func TestExpiryOfAnImportedClientIsToldInTime(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"renewed on updates": {RotateSecretOnUpdate: true}, "kept on updates": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{now: fakeop.Epoch}
			server := &fakeop.Server{SecretLifetime: 7 * day, Clock: c.read, Faults: faults}
			id, uri, token := registeredBefore(t, server, app)
			r := newSubject(t, server, attrs{"registration_access_tokens": attrs{id: token}})
			if err := r.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			r.WantEmpty(app)
			r.tells("Client secret expires soon")
			containsAll(t, r.details(), id, `renew_secret_before = "84h"`)
			renewing := app.With(attrs{"renew_secret_before": "84h"})
			r.Apply(renewing)
			if r.id() != id {
				t.Error("what is advised replaces the client at once")
			}
			for range 3 {
				r.start(nil)
				r.WantEmpty(renewing)
				c.now = c.now.Add(day)
			}
			c.now = c.now.Add(day)
			secret := server.CurrentSecret(id)
			r.start(nil)
			r.renew(renewing)
			if got := server.CurrentSecret(r.id()); got == secret {
				t.Error("the secret is not renewed in time")
			}
			r.start(nil)
			r.WantEmpty(renewing)
		})
	}
}

// TestRenewal is by an update where the server then issues a new secret, and else by another client.
func TestRenewal(t *testing.T) {
	onUpdate := fakeop.Faults{RotateSecretOnUpdate: true}
	for name, c := range map[string]struct {
		faults   fakeop.Faults
		replaces bool
	}{
		"reissued on update":                 {faults: onUpdate},
		"reissued on update, hidden on read": {faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}},
		"reissued on each answer":            {faults: fakeop.Faults{RotateSecretOnUpdate: true, RotateSecretOnRead: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true}},
		"kept on update":                     {replaces: true},
	} {
		for _, stored := range []bool{true, false} {
			config := app.With(attrs{"renew_secret_before": "240h", "store_client_secret": stored})
			t.Run(name+map[bool]string{true: "", false: ", not stored"}[stored], func(t *testing.T) {
				r, clock := aging(t, c.faults, nil)
				r.Apply(config)
				first := r.id()
				for range 3 {
					r.start(nil)
					from, secret := clock.now, r.op.CurrentSecret(r.id())
					clock.now = from.Add(80*day - time.Second)
					if p := r.Plan(config); !r.Empty(p) {
						t.Fatalf("outside the window the plan changes %s", r.Describe(p))
					}
					clock.now = from.Add(80*day + time.Second)
					id := r.id()
					r.renew(config)
					if got := r.op.CurrentSecret(r.id()); got == secret {
						t.Fatal("the secret was not renewed")
					}
					if c.replaces == (r.id() == id) {
						t.Errorf("replaced %v, want %v", r.id() != id, c.replaces)
					}
					if stored {
						r.holds()
					}
					if want := clock.now.Add(90 * day).Format(time.RFC3339); r.Text("client_secret_expiration") != want {
						t.Errorf("client_secret_expiration is %q, want %q", r.Text("client_secret_expiration"), want)
					}
					if p := r.Plan(config); !r.Empty(p) {
						t.Errorf("after the renewal the plan changes %s", r.Describe(p))
					}
				}
				if n := len(r.op.Clients()); n != 1 {
					t.Errorf("%d clients", n)
				}
				if c.replaces == (r.id() == first) {
					t.Errorf("client %s at first, now %s", first, r.id())
				}
			})
		}
	}
}

// TestRenewalThatNeverEnds: where secrets live no longer than renew_secret_before, each plan renews them. It says why, and the value that it
// names ends that.
func TestRenewalThatNeverEnds(t *testing.T) {
	const never = "Each plan renews the client secret"
	for name, faults := range map[string]fakeop.Faults{"reissued on update": {RotateSecretOnUpdate: true}, "kept on update": {}, "kept on update, no time of issue": {OmitIssuedAt: true}} {
		t.Run(name, func(t *testing.T) {
			r, clock := aging(t, faults, nil)
			config := app.With(attrs{"renew_secret_before": "2160h"}) // ninety days
			r.Apply(config)
			for range 2 {
				clock.now = clock.now.Add(time.Minute)
				if p := r.Plan(config); r.Empty(p) {
					t.Fatal("the plan renews nothing")
				}
				r.tells(never)
				containsAll(t, r.details(), "live for 2160h.", `renew_secret_before = "1080h"`)
				_ = r.TryApply(config) // the first update shows whether updates bring a secret
			}
			fitting := app.With(attrs{"renew_secret_before": "1080h"})
			r.Apply(fitting)
			r.WantEmpty(fitting)
			r.silent()
		})
	}
	// A client that is updated shortly before its secret expires is no such case, nor is one whose secret has expired.
	for _, faults := range map[string]fakeop.Faults{"reissued on update": {RotateSecretOnUpdate: true}, "kept on update": {}} {
		for _, after := range []time.Duration{81 * day, 91 * day} {
			r, clock := aging(t, faults, nil)
			r.Apply(app)
			r.Apply(app.With(attrs{"client_name": "other"}))
			clock.now = clock.now.Add(after)
			r.Plan(app.With(attrs{"client_name": "other", "renew_secret_before": "240h"}))
			r.tellsNot(never)
		}
	}
}

// TestExpiryOfAShortLife: the value that the warning names fits secrets that live for less than the usual one, and nothing is said in the plan that
// renews the secret for another reason.
func TestExpiryOfAShortLife(t *testing.T) {
	c := &clock{now: fakeop.Epoch}
	r := newSubject(t, &fakeop.Server{SecretLifetime: 2 * time.Hour, Clock: c.read, Faults: fakeop.Faults{RotateSecretOnUpdate: true}}, nil)
	config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
	r.Apply(config)
	c.now = c.now.Add(time.Minute)
	r.WantEmpty(config)
	r.tells("Client secret expires soon")
	containsAll(t, r.details(), `renew_secret_before = "1h"`)
	r.Plan(config.With(attrs{"rotate_secret_when": attrs{"a": "2"}}))
	r.silent()
	fitting := config.With(attrs{"renew_secret_before": "1h"})
	r.Apply(fitting)
	r.WantEmpty(fitting)
	r.silent()
	c.now = c.now.Add(time.Hour)
	r.Apply(fitting)
	r.WantEmpty(fitting)
	r.silent()
}

// TestRenewalByUpdatesThatIssueNoMore: where an update brought a secret once and the one that was to renew it brings none, the next plan
// does what the message says, and nothing is said of how long secrets live.
func TestRenewalByUpdatesThatIssueNoMore(t *testing.T) {
	asks := attrs{"rotate_secret_when": attrs{"a": "2"}}
	for name, c := range map[string]struct {
		late time.Duration // of an update that asks for no secret, and keeps it
		asks attrs
	}{
		"expiry": {asks: attrs{"renew_secret_before": "240h"}}, "expiry, after a late update": {75 * day, attrs{"renew_secret_before": "480h"}},
		"rotation": {asks: asks}, "rotation, after a late update": {75 * day, asks},
	} {
		t.Run(name, func(t *testing.T) {
			r, clock := aging(t, fakeop.Faults{RotateSecretOnUpdate: true}, nil)
			config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
			r.Apply(config)
			config = config.With(attrs{"client_name": "b"})
			r.Apply(config)
			first := r.id()
			r.op.SetFaults(fakeop.Faults{})
			if c.late > 0 {
				clock.now = clock.now.Add(c.late)
				config = config.With(attrs{"client_name": "c"})
				r.Apply(config)
			}
			clock.now = fakeop.Epoch.Add(81 * day)
			config = config.With(c.asks)
			_ = r.TryApply(config)
			r.tells("Server kept the client secret")
			r.tellsNot("Each plan renews the client secret")
			r.Apply(config)
			r.tells("A new client secret needs a new client")
			r.tellsNot("Each plan renews the client secret")
			if r.id() == first {
				t.Error("the client was not replaced")
			}
			r.holds()
			r.WantEmpty(config)
		})
	}
}

// renew applies until the plan is empty. An update that turns out to keep the secret is followed by a replacement, once.
func (r *subject) renew(config attrs) {
	r.t.Helper()
	for range 3 {
		p := r.Plan(config)
		if r.Empty(p) {
			return
		}
		if r.anew(p) {
			r.tells("A new client secret needs a new client")
		}
		if err := r.TryApply(config); err != nil {
			containsAll(r.t, err.Error(), "Server kept the client secret")
		}
	}
	r.t.Fatal("the renewal comes to no end")
}

// TestRotateSecretWhen asks for a new secret on a change of its values, and only then.
func TestRotateSecretWhen(t *testing.T) {
	when := func(v any) attrs { return app.With(attrs{"rotate_secret_when": v}) }
	for name, c := range map[string]struct {
		faults   fakeop.Faults
		replaces bool
	}{
		"reissued on update": {faults: fakeop.Faults{RotateSecretOnUpdate: true}},
		"kept on update":     {replaces: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSubject(t, &fakeop.Server{Faults: c.faults}, nil)
			r.Apply(when(nil))
			id, secret := r.id(), r.Text("client_secret")
			r.Apply(when(map[string]any{"quarter": "1"})) // says where the counting starts
			if r.id() != id || r.Text("client_secret") != secret {
				t.Error("the first values rotated the secret")
			}
			next := when(map[string]any{"quarter": "2"})
			rounds := 0
			for p := r.Plan(next); !r.Empty(p); p = r.Plan(next) {
				if rounds++; rounds > 2 {
					t.Fatal("the rotation comes to no end")
				}
				if r.anew(p) {
					r.tells("A new client secret needs a new client")
				}
				if err := r.TryApply(next); err != nil {
					containsAll(t, err.Error(), "Server kept the client secret", "The client is replaced")
				}
			}
			r.holds()
			if r.Text("client_secret") == secret {
				t.Error("the secret was not rotated")
			}
			if c.replaces == (r.id() == id) {
				t.Errorf("replaced %v, want %v", r.id() != id, c.replaces)
			}
			secret = r.Text("client_secret")
			r.Apply(when(nil)) // their removal asks for nothing
			if r.Text("client_secret") != secret {
				t.Error("the removal of rotate_secret_when rotated the secret")
			}
			r.WantEmpty(when(nil))
		})
	}
}

// A signed token whose time of expiry is 0 never expires, so that its refusal is a word on the client.
func TestTokenWithoutExpiryOfADeletedClient(t *testing.T) {
	s := &fakeop.Server{Faults: fakeop.Faults{AuthorizeErrorPage: true}, Token: func(n int) string { return expiringToken(t, time.Unix(0, 0), n) }}
	r := newSubject(t, s, nil)
	r.Apply(app)
	s.RemoveClient(r.Text("client_id"))
	if err := r.Refresh(t.Context()); err != nil || !r.State.IsNull() {
		t.Errorf("a deleted client is kept: %v", err)
	}
}

// Each registration whose answer was lost is told as that, though another one was told so before, and others failed for other reasons.
func TestEachLostRegistrationIsTold(t *testing.T) {
	s := &fakeop.Server{}
	r := newSubject(t, s, attrs{"max_retries": 0}).Rig()
	for range 3 {
		s.Force(fakeop.OpRegister, fakeop.Lost())
		wants(t, r.Another().TryApply(app), "may have been left behind")
	}
}

// A secret whose expiry is the last day that the server's software can write never expires: an import with renew_secret_before neither renews it nor
// replaces the client, and no plan says that it has expired. One that has expired is still told.
func TestSecretThatNeverExpiresHasNotExpired(t *testing.T) {
	t.Parallel()
	for shown, never := range map[any]bool{int64(253402300799): true, int64(253402300799000): true, "9999-12-31T23:59:59Z": true, int64(253402214400): true, int64(1420070400000): false} {
		t.Run(fmt.Sprint(shown), func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Faults: fakeop.Faults{Front: []fakeop.CallFault{{Answer: fakeop.Answer{Edit: func(doc map[string]any) {
				if _, issued := doc["client_secret"]; issued {
					doc["client_secret_expires_at"] = shown
				}
			}}}}}}
			id, uri, token := registeredBefore(t, s, app)
			r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
			if err := r.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			r.Plan(app)
			if expired := strings.Contains(r.details(), "expired"); expired == never {
				t.Errorf("told that it has expired: %t\n%s", expired, r.details())
			}
			config := app.With(attrs{"renew_secret_before": "720h"})
			for range 2 {
				r.start(attrs{"registration_access_tokens": attrs{id: token}})
				r.Apply(config)
			}
			if got := s.CountOf(fakeop.OpUpdate) == 0; got != never || never && r.id() != id {
				t.Errorf("left alone: %t, client %s is %s", got, id, r.id())
			}
		})
	}
}
