// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The issuer of one tenant beside the registration endpoint of another one, whose client has no secret: one lost question about a client that does not exist does not make that issuer the
// client's, after which it would be shown a secret, and believed that the client is gone.
func TestOneLostQuestionDoesNotMakeATenantTheClients(t *testing.T) {
	t.Parallel()
	for call := 1; call <= 4; call++ {
		t.Run(fmt.Sprint(call), func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Tenants: []string{"/other"}, Faults: fakeop.Faults{TokenChecksGrantFirst: true, MetadataMembers: map[string]any{"authorization_endpoint": nil}}}
			op.Faults.TokenEndpoint.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: fakeop.Dropped()}}
			op.Start(t)
			l := start(t, op, authserver.Settings{Issuer: op.URL() + "/other", RegistrationEndpoint: op.RegistrationEndpoint()})
			l.registerAs(public("a"))
			if home := l.state.Record.Home; home.HasEndpoints() && !home.Aside {
				t.Errorf("confirmed: %+v", home)
			}
		})
	}
}
