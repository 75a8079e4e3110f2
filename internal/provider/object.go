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
