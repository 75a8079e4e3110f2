// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// decodeObject reads exactly one JSON object whose top-level members differ, with numbers as json.Number. Go's decoder
// takes the last of two equal members; RFC 8259 §4 leaves them undefined, so a strict server refuses them.
func decodeObject(body []byte) (map[string]any, error) {
	var doc map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	if doc == nil {
		return nil, errors.New("null is no object")
	}
	seen := json.NewDecoder(bytes.NewReader(body))
	if _, err := seen.Token(); err != nil {
		return nil, err
	}
	count := 0
	for seen.More() {
		if _, err := seen.Token(); err != nil {
			return nil, err
		}
		var skipped json.RawMessage
		if err := seen.Decode(&skipped); err != nil {
			return nil, err
		}
		count++
	}
	if count != len(doc) {
		return nil, errors.New("a member occurs twice")
	}
	return doc, nil
}

// plain is a Go value as it comes out of decoded JSON.
func plain(value any) any {
	decoder := json.NewDecoder(bytes.NewReader(encode(value)))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		panic("fakeop: " + err.Error())
	}
	return out
}

// cloneMap is a deep copy with every value plain.
func cloneMap(doc map[string]any) map[string]any {
	out := make(map[string]any, len(doc))
	for name, value := range doc {
		out[name] = plain(value)
	}
	return out
}

// words are the elements of an array of strings; anything else has none.
func words(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// list is an array of strings as decoded JSON.
func list(elements ...string) []any {
	out := make([]any, len(elements))
	for i, element := range elements {
		out[i] = element
	}
	return out
}

// text is a string member, "" where it is none.
func text(doc map[string]any, member string) string {
	value, _ := doc[member].(string)
	return value
}

// empty is what a client may send to remove a member (RFC 7592 §2.2).
func empty(value any) bool { return value == nil || value == "" }

func trimScheme(origin string) string {
	_, rest, _ := strings.Cut(origin, "://")
	return "://" + rest
}
