// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// canaryText is in everything that must not be printed, and in nothing else. It is lower case: a parser may fold what it quotes.
const canaryText = "c4nary7q"

// canaryShapes are texts that a person may put anywhere: right, wrong, or in the wrong place.
var canaryShapes = []string{
	canaryText, " " + canaryText + " ", canaryText + "#" + canaryText, canaryText + ":" + canaryText, "*" + canaryText, canaryText + "," + canaryText, canaryText + "\n\x01",
	"https://" + canaryText + ".example.com/", "https://user:" + canaryText + "@example.com/", "https://example.com/?a=" + canaryText + "#" + canaryText,
	"https://example.com:" + canaryText + "/", "https://example.com/%" + canaryText, "https://[" + canaryText + "]/", "http://" + canaryText + ".example.com/" + canaryText, "javascript:" + canaryText,
	"https://example.com:99999/" + canaryText, "ftp://" + canaryText, "//" + canaryText, "https:///" + canaryText, "https://example.com/" + canaryText + "/.well-known/openid-configuration",
	"-----BEGIN PRIVATE KEY-----\n" + canaryText + "\n-----END PRIVATE KEY-----\n", "-----BEGIN CERTIFICATE-----\n" + canaryText, "eyJ" + canaryText + ".eyJ" + canaryText + "." + canaryText,
	`{"` + canaryText + `":"` + canaryText + `",}`, `{"keys":[{"kty":"` + canaryText + `","d":"` + canaryText + `"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"` + canaryText + `","y":"` + canaryText + `"}]}`,
	`{"keys":"` + canaryText + `"}`, `[{"a":"` + canaryText, `"` + canaryText + `"`, "none " + canaryText, "AGE-SECRET-KEY-1" + canaryText, "{" + canaryText + "}", "%" + canaryText, "720h" + canaryText,
}

// canaryIn puts a drawn text into a value of a type, at any depth.
func canaryIn(t *rapid.T, label string, typ tftypes.Type) any {
	shape := func(label string) string { return rapid.SampledFrom(canaryShapes).Draw(t, label) }
	switch typ := typ.(type) {
	case tftypes.List:
		return []any{shape(label), shape(label + " 2")}
	case tftypes.Set:
		return []any{shape(label)}
	case tftypes.Map:
		if typ.ElementType.Is(tftypes.String) {
			return attrs{rapid.SampledFrom([]string{"a", "X-Key", "content-type", canaryText + " x"}).Draw(t, label+" key"): shape(label)}
		}
		return attrs{rapid.SampledFrom([]string{"ja", "de_DE", canaryText, canaryText + " x"}).Draw(t, label+" key"): canaryIn(t, label+" element", typ.ElementType)}
	case tftypes.Object:
		out := attrs{}
		names := slices.Sorted(maps.Keys(typ.AttributeTypes))
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID).Draw(t, label+" attributes") {
			if v := canaryIn(t, label+"."+name, typ.AttributeTypes[name]); v != nil {
				out[name] = v
			}
		}
		return out
	}
	switch {
	case typ.Is(tftypes.String):
		return shape(label)
	case typ.Is(tftypes.DynamicPseudoType):
		return rapid.SampledFrom([]any{
			canaryText, []any{canaryText}, attrs{"": canaryText}, attrs{"client_name": canaryText}, attrs{"client_id": canaryText},
			attrs{"x_secret": canaryText, "x_a": attrs{"password": []any{canaryText}}},
			attrs{"x_a": "https://user:" + canaryText + "@example.com/", "x_b": attrs{"kty": "RSA", "d": canaryText}},
			attrs{"client_name#ja": canaryText}, attrs{canaryText: 1}, attrs{canaryText + "#ja": "a", canaryText + "#JA": "b"}, attrs{"x_a#" + canaryText: 1, "x_a#" + strings.ToUpper(canaryText): 1},
		}).Draw(t, label)
	}
	return nil
}

// canaryAttributes draws some string attributes of a schema.
func canaryAttributes(t *rapid.T, label string, schema *tfprotov6.Schema, most int) attrs {
	out := attrs{}
	types := map[string]tftypes.Type{}
	for _, a := range schema.Block.Attributes {
		if a.Optional {
			types[a.Name] = a.ValueType()
		}
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(types))), 1, most, rapid.ID).Draw(t, label) {
		if v := canaryIn(t, label+" "+name, types[name]); v != nil {
			out[name] = v
		}
	}
	return out
}

func printed(t *rapid.T, call string, diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if (d.Summary == "Not an issuer" || d.Summary == "Not a registration endpoint") && !strings.Contains(d.Detail, ":"+canaryText) && !strings.Contains(d.Detail, "PRIVATE") {
			continue // the corrected issuer is the point of it
		}
		at := d.Attribute.String() // which logs have
		if text := d.Summary + "\n" + d.Detail + "\n" + at; strings.Contains(strings.ToLower(text), canaryText) {
			t.Errorf("%s prints a value of the configuration: %s", call, text)
		}
	}
}

