// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// The generators draw from few words, so that equal values come up often.

func words() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"", "a", "b", "A", "a b", "b a", "b  a", " ", "1", "1.0", "1e0", "0", "true", "web", "code", "authorization_code",
		"client_secret_basic", "https://a.example/cb", "regexp=(a:/x|b:/y)", "{}", "[]", `{"keys":[]}`, `{"a":1}`, `{"a":1.0}`,
		`[{"kty":"RSA"}]`, "null", "\xff", "é",
	})
}

func scalars() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Map(words(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.SampledFrom([]string{
			"0", "-0", "1", "1.0", "10e-1", "2", "-1", "1.5", "1e30", "1e999999999", "10e999999998", "1e99999999999999999999", "bad",
		}), func(s string) any { return json.Number(s) }),
		rapid.Map(rapid.IntRange(-1, 2), func(n int) any { return n }),
	)
}

func values(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return scalars()
	}
	inner := values(depth - 1)
	return rapid.OneOf(
		scalars(),
		rapid.Map(rapid.SliceOfN(inner, 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.SliceOfN(words(), 0, 3), func(l []string) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "keys", "kty"}), inner, 0, 3), func(m map[string]any) any { return m }),
	)
}

func members() *rapid.Generator[string] {
	names := []string{"ext_a", "client_name#ja", "keywords#de", "redirect_uris#ja", "client_id"}
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return rapid.SampledFrom(names)
}

func TestEqualIsAnEquivalence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		member := members().Draw(t, "member")
		a, b, c := values(2).Draw(t, "a"), values(2).Draw(t, "b"), values(2).Draw(t, "c")
		if !Equal(member, a, a) {
			t.Error("not reflexive")
		}
		if Equal(member, a, b) != Equal(member, b, a) {
			t.Error("not symmetric")
		}
		if Equal(member, a, b) && Equal(member, b, c) && !Equal(member, a, c) {
			t.Error("not transitive")
		}
	})
}

func TestNormalizeKeepsTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		member, v := members().Draw(t, "member"), values(2).Draw(t, "value")
		n, ok := Normalize(member, v)
		if !Equal(member, v, n) {
			t.Errorf("Normalize gives %#v, which is not equal", n)
		}
		again, ok2 := Normalize(member, n)
		if ok != ok2 || !cmp.Equal(n, again) {
			t.Errorf("normalizing %#v again gives %#v", n, again)
		}
		if p := row(member); ok && p != nil && n != nil {
			shape(t, p, n)
		}
		if ok && n == nil && row(member) != nil && !Equal(member, v, nil) {
			t.Error("an absent value differs from a missing one")
		}
	})
}

// shape fails unless a normalized value has its kind's own shape.
func shape(t *rapid.T, p *Parameter, n any) {
	ok := false
	switch v := n.(type) {
	case string:
		ok = v != "" && slices.Contains([]Kind{String, URI, Scope}, p.Kind)
	case bool:
		ok = p.Kind == Boolean
	case json.Number:
		ok = p.Kind == Integer
	case []any:
		ok = p.Kind == StringList && len(v) > 0 && len(stringsOf(v)) == len(v)
	case map[string]any:
		ok = (p.Kind == JSONObject || p.Kind == JWKSet) && len(v) > 0
	}
	if !ok {
		t.Errorf("%#v has not the shape of a %v", n, p.Kind)
	}
}

func TestOrderMattersOnlyWhereItShould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b c", "c b", "d", "code"}), 1, 6).Draw(t, "list")
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		repeated := append(slices.Clone(shuffled), list[0])
		for _, p := range All() {
			if p.Kind != StringList {
				continue
			}
			if !p.Ordered && (!Equal(p.Name, list, shuffled) || !Equal(p.Name, list, repeated)) {
				t.Errorf("%s: order or repetition makes a difference", p.Name)
			}
			if p.Ordered && Equal(p.Name, list, shuffled) != slices.Equal(list, shuffled) {
				t.Errorf("%s: order makes no difference", p.Name)
			}
			if Equal(p.Name, list, append(shuffled, "another")) {
				t.Errorf("%s: an element more makes no difference", p.Name)
			}
		}
		if !Equal("scope", strings.Join(list, " "), strings.Join(repeated, " ")) {
			t.Error("scope: order makes a difference")
		}
		reversed := make([]any, len(list))
		for i, s := range shuffled {
			w := strings.Fields(s)
			slices.Reverse(w)
			reversed[i] = strings.Join(w, "  ")
		}
		if !Equal("response_types", list, reversed) {
			t.Error("response_types: the order of words makes a difference")
		}
	})
}

func TestUnknownMembersCompareAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "value")
		text, err := json.Marshal(v)
		if err != nil || strings.Contains(string(text), `\ufffd`) {
			t.Skip("not JSON")
		}
		back, err := jsonvalue.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if !Equal("ext_a", v, back) {
			t.Errorf("%s comes back different", text)
		}
	})
}

