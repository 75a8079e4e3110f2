// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// "condition ? { … } : null" is a null that has the type of the object, for an attribute of any type. A plan that gives it back without
// that type is another value than the configuration has, which OpenTofu takes for a defect of the provider.
func TestNullsKeepTheirType(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	typed := tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"x_a": tftypes.Number}}, nil)
	config := x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}, "extension_metadata": typed})
	state, private, ok := x.register(config)
	if !ok {
		t.Fatal("not registered")
	}
	later := x.Object(attrs{"redirect_uris": []string{"https://b.example.com/"}, "extension_metadata": typed})
	untyped, untypedPrivate, _ := x.register(x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}}))
	set, setPrivate, _ := x.register(x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}, "extension_metadata": attrs{"x_a": 1}}))
	for name, plan := range map[string]struct {
		config, prior tftypes.Value
		private       []byte
	}{
		"creation":                          {config, tftypes.NewValue(x.Type(), nil), nil},
		"nothing to do":                     {config, state, private},
		"update":                            {later, state, private},
		"the state has a null of no type":   {config, untyped, untypedPrivate},
		"update of a null of no type":       {later, untyped, untypedPrivate},
		"removal of what was there":         {config, set, setPrivate},
		"removal, and an update of another": {later, set, setPrivate},
	} {
		proposed := x.Proposed(plan.config, plan.prior)
		for which, server := range map[string]tfprotov6.ProviderServer{"fast": x.fast, "framework": x.full} {
			resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
				TypeName: clientType, Config: x.Encoded(plan.config), PriorState: x.Encoded(plan.prior), ProposedNewState: x.Encoded(proposed), PriorPrivate: plan.private,
			})
			if err != nil || failed(resp.Diagnostics) {
				t.Fatalf("%s, %s: %v, %v", name, which, err, resp)
			}
			planned, err := resp.PlannedState.Unmarshal(x.Type())
			if err != nil {
				t.Fatal(err)
			}
			if got := tftest.Opened(t, planned)["extension_metadata"]; !got.IsNull() || !got.Type().Equal(typed.Type()) {
				t.Errorf("%s, %s: planned %s, configured %s", name, which, got, typed)
			}
		}
	}
}
