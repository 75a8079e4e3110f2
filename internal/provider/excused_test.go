// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One error stops a plan, and those of other clients are warnings beside it. Where the first is none, because the configuration gives the read more
// time by now, nothing else would stop a plan that goes by what another client was before.
func TestErrorThatIsNotToldMakesNoOtherAWarning(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	settings := attrs{"registration_endpoint": op.RegistrationEndpoint(), "max_retries": 0}
	first := newSubject(t, op, settings)
	first.Apply(secured().With(attrs{"timeouts": attrs{"read": "1ns"}}))
	second := &subject{Instance: first.Rig().Instance(theClient + ".second"), t: t, op: op}
	second.Apply(secured())
	first.start(settings)
	if err := first.Reread(); err != nil {
		t.Fatal(err)
	}
	op.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3600"}}})
	if err := second.Reread(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.PlanOnly(secured().With(attrs{"timeouts": attrs{"read": "10m"}})); err != nil {
		t.Fatal(err)
	}
	_, err := second.PlanOnly(secured().With(attrs{"client_name": "Two"}))
	wants(t, err, "Client not read, because the server asks to wait")
}