func TestDefaultEqualsAbsent(t *testing.T) {
	for _, p := range All() {
		for _, absent := range []any{nil, "", []any{}, map[string]any{}} {
			if got := Equal(p.Name, absent, p.Default); !got {
				t.Errorf("%s: %#v differs from the default %#v", p.Name, absent, p.Default)
			}
		}
	}
}

// TestChecksNeverPanic also holds that the checks are deterministic and speak of members that are there or missing.
func TestChecksNeverPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.MapOfN(members(), values(2), 0, 12).Draw(t, "doc")
		unknown := rapid.MapOfN(members(), rapid.Just(true), 0, 3).Draw(t, "unknown")
		server := Document{}
		for _, p := range All() {
			if p.Supported != "" && rapid.Bool().Draw(t, "shown") {
				server[p.Supported] = values(1).Draw(t, p.Supported)
			}
		}
		before := maps.Clone(doc)
		first, second := Check(doc, unknown), Check(doc, unknown)
		if !cmp.Equal(first, second) {
			t.Errorf("not deterministic:\n%s", cmp.Diff(first, second))
		}
		supported := CheckSupported(doc, server)
		if !cmp.Equal(before, doc) {
			t.Error("the document was changed")
		}
		for _, p := range slices.Concat(first, supported) {
			if p.Summary == "" || !strings.HasSuffix(p.Detail, ".") || p.Index < whole {
				t.Errorf("poor problem %#v", p)
			}
			if unknown[p.Member] && p.Tag == "" && !ServerAssigned(p.Member) && !slices.Contains(supported, p) {
				t.Errorf("a problem about a value that is not known: %#v", p)
			}
		}
		for _, p := range supported {
			if !p.Warning {
				t.Errorf("an error from the server's lists: %#v", p)
			}
		}
	})
}

// What is wrong with a list that is known in part is wrong with it whatever the rest turns out to be, and at the same place. A rule that says
// a thing once may say it of an earlier element then.
func TestPartOfAListSaysNothingThatTheWholeDoesNot(t *testing.T) {
	lists := map[string][]string{
		"grant_types":      {"authorization_code", "implicit", "client_credentials", ciba, "password", "", "code token"},
		"response_types":   {"code", "id_token", "token id_token", "none", " code", ""},
		"redirect_uris":    {"https://a.example/cb", "http://a.example/cb", "https://b.example/", "http://localhost/cb", "app:/cb", "javascript:x", "https://a.example/#f", ""},
		"request_uris":     {"https://a.example/r", "http://a.example/r", "https://a.example:99999/"},
		"contacts":         {"a@example.com", "b@example.com", " c", ""},
		"keywords#ja":      {"a", "b", ""},
		"response_modes":   {"query", "jwt"},
		"application_type": nil, "subject_type": nil, authMethod: nil, "id_token_signed_response_alg": nil, "frontchannel_logout_uri": nil,
	}
	single := map[string][]string{
		"application_type": {"native", "web"}, "subject_type": {"pairwise"}, authMethod: {"none"}, "id_token_signed_response_alg": {"none"},
		"frontchannel_logout_uri": {"https://a.example/out", "https://c.example/out"},
	}
	server := Document{"grant_types_supported": []any{"implicit"}, "response_types_supported": []any{"id_token token"}}
	rapid.Check(t, func(t *rapid.T) {
		full, part, unknown := Document{}, Document{}, map[string]bool{}
		for _, member := range rapid.SliceOfDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(lists))), rapid.ID).Draw(t, "members") {
			if words := lists[member]; words == nil {
				full[member] = rapid.SampledFrom(single[member]).Draw(t, member)
				part[member] = full[member]
				continue
			}
			var all, some []any
			for i, s := range rapid.SliceOfN(rapid.SampledFrom(lists[member]), 0, 4).Draw(t, member) {
				all, some = append(all, s), append(some, any(s))
				if rapid.Bool().Draw(t, "unknown") {
					some[i], unknown[member] = NotKnown, true
				}
			}
			full[member], part[member] = all, some
		}
		told := slices.Concat(Check(full, nil), CheckSupported(full, server))
		for _, p := range slices.Concat(Check(part, unknown), CheckSupported(part, server)) {
			same := slices.ContainsFunc(told, func(q Problem) bool {
				return p.Member == q.Member && p.Summary == q.Summary && p.Warning == q.Warning && p.Index >= q.Index
			})
			if !same {
				t.Errorf("%#v is told of a part of the list alone:\n%#v\n%#v", p, part, full)
			}
		}
		for _, p := range Check(full, nil) { // and each element that is known is looked at
			member := p.Member
			if p.Tag != "" {
				member += "#" + p.Tag
			}
			if p.Index < 0 || !unknown[member] || part[member].([]any)[p.Index] == NotKnown || !slices.Contains([]string{"Empty string", "Invalid URI", "Invalid response type", "Stray characters"}, p.Summary) {
				continue
			}
			if !slices.Contains(Check(part, unknown), p) {
				t.Errorf("%#v is not told of %#v", p, part)
			}
		}
	})
}
