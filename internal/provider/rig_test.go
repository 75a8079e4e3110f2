// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

const clientType = "oidc_dynamic_client"

// rig is one client resource at the plugin protocol, its provider and its server, without a CLI. Each step is held to what
// Terraform demands of a provider's plans and results, so that most cases need no CLI to be judged.
type rig struct {
	t        *testing.T
	op       *fakeop.Server
	recorder *tftest.Recorder
	drv      *tftest.Provider
	c        *tftest.Resource
	schema   *tfprotov6.Schema
	tainted  bool
}

// newRig starts the server and a provider for it; settings are the provider's, its issuer this server unless they say otherwise.
func newRig(t *testing.T, op *fakeop.Server, settings attrs) *rig {
	t.Helper()
	op.Start(t)
	return rigFor(t, op, settings)
}

// rigFor is newRig for a server that runs already.
func rigFor(t *testing.T, op *fakeop.Server, settings attrs) *rig {
	t.Helper()
	r := &rig{t: t, op: op}
	if err := r.configure(settings); err != nil {
		t.Fatalf("configuring the provider: %v", err)
	}
	return r
}

// configure starts a fresh provider process, so to speak; state is kept.
func (r *rig) configure(settings attrs) error {
	r.t.Helper()
	ctx := context.Background()
	p := provider.New("test")
	r.t.Cleanup(p.Close)
	r.recorder = &tftest.Recorder{ProviderServer: p.Server()}
	all := attrs{}
	if !slices.ContainsFunc([]string{"issuer", "registration_endpoint", "webfinger_resource"}, func(n string) bool { _, ok := settings[n]; return ok }) {
		all["issuer"] = r.op.Issuer()
	}
	schemas, err := tftest.Schemas(ctx, r.recorder)
	if err != nil {
		return err
	}
	r.schema = schemas.ResourceSchemas[clientType]
	if r.drv, err = tftest.Start(ctx, r.recorder, tftest.Values(r.t, schemas.Provider.ValueType(), all.With(settings))); err != nil {
		return err
	}
	old := r.c
	if r.c, err = r.drv.Resource(clientType); err == nil && old != nil {
		r.c.State, r.c.Private = old.State, old.Private
	}
	return err
}

// begin forgets the diagnostics of the steps before.
func (r *rig) begin() { r.recorder.Forget() }

// refresh reads the client as the beginning of a plan does.
func (r *rig) refresh() error {
	r.t.Helper()
	if r.c.State.IsNull() {
		return nil
	}
	return r.c.Refresh(context.Background())
}

// tryPlan refreshes and plans.
func (r *rig) tryPlan(config attrs) (*tftest.Plan, error) {
	r.t.Helper()
	r.begin()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	return r.planOnly(config)
}

// planOnly plans without a refresh and judges the plan as Terraform does ("Provider produced invalid plan").
func (r *rig) planOnly(config attrs) (*tftest.Plan, error) {
	r.t.Helper()
	configured := tftest.Values(r.t, r.schema.ValueType(), config)
	p, err := r.c.Plan(context.Background(), configured)
	if err != nil {
		return nil, err
	}
	prior, planned := tftest.Opened(r.t, r.c.State), tftest.Opened(r.t, p.Planned)
	for _, a := range r.schema.Block.Attributes {
		is, was := planned[a.Name], prior[a.Name]
		want, ok := configured[a.Name]
		switch {
		case a.WriteOnly:
			if !is.IsNull() {
				r.t.Errorf("invalid plan: %s is write-only and planned as %s", a.Name, is)
			}
		case ok && !want.IsNull():
			if !is.Equal(want) && (was.IsNull() || !is.Equal(was)) {
				r.t.Errorf("invalid plan: %s is configured as %s and planned as %s", a.Name, want, is)
			}
		case !a.Computed && !is.IsNull():
			r.t.Errorf("invalid plan: %s is not configured and planned as %s", a.Name, is)
		}
	}
	return p, nil
}

// plan refreshes and plans, without an error.
func (r *rig) plan(config attrs) *tftest.Plan {
	r.t.Helper()
	p, err := r.tryPlan(config)
	if err != nil {
		r.t.Fatalf("plan: %v", err)
	}
	return p
}

// planAgain plans a configuration whose unknown values are known by now, as Terraform does in an apply, and holds the second plan
// to the first ("Provider produced inconsistent final plan").
func (r *rig) planAgain(then, now attrs) (*tftest.Plan, error) {
	r.t.Helper()
	first, err := r.planOnly(then)
	if err != nil {
		return nil, err
	}
	second, err := r.planOnly(now)
	if err != nil {
		return nil, err
	}
	was, is := tftest.Opened(r.t, first.Planned), tftest.Opened(r.t, second.Planned)
	for name, v := range was {
		if v.IsFullyKnown() && !v.Equal(is[name]) {
			r.t.Errorf("inconsistent final plan: %s was planned as %s and is planned as %s", name, v, is[name])
		}
	}
	if first.Replaces != second.Replaces && !first.Replaces {
		r.t.Error("inconsistent final plan: it replaces, the first one did not")
	}
	return second, nil
}

