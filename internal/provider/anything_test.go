// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
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
func someServer(t *rapid.T) fakeop.Faults {
	flag := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	f := fakeop.Faults{
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

// plainValue gives a value as the server has it.
func plainValue(v any) any {
	if text, ok := v.(string); ok && strings.HasPrefix(text, "{") { // a JSON kind's string of JSON
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err == nil {
			return object
		}
	}
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

// life is one client's: its server, and what happens to it.
type life struct {
	faults fakeop.Faults
	steps  []lifeStep
}

type lifeStep struct {
	config attrs
	edited *metadata.Parameter // changed behind the back; nil for none
}

// lives makes numbered lives: a failure names the number, and the number brings it back.
var lives = rapid.Custom(func(t *rapid.T) life {
	l := life{faults: someServer(t)}
	for i := range rapid.IntRange(1, 4).Draw(t, "steps") {
		step := lifeStep{config: someConfiguration(t, fmt.Sprint("step ", i))}
		if rapid.Bool().Draw(t, "edit") {
			step.edited = rapid.SampledFrom(pliable()).Draw(t, "edited")
		}
		l.steps = append(l.steps, step)
	}
	return l
})

// Whatever is configured, on whatever server, changed by whomever: an apply succeeds, keeps Terraform's rules, and leaves a plan
// without changes; a managed member that was changed at the server shows, nobody's does not.
func TestAnyLifeOnAnyServer(t *testing.T) {
	t.Parallel()
	for n := range 60 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			l := lives.Example(n)
			r := newSubject(t, &fakeop.Server{Extensions: []string{"x_a", "x_b", "x_c"}, Faults: l.faults}, nil)
			for _, step := range l.steps {
				r.lives(step.config)
				if step.edited != nil {
					r.edited(step)
				}
			}
			r.Destroy()
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
			if t.Failed() {
				t.Logf("the server: %+v", l.faults)
			}
		})
	}
}

// lives applies a configuration and wants a handle in force and nothing more to do.
func (r *subject) lives(config attrs) {
	r.t.Helper()
	r.Apply(config)
	found, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %s", r.id())
	}
	if r.Text("registration_access_token") != found.Token || r.Text("registration_client_uri") != found.URI {
		r.t.Fatal("the state has not got the handle in force")
	}
	r.WantEmpty(config)
}

// edited changes a member behind the back and repairs it.
func (r *subject) edited(step lifeStep) {
	r.t.Helper()
	p, asked := step.edited, step.config[step.edited.Name]
	before, was := r.registered()[p.Name]
	value := plainValue(parameterValue(p, 1))
	r.op.SetMember(r.id(), p.Name, value)
	visible := !slices.Contains(r.op.Faults.DropOnRead, p.Name)
	changed := !was || !metadata.Equal(p.Name, before, value)
	// A value that is the asked one by now is no drift, though the server substituted it before.
	drifts := asked != nil && visible && changed && !metadata.Equal(p.Name, plainValue(asked), value)
	got := r.ManagedChanges(r.Plan(step.config))
	switch {
	case drifts && !slices.Equal(got, []string{p.Name}):
		r.t.Fatalf("%s: %v → %v behind the back (configured as %v) shows as %v", p.Name, before, value, asked, got)
	case !drifts && len(got) > 0:
		r.t.Fatalf("%s: %v → %v behind the back (configured as %v) shows as %v, though it is no drift", p.Name, before, value, asked, got)
	}
	r.lives(step.config)
}
