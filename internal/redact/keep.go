// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// A credential may hold the client_id, as a token does that is made of a label, the identifier and something random. A message has to name the client, and
// gives lines to copy, so that what is known as a name stays, though it is most of such a credential: it is told in every plan, and protects nothing.
// What protects is the rest. So the rest is looked for as a credential is, by itself and half of it, and a name is kept only where the rest, without it,
// is a secret of its own: a server that gave its secret, or most of it, as a client_id would else have it shown.

const (
	// leastSecret is how much of a credential stands at least on one side of the names in it, and a fifth of it, for them to be kept.
	leastSecret  = 12
	leastOfWhole = 5
	// mostName is how long a name may be. A server may give a megabyte of parts of an address.
	mostName = 4096
)

// NamesIn are what a document of a client has of these.
func NamesIn(document any) (names []string) {
	members, _ := document.(map[string]any)
	for _, member := range []string{"client_id", "registration_client_uri"} {
		if name, is := members[member].(string); is {
			names = append(names, name)
		}
	}
	return names
}

// names are flat and in small letters, by their first eight characters.
type names map[uint64][][]byte

// add knows a name, and the parts of one that is an address, and returns what is new of it.
func (n names) add(name string) (fresh [][]byte) {
	parts := []string{name}
	if strings.Contains(name, "://") {
		parts = append(parts, strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(":/?#&=;@", r) })...)
	}
	for _, part := range parts {
		flat := folded(flatten(part).bytes)
		if len(flat) < leastPart {
			continue
		}
		key := binary.LittleEndian.Uint64(flat)
		if !slices.ContainsFunc(n[key], func(known []byte) bool { return bytes.Equal(known, flat) }) {
			n[key] = append(n[key], flat)
			fresh = append(fresh, flat)
		}
	}
	return fresh
}

// in are the places of a text where names are, in their order. Two that overlap, or stand side by side, are one.
func (n names) in(text []byte) (places []hole) {
	for at := 0; len(n) > 0 && at+leastPart <= len(text); at++ {
		for _, name := range n[binary.LittleEndian.Uint64(text[at:])] {
			if !bytes.HasPrefix(text[at:], name) {
				continue
			}
			if end := at + len(name); len(places) == 0 || at > places[len(places)-1].to {
				places = append(places, hole{at, end})
			} else {
				places[len(places)-1].to = max(places[len(places)-1].to, end)
			}
		}
	}
	return places
}

// beside are the parts of a credential beside the names in it that are more than words, and whether one of them is a secret by itself.
func beside(value string, public []hole) (rests []string, enough bool) {
	end := 0
	for i := range len(public) + 1 {
		begin, next := len(value), len(value)
		if i < len(public) {
			begin, next = public[i].from, public[i].to
		}
		if rest := strings.Trim(value[end:begin], separating); len(rest) >= leastPart && tells(rest) {
			rests = append(rests, rest)
			enough = enough || len(rest) >= leastSecret && leastOfWhole*len(rest) >= len(value)
		}
		end = next
	}
	return rests, enough
}
