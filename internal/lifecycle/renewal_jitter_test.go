// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A server that tells a secret's expiry from what is left until a fixed end is a second off now and then, in either direction. That is no new lifetime, whatever shows the secret:
// an update is not taken for one that replaced the secret or began its lifetime anew, nor is a renewal for one that was made. One that is put off by a day is.
func TestAnExpiryThatMovesBySecondsIsNoNewLifetime(t *testing.T) {
	const start = 90 * 24 * 60 * 60
	for what, by := range map[string]int64{"later": 1, "earlier": -1, "a day": 24 * 60 * 60} {
		for _, hidden := range []bool{true, false} {
			for _, stored := range []bool{true, false} {
				for _, renew := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, hidden %v, stored %v, to be renewed %v", what, hidden, stored, renew), func(t *testing.T) {
						t.Parallel()
						moved := new(atomic.Int64)
						shows := func(doc map[string]any) {
							doc["client_secret_expires_at"] = fakeop.Epoch.Unix() + start + by*moved.Load()
						}
						f := fakeop.Faults{OmitSecretOnRead: hidden, OmitSecretOnUpdate: hidden}
						f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: shows})
						f.Updating.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { moved.Add(1); shows(doc) }})
						f.Reading.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: shows})
						l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
						l.registerAs(web("a"))
						l.state.Record.SecretAt = 1
						if !stored {
							l.unstored()
						}
						out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), MayChange: anything, StoresSecret: stored, RenewSecret: renew}, l.save)
						anew, record := what == "a day", l.state.Record
						if kept := renew && !anew; record.SecretKept != kept || out.Has(outcome.SecretKept) != kept {
							t.Errorf("the secret counts as kept %v: %s", record.SecretKept, kinds(out.Problems))
						}
						if (record.SecretAt != 1) != anew {
							t.Errorf("the secret counts as issued at %d", record.SecretAt)
						}
						if record.Facts.LifetimeOnUpdate != (anew && (!hidden || stored)) { // the token endpoint tells of one that is stored
							t.Errorf("updates begin the lifetime anew: %v", record.Facts.LifetimeOnUpdate)
						}
						maybe := anew && hidden && !stored
						if record.Facts.SecretOnUpdate != maybe || out.Has(outcome.SecretUnkept) != maybe {
							t.Errorf("updates replace the secret %v: %s", record.Facts.SecretOnUpdate, kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}
