// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// sent are the requests that change something.
func sent(server *fakeop.Server) string {
	var all []string
	for _, r := range server.Of(fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete) {
		all = append(all, r.Method)
	}
	return strings.Join(all, " ")
}

func sends(t *testing.T, server *fakeop.Server, want string) {
	t.Helper()
	if got := sent(server); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// applied is a client in the state and at a server, whose log is empty then.
func applied(t *testing.T, server *fakeop.Server, more string) (x *terminal, provider string) {
	t.Helper()
	x = newTerminal(t)
	server.Start(t)
	provider = settings(t, server, false)
	x.Configure(provider, fmt.Sprintf(one, "App", more))
	x.Apply()
	server.ResetLog()
	return x, provider
}

// A moved block renames, and one with removed forgets: the client stays, and nothing is sent.
func TestMovedAndRemoved(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "")
	x.Configure(provider, "moved {\n  from = oidc_dynamic_client.c\n  to = oidc_dynamic_client.d[\"a\"]\n}\n"+
		strings.Replace(fmt.Sprintf(one, "App", `for_each = toset(["a"])`), `"c"`, `"d"`, 1))
	containsAll(t, x.Must("plan", "-no-color"), "has moved to", "Plan: 0 to add, 0 to change, 0 to destroy.")
	containsAll(t, x.Apply(), "0 added, 0 changed, 0 destroyed")
	x.Quiet()
	x.holds(server)
	if x.resources()["d"] == nil {
		t.Error("the state does not have the new name")
	}
	x.Configure(provider, "removed {\n  from = oidc_dynamic_client.d\n  lifecycle { destroy = false }\n}")
	x.Apply()
	if left := x.resources(); len(left) != 0 || len(server.Clients()) != 1 {
		t.Errorf("%d clients at the server, in the state is %v", len(server.Clients()), left)
	}
	sends(t, server, "")
	x.Quiet()
}

