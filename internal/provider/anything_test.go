// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testop"
)

// pliable are parameters that may come and go and change without the server's rules between parameters having a say.
func pliable() []*metadata.Parameter {
	bound := []string{
		"redirect_uris", "application_type", "token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "grant_types", "response_types", "subject_type",
		"backchannel_token_delivery_mode", "software_statement", "jwks_uri",
	}
	return slices.DeleteFunc(slices.Clone(metadata.All()), func(p *metadata.Parameter) bool {
		return slices.Contains(bound, p.Name) || strings.HasPrefix(p.Name, "tls_client_auth_") || strings.HasSuffix(p.Name, "_enc") ||
			strings.HasSuffix(p.Name, "_logout_session_required")
	})
}

// someServer has any mixture of the misbehaviours that a client can be managed in spite of.
func someServer(t *rapid.T) testop.Faults {
	flag := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	f := testop.Faults{
		NullsForUnset: flag("nulls"), EmptyStringsForUnset: flag("empty strings"), EmptyArraysForUnset: flag("empty arrays"), FalseForUnset: flag("false"),
		EmptyObjectForJWKS: flag("empty jwks"), ReorderArrays: flag("reorder"), DeduplicateArrays: flag("deduplicate"), KeepUnknown: flag("keep unknown"),
		RotateTokenOnUpdate: flag("rotate token"), RotateSecretOnUpdate: flag("rotate secret"), OmitTokenOnRead: flag("no token"), OmitURIOnRead: flag("no URI"),
		OmitSecretOnRead: flag("no secret"), HashedSecretOnRead: flag("hashed secret"), NumericStringTimes: flag("times"), LowerCaseTags: flag("tags"),
		MoveURIOnUpdate: flag("moving URI"), DropLanguageTagged: flag("no languages"), OmitSecretOnUpdate: flag("no secret on update"), OmitURIOnUpdate: false,
	}
	names := rapid.SliceOfN(rapid.SampledFrom(pliable()), 0, 6)
	list := func(label string) []string {
		var out []string
		for _, p := range names.Draw(t, label) {
			if !p.Security {
				out = append(out, p.Name)
			}
		}
		return out
	}
	f.Drop, f.DropOnRead, f.DropOnWrite = list("drop"), list("drop on read"), list("drop on write")
	f.ArrayWhereString, f.StringWhereArray = list("array where string"), list("string where array")
	f.Substitute = map[string]any{}
	for _, name := range list("substitute") {
		p, _ := metadata.Lookup(name)
		f.Substitute[name] = plainValue(parameterValue(p, 1))
	}
	switch rapid.SampledFrom([]string{"", "", "every member", "needs secret", "refuses secret", "refuses own", "refuses empty", "merges"}).Draw(t, "updates") {
	case "every member":
		// Such a server shows members as it takes them.
		f.UpdateNeedsEveryMember, f.UpdateNeedsSecret, f.LowerCaseTags = true, true, false
		f.ArrayWhereString, f.StringWhereArray, f.EmptyObjectForJWKS = nil, nil, false
	case "needs secret":
		f.UpdateNeedsSecret = true
	case "refuses secret":
		f.UpdateRefusesSecret = true
	case "refuses own":
		f.UpdateRefusesOwnRead, f.AddMembers = true, map[string]any{"x_own": "a", "x_other": map[string]any{"a": []any{}}}
	case "refuses empty":
		f.UpdateRefusesEmpty, f.UpdateRefusesEmptyObject = true, true
	case "merges":
		f.UpdateMerges, f.UpdateResetsBooleans = true, flag("booleans")
	}
	return f
}

// plainValue gives a JSON kind's string of JSON as the server has it.
func plainValue(v any) any {
	if list, ok := v.([]string); ok {
		out := make([]any, 0, len(list))
		for _, s := range list {
			out = append(out, s)
		}
		return out
	}
	return v
}

