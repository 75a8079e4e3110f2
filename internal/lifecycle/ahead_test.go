// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// A read-back comes at once after its own registration, and not behind those of the other clients: what an interrupt meanwhile would
// leave unlearnt must not grow with the number of clients.
func TestReadBacksGoAheadOfOtherRegistrations(t *testing.T) {
	const clients = 40 // begin allows 4 at once
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web(fmt.Sprint("client ", i))}, func(authserver.Snapshot) {})
			if out.Failed() {
				t.Error(&out.Problems[0])
			}
		})
	}
	wg.Wait()
	begun, worst := 0, 0 // registrations whose read-back has not come yet
	for _, request := range l.op.Requests() {
		switch request.Operation {
		case fakeop.OpRegister:
			begun++
		case fakeop.OpRead:
			begun--
		}
		worst = max(worst, begun)
	}
	// Others may begin in the moment between an answer and the request that follows it; without places ahead nearly all of them do.
	if worst > clients-4 {
		t.Errorf("%d registrations waited for their read-back at once:\n%s", worst, sequence(l.op))
	}
}

func sequence(op *fakeop.Server) string {
	var b strings.Builder
	for _, request := range op.Requests() {
		fmt.Fprintln(&b, request.Method, request.Path)
	}
	return b.String()
}
