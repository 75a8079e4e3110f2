// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
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

// A client that was registered without management comes to be managed at a server that has no reads: once an apply has asked there, the plan is empty.
func TestNoReadsAtAnAddressThatATemplateGives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server       *fakeop.Server
		before, then attrs
	}{
		"managed by the provider's credentials later": {
			&fakeop.Server{AdminToken: "admin", Faults: fakeop.Faults{ReadStatus: 405}},
			attrs{"initial_access_token": "admin", "management": "none"}, attrs{"initial_access_token": "admin", "management": "provider_credentials"},
		},
		"a template that was there before": {
			&fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{URI: func(string) any { return nil }}}}},
			attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}, attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"},
		},
		"a template that was written later": {
			&fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, Registration: fakeop.RegistrationFaults{Shows: fakeop.Shows{URI: func(string) any { return nil }}}}},
			nil, attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, c.server, c.before)
			r.Apply(secured())
			id := r.id()
			r.start(c.then)
			r.Apply(secured())
			r.WantEmpty(secured())
			if uri := r.Text("registration_client_uri"); !strings.HasSuffix(uri, "/register/"+id) {
				t.Errorf("its address is %q", uri)
			}
			changed := secured().With(attrs{"client_name": "App 2"})
			r.Apply(changed)
			r.WantEmpty(changed)
			if updates := r.op.CountOf(fakeop.OpUpdate); r.id() != id || updates != 1 {
				t.Errorf("%d updates, and the client is %s, was %s", updates, r.id(), id)
			}
		})
	}
}

// Where a wrong template gave the address that shows nothing, the message points at the template, and correcting it works.
func TestAWrongTemplateIsNamed(t *testing.T) {
	t.Parallel()
	wrong := attrs{"client_configuration_uri_template": "{registration_endpoint}/none/{client_id}"}
	right := attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
	t.Run("import", func(t *testing.T) {
		t.Parallel()
		op := &fakeop.Server{}
		made := newSubject(t, op, nil)
		made.Apply(secured())
		token := attrs{"registration_access_tokens": attrs{made.id(): made.Text("registration_access_token")}}
		r := newSubject(t, op, wrong.With(token))
		op.EditFaults(func(f *fakeop.Faults) { f.OtherClientStatus = 404 })
		if err := r.tryImport(made.id()); err == nil || !strings.Contains(err.Error(), "at the address that client_configuration_uri_template gives") || strings.Contains(err.Error(), "at its registration_client_uri") {
			t.Errorf("the import: %v", err)
		}
		if told := r.told(); !slices.ContainsFunc(told, func(line string) bool { return strings.HasPrefix(line, "error client_configuration_uri_template: ") }) {
			t.Errorf("told %q", told)
		}
		r.start(right.With(token))
		if err := r.tryImport(made.id()); err != nil {
			t.Errorf("with the template corrected: %v", err)
		}
	})
	t.Run("beside an address that is known", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(secured())
		r.start(wrong)
		r.WantEmpty(secured())
		if !slices.Contains(r.told(), "warning client_configuration_uri_template: Client configuration endpoint kept") {
			t.Errorf("told %q", r.told())
		}
		r.wantSays("at the address that client_configuration_uri_template gives")
		r.start(nil)
		r.WantEmpty(secured())
		r.wantQuiet()
	})
}
