// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Rig is Terraform with one working directory: a state of several resources of one type, and a provider process after the
// other. It keeps of the state what Terraform would keep, and holds plans and results to Terraform's rules. Its own methods are
// Terraform's commands on whole configurations; Instance has the steps of one resource.
type Rig struct {
	tb       TB
	typeName string
	open     func() (tfprotov6.ProviderServer, func())

	provider  *Provider
	recorder  *Recorder
	end       func()
	instances map[string]*Instance
	told      []*tfprotov6.Diagnostic
	broken    []string
	valid     Attrs // the settings of the process before
}

var errNothingImported = errors.New("cannot import a non-existent remote object")

// NewRig makes a rig with an empty state. open starts a provider process; the function beside it ends it in order.
func NewRig(tb TB, typeName string, open func() (tfprotov6.ProviderServer, func())) *Rig {
	r := &Rig{tb: tb, typeName: typeName, open: open, instances: map[string]*Instance{}}
	tb.Cleanup(r.Stop)
	return r
}

// Start ends the provider process before, and starts another, whose configuration it validates and configures; the state stays.
func (r *Rig) Start(settings Attrs) error {
	r.tb.Helper()
	r.Stop()
	server, end := r.open()
	r.recorder, r.end = &Recorder{ProviderServer: server}, end
	ctx := context.Background()
	provider, err := newProvider(ctx, r.recorder)
	if err != nil {
		return err
	}
	r.provider = provider
	for _, in := range r.instances {
		if err := in.bind(r.provider); err != nil {
			return err
		}
	}
	// Settings that were valid for the process before are not validated again, which is a sixth of the time of tests with many processes.
	validate := r.valid == nil || !reflect.DeepEqual(r.valid, settings)
	r.valid = nil
	if err := r.provider.configure(ctx, Values(r.tb, provider.schemas.Provider.ValueType(), settings), validate); err != nil {
		return err
	}
	r.valid = maps.Clone(settings)
	return nil
}

// Schemas are the provider's.
func (r *Rig) Schemas() *tfprotov6.GetProviderSchemaResponse { return r.provider.schemas }

// Server is the present provider process at the plugin protocol.
func (r *Rig) Server() tfprotov6.ProviderServer { return r.recorder }

// Instance is the resource of a name, which need not exist yet.
func (r *Rig) Instance(name string) *Instance {
	r.tb.Helper()
	if in := r.instances[name]; in != nil {
		return in
	}
	in := &Instance{rig: r}
	if r.provider != nil {
		if err := in.bind(r.provider); err != nil {
			r.tb.Fatalf("%v", err)
		}
	}
	r.instances[name] = in
	return in
}

// Another is a resource that does not exist yet, by a name of its own.
func (r *Rig) Another() *Instance {
	r.tb.Helper()
	return r.Instance(fmt.Sprintf("another %d", len(r.instances)))
}

// Copied is Another in the state of an instance of another working directory.
func (r *Rig) Copied(of *Instance) *Instance {
	r.tb.Helper()
	in := r.Another()
	in.State, in.Private, in.Identity, in.Tainted = of.State, of.Private, of.Identity, of.Tainted
	return in
}

// ReadData reads a data source. The error is all that was said, warnings included.
func (r *Rig) ReadData(typeName string, config Attrs) (map[string]tftypes.Value, error) {
	r.tb.Helper()
	schema := r.provider.schemas.DataSourceSchemas[typeName]
	typ := schema.ValueType()
	encoded, err := encode(schema, Values(r.tb, typ, config))
	if err != nil {
		return nil, err
	}
	resp, err := r.recorder.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: encoded})
	if err != nil {
		return nil, err
	}
	value, err := resp.State.Unmarshal(typ)
	if err == nil && len(resp.Diagnostics) > 0 {
		err = Diagnostics(resp.Diagnostics)
	}
	return Opened(r.tb, value), err
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

// Warnings are the warnings of all processes so far, each with its attribute.
func (r *Rig) Warnings() string {
	var lines []string
	for _, d := range r.Told() {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			lines = append(lines, fmt.Sprintf("%s: %s\n%s", d.Attribute, d.Summary, d.Detail))
		}
	}
	return strings.Join(lines, "\n")
}

// WantNoWarnings fails if there was a warning.
func (r *Rig) WantNoWarnings() {
	r.tb.Helper()
	if w := r.Warnings(); w != "" {
		r.tb.Errorf("unexpected warnings:\n%s", w)
	}
}

// Broken are the breaches of Terraform's rules so far, as Terraform would call them.
func (r *Rig) Broken() []string { return r.broken }

func (r *Rig) breach(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// Forget drops a resource from the state: what a process saved that was killed before Terraform wrote its state.
func (r *Rig) Forget(name string) { r.Instance(name).Drop() }

// Has reports whether the state holds a resource.
func (r *Rig) Has(name string) bool { return r.instances[name] != nil && r.instances[name].exists() }

// Text is a string attribute in the state, "" where there is none.
func (r *Rig) Text(name, attribute string) string {
	if !r.Has(name) {
		return ""
	}
	return r.instances[name].Text(attribute)
}

// Keeps reports whether the state holds a text, in a string attribute or in private state.
func (r *Rig) Keeps(name, attribute, text string) bool {
	if !r.Has(name) || text == "" {
		return false
	}
	return r.Text(name, attribute) == text || InPrivate(r.instances[name].Private, attribute, text)
}

// resource is a resource as it is in the state. What happens to it is not in the state before save.
func (r *Rig) resource(name string) *Resource {
	r.tb.Helper()
	c := *r.Instance(name).Resource
	return &c
}

// refreshed reads all resources of the state. One error, and nothing of it counts.
func (r *Rig) refreshed(ctx context.Context) (map[string]*Resource, error) {
	out := map[string]*Resource{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.instances)) {
		if !r.Has(name) {
			continue
		}
		c := r.resource(name)
		err := c.Refresh(ctx)
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
			c = r.resource(name)
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

func (r *Rig) tainted(name string) bool { return r.Has(name) && r.instances[name].Tainted }

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
			now[name] = r.resource(name)
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
			now[name] = r.resource(name)
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
	return r.Instance(name).TryImport(&tfprotov6.ImportResourceStateRequest{ID: id})
}

// Generated is the configuration that Terraform generates for an imported resource: all of its state that can be configured. What is sensitive it writes
// as null, with a comment.
func (r *Rig) Generated(name string) Attrs {
	r.tb.Helper()
	c := r.resource(name)
	out, state := Attrs{}, Opened(r.tb, c.State)
	for _, a := range c.schema.Block.Attributes {
		if v := state[a.Name]; a.Optional && !a.WriteOnly && !a.Sensitive && !v.IsNull() {
			out[a.Name] = v
		}
	}
	return out
}

func (r *Rig) save(name string, c *Resource, tainted bool) {
	in := r.Instance(name)
	if c.State.IsNull() {
		in.Drop()
		return
	}
	in.State, in.Private, in.Identity, in.Tainted = c.State, c.Private, c.Identity, tainted
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
		c.Private, c.Identity = nil, nil
	}
	if !c.State.IsNull() {
		if err := c.Upgrade(ctx); err != nil {
			return err
		}
	}
	plan, err := r.planned(ctx, c, config, false)
	if err != nil {
		return err
	}
	if !c.State.IsNull() {
		r.checkFinalPlan(name, first, plan)
	} else {
		r.checkFinalValues(name, first, plan)
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
