// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// codec encodes and decodes objects of one type. tftypes does so as well, and makes a path for each attribute on the way, of a hundred
// of which ninety are null: that was two thirds of what a plan took in the provider. Here nulls and strings are done at once, and
// everything else, refinements and dynamic values and what is no such object at all, is left to tftypes.
type codec struct {
	typ   tftypes.Object
	names []string // in the order in which they are encoded
	sets  []string
	attrs map[string]codecAttribute
}

type codecAttribute struct {
	typ    tftypes.Type
	null   tftypes.Value
	name   []byte // encoded
	isText bool
}

func newCodec(typ tftypes.Object) (*codec, error) {
	c := &codec{typ: typ, names: slices.Sorted(maps.Keys(typ.AttributeTypes)), attrs: map[string]codecAttribute{}}
	for name, t := range typ.AttributeTypes {
		encoded, err := msgpack.Marshal(name)
		if err != nil {
			return nil, err
		}
		if t.Is(tftypes.Set{}) {
			c.sets = append(c.sets, name)
		}
		c.attrs[name] = codecAttribute{typ: t, null: tftypes.NewValue(t, nil), name: encoded, isText: t.Is(tftypes.String)}
	}
	return c, nil
}

// decode reads an object that is neither null nor unknown; all else is an error, and for tftypes to tell apart.
func (c *codec) decode(encoded []byte) (object, error) {
	dec := msgpack.NewDecoder(bytes.NewReader(encoded))
	n, err := dec.DecodeMapLen()
	if err != nil {
		return object{}, err
	}
	if n != len(c.names) {
		return object{}, fmt.Errorf("%d attributes instead of %d", n, len(c.names))
	}
	o := object{typ: c.typ, attrs: make(map[string]tftypes.Value, n)}
	for range n {
		name, err := dec.DecodeString()
		if err != nil {
			return object{}, err
		}
		a, known := c.attrs[name]
		if !known {
			return object{}, fmt.Errorf("unknown attribute %q", name)
		}
		if o.attrs[name], err = a.decode(dec); err != nil {
			return object{}, err
		}
	}
	if len(o.attrs) != n {
		return object{}, fmt.Errorf("%d attributes instead of %d", len(o.attrs), n)
	}
	return o, nil
}

// checkSets reports a set that holds one element twice.
func (c *codec) checkSets(o object) error {
	for _, name := range c.sets {
		v := o.attrs[name]
		if v.IsNull() || !v.IsKnown() {
			continue
		}
		var elements []tftypes.Value
		if err := v.As(&elements); err != nil {
			return err
		}
		for i, e := range elements {
			if slices.ContainsFunc(elements[:i], e.Equal) {
				return fmt.Errorf("%s holds one element twice", name)
			}
		}
	}
	return nil
}

func (a codecAttribute) decode(dec *msgpack.Decoder) (tftypes.Value, error) {
	code, err := dec.PeekCode()
	switch {
	case err != nil:
		return tftypes.Value{}, err
	case code == msgpcode.Nil:
		return a.null, dec.DecodeNil()
	case a.isText && msgpcode.IsString(code):
		s, err := dec.DecodeString()
		return tftypes.NewValue(tftypes.String, s), err
	}
	raw, err := dec.DecodeRaw()
	if err != nil {
		return tftypes.Value{}, err
	}
	return tfprotov6.DynamicValue{MsgPack: raw}.Unmarshal(a.typ)
}

// decodeJSON reads an object of a state as Terraform stores it. Attributes that it does not have are null, others than this type's are
// left out.
func (c *codec) decodeJSON(stored []byte) (object, error) {
	var members map[string]json.RawMessage // each is decoded by its attribute's type
	if err := jsonvalue.Into(stored, &members); err != nil {
		return object{}, err
	}
	if stored[0] != '{' {
		return object{}, errors.New("null, or something before the object that tftypes does not take")
	}
	o := object{typ: c.typ, attrs: make(map[string]tftypes.Value, len(c.names))}
	for _, name := range c.names {
		a, raw := c.attrs[name], members[name]
		if len(raw) == 0 || string(raw) == "null" {
			o.attrs[name] = a.null
			continue
		}
		if a.isText && raw[0] == '"' {
			var s string
			if err := jsonvalue.Into(raw, &s); err != nil {
				return object{}, err
			}
			o.attrs[name] = tftypes.NewValue(tftypes.String, s)
			continue
		}
		v, err := tfprotov6.RawState{JSON: raw}.UnmarshalWithOpts(a.typ, tfprotov6.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}})
		if err != nil {
			return object{}, err
		}
		o.attrs[name] = v
	}
	return o, nil
}

// encode gives the bytes that tftypes gives.
func (c *codec) encode(o object) (*tfprotov6.DynamicValue, error) {
	buf := bytes.NewBuffer(make([]byte, 0, 4<<10))
	enc := msgpack.NewEncoder(buf)
	if err := enc.EncodeMapLen(len(c.names)); err != nil {
		return nil, err
	}
	for _, name := range c.names {
		a, v := c.attrs[name], o.attrs[name]
		buf.Write(a.name)
		if err := a.encode(buf, enc, v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &tfprotov6.DynamicValue{MsgPack: buf.Bytes()}, nil
}

func (a codecAttribute) encode(buf *bytes.Buffer, enc *msgpack.Encoder, v tftypes.Value) error {
	switch {
	case !v.IsKnown():
	case v.IsNull() && v.Type().Equal(a.typ):
		return enc.EncodeNil()
	case a.isText && v.Type().Is(tftypes.String):
		var s string
		if err := v.As(&s); err != nil {
			return err
		}
		return enc.EncodeString(s)
	}
	// The attribute of another type would be a defect: tftypes says so.
	encoded, err := tfprotov6.NewDynamicValue(a.typ, v)
	if err != nil {
		return err
	}
	_, err = buf.Write(encoded.MsgPack)
	return err
}
