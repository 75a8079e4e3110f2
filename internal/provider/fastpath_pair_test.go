// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// serverPair is the provider as it is served and the framework's own server, which must give the same answers to the calls that the
// former takes upon itself.
type serverPair struct {
	*tftest.Instance // of the first of the two rigs
	t                *testing.T
	op               *fakeop.Server
	fast, full       tfprotov6.ProviderServer
}

func newServerPair(t *testing.T, op *fakeop.Server, settings attrs) *serverPair {
	t.Helper()
	op.Start(t)
	start := func(serve func(*provider.Provider) tfprotov6.ProviderServer) *tftest.Rig {
		r := newRigServing(t, func() *testclock.Clock { return testclock.New(atEpoch) }, serve)
		if err := r.Start(attrs{"issuer": op.Issuer()}.With(settings)); err != nil {
			t.Fatalf("configure: %v", err)
		}
		r.WantNoWarnings()
		return r
	}
	fast := start(func(p *provider.Provider) tfprotov6.ProviderServer { return p.Server() })
	full := start(func(p *provider.Provider) tfprotov6.ProviderServer { return p.ServerWithoutFastPath() })
	return &serverPair{Instance: fast.Another(), t: t, op: op, fast: fast.Server(), full: full.Server()}
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// sameDiagnostics compares diagnostics; their order may differ, where neither server promises one.
func sameDiagnostics(t failer, call string, fast, full []*tfprotov6.Diagnostic) bool {
	t.Helper()
	text := func(all []*tfprotov6.Diagnostic) []string {
		var out []string
		for _, d := range all {
			at := "-"
			if d.Attribute != nil {
				at = attributeName(d.Attribute)
			}
			out = append(out, fmt.Sprintf("%s at %s: %s | %s", d.Severity, at, d.Summary, d.Detail))
		}
		slices.Sort(out)
		return out
	}
	diff := cmp.Diff(text(full), text(fast))
	if diff != "" {
		t.Errorf("%s: diagnostics (-framework +fast path):\n%s", call, diff)
	}
	return diff == ""
}

func (x *serverPair) sameValues(t failer, call string, fast, full *tfprotov6.DynamicValue) {
	t.Helper()
	a, b := x.Decoded(fast), x.Decoded(full)
	if a.Equal(b) {
		return
	}
	mine, theirs := tftest.Opened(x.t, a), tftest.Opened(x.t, b)
	for name := range x.Type().AttributeTypes {
		if !mine[name].Equal(theirs[name]) {
			t.Errorf("%s: %s is %s by the fast path, %s by the framework", call, name, mine[name], theirs[name])
		}
	}
	if a.IsNull() != b.IsNull() {
		t.Errorf("%s: null is %v by the fast path, %v by the framework", call, a.IsNull(), b.IsNull())
	}
}

func samePrivate(t failer, call string, fast, full []byte) {
	t.Helper()
	open := func(b []byte) map[string]string {
		out := map[string]string{}
		if len(b) == 0 {
			return out
		}
		var keys map[string][]byte
		if err := json.Unmarshal(b, &keys); err != nil {
			return map[string]string{"malformed": string(b)}
		}
		for name, content := range keys {
			out[name] = string(content)
		}
		return out
	}
	if diff := cmp.Diff(open(full), open(fast)); diff != "" {
		t.Errorf("%s: private state (-framework +fast path):\n%s", call, diff)
	}
}

func (x *serverPair) validate(t failer, config tftypes.Value) bool {
	t.Helper()
	ok := true
	// A CLI that knows no write-only attributes must be told when one is set.
	for _, able := range []bool{false, true} {
		req := func() *tfprotov6.ValidateResourceConfigRequest {
			return &tfprotov6.ValidateResourceConfigRequest{
				TypeName: clientType, Config: x.Encoded(config), ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: able},
			}
		}
		a, errA := x.fast.ValidateResourceConfig(context.Background(), req())
		b, errB := x.full.ValidateResourceConfig(context.Background(), req())
		if errA != nil || errB != nil {
			t.Errorf("validate: %v, %v", errA, errB)
			return false
		}
		sameDiagnostics(t, "validate", a.Diagnostics, b.Diagnostics)
		ok = !failed(a.Diagnostics)
	}
	return ok
}

