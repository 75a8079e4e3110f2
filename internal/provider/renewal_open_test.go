// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The answers to updates have no secret, and reads show it. A renewal whose read-back fails replaces no client of a server whose updates bring a new secret, whatever asked for it;
// one that keeps the secret gets another client once a read has told so.
func TestRenewalWhoseReadBackFails(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"rotate_secret_when", "rotate_secret_when, with an expiry", "renew_secret_before"} {
		for _, rotates := range []bool{true, false} {
			for _, stored := range []bool{true, false} {
				for _, updated := range []bool{true, false} {
					if updated && rotates {
						continue // of updates whose answers have no secret it is not learnt that they bring one
					}
					t.Run(fmt.Sprintf("%s, rotates %v, stored %v, updated before %v", by, rotates, stored, updated), func(t *testing.T) {
						t.Parallel()
						c := &clock{now: fakeop.Epoch}
						f := fakeop.Faults{RotateSecretOnUpdate: rotates, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(silentOfSecret)}}
						s := &fakeop.Server{Faults: f, Clock: c.read}
						config := app.With(attrs{"store_client_secret": stored, "rotate_secret_when": attrs{"a": "1"}})
						if by != "rotate_secret_when" {
							s.SecretLifetime = 90 * day
							config["renew_secret_before"] = "240h"
						}
						r := newSubject(t, s, attrs{"max_retries": 0})
						r.Apply(config)
						if updated {
							c.now = c.now.Add(time.Hour)
							config = config.With(attrs{"client_name": "App 2"})
							r.Apply(config)
						}
						id, secret := r.id(), s.CurrentSecret(r.id())
						if by == "renew_secret_before" {
							c.now = c.now.Add(81 * day)
						} else {
							c.now = c.now.Add(time.Hour)
							config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
						}
						failing := f
						failing.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.InternalError()}}
						s.SetFaults(failing)
						r.start(attrs{"max_retries": 0})
						replaces := updated && !rotates // as the update before has told
						if err := r.TryApply(config); !replaces && (err != nil) != (by != "renew_secret_before") {
							t.Errorf("the renewal that is not read back ends with %v", err)
						}
						if !replaces && by != "renew_secret_before" {
							r.wantSays("New client secret not seen", "Once the server answers, apply again. That reads the client, and asks for a new secret once more:")
						}
						s.SetFaults(f)
						for i := 0; ; i++ {
							r.start(attrs{"max_retries": 0})
							if r.Empty(r.Plan(config)) {
								break
							}
							if i > 2 {
								t.Fatalf("the renewal comes to no end: %q", r.told())
							}
							c.now = c.now.Add(30 * time.Second) // soon after, so that the expiry moves by little
							_ = r.TryApply(config)
						}
						if now := s.CurrentSecret(r.id()); (r.id() == id) != rotates || now == secret {
							t.Errorf("client %s after %s, a new secret: %v; %q", r.id(), id, now != secret, r.told())
						}
						if stored {
							r.holds()
						}
					})
				}
			}
		}
	}
}
