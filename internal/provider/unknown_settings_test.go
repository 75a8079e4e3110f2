// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// What decides whether an apply makes another client, or reads this one, may be known in the apply only. A plan made before leaves open
// whatever either decision changes: a value that it shows as known must be the one that the plan at apply has.

// A renewal that is due, or that comes due, where whether the client is managed is known in the apply only: without management, another
// client brings the secret.
func TestRenewalWhereManagementIsKnownLater(t *testing.T) {
	t.Parallel()
	renewals := map[string]struct {
		before, then attrs
		later        time.Duration // between the registration and the plan
		between      time.Duration // between the plan and the apply
	}{
		"asked for":         {before: attrs{"rotate_secret_when": attrs{"a": "1"}}, then: attrs{"rotate_secret_when": attrs{"a": "2"}}},
		"due":               {then: attrs{"renew_secret_before": "24h"}, later: 220 * time.Hour},
		"due by the apply":  {then: attrs{"renew_secret_before": "24h"}, later: 215 * time.Hour, between: 2 * time.Hour},
		"due, beside a set": {then: attrs{"renew_secret_before": "24h", "timeouts": attrs{"create": "1m"}}, later: 215 * time.Hour, between: 2 * time.Hour},
		"not due":           {then: attrs{"renew_secret_before": "24h", "timeouts": attrs{"create": "1m"}}, later: time.Hour, between: time.Hour},
	}
	for name, c := range renewals {
		for _, management := range []string{"none", "auto", "registration_access_token"} {
			for server, faults := range map[string]fakeop.Faults{"secrets renewed": {RotateSecretOnUpdate: true}, "secrets kept": {}} {
				for _, updated := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, %s, %s, updated %v", name, management, server, updated), func(t *testing.T) {
						t.Parallel()
						now := fakeop.Epoch
						w := newWrittenLater(t, &fakeop.Server{SecretLifetime: 240 * time.Hour, Faults: faults, Clock: func() time.Time { return now }}, nil)
						w.process(nil)
						before := theApp(c.before)
						w.apply(before)
						if updated {
							w.apply(before.With(attrs{"client_name": "App 2"}))
							w.apply(before)
							w.process(nil)
						}
						now = now.Add(c.later)
						w.process(attrs{"management": tftest.Unknown{}})
						then := theApp(c.then)
						between := func() error {
							now = now.Add(c.between)
							return w.Start(w.settings.With(attrs{"management": management}))
						}
						err := w.ApplyLater(map[string]attrs{theClient: then}, between, map[string]attrs{theClient: then})
						if err != nil && learnt(err) {
							err = w.Apply(map[string]attrs{theClient: then})
						}
						if err != nil {
							t.Error(err)
						}
						if left, err := w.Changes(map[string]attrs{theClient: then}); err == nil && len(left) > 0 {
							// The first plan was empty, and the secret is due since; or the first update has shown that the server keeps it.
							w.apply(then)
						}
						w.settled(then, attrs{"management": management})
					})
				}
			}
		}
	}
}

// A secret that comes so near to its renewal between the plan and the apply that a plan would leave it open: the one at apply shows what
// the first one did.
func TestSecretThatComesNearBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for _, faults := range []fakeop.Faults{{}, {RotateSecretOnUpdate: true}, {OmitSecretOnRead: true}} {
		now := fakeop.Epoch
		w := newWrittenLater(t, &fakeop.Server{SecretLifetime: 90 * day, Faults: faults, Clock: func() time.Time { return now }}, nil)
		w.process(nil)
		config := theApp(attrs{"renew_secret_before": "240h"})
		w.apply(config.With(attrs{"client_name": "App 2"}))
		w.apply(config)
		now = now.Add(90*day - 240*time.Hour - 7*day - time.Minute)
		w.process(nil)
		then := map[string]attrs{theClient: config.With(attrs{"client_name": "App 3"})}
		if err := w.ApplyLater(then, func() error { now = now.Add(2 * time.Minute); return w.Start(w.settings) }, then); err != nil {
			t.Error(err)
		}
		for _, b := range w.Broken() {
			t.Errorf("%s", b)
		}
	}
}

