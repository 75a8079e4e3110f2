// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TB is what this package needs of a testing.TB. It is spelled out so that the benchmarks do not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Attrs are some of an object's attributes, as Go values: string, []byte, bool, int, []string, []any, map[string]any, nil, Unknown, UnknownOf.
type Attrs map[string]any

// Unknown is the value of an attribute that is known after apply only.
type Unknown struct{}

// UnknownOf is Unknown with the type of a value, as an attribute of another resource has it.
type UnknownOf struct{ Value any }

// With gives a copy with more attributes; nil takes one out.
func (a Attrs) With(more Attrs) Attrs {
	out := Attrs{}
	for _, part := range []Attrs{a, more} {
		for name, v := range part {
			out[name] = v
		}
	}
	return out
}

// Values makes some attributes of an object type.
func Values(t TB, typ tftypes.Type, a Attrs) map[string]tftypes.Value {
	t.Helper()
	object, ok := typ.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is no object", typ)
	}
	out := map[string]tftypes.Value{}
	for name, v := range a {
		at, ok := object.AttributeTypes[name]
		if !ok {
			t.Fatalf("there is no attribute %s", name)
		}
		out[name] = Value(t, at, v)
	}
	return out
}

// Value makes a value of a type from Go's; for the dynamic type, the one that HCL would give the literal.
func Value(t TB, typ tftypes.Type, v any) tftypes.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(typ, nil)
	case Unknown:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case UnknownOf:
		return tftypes.NewValue(Value(t, typ, v.Value).Type(), tftypes.UnknownValue)
	case tftypes.Value:
		return v
	case Attrs:
		return Value(t, typ, map[string]any(v))
	case []byte:
		return Value(t, typ, string(v))
	case []string:
		list := make([]any, 0, len(v))
		for _, s := range v {
			list = append(list, s)
		}
		return Value(t, typ, list)
	case []any:
		elements, kinds := make([]tftypes.Value, 0, len(v)), make([]tftypes.Type, 0, len(v))
		for _, e := range v {
			element := Value(t, elementType(typ), e)
			elements, kinds = append(elements, element), append(kinds, element.Type())
		}
		if typ.Is(tftypes.DynamicPseudoType) {
			typ = tftypes.Tuple{ElementTypes: kinds}
		}
		return tftypes.NewValue(typ, elements)
	case map[string]any:
		members, kinds := map[string]tftypes.Value{}, map[string]tftypes.Type{}
		object, isObject := typ.(tftypes.Object)
		for name, e := range v {
			at := elementType(typ)
			if isObject {
				at = object.AttributeTypes[name]
			}
			members[name] = Value(t, at, e)
			kinds[name] = members[name].Type()
		}
		if isObject {
			for name, at := range object.AttributeTypes {
				if _, ok := members[name]; !ok {
					members[name] = tftypes.NewValue(at, nil)
				}
			}
		}
		if typ.Is(tftypes.DynamicPseudoType) {
			typ = tftypes.Object{AttributeTypes: kinds}
		}
		return tftypes.NewValue(typ, members)
	}
	return plain(typ, v)
}

// plain is the value of a string, a boolean or a number.
func plain(typ tftypes.Type, v any) tftypes.Value {
	if typ.Is(tftypes.DynamicPseudoType) {
		switch v.(type) {
		case string:
			typ = tftypes.String
		case bool:
			typ = tftypes.Bool
		default:
			typ = tftypes.Number
		}
	}
	return tftypes.NewValue(typ, v)
}

func elementType(typ tftypes.Type) tftypes.Type {
	switch typ := typ.(type) {
	case tftypes.List:
		return typ.ElementType
	case tftypes.Set:
		return typ.ElementType
	case tftypes.Map:
		return typ.ElementType
	}
	return tftypes.DynamicPseudoType
}

// Opened gives an object's attributes; a null object has none.
func Opened(t TB, v tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	out := map[string]tftypes.Value{}
	if v.IsNull() {
		return out
	}
	if err := v.As(&out); err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// Strings is a list attribute's value.
func Strings(values ...string) tftypes.Value {
	elements := make([]tftypes.Value, 0, len(values))
	for _, v := range values {
		elements = append(elements, tftypes.NewValue(tftypes.String, v))
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// String is a string attribute's value.
func String(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
