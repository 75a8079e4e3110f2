// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Between a saved plan and its apply, the credential in the environment changes: the apply says so, and nothing is lost.
func TestSavedPlanOtherCredential(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{InitialAccessTokens: map[string]int{"canary-good-token": 0}}
	server.Start(t)
	x := newTerminal(t)
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-good-token")
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-stale-token")
	out, code := x.Try("apply", "-no-color", "plan")
	if code == 0 || len(server.Clients()) != 0 || len(x.resources()) != 0 {
		t.Errorf("exit code %d, %d clients, in the state is %v", code, len(server.Clients()), x.resources())
	}
	containsAll(t, oneLine(out), "Client not registered", "401", "initial_access_token", "The registration endpoint needs a credential, or does not accept the one that was sent.")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-good-token")
	x.Apply()
	// An update needs the client's own token only, which is in the state.
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_INITIAL_ACCESS_TOKEN", "canary-stale-token")
	x.Must("apply", "-no-color", "plan")
	x.Quiet()
	x.holds(server)
	x.spills("canary-good-token", "canary-stale-token")
	containsNone(t, out, "canary-")
}

// Planned at one server, and applied in an environment that names another: what is there stays where it is.
func TestSavedPlanOtherIssuer(t *testing.T) {
	t.Parallel()
	server, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	server.Start(t)
	other.Start(t)
	x := newTerminal(t)
	x.Setenv("OIDC_ISSUER", server.Issuer())
	x.Configure("", fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.Configure("", fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv("OIDC_ISSUER", other.Issuer())
	out, code := x.Try("apply", "-no-color", "plan")
	if n := len(other.Clients()); n != 0 || len(server.Clients()) != 1 {
		t.Errorf("exit code %d, %d clients at the other server:\n%s", code, n, out)
	}
	x.holds(server)
	x.Setenv("OIDC_ISSUER", server.Issuer())
	x.Apply()
	x.Quiet()
	x.holds(server)
}

// An import in a saved plan needs its token in the plan only: the client's is saved with it.
func TestSavedPlanImports(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "")
	client := server.Clients()[0]
	x.Must("state", "rm", clientType+".c")
	x.Setenv(tokensVariable, handedIn(client))
	x.Configure(provider, fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, client.URI)+fmt.Sprintf(one, "App 2", ""))
	x.Must("plan", "-no-color", "-out=plan")
	x.Setenv(tokensVariable, "")
	x.Must("apply", "-no-color", "plan")
	x.Quiet()
	x.holds(server)
	sends(t, server, "PUT")
}

// An import by an identity into a configuration that the CLI writes, of a client that has all kinds of values.
func TestImportByIdentityGenerated(t *testing.T) {
	for name, identity := range map[string]string{
		"client_id":  `client_id = "ID"`,
		"issuer too": `client_id = "ID", issuer = "ISSUER"`,
		"URI":        `registration_client_uri = "URI"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_flag"}}
			x, provider := applied(t, server, `scope = "openid email"
  localized = { ja = { client_name = "アプリ" } }
  extension_metadata = { ext_flag = true }
  default_max_age    = 60`)
			if strings.HasPrefix(x.CLI.String(), "Terraform 1.11.") {
				t.Skip("Terraform has identities from 1.12")
			}
			client := server.Clients()[0]
			x.Must("state", "rm", clientType+".c")
			provider += fmt.Sprintf("registration_access_tokens = { %q = %q }\nclient_configuration_uri_template = \"{registration_endpoint}/{client_id}\"", client.ID, client.Token)
			identity = strings.NewReplacer("ID", client.ID, "ISSUER", server.Issuer(), "URI", client.URI).Replace(identity)
			x.Configure(provider, "import {\n  to = "+clientType+".c\n  identity = { "+identity+" }\n}\n")
			x.Must("plan", "-no-color", "-generate-config-out=generated.tf")
			containsAll(t, oneLine(x.Apply()), "1 imported, 0 added, 0 changed, 0 destroyed")
			x.Quiet()
			x.holds(server)
			sends(t, server, "")
		})
	}
}