// A client that its server does not show, at one whose other endpoints tell nothing, where whether it is registered anew is known in the
// apply only.
func TestMissingClientWhereTheSettingIsKnownLater(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusUnauthorized} {
		for _, on := range []string{"the resource", "the provider"} {
			for _, setting := range []any{"recreate", "keep", nil} {
				for _, before := range []string{"", "keep"} {
					for beside, more := range map[string]attrs{"nothing": nil, "a setting": {"timeouts": attrs{"create": "1m"}}, "a change": {"client_name": "App 2"}} {
						t.Run(fmt.Sprintf("%d, %s's, %v, before %q, beside %s", status, on, setting, before, beside), func(t *testing.T) {
							t.Parallel()
							faults := undecidedServer
							faults.GoneStatus = status
							op := &fakeop.Server{Faults: faults}
							w := newWrittenLater(t, op, nil)
							if before != "" {
								w.settings["on_missing"] = before
							}
							w.process(nil)
							w.apply(theApp(nil))
							op.RemoveClient(w.Text(theClient, "client_id"))
							first, then, settings := theApp(more), theApp(more), attrs{}
							if on == "the resource" {
								first["on_missing"] = tftest.Unknown{}
								if setting != nil {
									then["on_missing"] = setting
								}
								w.process(nil)
							} else {
								settings["on_missing"] = setting
								w.process(attrs{"on_missing": tftest.Unknown{}})
							}
							err := w.ApplyLater(map[string]attrs{theClient: first}, func() error { return w.Start(w.settings.With(settings)) }, map[string]attrs{theClient: then})
							if setting == "recreate" && err != nil {
								t.Errorf("what the setting turns out to ask for is not done: %v", err)
							}
							for _, b := range w.Broken() {
								t.Errorf("%s", b)
							}
						})
					}
				}
			}
		}
	}
}

// A client that the apply is to read, where whether reads are wanted is known in the apply only.
func TestReadOwedWhereTheSettingIsKnownLater(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"never", "auto", "always"} {
		for _, then := range []any{"auto", "never", "always", nil} {
			for _, faults := range []fakeop.Faults{{}, {RotateTokenOnRead: true}, {RotateTokenOnRead: true, RotateSecretOnRead: true}} {
				for _, method := range []string{"client_secret_basic", "none"} {
					t.Run(fmt.Sprintf("%s, then %v, %v %v, %s", before, then, faults.RotateTokenOnRead, faults.RotateSecretOnRead, method), func(t *testing.T) {
						t.Parallel()
						op := &fakeop.Server{Faults: faults}
						w := newWrittenLater(t, op, attrs{"refresh": before})
						w.process(nil)
						op.SetFaults(busyReads(faults))
						config := theApp(attrs{"token_endpoint_auth_method": method})
						w.apply(config)
						op.SetFaults(faults)
						w.process(nil)
						config = config.With(attrs{"timeouts": attrs{"create": "1m"}})
						late := config.With(attrs{"refresh": then})
						if then == nil {
							late = config
						}
						w.later(config.With(attrs{"refresh": tftest.Unknown{}}), late, nil)
					})
				}
			}
		}
	}
}

// busyReads are the faults of a server whose reads meet a busy one, besides.
func busyReads(f fakeop.Faults) fakeop.Faults {
	f.Reading.Calls = []fakeop.CallFault{{Answer: fakeop.Unavailable(0)}}
	return f
}

