// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An administrator's credential stands in for a token that was lost, at a server that rotates nothing: changes at the server are seen.
func TestStandInCredentialSeesDrift(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{AdminToken: "canary-admin"}
	x, provider := applied(t, server, "")
	id := server.Clients()[0].ID
	server.ReissueToken(id)
	x.Configure(provider+"initial_access_token = \"canary-admin\"\nmanagement = \"provider_credentials\"\n", fmt.Sprintf(one, "App", ""))
	containsNone(t, oneLine(x.Apply()), "Server rotates credentials on reads")
	server.SetMember(id, "client_name", "Drifted")
	out, code := x.Try("plan", "-no-color", "-detailed-exitcode")
	if code != 2 {
		t.Errorf("the drift is not seen:\n%s", out)
	}
}

// The same: an update under the stand-in leaves nothing to do.
func TestStandInCredentialSecondPlan(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{AdminToken: "canary-admin"}
	x, provider := applied(t, server, "")
	server.ReissueToken(server.Clients()[0].ID)
	provider += "initial_access_token = \"canary-admin\"\nmanagement = \"provider_credentials\"\n"
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.Configure(provider, fmt.Sprintf(one, "App 2", ""))
	x.Apply()
	x.Quiet()
}
