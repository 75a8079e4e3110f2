// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// malformed is a value that has no JSON form, at its attribute.
type malformed struct {
	member string
	err    error
}

// notExtension is an error about a name in extension_metadata that has no place there.
type notExtension struct{ problem metadata.Problem }

func (n *notExtension) Error() string { return n.problem.Detail }

func (m *malformed) Error() string { return m.member + ": " + m.err.Error() }

// malformedOf is an error of document at its attribute.
func malformedOf(err error) *malformed {
	var m *malformed
	if errors.As(err, &m) {
		return m
	}
	return &malformed{attrExtension, err}
}

// attribute is the one that holds the member.
func (m *malformed) attribute() string {
	_, tag := metadata.SplitTag(m.member)
	switch {
	case m.member == attrLocalized, m.member == attrExtension:
		return m.member
	case isExtension(m.member):
		return attrExtension
	case tag != "":
		return attrLocalized
	}
	return m.member
}

// document gives the client metadata of a configuration, plan or state as members, and the members whose values are not
// known yet. A value that cannot be a member (a jwks that is no JSON) is an error.
func (o object) document() (doc metadata.Document, unknown map[string]bool, err error) {
	doc, unknown, malformed := o.legible()
	if len(malformed) > 0 {
		return nil, nil, malformed[0]
	}
	for member := range unknown {
		delete(doc, member)
	}
	return doc, unknown, nil
}

// legible is document for metadata.Check: without the members whose values cannot be members, which count as not known, and each is an error,
// so that what else is wrong can be told beside it; and with the lists that are known in part, which are in unknown as well.
func (o object) legible() (doc metadata.Document, unknown map[string]bool, errs []error) {
	doc, unknown = metadata.Document{}, map[string]bool{}
	for _, p := range metadata.All() {
		v := o.attrs[p.Name]
		if v.IsNull() {
			continue
		}
		if !v.IsFullyKnown() {
			putPart(doc, unknown, p.Name, v)
			continue
		}
		j, err := parameterJSON(p, v)
		if err != nil {
			unknown[p.Name] = true
			errs = append(errs, &malformed{p.Name, err})
			continue
		}
		doc[p.Name] = j
	}
	return doc, unknown, slices.Concat(errs, o.localized(doc, unknown), o.extension(doc, unknown))
}

func (o object) localized(doc metadata.Document, unknown map[string]bool) (errs []error) {
	v := o.attrs[attrLocalized]
	if v.IsNull() {
		return nil
	}
	var tags map[string]tftypes.Value
	if !v.IsKnown() {
		unknown[attrLocalized] = true
		return nil
	}
	if err := v.As(&tags); err != nil {
		unknown[attrLocalized] = true
		return []error{&malformed{attrLocalized, err}}
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		var members map[string]tftypes.Value
		switch variant := tags[tag]; {
		case variant.IsNull():
		case !variant.IsKnown():
			unknown[attrLocalized] = true
		default:
			if err := variant.As(&members); err != nil {
				unknown[attrLocalized] = true
				errs = append(errs, &malformed{attrLocalized, err})
			}
		}
		for name, m := range members {
			errs = append(errs, putMember(doc, unknown, name+"#"+tag, m)...)
		}
	}
	return errs
}

// putMember puts a member of localized or extension_metadata into doc.
func putMember(doc metadata.Document, unknown map[string]bool, member string, v tftypes.Value) []error {
	switch {
	case v.IsNull():
	case !v.IsFullyKnown():
		putPart(doc, unknown, member, v)
	default:
		j, err := toJSON(v)
		if err != nil {
			unknown[member] = true
			return []error{&malformed{member, err}}
		}
		doc[member] = j
	}
	return nil
}

// putPart says that a member is not known, and puts what is known of it into doc: the elements of a list.
func putPart(doc metadata.Document, unknown map[string]bool, member string, v tftypes.Value) {
	unknown[member] = true
	var elements []tftypes.Value
	if isExtension(member) || !v.IsKnown() || !v.Type().Is(tftypes.List{}) || v.As(&elements) != nil {
		return
	}
	list := make([]any, len(elements))
	for i, e := range elements {
		list[i] = metadata.NotKnown
		if j, err := toJSON(e); err == nil && e.IsFullyKnown() {
			list[i] = j
		}
	}
	doc[member] = list
}

func (o object) extension(doc metadata.Document, unknown map[string]bool) (errs []error) {
	v := o.attrs[attrExtension]
	if v.IsNull() {
		return nil
	}
	if !v.IsKnown() {
		unknown[attrExtension] = true
		return nil
	}
	var members map[string]tftypes.Value
	err := errors.New("an object is needed, such as { ext_owner = \"team-a\" }")
	if v.Type().Is(tftypes.Object{}) || v.Type().Is(tftypes.Map{}) {
		err = v.As(&members)
	}
	if err != nil {
		unknown[attrExtension] = true
		return []error{&malformed{attrExtension, err}}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name].IsNull() {
			continue
		}
		if p, bad := metadata.CheckExtension(name); bad {
			errs = append(errs, &notExtension{p}) // and a parameter of that name keeps its own value
			continue
		}
		errs = append(errs, putMember(doc, unknown, name, members[name])...)
	}
	return errs
}

// setDocument shows values in the client metadata attributes. A value that says the same as the attribute already does, to the
// letter of its JSON, keeps the attribute's own writing (the order of a list is part of its JSON, white space of a jwks is not). A value
// that its attribute cannot hold is an error, and the attribute is not set: kept, it would hide for ever that the server has another one.
func (o object) setDocument(values metadata.Document) (unshown []*malformed) {
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
			unshown = append(unshown, &malformed{p.Name, err})
			v = tftypes.NewValue(o.attrs[p.Name].Type(), nil)
		}
		o.attrs[p.Name] = v
	}
	if err := o.setLocalized(values, before); err != nil {
		unshown = append(unshown, &malformed{attrLocalized, err})
	}
	return append(unshown, o.setExtension(values, before)...)
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

func (o object) setExtension(values, before metadata.Document) (unshown []*malformed) {
	extension := metadata.Document{}
	for member, j := range values {
		if isExtension(member) {
			extension[member] = j
		}
	}
	if sameSubset(before, extension, isExtension) {
		return nil
	}
	for _, member := range slices.Sorted(maps.Keys(extension)) {
		if _, err := dynamic(extension[member]); err != nil {
			unshown = append(unshown, &malformed{member, err})
			delete(extension, member)
		}
	}
	switch v, err := dynamic(extension); {
	case len(extension) == 0:
		o.attrs[attrExtension] = tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	case err == nil:
		o.attrs[attrExtension] = v
	}
	return unshown
}

// withheldOf are the values of extension_metadata, which may be sensitive.
func withheldOf(clients ...object) (values []any) {
	for _, o := range clients {
		members := metadata.Document{}
		_ = o.extension(members, map[string]bool{}) // what has no JSON form was never sent
		values = slices.AppendSeq(values, maps.Values(members))
	}
	return values
}

// configurationsOf are the client metadata of a plan and a state. What the state has registered and no attribute for may have been configured
// once, and counts as such.
func configurationsOf(clients ...object) (all []metadata.Document) {
	for _, o := range clients {
		doc, unknown, _ := o.legible()
		for member := range unknown {
			delete(doc, member)
		}
		for member, v := range o.registered() {
			if _, there := doc[member]; !there && !isExtension(member) {
				doc[member] = v
			}
		}
		all = append(all, doc)
	}
	return all
}
