// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest/draw"
)

// Terraform converts a configuration to the schema's types and refuses what does not fit, blocks in place of attributes among it, before
// it asks the provider (internal/acceptance/shapes_test.go holds it to that). What lies in a state file, in a plan file or in private state has the
// shape that somebody gave it, and another release or another client of the protocol may encode as it likes. So each request is drawn in
// any shape here.

// shape is how one value of a request differs from what Terraform would send: the same for both servers.
type shape struct {
	members map[string][]byte // attributes, each in the encoding that it has instead
	whole   string            // what is the matter with the value as a whole; empty for nothing
}

// anyTexts are texts that mean something to an attribute. All addresses are on this machine.
var anyTexts = []string{
	"", "a", "a b", "none", "auto", "1m", "{}", `{"keys":[]}`, `{"a":1}`, "client_name", "client_secret_post", "https://127.0.0.1:1/c", "http://127.0.0.1:1/c", "2030-01-01T00:00:00Z",
	"{registration_endpoint}/{client_id}", publicKey, "a\x1b[31m", " a \t",
}

var (
	anyValues = draw.Values{Unknown: true, Texts: anyTexts}
	wholes    = []string{"one missing", "one more", "one twice", "null", "unknown", "a list of it", "a text", "empty", "none", "cut", "JSON", "JSON of anything"}
)

// drawShape draws one for a value of a type. An odd one may have any shape; else some attributes have other values, null and unknown ones
// at any level among them, each of its own type.
func drawShape(t *rapid.T, label string, typ tftypes.Object, likely []string, odd bool) shape {
	s := shape{members: map[string][]byte{}}
	if odd && rapid.IntRange(0, 2).Draw(t, label+" whole") == 0 {
		s.whole = rapid.SampledFrom(wholes).Draw(t, label+" whole is")
	}
	names := slices.Sorted(maps.Keys(typ.AttributeTypes))
	for range rapid.SampledFrom([]int{0, 0, 1, 1, 2, 5}).Draw(t, label+" members") {
		name := rapid.SampledFrom(likely).Draw(t, label+" likely member")
		if rapid.IntRange(0, 3).Draw(t, label+" any member") == 0 {
			name = rapid.SampledFrom(names).Draw(t, label+" member")
		}
		s.members[name] = drawEncoding(t, label+" "+name, typ.AttributeTypes[name], odd)
	}
	return s
}

// drawEncoding draws an attribute's encoding: of its own type or, where it is odd, perhaps of another one or no value at all.
func drawEncoding(t *rapid.T, label string, typ tftypes.Type, odd bool) []byte {
	kinds := []string{"its type", "its type", "its type", "refined"}
	if odd {
		kinds = append(kinds, "another type", "another type", "another type", "bytes")
	}
	switch rapid.SampledFrom(kinds).Draw(t, label+" shape") {
	case "another type":
		other := draw.Type(t, label+" type", 3)
		return encodedAs(other, anyValues.Of(t, label, other))
	case "refined":
		// Not known yet, but not null (1: false), or with a prefix (2): an extension of type 12.
		return rapid.SampledFrom([][]byte{{0xc7, 3, 12, 0x81, 1, 0xc2}, {0xc7, 6, 12, 0x82, 1, 0xc2, 2, 0xa1, 'h'}, {0xc7, 1, 12, 0x80}}).Draw(t, label+" refinement")
	case "bytes":
		// No NaN is among them: tftypes panics on one, in the framework as here, and Terraform has no such number.
		return rapid.SampledFrom([][]byte{{0xc4, 1, 'a'}, {0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, {0xc1}, {0xd6, 0xff, 0, 0, 0, 1}, {0xa2, 0xff, 0xfe}, {0x92, 0xc4, 1, '"', 0xc0}, {0x81, 0xc0, 0xc0}}).Draw(t, label+" bytes")
	}
	return encodedAs(typ, anyValues.Of(t, label, typ))
}

func encodedAs(typ tftypes.Type, v tftypes.Value) []byte {
	dv, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		return []byte{0xc0} // an element that has no type of its own, which nothing encodes
	}
	return dv.MsgPack
}

// of gives a value in this shape.
func (s shape) of(t tftest.TB, typ tftypes.Object, v tftypes.Value) *tfprotov6.DynamicValue {
	if v.IsNull() && s.whole == "" {
		return &tfprotov6.DynamicValue{MsgPack: []byte{0xc0}}
	}
	members := map[string][]byte{}
	for name, a := range tftest.Values(t, typ, attrs{}) {
		members[name] = encodedAs(typ.AttributeTypes[name], a)
	}
	opened := tftest.Opened(t, v)
	for name, at := range typ.AttributeTypes {
		a, there := opened[name]
		if !there {
			a = tftypes.NewValue(at, nil)
		}
		members[name] = encodedAs(at, a)
	}
	maps.Copy(members, s.members)
	switch s.whole {
	case "null":
		return &tfprotov6.DynamicValue{MsgPack: []byte{0xc0}}
	case "unknown":
		return &tfprotov6.DynamicValue{MsgPack: []byte{0xd4, 0, 0}}
	case "a text":
		return &tfprotov6.DynamicValue{MsgPack: []byte{0xa1, 'a'}}
	case "empty":
		return &tfprotov6.DynamicValue{}
	case "none":
		return nil
	case "JSON":
		return &tfprotov6.DynamicValue{JSON: []byte(`{"client_name":"App"}`)}
	case "JSON of anything":
		return &tfprotov6.DynamicValue{JSON: stateJSON(t, typ, v)}
	case "one missing":
		delete(members, "client_name")
	case "one more":
		members["another"] = []byte{0xc0}
	}
	out := packed(members)
	switch s.whole {
	case "one twice":
		out = append(packedHeader(len(members)+1), out[3:]...)
		out = append(append(out, packedText("client_name")...), 0xc0)
	case "a list of it":
		out = append([]byte{0x91}, out...)
	case "cut":
		out = out[:len(out)-1]
	}
	return &tfprotov6.DynamicValue{MsgPack: out}
}

func packed(members map[string][]byte) []byte {
	out := packedHeader(len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		out = append(append(out, packedText(name)...), members[name]...)
	}
	return out
}

func packedHeader(n int) []byte { return binary.BigEndian.AppendUint16([]byte{0xde}, uint16(n)) }

func packedText(s string) []byte { return append([]byte{0xd9, byte(len(s))}, s...) }
