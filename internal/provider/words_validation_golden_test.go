// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// validation is one block type whose configuration Terraform has validated.
type validation struct {
	name     string
	schema   *tfprotov6.Schema
	base     tftest.Attrs // what makes a configuration usable
	validate func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
}

func validations(t *testing.T) []validation {
	t.Helper()
	p := New("test")
	t.Cleanup(p.Close)
	server, ctx := p.Server(), context.Background()
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	out := []validation{{
		name: "provider", schema: all.Provider,
		validate: func(v *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: v})
			return resp.Diagnostics, err
		},
	}}
	for _, name := range slices.Sorted(maps.Keys(all.ResourceSchemas)) {
		out = append(out, validation{
			name: name, schema: all.ResourceSchemas[name],
			base: tftest.Attrs{"redirect_uris": []string{"https://app.example.com/"}},
			validate: func(v *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
				resp, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
					TypeName: name, Config: v, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
				})
				return resp.Diagnostics, err
			},
		})
	}
	named := map[string]tftest.Attrs{"oidc_client": {"client_id": "a"}}
	for _, name := range slices.Sorted(maps.Keys(all.DataSourceSchemas)) {
		out = append(out, validation{
			name: "data " + name, schema: all.DataSourceSchemas[name], base: named[name],
			validate: func(v *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
				resp, err := server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: v})
				return resp.Diagnostics, err
			},
		})
	}
	for _, name := range slices.Sorted(maps.Keys(all.EphemeralResourceSchemas)) {
		out = append(out, validation{
			base: tftest.Attrs{"client_id": "a", "registration_client_uri": "https://as.example.com/a"},
			name: "ephemeral " + name, schema: all.EphemeralResourceSchemas[name],
			validate: func(v *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
				resp, err := server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: v})
				return resp.Diagnostics, err
			},
		})
	}
	return out
}

// canaryValue is in each bad text, and in no diagnostic.
const canaryValue = "canary"

// badValues are what no configuration should have: of each type, whatever the attribute is.
func badValues(typ tftypes.Type) map[string]any {
	switch {
	case typ.Is(tftypes.String):
		return map[string]any{
			"an empty text": "", "a blank": " ", "a word": canaryValue, "a URL without a host": "https://?" + canaryValue, "a URL with a password": "https://u:" + canaryValue + "@as.example.com/",
			"an issuer's document": "https://as.example.com/.well-known/openid-configuration", "a time that is over": "-5s", "a text with a line break": canaryValue + "\n", "half a JSON object": `{"a": "` + canaryValue,
		}
	case typ.Is(tftypes.Number):
		return map[string]any{"-7177": -7177, "71770000": 71770000, "a fraction": 1.7177, "more than 64 bits": bigNumber("7177e60")}
	case typ.Is(tftypes.Bool):
		return map[string]any{"true": true}
	case typ.Equal(tftypes.List{ElementType: tftypes.String}), typ.Equal(tftypes.Set{ElementType: tftypes.String}):
		return map[string]any{"an empty list": []any{}, "an empty element": []any{""}, "a null element": []any{nil}, "a word": []any{canaryValue}, "a blank after a word": []any{canaryValue + " "}}
	case typ.Equal(tftypes.Map{ElementType: tftypes.String}):
		return map[string]any{"an empty name": tftest.Attrs{"": nil}, "a null element": tftest.Attrs{canaryValue: nil}}
	case typ.Is(tftypes.DynamicPseudoType):
		return map[string]any{"a text": canaryValue, "a list": []any{canaryValue}, "an empty name": tftest.Attrs{"": canaryValue}, "a parameter": tftest.Attrs{"client_name": canaryValue},
			"what the server assigns": tftest.Attrs{"client_id": canaryValue}, "a variant": tftest.Attrs{"client_name#ja": canaryValue}}
	}
	switch {
	case typ.Is(tftypes.List{}):
		return map[string]any{"an empty list": []any{}}
	case typ.Is(tftypes.Map{}):
		return map[string]any{"an empty name": tftest.Attrs{"": tftest.Attrs{"client_name": "App"}}, "a name with a blank": tftest.Attrs{"no tag": tftest.Attrs{"client_name": "App"}}}
	}
	return map[string]any{"an empty object": tftest.Attrs{}}
}

// bigNumber is a number that no Go integer holds.
func bigNumber(text string) tftypes.Value {
	f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return tftypes.NewValue(tftypes.Number, f)
}

