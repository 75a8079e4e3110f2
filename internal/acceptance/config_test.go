// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The same through a CLI: the provider's settings come from a resource of the same apply, and from an ephemeral variable.
func TestUnknownAndEphemeral(t *testing.T) {
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p", APIKeyHeader: "X-API-Key", APIKey: "p"}
	s.Start(t)
	t.Setenv("TF_VAR_password", "p")
	config := `
variable "password" {
  type      = string
  ephemeral = true
}
resource "terraform_data" "server" {
  input = { issuer = "` + s.Issuer() + `", basic = { username = "u", password = "p" } }
}
provider "oidc" {
  issuer     = terraform_data.server.output.issuer
  basic_auth = terraform_data.server.output.basic
  headers    = { "X-API-Key" = var.password }
}
provider "oidc" {
  alias      = "partly"
  issuer     = terraform_data.server.output.issuer
  basic_auth = { username = terraform_data.server.output.basic.username, password = var.password }
  headers    = { "X-API-Key" = var.password }
}
resource "oidc_dynamic_client" "c" {
  redirect_uris = ["https://app.example.com/cb"]
}
resource "oidc_dynamic_client" "partly" {
  provider      = oidc.partly
  redirect_uris = ["https://app.example.com/cb"]
}
data "oidc_discovery" "server" { issuer = terraform_data.server.output.issuer }
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		Steps: []resource.TestStep{
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
	})
	if n := len(s.Clients()); n != 0 {
		t.Errorf("%d clients left", n)
	}
}

// A configuration that is wrong is refused at validate already, where all of it is known.
func TestValidate(t *testing.T) {
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"oidc": factories(t)["oidc"]},
		Steps: []resource.TestStep{{
			Config: `
provider "oidc" {
  initial_access_token = "t"
  basic_auth           = { username = "u", password = "p" }
}
resource "oidc_dynamic_client" "c" { redirect_uris = ["https://app.example.com/cb"] }`,
			PlanOnly: true, ExpectError: regexp.MustCompile("More than one way to authorize a registration"),
		}},
	})
}

// An empty language tag is none, and is refused before anything is sent.
func TestEmptyLanguageTag(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", "localized = { \"\" = { client_name = \"z\" } }"))
	out, code := x.Try("validate", "-no-color")
	containsAll(t, oneLine(out), "Empty language tag", "localized")
	if code == 0 || len(server.Requests()) != 0 {
		t.Errorf("exit code %d after %d requests", code, len(server.Requests()))
	}
}
