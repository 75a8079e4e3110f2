// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/testop"
)

func TestAccLifecycle(t *testing.T) {
	s := testop.Server{}
	s.Start(t)
	config := func(body string) string {
		return fmt.Sprintf(`
provider "oidc" { issuer = %q }
resource "oidc_dynamic_client" "c" {
%s
}`, s.Issuer(), body)
	}
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		Steps: []resource.TestStep{
			{Config: config(`
  redirect_uris = ["https://app.example.com/b", "https://app.example.com/a"]
  client_name   = "App"
  scope         = "openid email"
  contacts      = ["ops@example.com"]
  default_max_age = 3600
  require_auth_time = true
  localized = { ja = { client_name = "アプリ" } }
`), ConfigPlanChecks: empty},
			{Config: config(`
  redirect_uris = ["https://app.example.com/a", "https://app.example.com/b"]
  client_name   = "App 2"
  scope         = "email openid"
  default_max_age = 60
`), ConfigPlanChecks: empty},
		},
	})
	if n := len(s.Clients()); n != 0 {
		t.Errorf("%d clients left", n)
	}
}
