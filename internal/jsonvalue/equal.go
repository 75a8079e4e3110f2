// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package jsonvalue

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Equal reports whether two JSON values are the same: objects by member, arrays in order, numbers by exact value, strings by text.
func Equal(a, b any) bool {
	return Identical(a, b) || string(AppendCanonical(nil, a)) == string(AppendCanonical(nil, b))
}

// AppendCanonical appends the canonical text of a JSON value: equal values, and only those, have the same text. The text is
// for comparing, not for sending: numbers are in a form of their own.
func AppendCanonical(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return strconv.AppendQuote(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case []any:
		dst = append(dst, '[')
		for _, e := range v {
			dst = append(AppendCanonical(dst, e), ',')
		}
		return append(dst, ']')
	case []string:
		dst = append(dst, '[')
		for _, e := range v {
			dst = append(strconv.AppendQuote(dst, e), ',')
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			dst = append(strconv.AppendQuote(dst, k), ':')
			dst = append(AppendCanonical(dst, v[k]), ',')
		}
		return append(dst, '}')
	}
	s, ok := Number(v)
	if !ok { // no JSON value at all: a mistake of the caller, and equal to nothing that is one
		return append(dst, '?')
	}
	d, ok := parseDecimal(s)
	if !ok { // a json.Number that holds no number
		return append(append(dst, '?'), s...)
	}
	return d.append(dst)
}

// Identical is the fast path of Equal: most values that a refresh compares are simply the same. It may miss equal values,
// never accept different ones.
func Identical(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case json.Number:
		b, ok := b.(json.Number)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Identical)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, x := range a {
			if y, ok := b[k]; !ok || !Identical(x, y) {
				return false
			}
		}
		return true
	}
	return false
}