// With a plan that reads nothing, another writing of the same is a change that an apply makes, and so a plan that is made anew there.
func TestMissingClientInAnotherWritingWithoutARefresh(t *testing.T) {
	t.Parallel()
	faults := undecidedServer
	faults.GoneStatus = http.StatusNotFound
	for _, setting := range []any{"recreate", "keep", nil} {
		t.Run(fmt.Sprint(setting), func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: faults}
			r := newSubject(t, op, nil)
			r.Apply(theApp(attrs{"contacts": []string{"a@x.example", "b@x.example"}}))
			op.RemoveClient(r.id())
			r.start(nil)
			if err := r.Reread(); err != nil { // which the state keeps
				t.Fatal(err)
			}
			r.start(attrs{"on_missing": tftest.Unknown{}})
			config := theApp(attrs{"contacts": []string{"b@x.example", "a@x.example"}})
			first, err := r.PlanOnly(config)
			if err != nil {
				t.Fatal(err)
			}
			r.start(attrs{"on_missing": setting})
			then, err := r.PlanOnly(config)
			if err != nil {
				t.Fatal(err)
			}
			if then.Unknown("client_id") && !first.Unknown("client_id") {
				t.Error("the client_id is known in the first plan, and not in the one at apply")
			}
		})
	}
}

// What is written out and registered already is no reason for another client, whatever management turns out to be.
func TestWrittenOutWhereManagementIsKnownLater(t *testing.T) {
	t.Parallel()
	for _, management := range []string{"none", "auto"} {
		t.Run(management, func(t *testing.T) {
			t.Parallel()
			w := newWrittenLater(t, &fakeop.Server{}, nil)
			w.process(nil)
			w.apply(theApp(nil))
			w.process(attrs{"management": tftest.Unknown{}})
			then := theApp(attrs{"grant_types": []string{"authorization_code"}, "timeouts": attrs{"create": "1m"}})
			before, id := w.Warnings(), w.Text(theClient, "client_id")
			w.later(then, then, attrs{"management": management})
			if now := w.Warnings()[len(before):]; strings.Contains(now, "new client") {
				t.Errorf("the plan says\n%s", now)
			}
			if w.Text(theClient, "client_id") != id {
				t.Error("another client was registered")
			}
		})
	}
}

// A plan that leaves another client open says so, and by what it is decided.
func TestPlanSaysThatAnotherClientMayBeNeeded(t *testing.T) {
	t.Parallel()
	faults := undecidedServer
	faults.GoneStatus = http.StatusNotFound
	unknown := tftest.Unknown{}
	for name, c := range map[string]struct {
		more, settings attrs
		lost           bool
		want           string
	}{
		"renew_secret_before": {more: attrs{"renew_secret_before": unknown}, want: "A new client secret may need a new client"},
		"rotate_secret_when":  {more: attrs{"rotate_secret_when": unknown}, want: "A new client secret may need a new client"},
		"management":          {more: attrs{"client_name": "App 2"}, settings: attrs{"management": unknown}, want: "Change may need a new client"},
		"on_missing":          {more: attrs{"on_missing": unknown}, lost: true, want: "Missing client may be registered anew"},
		"the provider's":      {more: attrs{"client_name": "App 2"}, settings: attrs{"on_missing": unknown}, lost: true, want: "Missing client may be registered anew"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{SecretLifetime: 240 * time.Hour, Faults: faults}
			w := newWrittenLater(t, op, nil)
			w.process(nil)
			before := theApp(attrs{"rotate_secret_when": attrs{"a": "1"}})
			w.apply(before.With(attrs{"client_name": "App 3"}))
			w.apply(before) // which shows that an update brings no secret
			if c.lost {
				op.RemoveClient(w.Text(theClient, "client_id"))
			}
			w.process(c.settings)
			told := w.Warnings()
			if _, err := w.Changes(map[string]attrs{theClient: before.With(c.more)}); err != nil {
				t.Fatal(err)
			}
			if now := w.Warnings()[len(told):]; !strings.Contains(now, c.want) {
				t.Errorf("the plan says\n%s", now)
			}
		})
	}
}
