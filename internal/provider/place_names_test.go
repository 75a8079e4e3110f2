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

// A client that never moved, since provider and resource were pointed at another server together, stays when its configuration names its own again, by
// another name than it was registered by.
func TestBackAtTheServerThatItNeverLeft(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(*fakeop.Server) attrs{
		"issuer":   func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op, other := &fakeop.Server{}, startedOther(t)
			op.Start(t)
			r := newSubject(t, op, attrs{"max_retries": 0, "registration_endpoint": op.RegistrationEndpoint()})
			r.Apply(secured())
			first := r.id()
			wrong := attrs{"issuer": other.Issuer()}
			r.start(attrs{"max_retries": 0}.With(wrong))
			r.Apply(secured().With(wrong))
			if r.id() != first || len(other.Clients()) != 0 {
				t.Fatal("it moved: the test shows nothing")
			}
			r.start(attrs{"max_retries": 0}.With(wrong))
			config := secured().With(back(op))
			if p := r.Plan(config); r.anew(p) {
				t.Fatalf("the plan replaces the client: %s", r.Describe(p))
			}
			r.Apply(config)
			r.WantEmpty(config)
			if all := op.Clients(); len(all) != 1 || all[0].ID != first {
				t.Errorf("the server has %v, and was to keep %s", all, first)
			}
		})
	}
}
