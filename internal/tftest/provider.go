// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package tftest drives a provider at the plugin protocol as Terraform does, without a CLI: validate, plan, apply, read, over
// the encoded messages. It is for benchmarks and for tests that need many steps; whether Terraform itself accepts the
// answers is for tests with a CLI to show.
package tftest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Provider is a configured provider.
type Provider struct {
	Server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

var (
	schemasMu     sync.Mutex
	commonSchemas *tfprotov6.GetProviderSchemaResponse
)

// Schemas returns the provider's schemas, built by the first provider of this process that is asked. They depend on nothing that a
// test can set, and building them anew for each start took a third of the time of tests that start a provider for each step.
// Nobody may change what it returns.
func Schemas(ctx context.Context, server tfprotov6.ProviderServer) (*tfprotov6.GetProviderSchemaResponse, error) {
	schemasMu.Lock()
	defer schemasMu.Unlock()
	if commonSchemas != nil {
		return commonSchemas, nil
	}
	answer, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	if _, err := judge(answer.Diagnostics); err != nil {
		return nil, err
	}
	commonSchemas = answer
	return commonSchemas, nil
}

// Start configures a provider with the given attributes; the others are null.
func Start(ctx context.Context, server tfprotov6.ProviderServer, config map[string]tftypes.Value) (*Provider, error) {
	schemas, err := Schemas(ctx, server)
	if err != nil {
		return nil, err
	}
	p := &Provider{Server: server, schemas: schemas}
	return p, p.configure(ctx, config, false)
}

// configure configures, and validates before if asked to.
func (p *Provider) configure(ctx context.Context, config map[string]tftypes.Value, validate bool) error {
	value, err := encode(p.schemas.Provider, config)
	if err != nil {
		return err
	}
	if validate {
		validated, err := p.Server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: value})
		if err != nil {
			return err
		}
		if _, err := judge(validated.Diagnostics); err != nil {
			return err
		}
	}
	resp, err := p.Server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: value})
	if err != nil {
		return err
	}
	_, err = judge(resp.Diagnostics)
	return err
}

// Diagnostics are an error's.
type Diagnostics []*tfprotov6.Diagnostic

// Error implements error.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for _, x := range d {
		fmt.Fprintf(&b, "%s: %s\n%s\n\n", x.Severity, x.Summary, x.Detail)
	}
	return b.String()
}

// judge gives warnings, and an error where there is one among the diagnostics.
func judge(all []*tfprotov6.Diagnostic) ([]string, error) {
	var warnings []string
	var errs Diagnostics
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, d)
			continue
		}
		warnings = append(warnings, d.Summary)
	}
	if len(errs) > 0 {
		return warnings, errs
	}
	return warnings, nil
}

// encode makes an object of the schema from some of its attributes.
func encode(schema *tfprotov6.Schema, attributes map[string]tftypes.Value) (*tfprotov6.DynamicValue, error) {
	t := schema.ValueType()
	value, err := object(t, attributes)
	if err != nil {
		return nil, err
	}
	dv, err := tfprotov6.NewDynamicValue(t, value)
	return &dv, err
}

func object(t tftypes.Type, attributes map[string]tftypes.Value) (tftypes.Value, error) {
	typ, ok := t.(tftypes.Object)
	if !ok {
		return tftypes.Value{}, errors.New("the schema is no object")
	}
	all := make(map[string]tftypes.Value, len(typ.AttributeTypes))
	for name, at := range typ.AttributeTypes {
		if v, ok := attributes[name]; ok {
			all[name] = v
			continue
		}
		all[name] = tftypes.NewValue(at, nil)
	}
	for name := range attributes {
		if _, ok := typ.AttributeTypes[name]; !ok {
			return tftypes.Value{}, fmt.Errorf("the schema has no attribute %s", name)
		}
	}
	return tftypes.NewValue(t, all), nil
}

// Resource is one object of a resource type, with the state that Terraform would keep.
type Resource struct {
	p        *Provider
	typeName string
	schema   *tfprotov6.Schema
	typ      tftypes.Object

	State    tftypes.Value
	Private  []byte
	Warnings []string // of the last call
}

// Resource makes an object that does not exist yet.
func (p *Provider) Resource(typeName string) (*Resource, error) {
	schema, ok := p.schemas.ResourceSchemas[typeName]
	if !ok {
		return nil, fmt.Errorf("no resource type %s", typeName)
	}
	t, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		return nil, errors.New("the schema is no object")
	}
	return &Resource{p: p, typeName: typeName, schema: schema, typ: t, State: tftypes.NewValue(t, nil)}, nil
}

// Type is the type of the object's state.
func (r *Resource) Type() tftypes.Object { return r.typ }

// Schema is the resource type's.
func (r *Resource) Schema() *tfprotov6.Schema { return r.schema }

func (r *Resource) dynamic(v tftypes.Value) (*tfprotov6.DynamicValue, error) {
	dv, err := tfprotov6.NewDynamicValue(r.typ, v)
	return &dv, err
}

// Plan is a planned change.
type Plan struct {
	Planned  tftypes.Value
	config   *tfprotov6.DynamicValue
	value    *tfprotov6.DynamicValue
	private  []byte
	Replaces bool
}

