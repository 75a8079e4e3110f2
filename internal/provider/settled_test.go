// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What a configuration writes out and the server has registered already, defaults included, is no reason for another client where clients
// cannot be changed: nothing is registered, updated or deleted, then or when it is left out again.
func TestWhatIsRegisteredAlreadyReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*fakeop.Server{
		"no management":      {Management: fakeop.ManagementOff},
		"no updates":         {Faults: fakeop.Faults{UpdateStatus: 405}},
		"no updates, 404":    {Faults: fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}}},
		"a URI that is none": {Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{URI: func(string) any { return "urn:example:client" }}}}},
		"hides its defaults": {Management: fakeop.ManagementOff, Faults: fakeop.Faults{DropOnWrite: []string{"application_type", "response_types"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, s, attrs{"max_retries": 0})
			r.Apply(app)
			_ = r.TryApply(renamed) // where there are no updates, this says so; else it is another client already
			_ = r.TryApply(app)
			id := r.id()
			r.op.ResetLog()
			full := app.With(attrs{"application_type": "web", "response_types": []string{"code"}, "require_auth_time": false, "grant_types": []string{"authorization_code"}})
			for _, config := range []attrs{full, app, full.With(attrs{"token_endpoint_auth_method": "client_secret_basic"})} {
				if p := r.Plan(config); r.anew(p) {
					t.Fatalf("another client is planned: %s", r.Describe(p))
				}
				r.Apply(config)
				r.WantEmpty(config)
				if r.id() != id {
					t.Fatal("another client was registered")
				}
			}
			if n := len(r.op.Of(fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete)); n != 0 {
				t.Errorf("%d requests change something: %v", n, r.op.Log())
			}
			// And what the server has not registered is one.
			if p := r.Plan(full.With(attrs{"require_auth_time": true})); !r.anew(p) {
				t.Error("a change is planned as an update")
			}
		})
	}
}
