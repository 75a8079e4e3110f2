// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client stays where it is where its configuration names its server by now, because the provider is configured for another one.
func TestPinned(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]bool{"below": false, "elsewhere": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			if away {
				elsewhere(t, op)
			} else {
				op.Start(t)
			}
			r := newSubject(t, op, attrs{"max_retries": 0, "registration_endpoint": op.RegistrationEndpoint()})
			r.Apply(secured())
			r.start(attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0})
			p, err := r.TryPlan(secured().With(attrs{"issuer": op.Issuer()}))
			if err != nil {
				t.Fatal(err)
			}
			if r.anew(p) {
				t.Errorf("the pinned client is replaced: %s", r.details())
			}
		})
	}
}
