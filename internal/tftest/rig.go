// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Rig is Terraform with one working directory: a state of several resources of one type, and a provider process after the
// other. It keeps of the state what Terraform would keep, and holds plans and results to Terraform's rules.
type Rig struct {
	tb       TB
	typeName string
	open     func() (tfprotov6.ProviderServer, func())

	provider *Provider
	recorder *Recorder
	end      func()
	saved    map[string]*saved // by name
	told     []*tfprotov6.Diagnostic
	broken   []string
}

// saved is one resource in the state.
type saved struct {
	state   tftypes.Value
	private []byte
	tainted bool
}

// NewRig makes a rig with an empty state. open starts a provider process; the function beside it ends it in order.
func NewRig(tb TB, typeName string, open func() (tfprotov6.ProviderServer, func())) *Rig {
	r := &Rig{tb: tb, typeName: typeName, open: open, saved: map[string]*saved{}}
	tb.Cleanup(r.Stop)
	return r
}

// Start ends the provider process before and starts and configures another; the state stays.
func (r *Rig) Start(settings Attrs) error {
	r.tb.Helper()
	r.Stop()
	server, end := r.open()
	r.recorder, r.end = &Recorder{ProviderServer: server}, end
	schemas, err := Schemas(context.Background(), r.recorder)
	if err != nil {
		return err
	}
	r.provider, err = Start(context.Background(), r.recorder, Values(r.tb, schemas.Provider.ValueType(), settings))
	return err
}

// Stop ends the provider process in order.
func (r *Rig) Stop() {
	if r.end == nil {
		return
	}
	r.told = append(r.told, r.recorder.Told()...)
	r.end()
	r.end, r.recorder = nil, nil
}

// Told are the diagnostics of all processes so far.
func (r *Rig) Told() []*tfprotov6.Diagnostic {
	if r.recorder == nil {
		return r.told
	}
	return append(slices.Clone(r.told), r.recorder.Told()...)
}

// Broken are the breaches of Terraform's rules so far, as Terraform would call them.
func (r *Rig) Broken() []string { return r.broken }

func (r *Rig) breach(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// Forget drops a resource from the state: what a process saved that was killed before Terraform wrote its state.
func (r *Rig) Forget(name string) { delete(r.saved, name) }

// Has reports whether the state holds a resource.
func (r *Rig) Has(name string) bool { return r.saved[name] != nil }

// Text is a string attribute in the state, "" where there is none.
func (r *Rig) Text(name, attribute string) string {
	in := r.saved[name]
	if in == nil {
		return ""
	}
	return (&Resource{State: in.state}).Text(attribute)
}

// Keeps reports whether the state holds a text, in a string attribute or in private state.
func (r *Rig) Keeps(name, attribute, text string) bool {
	in := r.saved[name]
	if in == nil || text == "" {
		return false
	}
	return r.Text(name, attribute) == text || InPrivate(in.private, attribute, text)
}

// resource is a resource of the state at the present process.
func (r *Rig) resource(name string) (*Resource, error) {
	c, err := r.provider.Resource(r.typeName)
	if err != nil {
		return nil, err
	}
	if in := r.saved[name]; in != nil {
		c.State, c.Private = in.state, in.private
	}
	return c, nil
}

// refreshed reads all resources of the state. One error, and nothing of it counts.
func (r *Rig) refreshed(ctx context.Context) (map[string]*Resource, error) {
	out := map[string]*Resource{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.saved)) {
		c, err := r.resource(name)
		if err == nil {
			err = c.Refresh(ctx)
		}
		errs = append(errs, err)
		if err == nil && !c.State.IsFullyKnown() {
			r.breach("a read left unknown values in %s", name)
		}
		out[name] = c
	}
	return out, errors.Join(errs...)
}

// Plan refreshes and plans a configuration, and saves nothing. It reports whether the plan is empty.
func (r *Rig) Plan(config map[string]Attrs) (empty bool, err error) {
	r.tb.Helper()
	changes, err := r.Changes(config)
	return err == nil && len(changes) == 0, err
}

// Changes refreshes and plans a configuration, saves nothing, and returns what the plan changes: resources and their attributes.
func (r *Rig) Changes(config map[string]Attrs) ([]string, error) {
	r.tb.Helper()
	ctx := context.Background()
	now, err := r.refreshed(ctx)
	if err != nil {
		return nil, err
	}
	var changes []string
	for name, in := range now {
		if _, configured := config[name]; !configured && !in.State.IsNull() {
			changes = append(changes, name+" is destroyed")
		}
	}
	for name, attributes := range config {
		c := now[name]
		if c == nil {
			if c, err = r.resource(name); err != nil {
				return nil, err
			}
		}
		p, err := r.planned(ctx, c, attributes, r.tainted(name))
		if err != nil {
			return nil, err
		}
		if r.tainted(name) {
			changes = append(changes, name+" is tainted")
		}
		prior := Opened(r.tb, c.State)
		for attribute, v := range Opened(r.tb, p.Planned) {
			if was, ok := prior[attribute]; !ok && !v.IsNull() || ok && !was.Equal(v) {
				changes = append(changes, fmt.Sprintf("%s.%s: %s -> %s", name, attribute, was, v))
			}
		}
	}
	slices.Sort(changes)
	return changes, nil
}

