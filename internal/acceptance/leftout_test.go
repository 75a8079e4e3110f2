// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The command that a message names to see what the server has shows it.
func TestStateShowsWhatTheServerHas(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{KeepUnknown: true, AddMembers: map[string]any{"x_region": "eu", "x_state": "active"}, UpdateRefuses: map[string]int{"x_state": 400}}}
	server.Start(t)
	x := newTerminal(t)
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	x.Must("apply", "-auto-approve", "-no-color")
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App 2", ""))
	told := x.Must("apply", "-auto-approve", "-no-color")
	containsAll(t, oneLine(told), "look at registered_metadata of the resource in the state", "terraform state pull")
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					Registered string `json:"registered_metadata"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(x.Must("state", "pull")), &state); err != nil {
		t.Fatal(err)
	}
	containsAll(t, state.Resources[0].Instances[0].Attributes.Registered, `"x_region":"eu"`)
}
