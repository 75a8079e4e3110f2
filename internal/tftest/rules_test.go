// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var exampleType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"secret": tftypes.String, "token_wo": tftypes.String, "any": tftypes.DynamicPseudoType}}

func example(t *testing.T, a Attrs) tftypes.Value {
	t.Helper()
	v, err := object(exampleType, Values(t, exampleType, a))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A replacement counts where the attribute that it is asked for differs: Terraform makes an update where it is null before and after.
func TestAReplacementIsForAttributesThatDiffer(t *testing.T) {
	t.Parallel()
	schema := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "secret"}, {Name: "token_wo", WriteOnly: true}, {Name: "any"}}}}
	for name, c := range map[string]struct {
		path           string
		prior, planned Attrs
		want           bool
	}{
		"null before and after":             {path: "secret"},
		"the same":                          {path: "secret", prior: Attrs{"secret": "a"}, planned: Attrs{"secret": "a"}},
		"the same, and another one differs": {path: "secret", prior: Attrs{"secret": "a"}, planned: Attrs{"secret": "a", "any": "b"}},
		"another value":                     {path: "secret", prior: Attrs{"secret": "a"}, planned: Attrs{"secret": "b"}, want: true},
		"a value that comes":                {path: "secret", planned: Attrs{"secret": "b"}, want: true},
		"not known yet":                     {path: "secret", prior: Attrs{"secret": "a"}, planned: Attrs{"secret": Unknown{}}, want: true},
		"in part not known yet":             {path: "any", prior: Attrs{"any": Attrs{"a": "1"}}, planned: Attrs{"any": Attrs{"a": Unknown{}}}, want: true},
		"only ever written":                 {path: "token_wo", want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, dropped, err := differing(schema, []*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName(c.path)}, example(t, c.prior), example(t, c.planned))
			if err != nil || len(kept) == 1 != c.want || len(dropped) == 1 == c.want {
				t.Errorf("kept %v, dropped %v: %v", kept, dropped, err)
			}
		})
	}
	if _, _, err := differing(schema, []*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName("nothing")}, example(t, nil), example(t, nil)); err == nil {
		t.Error("a path to no attribute is taken")
	}
}

// What was planned as unknown becomes anything of its type; what was known stays what it was.
func TestAValueIsAsPlanned(t *testing.T) {
	t.Parallel()
	set := tftypes.Set{ElementType: tftypes.String}
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	for name, c := range map[string]struct {
		planned, now any
		differs      bool
	}{
		"the same":                             {planned: "a", now: "a"},
		"another one":                          {planned: "a", now: "b", differs: true},
		"of another type":                      {planned: "1", now: 1, differs: true},
		"unknown of any type":                  {planned: Unknown{}, now: 1},
		"unknown of its type":                  {planned: UnknownOf{"a"}, now: "b"},
		"unknown of another type":              {planned: UnknownOf{"a"}, now: 1, differs: true},
		"unknown of the type within an object": {planned: Attrs{"a": UnknownOf{1}, "b": 1}, now: Attrs{"a": "1", "b": 1}, differs: true},
		"an object with a part unknown":        {planned: Attrs{"a": UnknownOf{1}, "b": 1}, now: Attrs{"a": 2, "b": 1}},
		"and its known part differs":           {planned: Attrs{"a": UnknownOf{1}, "b": 1}, now: Attrs{"a": 2, "b": 2}, differs: true},
		"a member more":                        {planned: Attrs{"a": UnknownOf{1}}, now: Attrs{"a": 2, "b": 2}, differs: true},
		"a tuple with an element more":         {planned: []any{UnknownOf{1}}, now: []any{1, 1}, differs: true},
		"a tuple for an object":                {planned: UnknownOf{Attrs{}}, now: []any{}, differs: true},
		"null":                                 {planned: nil, now: "a", differs: true},
		"a set whose element becomes known":    {planned: tftypes.NewValue(set, []tftypes.Value{text("a"), unknown}), now: tftypes.NewValue(set, []tftypes.Value{text("b"), text("a")})},
		"a set whose known element is gone":    {planned: tftypes.NewValue(set, []tftypes.Value{text("a"), unknown}), now: tftypes.NewValue(set, []tftypes.Value{text("b"), text("c")}), differs: true},
		"a set that grows":                     {planned: tftypes.NewValue(set, []tftypes.Value{unknown}), now: tftypes.NewValue(set, []tftypes.Value{text("b"), text("c")}), differs: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if at := Differs(example(t, Attrs{"any": c.planned}), example(t, Attrs{"any": c.now})); (at != "") != c.differs {
				t.Errorf("it differs at %q", at)
			}
		})
	}
}

// A state comes out of its file as it went in.
func TestAStateSurvivesItsFile(t *testing.T) {
	t.Parallel()
	v := example(t, Attrs{"secret": "a\"<b>", "any": Attrs{"n": 1.5, "big": tftypes.NewValue(tftypes.Number, 1<<53), "list": []any{"a", 1, nil}, "none": nil, "empty": Attrs{}, "yes": true}})
	b, err := StateJSON(exampleType, v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := tfprotov6.RawState{JSON: b}.Unmarshal(exampleType)
	if err != nil || !back.Equal(v) {
		t.Errorf("%s: %v\n%s\n%s", b, err, back, v)
	}
}
