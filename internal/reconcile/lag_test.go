// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"
	"testing"
)

func TestBehind(t *testing.T) {
	name := []string{"client_name"}
	tests := []struct {
		name                        string
		agreed, registered          string // by the update or registration before
		before, asked, answer, view string
		open, late                  []string
	}{
		{"caught up", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, nil, nil},
		{"as it was", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"a"}`, name, name},
		{"the answer says it, too", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, nil, nil},
		{"the answer does not say", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{}`, `{"client_name":"a"}`, nil, nil},
		{"another value", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"c"}`, nil, nil},
		{"the server's own value all the time", `{"client_name":"a"}`, `{"client_name":"x"}`, `{"client_name":"x"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"x"}`, nil, nil},
		{"what the update before did not change, either", `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"a"}`, name, nil},
		{"new, and a default before", `{}`, `{}`, `{"client_name":"x"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"x"}`, name, name},
		{"new, and not there", `{}`, `{}`, `{}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{}`, name, nil},
		{"never shown", `{"client_name":"a"}`, `{}`, `{}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{}`, nil, nil},
		{"nothing to change", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, nil, nil},
		{"removed, and there", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{}`, `{}`, `{"client_name":"a"}`, name, nil},
		{"removed, and kept by the answer, too", `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{}`, `{"client_name":"a"}`, `{"client_name":"a"}`, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			agreed, _ := Agree(doc(t, test.agreed), doc(t, test.registered))
			w := Written{Asked: doc(t, test.asked), Before: doc(t, test.before), Answer: doc(t, test.answer)}
			open, late := Record{Agreed: agreed}.Behind(w, doc(t, test.view))
			if !slices.Equal(open, test.open) || !slices.Equal(late, test.late) {
				t.Errorf("open %v, late %v, want %v, %v", open, late, test.open, test.late)
			}
			accepting := w
			accepting.Accept = name
			if open, late := (Record{Agreed: agreed}).Behind(accepting, doc(t, test.view)); !slices.Equal(open, test.open) || late != nil {
				t.Errorf("accepted: open %v, late %v, want %v and none", open, late, test.open)
			}
			now, _ := Agree(w.Asked, doc(t, test.view))
			for member, pair := range now.Late(late, w.Answer) {
				if slices.Contains(late, member) && pair.Registered != w.Answer[member] {
					t.Errorf("%s is agreed as %v", member, pair.Registered)
				}
			}
		})
	}
}

func TestAsAgreed(t *testing.T) {
	agreed, _ := Agree(doc(t, `{"client_name":"a","default_acr_values":["1","2"],"client_uri":"u"}`), doc(t, `{"client_name":"x","default_acr_values":["1","2"]}`))
	r := Record{Agreed: agreed}
	const asked, shown = `{"client_name":"a","default_acr_values":["1","2"],"client_uri":"u"}`, `{"client_name":"x","default_acr_values":["1","2"],"y":1}`
	for name, test := range map[string]struct {
		asked, shown string
		want         bool
	}{
		"as it was":              {asked, shown, true},
		"another value":          {`{"client_name":"b","default_acr_values":["1","2"],"client_uri":"u"}`, shown, false},
		"another order":          {`{"client_name":"a","default_acr_values":["2","1"],"client_uri":"u"}`, shown, false},
		"a new one":              {`{"client_name":"a","default_acr_values":["1","2"],"client_uri":"u","tos_uri":"t"}`, shown, false},
		"a removed one":          {`{"client_name":"a","default_acr_values":["1","2"]}`, shown, false},
		"drift":                  {asked, `{"client_name":"z","default_acr_values":["1","2"]}`, false},
		"drift to what is asked": {asked, `{"client_name":"a","default_acr_values":["1","2"]}`, false},
		"shown by now":           {asked, `{"client_name":"x","default_acr_values":["1","2"],"client_uri":"v"}`, false},
		"shown no more":          {asked, `{"default_acr_values":["1","2"]}`, false},
	} {
		if got := r.AsAgreed(doc(t, test.asked), doc(t, test.shown)); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
