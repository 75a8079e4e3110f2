// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package draw draws Terraform's values and JSON for property tests. It stands apart from package tftest because the benchmarks use that
// one, and would link package testing.
package draw

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"
)

// Values says which values are drawn.
type Values struct {
	Unknown bool     // some are unknown, as a whole or within
	Keys    int      // how many elements a map has at most; 0 stands for two
	Texts   []string // drawn beside any text, because they mean something
}

// Of draws a value of a type: null, unknown or a value, at each level.
func (d Values) Of(t *rapid.T, label string, typ tftypes.Type) tftypes.Value {
	kinds := []string{"null", "value", "value", "value"}
	if d.Unknown {
		kinds = append(kinds, "unknown")
	}
	switch rapid.SampledFrom(kinds).Draw(t, label) {
	case "null":
		return tftypes.NewValue(typ, nil)
	case "unknown":
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	switch typ := typ.(type) {
	case tftypes.List:
		return tftypes.NewValue(typ, d.elements(t, label, typ.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(typ, d.elements(t, label, typ.ElementType))
	case tftypes.Tuple:
		elements := []tftypes.Value{}
		for i, of := range typ.ElementTypes {
			elements = append(elements, d.Of(t, label+"."+strconv.Itoa(i), of))
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Map:
		keys := d.Keys
		if keys == 0 {
			keys = 2
		}
		elements := map[string]tftypes.Value{}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ja", "key", ""}), 0, keys, rapid.ID).Draw(t, label+" keys") {
			elements[key] = d.Of(t, label+"."+key, typ.ElementType)
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Object:
		attributes := map[string]tftypes.Value{}
		for _, name := range sorted(typ.AttributeTypes) {
			attributes[name] = d.Of(t, label+"."+name, typ.AttributeTypes[name])
		}
		return tftypes.NewValue(typ, attributes)
	}
	switch {
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, d.text(t, label))
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, rapid.Bool().Draw(t, label+" flag"))
	case typ.Is(tftypes.Number):
		if rapid.Bool().Draw(t, label+" fraction") {
			return tftypes.NewValue(typ, big.NewFloat(rapid.Float64Range(-1e9, 1e9).Draw(t, label)))
		}
		return tftypes.NewValue(typ, rapid.Int64().Draw(t, label))
	}
	return d.Of(t, label, Type(t, label+" type", 2))
}

func (d Values) elements(t *rapid.T, label string, of tftypes.Type) []tftypes.Value {
	out := []tftypes.Value{}
	for i := range rapid.IntRange(0, 3).Draw(t, label+" length") {
		out = append(out, d.Of(t, label+"."+strconv.Itoa(i), of))
	}
	return out
}

func (d Values) text(t *rapid.T, label string) string {
	if len(d.Texts) > 0 && rapid.IntRange(0, 3).Draw(t, label+" any text") > 0 {
		return rapid.SampledFrom(d.Texts).Draw(t, label+" text")
	}
	return rapid.String().Draw(t, label+" text")
}

// Type draws a type, among them those that blocks have: an object, and a list or a set of objects.
func Type(t *rapid.T, label string, depth int) tftypes.Type {
	kinds := []string{"text", "number", "flag"}
	if depth > 0 {
		kinds = append(kinds, "object", "list of objects", "set of objects", "list", "set", "map", "tuple", "list of numbers")
	}
	inner := func(name string) tftypes.Type { return Type(t, label+name, depth-1) }
	object := func() tftypes.Type {
		attributes := map[string]tftypes.Type{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"create", "keys", "client_name", "x"}), 0, 2, rapid.ID).Draw(t, label+" attributes") {
			attributes[name] = inner("." + name)
		}
		return tftypes.Object{AttributeTypes: attributes}
	}
	switch rapid.SampledFrom(kinds).Draw(t, label) {
	case "number":
		return tftypes.Number
	case "flag":
		return tftypes.Bool
	case "object":
		return object()
	case "list of objects":
		return tftypes.List{ElementType: object()}
	case "set of objects":
		return tftypes.Set{ElementType: object()}
	case "list":
		return tftypes.List{ElementType: inner(" element")}
	case "set":
		return tftypes.Set{ElementType: inner(" element")}
	case "map":
		return tftypes.Map{ElementType: inner(" element")}
	case "tuple":
		return tftypes.Tuple{ElementTypes: []tftypes.Type{inner(" first"), inner(" second")}}
	case "list of numbers":
		return tftypes.List{ElementType: tftypes.Number}
	}
	return tftypes.String
}

// JSON draws the text of a JSON value of any shape.
func (d Values) JSON(t *rapid.T, label string, depth int) string {
	kinds := []string{"null", "true", "number", "text", "text"}
	if depth > 0 {
		kinds = append(kinds, "object", "objects", "array", "typed")
	}
	object := func(label string) string {
		var members []string
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"create", "keys", "client_name", "ja", "x"}), 0, 3).Draw(t, label+" members") { // perhaps one twice
			members = append(members, strconv.Quote(name)+":"+d.JSON(t, label+"."+name, depth-1))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	switch rapid.SampledFrom(kinds).Draw(t, label) {
	case "true":
		return "true"
	case "number":
		return rapid.SampledFrom([]string{"0", "60", "-1", "1.5", "1.0", "1e3", "1E400", "-0", "123456789012345678901234567890"}).Draw(t, label+" number")
	case "text":
		return quote(d.text(t, label))
	case "object":
		return object(label)
	case "objects":
		return "[" + object(label+".0") + "]"
	case "array":
		var elements []string
		for i := range rapid.IntRange(0, 3).Draw(t, label+" length") {
			elements = append(elements, d.JSON(t, label+"."+strconv.Itoa(i), depth-1))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case "typed": // as a dynamic value is stored
		kind := rapid.SampledFrom([]string{`"string"`, `"number"`, `["list","string"]`, `["object",{"x":"string"}]`, `"dynamic"`, `"none"`}).Draw(t, label+" type")
		return `{"value":` + d.JSON(t, label+" value", depth-1) + `,"type":` + kind + `}`
	}
	return "null"
}

func quote(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // no text fails
	}
	return string(out)
}

func sorted(types map[string]tftypes.Type) []string { return slices.Sorted(maps.Keys(types)) }
