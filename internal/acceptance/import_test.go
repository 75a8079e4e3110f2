// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func TestImport(t *testing.T) {
	s := fakeop.Server{}
	s.Start(t)
	const client = `
resource "oidc_dynamic_client" "c" {
  redirect_uris = ["https://app.example.com/a"]
  client_name   = "App"
  scope         = "openid email"
  localized     = { ja = { client_name = "アプリ" } }
}`
	config := fmt.Sprintf("provider \"oidc\" { issuer = %q }\n", s.Issuer()) + client
	var token string
	uri := func(st *terraform.State) (string, error) {
		a := st.RootModule().Resources["oidc_dynamic_client.c"].Primary.Attributes
		token = s.CurrentToken(a["client_id"])
		t.Setenv(tokensVariable, fmt.Sprintf("{%q:%q}", a["client_id"], token))
		return a["registration_client_uri"], nil
	}
	id := func(st *terraform.State) (string, error) {
		return st.RootModule().Resources["oidc_dynamic_client.c"].Primary.Attributes["client_id"], nil
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(t),
		Steps: []resource.TestStep{
			{Config: config},
			{ResourceName: "oidc_dynamic_client.c", ImportState: true, ImportStateIdFunc: uri, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "client_id"},
			{ResourceName: "oidc_dynamic_client.c", ImportState: true, ImportStateIdFunc: id, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "client_id"},
			{PreConfig: func() { t.Setenv(tokensVariable, "") },
				ResourceName: "oidc_dynamic_client.c", ImportState: true, ImportStateIdFunc: id, ExpectError: regexp.MustCompile("No credential to read the client with")},
		},
	})
}
