// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform's rules for what a provider plans and what it returns from an apply.

// planned plans and holds the plan to the configuration; a replacement is planned as the creation that it is, after a plan of a change that
// asks for it. What is tainted is only planned anew.
func (r *Rig) planned(ctx context.Context, c *Resource, config Attrs, tainted bool) (*Plan, error) {
	configured := Values(r.tb, c.typ, config)
	if tainted && !c.State.IsNull() {
		return r.plannedAnew(ctx, c, configured, nil)
	}
	p, err := c.Plan(ctx, configured)
	if err != nil {
		return nil, err
	}
	r.checkPlan(c, configured, p)
	if p.Replaces {
		return r.plannedAnew(ctx, c, configured, p.private)
	}
	return p, nil
}

// plannedAnew plans the creation in a replacement. Terraform hands it the private state of the plan that asked for it, and tells of what it
// says only the errors.
func (r *Rig) plannedAnew(ctx context.Context, c *Resource, configured map[string]tftypes.Value, private []byte) (*Plan, error) {
	r.recorder.onlyErrors(true)
	defer r.recorder.onlyErrors(false)
	created := *c
	created.State, created.Private, created.Identity = tftypes.NewValue(c.typ, nil), private, nil
	p, err := created.Plan(ctx, configured)
	if err != nil {
		return nil, err
	}
	r.checkPlan(&created, configured, p)
	p.Replaces = true
	return p, nil
}

// checkPlan holds a plan to the configuration ("Provider produced invalid plan").
func (r *Rig) checkPlan(c *Resource, configured map[string]tftypes.Value, p *Plan) {
	for _, path := range p.dropped {
		r.breach("a replacement is asked for over %s, which does not differ: Terraform makes an update", path)
	}
	prior, planned := Opened(r.tb, c.State), Opened(r.tb, p.Planned)
	for _, a := range c.schema.Block.Attributes {
		is, was := planned[a.Name], prior[a.Name]
		want, ok := configured[a.Name]
		switch {
		case a.WriteOnly:
			if !is.IsNull() {
				r.breach("invalid plan: %s is write-only and planned as %s", a.Name, is)
			}
		case ok && !want.IsNull():
			if !is.Equal(want) && (was.IsNull() || !is.Equal(was)) {
				r.breach("invalid plan: %s is configured as %s and planned as %s", a.Name, want, is)
			}
		case !a.Computed && !is.IsNull():
			r.breach("invalid plan: %s is not configured and planned as %s", a.Name, is)
		}
	}
}

// checkFinalPlan holds the plan in an apply to the one before ("Provider produced inconsistent final plan").
func (r *Rig) checkFinalPlan(name string, first, final *Plan) {
	if final.Replaces && !first.Replaces {
		r.breach("inconsistent final plan: %s is replaced now and was not", name)
	}
	r.checkFinalValues(name, first, final)
}

func (r *Rig) checkFinalValues(name string, first, final *Plan) {
	if at := Differs(first.Planned, final.Planned); at != "" {
		r.breach("inconsistent final plan: %s%s is not as planned first", name, at)
	}
}

// checkResult holds a result to the plan ("Provider produced inconsistent result after apply").
func (r *Rig) checkResult(name string, c *Resource, plan *Plan) {
	if c.State.IsNull() {
		r.breach("inconsistent result: %s has no state after an apply without an error", name)
		return
	}
	for attribute, now := range Opened(r.tb, c.State) {
		if !now.IsFullyKnown() {
			r.breach("inconsistent result: %s is not known after the apply: %s", attribute, now)
		}
	}
	if at := Differs(plan.Planned, c.State); at != "" {
		at = strings.TrimPrefix(at, ".")
		attribute, _, _ := strings.Cut(strings.ReplaceAll(at, "[", "."), ".")
		r.breach("inconsistent result: %s is not as planned: %s was planned as %s and is %s", at, attribute,
			Opened(r.tb, plan.Planned)[attribute], Opened(r.tb, c.State)[attribute])
	}
}

// Differs returns the place of a value that was planned as known and is another one now, or "". What was planned as unknown may
// become anything of its type.
func Differs(planned, now tftypes.Value) string {
	if !Conforms(now.Type(), planned.Type()) {
		return "."
	}
	if !planned.IsKnown() {
		return ""
	}
	if planned.IsNull() != now.IsNull() || !now.IsKnown() {
		return "."
	}
	if planned.IsNull() {
		return ""
	}
	if planned.Equal(now) {
		return ""
	}
	return differingPart(planned, now)
}

func differingPart(planned, now tftypes.Value) string {
	var was, is map[string]tftypes.Value
	if planned.As(&was) == nil && now.As(&is) == nil {
		for _, name := range slices.Sorted(maps.Keys(was)) {
			v, there := is[name]
			if !there {
				return "." + name
			}
			if at := Differs(was[name], v); at != "" {
				return "." + name + strings.TrimSuffix(at, ".")
			}
		}
		if len(was) != len(is) {
			return "."
		}
		return ""
	}
	var before, after []tftypes.Value
	if planned.As(&before) != nil || now.As(&after) != nil {
		return "." // of a simple type, and another one
	}
	if planned.Type().Is(tftypes.Set{}) {
		return differingSet(before, after)
	}
	if len(before) != len(after) {
		return "."
	}
	for i := range before {
		if at := Differs(before[i], after[i]); at != "" {
			return fmt.Sprintf("[%d]%s", i, strings.TrimSuffix(at, "."))
		}
	}
	return ""
}

// differingSet holds each element of the one to some element of the other. Two that were unknown may become one.
func differingSet(planned, now []tftypes.Value) string {
	fits := func(planned, now tftypes.Value) bool { return Differs(planned, now) == "" }
	for _, was := range planned {
		if !slices.ContainsFunc(now, func(is tftypes.Value) bool { return fits(was, is) }) {
			return "."
		}
	}
	for _, is := range now {
		if !slices.ContainsFunc(planned, func(was tftypes.Value) bool { return fits(was, is) }) {
			return "."
		}
	}
	if len(now) > len(planned) {
		return "."
	}
	return ""
}
