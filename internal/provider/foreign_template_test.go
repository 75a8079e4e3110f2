// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client at another server than the provider's, whose credentials manage, with a template: the plan after an apply is empty.
func TestForeignClientWithTemplateConverges(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"provider", "resource"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			home, other := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: "canary-own"}, &fakeop.Server{Seed: "other"}
			home.Start(t)
			other.Start(t)
			settings := attrs{"max_retries": 0, "issuer": home.Issuer(), "initial_access_token": "canary-own", "management": "provider_credentials"}
			config := secured().With(attrs{"issuer": other.Issuer()})
			template := attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
			if by == "provider" {
				settings = settings.With(template)
			} else {
				config = config.With(template)
			}
			r := newSubject(t, home, settings)
			for i := range 4 {
				r.Begin()
				err := r.TryApply(config)
				t.Logf("apply %d: %v; told %q", i, err, r.details())
				p, err := r.TryPlan(config)
				if err != nil {
					t.Errorf("plan %d: %v", i, err)
				} else if !r.Empty(p) {
					t.Errorf("after apply %d, the plan changes %v; told %q", i, r.Changes(p), r.details())
				}
				for _, q := range other.Requests() {
					t.Log(q.Method, q.Path, q.Credential, q.Status)
				}
				other.ResetLog()
				r.start(settings)
			}
		})
	}
}
