// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Between Terraform's values and JSON. Whole objects are taken apart and put together once; walking attributes by path costs the
// framework a copy of the schema's attribute map at each step.

// toJSON gives a known value as JSON would decode it: string, bool, json.Number, []any, map[string]any, nil.
func toJSON(v tftypes.Value) (any, error) {
	if v.IsNull() {
		return nil, nil
	}
	t := v.Type()
	switch {
	case t.Is(tftypes.String):
		var s string
		err := v.As(&s)
		return s, err
	case t.Is(tftypes.Bool):
		var b bool
		err := v.As(&b)
		return b, err
	case t.Is(tftypes.Number):
		var f *big.Float
		if err := v.As(&f); err != nil {
			return nil, err
		}
		return wholeNumber(f), nil
	case t.Is(tftypes.List{}), t.Is(tftypes.Set{}), t.Is(tftypes.Tuple{}):
		var elements []tftypes.Value
		if err := v.As(&elements); err != nil {
			return nil, err
		}
		out := make([]any, 0, len(elements))
		for _, e := range elements {
			j, err := toJSON(e)
			if err != nil {
				return nil, err
			}
			out = append(out, j)
		}
		return out, nil
	case t.Is(tftypes.Map{}), t.Is(tftypes.Object{}):
		var members map[string]tftypes.Value
		if err := v.As(&members); err != nil {
			return nil, err
		}
		out := make(map[string]any, len(members))
		for name, m := range members {
			j, err := toJSON(m)
			if err != nil {
				return nil, err
			}
			out[name] = j
		}
		return out, nil
	}
	return nil, fmt.Errorf("a value of type %s has no JSON form", t)
}

// wholeNumber keeps integers whole: 1 is sent as 1, never as 1.0 or 1e0.
func wholeNumber(f *big.Float) json.Number {
	if f.IsInt() {
		i, _ := f.Int(nil)
		return json.Number(i.String())
	}
	return json.Number(f.Text('g', -1))
}

// mostBits bounds the numbers of a server that an attribute shows: tftypes writes all their digits out, which with an exponent are more than any text.
const mostBits = 1 << 14

// dynamic gives a JSON value the Terraform type that shows it faithfully: tuples and objects, as HCL's own literals have.
func dynamic(v any) (tftypes.Value, error) {
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil), nil
	case string:
		return tftypes.NewValue(tftypes.String, v), nil
	case bool:
		return tftypes.NewValue(tftypes.Bool, v), nil
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, 512, big.ToNearestEven)
		if err != nil {
			return tftypes.Value{}, errors.New("a number cannot be read")
		}
		if e := f.MantExp(nil); f.IsInf() || e > mostBits || e < -mostBits {
			return tftypes.Value{}, errors.New("a number is too large or too small for an attribute")
		}
		return tftypes.NewValue(tftypes.Number, f), nil
	case []any:
		elements := make([]tftypes.Value, 0, len(v))
		kinds := make([]tftypes.Type, 0, len(v))
		for _, e := range v {
			d, err := dynamic(e)
			if err != nil {
				return tftypes.Value{}, err
			}
			elements, kinds = append(elements, d), append(kinds, d.Type())
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: kinds}, elements), nil
	case map[string]any:
		members := make(map[string]tftypes.Value, len(v))
		kinds := make(map[string]tftypes.Type, len(v))
		for name, e := range v {
			d, err := dynamic(e)
			if err != nil {
				return tftypes.Value{}, err
			}
			members[name], kinds[name] = d, d.Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, members), nil
	}
	return tftypes.Value{}, fmt.Errorf("a value of type %T has no Terraform form", v)
}

// kindType is the Terraform type of a kind.
func kindType(k metadata.Kind) tftypes.Type {
	switch k {
	case metadata.Integer:
		return tftypes.Number
	case metadata.Boolean:
		return tftypes.Bool
	case metadata.StringList:
		return tftypes.List{ElementType: tftypes.String}
	default:
		return tftypes.String
	}
}

// parameterJSON gives an attribute's known value as the member that is sent. JSON kinds are strings of JSON in Terraform and
// JSON values on the wire.
func parameterJSON(p *metadata.Parameter, v tftypes.Value) (any, error) {
	j, err := toJSON(v)
	if _, ok := j.(json.Number); ok && err == nil && p.Kind == metadata.Integer {
		// Terraform's numbers have no end; the framework fails on larger ones with an error that blames the provider.
		var f big.Float
		if err := v.As(&f); err == nil && f.IsInt() {
			if _, exact := f.Int64(); exact != big.Exact {
				return nil, errTooLong
			}
		}
	}
	if err != nil || (p.Kind != metadata.JSONObject && p.Kind != metadata.JWKSet) {
		return j, err
	}
	s, ok := j.(string)
	if !ok || s == "" {
		return j, nil
	}
	return decodeJSON(p.Kind, s)
}

var errTooLong = errors.New("a whole number of at most 64 bits is needed")

// parameterValue gives a member, in its kind's own shape, as the attribute's value.
func parameterValue(p *metadata.Parameter, j any) (tftypes.Value, error) {
	t := kindType(p.Kind)
	if j == nil {
		return tftypes.NewValue(t, nil), nil
	}
	switch p.Kind {
	case metadata.JSONObject, metadata.JWKSet:
		if s, ok := j.(string); ok {
			return tftypes.NewValue(t, s), nil
		}
		text, err := jsonvalue.Text(j)
		return tftypes.NewValue(t, text), err
	case metadata.StringList:
		list, ok := j.([]any)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%T is no list", j)
		}
		elements := make([]tftypes.Value, 0, len(list))
		for _, e := range list {
			s, ok := e.(string)
			if !ok {
				return tftypes.Value{}, fmt.Errorf("%T is no string", e)
			}
			elements = append(elements, tftypes.NewValue(tftypes.String, s))
		}
		return tftypes.NewValue(t, elements), nil
	case metadata.Integer:
		n, ok := j.(json.Number)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%T is no number", j)
		}
		f, _, err := big.ParseFloat(n.String(), 10, 512, big.ToNearestEven)
		if err != nil || !f.IsInt() {
			return tftypes.Value{}, fmt.Errorf("%s is no whole number", n)
		}
		if _, exact := f.Int64(); exact != big.Exact {
			return tftypes.Value{}, errTooLong
		}
		return tftypes.NewValue(t, f), nil
	case metadata.Boolean:
		b, ok := j.(bool)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%T is no boolean", j)
		}
		return tftypes.NewValue(t, b), nil
	default:
		s, ok := j.(string)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%T is no string", j)
		}
		return tftypes.NewValue(t, s), nil
	}
}

// sameSubset reports whether the members of whole that belong are just those of part.
func sameSubset(whole, part metadata.Document, belongs func(string) bool) bool {
	n := 0
	for member, j := range whole {
		if !belongs(member) {
			continue
		}
		n++
		if other, ok := part[member]; !ok || !jsonvalue.Equal(j, other) {
			return false
		}
	}
	return n == len(part)
}

// sameTag writes a member so that two are equal that differ in the case of their language tag only (RFC 5646 §2.1.1).
func sameTag(member string) string {
	name, tag := metadata.SplitTag(member)
	if tag == "" || isExtension(member) {
		return member
	}
	return name + "#" + strings.ToLower(tag)
}

func isExtension(member string) bool {
	name, _ := metadata.SplitTag(member)
	_, known := metadata.Lookup(name)
	return !known
}
