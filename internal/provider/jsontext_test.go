// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A string that is no JSON is refused with the place and the cause and nothing of its content, whoever validates.
func TestMalformedJSONIsExplainedWithoutItsContent(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	const canary = "c4nary"
	for name, test := range map[string]struct{ attribute, text, says string }{
		"PEM":                 {"jwks", "-----BEGIN PRIVATE KEY-----\n" + canary + "\n-----END PRIVATE KEY-----\n", "this is PEM; a JWK Set is needed here"},
		"PEM for an object":   {"vp_formats_supported", "\n-----BEGIN CERTIFICATE-----\n" + canary, "this is PEM; a JSON object is needed here"},
		"URL":                 {"jwks", "https://" + canary + ".example.com/jwks", "jwks_uri takes the URL"},
		"JWT":                 {"jwks", "eyJhbGciOiJub25lIn0." + canary + ".", "this is a JWT"},
		"plain text":          {"jwks", canary, "this is no JSON"},
		"white space":         {"jwks", " \n", "white space only"},
		"trailing comma":      {"jwks", "{\n  \"keys\": [],\n  \"" + canary + "\": 1,\n}", "line 3, column 14: a comma too many"},
		"comma in a list":     {"vp_formats_supported", `{"` + canary + `":[1,]}`, "line 1, column 13: a comma too many"},
		"two commas":          {"vp_formats_supported", `{"ä":"` + canary + `",,}`, "line 1, column 14: a comma too many"},
		"missing comma":       {"vp_formats_supported", "{\"a\":\"" + canary + "\"\n\"b\":1}", "line 2, column 1: a comma or colon is missing"},
		"single quotes":       {"vp_formats_supported", "{'" + canary + "':1}", "line 1, column 2: strings and names stand between double quotation marks"},
		"bare name":           {"vp_formats_supported", "{" + canary + ":1}", "line 1, column 2: names stand between double quotation marks"},
		"comment":             {"vp_formats_supported", "{} // " + canary, "line 1, column 4: something follows"},
		"comment within":      {"vp_formats_supported", "{ // " + canary + "\n}", "line 1, column 3: comments are not part of JSON"},
		"ends early":          {"vp_formats_supported", `{"a":"` + canary, "line 1, column 13: the JSON ends too early"},
		"more after":          {"jwks", "{\"keys\":[]}\n{\"" + canary + "\":1}", "line 2, column 1: something follows"},
		"line break in text":  {"vp_formats_supported", "{\"a\":\"" + canary + "\n\"}", "line 1, column 13: a line break"},
		"byte order mark":     {"vp_formats_supported", "\ufeff{\"" + canary + "\":}", "line 1, column 11"},
		"nested too deeply":   {"vp_formats_supported", strings.Repeat(`{"`+canary+`":`, 200), "nested too deeply"},
		"number out of place": {"vp_formats_supported", `{"` + canary + `":01}`, "line 1, column 12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, beside := range []attrs{{}, {"timeouts": attrs{"create": "1m"}}} {
				config := x.Object(attrs{test.attribute: test.text}.With(beside))
				for _, server := range []tfprotov6.ProviderServer{x.fast, x.full} {
					resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: clientType, Config: x.Encoded(config)})
					if err != nil {
						t.Fatal(err)
					}
					found := slices.ContainsFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
						return d.Attribute != nil && attributeName(d.Attribute) == test.attribute && strings.Contains(d.Detail, test.says)
					})
					if !found {
						t.Errorf("want %q at %s: %q", test.says, test.attribute, details(resp.Diagnostics))
					}
					if all := details(resp.Diagnostics); strings.Contains(all, canary) {
						t.Errorf("the content is printed: %s", all)
					}
				}
			}
		})
	}
}

// What is JSON, and of another type than the attribute needs, is refused as that when it is validated, whoever validates.
// Only null passes, which jsonencode() makes of a variable that is not set: it is not set then.
func TestJSONOfAnotherTypeIsExplained(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	const canary = "c4nary"
	unset := x.Encoded(x.Object(secured().With(attrs{"jwks": "null"})))
	if resp, err := x.full.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: clientType, Config: unset}); err != nil || len(resp.Diagnostics) > 0 {
		t.Errorf("null: %v, %v", err, details(resp.Diagnostics))
	}
	for name, test := range map[string]struct{ attribute, text, says string }{
		"empty object":           {"jwks", `{}`, "This is an empty object"},
		"set encoded twice":      {"jwks", `"{\"keys\":[],\"` + canary + `\":1}"`, "jwks was encoded as JSON twice"},
		"object encoded twice":   {"vp_formats_supported", `"{\"` + canary + `\":{}}"`, "vp_formats_supported was encoded as JSON twice"},
		"string":                 {"jwks", `"` + canary + `"`, "jwks is a JSON string and must be a JSON object"},
		"string for an object":   {"vp_formats_supported", `"` + canary + `"`, "vp_formats_supported is a JSON string and must be a JSON object"},
		"list of keys":           {"jwks", `["` + canary + `"]`, "jwks must be a JSON object"},
		"list for an object":     {"vp_formats_supported", `[]`, "vp_formats_supported must be a JSON object"},
		"number":                 {"jwks", `7`, "jwks must be a JSON object"},
		"boolean for an object":  {"vp_formats_supported", `false`, "vp_formats_supported must be a JSON object"},
		"null in place of keys":  {"jwks", `{"keys":null}`, "an array named"},
		"keys encoded by itself": {"jwks", `{"keys":"[]"}`, "an array named"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, beside := range []attrs{{}, {"timeouts": attrs{"create": "1m"}}} {
				config := x.Object(secured().With(attrs{test.attribute: test.text}).With(beside))
				for _, server := range []tfprotov6.ProviderServer{x.fast, x.full} {
					resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: clientType, Config: x.Encoded(config)})
					if err != nil {
						t.Fatal(err)
					}
					found := slices.ContainsFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
						return d.Attribute != nil && attributeName(d.Attribute) == test.attribute && strings.Contains(d.Detail, test.says)
					})
					all := details(resp.Diagnostics)
					if !found || strings.Contains(all, canary) || strings.Contains(all, "valid JSON") {
						t.Errorf("want %q at %s: %q", test.says, test.attribute, all)
					}
				}
			}
		})
	}
}

func details(all []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range all {
		b.WriteString(d.Severity.String() + " " + d.Summary + ": " + d.Detail + "\n")
	}
	return b.String()
}
