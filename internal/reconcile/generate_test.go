// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// universe is the members of the generated configurations: every parameter of the table, some languages of those that
// may be localized, and extensions.
var universe = func() []string {
	var all []string
	for _, p := range metadata.All() {
		all = append(all, p.Name)
		if p.Localizable {
			all = append(all, p.Name+"#ja", p.Name+"#de-CH")
		}
	}
	return append(all, "ext_text", "ext_number", "ext_flag", "ext_list", "ext_object")
}()

// telling is the members whose rules have the most corners: defaults, sets, tags, numbers, members that exclude each other.
var telling = []string{
	"require_auth_time", "application_type", "token_endpoint_auth_method", "grant_types", "response_types", "redirect_uris",
	"default_acr_values", "scope", "default_max_age", "jwks", "jwks_uri", "tls_client_auth_subject_dn", "tls_client_auth_san_dns",
	"client_name", "client_name#ja", "client_name#de-CH", "ext_text", "ext_number", "ext_list",
}

// drawMembers draws a few members. Runs that use few meet each other's values more often.
func drawMembers(t *rapid.T, label string, least, most int) []string {
	pool := universe
	if rapid.Bool().Draw(t, label+" of the telling ones") {
		pool = telling
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(pool), least, most, rapid.ID[string]).Draw(t, label)
}

// row is the oracle's view of a member.
func row(member string) (metadata.Kind, *metadata.Parameter) {
	name, _, _ := strings.Cut(member, "#")
	p, known := metadata.Lookup(name)
	if !known {
		return -1, nil
	}
	return p.Kind, p
}

// drawValue draws a value of the member from a small pool, so that the same value comes again, that has the default, the
// empty value and values that differ in their order only.
func drawValue(t *rapid.T, member, label string) any {
	kind, p := row(member)
	pool := []any{}
	if p != nil && p.Default != nil {
		pool = append(pool, p.Default)
	}
	switch kind {
	case metadata.String:
		pool = append(pool, "alpha", "beta", "gamma", "")
	case metadata.URI:
		pool = append(pool, "https://a.example/x", "https://a.example/x/", "https://b.example/?a=1&b=2")
	case metadata.Integer:
		pool = append(pool, json.Number("0"), json.Number("60"), json.Number("9007199254740993"))
	case metadata.Boolean:
		pool = append(pool, true, false)
	case metadata.StringList:
		words := []string{"alpha", "beta", "gamma delta", "epsilon"}
		if p.Elements == metadata.URI {
			words = []string{"https://a.example/x", "https://b.example/", "https://c.example/"}
		}
		var list []any
		for _, word := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, label+" list") {
			list = append(list, word)
		}
		if list == nil {
			list = []any{}
		}
		pool = append(pool, list)
	case metadata.Scope:
		pool = append(pool, "openid", "openid email", "email openid", "email")
	case metadata.JSONObject:
		pool = append(pool, map[string]any{"jwt_vp": map[string]any{"alg": []any{"ES256"}}}, map[string]any{"ldp_vp": map[string]any{"n": json.Number("1")}})
	case metadata.JWKSet:
		key := func(x string) any { return map[string]any{"kty": "EC", "crv": "P-256", "x": x} }
		pool = append(pool, map[string]any{"keys": []any{}}, map[string]any{"keys": []any{key("1")}}, map[string]any{"keys": []any{key("1"), key("2")}}, map[string]any{"keys": []any{key("2"), key("1")}})
	default:
		switch member {
		case "ext_number":
			pool = append(pool, json.Number("1"), json.Number("1.0"), json.Number("2"), json.Number("0"))
		case "ext_flag":
			pool = append(pool, true, false)
		case "ext_list":
			pool = append(pool, []any{"a", json.Number("1")}, []any{json.Number("1"), "a"}, []any{})
		case "ext_object":
			pool = append(pool, map[string]any{"a": json.Number("1"), "b": []any{true, nil}}, map[string]any{"a": "1"})
		default:
			pool = append(pool, "alpha", "1", "beta", nil)
		}
	}
	return rapid.SampledFrom(pool).Draw(t, label)
}

// canon is the oracle for comparing values, written apart from the code under test: two values of a member mean the same
// exactly where their canonical texts are the same. "" is absence.
func canon(member string, v any) string {
	kind, p := row(member)
	text := canonKind(kind, p, v)
	if text == "" && p != nil && p.Default != nil {
		return canonKind(kind, p, p.Default)
	}
	return text
}

func canonKind(kind metadata.Kind, p *metadata.Parameter, v any) string {
	if array, ok := v.([]any); ok && len(array) == 1 && kind != metadata.StringList && kind != metadata.Scope && p != nil {
		v = array[0] // an array where a single value belongs
	}
	if s, ok := v.(string); ok && kind == metadata.Integer {
		v = json.Number(s) // a text where a number belongs
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return ""
		}
		if kind == metadata.Scope {
			return wordSet(strings.Fields(v))
		}
	case []any:
		if len(v) == 0 {
			return ""
		}
		var words []string
		for _, element := range v {
			word, _ := element.(string)
			if p != nil && p.WordSets {
				word = wordSet(strings.Fields(word))
			}
			words = append(words, word)
		}
		switch {
		case kind == metadata.Scope, kind == metadata.StringList && !p.Ordered:
			return wordSet(words)
		case kind == metadata.StringList:
			return strings.Join(words, "|")
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
		if keys, ok := v["keys"].([]any); ok && kind == metadata.JWKSet {
			var texts []string
			for _, key := range keys {
				texts = append(texts, canonJSON(key))
			}
			return wordSet(texts)
		}
	}
	return canonJSON(v)
}

func wordSet(words []string) string {
	words = slices.Clone(words)
	sort.Strings(words)
	return strings.Join(slices.Compact(words), "|")
}

func canonJSON(v any) string {
	switch v := v.(type) {
	case json.Number:
		r, ok := new(big.Rat).SetString(string(v))
		if !ok {
			return "?" + string(v)
		}
		return r.RatString()
	case []any:
		var texts []string
		for _, element := range v {
			texts = append(texts, canonJSON(element))
		}
		return "[" + strings.Join(texts, ",") + "]"
	case map[string]any:
		var texts []string
		for name, value := range v {
			texts = append(texts, fmt.Sprintf("%q:%s", name, canonJSON(value)))
		}
		sort.Strings(texts)
		return "{" + strings.Join(texts, ",") + "}"
	}
	return fmt.Sprintf("%#v", v)
}

// clone copies a JSON value.
func clone[T any](v T) T {
	return cloneValue(v).(T)
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = cloneValue(element)
		}
		return out
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = cloneValue(value)
		}
		return out
	}
	return v
}
