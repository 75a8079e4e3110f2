// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that was registered with management = "none" is managed at the default address once the provider's own credentials are to do it. Without
// that promise, nobody is asked there, and nothing is in the way.
func TestManagementComesBack(t *testing.T) {
	t.Parallel()
	for _, management := range []string{"provider_credentials", "auto"} {
		for kind, server := range map[string]*fakeop.Server{
			"managed":   {Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"canary-admin": 0}},
			"unmanaged": {Management: fakeop.ManagementOff, InitialAccessTokens: map[string]int{"canary-admin": 0}},
		} {
			if (management == "auto") != (kind == "unmanaged") {
				continue
			}
			t.Run(management+", "+kind, func(t *testing.T) {
				t.Parallel()
				server.Start(t)
				x := newTerminal(t)
				provider := fmt.Sprintf("issuer = %q\ninitial_access_token = \"canary-admin\"\n", server.Issuer())
				app := func(name string) string {
					return fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {\n  client_name = %q\n  redirect_uris = [\"https://app.example.com/cb\"]\n}\n", name)
				}
				x.Configure(provider+"management = \"none\"\n", app("App"))
				x.Apply()
				x.Quiet()
				provider += fmt.Sprintf("management = %q\n", management)
				x.Configure(provider, app("App"))
				x.Apply()
				x.Quiet()
				if kind == "unmanaged" {
					return
				}
				server.SetMember(server.Clients()[0].ID, "client_name", "Drifted")
				if out, code := x.Try("plan", "-no-color", "-detailed-exitcode"); code != 2 {
					t.Errorf("the drift is not seen:\n%s", out)
				}
				x.Configure(provider, app("App 2"))
				x.Apply()
				if n := server.Registrations(); n != 1 {
					t.Errorf("%d registrations", n)
				}
				x.Quiet()
			})
		}
	}
}

// A server names a URI and issues no token, and only tokens are to manage clients: a registration leaves nothing to do.
func TestURIWithoutToken(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Management: fakeop.ManagementNoToken, AdminToken: "canary-admin"}
	server.Start(t)
	x := newTerminal(t)
	x.Configure(fmt.Sprintf("issuer = %q\ninitial_access_token = \"canary-admin\"\nmanagement = \"registration_access_token\"\nclient_configuration_uri_template = \"{registration_endpoint}/{client_id}\"\n", server.Issuer()),
		"resource \"oidc_dynamic_client\" \"c\" {\n  client_name = \"App\"\n  redirect_uris = [\"https://app.example.com/cb\"]\n}\n")
	x.Apply()
	x.Quiet()
	x.Apply()
	x.Quiet()
}
