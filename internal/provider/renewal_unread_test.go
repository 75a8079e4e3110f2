// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// silentOfSecret is the answer to an update that leaves out the secret and its expiry.
var silentOfSecret = fakeop.Answer{Edit: func(doc map[string]any) {
	delete(doc, "client_secret")
	delete(doc, "client_secret_expires_at")
}}

// Where nothing shows what an update did to the secret, since there are no reads and the answers to updates have no secret, a new one comes with another client.
func TestRenewalWhereNothingShowsTheSecret(t *testing.T) {
	t.Parallel()
	bare := fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
		for _, member := range []string{"client_secret", "client_secret_expires_at", "registration_access_token", "registration_client_uri"} {
			delete(doc, member)
		}
	}})
	noReads := fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 405})}
	for what, f := range map[string]fakeop.Faults{
		"kept":                         {Reading: noReads, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(silentOfSecret)}},
		"kept, and nothing shown":      {Reading: noReads, Updating: fakeop.UpdatingFaults{Calls: bare}},
		"replaced unseen":              {Reading: noReads, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(silentOfSecret)}, RotateSecretOnUpdate: true},
		"kept, and 204":                {Reading: noReads, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}},
		"kept, and reads hide it":      {OmitSecretOnRead: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(silentOfSecret)}},
		"kept, 204, reads hide it":     {OmitSecretOnRead: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}},
		"replaced, 204, reads hide it": {OmitSecretOnRead: true, RotateSecretOnUpdate: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}},
		"kept, 204, reads show it":     {Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}},
		"replaced, 204, reads show it": {RotateSecretOnUpdate: true, Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})}},
	} {
		for _, by := range []string{"rotate_secret_when", "renew_secret_before"} {
			for _, stored := range []bool{true, false} {
				for _, updated := range []bool{false, true} {
					t.Run(fmt.Sprint(what, ", ", by, ", stored ", stored, ", updated before ", updated), func(t *testing.T) {
						t.Parallel()
						c := &clock{now: fakeop.Epoch}
						s := &fakeop.Server{Faults: f, Clock: c.read}
						config := app.With(attrs{"store_client_secret": stored, "rotate_secret_when": attrs{"a": "1"}})
						if by == "renew_secret_before" {
							s.SecretLifetime = 90 * day
							config["renew_secret_before"] = "240h"
						}
						r := newSubject(t, s, attrs{"max_retries": 0})
						r.Apply(config)
						if updated {
							config = config.With(attrs{"client_name": "App 2"})
							_ = r.TryApply(config)
						}
						id, secret := r.id(), s.CurrentSecret(r.id())
						if by == "renew_secret_before" {
							c.now = c.now.Add(81 * day)
						} else {
							c.now = c.now.Add(time.Hour)
							config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
						}
						r.start(attrs{"max_retries": 0})
						for i := 0; !r.Empty(r.Plan(config)); i++ {
							if i > 2 {
								t.Fatalf("the renewal comes to no end: %v", r.told())
							}
							_ = r.TryApply(config)
						}
						if r.id() == id && s.CurrentSecret(id) == secret {
							t.Error("there is no new secret")
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

// One answer that has lost the new secret costs no client of a server whose updates bring one.
func TestRenewalWhereOneAnswerLacksTheSecret(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]fakeop.Answer{
		"no secret": {Edit: func(doc map[string]any) {
			delete(doc, "client_secret")
			delete(doc, "client_secret_expires_at")
		}},
		"204": {Status: 204, Processed: true}, "204, not made": {Status: 204}, "a page": fakeop.Welcome(),
	} {
		for reads, f := range map[string]fakeop.Faults{"no reads": {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 405})}}, "reads hide it": {OmitSecretOnRead: true}, "reads show it": {}} {
			t.Run(name+", "+reads, func(t *testing.T) {
				t.Parallel()
				f.RotateSecretOnUpdate = true
				f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: lost}}
				r := newSubject(t, &fakeop.Server{Faults: f}, attrs{"max_retries": 0})
				config := app.With(attrs{"rotate_secret_when": attrs{"a": "1"}})
				r.Apply(config)
				id, secret := r.id(), r.op.CurrentSecret(r.id())
				config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
				for i := 0; !r.Empty(r.Plan(config)); i++ {
					if i > 2 {
						t.Fatalf("the renewal comes to no end: %v", r.told())
					}
					_ = r.TryApply(config)
				}
				if r.id() != id || r.op.CurrentSecret(id) == secret {
					t.Errorf("client %s after %s, a new secret: %v", r.id(), id, r.op.CurrentSecret(id) != secret)
				}
				r.holds()
			})
		}
	}
}

// Answers that are errors, with no word in them, say of no secret that it is kept: the client is not replaced for them, and a later update renews the secret.
func TestRenewalThatIsAnsweredWithErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"status":"error"}`, `{"error":true}`, `{"error":{"id":17}}`, `{"success":false}`} {
		for reads, f := range map[string]fakeop.Faults{"no reads": {Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 405})}}, "reads hide it": {OmitSecretOnRead: true}, "reads show it": {}} {
			t.Run(body+", "+reads, func(t *testing.T) {
				t.Parallel()
				c := &clock{now: fakeop.Epoch}
				f.RotateSecretOnUpdate = true
				refuses := f
				refuses.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 200, Body: body})
				r := newSubject(t, &fakeop.Server{Faults: f, Clock: c.read, SecretLifetime: 90 * day}, attrs{"max_retries": 0})
				config := app.With(attrs{"renew_secret_before": "240h"})
				r.Apply(config)
				id, secret := r.id(), r.op.CurrentSecret(r.id())
				c.now = c.now.Add(81 * day)
				r.op.SetFaults(refuses)
				for range 2 {
					r.start(attrs{"max_retries": 0})
					if err := r.TryApply(config); err == nil {
						t.Error("a renewal that was refused succeeds")
					}
				}
				r.op.SetFaults(f)
				r.start(attrs{"max_retries": 0})
				r.Apply(config)
				if r.id() != id || r.op.CurrentSecret(id) == secret {
					t.Errorf("client %s after %s, a new secret: %v", r.id(), id, r.op.CurrentSecret(id) != secret)
				}
			})
		}
	}
}
