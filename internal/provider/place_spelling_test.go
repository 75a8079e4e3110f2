// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One server by another spelling of its address is no move.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(string) string{
		"host":   func(s string) string { return strings.Replace(s, "localhost", "LOCALHOST", 1) },
		"scheme": func(s string) string { return strings.Replace(s, "http://", "HTTP://", 1) },
		"slash":  func(s string) string { return s + "/" },
	} {
		for _, where := range []string{"resource to resource", "provider to resource", "resource to provider"} {
			t.Run(name+", "+where, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{}
				op.Start(t)
				endpoint := strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1)
				host := strings.Replace(op.URL(), "127.0.0.1", "localhost", 1)
				op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = host })
				one, two := attrs{"registration_endpoint": endpoint}, attrs{"registration_endpoint": spell(endpoint)}
				var r *subject
				var config attrs
				switch where {
				case "resource to resource":
					r = newSubject(t, op, attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0})
					r.Apply(secured().With(one))
					config = secured().With(two)
				case "provider to resource":
					r = newSubject(t, op, attrs{"max_retries": 0}.With(one))
					r.Apply(secured())
					config = secured().With(two)
				default:
					r = newSubject(t, op, attrs{"max_retries": 0}.With(two))
					r.Apply(secured().With(one))
					config = secured()
				}
				p, err := r.TryPlan(config)
				if err != nil {
					t.Fatal(err)
				}
				if p.Replaces {
					t.Errorf("replacement planned for a spelling; told %q", r.details())
				}
			})
		}
	}
}

// A client whose state was lost after the registration, of which the journal has the place in another spelling.
func TestJournalAndSpelling(t *testing.T) {
	t.Parallel()
	for name, places := range map[string]func(op *fakeop.Server) (before, after attrs){
		"slash": func(op *fakeop.Server) (attrs, attrs) {
			return attrs{"registration_endpoint": op.RegistrationEndpoint()}, attrs{"registration_endpoint": op.RegistrationEndpoint() + "/"}
		},
		"host": func(op *fakeop.Server) (attrs, attrs) {
			e := strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1)
			return attrs{"registration_endpoint": e}, attrs{"registration_endpoint": strings.Replace(e, "localhost", "LOCALHOST", 1)}
		},
		"endpoint, issuer": func(op *fakeop.Server) (attrs, attrs) {
			return attrs{"registration_endpoint": op.RegistrationEndpoint()}, attrs{"issuer": op.Issuer()}
		},
		"same": func(op *fakeop.Server) (attrs, attrs) {
			return attrs{"registration_endpoint": op.RegistrationEndpoint()}, attrs{"registration_endpoint": op.RegistrationEndpoint()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			settings := attrs{"max_retries": 0, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}}
			before, after := places(op)
			r := newSubject(t, op, settings)
			r.Apply(secured().With(before))
			r.State, r.Private = tftypes.NewValue(r.State.Type(), nil), nil // the state was never written
			r.start(settings)
			err := r.TryApply(secured().With(after))
			if n := len(op.Clients()); n != 1 {
				t.Errorf("%d clients (%v)", n, err)
			}
		})
	}
}

// The provider's own endpoint in another spelling.
func TestProvidersEndpointRespelled(t *testing.T) {
	t.Parallel()
	for _, management := range []string{"auto", "provider_credentials"} {
		t.Run(management, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			settings := attrs{"max_retries": 0, "management": management, "initial_access_token": "canary-own"}
			if management != "auto" {
				op.Management, op.AdminToken = fakeop.ManagementByCredential, "canary-own"
			}
			op.Start(t)
			e := strings.Replace(op.RegistrationEndpoint(), "127.0.0.1", "localhost", 1)
			host := strings.Replace(op.URL(), "127.0.0.1", "localhost", 1)
			op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = host })
			r := newSubject(t, op, settings.With(attrs{"registration_endpoint": e}))
			r.Apply(secured())
			r.start(settings.With(attrs{"registration_endpoint": strings.Replace(e, "localhost", "LOCALHOST", 1)}))
			r.Begin()
			if _, err := r.TryPlan(secured()); err != nil {
				t.Errorf("blocked: %v", err)
			}
			if told := r.details(); told != "" {
				t.Errorf("told %s", told)
			}
		})
	}
}
