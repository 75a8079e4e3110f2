// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What Terraform's core does with values by itself, without a provider.

// differing are those of the paths for which a provider asks for a replacement whose values differ in a plan. Terraform drops the others: an
// attribute that is null before and after replaces nothing, whatever the provider says. One that is only written differs always.
func differing(schema *tfprotov6.Schema, paths []*tftypes.AttributePath, prior, planned tftypes.Value) (kept, dropped []*tftypes.AttributePath, err error) {
	for _, p := range paths {
		was, errWas := at(prior, p)
		is, errIs := at(planned, p)
		switch {
		case errWas != nil && errIs != nil:
			return nil, nil, fmt.Errorf("invalid plan: %s, for which a replacement is asked, is no attribute", p)
		case errWas != nil || errIs != nil || !was.Equal(is) || !is.IsFullyKnown() || writeOnly(schema, p):
			kept = append(kept, p)
		default:
			dropped = append(dropped, p)
		}
	}
	return kept, dropped, nil
}

func at(v tftypes.Value, p *tftypes.AttributePath) (tftypes.Value, error) {
	found, _, err := tftypes.WalkAttributePath(v, p)
	if err != nil {
		return tftypes.Value{}, err
	}
	part, ok := found.(tftypes.Value)
	if !ok {
		return tftypes.Value{}, fmt.Errorf("%s is no value", p)
	}
	return part, nil
}

func writeOnly(schema *tfprotov6.Schema, p *tftypes.AttributePath) bool {
	for _, a := range schema.Block.Attributes {
		if a.WriteOnly && p.Equal(tftypes.NewAttributePath().WithAttributeName(a.Name)) {
			return true
		}
	}
	return false
}

// Conforms reports whether a value of a type may stand where one of another type was planned. The dynamic type takes all of them.
func Conforms(now, planned tftypes.Type) bool {
	if planned.Is(tftypes.DynamicPseudoType) {
		return true
	}
	switch planned := planned.(type) {
	case tftypes.Object:
		is, ok := now.(tftypes.Object)
		if !ok || len(is.AttributeTypes) != len(planned.AttributeTypes) {
			return false
		}
		for name, t := range planned.AttributeTypes {
			if is.AttributeTypes[name] == nil || !Conforms(is.AttributeTypes[name], t) {
				return false
			}
		}
		return true
	case tftypes.Tuple:
		is, ok := now.(tftypes.Tuple)
		if !ok || len(is.ElementTypes) != len(planned.ElementTypes) {
			return false
		}
		for i, t := range planned.ElementTypes {
			if !Conforms(is.ElementTypes[i], t) {
				return false
			}
		}
		return true
	case tftypes.List:
		is, ok := now.(tftypes.List)
		return ok && Conforms(is.ElementType, planned.ElementType)
	case tftypes.Set:
		is, ok := now.(tftypes.Set)
		return ok && Conforms(is.ElementType, planned.ElementType)
	case tftypes.Map:
		is, ok := now.(tftypes.Map)
		return ok && Conforms(is.ElementType, planned.ElementType)
	}
	return now.Equal(planned)
}

// StateJSON is an object as Terraform keeps it in a state file. What is unknown has no form there, and becomes null.
func StateJSON(typ tftypes.Object, v tftypes.Value) ([]byte, error) {
	out, err := Stored(typ, v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// Stored is a value of a type as it is within StateJSON.
func Stored(typ tftypes.Type, v tftypes.Value) (any, error) {
	if typ.Is(tftypes.DynamicPseudoType) && !v.IsNull() && v.IsKnown() {
		kind, err := json.Marshal(v.Type())
		if err != nil {
			return nil, err
		}
		value, err := Stored(v.Type(), v)
		return map[string]any{"value": value, "type": json.RawMessage(kind)}, err
	}
	if v.IsNull() || !v.IsKnown() {
		return nil, nil
	}
	switch {
	case typ.Is(tftypes.String):
		return opened[string](v)
	case typ.Is(tftypes.Bool):
		return opened[bool](v)
	case typ.Is(tftypes.Number):
		number, err := opened[big.Float](v)
		return json.Number(number.Text('f', -1)), err
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		return storedMembers(typ, v)
	}
	return storedElements(typ, v)
}

func opened[T any](v tftypes.Value) (T, error) {
	var out T
	err := v.As(&out)
	return out, err
}

func storedMembers(typ tftypes.Type, v tftypes.Value) (any, error) {
	members, err := opened[map[string]tftypes.Value](v)
	out := map[string]any{}
	for name, m := range members {
		at := elementType(typ)
		if object, ok := typ.(tftypes.Object); ok {
			at = object.AttributeTypes[name]
		}
		if out[name], err = Stored(at, m); err != nil {
			return nil, err
		}
	}
	return out, err
}

func storedElements(typ tftypes.Type, v tftypes.Value) (any, error) {
	elements, err := opened[[]tftypes.Value](v)
	out := make([]any, 0, len(elements))
	for i, e := range elements {
		at := elementType(typ)
		if tuple, ok := typ.(tftypes.Tuple); ok {
			at = tuple.ElementTypes[i]
		}
		one, err := Stored(at, e)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, err
}
