// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// unknownInPart makes a value unknown, as a whole or somewhere within.
func unknownInPart(t *rapid.T, label string, v any) any {
	// Where the schema leaves the type open, as that of extension_metadata, Terraform may know it before the value.
	unknown := func(label string, v any) any {
		if rapid.Bool().Draw(t, label+" of a known type") {
			return tftest.UnknownOf{Value: v}
		}
		return tftest.Unknown{}
	}
	if rapid.Bool().Draw(t, label+" as a whole") {
		return unknown(label, v)
	}
	switch v := v.(type) {
	case attrs:
		if len(v) > 0 {
			out := maps.Clone(v)
			key := rapid.SampledFrom(slices.Sorted(maps.Keys(v))).Draw(t, label+" member")
			out[key] = unknownInPart(t, label+"."+key, v[key])
			return out
		}
	case []string:
		all := make([]any, 0, len(v))
		for _, s := range v {
			all = append(all, s)
		}
		return unknownInPart(t, label+" list", all)
	case []any:
		if len(v) > 0 {
			out := slices.Clone(v)
			i := rapid.IntRange(0, len(v)-1).Draw(t, label+" element")
			out[i] = unknown(label+" element", v[i])
			return out
		}
	}
	return unknown(label, v)
}

// late takes some attributes of a configuration for unknown at plan, and returns the configuration at plan and at apply: what
// becomes known may be any usable value, the one before, or none. What fit puts in is known at plan already, and what it takes out is not.
func late(t *rapid.T, label string, names []string, values map[string][]any, config attrs, most int, fit func(attrs) attrs) (first, then attrs) {
	first, then = maps.Clone(config), maps.Clone(config)
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, most, rapid.ID).Draw(t, label) {
		choice := slices.Clone(values[name])
		if _, needed := config[name]; !needed || name != "redirect_uris" && name != "issuer" {
			choice = append(choice, nil)
		}
		if v, there := config[name]; there {
			choice = append(choice, v)
			if list, ok := v.([]string); ok { // of which a part may be known first, in the order of the state or in another
				reversed := slices.Clone(list)
				slices.Reverse(reversed)
				choice = append(choice, reversed)
			}
		}
		v := rapid.SampledFrom(choice).Draw(t, label+" "+name)
		if v == nil {
			first[name] = tftest.Unknown{}
			delete(then, name)
			continue
		}
		first[name], then[name] = unknownInPart(t, label+" "+name, v), v
	}
	whole := fit(then)
	for name, v := range whole {
		if _, there := then[name]; !there {
			first[name] = v
		}
	}
	for name := range then {
		if _, stays := whole[name]; !stays {
			first[name] = tftest.Unknown{}
		}
	}
	return first, whole
}

// someOf draws a usable configuration.
func someOf(t *rapid.T, label string, values map[string][]any) attrs {
	config := attrs{"redirect_uris": rapid.SampledFrom(values["redirect_uris"]).Draw(t, label+" redirect_uris"), "token_endpoint_auth_method": "client_secret_basic"}
	names := slices.Sorted(maps.Keys(values))
	for range len(names) / 10 { // what has a writing that may be another one
		names = append(names, "contacts", "grant_types", "extension_metadata", "localized", "renew_secret_before")
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 6, rapid.ID).Draw(t, label) {
		config[name] = rapid.SampledFrom(values[name]).Draw(t, label+" "+name)
	}
	return fitting(config)
}

