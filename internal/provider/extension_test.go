// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// extensions of every type that HCL has.
func extensions() map[string]any {
	return map[string]any{
		"x_integer": 1, "x_string": "1", "x_fraction": 1.5, "x_bool": true, "x_word": "true", "x_zero": 0, "x_false": false,
		"x_large":  mustNumber("12345678901234567890"),
		"x_list":   []any{"b", "a", 3, nil, false, []any{}, map[string]any{}},
		"x_object": map[string]any{"deep": map[string]any{"er": []any{map[string]any{"n": 1, "s": "1"}}}, "null": nil},
		"x_empty":  "", "x_nothing": map[string]any{}, "x_none": []any{},
	}
}

func mustNumber(s string) tftypes.Value {
	f, _, err := big.ParseFloat(s, 10, 512, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return tftypes.NewValue(tftypes.Number, f)
}

// echoing is a server that keeps whatever it gets.
func echoing() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{KeepUnknown: true}} }

// Values go out with the types that they have: 1 is neither "1" nor 1.0, an object in a list is an object.
func TestExtensionsAreSentFaithfully(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Extensions: []string{
		"x_integer", "x_string", "x_fraction", "x_bool", "x_word", "x_zero", "x_false", "x_large", "x_list", "x_object",
	}}, nil)
	all := extensions()
	for _, name := range []string{"x_empty", "x_nothing", "x_none"} { // a strict server refuses "" and {} on registration
		delete(all, name)
	}
	config := secured().With(attrs{"extension_metadata": all})
	r.Apply(config)
	q, _ := r.op.Last(fakeop.OpRegister)
	var body map[string]json.RawMessage
	if err := json.Unmarshal(q.Body, &body); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"x_integer": `1`, "x_string": `"1"`, "x_fraction": `1.5`, "x_bool": `true`, "x_word": `"true"`, "x_zero": `0`, "x_false": `false`,
		"x_large": `12345678901234567890`, "x_list": `["b","a",3,null,false,[],{}]`, "x_object": `{"deep":{"er":[{"n":1,"s":"1"}]},"null":null}`,
	} {
		if got := string(body[name]); got != want {
			t.Errorf("%s is sent as %s, want %s", name, got, want)
		}
	}
	r.WantEmpty(config)
	r.wantQuiet()
	r.Destroy()
}

// Whatever the server echoes, in order or not, is no difference; another type is.
func TestExtensionsAreComparedByType(t *testing.T) {
	t.Parallel()
	r := newSubject(t, echoing(), nil)
	config := secured().With(attrs{"extension_metadata": extensions()})
	r.Apply(config)
	r.WantEmpty(config)
	for _, change := range []struct {
		member string
		value  any
		drifts bool
	}{
		{"x_integer", json.Number("1.0"), false}, // the same JSON number
		{"x_integer", json.Number("1"), false},
		{"x_integer", "1", true},
		{"x_string", json.Number("1"), true},
		{"x_string", "1", false},
		{"x_fraction", json.Number("15e-1"), false},
		{"x_bool", "true", true},
		{"x_word", true, true},
		{"x_zero", false, true},
		{"x_false", json.Number("0"), true},
		{"x_large", json.Number("12345678901234567891"), true},
		{"x_list", []any{"a", "b", json.Number("3"), nil, false, []any{}, map[string]any{}}, true}, // order may mean something
		{"x_object", map[string]any{"deep": map[string]any{"er": []any{map[string]any{"n": json.Number("1"), "s": json.Number("1")}}}, "null": nil}, true},
	} {
		before := r.registered()[change.member]
		r.op.SetMember(r.id(), change.member, change.value)
		got := r.ManagedChanges(r.Plan(config))
		if drifts := slices.Equal(got, []string{"extension_metadata"}); drifts != change.drifts || !drifts && len(got) > 0 {
			t.Errorf("%s: %v → %v shows as %v, want a drift: %v", change.member, before, change.value, got, change.drifts)
		}
		r.op.SetMember(r.id(), change.member, before)
		r.WantEmpty(config)
	}
}

