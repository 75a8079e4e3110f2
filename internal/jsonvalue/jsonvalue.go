// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package jsonvalue reads, writes and compares JSON, in one way for all of this module: one value and nothing after it,
// numbers as they are written, no HTML escapes, equality by value.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// MaxDepth bounds how deep objects and arrays may be nested. Client metadata and keys need less than ten levels; what
// walks a value by recursion relies on the bound.
const MaxDepth = 100

// Errors of Decode and Into beside those of encoding/json.
var (
	ErrTrailing = errors.New("more follows after the JSON value")
	ErrDepth    = errors.New("objects and arrays are nested too deeply")
)

// Decode reads exactly one JSON value: nil, bool, string, json.Number, []any or map[string]any. A byte order mark before
// it is ignored (RFC 8259 §8.1). Of a member that is written twice the last counts, as everywhere in Go.
func Decode(data []byte) (any, error) {
	var v any
	if err := Into(data, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// Into reads exactly one JSON value into what into points to, with numbers of no given type as json.Number.
func Into(data []byte, into any) error { return read(data, into, false) }

// IntoKnown is Into that refuses members which the type does not have. It is for files of our own, where such a member
// comes from a newer version or from another hand.
func IntoKnown(data []byte, into any) error { return read(data, into, true) }

func read(data []byte, into any, known bool) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if tooDeep(data) {
		return ErrDepth
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if known {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrTrailing
	}
	return nil
}

// tooDeep reports whether a text nests deeper than MaxDepth. It need not be JSON.
func tooDeep(data []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// Encode writes a value as compact JSON, the same text for the same value: members sorted, numbers as they were read, no
// HTML escapes, which would make each & of a URI six bytes long.
func Encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Text is Encode for those who need a string.
func Text(v any) (string, error) {
	text, err := Encode(v)
	return string(text), err
}