func lateServers() map[string]func() *fakeop.Server {
	return map[string]func() *fakeop.Server{
		"correct": func() *fakeop.Server { return &fakeop.Server{} },
		"without management": func() *fakeop.Server {
			return &fakeop.Server{Management: fakeop.ManagementOff, SecretLifetime: 240 * time.Hour}
		},
		"expiring secrets": func() *fakeop.Server {
			return &fakeop.Server{SecretLifetime: 240 * time.Hour, Faults: fakeop.Faults{RotateSecretOnUpdate: true}}
		},
		"no secret on reads": func() *fakeop.Server {
			return &fakeop.Server{SecretLifetime: 240 * time.Hour, Faults: fakeop.Faults{OmitSecretOnRead: true, OmitTokenOnRead: true, RotateSecretOnUpdate: true}}
		},
		"rotating on updates": func() *fakeop.Server {
			return &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, MoveURIOnUpdate: true}}
		},
		"no updates": func() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405}} },
		"tells nothing": func() *fakeop.Server {
			faults := undecidedServer
			faults.GoneStatus = 404
			return &fakeop.Server{Faults: faults}
		},
		"odd": func() *fakeop.Server {
			return &fakeop.Server{Faults: fakeop.Faults{ReorderArrays: true, NullsForUnset: true, LowerCaseTags: true, HashedSecretOnRead: true}}
		},
	}
}

// lateNames are all attributes of the resource and of the provider that can be configured.
func lateNames(t *testing.T) (resource, settings []string) {
	t.Helper()
	schemas := schemas(t)
	for _, a := range schemas.ResourceSchemas[clientType].Block.Attributes {
		if a.Optional {
			resource = append(resource, a.Name)
		}
	}
	for _, a := range schemas.Provider.Block.Attributes {
		settings = append(settings, a.Name)
	}
	slices.Sort(resource)
	slices.Sort(settings)
	return resource, settings
}

// lateLives are the lives of clients whose configuration becomes known in the apply.
type lateLives struct {
	resourceNames, settingsNames []string
	surroundings
}

// Whatever of the resource and of the provider becomes known in the apply only, and whatever it then is: the plan at apply agrees
// with the first one, the result with the plan, the apply succeeds, and nothing is left to do.
func TestAnythingUnknownAtPlan(t *testing.T) {
	t.Parallel()
	resourceNames, settingsNames := lateNames(t)
	for range len(resourceNames) / 10 { // the other hundred are mostly metadata, which one rule is for
		resourceNames = append(resourceNames, "store_client_secret", "renew_secret_before", "rotate_secret_when", "token_endpoint_auth_method", "issuer",
			"redirect_uris", "grant_types", "contacts", "extension_metadata", "localized")
	}
	l := &lateLives{resourceNames: resourceNames, settingsNames: settingsNames, surroundings: newSurroundings(t)}
	rapid.Check(t, l.live)
}

// learnt reports whether an update has failed because only the first one shows that a server has none, or that it brings no new secret; or
// because only the apply shows that the client is to be at another server.
func learnt(err error) bool {
	return strings.Contains(err.Error(), "Client is to move to another server") ||
		strings.Contains(err.Error(), "Server does not support updates of clients") || strings.Contains(err.Error(), "Server kept the client secret")
}

// managesNothing reports whether an error tells that settings which have clients managed, by the provider's credentials or at an address that
// is written out, are for a server that manages none. The way that it names is to apply again.
func managesNothing(op *fakeop.Server, err error) bool {
	return err != nil && op.Management == fakeop.ManagementOff && strings.Contains(err.Error(), "If the server manages no clients, apply again")
}