// No value of a configuration is printed by a check of it, wherever it stands and whatever is wrong with it: it may come from a
// sensitive variable, and Terraform hides nothing of what a provider prints.
func TestNoCheckPrintsAValue(t *testing.T) {
	x := newServerPair(t, &fakeop.Server{}, nil)
	schemas, err := x.full.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	resource, settings := schemas.ResourceSchemas[clientType], schemas.Provider
	encode := func(t *rapid.T, schema *tfprotov6.Schema, drawn attrs) *tfprotov6.DynamicValue {
		typ := schema.ValueType().(tftypes.Object)
		all := tftest.Values(t, typ, drawn)
		for name, at := range typ.AttributeTypes {
			if _, ok := all[name]; !ok {
				all[name] = tftypes.NewValue(at, nil)
			}
		}
		dv, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, all))
		if err != nil {
			t.Fatalf("%v", err)
		}
		return &dv
	}
	rapid.Check(t, func(t *rapid.T) {
		ctx := t.Context()
		config := encode(t, resource, canaryAttributes(t, "resource", resource, 6))
		for name, server := range map[string]tfprotov6.ProviderServer{"the fast path": x.fast, "the framework": x.full} {
			resp, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: clientType, Config: config})
			if err != nil {
				t.Fatalf("%v", err)
			}
			printed(t, "validate by "+name, resp.Diagnostics)
		}
		given := encode(t, settings, canaryAttributes(t, "provider", settings, 4))
		p := provider.New("test")
		defer p.Close()
		server := p.Server()
		validated, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: given})
		if err != nil {
			t.Fatalf("%v", err)
		}
		printed(t, "validate of the provider", validated.Diagnostics)
		if failed(validated.Diagnostics) {
			return
		}
		configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: given})
		if err != nil {
			t.Fatalf("%v", err)
		}
		printed(t, "configure", configured.Diagnostics)
	})
}

// An expected_issuer that is none is not printed where the document names another issuer, which a plan finds out. One that is an issuer is an
// address, as issuer is.
func TestPlanPrintsNoExpectedIssuer(t *testing.T) {
	op := &fakeop.Server{}
	op.Start(t)
	for _, shape := range canaryShapes {
		if discovery.CheckIssuer(shape) == nil || shape != strings.TrimSpace(shape) { // validate tells the latter
			continue
		}
		r := newSubject(t, op, attrs{"issuer": op.Issuer(), "expected_issuer": shape})
		_, err := r.TryPlan(secured())
		if err == nil || !strings.Contains(err.Error(), "names another issuer") {
			t.Errorf("%q: the plan says %v", shape, err)
		}
		for _, d := range r.Rig().Told() {
			at := d.Attribute.String() // which logs have
			if text := d.Summary + "\n" + d.Detail + "\n" + at; strings.Contains(strings.ToLower(text), canaryText) {
				t.Errorf("%q is printed: %s", shape, text)
			}
		}
	}
}

// secretMembers are members of extension metadata that hold a secret, by their name or by what they are.
var secretMembers = map[string]func(text string) any{
	"x_client_secret":  func(s string) any { return s },
	"x_api_key":        func(s string) any { return []any{s} },
	"x-Password":       func(s string) any { return attrs{"value": s} },
	"x_refresh_token":  func(s string) any { return attrs{"a": []any{attrs{"b": s}}} },
	"x_settings":       func(s string) any { return attrs{"password": s, "nested": attrs{"private_key": s}} },
	"x_list":           func(s string) any { return []any{"a", attrs{"clientSecret": s}} },
	"x_key":            func(s string) any { return attrs{"kty": "EC", "crv": "P-256", "d": s} },
	"x_text":           func(s string) any { return `{"kty":"oct","k":"` + s + `"}` },
	"x_url":            func(s string) any { return "https://user:" + s + "@example.com/?access_token=" + s },
	"x_pem":            func(s string) any { return "-----BEGIN PRIVATE KEY-----\n" + s + "\n-----END PRIVATE KEY-----" },
	"x_jwt":            func(s string) any { return "eyJhbGciOiJub25lIn0.eyJ" + s + "." + s },
	"x_secret_ref#ja":  func(s string) any { return s },
	"x_webhook_secret": func(s string) any { return `{"a":"` + s + `"}` },
}

// What a server makes of a vendor's member, and of a parameter that is sensitive, is told without the secret, the configured one and
// the server's: in a warning, in an error, at a registration, a refresh and an update.
func TestSecretsOfMembersAreNotTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(secretMembers))), 1, 5, rapid.ID).Draw(t, "members")
		asked, got := attrs{}, map[string]any{}
		for _, name := range names {
			asked[name], got[name] = secretMembers[name](canaryText+"asked"), asServer(secretMembers[name](canaryText+"got"))
		}
		op := &fakeop.Server{Extensions: names}
		kind := rapid.SampledFrom([]string{"substituted", "dropped", "refused"}).Draw(t, "kind")
		switch kind {
		case "substituted":
			op.Faults.Substitute = got
		case "dropped":
			op.Faults.Drop = names
		case "refused":
			op.Faults.Registration.Calls = fakeop.Always(fakeop.Forbidden("invalid_client_metadata", `{"x_client_secret":"`+canaryText+`asked"} is refused`))
		}
		op.Start(t)
		r := newRig(t, op)
		if err := r.Start(attrs{"issuer": op.Issuer(), "strict": rapid.Bool().Draw(t, "strict"), "max_retries": 0}); err != nil {
			t.Fatalf("%v", err)
		}
		config := attrs{"redirect_uris": []string{"https://a.example.com/"}, "extension_metadata": asked}
		one := map[string]attrs{theClient: config}
		err := r.Apply(one)
		if kind == "refused" && err == nil {
			t.Fatalf("the registration is not refused")
		}
		if err == nil {
			for name, value := range got {
				op.SetMember(r.Text(theClient, "client_id"), name, value)
			}
			one[theClient] = config.With(attrs{"client_name": "App"})
			_ = r.Apply(one) // in a strict configuration it fails
			_ = r.Destroy()
		}
		if len(r.Told()) == 0 {
			t.Fatalf("nothing was told: the test shows nothing")
		}
		printed(t, kind, r.Told())
	})
}

// asServer gives a value as a server has it.
func asServer(v any) any {
	switch v := v.(type) {
	case attrs:
		out := map[string]any{}
		for name, e := range v {
			out[name] = asServer(e)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, asServer(e))
		}
		return out
	}
	return v
}
