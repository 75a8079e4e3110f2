// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"reflect"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
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
			for member, pair := range now.AgreeLate(late, w.Answer) {
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

// What the server registered in place of what was asked for is agreed on as long as reads show it. Once one shows what was asked for, it is another value like any.
func TestAReadThatShowsWhatWasAskedFor(t *testing.T) {
	for name, test := range map[string]struct{ asked, registered, shown, want, later string }{
		"a substitution":              {`{"client_name":"b"}`, `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, `{"client_name":"a"}`},
		"in another writing":          {`{"scope":"x y"}`, `{"scope":"x"}`, `{"scope":"y x"}`, `{"scope":"y x"}`, `{"scope":"x"}`},
		"not shown before":            {`{"tos_uri":"https://b"}`, `{}`, `{"tos_uri":"https://b"}`, `{"tos_uri":"https://b"}`, `{}`},
		"the default, as its absence": {`{"require_auth_time":false}`, `{"require_auth_time":true}`, `{}`, `{}`, `{"require_auth_time":true}`},
		"a language tag":              {`{"client_name#ja":"b"}`, `{"client_name#JA":"a"}`, `{"client_name#JA":"b"}`, `{"client_name#ja":"b"}`, `{"client_name#JA":"a"}`},
		"the substitution still":      {`{"client_name":"b"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, ""},
		"a third value":               {`{"client_name":"b"}`, `{"client_name":"a"}`, `{"client_name":"c"}`, `{"client_name":"a"}`, ""},
		"as agreed, not shown":        {`{"tos_uri":"https://b"}`, `{}`, `{}`, `{}`, ""},
		"a default that is not shown": {`{"require_auth_time":false}`, `{"require_auth_time":false}`, `{}`, `{"require_auth_time":false}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := Agree(doc(t, test.asked), doc(t, test.registered))
			kept, _ := Agree(doc(t, test.asked), doc(t, test.registered))
			want, _ := Agree(doc(t, test.asked), doc(t, test.want))
			got := before.AgreeCaughtUp(doc(t, test.shown))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("agreed on %v, want %v", got, want)
			}
			if !reflect.DeepEqual(before, kept) {
				t.Errorf("the agreement of before is changed: %v", before)
			}
			if test.later == "" {
				return
			}
			if now := Observe(got, doc(t, test.later)); jsonvalue.Equal(now, doc(t, test.asked)) {
				t.Errorf("%v hides what was there before", now)
			}
		})
	}
}