// badConfiguration is a configuration with one bad value.
type badConfiguration struct {
	at, kind string
	attrs    tftest.Attrs
}

// badConfigurations has each attribute of a schema with each of the bad values of its type, at any depth.
func badConfigurations(attributes []*tfprotov6.SchemaAttribute) (out []badConfiguration) {
	for _, a := range attributes {
		values := badValues(a.ValueType())
		for _, kind := range slices.Sorted(maps.Keys(values)) {
			out = append(out, badConfiguration{a.Name, kind, tftest.Attrs{a.Name: values[kind]}})
		}
		if a.NestedType == nil {
			continue
		}
		for _, inner := range badConfigurations(a.NestedType.Attributes) {
			value, at := inner.attrs, a.Name+"."+inner.at
			switch a.NestedType.Nesting {
			case tfprotov6.SchemaObjectNestingModeMap:
				value, at = tftest.Attrs{"ja": value}, a.Name+"[\"ja\"]."+inner.at
			case tfprotov6.SchemaObjectNestingModeList, tfprotov6.SchemaObjectNestingModeSet:
				continue // none can be configured
			}
			out = append(out, badConfiguration{at, inner.kind, tftest.Attrs{a.Name: value}})
		}
	}
	return out
}

// said is one text of validation, and where it is said of what.
type said struct {
	text              string // as it is said of the first attribute
	attributes, kinds []string
}

func (s *said) add(bad badConfiguration) {
	if !slices.Contains(s.attributes, bad.at) {
		s.attributes = append(s.attributes, bad.at)
	}
	if !slices.Contains(s.kinds, bad.kind) {
		s.kinds = append(s.kinds, bad.kind)
	}
}

// title names the first attributes, and says whether there are others, but not how many: a new parameter is no new text.
func (s *said) title() string {
	const most = 4
	names := strings.Join(s.attributes[:min(len(s.attributes), most)], ", ")
	if len(s.attributes) > most {
		names += " and others"
	}
	return names + ": " + strings.Join(s.kinds, ", ")
}

// Whatever validation says about any attribute with any bad value can be read through in one file, our own words and those of the
// framework. It has the text about the first attribute where the same is said of others. No text has a value of the configuration in
// it, each is at its attribute, and none blames the provider for what a person wrote.
func TestValidationReadsWell(t *testing.T) {
	var b strings.Builder
	for _, v := range validations(t) {
		fmt.Fprintf(&b, "######## %s\n\n", v.name)
		texts, order := map[string]*said{}, []*said{}
		for _, bad := range badConfigurations(v.schema.Block.Attributes) {
			for _, d := range validated(t, v, bad.attrs) {
				text := fmt.Sprintf("%s\n%s\n\n%s", strings.ToLower(d.Severity.String()), d.Summary, d.Detail)
				if strings.Contains(text, canaryValue) || strings.Contains(text, "7177") || strings.Contains(text, "report") || strings.Contains(text, "developers") || d.Attribute == nil {
					t.Errorf("%s, %s as %s, at %v: %s", v.name, bad.at, bad.kind, d.Attribute, text)
				}
				key := named(bad.at).ReplaceAllString(text, "%")
				if texts[key] == nil {
					texts[key] = &said{text: text}
					order = append(order, texts[key])
				}
				texts[key].add(bad)
			}
		}
		for _, s := range order {
			fmt.Fprintf(&b, "======== %s\n%s\n\n", s.title(), s.text)
		}
	}
	golden.Holds(t, "testdata/diagnostics_validation.txt", b.String())
}

// named matches an attribute's name, with what it is part of or without.
func named(at string) *regexp.Regexp {
	return regexp.MustCompile(`\b(` + regexp.QuoteMeta(at) + `|` + regexp.QuoteMeta(at[strings.LastIndex(at, ".")+1:]) + `)\b`)
}

func validated(t *testing.T, v validation, attrs tftest.Attrs) []*tfprotov6.Diagnostic {
	t.Helper()
	typ := v.schema.ValueType().(tftypes.Object)
	all := tftest.Values(t, typ, v.base.With(attrs))
	for name, at := range typ.AttributeTypes {
		if _, ok := all[name]; !ok {
			all[name] = tftypes.NewValue(at, nil)
		}
	}
	config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, all))
	if err != nil {
		t.Fatal(err)
	}
	diags, err := v.validate(&config)
	if err != nil {
		t.Fatal(err)
	}
	return diags
}
