// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The server names an address and issues no token, and shows the client only after its registration has ended. The way that the warning names has it managed there, and so has a destroy
// before that.
func TestAnAddressThatTheServerNamedAndDidNotServe(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{true, false} {
		s := &fakeop.Server{Management: fakeop.ManagementNoToken, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"iat": 0}}
		s.Faults.Reading.Calls = fakeop.Always(fakeop.NotFoundJSON())
		settings := attrs{"initial_access_token": "iat"}
		r := newSubject(t, s, settings)
		r.Apply(secured())
		r.wantSays("Client cannot be managed", "unless it can be deleted by then", "management = \"provider_credentials\"")
		s.SetFaults(fakeop.Faults{})
		r.start(settings)
		r.WantEmpty(secured())
		first := r.id()
		if set {
			r.start(settings.With(attrs{"management": "provider_credentials"}))
			r.Apply(secured())
			changed := secured().With(attrs{"client_name": "App 2"})
			r.Apply(changed)
			if r.id() != first || r.registered()["client_name"] != "App 2" {
				t.Errorf("the state has %s after %s, registered as %v", r.id(), first, r.registered())
			}
			r.WantEmpty(changed)
		}
		r.Destroy()
		if n := len(s.Clients()); n != 0 {
			t.Errorf("provider_credentials %v: %d clients are left", set, n)
		}
	}
}
