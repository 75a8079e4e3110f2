// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest/draw"
)

// codecTypes has an attribute of each kind that the resource has, and more.
var codecTypes = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"text": tftypes.String, "other_text": tftypes.String, "number": tftypes.Number, "flag": tftypes.Bool, "any": tftypes.DynamicPseudoType,
	"list": tftypes.List{ElementType: tftypes.String}, "set": tftypes.Set{ElementType: tftypes.String}, "map": tftypes.Map{ElementType: tftypes.String},
	"nested": tftypes.Map{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": tftypes.Number}}},
}}

// What is decoded and encoded here is, to the byte, what tftypes decodes and encodes.
func TestCodecIsThatOfTheLibrary(t *testing.T) {
	c, err := newCodec(codecTypes)
	if err != nil {
		t.Fatal(err)
	}
	values := draw.Values{Unknown: true, Keys: 1} // tftypes encodes a map's elements in any order
	rapid.Check(t, func(t *rapid.T) {
		attrs := map[string]tftypes.Value{}
		for _, name := range c.names {
			attrs[name] = values.Of(t, name, codecTypes.AttributeTypes[name])
		}
		want := tftypes.NewValue(codecTypes, attrs)
		encoded, err := tfprotov6.NewDynamicValue(codecTypes, want)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := c.decode(encoded.MsgPack)
		if err != nil {
			t.Fatal(err)
		}
		library, err := encoded.Unmarshal(codecTypes)
		if err != nil {
			t.Fatal(err)
		}
		if !library.Equal(decoded.raw()) {
			t.Fatalf("decoded: %s\nlibrary: %s", decoded.raw(), library)
		}
		again, err := c.encode(decoded)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encoded.MsgPack, again.MsgPack) {
			t.Fatalf("encoded: %x\nlibrary: %x", again.MsgPack, encoded.MsgPack)
		}
	})
}

// What tftypes has to tell apart, or to refuse, is refused and never taken for something else.
func TestCodecRefusesWhatIsNoObject(t *testing.T) {
	c, err := newCodec(codecTypes)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.encode(object{typ: codecTypes, attrs: nulls(codecTypes)})
	if err != nil {
		t.Fatal(err)
	}
	fewer := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"text": tftypes.String}}
	few, err := tfprotov6.NewDynamicValue(fewer, tftypes.NewValue(fewer, map[string]tftypes.Value{"text": tftypes.NewValue(tftypes.String, "a")}))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "null": {0xc0}, "unknown": {0xd4, 0, 0}, "a text": {0xa1, 'a'}, "fewer attributes": few.MsgPack,
		"cut": whole.MsgPack[:len(whole.MsgPack)-1], "another name": bytes.Replace(whole.MsgPack, []byte("flag"), []byte("flog"), 1),
		"one twice": bytes.Replace(whole.MsgPack, []byte("\xa3set"), []byte("\xa3map"), 1),
	} {
		if o, err := c.decode(data); err == nil {
			t.Errorf("%s: %v", name, o.attrs)
		}
	}
	for _, text := range []string{``, `null`, `[]`, `"a"`, `{`, `{"number":"a"}`, `{"list":"a"}`, `{"text":{}}`} {
		if o, err := c.decodeJSON([]byte(text)); err == nil {
			t.Errorf("%s: %v", text, o.attrs)
		}
	}
}

func nulls(typ tftypes.Object) map[string]tftypes.Value {
	attrs := map[string]tftypes.Value{}
	for name, t := range typ.AttributeTypes {
		attrs[name] = tftypes.NewValue(t, nil)
	}
	return attrs
}
