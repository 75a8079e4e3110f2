// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// TestAnotherServer points the provider at a second server of the same make, with the state of the first. Nothing that the first server
// issued reaches the second, no client is registered there, an update goes to where the client is, and back at the first server nothing is left to do.
func TestAnotherServer(t *testing.T) {
	onlyServer(t, "oidc-provider-9", func(t *testing.T, s Server) {
		first := start(t, s)
		second, seen := behindProxy(t, s)
		x := newSitting(t, first)
		x.Configure(x.block(), x.resource("App"))
		x.Apply()
		h := x.state()
		elsewhere := *x
		elsewhere.instance = second
		for _, command := range [][]string{{"plan", "-no-color"}, tftest.TerminalApply} {
			x.Configure(elsewhere.block(), x.resource("App 2"))
			if out, code := x.Try(command...); code != 0 {
				t.Errorf("%s at another server fails:\n%s", command[0], out)
			}
		}
		if all := x.clients(); len(all) != 1 || all[0] != h.ClientID {
			t.Errorf("the first server has %v", all)
		}
		asked := seen.requests()
		if len(asked) == 0 {
			t.Error("the second server was not asked at all")
		}
		for _, request := range asked {
			for _, credential := range []string{h.ClientSecret, h.RegistrationAccessToken} {
				if strings.Contains(request, credential) {
					t.Errorf("the second server got a credential of the first: %s", strings.ReplaceAll(request, credential, "…"))
				}
			}
			if strings.HasPrefix(request, "POST /reg") {
				t.Errorf("a client was registered at the second server: %s", request)
			}
		}
		x.Configure(x.block(), x.resource("App 2"))
		x.Quiet()
		x.works("App 2")
		x.Must(tftest.TerminalDestroy...)
		if all := x.clients(); len(all) != 0 {
			t.Errorf("the destruction left %v", all)
		}
	})
}