func (l *lateLives) live(t *rapid.T) {
	servers := lateServers()
	op := servers[rapid.SampledFrom(slices.Sorted(maps.Keys(servers))).Draw(t, "server")]()
	if rapid.Bool().Draw(t, "busy at first") {
		op.Faults = busyReads(op.Faults)
	}
	op.Tenants, op.Extensions = []string{"/tenant"}, []string{"x_a", "x_b"}
	now := fakeop.Epoch
	clock := func() time.Time { return now }
	op.Clock = clock
	op.Start(t)
	r := newRig(t, op)
	l.draws++
	op.AdminToken = "token"
	op.AddClient("robot", "robot-secret", map[string]any{"grant_types": []any{"client_credentials"}})
	values, settings := usable(op), attrs{"issuer": op.Issuer(), "max_retries": 0}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"refresh", "on_missing", "management", "update_form", "client_configuration_uri_template"}), 0, 2, rapid.ID).Draw(t, "settings") {
		settings[name] = rapid.SampledFrom(l.usableSettings(op)[name]).Draw(t, name)
	}
	settings = l.fittingSettings(op)(settings)
	start := func(settings attrs) func() error { return func() error { return r.Start(settings) } }
	one := func(config attrs) map[string]attrs { return map[string]attrs{theClient: config} }

	config := atHome(op, settings, someOf(t, "config", values))
	lost := false
	if rapid.Bool().Draw(t, "exists") {
		before := atHome(op, settings, someOf(t, "before", values))
		if err := start(settings)(); err != nil {
			t.Fatalf("configuring: %v", err)
		}
		if err := r.Apply(one(before)); err != nil {
			t.Fatalf("before: %v", err)
		}
		op.EditFaults(func(f *fakeop.Faults) { f.Reading = fakeop.ReadingFaults{} })
		if rapid.Bool().Draw(t, "updated") {
			// Only now the server is known to keep what it keeps on updates, so that a plan need not leave every credential unknown.
			for _, config := range []attrs{before.With(attrs{"software_version": "0"}), before} {
				if err := r.Apply(one(config)); err != nil && !learnt(err) && !managesNothing(op, err) {
					t.Fatalf("updated: %v", err)
				}
			}
		}
		if rapid.Bool().Draw(t, "nothing else changes") {
			config = before
		}
		if lost = op.Faults.GoneStatus != 0 && rapid.Bool().Draw(t, "lost"); lost {
			op.RemoveClient(r.Text(theClient, "client_id"))
		}
		// An expiring secret is due then where it is to be renewed 200 hours before its end.
		now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 39, 100}).Draw(t, "hours later")) * time.Hour)
	}
	op.EditFaults(func(f *fakeop.Faults) { f.Reading = fakeop.ReadingFaults{} })
	first, then := late(t, "late", l.resourceNames, values, config, 4, fitting)
	settingsFirst, settingsThen := late(t, "late settings", l.settingsNames, l.usableSettings(op), settings, 2, l.fittingSettings(op))
	if len(atHome(op, settingsThen, then)) < len(then) {
		settingsFirst["management"], settingsThen["management"] = tftest.Unknown{}, "auto"
	}
	if err := start(settingsFirst)(); err != nil {
		t.Fatalf("configuring with unknown values: %v", err)
	}
	// Meanwhile a secret comes due, in whatever else is planned.
	between := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 20}).Draw(t, "hours between")) * time.Hour
	err := r.ApplyLater(one(first), func() error { now = now.Add(between); return r.Start(settingsThen) }, one(then))
	if lost { // where what is configured decides whether anything is done about it
		keptTheRules(t, r)
		return
	}
	// goesOn is the apply after one that has failed for what only it shows, and that says so.
	goesOn := func(err error) error {
		if err != nil && (learnt(err) || managesNothing(op, err)) {
			return r.Apply(one(then))
		}
		return err
	}
	err = goesOn(err)
	if err != nil {
		t.Fatalf("the apply fails: %v", err)
	}
	left, err := r.Changes(one(then))
	if err == nil && len(left) > 0 && between > 0 && then["renew_secret_before"] != nil {
		// The first plan was empty, and the secret is due since.
		if err = goesOn(r.Apply(one(then))); err == nil {
			left, err = r.Changes(one(then))
		}
	}
	const template = "client_configuration_uri_template"
	if err == nil && len(left) > 0 && op.Management == fakeop.ManagementOff && (settingsThen[template] != nil || then[template] != nil) {
		// The apply is the first process that knows of a credential for the address that is written out. What it then owes is a read.
		if err = goesOn(r.Apply(one(then))); err == nil {
			left, err = r.Changes(one(then))
		}
	}
	if err != nil {
		t.Fatalf("the plan after it fails: %v", err)
	}
	for _, change := range left {
		t.Errorf("left to do: %s", change)
	}
	keptTheRules(t, r)
}

func keptTheRules(t *rapid.T, r *tftest.Rig) {
	for _, b := range r.Broken() {
		t.Errorf("%s", b)
	}
}
