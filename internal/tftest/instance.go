// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Instance is one resource in the state of a Rig, for tests that take it through its life step by step and look at it in between. A step
// fails the test where it fails or breaks one of Terraform's rules; those that begin with Try return the error. The Resource in it is
// the same object at the plugin protocol, with a call of it alone and nothing held to any rule.
type Instance struct {
	*Resource // nil before the rig's first process

	rig     *Rig
	Tainted bool
	said    int       // diagnostics of the rig before Begin
	maker   *Provider // the process that created the object
}

// Rig is the working directory that the instance is in.
func (i *Instance) Rig() *Rig { return i.rig }

// bind moves the instance to a process, its state with it.
func (i *Instance) bind(p *Provider) error {
	next, err := p.Resource(i.rig.typeName)
	if err != nil {
		return err
	}
	if i.Resource != nil {
		next.State, next.Private, next.Identity = i.State, i.Private, i.Identity
	}
	i.Resource = next
	return nil
}

// exists reports whether the instance is in the state.
func (i *Instance) exists() bool { return i.Resource != nil && !i.State.IsNull() }

// Drop takes the instance out of the state, as `terraform state rm` does.
func (i *Instance) Drop() {
	if i.Resource != nil {
		i.State, i.Private, i.Identity = tftypes.NewValue(i.typ, nil), nil, nil
	}
	i.Tainted = false
}

// Begin has Said begin anew. The steps that refresh begin anew themselves.
func (i *Instance) Begin() { i.said = len(i.rig.Told()) }

// Said are the diagnostics of the rig since Begin.
func (i *Instance) Said() []*tfprotov6.Diagnostic { return i.rig.Told()[i.said:] }

// Values makes attributes of the resource from Go's values.
func (i *Instance) Values(config Attrs) map[string]tftypes.Value {
	i.rig.tb.Helper()
	return Values(i.rig.tb, i.typ, config)
}

// Object makes a whole configuration from Go's values, nil for none.
func (i *Instance) Object(config Attrs) tftypes.Value {
	i.rig.tb.Helper()
	if config == nil {
		return tftypes.NewValue(i.typ, nil)
	}
	v, err := object(i.typ, i.Values(config))
	if err != nil {
		i.rig.tb.Fatalf("%v", err)
	}
	return v
}

// Encoded is a value of the resource as the protocol has it.
func (i *Instance) Encoded(v tftypes.Value) *tfprotov6.DynamicValue {
	i.rig.tb.Helper()
	dv, err := i.dynamic(v)
	if err != nil {
		i.rig.tb.Fatalf("%v", err)
	}
	return dv
}

// Decoded is a value of the resource from the protocol; nil is none.
func (i *Instance) Decoded(dv *tfprotov6.DynamicValue) tftypes.Value {
	i.rig.tb.Helper()
	if dv == nil {
		return tftypes.NewValue(i.typ, nil)
	}
	v, err := dv.Unmarshal(i.typ)
	if err != nil {
		i.rig.tb.Fatalf("%v", err)
	}
	return v
}

// Value is an attribute of the state.
func (i *Instance) Value(name string) tftypes.Value {
	i.rig.tb.Helper()
	return Opened(i.rig.tb, i.State)[name]
}

// Reread reads the resource as the beginning of a plan does, if there is one.
func (i *Instance) Reread() error {
	i.rig.tb.Helper()
	if i.State.IsNull() {
		return nil
	}
	return i.Refresh(context.Background())
}

// TryPlan refreshes and plans.
func (i *Instance) TryPlan(config Attrs) (*Plan, error) {
	i.rig.tb.Helper()
	i.Begin()
	if err := i.Reread(); err != nil {
		return nil, err
	}
	return i.PlanOnly(config)
}

// PlanOnly plans without a refresh.
func (i *Instance) PlanOnly(config Attrs) (*Plan, error) {
	i.rig.tb.Helper()
	defer i.report(len(i.rig.broken))
	configured := i.Values(config)
	ctx := context.Background()
	if i.Tainted && i.exists() {
		p, err := i.rig.plannedAnew(ctx, i.Resource, configured, nil)
		return p, err
	}
	p, err := i.Resource.Plan(ctx, configured)
	if err != nil {
		return nil, err
	}
	i.rig.checkPlan(i.Resource, configured, p)
	if p.Replaces {
		_, err = i.rig.plannedAnew(ctx, i.Resource, configured, p.private)
	}
	return p, err
}

// report fails the test for the breaches of Terraform's rules since a step began.
func (i *Instance) report(before int) {
	i.rig.tb.Helper()
	for _, breach := range i.rig.broken[before:] {
		i.rig.tb.Errorf("%s", breach)
	}
}

// Plan refreshes and plans.
func (i *Instance) Plan(config Attrs) *Plan {
	i.rig.tb.Helper()
	p, err := i.TryPlan(config)
	if err != nil {
		i.rig.tb.Fatalf("plan: %v", err)
	}
	return p
}

// PlanAgain plans a configuration whose unknown values are known by now, as Terraform does in an apply, and holds the second plan to
// the first.
func (i *Instance) PlanAgain(then, now Attrs) (*Plan, error) {
	i.rig.tb.Helper()
	first, err := i.PlanOnly(then)
	if err != nil {
		return nil, err
	}
	second, err := i.PlanOnly(now)
	if err != nil {
		return nil, err
	}
	defer i.report(len(i.rig.broken))
	i.rig.checkFinalPlan("the resource", first, second)
	return second, nil
}

