// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// fastPath answers the five calls that plans and applies make for every client (upgrade, validate, read, plan, apply) without the
// framework. With a flat schema of a hundred attributes the framework copies the schema's attribute map at each step of each
// attribute's path, several times in a call; that was most of the time of a plan, and of an apply. The framework serves everything
// else, and these five too where it does something that is not repeated here (a state of another version, its own validators).
// Property tests hold both to the same answers.
type fastPath struct {
	tfprotov6.ProviderServer
	provider *Provider
	typeName string
	codec    *codec
	version  int64

	validated []string // attributes that the framework validates where they are set
}

// newFastPath wraps the framework's server. Without a usable schema it gives back the server itself.
func newFastPath(ctx context.Context, server tfprotov6.ProviderServer, p *Provider) tfprotov6.ProviderServer {
	s := resourceSchema()
	typ, ok := s.Type().TerraformType(ctx).(tftypes.Object)
	if !ok {
		return server
	}
	c, err := newCodec(typ)
	if err != nil {
		return server
	}
	return &fastPath{ProviderServer: server, provider: p, typeName: clientTypeName, codec: c, version: s.Version, validated: frameworkValidated(s.Attributes)}
}

// server is the one that was configured last, nil before. Terraform configures a provider process once.
func (p *Provider) server() *authserver.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.servers) == 0 {
		return nil
	}
	return p.servers[len(p.servers)-1]
}

// UpgradeResourceState gives a state of the current version back as it is.
func (s *fastPath) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req.TypeName != s.typeName || req.Version != s.version || req.RawState == nil {
		return s.ProviderServer.UpgradeResourceState(ctx, req)
	}
	value, err := s.codec.decodeJSON(req.RawState.JSON)
	if err != nil {
		return s.ProviderServer.UpgradeResourceState(ctx, req)
	}
	upgraded, err := s.codec.encode(value)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: upgraded}, nil
}

// ValidateResourceConfig applies the standards' rules. The framework validates where one of the attributes is set that it has
// rules of its own for.
func (s *fastPath) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if req.TypeName != s.typeName {
		return s.ProviderServer.ValidateResourceConfig(ctx, req)
	}
	config, err := s.decode(req.Config)
	if err != nil || config.attrs == nil {
		return s.ProviderServer.ValidateResourceConfig(ctx, req)
	}
	for _, name := range s.validated {
		if !config.attrs[name].IsNull() {
			return s.ProviderServer.ValidateResourceConfig(ctx, req)
		}
	}
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: protocol(checkConfiguration(config))}, nil
}

// frameworkValidated returns the attributes that the framework has rules for: those that only the provider sets, those that are
// write-only, and those with validators at any depth.
func frameworkValidated(attributes map[string]schema.Attribute) []string {
	var out []string
	for name, a := range attributes {
		if validatedByFramework(a) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func validatedByFramework(a schema.Attribute) bool {
	if !a.IsOptional() || a.IsRequired() || a.IsWriteOnly() || a.GetDeprecationMessage() != "" {
		return true
	}
	switch a := a.(type) {
	case schema.StringAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.BoolAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.NumberAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.ListAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.SetAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.MapAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.DynamicAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil
	case schema.MapNestedAttribute:
		return len(a.Validators) > 0 || a.CustomType != nil || len(a.NestedObject.Validators) > 0 || len(frameworkValidated(a.NestedObject.Attributes)) > 0
	}
	// A kind of attribute that is not looked into here is the framework's.
	return true
}

// ReadResource refreshes a client.
func (s *fastPath) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	asked, ok := s.open(req.TypeName, req.Private, req.CurrentIdentity, req.CurrentState)
	if !ok || asked.objects[0].attrs == nil || !asked.objects[0].attrs[attrIAT].IsNull() {
		return s.ProviderServer.ReadResource(ctx, req)
	}
	state := asked.objects[0]
	before := state.clone()
	out := readClient(ctx, asked.server, state, asked.record)
	resp := &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, Diagnostics: protocol(out.diags)}
	var err error
	switch {
	case out.gone:
		resp.NewState, err = s.nothing()
	case out.record != nil:
		if resp.NewState, err = s.encodeChanged(state, before, req.CurrentState); err == nil && (len(req.Private) == 0 || !reflect.DeepEqual(*out.record, asked.record)) {
			resp.Private, err = closePrivate(*out.record)
		}
	}
	if err == nil {
		resp.NewIdentity, err = protocolIdentity(identityOf(asked.server, state))
	}
	return resp, err
}

// request is what a call is asked with, decoded. The objects are those that were given, without attributes where they are null.
type request struct {
	server  *authserver.Server
	objects []object
	record  reconcile.Record
}

