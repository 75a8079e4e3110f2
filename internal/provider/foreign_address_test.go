// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// foreignServers are the provider's own server, which its credentials manage, and another one, with settings under which nothing is sent to that.
func foreignServers(t *testing.T) (home, other *fakeop.Server, settings attrs) {
	t.Helper()
	home, other = &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: "canary-own"}, &fakeop.Server{Seed: "other"}
	home.Start(t)
	other.Start(t)
	return home, other, attrs{"max_retries": 0, "issuer": home.Issuer(), "initial_access_token": "canary-own", "management": "provider_credentials"}
}

// A client at another server than the one whose credentials manage: nothing is sent for it, and what that server returned to manage it with stays for the
// setting that the warning names.
func TestForeignClientIsManagedOnceItsOwnTokenIsUsed(t *testing.T) {
	t.Parallel()
	home, other, settings := foreignServers(t)
	config := secured().With(attrs{"issuer": other.Issuer()})
	r := newSubject(t, home, settings)
	r.Apply(config)
	r.wantSays("nothing was sent with them to this one's server", `management = "auto"`)
	containsNone(t, r.details(), "does not show it to them", "client_configuration_uri_template", `management = "none"`)
	for range 2 {
		r.WantEmpty(config)
		r.start(settings)
	}
	r.start(settings.With(attrs{"management": "auto"}))
	r.WantEmpty(config)
	r.Destroy()
	if left := other.Clients(); len(left) != 0 {
		t.Errorf("%d clients are left", len(left))
	}
}

// A change replaces it, and with the setting that the warning names the old one goes, as the plan says.
func TestForeignClientIsReplacedOnceItsOwnTokenIsUsed(t *testing.T) {
	t.Parallel()
	home, other, settings := foreignServers(t)
	config := secured().With(attrs{"issuer": other.Issuer(), "rotate_secret_when": attrs{"a": "1"}})
	r := newSubject(t, home, settings)
	r.Apply(config)
	changed := config.With(attrs{"client_name": "App 2"})
	r.start(settings.With(attrs{"management": "none"}))
	r.planned(changed)
	r.wantSays("This one stays at the server.")
	r.start(settings.With(attrs{"management": "auto"}))
	r.planned(config.With(attrs{"rotate_secret_when": attrs{"a": "2"}}))
	r.wantSays("A new client secret needs a new client")
	containsNone(t, r.details(), "stays at the server", "keeps its secret")
	r.planned(changed)
	r.wantSays("This one is deregistered where the server does that, and else stays there.")
	containsNone(t, r.details(), "offers no way to deregister it", "administrator")
	r.Apply(changed)
	r.WantEmpty(changed)
	if left := other.Clients(); len(left) != 1 {
		t.Errorf("%d clients, want 1: %s", len(left), r.details())
	}
	r.Destroy()
	if left := other.Clients(); len(left) != 0 {
		t.Errorf("%d clients are left", len(left))
	}
}

// A renewal of its secret replaces it as well, and with that setting the old one goes.
func TestForeignClientGetsItsSecretRenewedByAnotherOne(t *testing.T) {
	t.Parallel()
	home, other, settings := foreignServers(t)
	config := secured().With(attrs{"issuer": other.Issuer(), "rotate_secret_when": attrs{"a": "1"}})
	renewed := config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
	r := newSubject(t, home, settings)
	r.Apply(config)
	r.planned(renewed)
	r.wantSays("To have the old client deregistered where the server does that, set on the provider before the apply:", `management = "auto"`)
	r.start(settings.With(attrs{"management": "auto"}))
	r.Apply(renewed)
	r.WantEmpty(renewed)
	if left := other.Clients(); len(left) != 1 {
		t.Errorf("%d clients, want 1: %s", len(left), r.details())
	}
}

// Until then it is left at its server, as the warning says, whether it is destroyed or replaced.
func TestForeignClientIsLeftUnderTheSettingsThatSendNothing(t *testing.T) {
	t.Parallel()
	home, other, settings := foreignServers(t)
	config := secured().With(attrs{"issuer": other.Issuer(), "rotate_secret_when": attrs{"a": "1"}})
	r := newSubject(t, home, settings)
	r.Apply(config)
	r.planned(config.With(attrs{"rotate_secret_when": attrs{"a": "2"}}))
	r.wantSays("A new client secret needs a new client", "nothing is sent", "keeps its secret", `management = "auto"`)
	containsNone(t, r.details(), "offers no way")
	changed := config.With(attrs{"client_name": "App 2"})
	r.planned(changed)
	r.wantSays("The change needs another client", "nothing is sent", "stays at the server", `management = "auto"`, "administrator")
	containsNone(t, r.details(), "is deregistered where the server does that", "offers no way", "deregisters this one")
	r.Apply(changed)
	r.wantSays("Client stays at the server", "nothing is sent", `management = "auto"`)
	containsNone(t, r.details(), "offers no way", `"none"`)
	if left := other.Clients(); len(left) != 2 {
		t.Errorf("%d clients, want 2: %s", len(left), r.details())
	}
	r.WantEmpty(changed)
	r.Destroy()
	r.wantSays("Client stays at the server", "nothing is sent", `management = "auto"`)
	containsNone(t, r.details(), "offers no way", `"none"`)
	for _, o := range other.Requests() {
		if o.Credential == "canary-own" {
			t.Errorf("the provider's own credential went to another server: %s", o)
		}
	}
}
