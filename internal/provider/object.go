// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// object is a resource's configuration, plan or state, taken apart once.
type object struct {
	typ   tftypes.Type
	attrs map[string]tftypes.Value
}

func open(raw tftypes.Value) (object, error) {
	o := object{typ: raw.Type()}
	if raw.IsNull() || !raw.IsKnown() {
		return o, errors.New("the object is null or unknown")
	}
	return o, raw.As(&o.attrs)
}

// empty is an object of the same type with all attributes null.
func empty(typ tftypes.Type) (object, error) {
	t, ok := typ.(tftypes.Object)
	if !ok {
		return object{}, fmt.Errorf("%s is no object", typ)
	}
	o := object{typ: typ, attrs: make(map[string]tftypes.Value, len(t.AttributeTypes))}
	for name, at := range t.AttributeTypes {
		o.attrs[name] = tftypes.NewValue(at, nil)
	}
	return o, nil
}

func (o object) raw() tftypes.Value { return tftypes.NewValue(o.typ, o.attrs) }

func (o object) clone() object { return object{typ: o.typ, attrs: maps.Clone(o.attrs)} }

func (o object) has(name string) bool { v := o.attrs[name]; return v.IsKnown() && !v.IsNull() }

func (o object) text(name string) string {
	var s string
	if o.has(name) {
		// The schema makes it a string; anything else would be the framework's error.
		_ = o.attrs[name].As(&s)
	}
	return s
}

func (o object) flag(name string) bool {
	var b bool
	if o.has(name) {
		_ = o.attrs[name].As(&b)
	}
	return b
}

func (o object) integer(name string) *int64 {
	if !o.has(name) {
		return nil
	}
	var f big.Float
	if err := o.attrs[name].As(&f); err != nil {
		return nil
	}
	i, _ := f.Int64()
	return &i
}

func (o object) words(name string) []string {
	if !o.has(name) {
		return nil
	}
	var elements []tftypes.Value
	_ = o.attrs[name].As(&elements)
	var out []string
	for _, e := range elements {
		var s string
		if e.IsKnown() && e.As(&s) == nil {
			out = append(out, s)
		}
	}
	return out
}

func (o object) setText(name, value string) {
	if value == "" {
		o.attrs[name] = tftypes.NewValue(tftypes.String, nil)
		return
	}
	o.attrs[name] = tftypes.NewValue(tftypes.String, value)
}

func (o object) setInteger(name string, value *int64) {
	if value == nil {
		o.attrs[name] = tftypes.NewValue(tftypes.Number, nil)
		return
	}
	o.attrs[name] = tftypes.NewValue(tftypes.Number, *value)
}

func (o object) setUnknown(name string) {
	o.attrs[name] = tftypes.NewValue(o.attrs[name].Type(), tftypes.UnknownValue)
}

// handle is all that managing the client needs, from its attributes.
func (o object) handle() reconcile.Handle {
	return reconcile.Handle{
		ClientID:                o.text(attrClientID),
		ClientSecret:            secret.New(o.text(attrClientSecret)),
		ClientSecretExpiresAt:   o.integer(attrSecretExpiresAt),
		ClientIDIssuedAt:        o.integer(attrIssuedAt),
		RegistrationAccessToken: secret.New(o.text(attrToken)),
		RegistrationClientURI:   o.text(attrURI),
	}
}

// setHandle puts a handle into the attributes.
func (o object) setHandle(h reconcile.Handle) {
	o.setText(attrClientID, h.ClientID)
	o.setText(attrClientSecret, h.ClientSecret.Reveal())
	if !o.storesSecret() {
		o.setText(attrClientSecret, "")
	}
	o.setInteger(attrSecretExpiresAt, h.ClientSecretExpiresAt)
	o.setText(attrSecretExpiration, rfc3339(h.ClientSecretExpiresAt))
	o.setInteger(attrIssuedAt, h.ClientIDIssuedAt)
	o.setText(attrToken, h.RegistrationAccessToken.Reveal())
	o.setText(attrURI, h.RegistrationClientURI)
}

func (o object) storesSecret() bool { return !o.has(attrStoreSecret) || o.flag(attrStoreSecret) }

func rfc3339(at *int64) string {
	if at == nil || *at == 0 {
		return ""
	}
	return time.Unix(*at, 0).UTC().Format(time.RFC3339)
}

func (o object) setRegistered(registered metadata.Document) {
	o.setText(attrRegistered, reconcile.RegisteredMetadataJSON(registered))
}

// registered is the whole document as the state has it.
func (o object) registered() metadata.Document {
	v, err := jsonvalue.Decode([]byte(o.text(attrRegistered)))
	if err != nil {
		return metadata.Document{}
	}
	doc, _ := v.(map[string]any)
	return doc
}

func (o object) place() authserver.Place {
	return authserver.Place{Issuer: o.text(attrIssuer), RegistrationEndpoint: o.text(attrEndpoint)}
}

// malformed is a value that has no JSON form, at its attribute.
type malformed struct {
	member string
	err    error
}

// notExtension is an error about a name in extension_metadata that has no place there.
type notExtension struct{ problem metadata.Problem }

func (n *notExtension) Error() string { return n.problem.Detail }

func (m *malformed) Error() string { return m.member + ": " + m.err.Error() }

