// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

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
