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
)

// What needs a CLI with files of its own.
func TestCommandLine(t *testing.T) {
	sandbox := sandboxes(t)

	t.Run("a single-use initial access token is in no state and no plan", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{InitialAccessTokens: map[string]int{"once-only-token": 1}}
		s.Start(t)
		box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(`
variable "token" {
  type      = string
  ephemeral = true
}
provider "oidc" { issuer = %q }
resource "oidc_dynamic_client" "c" {
  redirect_uris        = ["https://app.example.com/a"]
  client_name          = "App"
  initial_access_token = var.token
}`, s.Issuer())})
		box.Setenv("TF_VAR_token", "once-only-token")
		run(t, box, "init")
		out := run(t, box, "plan", "-out=p").Stdout
		shown, err := box.Run(t.Context(), "show", "-json", "p")
		if err != nil {
			t.Fatal(err)
		}
		out += shown.Stdout + run(t, box, "apply", "p").Stdout
		out += read(t, filepath.Join(box.Dir, "p")) + read(t, filepath.Join(box.Dir, "terraform.tfstate"))
		if n := len(s.Clients()); n != 1 {
			t.Fatalf("the server has %d clients", n)
		}
		// The token is spent, and nothing needs it any more; another one is no change.
		box.Setenv("TF_VAR_token", "another-token")
		out += run(t, box, "plan", "-detailed-exitcode").Stdout
		if strings.Contains(out, "once-only-token") || strings.Contains(out, "another-token") {
			t.Error("the token is shown or kept")
		}
		run(t, box, "destroy", "-auto-approve")
		if n := len(s.Clients()); n != 0 {
			t.Errorf("%d clients are left", n)
		}
	})

	t.Run("fifty clients in one apply make one discovery", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{}
		s.Start(t)
		box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(`
provider "oidc" { issuer = %q }
resource "oidc_dynamic_client" "counted" {
  count         = 25
  client_name   = "app-${count.index}"
  redirect_uris = ["https://app-${count.index}.example.com/cb"]
}
resource "oidc_dynamic_client" "each" {
  for_each      = toset([for i in range(25) : "app-${i}"])
  client_name   = each.key
  redirect_uris = ["https://${each.key}.example.com/cb"]
}`, s.Issuer())})
		run(t, box, "init")
		for _, step := range []struct {
			args []string
			want map[fakeop.Operation]int
		}{
			{[]string{"plan", "-out=p"}, map[fakeop.Operation]int{fakeop.OpMetadata: 1}},
			{[]string{"apply", "p"}, map[fakeop.Operation]int{fakeop.OpMetadata: 1, fakeop.OpRegister: 50, fakeop.OpRead: 50}},
			{[]string{"plan", "-detailed-exitcode"}, map[fakeop.Operation]int{fakeop.OpRead: 50}},
			{[]string{"plan", "-destroy", "-refresh=false", "-out=p"}, nil},
			{[]string{"apply", "p"}, map[fakeop.Operation]int{fakeop.OpRead: 50, fakeop.OpDelete: 50}}, // a look before each deletion
		} {
			s.ResetLog()
			run(t, box, step.args...)
			for _, op := range []fakeop.Operation{fakeop.OpMetadata, fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete, fakeop.OpToken, fakeop.OpOther} {
				if n := s.CountOf(op); n != step.want[op] {
					t.Errorf("%v: %d requests of %s, want %d", step.args, n, op, step.want[op])
				}
			}
		}
	})

	t.Run("an import with a generated configuration", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}, ClientURI: fakeop.URIQuery, Faults: fakeop.Faults{ReorderArrays: true, LowerCaseTags: true}}
		s.Start(t)
		provider := fmt.Sprintf("provider \"oidc\" {\n  issuer = %q\n", s.Issuer())
		maker := sandbox(t, map[string]string{"main.tf": provider + `
  initial_access_token = "iat"
}
resource "oidc_dynamic_client" "c" {
  redirect_uris              = ["https://app.example.com/b", "https://app.example.com/a"]
  client_name                = "App ${"$"}{not.a.reference}"
  scope                      = "openid email"
  contacts                   = ["ops@example.com"]
  default_max_age            = 3600
  require_auth_time          = true
  token_endpoint_auth_method = "private_key_jwt"
  jwks                       = jsonencode({ keys = [{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] })
  localized                  = { "zh-Hant-TW" = { client_name = "應用程式" } }
}`})
		run(t, maker, "init")
		run(t, maker, "apply", "-auto-approve")
		client := s.Clients()[0]

		for name, id := range map[string]string{"by its URI": client.URI, "by its client_id": client.ID} {
			t.Run(name, func(t *testing.T) {
				files := map[string]string{"main.tf": provider + fmt.Sprintf(`
  registration_access_tokens = { %q = %q }
%s}
import {
  to = oidc_dynamic_client.c
  id = %q
}`, client.ID, s.CurrentToken(client.ID), map[bool]string{true: "", false: "  client_configuration_uri_template = \"{registration_endpoint}?client_id={client_id}\"\n"}[id == client.URI], id)}
				box := sandbox(t, files)
				run(t, box, "init")
				out := run(t, box, "plan", "-generate-config-out=generated.tf").Stdout
				if !strings.Contains(out, "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.") {
					t.Errorf("the plan says:\n%s", out)
				}
				generated := read(t, filepath.Join(box.Dir, "generated.tf"))
				for _, line := range []string{"require_auth_time", "zh-hant-tw", "client_name", "private_key_jwt"} {
					if !strings.Contains(generated, line) {
						t.Errorf("the generated configuration lacks %s", line)
					}
				}
				if strings.Contains(generated, "application_type                ") && strings.Contains(generated, `"web"`) {
					t.Error("the generated configuration has what equals the default")
				}
				if strings.Contains(out+generated, s.CurrentToken(client.ID)) {
					t.Error("the registration access token is shown")
				}
				run(t, box, "apply", "-auto-approve")
				run(t, box, "plan", "-detailed-exitcode")
				if n := s.CountOf(fakeop.OpUpdate); n != 0 {
					t.Errorf("%d updates were sent", n)
				}
			})
		}
	})

	t.Run("a server that comes up in the same apply", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}}
		s.Start(t)
		box := sandbox(t, map[string]string{"main.tf": fmt.Sprintf(`
provider "oidc" { issuer = %q }
resource "oidc_dynamic_client" "c" { redirect_uris = ["https://app.example.com/a"] }`, s.Issuer())})
		run(t, box, "init")
		run(t, box, "plan", "-out=p") // plans without it
		s.SetFaults(fakeop.Faults{})
		run(t, box, "apply", "p")
		run(t, box, "plan", "-detailed-exitcode")
	})
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
