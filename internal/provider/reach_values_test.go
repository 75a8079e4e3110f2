// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// set are attributes as a person would write them: strings, booleans, numbers, slices, maps. unknown is a value that is not known yet.
type set map[string]any

type unknownValue struct{}

var unknown = unknownValue{}

// and is these attributes with others.
func (s set) and(others set) set {
	out := set{}
	maps.Copy(out, s)
	maps.Copy(out, others)
	return out
}

func attribute(t *testing.T, typ tftypes.Type, v any) tftypes.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(typ, nil)
	case unknownValue:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case []byte:
		return tftypes.NewValue(typ, string(v))
	case []any:
		return elements(t, typ, v)
	case []string:
		var all []any
		for _, s := range v {
			all = append(all, s)
		}
		return elements(t, typ, all)
	case set:
		return members(t, typ, v)
	case map[string]any:
		return members(t, typ, v)
	case int:
		if typ.Is(tftypes.DynamicPseudoType) {
			typ = tftypes.Number
		}
		return tftypes.NewValue(typ, int64(v))
	}
	if typ.Is(tftypes.DynamicPseudoType) {
		switch v.(type) {
		case bool:
			typ = tftypes.Bool
		default:
			typ = tftypes.String
		}
	}
	return tftypes.NewValue(typ, v)
}

func elements(t *testing.T, typ tftypes.Type, all []any) tftypes.Value {
	t.Helper()
	var of tftypes.Type
	switch typ := typ.(type) {
	case tftypes.List:
		of = typ.ElementType
	case tftypes.Set:
		of = typ.ElementType
	default:
		t.Fatalf("%s takes no elements", typ)
	}
	values := make([]tftypes.Value, 0, len(all))
	for _, v := range all {
		values = append(values, attribute(t, of, v))
	}
	return tftypes.NewValue(typ, values)
}

func members(t *testing.T, typ tftypes.Type, v map[string]any) tftypes.Value {
	t.Helper()
	values := map[string]tftypes.Value{}
	switch of := typ.(type) {
	case tftypes.Map:
		for name, value := range v {
			values[name] = attribute(t, of.ElementType, value)
		}
	case tftypes.Object:
		for name, at := range of.AttributeTypes {
			values[name] = attribute(t, at, v[name])
		}
	default:
		types := map[string]tftypes.Type{}
		for name, value := range v {
			values[name] = attribute(t, tftypes.DynamicPseudoType, value)
			types[name] = values[name].Type()
		}
		typ = tftypes.Object{AttributeTypes: types}
	}
	return tftypes.NewValue(typ, values)
}