// anew reports whether a plan makes another client: by Terraform's replacement, or by an update after which the client_id is another.
func (r *rig) anew(p *tftest.Plan) bool {
	return p.Replaces || !r.c.State.IsNull() && p.Unknown("client_id")
}

// changes gives the attributes that a plan changes, sorted.
func (r *rig) changes(p *tftest.Plan) []string {
	r.t.Helper()
	prior, planned := tftest.Opened(r.t, r.c.State), tftest.Opened(r.t, p.Planned)
	var names []string
	for name, v := range planned {
		if was, ok := prior[name]; !ok && !v.IsNull() || ok && !was.Equal(v) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// managedChanges leaves out what the server assigns.
func (r *rig) managedChanges(p *tftest.Plan) []string {
	r.t.Helper()
	return slices.DeleteFunc(r.changes(p), func(name string) bool {
		return slices.ContainsFunc(r.schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name && a.Computed })
	})
}

// tryApply refreshes, plans and applies; a tainted or replaced client is deleted first.
func (r *rig) tryApply(config attrs) error {
	r.t.Helper()
	p, err := r.tryPlan(config)
	if err != nil {
		return err
	}
	if r.tainted || p.Replaces {
		if r.tainted {
			r.c.Private = nil // Terraform hands a tainted object's Delete no private state
		}
		if err := r.c.Destroy(context.Background()); err != nil {
			return err
		}
		r.tainted, r.c.Private = false, nil
		if p, err = r.planOnly(config); err != nil {
			return err
		}
	}
	if r.c.Empty(p) {
		return nil
	}
	return r.applyPlan(p)
}

// applyPlan applies and judges the result as Terraform does ("Provider produced inconsistent result after apply").
func (r *rig) applyPlan(p *tftest.Plan) error {
	r.t.Helper()
	creating := r.c.State.IsNull()
	err := r.c.Apply(context.Background(), p)
	if err != nil {
		r.tainted = creating && !r.c.State.IsNull()
		return err
	}
	planned, now := tftest.Opened(r.t, p.Planned), tftest.Opened(r.t, r.c.State)
	if len(now) == 0 {
		r.t.Fatal("inconsistent result: there is no state after an apply without error")
	}
	for name, v := range now {
		if !v.IsFullyKnown() {
			r.t.Errorf("inconsistent result: %s is not known after the apply: %s", name, v)
		}
		if was := planned[name]; was.IsFullyKnown() && !was.Equal(v) {
			r.t.Errorf("inconsistent result: %s was planned as %s and is %s", name, was, v)
		}
	}
	return nil
}

// apply refreshes, plans and applies, without an error.
func (r *rig) apply(config attrs) {
	r.t.Helper()
	if err := r.tryApply(config); err != nil {
		r.t.Fatalf("apply: %v", err)
	}
}

// empty refreshes and plans, and wants nothing to do.
func (r *rig) empty(config attrs) {
	r.t.Helper()
	p := r.plan(config)
	if !r.c.Empty(p) {
		r.t.Fatalf("the plan is not empty: it changes %v", r.describe(p))
	}
	if p.Replaces {
		r.t.Fatal("the plan is empty and yet replaces")
	}
}

func (r *rig) describe(p *tftest.Plan) string {
	r.t.Helper()
	prior, planned := tftest.Opened(r.t, r.c.State), tftest.Opened(r.t, p.Planned)
	var lines []string
	for _, name := range r.changes(p) {
		lines = append(lines, fmt.Sprintf("%s: %s -> %s", name, prior[name], planned[name]))
	}
	return strings.Join(lines, "\n")
}

// destroy refreshes and destroys, without an error.
func (r *rig) destroy() {
	r.t.Helper()
	if err := r.tryDestroy(); err != nil {
		r.t.Fatalf("destroy: %v", err)
	}
	if !r.c.State.IsNull() {
		r.t.Fatal("there is a state after the destroy")
	}
}

func (r *rig) tryDestroy() error {
	r.t.Helper()
	r.begin()
	if err := r.refresh(); err != nil || r.c.State.IsNull() {
		return err
	}
	return r.c.Destroy(context.Background())
}

// id is the client's identifier in the state.
func (r *rig) id() string { return r.c.Text("client_id") }

// state gives an attribute of the state.
func (r *rig) state(name string) tftypes.Value {
	r.t.Helper()
	return tftest.Opened(r.t, r.c.State)[name]
}

// registered is the client as the server has it.
func (r *rig) registered() map[string]any {
	r.t.Helper()
	found, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %s", r.id())
	}
	return found.Metadata
}
