// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Whether plain http is allowed may be known in the apply only: a plan does not refuse the provider's own addresses for it.
func TestPlainHTTPThatMayTurnOutAllowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"issuer", "registration_endpoint"} {
		op := &fakeop.Server{}
		op.Start(t)
		r := newRig(t, op)
		if err := r.Start(attrs{name: "http://10.0.0.5/register", "allow_insecure_http": tftest.Unknown{}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.Start(attrs{name: "http://10.0.0.5/register", "allow_insecure_http": false}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whether plain http is allowed decides nothing at another address: what is looked up there waits for nothing.
func TestPlainHTTPDecidesNothingAtAnotherAddress(t *testing.T) {
	t.Parallel()
	const plain = "http://10.0.0.5/register"
	secretAt := func(r *subject, uri string) error {
		config := configured(r.t, schemas(r.t).EphemeralResourceSchemas["oidc_client_secret"], attrs{"client_id": r.op.Clients()[0].ID, "registration_client_uri": uri})
		answer, err := r.Rig().Server().OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: config})
		if err == nil && len(answer.Diagnostics) > 0 {
			err = errors.New(details(answer.Diagnostics))
		}
		return err
	}
	dataAt := func(r *subject, named attrs) error {
		_, err := r.Rig().ReadData("oidc_client", named)
		return err
	}
	for name, look := range map[string]func(r *subject, id, uri string) error{
		"import":                   func(r *subject, _, uri string) error { return r.tryImport(uri) },
		"import by client_id":      func(r *subject, id, _ string) error { return r.tryImport(id) },
		"data source":              func(r *subject, _, uri string) error { return dataAt(r, attrs{"registration_client_uri": uri}) },
		"data source by client_id": func(r *subject, id, _ string) error { return dataAt(r, attrs{"client_id": id}) },
		"ephemeral resource":       func(r *subject, _, uri string) error { return secretAt(r, uri) },
		"import, http":             func(r *subject, id, _ string) error { return r.tryImport(plain + "/" + id) },
		"data source, http": func(r *subject, id, _ string) error {
			return dataAt(r, attrs{"registration_client_uri": plain + "/" + id})
		},
		"ephemeral resource, http": func(r *subject, id, _ string) error { return secretAt(r, plain+"/"+id) },
		"import by client_id, at http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return r.tryImport(id)
		},
		"data source by client_id, http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return dataAt(r, attrs{"client_id": id})
		},
		"data source by client_name, http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return dataAt(r, attrs{"client_name": "App"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, app)
			r := newSubject(t, s, attrs{"allow_insecure_http": tftest.Unknown{}, "registration_access_tokens": attrs{id: token}})
			s.ResetLog()
			err := look(r, id, uri)
			waits := err != nil && strings.Contains(err.Error(), "are unknown")
			if strings.Contains(name, "http") {
				if !waits {
					t.Errorf("it says %v", err)
				}
				return
			}
			if err != nil || s.CountOf(fakeop.OpRead) == 0 {
				t.Errorf("%d reads: %v", s.CountOf(fakeop.OpRead), err)
			}
		})
	}
}

// An import is not read with a part of the settings: its token would go past a proxy, or without what a gateway wants, and the refusal
// would be told as the token's.
func TestImportIsNotReadBeforeTheSettingsAreKnown(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]attrs{
		"headers": {"headers": attrs{"X-Api-Key": tftest.Unknown{}}}, "proxy_url": {"proxy_url": tftest.Unknown{}}, "ca_certificate": {"ca_certificate": tftest.Unknown{}},
		"basic_auth":           {"basic_auth": attrs{"username": "admin", "password": tftest.Unknown{}}, "management": "provider_credentials"},
		"initial_access_token": {"initial_access_token": tftest.Unknown{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, app)
			settings := unknown
			if name != "basic_auth" && name != "initial_access_token" {
				settings = unknown.With(attrs{"registration_access_tokens": attrs{id: token}})
			}
			r := newSubject(t, s, settings)
			before := len(s.Log())
			err := r.tryImport(uri)
			if err == nil || !strings.Contains(err.Error(), "settings are unknown") {
				t.Errorf("the import says %v", err)
			}
			for _, request := range s.Log()[before:] {
				if strings.Contains(fmt.Sprint(request), "/register/") {
					t.Errorf("it was read: %v", request)
				}
			}
		})
	}
}
