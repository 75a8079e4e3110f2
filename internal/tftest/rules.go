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

// planned plans and holds the plan to the configuration ("Provider produced invalid plan").
func (r *Rig) planned(ctx context.Context, c *Resource, config Attrs, tainted bool) (*Plan, error) {
	configured := Values(r.tb, c.typ, config)
	p, err := c.Plan(ctx, configured)
	if err != nil {
		return nil, err
	}
	if (p.Replaces || tainted) && !c.State.IsNull() {
		// Terraform plans a replacement again as the creation that it is.
		created := *c
		created.State, created.Private = tftypes.NewValue(c.typ, nil), nil
		if p, err = created.Plan(ctx, configured); err != nil {
			return nil, err
		}
		p.Replaces = true
		return p, nil
	}
	prior, planned := Opened(r.tb, c.State), Opened(r.tb, p.Planned)
	for _, a := range c.schema.Block.Attributes {
		is, was := planned[a.Name], prior[a.Name]
		want, ok := configured[a.Name]
		switch {
		case a.WriteOnly:
			if !is.IsNull() {
				r.breach("invalid plan: %s is write-only and has a value", a.Name)
			}
		case ok && !want.IsNull():
			if !is.Equal(want) && (was.IsNull() || !is.Equal(was)) {
				r.breach("invalid plan: %s is not planned as configured", a.Name)
			}
		case !a.Computed && !is.IsNull():
			r.breach("invalid plan: %s is not configured and has a value", a.Name)
		}
	}
	return p, nil
}

// checkResult holds a result to the plan ("Provider produced inconsistent result after apply").
func (r *Rig) checkResult(name string, c *Resource, plan *Plan) {
	if c.State.IsNull() {
		r.breach("inconsistent result: %s has no state after an apply without an error", name)
		return
	}
	for attribute, now := range Opened(r.tb, c.State) {
		if !now.IsFullyKnown() {
			r.breach("inconsistent result: %s is unknown after the apply", attribute)
		}
	}
	if at := Differs(plan.Planned, c.State); at != "" {
		r.breach("inconsistent result: %s is not as planned", strings.TrimPrefix(at, "."))
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
