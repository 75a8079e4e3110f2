// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An administrator disables a client, and the server refuses it everywhere as one that does not exist, but for the page of its authorization endpoint.
// The client stays in the state whatever is set, the error says that it may be disabled, and once it is enabled the same run goes on.
func TestADisabledClientIsEnabledAgain(t *testing.T) {
	for _, config := range []attrs{app, app.With(attrs{"on_missing": "recreate"}), app.With(attrs{"token_endpoint_auth_method": "none"})} {
		server := &fakeop.Server{}
		r := newSubject(t, server, attrs{})
		r.Apply(config)
		id := r.id()
		server.DisableClient(id)
		r.failing(func() error { _, err := r.TryPlan(config); return err })
		told := r.tells("error registration_access_token: Registration access token refused")
		containsAll(t, told, "disabled", "have the server's administrator enable it, and run the same again")
		server.EnableClient(id)
		r.WantEmpty(config)
		if r.Apply(config.With(attrs{"client_name": "App 2"})); r.id() != id || server.CountOf(fakeop.OpRegister) != 1 {
			t.Errorf("the client is %s, and was %s", r.id(), id)
		}
	}
}
