// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that was registered without management, and credentials that are to manage all clients by now and had expired when a plan looked for it: it is told once that they do
// not, and no plan asks again. With other credentials, and the message's line, they manage it.
func TestCredentialsThatHadExpiredWhenAPlanLookedForAClient(t *testing.T) {
	t.Parallel()
	r, settings := unmanaged(t)
	first := r.id()
	expired := settings.With(attrs{"initial_access_token": "expired-token", "management": "provider_credentials"})
	r.start(expired)
	r.WantEmpty(secured())
	r.wantSays("Client cannot be managed", "the server refused them for it twice", "If these credentials have expired, renew them, and have the client asked for again. Set on the provider:")
	line := lineOf(t, errors.New(r.details()), "client_configuration_uri_template")
	r.start(expired)
	r.Apply(secured())
	r.WantEmpty(secured())
	containsNone(t, r.details(), "Client cannot be managed")

	r.start(settings.With(attrs{"management": "provider_credentials", "client_configuration_uri_template": line}))
	r.updatesAndDestroys(first)
}

// unmanaged is a client that was registered while the settings sent nothing, at a server that the provider's credentials manage. It returns the settings, too.
func unmanaged(t *testing.T) (*subject, attrs) {
	t.Helper()
	op := &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"admin-token": 0}}
	op.Start(t)
	settings := attrs{"max_retries": 0, "initial_access_token": "admin-token", "management": "none", "refresh": "always"}
	r := newSubject(t, op, settings)
	r.Apply(secured())
	return r, settings
}

// updatesAndDestroys wants that the client is managed: a change comes to the server, the second plan is empty, and a destroy leaves nothing there.
func (r *subject) updatesAndDestroys(id string) {
	r.t.Helper()
	changed := secured().With(attrs{"client_name": "App 2"})
	r.Apply(changed)
	r.WantEmpty(changed)
	if stored, _ := r.op.Client(id); r.id() != id || stored.Metadata["client_name"] != "App 2" {
		r.t.Errorf("client %s is now %s: %v", id, r.id(), stored.Metadata)
	}
	r.Destroy()
	if left := r.op.Clients(); len(left) > 0 {
		r.t.Errorf("%v are left", left)
	}
}

// While the server does not answer, or refuses a credential that is no good, each plan looks again, and says so. There is no error of the plan's own that would say more.
func TestAPlanThatLooksForAClientAgain(t *testing.T) {
	t.Parallel()
	r, settings := unmanaged(t)
	settings = settings.With(attrs{"management": "provider_credentials"})
	r.start(settings)
	r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 503})}})
	r.WantEmpty(secured())
	r.wantSays("Client not refreshed", "Once the server answers, and with credentials that it accepts, plan again. That reads the client:\n    terraform plan")
	containsNone(t, r.details(), "plan's own error")
	r.op.SetFaults(fakeop.Faults{})
	r.start(settings)
	r.Begin()
	r.WantEmpty(secured())
	r.wantQuiet()
	r.Destroy()
	if left := r.op.Clients(); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}
