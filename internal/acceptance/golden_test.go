// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// goldenModule is what the plans below change.
const goldenModule = `
provider "oidc" { issuer = %q }
resource "oidc_dynamic_client" "app" {
  client_name                = %q
  redirect_uris              = ["https://app.example.com/b", "https://app.example.com/a"]
  scope                      = "openid email profile"
  contacts                   = ["ops@example.com"]
  grant_types                = ["authorization_code", "refresh_token"]
  token_endpoint_auth_method = "client_secret_post"
  jwks                       = jsonencode({ keys = [{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] })
  default_max_age            = 3600
  require_auth_time          = true
  localized                  = { ja = { client_name = "アプリ" } }
  extension_metadata         = { x_tier = 1, x_flags = { beta = true } }
%s
}`

// What a person sees: a plan shows what its author changed, and of what the server assigns only what the update may change.
func TestPlanOutput(t *testing.T) {
	sandbox := sandboxes(t)
	for name, faults := range map[string]fakeop.Faults{
		"plain":    {},
		"rotating": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Extensions: []string{"x_tier", "x_flags"}, Faults: faults}
			s.Start(t)
			box := sandbox(t, map[string]string{})
			write := func(clientName, more string) {
				t.Helper()
				if err := box.Write("main.tf", fmt.Sprintf(goldenModule, s.Issuer(), clientName, more)); err != nil {
					t.Fatal(err)
				}
			}
			plan := func(step string) {
				t.Helper()
				holdsPlan(t, name+"_"+step, run(t, box, "plan").Stdout)
			}
			apply := func() { t.Helper(); run(t, box, "apply", "-auto-approve") }

			write("App", "")
			run(t, box, "init")
			plan("1_create")
			apply()
			plan("2_nothing")
			write("App 2", "")
			plan("3_first_update")
			apply()
			write("App 3", "")
			plan("4_second_update")
			apply()
			write("App 3", "  logo_uri = \"https://app.example.com/logo.png\"")
			apply()
			write("App 3", "")
			plan("5_removal")
			apply()

			id := s.Clients()[0].ID
			s.SetMember(id, "client_name", "Tampered")
			s.SetMember(id, "redirect_uris", []any{"https://app.example.com/b"})
			s.UnsetMember(id, "contacts")
			s.SetMember(id, "x_flags", map[string]any{"beta": false})
			s.SetMember(id, "client_name#ja", "ちがう")
			s.SetMember(id, "logo_uri", "https://elsewhere.example.com/") // nobody's
			plan("6_drift")
			apply()
			plan("7_repaired")
			run(t, box, "destroy", "-auto-approve")
			if n := len(s.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// holdsPlan compares what a plan shows, less what is the CLI's own, with a file.
func holdsPlan(t *testing.T, name, out string) {
	t.Helper()
	var kept []string
	in := false
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, " \n")
		switch {
		case strings.HasPrefix(line, "  # "):
			in = true
		case strings.HasPrefix(line, "Plan: "), strings.HasPrefix(line, "No changes."):
			kept, in = append(kept, line), false
		}
		if in && !strings.HasSuffix(line, "(write-only attribute)") { // not every CLI shows it
			kept = append(kept, line)
		}
	}
	got := regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(strings.Join(kept, "\n"), "127.0.0.1:PORT") + "\n"
	got = regexp.MustCompile(`# \(\d+ unchanged`).ReplaceAllString(got, "# (unchanged") // the CLIs count differently
	golden.Holds(t, filepath.Join("testdata", "plan", name+".txt"), got)
}

// endsInLink is a link at the end of a description, as the provider's own test of its schema has it.
var endsInLink = regexp.MustCompile(`\]\(https://[^)\s]+\)\)?\.?$`)

// The schema as the CLI hands it to editors and documentation tools.
func TestProvidersSchema(t *testing.T) {
	box := sandboxes(t)(t, map[string]string{})
	run(t, box, "init")
	r, err := box.Run(t.Context(), "providers", "schema", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Providers map[string]struct {
			Resources map[string]struct {
				Block struct {
					Attributes map[string]struct {
						Description string
						Optional    bool
						Computed    bool
					}
				}
			} `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal([]byte(r.Stdout), &all); err != nil {
		t.Fatal(err)
	}
	attributes := all.Providers[box.CLI.Product.RegistryHost()+"/"+tfcli.Source].Resources[clientType].Block.Attributes
	for _, p := range metadata.All() {
		a, ok := attributes[p.Name]
		if !ok || !a.Optional || a.Computed || !endsInLink.MatchString(a.Description) {
			t.Errorf("%s: %+v", p.Name, a)
		}
	}
}