func (x *serverPair) plan(t failer, config, prior tftypes.Value, private []byte) *tfprotov6.PlanResourceChangeResponse {
	t.Helper()
	proposed := x.Proposed(config, prior)
	req := func() *tfprotov6.PlanResourceChangeRequest {
		return &tfprotov6.PlanResourceChangeRequest{
			TypeName: clientType, Config: x.Encoded(config), PriorState: x.Encoded(prior), ProposedNewState: x.Encoded(proposed), PriorPrivate: slices.Clone(private),
		}
	}
	a, errA := x.fast.PlanResourceChange(context.Background(), req())
	b, errB := x.full.PlanResourceChange(context.Background(), req())
	if errA != nil || errB != nil {
		t.Errorf("plan: %v, %v", errA, errB)
		return nil
	}
	sameDiagnostics(t, "plan", a.Diagnostics, b.Diagnostics)
	if failed(a.Diagnostics) {
		return nil // Terraform looks at nothing else then
	}
	x.sameValues(t, "plan", a.PlannedState, b.PlannedState)
	samePrivate(t, "plan", a.PlannedPrivate, b.PlannedPrivate)
	paths := func(all []*tftypes.AttributePath) []string {
		var out []string
		for _, p := range all {
			out = append(out, attributeName(p))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	if diff := cmp.Diff(paths(b.RequiresReplace), paths(a.RequiresReplace)); diff != "" {
		t.Errorf("plan: requires replace (-framework +fast path):\n%s", diff)
	}
	if (a.Deferred == nil) != (b.Deferred == nil) {
		t.Errorf("plan: %+v by the fast path, %+v by the framework", a, b)
	}
	sameIdentity(t, "plan", a.PlannedIdentity, b.PlannedIdentity)
	return a
}

func sameIdentity(t failer, call string, fast, full *tfprotov6.ResourceIdentityData) {
	t.Helper()
	open := func(d *tfprotov6.ResourceIdentityData) string {
		if d == nil {
			return "none"
		}
		v, err := d.IdentityData.Unmarshal(identityType)
		if err != nil {
			return err.Error()
		}
		return v.String()
	}
	if a, b := open(fast), open(full); a != b {
		t.Errorf("%s: the identity is %s by the fast path, %s by the framework", call, a, b)
	}
}

func (x *serverPair) read(t failer, state tftypes.Value, private []byte) (tftypes.Value, []byte) {
	t.Helper()
	req := func() *tfprotov6.ReadResourceRequest {
		return &tfprotov6.ReadResourceRequest{TypeName: clientType, CurrentState: x.Encoded(state), Private: slices.Clone(private)}
	}
	a, errA := x.fast.ReadResource(context.Background(), req())
	b, errB := x.full.ReadResource(context.Background(), req())
	if errA != nil || errB != nil {
		t.Errorf("read: %v, %v", errA, errB)
		return state, private
	}
	sameDiagnostics(t, "read", a.Diagnostics, b.Diagnostics)
	if failed(a.Diagnostics) {
		return state, private
	}
	x.sameValues(t, "read", a.NewState, b.NewState)
	sameIdentity(t, "read", a.NewIdentity, b.NewIdentity)
	if v := x.Decoded(a.NewState); !v.IsNull() {
		samePrivate(t, "read", a.Private, b.Private)
		return v, a.Private
	}
	return x.Decoded(a.NewState), nil
}

func (x *serverPair) upgrade(t failer, version int64, raw []byte) {
	t.Helper()
	req := func() *tfprotov6.UpgradeResourceStateRequest {
		return &tfprotov6.UpgradeResourceStateRequest{TypeName: clientType, Version: version, RawState: &tfprotov6.RawState{JSON: raw}}
	}
	a, errA := x.fast.UpgradeResourceState(context.Background(), req())
	b, errB := x.full.UpgradeResourceState(context.Background(), req())
	if (errA != nil) != (errB != nil) {
		t.Errorf("upgrade: %v by the fast path, %v by the framework", errA, errB)
	}
	if errA != nil || errB != nil {
		return
	}
	sameDiagnostics(t, "upgrade", a.Diagnostics, b.Diagnostics)
	if !failed(a.Diagnostics) {
		x.sameValues(t, "upgrade", a.UpgradedState, b.UpgradedState)
	}
}

// register applies a create by the fast path's server; ok is false where the configuration cannot be registered.
func (x *serverPair) register(config tftypes.Value) (state tftypes.Value, private []byte, ok bool) {
	none := tftypes.NewValue(x.Type(), nil)
	planned, err := x.fast.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: clientType, Config: x.Encoded(config), PriorState: x.Encoded(none), ProposedNewState: x.Encoded(x.Proposed(config, none)),
	})
	if err != nil || failed(planned.Diagnostics) {
		return none, nil, false
	}
	applied, err := x.fast.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: clientType, Config: x.Encoded(config), PriorState: x.Encoded(none), PlannedState: planned.PlannedState, PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil || failed(applied.Diagnostics) {
		return none, nil, false
	}
	return x.Decoded(applied.NewState), applied.Private, true
}

// json gives a state as Terraform keeps it.
func (x *serverPair) json(v tftypes.Value) []byte {
	x.t.Helper()
	return stateJSON(x.t, x.Type(), v)
}

func stateJSON(t tftest.TB, typ tftypes.Object, v tftypes.Value) []byte {
	t.Helper()
	b, err := tftest.StateJSON(typ, v)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}
