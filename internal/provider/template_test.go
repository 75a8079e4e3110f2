// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A template at which nobody serves a client that had no address: it does not become the client's, and without it all is as before.
func TestATemplateThatShowsNoClientIsNotKept(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Management: fakeop.ManagementOff, AdminToken: "admin"}
	r := newSubject(t, s, attrs{"initial_access_token": "admin"})
	r.Apply(secured())
	r.WantEmpty(secured())
	r.start(attrs{"initial_access_token": "admin", "client_configuration_uri_template": "{registration_endpoint}/{client_id}"})
	if err := r.TryApply(secured()); err != nil {
		t.Logf("with the template: %v", err)
	}
	r.start(attrs{"initial_access_token": "admin"})
	if got := r.Value("registration_client_uri"); !got.IsNull() {
		t.Errorf("registration_client_uri is %s, which has never shown the client", got)
	}
	r.WantEmpty(secured())
	if err := r.TryApply(secured().With(attrs{"client_name": "App 2"})); err != nil {
		t.Errorf("a change: %v", err)
	}
	if err := r.TryDestroy(); err != nil {
		t.Errorf("the destroy: %v", err)
	}
}

// The provider's own credentials at a server without reads: the second plan is empty, as it is with the client's own token.
func TestNoReadsForTheProvidersCredentials(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{AdminToken: "admin", Faults: fakeop.Faults{ReadStatus: 405}}, attrs{"initial_access_token": "admin", "management": "provider_credentials"})
	r.Apply(secured())
	r.WantEmpty(secured())
	changed := secured().With(attrs{"client_name": "App 2"})
	r.Apply(changed)
	r.WantEmpty(changed)
}
