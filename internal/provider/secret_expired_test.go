// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An update brings a new secret and does not say when it expires. What is known of the one before says nothing of it, or each plan would renew it.
func TestANewSecretDoesNotExpireWithTheOneBefore(t *testing.T) {
	t.Parallel()
	r, clock := aging(t, fakeop.Faults{RotateSecretOnUpdate: true}, nil)
	config := app.With(attrs{"renew_secret_before": "240h"})
	r.Apply(config)
	r.op.EditFaults(func(f *fakeop.Faults) { f.OmitSecretExpiry = true })
	clock.now = clock.now.Add(85 * day)
	before := r.Text("client_secret")
	r.Apply(config)
	if r.Text("client_secret") == before {
		t.Fatal("the secret was not renewed")
	}
	for range 2 {
		clock.now = clock.now.Add(day)
		r.WantEmpty(config)
		r.silent()
	}
}

// A server issues secrets that have expired by its own account, as one that writes a lifetime in place of a time: another one would be no better, so that none is
// asked for and no client replaced, but where the user asks for a new one.
func TestASecretThatIsIssuedExpiredIsNotRenewed(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"reissued on update": {RotateSecretOnUpdate: true}, "kept on update": {}} {
		for _, at := range []int64{86400, fakeop.Epoch.Unix(), fakeop.Epoch.Add(-time.Hour).Unix()} {
			lifetime := fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret_expires_at"] = at }})
			faults.Registration.Calls, faults.Reading.Calls, faults.Updating.Calls = lifetime, lifetime, lifetime
			r, clock := aging(t, faults, nil)
			config := app.With(attrs{"renew_secret_before": "240h", "rotate_secret_when": attrs{"a": "1"}})
			r.Apply(config)
			id := r.id()
			for range 2 {
				clock.now = clock.now.Add(time.Minute)
				r.WantEmpty(config)
				r.tells("Client secret has expired")
				containsAll(t, r.details(), "another one would be no better")
			}
			r.Apply(config.With(attrs{"client_name": "b"}))
			if r.id() != id {
				t.Errorf("%s, %d: the client was replaced", name, at)
			}
			if p := r.Plan(config.With(attrs{"client_name": "b", "rotate_secret_when": attrs{"a": "2"}})); r.Empty(p) {
				t.Errorf("%s, %d: rotate_secret_when does nothing", name, at)
			}
		}
	}
}