// Unknown reports whether an attribute will be known only after the apply.
func (p *Plan) Unknown(attribute string) bool {
	var planned map[string]tftypes.Value
	return p.Planned.As(&planned) == nil && !planned[attribute].IsKnown()
}

// Refresh upgrades and reads, as at the beginning of a plan.
func (r *Resource) Refresh(ctx context.Context) error {
	state, err := r.dynamic(r.State)
	if err != nil {
		return err
	}
	resp, err := r.p.Server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: r.typeName, CurrentState: state, Private: r.Private})
	if err != nil {
		return err
	}
	if resp.NewState != nil {
		if r.State, err = resp.NewState.Unmarshal(r.typ); err != nil {
			return err
		}
		r.Private = resp.Private
	}
	r.Warnings, err = judge(resp.Diagnostics)
	return err
}

// Plan validates a configuration and plans it.
func (r *Resource) Plan(ctx context.Context, config map[string]tftypes.Value) (*Plan, error) {
	value, err := object(r.typ, config)
	if err != nil {
		return nil, err
	}
	encoded, err := r.dynamic(value)
	if err != nil {
		return nil, err
	}
	validated, err := r.p.Server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: r.typeName, Config: encoded})
	if err != nil {
		return nil, err
	}
	if _, err := judge(validated.Diagnostics); err != nil {
		return nil, err
	}
	return r.plan(ctx, encoded, r.Proposed(value, r.State))
}

func (r *Resource) plan(ctx context.Context, config *tfprotov6.DynamicValue, proposed tftypes.Value) (*Plan, error) {
	prior, err := r.dynamic(r.State)
	if err != nil {
		return nil, err
	}
	next, err := r.dynamic(proposed)
	if err != nil {
		return nil, err
	}
	resp, err := r.p.Server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: r.typeName, PriorState: prior, ProposedNewState: next, Config: config, PriorPrivate: r.Private,
	})
	if err != nil {
		return nil, err
	}
	if r.Warnings, err = judge(resp.Diagnostics); err != nil {
		return nil, err
	}
	planned, err := resp.PlannedState.Unmarshal(r.typ)
	return &Plan{Planned: planned, config: config, value: resp.PlannedState, private: resp.PlannedPrivate, Replaces: len(resp.RequiresReplace) > 0}, err
}

// Proposed merges a configuration with a state as Terraform does: what is configured, else what was computed before.
func (r *Resource) Proposed(config, state tftypes.Value) tftypes.Value {
	var configured, prior map[string]tftypes.Value
	if config.IsNull() || config.As(&configured) != nil {
		return config
	}
	if !state.IsNull() {
		_ = state.As(&prior)
	}
	out := make(map[string]tftypes.Value, len(configured))
	for _, a := range r.schema.Block.Attributes {
		v := configured[a.Name]
		switch {
		case a.WriteOnly:
			v = tftypes.NewValue(v.Type(), nil)
		case v.IsNull() && a.Computed && prior != nil:
			v = prior[a.Name]
		}
		out[a.Name] = v
	}
	return tftypes.NewValue(r.typ, out)
}

// Empty reports whether the plan changes nothing.
func (r *Resource) Empty(p *Plan) bool { return p.Planned.Equal(r.State) }

// Apply carries a plan out and takes over the state that comes back, also beside an error.
func (r *Resource) Apply(ctx context.Context, p *Plan) error {
	prior, err := r.dynamic(r.State)
	if err != nil {
		return err
	}
	resp, err := r.p.Server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: r.typeName, PriorState: prior, PlannedState: p.value, Config: p.config, PlannedPrivate: p.private,
	})
	if err != nil {
		return err
	}
	if resp.NewState != nil {
		if r.State, err = resp.NewState.Unmarshal(r.typ); err != nil {
			return err
		}
		r.Private = resp.Private
	}
	r.Warnings, err = judge(resp.Diagnostics)
	return err
}

// Ensure plans a configuration and applies the plan unless it is empty.
func (r *Resource) Ensure(ctx context.Context, config map[string]tftypes.Value) error {
	p, err := r.Plan(ctx, config)
	if err != nil || r.Empty(p) {
		return err
	}
	if p.Replaces {
		return errors.New("the plan replaces the object")
	}
	return r.Apply(ctx, p)
}

// Destroy plans and applies the object's removal.
func (r *Resource) Destroy(ctx context.Context) error {
	none := tftypes.NewValue(r.typ, nil)
	config, err := r.dynamic(none)
	if err != nil {
		return err
	}
	p, err := r.plan(ctx, config, none)
	if err != nil {
		return err
	}
	return r.Apply(ctx, p)
}

// Text gives a string attribute of the state.
func (r *Resource) Text(name string) string {
	var attributes map[string]tftypes.Value
	var s string
	if r.State.IsNull() || r.State.As(&attributes) != nil {
		return ""
	}
	if v := attributes[name]; v.IsKnown() && !v.IsNull() {
		_ = v.As(&s)
	}
	return s
}

// Strings is a list attribute's value.
func Strings(values ...string) tftypes.Value {
	elements := make([]tftypes.Value, 0, len(values))
	for _, v := range values {
		elements = append(elements, tftypes.NewValue(tftypes.String, v))
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// String is a string attribute's value.
func String(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