// A key that the configuration names is managed, the others are the server's own.
func TestExtensionsAreManagedByKey(t *testing.T) {
	t.Parallel()
	s := echoing()
	s.Faults.AddMembers = map[string]any{"x_server": "own"}
	r := newSubject(t, s, nil)
	config := secured().With(attrs{"extension_metadata": attrs{"x_a": 1, "x_b": []any{"x"}}})
	r.Apply(config)
	s.SetMember(r.id(), "x_admin", map[string]any{"set": true})
	r.WantEmpty(config)

	config = secured().With(attrs{"extension_metadata": attrs{"x_a": 2}})
	p := r.Plan(config)
	if got := r.ManagedChanges(p); !slices.Equal(got, []string{"extension_metadata"}) {
		t.Errorf("the plan changes %v", got)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	now := r.registered()
	want := map[string]any{"x_a": json.Number("2"), "x_admin": map[string]any{"set": true}, "x_server": "own", "x_b": nil}
	for member, v := range want {
		if diff := cmp.Diff(v, now[member]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", member, diff)
		}
	}
	r.WantEmpty(config)

	config = secured()
	r.Apply(config)
	if _, there := r.registered()["x_a"]; there {
		t.Error("x_a is registered after its removal")
	}
	r.WantEmpty(config)
	config = secured().With(attrs{"extension_metadata": attrs{"x_server": "own"}}) // comes under management as it is
	r.Apply(config)
	r.WantEmpty(config)
	s.SetMember(r.id(), "x_server", "other")
	if got := r.ManagedChanges(r.Plan(config)); !slices.Equal(got, []string{"extension_metadata"}) {
		t.Errorf("the drift shows as %v", got)
	}
}

// The same values in another HCL type (a list for a tuple, a map for an object) are the same metadata: the plan takes the configured type,
// of which Terraform may know before it knows the value, and the update sends nothing.
func TestExtensionsInAnotherWriting(t *testing.T) {
	t.Parallel()
	r := newSubject(t, echoing(), nil)
	config := secured().With(attrs{"extension_metadata": attrs{"x_list": []any{"a", "b"}, "x_map": attrs{"k": "v"}}})
	r.Apply(config)
	str := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	list := tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{str("a"), str("b")})
	m := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"k": str("v")})
	again := secured().With(attrs{"extension_metadata": attrs{"x_list": list, "x_map": m}})
	for _, retyped := range []attrs{again, config, again} {
		r.op.ResetLog()
		if got := r.ManagedChanges(r.Plan(retyped)); !slices.Equal(got, []string{"extension_metadata"}) {
			t.Errorf("the plan changes %v", got)
		}
		r.Apply(retyped)
		r.WantEmpty(retyped)
		r.wantQuiet()
		if n := len(r.op.Of(fakeop.OpUpdate, fakeop.OpRegister)); n != 0 {
			t.Errorf("%d updates are sent", n)
		}
	}
	r.Apply(again.With(attrs{"client_name": "App 2"}))
	r.WantEmpty(again.With(attrs{"client_name": "App 2"}))

	// The whole may be a map, too.
	whole := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"x_list": str("a"), "x_map": str("v")})
	changed := secured().With(attrs{"extension_metadata": whole})
	r.Apply(changed)
	r.WantEmpty(changed)
}

// What turns up null or unknown within is left out, or sent when it is known.
func TestExtensionsThatAreNotKnownYet(t *testing.T) {
	t.Parallel()
	r := newSubject(t, echoing(), nil)
	then := secured().With(attrs{"extension_metadata": attrs{"x_late": tftest.Unknown{}, "x_now": 1, "x_null": tftypes.NewValue(tftypes.String, nil)}})
	now := secured().With(attrs{"extension_metadata": attrs{"x_late": "here", "x_now": 1, "x_null": tftypes.NewValue(tftypes.String, nil)}})
	p, err := r.PlanAgain(then, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	if got := r.registered()["x_late"]; got != "here" {
		t.Errorf("x_late is registered as %v", got)
	}
	if _, there := r.registered()["x_null"]; there {
		t.Error("a null member was sent")
	}
	r.WantEmpty(now)
}

// Language variants: tags compare without case, a variant is managed by itself, and Terraform gets its own spelling back.
func TestLocalized(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{
		"as sent": {}, "lower case": {LowerCaseTags: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
			config := secured().With(attrs{"localized": attrs{
				"ja-Hira": attrs{"client_name": "あぷり", "tos_uri": "https://app.example.com/ja/tos"},
				"de-CH":   attrs{"client_name": "Anwendung", "keywords": []string{"b", "a"}},
			}})
			r.Apply(config)
			r.wantQuiet()
			r.WantEmpty(config)

			renamed := "client_name#ja-Hira"
			if faults.LowerCaseTags {
				renamed = strings.ToLower(renamed)
			}
			r.op.SetMember(r.id(), renamed, "ちがう")
			if got := r.ManagedChanges(r.Plan(config)); !slices.Equal(got, []string{"localized"}) {
				t.Errorf("the drift shows as %v", got)
			}
			r.Apply(config)
			if got := r.registered()[renamed]; got != "あぷり" {
				t.Errorf("%s is registered as %v", renamed, got)
			}

			// Another spelling of the tag is no change at the server; one variant less is.
			config = secured().With(attrs{"localized": attrs{"JA-hira": attrs{"client_name": "あぷり"}}})
			r.Apply(config)
			for member := range r.registered() {
				if tag := strings.Contains(member, "#"); tag && !strings.EqualFold(member, "client_name#ja-hira") {
					t.Errorf("%s is registered still", member)
				}
			}
			r.WantEmpty(config)
			r.op.SetMember(r.id(), "client_name#fr", "Appli") // nobody's
			r.WantEmpty(config)
			config = secured()
			r.Apply(config)
			r.WantEmpty(config)
			if got := r.registered()["client_name#fr"]; got != "Appli" {
				t.Errorf("an unmanaged variant became %v", got)
			}
		})
	}
}