func (r *Rig) tainted(name string) bool { return r.saved[name] != nil && r.saved[name].tainted }

// Apply refreshes, plans and applies a configuration; what it does not name is destroyed.
func (r *Rig) Apply(config map[string]Attrs) error {
	r.tb.Helper()
	return r.ApplyLater(config, nil, config)
}

// ApplyLater is Apply where values of the plan become known in the apply only, as those of other resources do: it plans first,
// then calls between, which may start a process with other settings, and then plans then again for each resource whose first plan
// was not empty. The second plan is held to the first ("Provider produced inconsistent final plan").
func (r *Rig) ApplyLater(first map[string]Attrs, between func() error, then map[string]Attrs) error {
	r.tb.Helper()
	ctx := context.Background()
	now, err := r.refreshed(ctx)
	if err != nil {
		return err
	}
	plans := map[string]*Plan{}
	for _, name := range slices.Sorted(maps.Keys(first)) {
		if now[name] == nil {
			if now[name], err = r.resource(name); err != nil {
				return err
			}
		}
		// An error here, and what the refresh brought is lost.
		if plans[name], err = r.planned(ctx, now[name], first[name], r.tainted(name)); err != nil {
			return err
		}
	}
	for name, c := range now {
		r.save(name, c, r.tainted(name) && !c.State.IsNull())
	}
	if between != nil {
		if err := between(); err != nil {
			return err
		}
		for name := range now {
			if now[name], err = r.resource(name); err != nil {
				return err
			}
		}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if plan := plans[name]; plan == nil {
			errs = append(errs, r.destroyed(ctx, name, now[name]))
		} else {
			errs = append(errs, r.applied(ctx, name, now[name], plan, then[name]))
		}
	}
	return errors.Join(errs...)
}

// Destroy refreshes and destroys everything.
func (r *Rig) Destroy() error { r.tb.Helper(); return r.Apply(nil) }

// Import imports a resource and reads it, and saves it where both succeed.
func (r *Rig) Import(name, id string) error {
	r.tb.Helper()
	ctx := context.Background()
	resp, err := r.recorder.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: r.typeName, ID: id})
	if err != nil {
		return err
	}
	if _, err := judge(resp.Diagnostics); err != nil {
		return err
	}
	if len(resp.ImportedResources) != 1 {
		return fmt.Errorf("%d imported resources", len(resp.ImportedResources))
	}
	c, err := r.resource(name)
	if err != nil {
		return err
	}
	if c.State, err = resp.ImportedResources[0].State.Unmarshal(c.typ); err != nil {
		return err
	}
	c.Private = resp.ImportedResources[0].Private
	if err := c.Refresh(ctx); err != nil {
		return err
	}
	if c.State.IsNull() {
		return errors.New("cannot import a non-existent remote object")
	}
	r.save(name, c, false)
	return nil
}

// Generated is the configuration that Terraform generates for an imported resource: all of its state that can be configured.
func (r *Rig) Generated(name string) Attrs {
	r.tb.Helper()
	c, err := r.resource(name)
	if err != nil {
		r.tb.Fatalf("%v", err)
	}
	out, state := Attrs{}, Opened(r.tb, c.State)
	for _, a := range c.schema.Block.Attributes {
		if v := state[a.Name]; a.Optional && !a.WriteOnly && !v.IsNull() {
			out[a.Name] = v
		}
	}
	return out
}

func (r *Rig) save(name string, c *Resource, tainted bool) {
	if c.State.IsNull() {
		delete(r.saved, name)
		return
	}
	r.saved[name] = &saved{state: c.State, private: c.Private, tainted: tainted}
}

func (r *Rig) destroyed(ctx context.Context, name string, c *Resource) error {
	if c.State.IsNull() {
		return nil
	}
	if r.tainted(name) {
		c.Private = nil // Terraform hands the deletion of a tainted object no private state.
	}
	err := c.Destroy(ctx)
	if err == nil && !c.State.IsNull() {
		r.breach("the deletion of %s left a state without an error", name)
	}
	r.save(name, c, r.tainted(name))
	return err
}

// applied carries a plan out, a replacement as deletion and creation. As Terraform does, it plans each change again before.
func (r *Rig) applied(ctx context.Context, name string, c *Resource, first *Plan, config Attrs) error {
	replaces := !c.State.IsNull() && (r.tainted(name) || first.Replaces)
	if !replaces && c.Empty(first) {
		return nil
	}
	if replaces {
		if err := r.destroyed(ctx, name, c); err != nil {
			return err
		}
		c.Private = nil
	}
	plan, err := r.planned(ctx, c, config, false)
	if err != nil {
		return err
	}
	if plan.Replaces && !c.State.IsNull() {
		r.breach("inconsistent final plan: %s is replaced now and was not", name)
	}
	if at := Differs(first.Planned, plan.Planned); at != "" {
		r.breach("inconsistent final plan: %s%s is not as planned first", name, at)
	}
	if c.Empty(plan) {
		return nil
	}
	creating := c.State.IsNull()
	err = c.Apply(ctx, plan)
	r.save(name, c, creating && err != nil)
	if err == nil {
		r.checkResult(name, c, plan)
	}
	return err
}
