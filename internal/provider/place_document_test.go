// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One metadata document names the registration endpoint of another server, as that of a replica or of a copy which was configured wrongly. The configuration is right.
func TestOneDocumentNamesTheEndpointOfACopy(t *testing.T) {
	t.Parallel()
	for _, copied := range []bool{false, true} {
		for _, step := range []string{"plan", "update", "destroy"} {
			t.Run(map[bool]string{true: "copy", false: "stranger"}[copied]+", "+step, func(t *testing.T) {
				t.Parallel()
				op, other := &fakeop.Server{}, &fakeop.Server{}
				if !copied {
					other.Seed = "other"
				}
				op.Start(t)
				other.Start(t)
				settings := attrs{"max_retries": 0, "issuer": op.Issuer(), "client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
				r := newSubject(t, op, settings)
				config := secured()
				r.Apply(config)
				token := r.Text("registration_access_token")
				registeredBefore(t, other, config)
				other.ResetLog()
				wrong := other.RegistrationEndpoint()
				op.EditFaults(func(f *fakeop.Faults) { f.MetadataMembers = map[string]any{"registration_endpoint": wrong} })
				r.start(settings)
				r.Begin()
				var err error
				switch step {
				case "plan":
					_, err = r.TryPlan(config)
				case "update":
					err = r.TryApply(config.With(attrs{"client_name": "App 2"}))
				default:
					if err = r.Reread(); err == nil {
						err = r.TryDestroy()
					}
					if err == nil && r.State.IsNull() && len(op.Clients()) == 1 {
						t.Error("deleted is said of a client that lives")
					}
				}
				t.Logf("%v; told %q", err, r.details())
				for _, q := range other.Requests() {
					if q.Credential == token && (q.Operation == fakeop.OpRead || q.Operation == fakeop.OpUpdate || q.Operation == fakeop.OpDelete) {
						t.Errorf("%s %s at the other server with the client's token", q.Method, q.Path)
					}
				}
			})
		}
	}
}

// The endpoint beside the issuer is that of a copy of the server, as for a staging environment that was restored from the same backup.
func TestEndpointOfACopy(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"provider", "resource"} {
		for _, step := range []string{"destroy", "update"} {
			t.Run(by+", "+step, func(t *testing.T) {
				t.Parallel()
				op, clone := &fakeop.Server{}, &fakeop.Server{}
				op.Start(t)
				clone.Start(t)
				template := attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
				settings := attrs{"max_retries": 0, "issuer": op.Issuer()}.With(template)
				r := newSubject(t, op, settings)
				r.Apply(secured())
				if id, _, token := registeredBefore(t, clone, secured()); id != r.id() || token != r.Text("registration_access_token") {
					t.Fatal("no copy")
				}
				config := secured()
				if by == "provider" {
					r.start(settings.With(attrs{"registration_endpoint": clone.RegistrationEndpoint()}))
				} else {
					r.start(settings)
					config = config.With(attrs{"issuer": op.Issuer(), "registration_endpoint": clone.RegistrationEndpoint()})
					if p := r.Plan(config); p.Replaces {
						t.Fatal("replaced")
					}
					r.Apply(config)
				}
				if step == "update" {
					r.Begin()
					err := r.TryApply(config.With(attrs{"client_name": "App 2"}))
					t.Logf("update: %v, told %q, uri %s", err, r.details(), r.Text("registration_client_uri"))
					if n := clone.CountOf(fakeop.OpUpdate); n > 0 {
						t.Errorf("the update went to the copy (%d), %d to the client's server", n, op.CountOf(fakeop.OpUpdate))
					}
					return
				}
				r.Begin()
				err := r.Reread()
				t.Logf("read: %v, told %q, uri %s", err, r.details(), r.Text("registration_client_uri"))
				err = r.TryDestroy()
				if err == nil && r.State.IsNull() && len(op.Clients()) == 1 {
					t.Errorf("deleted is said of a client that lives; the copy has %d; told %q", len(clone.Clients()), r.details())
				}
			})
		}
	}
}
