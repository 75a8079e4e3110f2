// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The provider's registration endpoint is pointed at another server, and its issuer forgotten.
func TestProvidersEndpointAlone(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"provider", "resource"} {
		for _, refresh := range []string{"auto", "never"} {
			t.Run(by+", refresh "+refresh, func(t *testing.T) {
				t.Parallel()
				op, other := &fakeop.Server{}, &fakeop.Server{Seed: "other"}
				op.Start(t)
				other.Start(t)
				template := attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
				settings := attrs{"max_retries": 0, "issuer": op.Issuer(), "refresh": refresh}
				config := secured()
				if by == "provider" {
					settings = settings.With(template)
				} else {
					config = config.With(template)
				}
				r := newSubject(t, op, settings)
				r.Apply(config)
				token := r.Text("registration_access_token")
				r.start(settings.With(attrs{"registration_endpoint": other.RegistrationEndpoint()}))
				r.Begin()
				_, err := r.TryPlan(config)
				t.Logf("plan: %v; told %q", err, r.details())
				t.Logf("update: %v", r.TryApply(config.With(attrs{"client_name": "App 2"})))
				t.Logf("destroy: %v", r.TryDestroy())
				for _, q := range other.Requests() {
					if q.Credential == token {
						t.Errorf("credential to the other server: %s %s", q.Method, q.Path)
					}
				}
			})
		}
	}
}

// A registration endpoint at another host beside the issuer: what goes there.
func TestIssuerBesideAnotherEndpoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		provider, before, after func(op, other *fakeop.Server) attrs
	}{
		"resource": {
			func(op, other *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
			func(op, other *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
			func(op, other *fakeop.Server) attrs {
				return attrs{"issuer": op.Issuer(), "registration_endpoint": other.RegistrationEndpoint()}
			},
		},
	} {
		for _, credentials := range []attrs{nil, {"initial_access_token": "canary-own"}, {"initial_access_token": "canary-own", "management": "provider_credentials"}} {
			for _, template := range []attrs{nil, {"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}} {
				t.Run(fmt.Sprint(name, credentials, template), func(t *testing.T) {
					t.Parallel()
					op, other := &fakeop.Server{}, &fakeop.Server{Seed: "other"}
					if credentials["management"] != nil {
						op.Management, op.AdminToken = fakeop.ManagementByCredential, "canary-own"
					}
					op.Start(t)
					other.Start(t)
					settings := attrs{"max_retries": 0}.With(c.provider(op, other)).With(credentials)
					r := newSubject(t, op, settings)
					r.Apply(secured().With(c.before(op, other)).With(template))
					token := r.Text("registration_access_token")
					r.start(settings)
					config := secured().With(c.after(op, other)).With(template)
					p, err := r.TryPlan(config)
					t.Logf("plan: %v replaces %v", err, p != nil && p.Replaces)
					t.Logf("apply: %v", r.TryApply(config))
					t.Logf("again: %v", r.TryApply(config.With(attrs{"client_name": "App 2"})))
					for _, q := range other.Requests() {
						t.Logf("other got %s %s %q", q.Method, q.Path, q.Credential)
						if q.Credential != "" && (q.Credential == token || q.Credential == "canary-own") {
							t.Errorf("credential to the other server: %s %s", q.Method, q.Path)
						}
					}
				})
			}
		}
	}
}
