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

// What is known of a client's updates is not known of the reads of the one after it: a plan in which the apply reads for the first time
// leaves the secret open.
func TestSecretAfterManagementNone(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]string{"with a change": "App 4", "without one": "App 3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnRead: true}}
			server.Start(t)
			x := newTerminal(t)
			provider := settings(t, server, false)
			configure := func(more, name string) {
				x.Configure(provider+more, fmt.Sprintf(one, name, "")+"\nresource \"terraform_data\" \"app\" { input = oidc_dynamic_client.c.client_secret }\n")
			}
			for _, step := range []struct{ more, name string }{{"", "App"}, {"", "App 2"}, {"management = \"none\"\n", "App 3"}} {
				configure(step.more, step.name)
				x.Apply()
			}
			configure("", last)
			out := oneLine(x.Apply())
			containsNone(t, out, "Earlier updates left")
			id, _ := x.resources()["c"]["client_id"].(string)
			if inState, inForce := x.resources()["c"]["client_secret"], server.CurrentSecret(id); inState != inForce {
				t.Errorf("the state and what depends on it have %v, in force is %s", inState, inForce)
			}
			x.Quiet()
		})
	}
}
