// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A secret that is to be renewed is kept where the update left its expiry as it was, whatever reads show for it, and whether or not the state stores
// it: else no plan would replace the client. Where an update renews it, it is not.
func TestASecretThatUpdatesKeepIsKept(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"shown": {}, "hashed": {HashedSecretOnRead: true}, "hidden": {OmitSecretOnRead: true},
		"renewed": {RotateSecretOnUpdate: true}, "renewed, hashed": {RotateSecretOnUpdate: true, HashedSecretOnRead: true}, "renewed, hidden": {RotateSecretOnUpdate: true, OmitSecretOnRead: true},
	} {
		for _, stores := range []bool{true, false} {
			for _, updates := range []int{0, 1} {
				for _, rotate := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, stored %v, after %d updates, asked for %v", name, stores, updates, rotate), func(t *testing.T) {
						t.Parallel()
						var later atomic.Int64
						l := begin(t, &fakeop.Server{Faults: f, SecretLifetime: time.Hour, Clock: func() time.Time { return fakeop.Epoch.Add(time.Duration(later.Load())) }}, authserver.Settings{})
						l.registerAs(web("a"))
						update := func(to string, renew bool) (out outcome.Outcome) {
							if !stores {
								l.unstored()
							}
							later.Add(int64(time.Minute))
							return lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web(to), MayChange: anything, StoresSecret: stores, RenewSecret: renew, RotateSecret: renew && rotate}, l.save)
						}
						for i := range updates {
							update(fmt.Sprint(i), false)
						}
						out := update("b", true)
						if kept := !f.RotateSecretOnUpdate; out.Has(outcome.SecretKept) != kept || l.state.Record.SecretKept != kept || l.state.Record.Facts.SecretOnUpdate == kept {
							t.Errorf("kept %v, %+v: %s", l.state.Record.SecretKept, l.state.Record.Facts, kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}

// The same without reads, once a change of the authentication method has brought another secret: it is no word that each update brings one.
func TestASecretThatUpdatesKeepAfterAnotherMethod(t *testing.T) {
	for _, rotate := range []bool{true, false} {
		var later atomic.Int64
		f := fakeop.Faults{ReadStatus: http.StatusMethodNotAllowed}
		l := begin(t, &fakeop.Server{Faults: f, SecretLifetime: time.Hour, Clock: func() time.Time { return fakeop.Epoch.Add(time.Duration(later.Load())) }}, authserver.Settings{})
		l.registerAs(with(web("a"), method, "client_secret_post"))
		for _, to := range []string{"none", "client_secret_post"} {
			later.Add(int64(time.Minute))
			l.update(with(web("a"), method, to))
		}
		l.unstored()
		later.Add(int64(time.Minute))
		out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{
			State: l.state, Asked: with(web("a"), method, "client_secret_post"), MayChange: anything, RenewSecret: true, RotateSecret: rotate,
		}, l.save)
		if !out.Has(outcome.SecretKept) || !l.state.Record.SecretKept {
			t.Errorf("asked for %v: kept %v, %+v: %s", rotate, l.state.Record.SecretKept, l.state.Record.Facts, kinds(out.Problems))
		}
	}
}

// A secret that is not stored changes for nobody: no update that was to leave it alone says that it did not, whatever its answer or a read shows.
func TestASecretThatIsNotStoredChangesForNobody(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("a"))
	for _, to := range []string{"b", "c"} {
		l.unstored()
		l.want(lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web(to)}, l.save))
	}
}
