// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The way after a read-back that failed reads the client, also where refresh is "never".
func TestApplyAgainReadsTheClient(t *testing.T) {
	t.Parallel()
	for _, refresh := range []string{"auto", "never", "always"} {
		for name, broken := range map[string]fakeop.Answer{"answers": {Status: 503}, "shows this client": {Status: 401}} {
			t.Run(refresh+", "+name, func(t *testing.T) {
				t.Parallel()
				config := secured().With(attrs{"refresh": refresh})
				r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
				r.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(broken) })
				r.Begin()
				r.Apply(config)
				if refresh == "never" {
					r.wantSays("Once the server " + name + `, have one apply read the client, without refresh = "never" on the resource and the provider:`)
					delete(config, "refresh")
				} else {
					r.wantSays("Once the server "+name, ", apply again. That reads ")
				}
				r.start(attrs{"max_retries": 0})
				r.op.SetFaults(fakeop.Faults{})
				r.op.ResetLog()
				r.Apply(config)
				if n := len(r.op.Of(fakeop.OpRead)); n == 0 {
					t.Error("nothing read the client")
				}
			})
		}
	}
}

// Where the read after a registration had no access token, the way is to apply again once there is one.
func TestApplyAgainOnceThereAreAccessTokens(t *testing.T) {
	t.Parallel()
	for _, refresh := range []string{"auto", "never"} {
		t.Run(refresh, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{AdminToken: "admin-token-long", RegistrationScope: "register", Management: fakeop.ManagementByCredential}
			op.Start(t)
			op.AddClient("manager", "manager-secret-long", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
			settings := attrs{"max_retries": 0, "client_credentials": attrs{"client_id": "manager", "client_secret": "manager-secret-long"}}
			r := newSubject(t, op, settings.With(attrs{"management": "provider_credentials"}))
			op.EditFaults(func(f *fakeop.Faults) { f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 503}) })
			config := secured().With(attrs{"refresh": refresh, "initial_access_token": op.AdminToken})
			r.Begin()
			r.Apply(config)
			if refresh == "never" {
				r.wantSays(`Once the token endpoint issues tokens again, have one apply read the client, without refresh = "never" on the resource and the provider:`)
				delete(config, "refresh")
			} else {
				r.wantSays("Once the token endpoint issues tokens again, apply again. That reads the client:")
			}
			r.start(settings.With(attrs{"management": "provider_credentials"}))
			op.SetFaults(fakeop.Faults{})
			op.ResetLog()
			r.Apply(config)
			if n := len(op.Of(fakeop.OpRead)); n == 0 {
				t.Error("nothing read the client")
			}
		})
	}
}

// The line that a message has for an expired secret is accepted.
func TestRenewalLineIsAccepted(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]time.Duration{"an hour behind": -time.Hour, "at once": 0, "a second": time.Second, "half a second ahead": 90 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			edit := fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { doc["client_secret_expires_at"] = fakeop.Epoch.Add(behind).Unix() }}
			r.op.EditFaults(func(f *fakeop.Faults) {
				f.Registration.Calls, f.Reading.Calls, f.Updating.Calls = fakeop.Always(edit), fakeop.Always(edit), fakeop.Always(edit)
			})
			r.Apply(secured())
			r.start(attrs{"max_retries": 0})
			r.Plan(secured())
			containsAll(t, r.details(), "Client secret ", "To fix this:")
			for line := range strings.Lines(r.details()) {
				if value, found := strings.CutPrefix(strings.TrimSpace(line), "renew_secret_before = "); found {
					if _, err := r.TryPlan(secured().With(attrs{"renew_secret_before": strings.Trim(value, `"`)})); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
			}
		})
	}
}

// What is set already is no way out of an update's refusal: the next plan acts on it.
func TestTakenAsGoneAfterAnUpdate(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]attrs{"never": secured().With(attrs{"refresh": "never", "on_missing": "recreate"}), "-refresh=false": secured().With(attrs{"on_missing": "recreate"})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{AuthorizeErrorPage: true, TokenChecksGrantFirst: true}}
			r := newSubject(t, op, attrs{"max_retries": 0})
			r.Apply(config)
			old := r.id()
			op.RemoveClient(old)
			r.start(attrs{"max_retries": 0})
			changed := config.With(attrs{"client_name": "App 2"})
			p, err := r.PlanOnly(changed)
			if err != nil {
				t.Fatal(err)
			}
			told := fmt.Sprint(r.ApplyPlan(p))
			containsAll(t, told, "plan and apply again. With on_missing = \"recreate\", the new plan registers it anew:")
			containsNone(t, told, "by one apply with this")
			r.start(attrs{"max_retries": 0})
			if p, err = r.PlanOnly(changed); err != nil {
				t.Fatal(err)
			}
			if err := r.ApplyPlan(p); err != nil || r.id() == old || len(op.Clients()) != 1 {
				t.Errorf("%v, %d clients", err, len(op.Clients()))
			}
		})
	}
}

// A client that was deleted before a plan that did not look is not told as one deleted after it, and the next plan registers it anew without a look, too.
func TestGoneBeforeAPlanThatDidNotRead(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]attrs{"never": secured().With(attrs{"refresh": "never"}), "-refresh=false": secured()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.Apply(config)
			old := r.id()
			r.op.RemoveClient(old) // last week
			for _, fails := range []bool{true, false} {
				r.start(attrs{"max_retries": 0})
				p, err := r.PlanOnly(config.With(attrs{"client_name": "App 2"}))
				if err != nil {
					t.Fatal(err)
				}
				err = r.ApplyPlan(p)
				if !fails {
					if err != nil || r.id() == old {
						t.Errorf("the way does not work: %v", err)
					}
					return
				}
				containsAll(t, fmt.Sprint(err), "Client is gone", "the token endpoint", "the client was deregistered since, or the plan did not read it", "Plan again.")
				containsNone(t, fmt.Sprint(err), "after the plan was made")
			}
		})
	}
}