// open decodes all that a request has, for the framework does so too: ok is false where something cannot be decoded, is missing or is
// unknown as a whole, where the type is not ours, and before the provider is configured. The framework answers then.
//
// All of it: a plan that left alone what it does not use took a state of another shape for none, and planned a second client.
func (s *fastPath) open(typeName string, private []byte, identity *tfprotov6.ResourceIdentityData, values ...*tfprotov6.DynamicValue) (r request, ok bool) {
	if r.server = s.provider.server(); r.server == nil || typeName != s.typeName || !identified(identity) {
		return r, false
	}
	var err error
	var before *tfprotov6.DynamicValue
	var o object
	for _, v := range values {
		// Where nothing changes, what is proposed is the state before to the byte.
		if sameBytes(v, before) && o.attrs != nil {
			o = o.clone()
		} else if o, err = s.decode(v); err != nil {
			return r, false
		}
		r.objects, before = append(r.objects, o), v
	}
	r.record, err = openPrivate(private)
	return r, err == nil
}

func sameBytes(a, b *tfprotov6.DynamicValue) bool {
	return a != nil && b != nil && len(a.MsgPack) > 0 && bytes.Equal(a.MsgPack, b.MsgPack)
}

// decode decodes a value of our resource type; a null one has no attributes. One that is missing or unknown as a whole is an error, and so is
// a set that holds one element twice: Terraform has none, the framework refuses it.
func (s *fastPath) decode(v *tfprotov6.DynamicValue) (object, error) {
	if v == nil {
		return object{}, errors.New("missing")
	}
	o, err := s.codec.decode(v.MsgPack)
	if err != nil {
		raw, err := v.Unmarshal(s.codec.typ)
		if err != nil || raw.IsNull() {
			return object{}, err
		}
		if o, err = open(raw); err != nil {
			return object{}, err
		}
	}
	return o, s.codec.checkSets(o)
}

// nothing is the null value.
func (s *fastPath) nothing() (*tfprotov6.DynamicValue, error) {
	dv, err := tfprotov6.NewDynamicValue(s.codec.typ, tftypes.NewValue(s.codec.typ, nil))
	return &dv, err
}

// encodeChanged encodes an object, or gives back the value that it was decoded from where it is still the same as before.
func (s *fastPath) encodeChanged(o, before object, decodedFrom *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	if o.same(before) {
		return decodedFrom, nil
	}
	return s.codec.encode(o)
}

// same reports whether both hold the same values; false may also mean that this cannot be told at little cost.
func (o object) same(other object) bool {
	if len(o.attrs) != len(other.attrs) {
		return false
	}
	for name, v := range o.attrs {
		w, there := other.attrs[name]
		// Value.Equal walks both by their paths, which costs more than to encode them. Most values are null.
		if !there || (!(v.IsNull() && w.IsNull() && v.Type().Equal(w.Type())) && !reflect.DeepEqual(v, w)) {
			return false
		}
	}
	return true
}

// openPrivate reads private state as closePrivate writes it, in the framework's form: a JSON object of base64 values by key. Anything else,
// other keys and a record that is not packed among it, is an error and the framework's to tell apart: it drops some of it, refuses some,
// and takes away its own mark of an import.
func openPrivate(private []byte) (reconcile.Record, error) {
	if len(private) == 0 {
		return reconcile.Record{}, nil
	}
	var keys map[string][]byte
	if err := jsonvalue.Into(private, &keys); err != nil {
		return reconcile.Record{}, err
	}
	content := keys[recordKey]
	if private[0] != '{' || len(keys) != 1 || len(content) == 0 || content[0] != '"' {
		return reconcile.Record{}, errors.New("private state of another form")
	}
	return reconcile.Unpack(content)
}

func closePrivate(record reconcile.Record) ([]byte, error) {
	content, err := record.Pack()
	if err != nil {
		return nil, err
	}
	return jsonvalue.Encode(map[string][]byte{recordKey: content})
}

// identified reports whether an identity, which a call may lack, is one that the framework can read.
func identified(identity *tfprotov6.ResourceIdentityData) bool {
	if identity == nil {
		return true
	}
	if identity.IdentityData == nil {
		return false
	}
	_, err := identity.IdentityData.Unmarshal(identityType)
	return err == nil
}

// protocolIdentity gives an identity in the protocol's form.
func protocolIdentity(v tftypes.Value) (*tfprotov6.ResourceIdentityData, error) {
	dv, err := tfprotov6.NewDynamicValue(identityType, v)
	return &tfprotov6.ResourceIdentityData{IdentityData: &dv}, err
}

// plannedIdentity is the identity of a plan: the one before, as the framework plans it too. What a plan cannot know of it is set by
// the apply.
func plannedIdentity(prior *tfprotov6.ResourceIdentityData) (*tfprotov6.ResourceIdentityData, error) {
	if prior != nil {
		return prior, nil
	}
	return protocolIdentity(tftypes.NewValue(identityType, nil))
}
