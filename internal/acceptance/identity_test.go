// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// CLIs that have identities keep them in the state, take one in an import block, and let it change: a server may move the URI of a
// client with each update, and a client that cannot be updated is replaced in place.
func TestIdentity(t *testing.T) {
	for name, s := range map[string]*fakeop.Server{
		"moving":     {Faults: fakeop.Faults{MoveURIOnUpdate: true, RotateTokenOnUpdate: true}},
		"no updates": {Management: fakeop.ManagementOff},
	} {
		t.Run(name, func(t *testing.T) {
			s.Start(t)
			config := func(client string) string {
				return fmt.Sprintf("provider \"oidc\" { issuer = %q }\nresource \"oidc_dynamic_client\" \"c\" {\n  redirect_uris = [\"https://app.example.com/a\"]\n  client_name = %q\n}\n", s.Issuer(), client)
			}
			steps := []resource.TestStep{
				{Config: config("App")},
				{Config: config("App 2")},
				{Config: config("App 2"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			}
			if s.Management != fakeop.ManagementOff {
				steps = append(steps, resource.TestStep{
					PreConfig:    func() { t.Setenv(tokensVariable, handedIn(s.Clients()[0])) },
					ResourceName: "oidc_dynamic_client.c", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				})
			}
			resource.Test(t, resource.TestCase{
				TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
				ProtoV6ProviderFactories: factories(t), Steps: steps,
			})
		})
	}
}