// What the configuration has Terraform ignore drifts, is configured otherwise, and is not set back by an update of something else.
func TestIgnoredChanges(t *testing.T) {
	for name, list := range map[string]string{
		"all": "all", "attributes": "[extension_metadata, localized, client_name]", "parts": `[extension_metadata["ext_a"], localized["ja"], client_name]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Extensions: []string{"ext_a", "ext_b"}}
			more := func(value string) string {
				return fmt.Sprintf(`extension_metadata = { ext_a = %[1]q, ext_b = "b" }
  localized          = { ja = { client_name = %[1]q }, fr = { client_name = "F" } }
  lifecycle { ignore_changes = %[2]s }`, value, list)
			}
			x, provider := applied(t, server, more("a"))
			id := server.Clients()[0].ID
			for _, member := range []string{"client_name", "client_name#ja", "ext_a"} {
				server.SetMember(id, member, "Drifted")
			}
			x.Quiet()
			x.Configure(provider, fmt.Sprintf(one, "App 2", more("b")))
			x.Quiet()
			x.Apply()
			sends(t, server, "")
			x.Configure(provider, fmt.Sprintf(one, "App 2", more("b")+"\n  client_uri = \"https://app.example.com\""))
			x.Apply()
			client := server.Clients()[0]
			if client.Metadata["client_name"] != "Drifted" || client.Metadata["client_name#ja"] != "Drifted" || client.Metadata["ext_a"] != "Drifted" {
				t.Errorf("set back: %v", client.Metadata)
			}
			if updated := client.Metadata["client_uri"] != nil; updated == (name == "all") {
				t.Errorf("client_uri is set: %t", updated)
			}
			x.Quiet()
			x.holds(server)
		})
	}
}

// A client without a secret has none to rotate: it is not replaced, until it has one.
func TestNoSecretToRotate(t *testing.T) {
	for _, method := range []string{"none", "private_key_jwt"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			more := func(method, value string) string {
				keys := map[string]string{"private_key_jwt": "jwks_uri = \"https://app.example.com/jwks\""}[method]
				return fmt.Sprintf("token_endpoint_auth_method = %q\n  %s\n  rotate_secret_when = { by = %q }", method, keys, value)
			}
			x, provider := applied(t, server, more(method, "a"))
			for _, value := range []string{"b", "c"} {
				x.Configure(provider, fmt.Sprintf(one, "App", more(method, value)))
				x.Apply()
				x.Quiet()
			}
			sends(t, server, "")
			x.Configure(provider, fmt.Sprintf(one, "App", more("client_secret_basic", "d")))
			x.Apply()
			x.Quiet()
			x.holds(server)
			sends(t, server, "PUT")
		})
	}
}

// A change at the server is shown by a plan that only refreshes, and set back by the plan after it was taken into the state.
func TestRefreshOnly(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, _ := applied(t, server, `contacts = ["ops@example.com"]`)
	id := server.Clients()[0].ID
	server.SetMember(id, "client_name", "Drifted")
	server.UnsetMember(id, "contacts")
	containsAll(t, oneLine(x.Must("plan", "-refresh-only", "-no-color")), "has changed", `~ client_name = "App" -> "Drifted"`, `- "ops@example.com"`)
	x.Must("apply", "-refresh-only", "-auto-approve", "-no-color")
	if name := x.resources()["c"]["client_name"]; name != "Drifted" {
		t.Errorf("the state has %v", name)
	}
	sends(t, server, "")
	out, code := x.Try("plan", "-no-color", "-detailed-exitcode")
	if code != 2 {
		t.Errorf("the plan's exit code is %d", code)
	}
	containsAll(t, oneLine(out), `~ client_name = "Drifted" -> "App"`, `+ "ops@example.com"`, "0 to add, 1 to change, 0 to destroy")
	x.Apply()
	x.Quiet()
	x.holds(server)
	sends(t, server, "PUT")
}

// Another client in a client's place, in Terraform's own order, and one of two clients only.
func TestReplaceAndTarget(t *testing.T) {
	for name, c := range map[string]struct{ lifecycle, order string }{
		"as it is":              {"", "DELETE POST"},
		"create_before_destroy": {"lifecycle { create_before_destroy = true }", "POST DELETE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			x, provider := applied(t, server, c.lifecycle)
			first := server.Clients()[0]
			x.Must(append(tftest.TerminalApply[:3:3], "-replace="+clientType+".c")...)
			sends(t, server, c.order)
			if clients := server.Clients(); len(clients) != 1 || clients[0].ID == first.ID {
				t.Errorf("%d clients, first %s", len(clients), clients[0].ID)
			}
			x.holds(server)
			x.Quiet()
			more := fmt.Sprintf(one, "App 2", c.lifecycle) + "\n" + strings.ReplaceAll(fmt.Sprintf(one, "Other", ""), `"c"`, `"other"`)
			x.Configure(provider, more)
			server.ResetLog()
			x.Must(append(tftest.TerminalApply[:3:3], "-target="+clientType+".other")...)
			sends(t, server, "POST")
			x.holds(server)
			x.Must(append(tftest.TerminalDestroy[:3:3], "-target="+clientType+".other")...)
			sends(t, server, "POST DELETE")
			x.holds(server)
			x.Apply()
			x.Quiet()
			x.holds(server)
		})
	}
}

// The deletion after a replacement fails: the old client is deposed, refreshed as any, and deleted by the next apply.
func TestDeposed(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, provider := applied(t, server, "lifecycle { create_before_destroy = true }")
	first := server.Clients()[0]
	x.Configure(provider+"max_retries = 0\n", fmt.Sprintf(one, "App", "lifecycle { create_before_destroy = true }"))
	server.ForceStatus(fakeop.OpDelete, 500)
	out, code := x.Try("apply", "-auto-approve", "-no-color", "-replace="+clientType+".c")
	if code == 0 || len(server.Clients()) != 2 {
		t.Errorf("exit code %d, %d clients", code, len(server.Clients()))
	}
	containsAll(t, out, "Client not deregistered", first.ID)
	server.ResetLog()
	x.Must("apply", "-refresh-only", "-auto-approve", "-no-color")
	sends(t, server, "")
	x.Apply()
	sends(t, server, "DELETE")
	if _, ok := server.Client(first.ID); ok {
		t.Error("the old client is left")
	}
	x.Quiet()
	x.holds(server)
}

// An initial access token from a sensitive or an ephemeral variable, for the provider or for one client. It is not needed afterwards.
func TestTokenFromVariables(t *testing.T) {
	for _, kind := range []string{"sensitive", "ephemeral"} {
		for _, at := range []string{"provider", "resource"} {
			t.Run(kind+" for the "+at, func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{InitialAccessTokens: map[string]int{"canary-single-use": 1}}
				server.Start(t)
				x := newTerminal(t)
				provider, more := settings(t, server, false), ""
				if at == "provider" {
					provider += "initial_access_token = var.iat"
				} else {
					more = "initial_access_token = var.iat"
				}
				x.Configure(provider, fmt.Sprintf("variable \"iat\" {\n  type = string\n  default = null\n  %s = true\n}\n", kind)+fmt.Sprintf(one, "App", more))
				x.Setenv("TF_VAR_iat", "canary-single-use")
				x.Must("plan", "-no-color", "-out=plan")
				out := x.Must("apply", "-no-color", "plan")
				x.holds(server)
				x.Setenv("TF_VAR_iat", "canary-another")
				out += x.Quiet()
				containsNone(t, out, "canary-")
				state, err := os.ReadFile(filepath.Join(x.Dir, "terraform.tfstate"))
				if err != nil || strings.Contains(string(state), "canary-") {
					t.Errorf("%v, or the state has the token", err)
				}
				if kind == "ephemeral" {
					x.spills("canary-single-use", "canary-another")
				}
				x.Must(tftest.TerminalDestroy...)
				if n := len(server.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}