// Anew reports whether a plan makes another object: by Terraform's replacement, or by an update after which an identifying attribute
// is another.
func (i *Instance) Anew(p *Plan, identifying string) bool {
	return p.Replaces || !i.State.IsNull() && p.Unknown(identifying)
}

// Changes are the attributes that a plan changes, sorted.
func (i *Instance) Changes(p *Plan) []string {
	i.rig.tb.Helper()
	prior := Opened(i.rig.tb, i.State)
	var names []string
	for name, v := range Opened(i.rig.tb, p.Planned) {
		if was, ok := prior[name]; !ok && !v.IsNull() || ok && !was.Equal(v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ManagedChanges leaves out what the server assigns.
func (i *Instance) ManagedChanges(p *Plan) []string {
	i.rig.tb.Helper()
	return slices.DeleteFunc(i.Changes(p), func(name string) bool {
		return slices.ContainsFunc(i.schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name && a.Computed })
	})
}

// Describe tells the changes of a plan with their values.
func (i *Instance) Describe(p *Plan) string {
	i.rig.tb.Helper()
	prior, planned := Opened(i.rig.tb, i.State), Opened(i.rig.tb, p.Planned)
	var lines []string
	for _, name := range i.Changes(p) {
		lines = append(lines, fmt.Sprintf("%s: %s -> %s", name, prior[name], planned[name]))
	}
	return strings.Join(lines, "\n")
}

// TryApply refreshes, plans and applies; a tainted or replaced object is deleted first.
func (i *Instance) TryApply(config Attrs) error {
	i.rig.tb.Helper()
	p, err := i.TryPlan(config)
	if err != nil {
		return err
	}
	if i.Tainted || p.Replaces {
		if i.Tainted {
			i.Private = nil // Terraform hands the deletion of a tainted object no private state.
		}
		if err := i.DestroyUnread(); err != nil {
			return err
		}
		i.Tainted, i.Private, i.Identity = false, nil, nil
		if p, err = i.PlanOnly(config); err != nil {
			return err
		}
	}
	if i.Empty(p) {
		return nil
	}
	return i.ApplyPlan(p)
}

// ApplyPlan carries a plan out.
func (i *Instance) ApplyPlan(p *Plan) error {
	i.rig.tb.Helper()
	defer i.report(len(i.rig.broken))
	creating := i.State.IsNull()
	if creating {
		i.maker = i.rig.provider
	}
	if err := i.Resource.Apply(context.Background(), p); err != nil {
		i.Tainted = creating && !i.State.IsNull()
		return err
	}
	if i.State.IsNull() {
		i.rig.tb.Fatalf("inconsistent result: there is no state after an apply without an error")
	}
	i.rig.checkResult("the resource", i.Resource, p)
	return nil
}

// Apply refreshes, plans and applies.
func (i *Instance) Apply(config Attrs) {
	i.rig.tb.Helper()
	if err := i.TryApply(config); err != nil {
		i.rig.tb.Fatalf("apply: %v", err)
	}
}

// WantEmpty refreshes and plans, and wants nothing to do.
func (i *Instance) WantEmpty(config Attrs) {
	i.rig.tb.Helper()
	p := i.Plan(config)
	if !i.Empty(p) {
		i.rig.tb.Fatalf("the plan is not empty: it changes %v", i.Describe(p))
	}
	if p.Replaces {
		i.rig.tb.Fatalf("the plan is empty and yet replaces")
	}
}

// TryDestroy refreshes and destroys.
func (i *Instance) TryDestroy() error {
	i.rig.tb.Helper()
	i.Begin()
	if err := i.Reread(); err != nil || i.State.IsNull() {
		return err
	}
	return i.DestroyUnread()
}

// DestroyUnread deletes the object without a refresh, by another process than the one that created it: no run of Terraform destroys what it has made.
func (i *Instance) DestroyUnread() error {
	if i.maker == i.rig.provider {
		if err := i.rig.Start(i.rig.valid); err != nil {
			return err
		}
	}
	return i.Resource.Destroy(context.Background())
}

// Destroy refreshes and destroys.
func (i *Instance) Destroy() {
	i.rig.tb.Helper()
	if err := i.TryDestroy(); err != nil {
		i.rig.tb.Fatalf("destroy: %v", err)
	}
	if !i.State.IsNull() {
		i.rig.tb.Fatalf("there is a state after the destroy")
	}
}

// TryImport imports the resource and reads it, and saves it where both succeed.
func (i *Instance) TryImport(req *tfprotov6.ImportResourceStateRequest) error {
	i.rig.tb.Helper()
	ctx := context.Background()
	req.TypeName = i.typeName
	resp, err := i.p.Server.ImportResourceState(ctx, req)
	if err != nil {
		return err
	}
	if _, err := judge(resp.Diagnostics); err != nil {
		return err
	}
	if len(resp.ImportedResources) != 1 {
		return fmt.Errorf("%d imported resources", len(resp.ImportedResources))
	}
	c, err := i.p.Resource(i.typeName)
	if err != nil {
		return err
	}
	if c.State, err = resp.ImportedResources[0].State.Unmarshal(c.typ); err != nil {
		return err
	}
	c.Private, c.Identity = resp.ImportedResources[0].Private, resp.ImportedResources[0].Identity
	if err := c.Refresh(ctx); err != nil {
		return err
	}
	if c.State.IsNull() {
		return errNothingImported
	}
	i.State, i.Private, i.Identity, i.Tainted = c.State, c.Private, c.Identity, false
	return nil
}
