// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// An update replaces the token at a server without reads, so that nothing has used the new one when the object is tainted, whose private state Terraform hands to no
// deletion. The new token is the one that the deletion needs.
func TestTaintWhereThereAreNoReads(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"token and secret": {ReadStatus: 405, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, "token": {ReadStatus: 405, RotateTokenOnUpdate: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: f}
			server.Start(t)
			x := newTerminal(t)
			s := settings(t, server, false) + "max_retries = 0\n"
			for _, app := range []string{"App", "App 2"} {
				x.Configure(s, fmt.Sprintf(one, app, ""))
				x.Apply()
			}
			before := server.Clients()[0].ID
			x.Must("taint", clientType+".c")
			x.Apply()
			if _, lives := server.Client(before); lives || len(server.Clients()) != 1 {
				t.Errorf("the tainted client lives: %v; %d clients", lives, len(server.Clients()))
			}
			x.Must(tftest.TerminalDestroy...)
			if n := len(server.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}
