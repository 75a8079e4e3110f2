// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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

// UpgradeResourceState gives a state of the current version back as it is.
func (s *fastPath) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req.TypeName != s.typeName || req.Version != s.version || req.RawState == nil {
		return s.ProviderServer.UpgradeResourceState(ctx, req)
	}
	value, err := s.codec.decodeJSON(req.RawState.JSON)
	if err != nil {
		resp, err := s.ProviderServer.UpgradeResourceState(ctx, req)
		if err == nil && len(resp.Diagnostics) > 0 {
			resp.Diagnostics = protocol(diag.Diagnostics{stateUnreadable()}) // the framework's words quote the state
		}
		return resp, err
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
	config, ok := s.object(req.TypeName, req.Config)
	if !ok {
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
	state, ok := s.object(req.TypeName, req.CurrentState)
	server := s.provider.server()
	if !ok || server == nil {
		return s.ProviderServer.ReadResource(ctx, req)
	}
	keys, record, err := openPrivate(req.Private)
	if err != nil {
		return s.ProviderServer.ReadResource(ctx, req)
	}
	s.provider.busy.Add(1)
	defer s.provider.busy.Add(-1)
	before := state.clone()
	out := readClient(ctx, server, state, record)
	resp := &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, Diagnostics: protocol(out.diags)}
	switch {
	case out.gone:
		resp.NewState, err = s.nothing()
	case out.record != nil:
		if resp.NewState, err = s.encodeChanged(state, before, req.CurrentState); err == nil && (len(keys[recordKey]) == 0 || !reflect.DeepEqual(*out.record, record)) {
			resp.Private, err = closePrivate(keys, *out.record)
		}
	}
	if err == nil {
		resp.NewIdentity, err = protocolIdentity(identityOf(server, state))
	}
	return resp, err
}

// PlanResourceChange plans a client.
func (s *fastPath) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	server := s.provider.server()
	if server != nil && s.isNull(req.TypeName, req.ProposedNewState) {
		// A deletion has no choice to make.
		identity, err := plannedIdentity(req.PriorIdentity)
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: identity}, err
	}
	plan, ok := s.object(req.TypeName, req.ProposedNewState)
	if !ok || server == nil {
		return s.ProviderServer.PlanResourceChange(ctx, req)
	}
	_, record, err := openPrivate(req.PriorPrivate)
	if err != nil {
		return s.ProviderServer.PlanResourceChange(ctx, req)
	}
	proposed := plan.clone()
	// Write-only values are in no plan.
	plan.setText(attrIAT, "")
	var out planned
	if state, exists := s.prior(req, proposed); exists {
		out = planChange(ctx, server, plan, state, record)
	} else {
		out = planNew(ctx, server, plan)
	}
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: req.PriorPrivate, Diagnostics: protocol(out.diags)}
	for _, p := range out.replace {
		resp.RequiresReplace = append(resp.RequiresReplace, attributePath(p))
	}
	if resp.PlannedState, err = s.encodeChanged(plan, proposed, req.ProposedNewState); err == nil {
		resp.PlannedIdentity, err = plannedIdentity(req.PriorIdentity)
	}
	return resp, err
}

// prior is the state before a change. Where nothing changes it is what is proposed to the byte, which is not decoded again.
func (s *fastPath) prior(req *tfprotov6.PlanResourceChangeRequest, proposed object) (object, bool) {
	if before, after := req.PriorState, req.ProposedNewState; before != nil && len(before.MsgPack) > 0 && bytes.Equal(before.MsgPack, after.MsgPack) {
		return proposed.clone(), true
	}
	return s.object(req.TypeName, req.PriorState)
}

// isNull reports whether a value of our resource type is null.
func (s *fastPath) isNull(typeName string, v *tfprotov6.DynamicValue) bool {
	if typeName != s.typeName || v == nil {
		return false
	}
	null, err := v.IsNull()
	return err == nil && null
}

// object decodes a value of our resource type that is neither null nor unknown.
func (s *fastPath) object(typeName string, v *tfprotov6.DynamicValue) (object, bool) {
	if typeName != s.typeName || v == nil {
		return object{}, false
	}
	o, null, err := s.decode(v)
	return o, err == nil && !null
}

// decode decodes a value of our resource type; one that is unknown as a whole is an error.
func (s *fastPath) decode(v *tfprotov6.DynamicValue) (o object, null bool, err error) {
	if o, err = s.codec.decode(v.MsgPack); err == nil {
		return o, false, nil
	}
	raw, err := v.Unmarshal(s.codec.typ)
	if err != nil || raw.IsNull() {
		return object{}, true, err
	}
	o, err = open(raw)
	return o, false, err
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

// openPrivate reads private state in the framework's form: a JSON object of base64 values by key.
func openPrivate(private []byte) (map[string][]byte, reconcile.Record, error) {
	keys := map[string][]byte{}
	if len(private) > 0 {
		if err := json.Unmarshal(private, &keys); err != nil {
			return nil, reconcile.Record{}, err
		}
	}
	if keys == nil {
		keys = map[string][]byte{} // null is JSON, too
	}
	content := keys[recordKey]
	if len(content) == 0 {
		return keys, reconcile.Record{}, nil
	}
	record, err := reconcile.Unpack(content)
	return keys, record, err
}

func closePrivate(keys map[string][]byte, record reconcile.Record) ([]byte, error) {
	content, err := record.Pack()
	if err != nil {
		return nil, err
	}
	keys[recordKey] = content
	return json.Marshal(keys)
}

// protocol gives diagnostics in the protocol's form.
func protocol(diags diag.Diagnostics) []*tfprotov6.Diagnostic {
	var out []*tfprotov6.Diagnostic
	for _, d := range diags {
		p := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: d.Summary(), Detail: d.Detail()}
		if d.Severity() == diag.SeverityWarning {
			p.Severity = tfprotov6.DiagnosticSeverityWarning
		}
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			p.Attribute = attributePath(at.Path())
		}
		out = append(out, p)
	}
	return out
}

func attributePath(p path.Path) *tftypes.AttributePath {
	out := tftypes.NewAttributePath()
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			out = out.WithAttributeName(string(step))
		case path.PathStepElementKeyInt:
			out = out.WithElementKeyInt(int(step))
		case path.PathStepElementKeyString:
			out = out.WithElementKeyString(string(step))
		default:
			// A step into a set has no counterpart that is worth its trouble: the set itself is named.
			return out
		}
	}
	return out
}