// someConfiguration has any of the pliable parameters, in one of two values each.
func someConfiguration(t *rapid.T, label string) attrs {
	config := attrs{"redirect_uris": []string{"https://app.example.com/a", "https://app.example.com/b"}}
	for _, p := range rapid.SliceOfN(rapid.SampledFrom(pliable()), 0, 12).Draw(t, label) {
		config[p.Name] = parameterValue(p, rapid.IntRange(0, 1).Draw(t, label+" "+p.Name))
	}
	variants := map[string]any{}
	for _, tag := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ja", "de-CH", "zh-Hant"}), 0, 2, rapid.ID).Draw(t, label+" tags") {
		variants[tag] = attrs{"client_name": rapid.SampledFrom([]string{"一", "二"}).Draw(t, label+tag)}
	}
	if len(variants) > 0 {
		config["localized"] = variants
	}
	extension := attrs{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x_a", "x_b", "x_c"}), 0, 2, rapid.ID).Draw(t, label+" extensions") {
		extension[name] = rapid.SampledFrom([]any{1, "1", true, []any{"b"}, attrs{"k": attrs{"n": 1}}}).Draw(t, label+name)
	}
	if len(extension) > 0 {
		config["extension_metadata"] = extension
	}
	return config
}

// Whatever is configured, on whatever server, changed by whomever: an apply succeeds, keeps Terraform's rules, and leaves a plan
// without changes; a managed member that was changed at the server shows, nobody's does not.
func TestAnyLifeOnAnyServer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := &testop.Server{Extensions: []string{"x_a", "x_b", "x_c"}, Faults: someServer(rt)}
		if _, err := s.Serve(); err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		r := rigFor(t, s, nil)
		defer func() {
			if t.Failed() {
				rt.Fatalf("%+v", s.Faults)
			}
		}()
		for i := range rapid.IntRange(1, 4).Draw(rt, "steps") {
			config := someConfiguration(rt, fmt.Sprint("step ", i))
			r.applied(rt, config)
			if rapid.Bool().Draw(rt, "edit") {
				r.edited(rt, config)
			}
		}
		r.destroy()
		if n := len(s.Clients()); n != 0 {
			rt.Fatalf("%d clients are left", n)
		}
	})
}

func (r *rig) applied(rt *rapid.T, config attrs) {
	if err := r.tryApply(config); err != nil {
		rt.Fatalf("apply of %v: %v", config, err)
	}
	found, ok := r.op.Client(r.id())
	if !ok {
		rt.Fatalf("the server has no client %s", r.id())
	}
	if r.c.Text("registration_access_token") != found.Token || r.c.Text("registration_client_uri") != found.URI {
		rt.Fatal("the state has not got the handle in force")
	}
	p, err := r.tryPlan(config)
	if err != nil {
		rt.Fatalf("plan: %v", err)
	}
	if !r.c.Empty(p) {
		rt.Fatalf("the plan is not empty: %s", r.describe(p))
	}
}

// edited changes a member behind the back and repairs it.
func (r *rig) edited(rt *rapid.T, config attrs) {
	f := r.op.Faults
	p := rapid.SampledFrom(pliable()).Draw(rt, "edited")
	_, managed := config[p.Name]
	const other = 1
	before, was := r.registered()[p.Name]
	value := plainValue(parameterValue(p, other))
	if p.Kind == metadata.JWKSet || p.Kind == metadata.JSONObject {
		return
	}
	r.op.SetMember(r.id(), p.Name, value)
	visible := !slices.Contains(f.DropOnRead, p.Name)
	changed := !was || !metadata.Equal(p.Name, before, value)
	// A value that is the asked one by now is no drift, though the server substituted it before.
	asked := managed && metadata.Equal(p.Name, plainValue(config[p.Name]), value)
	plan, err := r.tryPlan(config)
	if err != nil {
		rt.Fatalf("plan: %v", err)
	}
	got := r.managedChanges(plan)
	if want := managed && visible && changed && !asked; slices.Contains(got, p.Name) != want {
		rt.Fatalf("%s: %v → %v behind the back (configured as %v) shows as %v", p.Name, before, value, config[p.Name], got)
	}
	if extra := slices.DeleteFunc(slices.Clone(got), func(n string) bool { return n == p.Name }); len(extra) > 0 {
		rt.Fatalf("a change of %s shows as %v", p.Name, slices.Collect(maps.Keys(config)))
	}
	r.applied(rt, config)
}
