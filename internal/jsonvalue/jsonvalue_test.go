// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package jsonvalue

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecode(t *testing.T) {
	for text, want := range map[string]any{
		`null`: nil, ` true `: true, `"a<b"`: "a<b", `9007199254740993`: json.Number("9007199254740993"), `1.50e+2`: json.Number("1.50e+2"),
		`[]`: []any{}, `{"a":[1,{"b":null}]}`: map[string]any{"a": []any{json.Number("1"), map[string]any{"b": nil}}},
		"\xef\xbb\xbf{}": map[string]any{}, "{\"a\":1}\n\t ": map[string]any{"a": json.Number("1")}, `{"a":1,"a":2}`: map[string]any{"a": json.Number("2")},
	} {
		got, err := Decode([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Decode(%q) = %#v, %v; want %#v", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		`{"a":1}}`: ErrTrailing, `{"a":1}{"a":2}`: ErrTrailing, `{} x`: ErrTrailing, `1 2`: ErrTrailing, `[]]`: ErrTrailing, `null,`: ErrTrailing, "{}\x00": ErrTrailing,
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1): ErrDepth, strings.Repeat(`{"a":`, 100_000): ErrDepth,
		"": nil, " ": nil, "{": nil, `{"a":1,}`: nil, `{'a':1}`: nil, `01`: nil, `NaN`: nil, `"a`: nil, `{a:1}`: nil, `// x`: nil,
	} {
		got, err := Decode([]byte(text))
		if err == nil || got != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("Decode(%.40q) = %#v, %v", text, got, err)
		}
	}
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Decode([]byte(deep)); err != nil {
		t.Errorf("the greatest depth: %v", err)
	}
	if _, err := Decode([]byte(`["` + strings.Repeat(`[\"{`, 1000) + `"]`)); err != nil {
		t.Errorf("brackets in a text: %v", err)
	}
}

func TestInto(t *testing.T) {
	var into struct {
		A int `json:"a"`
		B any `json:"b"`
	}
	if err := Into([]byte(`{"a":1,"b":2.0,"c":3}`), &into); err != nil || into.A != 1 || into.B != json.Number("2.0") {
		t.Errorf("%+v, %v", into, err)
	}
	if err := IntoKnown([]byte(`{"a":1,"c":3}`), &into); err == nil {
		t.Error("IntoKnown took a member that the type does not have")
	}
	for _, text := range []string{`{"a":1}}`, `{"a":1}{}`} {
		if err := IntoKnown([]byte(text), &into); !errors.Is(err, ErrTrailing) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEncode(t *testing.T) {
	got, err := Text(map[string]any{"b": "a&b <c>", "a": []any{json.Number("1.50"), nil, true}, "é": "\u2028"})
	if want := `{"a":[1.50,null,true],"b":"a&b <c>","é":"\u2028"}`; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if _, err := Encode(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}

func TestEqual(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true}, {`100`, `1e2`, true}, {`-0`, `0`, true}, {`1`, `"1"`, false}, {`9007199254740993`, `9007199254740992`, false},
		{`1e999999999`, `10e999999998`, true}, {`{"a":1,"b":[2]}`, `{"b":[2.0],"a":1.0}`, true}, {`[1,2]`, `[2,1]`, false}, {`null`, `false`, false},
		{`{}`, `null`, false}, {`{"a":null}`, `{}`, false}, {`["a,b"]`, `["a","b"]`, false}, {`{"a":"b:c"}`, `{"a:b":"c"}`, false}, {`[[]]`, `[]`, false},
	} {
		a, errA := Decode([]byte(test.a))
		b, errB := Decode([]byte(test.b))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if Equal(a, b) != test.want || Equal(b, a) != test.want {
			t.Errorf("%s and %s: want %v", test.a, test.b, test.want)
		}
	}
}

func values(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?`), func(s string) any { return json.Number(s) }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.Map(rapid.SliceOfN(values(depth-1), 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.String(), values(depth-1), 0, 3), func(v map[string]any) any { return v }),
	)...)
}

// What is encoded is decoded to an equal value, and to the same text again; equality is by canonical text.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, other := values(3).Draw(t, "value"), values(2).Draw(t, "other")
		text, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := Encode(back)
		if err != nil || string(again) != string(text) {
			t.Errorf("%s became %s (%v)", text, again, err)
		}
		if !strings.ContainsRune(string(text), '\ufffd') && !Equal(v, back) {
			t.Errorf("%s comes back different", text)
		}
		if Identical(v, other) && !Equal(v, other) {
			t.Errorf("identical and not equal: %#v, %#v", v, other)
		}
		if Equal(v, other) != (string(AppendCanonical(nil, v)) == string(AppendCanonical(nil, other))) {
			t.Errorf("equality is not that of canonical texts: %#v, %#v", v, other)
		}
		if _, err := Decode(append(text, '}')); err == nil {
			t.Errorf("%s}: taken", text)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":1}}`, `[1e5,-0.0]`, "\xef\xbb\xbf\"x\"", `{"a":"\ud800"}`, strings.Repeat("[", 200)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		text, err := Encode(v)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		back, err := Decode(text)
		if err != nil || !Equal(v, back) {
			t.Errorf("%q: %s (%v)", data, text, err)
		}
	})
}
