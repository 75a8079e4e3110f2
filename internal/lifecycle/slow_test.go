// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Terraform was killed while its provider waits for the answer to a registration, which a slow server gives within the grace of an interrupt, and the
// provider ends a moment after it. The apply that is started at once takes that client over.
func TestAnApplyBesideARegistrationThatIsUnderWay(t *testing.T) {
	settings := withJournal(t)
	first := begin(t, &fakeop.Server{}, settings)
	second := start(t, first.op, settings)
	arrived, answer, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once sync.Once
	first.op.SetHooks(nil, func(r *http.Request) {
		if fakeop.OperationOf(r) == fakeop.OpRegister {
			once.Do(func() {
				close(arrived)
				<-answer
			})
		}
	})
	go func() {
		defer close(done)
		lifecycle.Register(context.WithoutCancel(t.Context()), first.server, lifecycle.Registration{Asked: web("a")}, func(authserver.Snapshot) {})
	}()
	<-arrived
	var waited time.Duration
	var end sync.Once
	second.waits = func(d time.Duration) {
		if waited += d; waited > 13*time.Second {
			end.Do(func() {
				close(answer)
				<-done
				first.server.Close()
			})
		}
	}
	out := second.registerAs(web("a"))
	end.Do(func() { close(answer) })
	<-done
	if n := first.op.Registrations(); n != 1 || !out.Has(outcome.Adopted) {
		t.Errorf("%d registrations after %v: %s", n, waited, kinds(out.Problems))
	}
}
