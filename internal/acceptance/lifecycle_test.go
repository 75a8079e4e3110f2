// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest/kinds"
)

// hcl writes attributes as HCL, in which JSON values are expressions.
func hcl(t *testing.T, a tftest.Attrs) string {
	t.Helper()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if a[name] == nil {
			continue
		}
		v, err := json.Marshal(a[name])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  %s = %s\n", name, v)
	}
	return b.String()
}

// configuration is a whole configuration with one client.
func configuration(t *testing.T, settings, client tftest.Attrs) string {
	t.Helper()
	return fmt.Sprintf("provider \"oidc\" {\n%s}\n\nresource %q \"c\" {\n%s}\n", hcl(t, settings), clientType, hcl(t, client))
}

var emptyPlan = resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// The one module's life on the more peculiar servers, judged by the CLI itself. TestOneModuleOnEveryServer has all of them, judged
// by the same rules as written down in rig.
func TestOneModule(t *testing.T) {
	for _, k := range kinds.All() {
		if !slices.Contains([]string{"correct", "Hydra", "Casdoor", "Glewlwyd", "oidc-provider 5", "Keycloak"}, k.Name) {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			s := k.Server
			if s == nil {
				s = &fakeop.Server{}
			}
			s.Start(t)
			created, changed, removed := kinds.Module()
			created, changed, removed = created.With(k.Extra), changed.With(k.Extra), removed.With(k.Extra)
			settings := tftest.Attrs{"issuer": s.Issuer()}.With(k.Settings)
			address := clientType + ".c"
			steps := []resource.TestStep{
				{Config: configuration(t, settings, created), ConfigPlanChecks: emptyPlan, Check: inForce(s, address)},
				{
					Config: configuration(t, settings, changed), Check: inForce(s, address),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)},
						PostApplyPostRefresh: emptyPlan.PostApplyPostRefresh,
					},
				},
				{Config: configuration(t, settings, removed), ConfigPlanChecks: emptyPlan, Check: inForce(s, address)},
				{
					PreConfig: func() { s.SetMember(s.Clients()[0].ID, "client_name", "Tampered") },
					Config:    configuration(t, settings, removed), PlanOnly: true, ExpectNonEmptyPlan: true,
				},
				{
					Config: configuration(t, settings, removed), ConfigPlanChecks: emptyPlan,
					Check: resource.ComposeAggregateTestCheckFunc(inForce(s, address), resource.TestCheckResourceAttr(address, "client_name", "App 2")),
				},
			}
			if k.Stays != "" {
				steps = append(steps,
					resource.TestStep{Config: configuration(t, settings, removed), Destroy: true, ExpectError: regexp.MustCompile(strings.ReplaceAll(k.Stays, " ", `\s+`))},
					resource.TestStep{
						PreConfig: func() { s.EditFaults(func(f *fakeop.Faults) { f.DeleteKeepsClient, f.ErrorsUnder200 = false, false }) },
						Config:    configuration(t, settings, removed), PlanOnly: true,
					})
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(t), Steps: steps,
				CheckDestroy: func(*terraform.State) error {
					if n := len(s.Clients()); n != 0 {
						return fmt.Errorf("%d clients are left", n)
					}
					return nil
				},
			})
		})
	}
}

// inForce checks that the state has the credentials that the server goes by.
func inForce(s *fakeop.Server, address string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		a := state.RootModule().Resources[address].Primary.Attributes
		found, ok := s.Client(a["client_id"])
		if !ok {
			return fmt.Errorf("the server has no client %q", a["client_id"])
		}
		if a["client_secret"] != found.Secret || a["registration_access_token"] != found.Token {
			return fmt.Errorf("the credentials in the state are not those in force")
		}
		return nil
	}
}

// A client that cannot be kept and cannot be rolled back is tainted, and the next apply replaces it.
func TestTainted(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"token_endpoint_auth_method": "client_secret_basic"}}}
	s.Start(t)
	s.ForceStatus(fakeop.OpDelete, 403)
	config := configuration(t, tftest.Attrs{"issuer": s.Issuer()}, secured())
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		Steps: []resource.TestStep{
			{Config: config, ExpectError: regexp.MustCompile(`accept_substitutions\s+=\s+\["token_endpoint_auth_method"\]`)},
			{
				PreConfig: func() { s.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil }) },
				Config:    config,
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(clientType+".c", plancheck.ResourceActionDestroyBeforeCreate)},
					PostApplyPostRefresh: emptyPlan.PostApplyPostRefresh,
				},
				Check: func(*terraform.State) error {
					if n := len(s.Clients()); n != 1 {
						return fmt.Errorf("the server has %d clients", n)
					}
					return nil
				},
			},
		},
	})
}

// A refused update keeps the old values, and the next plan shows the change again.
func TestRefusedUpdate(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, CredentialsBesideErrors: true, UpdateRefuses: map[string]int{"client_uri": 400}}}
	s.Start(t)
	settings, address := tftest.Attrs{"issuer": s.Issuer()}, clientType+".c"
	before, after := secured(), secured().With(tftest.Attrs{"client_uri": "https://app.example.com"})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		Steps: []resource.TestStep{
			{Config: configuration(t, settings, before)},
			{Config: configuration(t, settings, after), ExpectError: regexp.MustCompile(`client_uri cannot be\s+updated`)},
			{Config: configuration(t, settings, after), PlanOnly: true, ExpectNonEmptyPlan: true},
			{
				PreConfig: func() { s.EditFaults(func(f *fakeop.Faults) { f.UpdateRefuses = nil }) },
				Config:    configuration(t, settings, after), ConfigPlanChecks: emptyPlan, Check: inForce(s, address),
			},
		},
	})
}

// Values that come from another resource of the same apply.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}, Extensions: []string{"x_tier"}}
	s.Start(t)
	config := func(host string) string {
		return fmt.Sprintf(`
resource "terraform_data" "in" {
  input = { issuer = %q, token = "iat", uris = ["https://%s/b", "https://%[2]s/a"], name = "App on %[2]s", tier = 1, jwks = %q }
}
provider "oidc" {}
resource "oidc_dynamic_client" "c" {
  issuer               = terraform_data.in.output.issuer
  initial_access_token = terraform_data.in.output.token
  redirect_uris        = terraform_data.in.output.uris
  client_name          = terraform_data.in.output.name
  jwks                 = terraform_data.in.output.jwks
  extension_metadata   = { x_tier = terraform_data.in.output.tier }
  localized            = { de = { client_name = terraform_data.in.output.name } }
}
`, s.Issuer(), host, `{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			{Config: config("a.example.com"), ConfigPlanChecks: emptyPlan},
			// The output is unknown again when its input changes, the issuer with it: it may be another server.
			{Config: config("b.example.com"), ConfigPlanChecks: emptyPlan},
		},
		CheckDestroy: func(*terraform.State) error {
			if n := len(s.Clients()); n != 0 {
				return fmt.Errorf("%d clients are left", n)
			}
			return nil
		},
	})
}

// secured is a small client with a few security parameters.
func secured() tftest.Attrs {
	return tftest.Attrs{
		"redirect_uris":                              []string{"https://app.example.com/a"},
		"client_name":                                "App",
		"token_endpoint_auth_method":                 "client_secret_post",
		"id_token_signed_response_alg":               "ES256",
		"tls_client_certificate_bound_access_tokens": true,
	}
}
