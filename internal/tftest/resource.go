// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Resource is one object of a resource type, with the state that Terraform would keep.
type Resource struct {
	p        *Provider
	typeName string
	schema   *tfprotov6.Schema
	typ      tftypes.Object

	State    tftypes.Value
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData // nil where no answer had one
	Warnings []string                        // of the last call
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
	identity *tfprotov6.ResourceIdentityData
	Replaces bool
	dropped  []*tftypes.AttributePath // that a replacement is asked for, and that do not differ
}

// Unknown reports whether an attribute will be known only after the apply.
func (p *Plan) Unknown(attribute string) bool {
	var planned map[string]tftypes.Value
	return p.Planned.As(&planned) == nil && !planned[attribute].IsKnown()
}

// Upgrade has the state go through its file, and the provider read it from there, as each command does before anything else.
func (r *Resource) Upgrade(ctx context.Context) error {
	raw, err := StateJSON(r.typ, r.State)
	if err != nil {
		return err
	}
	resp, err := r.p.Server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: r.typeName, Version: r.schema.Version, RawState: &tfprotov6.RawState{JSON: raw},
	})
	if err != nil {
		return err
	}
	if r.Warnings, err = judge(resp.Diagnostics); err != nil {
		return err
	}
	r.State, err = resp.UpgradedState.Unmarshal(r.typ)
	return err
}

// Refresh upgrades and reads, as at the beginning of a plan.
func (r *Resource) Refresh(ctx context.Context) error {
	if err := r.Upgrade(ctx); err != nil {
		return err
	}
	state, err := r.dynamic(r.State)
	if err != nil {
		return err
	}
	resp, err := r.p.Server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: r.typeName, CurrentState: state, Private: r.Private, CurrentIdentity: r.Identity})
	if err != nil {
		return err
	}
	return r.take(resp.NewState, resp.Private, resp.NewIdentity, resp.Diagnostics)
}

// take keeps what an answer saves, which Terraform does beside errors, too, and returns its errors.
func (r *Resource) take(state *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData, diagnostics []*tfprotov6.Diagnostic) (err error) {
	if state != nil {
		if r.State, err = state.Unmarshal(r.typ); err != nil {
			return err
		}
		r.Private, r.Identity = private, identity
	}
	if r.Warnings, err = judge(diagnostics); err != nil {
		return err
	}
	return r.identified()
}

// identified is the error of an answer whose identity Terraform does not take, or that has none: Terraform then forgets the one before.
func (r *Resource) identified() error {
	typ := r.p.identities[r.typeName]
	if typ == nil || r.State.IsNull() {
		return nil
	}
	if r.Identity == nil || r.Identity.IdentityData == nil {
		return errors.New("invalid identity: there is none")
	}
	switch v, err := r.Identity.IdentityData.Unmarshal(typ); {
	case err != nil:
		return fmt.Errorf("invalid identity: %w", err)
	case v.IsNull() || !v.IsFullyKnown():
		return fmt.Errorf("invalid identity: %s", v)
	}
	return nil
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
		TypeName: r.typeName, PriorState: prior, ProposedNewState: next, Config: config, PriorPrivate: r.Private, PriorIdentity: r.Identity,
	})
	if err != nil {
		return nil, err
	}
	if r.Warnings, err = judge(resp.Diagnostics); err != nil {
		return nil, err
	}
	planned, err := resp.PlannedState.Unmarshal(r.typ)
	if err != nil {
		return nil, err
	}
	p := &Plan{Planned: planned, config: config, value: resp.PlannedState, private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	if !r.State.IsNull() { // else it is a creation
		var kept []*tftypes.AttributePath
		if kept, p.dropped, err = differing(r.schema, resp.RequiresReplace, r.State, planned); err != nil {
			return nil, err
		}
		p.Replaces = len(kept) > 0
	}
	return p, nil
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
		TypeName: r.typeName, PriorState: prior, PlannedState: p.value, Config: p.config, PlannedPrivate: p.private, PlannedIdentity: p.identity,
	})
	if err != nil {
		return err
	}
	return r.take(resp.NewState, resp.Private, resp.NewIdentity, resp.Diagnostics)
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