// document gives the client metadata of a configuration, plan or state as members, and the members whose values are not
// known yet. A value that cannot be a member (a jwks that is no JSON) is an error.
func (o object) document() (doc metadata.Document, unknown map[string]bool, err error) {
	doc, unknown = metadata.Document{}, map[string]bool{}
	for _, p := range metadata.All() {
		v := o.attrs[p.Name]
		if v.IsNull() {
			continue
		}
		if !v.IsFullyKnown() {
			unknown[p.Name] = true
			continue
		}
		j, err := parameterJSON(p, v)
		if err != nil {
			return nil, nil, &malformed{p.Name, err}
		}
		doc[p.Name] = j
	}
	if err := o.localized(doc, unknown); err != nil {
		return nil, nil, err
	}
	return doc, unknown, o.extension(doc, unknown)
}

func (o object) localized(doc metadata.Document, unknown map[string]bool) error {
	v := o.attrs[attrLocalized]
	if v.IsNull() {
		return nil
	}
	if !v.IsKnown() {
		unknown[attrLocalized] = true
		return nil
	}
	var tags map[string]tftypes.Value
	if err := v.As(&tags); err != nil {
		return &malformed{attrLocalized, err}
	}
	for tag, variant := range tags {
		if variant.IsNull() {
			continue
		}
		if !variant.IsKnown() {
			unknown[attrLocalized] = true
			continue
		}
		var members map[string]tftypes.Value
		if err := variant.As(&members); err != nil {
			return &malformed{attrLocalized, err}
		}
		for name, m := range members {
			member := name + "#" + tag
			if m.IsNull() {
				continue
			}
			if !m.IsFullyKnown() {
				unknown[member] = true
				continue
			}
			j, err := toJSON(m)
			if err != nil {
				return &malformed{member, err}
			}
			doc[member] = j
		}
	}
	return nil
}

func (o object) extension(doc metadata.Document, unknown map[string]bool) error {
	v := o.attrs[attrExtension]
	if v.IsNull() {
		return nil
	}
	if !v.IsKnown() {
		unknown[attrExtension] = true
		return nil
	}
	if !v.Type().Is(tftypes.Object{}) && !v.Type().Is(tftypes.Map{}) {
		return &malformed{attrExtension, errors.New("an object is needed, such as { ext_owner = \"team-a\" }")}
	}
	var members map[string]tftypes.Value
	if err := v.As(&members); err != nil {
		return &malformed{attrExtension, err}
	}
	for name, m := range members {
		if m.IsNull() {
			continue
		}
		if p, bad := metadata.CheckExtension(name); bad {
			return &notExtension{p}
		}
		if !m.IsFullyKnown() {
			unknown[name] = true
			continue
		}
		j, err := toJSON(m)
		if err != nil {
			return &malformed{name, err}
		}
		doc[name] = j
	}
	return nil
}

// setDocument shows values in the client metadata attributes. A value that says the same as the attribute already does, to the
// letter of its JSON, keeps the attribute's own writing (the order of a list is part of its JSON, white space of a jwks is not).
func (o object) setDocument(values metadata.Document) error {
	before, _, err := o.document()
	if err != nil {
		before = metadata.Document{}
	}
	for _, p := range metadata.All() {
		j, there := values[p.Name]
		if there && jsonvalue.Equal(before[p.Name], j) && o.has(p.Name) {
			continue
		}
		v, err := parameterValue(p, j)
		if err != nil {
			return err
		}
		o.attrs[p.Name] = v
	}
	if err := o.setLocalized(values, before); err != nil {
		return err
	}
	return o.setExtension(values, before)
}

func (o object) setLocalized(values, before metadata.Document) error {
	variants := metadata.Document{}
	for member, j := range values {
		if name, tag := metadata.SplitTag(member); tag != "" {
			if _, ok := metadata.Lookup(name); ok {
				variants[member] = j
			}
		}
	}
	typ, ok := o.attrs[attrLocalized].Type().(tftypes.Map)
	if !ok {
		return errors.New("localized is no map")
	}
	inner, ok := typ.ElementType.(tftypes.Object)
	if !ok {
		return errors.New("localized is no map of objects")
	}
	shown := metadata.Document{}
	for member, j := range before {
		if _, tag := metadata.SplitTag(member); tag != "" && !isExtension(member) {
			shown[sameTag(member)] = j
		}
	}
	folded := metadata.Document{}
	for member, j := range variants {
		folded[sameTag(member)] = j
	}
	if sameSubset(shown, folded, func(string) bool { return true }) {
		return nil
	}
	byTag := map[string]map[string]tftypes.Value{}
	for member, j := range variants {
		name, tag := metadata.SplitTag(member)
		p, _ := metadata.Lookup(name)
		if byTag[tag] == nil {
			byTag[tag] = map[string]tftypes.Value{}
			for n, t := range inner.AttributeTypes {
				byTag[tag][n] = tftypes.NewValue(t, nil)
			}
		}
		v, err := parameterValue(p, j)
		if err != nil {
			return err
		}
		byTag[tag][name] = v
	}
	if len(byTag) == 0 {
		o.attrs[attrLocalized] = tftypes.NewValue(typ, nil)
		return nil
	}
	tags := make(map[string]tftypes.Value, len(byTag))
	for tag, members := range byTag {
		tags[tag] = tftypes.NewValue(inner, members)
	}
	o.attrs[attrLocalized] = tftypes.NewValue(typ, tags)
	return nil
}

func (o object) setExtension(values, before metadata.Document) error {
	extension := metadata.Document{}
	for member, j := range values {
		if isExtension(member) {
			extension[member] = j
		}
	}
	if sameSubset(before, extension, isExtension) {
		return nil
	}
	if len(extension) == 0 {
		o.attrs[attrExtension] = tftypes.NewValue(tftypes.DynamicPseudoType, nil)
		return nil
	}
	v, err := dynamic(extension)
	o.attrs[attrExtension] = v
	return err
}
