// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// deferredLook is a client, and a data source of it that waits for another resource.
const deferredLook = `
resource "oidc_dynamic_client" "c" {
  client_name   = "App"
  redirect_uris = ["https://app.example.com/cb"]
}

resource "terraform_data" "waited_for" {}

data "oidc_client" "c" {
  registration_client_uri   = oidc_dynamic_client.c.registration_client_uri
  registration_access_token = oidc_dynamic_client.c.registration_access_token
  depends_on                = [terraform_data.waited_for]
}`

// A data source that Terraform puts off to the apply is read by a process that knows nothing of what the client's reads do, if the apply changes nothing of the
// client: it replaces the resource's token. The way of its warning, as it is written, gives the resource and the data source the new one, which the state has.
func TestDeferredLook(t *testing.T) {
	server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}
	x := newTerminal(t)
	server.Start(t)
	provider := settings(t, server, false)
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.Configure(provider, deferredLook)
	out := x.Apply()
	line := fmt.Sprintf("registration_access_tokens = { %q = var.registration_access_token }", server.Clients()[0].URI)
	containsAll(t, oneLine(out), "Server rotates credentials on reads", "Finish the apply of this plan.", "terraform state pull", line, `token_journal = { path = "clients.journal" }`)

	token := pulledToken(t, x.Must("state", "pull"))
	if token != server.Clients()[0].Token {
		t.Error("the state has not the token that is in force")
	}
	provider += strings.Replace(line, "var.registration_access_token", fmt.Sprintf("%q", token), 1) + "\ntoken_journal = { path = \"clients.journal\" }\n"
	x.Configure(provider, deferredLook)
	for range 2 {
		containsAll(t, oneLine(x.Apply()), "No changes.")
	}
	x.Configure(strings.Replace(provider, "registration_access_tokens", "# registration_access_tokens", 1), deferredLook)
	containsAll(t, oneLine(x.Apply()), "No changes.")
	x.Must(tftest.TerminalDestroy...)
	if n := len(server.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// pulledToken is the token that a state shows as the data source's current one.
func pulledToken(t *testing.T, state string) string {
	t.Helper()
	var pulled struct {
		Resources []struct {
			Mode      string
			Instances []struct {
				Attributes struct {
					Token string `json:"current_registration_access_token"`
				}
			}
		}
	}
	_, document, _ := strings.Cut(state, "{") // after what a CLI says of its configuration
	if err := json.Unmarshal([]byte("{"+document), &pulled); err != nil {
		t.Fatal(err)
	}
	for _, r := range pulled.Resources {
		if r.Mode == "data" {
			return r.Instances[0].Attributes.Token
		}
	}
	t.Fatal("the state has no data source")
	return ""
}
