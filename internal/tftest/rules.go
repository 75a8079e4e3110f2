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

// planned plans and holds the plan to the configuration; a replacement is planned as the creation that it is.
func (r *Rig) planned(ctx context.Context, c *Resource, config Attrs, tainted bool) (*Plan, error) {
	configured := Values(r.tb, c.typ, config)
	p, err := c.Plan(ctx, configured)
	if err != nil {
		return nil, err
	}
	if (p.Replaces || tainted) && !c.State.IsNull() {
		created := *c
		created.State, created.Private = tftypes.NewValue(c.typ, nil), nil
		if p, err = created.Plan(ctx, configured); err != nil {
			return nil, err
		}
		p.Replaces = true
		return p, nil
	}
	r.checkPlan(c, configured, p)
	return p, nil
}

// checkPlan holds a plan to the configuration ("Provider produced invalid plan").
func (r *Rig) checkPlan(c *Resource, configured map[string]tftypes.Value, p *Plan) {
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
// become anything.
func Differs(planned, now tftypes.Value) string {
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
	if planned.Type().Is(tftypes.Set{}) || planned.As(&before) != nil || now.As(&after) != nil {
		if planned.IsFullyKnown() && !planned.Equal(now) {
			return "."
		}
		return ""
	}
	if len(before) != len(after) || !planned.Type().Is(now.Type()) && planned.IsFullyKnown() {
		return "."
	}
	for i := range before {
		if at := Differs(before[i], after[i]); at != "" {
			return fmt.Sprintf("[%d]%s", i, strings.TrimSuffix(at, "."))
		}
	}
	return ""
}
