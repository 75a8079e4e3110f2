// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// readOnly are values for the attributes that only the provider sets.
func readOnly() map[string][]any {
	return map[string][]any{
		"client_id": {"mine", "", tftest.Unknown{}}, "client_secret": {"hush", tftest.Unknown{}}, "client_id_issued_at": {0, mustNumber("1e30"), tftest.Unknown{}},
		"client_secret_expires_at": {1, 1.5}, "client_secret_expiration": {"2030-01-01T00:00:00Z"}, "registration_access_token": {"token", tftest.Unknown{}},
		"registration_client_uri": {"https://op.example.com/c", tftest.Unknown{}}, "registered_metadata": {"{}", "{", tftest.Unknown{}},
	}
}

// Whatever a person can write, the fast path and the framework answer alike: the same diagnostics at the same attributes, the same
// plan, the same private state.
func TestFastPathAnswersAsTheFramework(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Tenants: []string{"/tenant"}}
	x := newServerPair(t, op, nil)
	all := choices(op)
	computed := readOnly()
	type prior struct {
		state   tftypes.Value
		private []byte
	}
	priors := []prior{{state: tftypes.NewValue(x.Type(), nil)}}
	for _, config := range []attrs{
		{"redirect_uris": []string{"https://a.example.com/"}},
		{
			"redirect_uris": []string{"https://a.example.com/"}, "client_name": "App", "scope": "a b", "localized": attrs{"ja": attrs{"client_name": "アプリ"}},
			"extension_metadata": attrs{"x_a": 1}, "jwks": publicKey, "timeouts": attrs{"create": "1m"}, "rotate_secret_when": attrs{"a": "1"}, "store_client_secret": false,
		},
	} {
		state, private, ok := x.register(x.Object(config))
		if !ok {
			t.Fatal("not registered")
		}
		priors = append(priors, prior{state, private})
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn := drawConfig(t, all, rapid.Bool().Draw(t, "good"))
		if rapid.IntRange(0, 3).Draw(t, "read-only?") == 0 {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(computed))).Draw(t, "read-only")
			drawn[name] = rapid.SampledFrom(computed[name]).Draw(t, name)
		}
		config := x.Object(drawn)
		before := rapid.SampledFrom(priors).Draw(t, "prior")
		if !x.validate(t, config) {
			return
		}
		x.plan(t, config, before.state, before.private)
		x.plan(t, config, before.state, nil)
	})
}

// A value set for an attribute that only the provider sets is an error at this attribute, each alone.
func TestReadOnlyAttributesAreRefused(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	for name, values := range readOnly() {
		for _, v := range values {
			config := x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}, name: v})
			if x.validate(t, config) {
				t.Errorf("%s = %v is accepted", name, v)
			}
		}
	}
}

// What is encoded with another type than the schema's, as a client of another release might, is an error for both.
func TestFastPathOnOtherTypes(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	str := tftypes.String
	for name, other := range map[string]tftypes.Value{
		"redirect_uris":      tftypes.NewValue(str, "https://a.example.com/"),
		"client_name":        tftypes.NewValue(tftypes.List{ElementType: str}, []tftypes.Value{tftypes.NewValue(str, "a")}),
		"default_max_age":    tftypes.NewValue(tftypes.Bool, true),
		"require_auth_time":  tftypes.NewValue(tftypes.Number, 1),
		"localized":          tftypes.NewValue(tftypes.List{ElementType: str}, []tftypes.Value{tftypes.NewValue(str, "ja")}),
		"timeouts":           tftypes.NewValue(str, "1m"),
		"rotate_secret_when": tftypes.NewValue(str, "now"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kinds, members := maps.Clone(x.Type().AttributeTypes), tftest.Opened(t, x.Object(attrs{}))
			kinds[name], members[name] = other.Type(), other
			typ := tftypes.Object{AttributeTypes: kinds}
			encoded, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, members))
			if err != nil {
				t.Fatal(err)
			}
			req := &tfprotov6.ValidateResourceConfigRequest{TypeName: clientType, Config: &encoded}
			a, errA := x.fast.ValidateResourceConfig(context.Background(), req)
			b, errB := x.full.ValidateResourceConfig(context.Background(), req)
			if errA != nil || errB != nil {
				t.Fatalf("validate: %v, %v", errA, errB)
			}
			if !failed(a.Diagnostics) {
				t.Error("the value is accepted")
			}
			sameDiagnostics(t, "validate", a.Diagnostics, b.Diagnostics)
		})
	}
}
