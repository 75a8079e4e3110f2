// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

type (
	list   = []any
	object = map[string]any
	number = json.Number
)

// value decodes JSON text as a Document's values are decoded.
func value(t testing.TB, s string) any {
	t.Helper()
	v, err := jsonvalue.Decode([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestReordered(t *testing.T) {
	for _, test := range []struct {
		member string
		a, b   any
		want   bool
	}{
		{"redirect_uris", list{"a", "b"}, list{"b", "a"}, true},
		{"redirect_uris", list{"a", "b"}, list{"a", "b"}, false},
		{"redirect_uris", list{"a", "b"}, list{"a", "c"}, false},
		{"redirect_uris", list{"a", "a", "b"}, list{"a", "b", ""}, false},
		{"redirect_uris", list{"a", "b", "a"}, list{"b", "a"}, true},
		{"redirect_uris", nil, nil, false},
		{"grant_types", nil, list{"authorization_code"}, false},
		{"response_types", list{"code token"}, list{"token code"}, false},
		{"response_types", list{"code token", "code"}, list{"code", "token code"}, true},
		{"default_acr_values", list{"a", "b"}, list{"b", "a"}, false}, // which is another value
		{"scope", "a b", "b a", false},
		{"x_own", list{"a", "b"}, list{"b", "a"}, false},
	} {
		if got := Reordered(test.member, test.a, test.b); got != test.want {
			t.Errorf("%s: %v and %v: %t", test.member, test.a, test.b, got)
		}
	}
}

func TestEqual(t *testing.T) {
	for _, test := range []struct {
		member string
		a, b   any
		want   bool
	}{
		// lists are sets
		{"grant_types", list{"a", "b"}, list{"b", "a"}, true},
		{"grant_types", list{"a", "b", "a"}, list{"b", "a"}, true},
		{"grant_types", list{"a", "b"}, []string{"b", "a"}, true},
		{"grant_types", list{"a", "b"}, list{"a"}, false},
		{"contacts", list{"a"}, list{"A"}, false},
		{"contacts", list{"a", ""}, list{"a"}, true},
		// but for one
		{"default_acr_values", list{"a", "b"}, list{"b", "a"}, false},
		{"default_acr_values", list{"a", "b"}, list{"a", "b"}, true},
		{"default_acr_values", list{"a", "b", "a"}, list{"a", "b"}, false},
		// word sets
		{"response_types", list{"id_token token"}, list{"token id_token"}, true},
		{"response_types", list{"code", "id_token token"}, list{"token  id_token", "code"}, true},
		{"response_types", list{"id_token token"}, list{"token", "id_token"}, false},
		{"scope", "openid email", "email openid", true},
		{"scope", "openid email", list{"email", "openid"}, true},
		{"scope", "openid email email", " email openid", true},
		{"scope", "openid", "OpenID", false},
		{"scope", "", nil, true},
		{"scope", " ", list{}, true},
		// URIs and strings exactly
		{"redirect_uris", list{"https://a.example/"}, list{"https://a.example"}, false},
		{"redirect_uris", list{"https://a.example"}, list{"https://A.example"}, false},
		{"redirect_uris", list{"https://a.example/%7e"}, list{"https://a.example/~"}, false},
		{"client_uri", "https://a.example:443", "https://a.example", false},
		{"client_name", "A", "A ", false},
		// tolerated shapes
		{"token_endpoint_auth_method", "none", list{"none"}, true},
		{"token_endpoint_auth_method", "none", list{"none", "x"}, false},
		{"redirect_uris", list{"https://a.example"}, "https://a.example", true},
		{"redirect_uris", list{"https://a.example/cb?x=1", "b:/cb"}, `regexp=(https://a.example/cb\?x=1|b:/cb)`, true},
		{"redirect_uris", list{"https://a.example", "b:/cb"}, list{"regexp=(b:/cb|https://a.example)"}, true},
		{"redirect_uris", list{"https://a.example"}, "regexp=(https://.*)", false},
		{"contacts", list{"a", "b"}, "regexp=(a|b)", false}, // no URIs
		{"software_version", "2", number("2"), true},
		{"software_version", "2", number("2.0"), false}, // a version's text is not a number
		{"default_max_age", number("3600"), "3600", true},
		{"default_max_age", number("3600"), number("3.6e3"), true},
		{"default_max_age", number("3600"), 3600, true},
		{"default_max_age", number("3600"), int64(3600), true},
		{"default_max_age", number("3600"), 3600.0, true},
		{"default_max_age", number("3600"), list{"3600"}, true},
		{"default_max_age", number("0"), nil, false}, // 0 says: authenticate always
		{"default_max_age", number("3600"), number("3600.5"), false},
		{"require_auth_time", true, "true", true},
		{"require_auth_time", true, number("1"), true},
		{"require_auth_time", true, "yes", false},
		// absent is the default
		{"grant_types", nil, list{"authorization_code"}, true},
		{"grant_types", list{}, list{"authorization_code"}, true},
		{"grant_types", list{""}, list{"authorization_code"}, true},
		{"grant_types", nil, list{"implicit"}, false},
		{"response_types", nil, list{"code"}, true},
		{"token_endpoint_auth_method", nil, "client_secret_basic", true},
		{"token_endpoint_auth_method", "", "client_secret_basic", true},
		{"application_type", nil, "web", true},
		{"require_auth_time", nil, false, true},
		{"require_auth_time", nil, true, false},
		{"require_auth_time", "", "0", true},
		{"id_token_signed_response_alg", nil, "RS256", true},
		{"id_token_encrypted_response_enc", nil, "A128CBC-HS256", true},
		{"userinfo_signed_response_alg", nil, "none", false},
		{"client_name", nil, "", true},
		{"client_name", object{}, list{}, true},
		{"jwks", nil, object{}, true},
		{"jwks", nil, "{}", true},
		{"jwks", nil, "null", true},
		{"jwks", nil, object{"keys": list{}}, true},
		{"jwks", nil, `{"keys":[]}`, true},
		{"jwks", nil, object{"keys": nil}, true},
		{"jwks", object{}, object{"keys": list{}}, true},
		{"jwks", nil, object{"keys": list{}, "own": number("1")}, false},
		{"jwks", nil, object{"keys": "[]"}, false},
		{"jwks", object{"keys": list{}}, object{"keys": list{object{"kty": "RSA"}}}, false},
		{"x_own", nil, object{"keys": list{}}, false},
		// localized
		{"client_name#ja", "x", list{"x"}, true},
		{"client_name#ja", "", nil, true},
		{"keywords#de", list{"a", "b"}, list{"b", "a"}, true},
		{"redirect_uris#ja", list{"a", "b"}, list{"b", "a"}, false}, // not localizable, so unknown
		// unknown members are JSON values
		{"ext_a", number("1"), number("1.0"), true},
		{"ext_a", number("1"), "1", false},
		{"ext_a", number("100"), number("1e2"), true},
		{"ext_a", number("-0"), number("0.000"), true},
		{"ext_a", number("1"), true, false},
		{"ext_a", number("1"), 1, true},
		{"ext_a", number("1e999999999"), number("10e999999998"), true},
		{"ext_a", number("1e999999999"), number("1e999999998"), false},
		{"ext_a", number("1e99999999999999999999"), number("0.1e100000000000000000000"), true},
		{"ext_a", number("9007199254740993"), number("9007199254740992"), false},
		{"ext_a", list{"a", "b"}, list{"b", "a"}, false},
		{"ext_a", list{"a"}, "a", false},
		{"ext_a", object{"a": number("1"), "b": nil}, object{"b": nil, "a": number("1.0")}, true},
		{"ext_a", object{"a": nil}, object{"b": nil}, false},
		{"ext_a", object{}, nil, true},
		{"ext_a", object{"a": list{}}, object{"a": nil}, false},
		{"ext_a", false, nil, false},
		{"ext_a", number("x"), number("x"), true},
		{"ext_a", number("x"), number("y"), false},
		// values of no shape
		{"client_name", object{"a": "b"}, object{"a": "b"}, true},
		{"client_name", list{"a", "b"}, list{"b", "a"}, false},
		{"client_name", object{"a": "b"}, nil, false},
		{"jwks", "{", "{", true},
		{"jwks", "{", nil, false},
	} {
		name := fmt.Sprintf("%s/%v/%v", test.member, test.a, test.b)
		if got := Equal(test.member, test.a, test.b); got != test.want {
			t.Errorf("%s: Equal = %v", name, got)
		}
		if got := Equal(test.member, test.b, test.a); got != test.want {
			t.Errorf("%s: Equal the other way = %v", name, got)
		}
	}
}

func TestEqualJWKSets(t *testing.T) {
	const a, b = `{"kty":"RSA","n":"x","e":"AQAB","x":1}`, `{"kty":"EC","crv":"P-256"}`
	set := value(t, `{"keys":[`+a+`,`+b+`]}`)
	for name, other := range map[string]any{
		"as a string":          `{ "keys" : [` + a + `, ` + b + `] }`,
		"keys in other order":  value(t, `{"keys":[`+b+`,`+a+`]}`),
		"members reordered":    value(t, `{"keys":[{"x":1.0,"e":"AQAB","n":"x","kty":"RSA"},`+b+`]}`),
		"a key twice":          value(t, `{"keys":[`+b+`,`+a+`,`+a+`]}`),
		"keys alone":           value(t, `[`+b+`,`+a+`]`),
		"keys alone, a string": `[` + b + `,` + a + `]`,
		"in a list of one":     list{set},
	} {
		if !Equal("jwks", set, other) || !Equal("jwks", other, set) {
			t.Errorf("%s: not equal", name)
		}
	}
	for name, other := range map[string]any{
		"a key less":     value(t, `{"keys":[`+b+`]}`),
		"another member": value(t, `{"keys":[`+b+`,`+a+`],"x":1}`),
		"another number": value(t, `{"keys":[`+b+`,{"kty":"RSA","n":"x","e":"AQAB","x":2}]}`),
		"a number's text": value(t,
			`{"keys":[`+b+`,{"kty":"RSA","n":"x","e":"AQAB","x":"1"}]}`),
		"no set": "https://a.example",
		"absent": nil,
	} {
		if Equal("jwks", set, other) || Equal("jwks", other, set) {
			t.Errorf("%s: equal", name)
		}
	}
	if Equal("vp_formats_supported", value(t, `{"a":[1,2]}`), `{"a":[2,1]}`) {
		t.Error("arrays in a JSON object are no sets")
	}
	if !Equal("vp_formats_supported", value(t, `{"a":[1,2],"b":true}`), `{"b":true,"a":[1,2.0]}`) {
		t.Error("JSON objects compare as values")
	}
}

func TestNormalize(t *testing.T) {
	for _, test := range []struct {
		member   string
		in, want any
	}{
		{"client_name", "x", "x"},
		{"client_name", list{"x"}, "x"},
		{"client_name", number("1.50"), "1.50"},
		{"client_name", true, "true"},
		{"client_name", "", nil},
		{"client_name", list{""}, nil},
		{"client_name", object{}, nil},
		{"contacts", "x", list{"x"}},
		{"contacts", list{"x", nil, "", "y", "x"}, list{"x", "y"}},
		{"contacts", list{number("1")}, list{"1"}},
		{"contacts", []string{"x"}, list{"x"}},
		{"contacts", list{""}, nil},
		{"default_acr_values", list{"x", "y", "x"}, list{"x", "y", "x"}},
		{"response_types", list{"code", "id_token token", "token id_token"}, list{"code", "id_token token"}},
		{"redirect_uris", "regexp=(a:/|b:/)", list{"a:/", "b:/"}},
		{"redirect_uris", list{"", "regexp=(a:/|b:/)"}, list{"a:/", "b:/"}},
		{"redirect_uris", "regexp=(regexp=(a:/))", list{"a:/"}},
		{"redirect_uris", "regexp=a", list{"regexp=a"}},
		{"scope", list{"a", "b c", ""}, "a b c"},
		{"scope", "b a", "b a"},
		{"scope", "  ", nil},
		{"default_max_age", "3600", number("3600")},
		{"default_max_age", number("36e2"), number("3600")},
		{"default_max_age", number("3600.0"), number("3600")},
		{"default_max_age", -5.0, number("-5")},
		{"default_max_age", "", nil},
		{"default_max_age", list{" "}, nil},
		{"default_max_age", number("1e99"), number("1" + strings.Repeat("0", 99))},
		{"default_max_age", number("-0"), number("0")},
		{"default_max_age", number("123456789012345678901234567890"), number("123456789012345678901234567890")},
		{"require_auth_time", "TRUE", true},
		{"require_auth_time", number("0"), false},
		{"require_auth_time", list{true}, true},
		{"vp_formats_supported", `{"a":1}`, object{"a": number("1")}},
		{"vp_formats_supported", list{object{"a": true}}, object{"a": true}},
		{"vp_formats_supported", " ", nil},
		{"vp_formats_supported", list{object{}}, nil},
		{"scope", list{""}, nil},
		{"redirect_uris", list{"regexp=(a:/|b:/)", "c:/"}, list{"regexp=(a:/|b:/)", "c:/"}},
		{"redirect_uris", "regexp=(a", list{"regexp=(a"}},
		{"jwks", list{object{"kty": "RSA"}}, object{"keys": list{object{"kty": "RSA"}}}},
		{"ext_a", list{"x"}, list{"x"}},
		{"ext_a", nil, nil},
	} {
		got, ok := Normalize(test.member, test.in)
		if diff := cmp.Diff(test.want, got); diff != "" || !ok {
			t.Errorf("Normalize(%s, %v): %v (-want +got):\n%s", test.member, test.in, ok, diff)
		}
	}
}

func TestLongLists(t *testing.T) {
	var a, b list
	for i := range 100 {
		a = append(a, fmt.Sprint(i))
		b = append(list{fmt.Sprint(i), fmt.Sprint(i)}, b...)
	}
	if !Equal("contacts", a, b) || Equal("contacts", a, b[2:]) || Equal("default_acr_values", a, b) {
		t.Error("long lists compare otherwise than short ones")
	}
	if got, ok := Normalize("contacts", b); !ok || len(got.(list)) != 100 {
		t.Errorf("repetitions left in a long list: %v", got)
	}
}

func TestNormalizeGivesBackWhatHasNoShape(t *testing.T) {
	for _, test := range []struct {
		member string
		in     any
	}{
		{"client_name", list{"x", "y"}},
		{"client_name", object{"a": "b"}},
		{"contacts", list{object{"a": "b"}}},
		{"contacts", object{"a": "b"}},
		{"scope", object{"a": "b"}},
		{"scope", list{object{"a": "b"}}},
		{"default_max_age", number("1.5")},
		{"default_max_age", "soon"},
		{"default_max_age", true},
		{"default_max_age", number("1e999999999")},
		{"default_max_age", number("1e99999999999999999999")},
		{"default_max_age", number("1e100")},
		{"default_max_age", "007"},
		{"default_max_age", object{"a": "b"}},
		{"require_auth_time", "maybe"},
		{"require_auth_time", object{"a": "b"}},
		{"jwks", "{"},
		{"jwks", `{"keys":[]} {}`},
		{"jwks", list{"x"}},
		{"vp_formats_supported", "[]x"},
		{"vp_formats_supported", number("1")},
	} {
		got, ok := Normalize(test.member, test.in)
		if diff := cmp.Diff(test.in, got); diff != "" || ok {
			t.Errorf("Normalize(%s, %v): %v (-want +got):\n%s", test.member, test.in, ok, diff)
		}
	}
}

// TestAbsurdExponents would not end if a number were ever written out.
func TestAbsurdExponents(t *testing.T) {
	huge := number("1e" + strings.Repeat("9", 10000))
	if !Equal("ext_a", list{huge}, list{number("10e" + strings.Repeat("9", 9999) + "8")}) {
		t.Error("equal numbers with huge exponents differ")
	}
	if Equal("ext_a", huge, number("1e999999999")) || Equal("default_max_age", huge, nil) {
		t.Error("different numbers with huge exponents are equal")
	}
}

func TestOtherGoNumbers(t *testing.T) {
	for _, v := range []any{int32(7), uint64(7), big.NewInt(7), big.NewFloat(7), 7.0} {
		if !Equal("ext_a", v, number("7")) || !Equal("default_max_age", v, "7") {
			t.Errorf("%T(7) is not 7", v)
		}
	}
	if Equal("ext_a", struct{}{}, number("7")) {
		t.Error("what is no JSON value equals nothing")
	}
}
