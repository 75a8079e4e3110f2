// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

func doc(t *testing.T, text string) Document {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var d Document
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The configured value is the default and reads leave the member out, though the write's answer said another one: for each
// security parameter that has a default.
func TestNoSubstitutionOfADefaultPassesUnseen(t *testing.T) {
	tested := 0
	for _, p := range metadata.All() {
		if !p.Security || p.Default == nil {
			continue
		}
		asked, other := p.Default, any("something-else")
		switch asked := asked.(type) {
		case bool:
			other = !asked
		case []any:
			other = []any{"something-else"}
		}
		name := p.Name
		tested++
		_, substitutions := Outcome(Document{name: asked}, Document{}, Document{name: other})
		if refused, _ := Judge(substitutions, nil, false); len(refused) != 1 {
			t.Errorf("%s: asked %v, answered %v: %+v", name, asked, other, substitutions)
		}
		if _, same := Outcome(Document{name: asked}, Document{}, Document{name: asked}); len(same) > 0 {
			t.Errorf("%s: the default as asked is a substitution: %+v", name, same)
		}
	}
	if tested == 0 {
		t.Error("no security parameter with a default")
	}
}

func TestOutcome(t *testing.T) {
	tests := []struct {
		name                 string
		asked, view, written string
		want                 []SubstitutionKind
	}{
		{"a hidden default, answered as another value", `{"require_auth_time":false}`, `{}`, `{"require_auth_time":true}`, []SubstitutionKind{Changed}},
		{"a hidden default", `{"require_auth_time":false}`, `{}`, `{"require_auth_time":false}`, nil},
		{"shown by the read as asked", `{"require_auth_time":false}`, `{"require_auth_time":false}`, `{"require_auth_time":true}`, nil},
		{"hidden, answered as asked", `{"logo_uri":"https://l"}`, `{}`, `{"logo_uri":"https://l"}`, []SubstitutionKind{Hidden}},
		{"hidden, answered as another value", `{"logo_uri":"https://l"}`, `{}`, `{"logo_uri":"https://m"}`, []SubstitutionKind{Changed}},
		{"nothing sent", `{"require_auth_time":false}`, `{}`, `{}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, substitutions := Outcome(doc(t, tt.asked), doc(t, tt.view), doc(t, tt.written))
			var kinds []SubstitutionKind
			for _, s := range substitutions {
				kinds = append(kinds, s.Kind)
			}
			if !slices.Equal(kinds, tt.want) {
				t.Errorf("%v, want %v", kinds, tt.want)
			}
		})
	}
}

func TestDoubted(t *testing.T) {
	tests := []struct {
		name                string
		before              []string
		sent, written, view string
		want                []string
	}{
		{"asked and hidden", nil, `{"require_auth_time":true}`, `{}`, `{}`, []string{"require_auth_time"}},
		{"the default and hidden", nil, `{"require_auth_time":false}`, `{}`, `{}`, nil},
		{"asked and shown", nil, `{"require_auth_time":true}`, `{}`, `{"require_auth_time":true}`, nil},
		{"answered by the server itself and hidden", nil, `{}`, `{"require_auth_time":true,"client_id":"c"}`, `{}`, []string{"require_auth_time"}},
		{"removed and still hidden: a merging server keeps it", []string{"require_auth_time"}, `{}`, `{}`, `{}`, []string{"require_auth_time"}},
		{"the default was sent", []string{"require_auth_time"}, `{"require_auth_time":false}`, `{}`, `{}`, nil},
		{"the answer shows the default", []string{"require_auth_time"}, `{}`, `{"require_auth_time":false}`, `{}`, nil},
		{"a read shows it", []string{"require_auth_time"}, `{}`, `{}`, `{"require_auth_time":false}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Doubted(tt.before, doc(t, tt.sent), doc(t, tt.written), doc(t, tt.view)); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestNothingDiffers(t *testing.T) {
	tests := []struct {
		name         string
		before       string // what was asked and shown at the last agreement
		doubted      []string
		asked, shown string
		want         bool
	}{
		{"an import, defaults written out", `{"client_name":"a"}`, nil, `{"client_name":"a","application_type":"web","require_auth_time":false,"grant_types":["authorization_code"]}`, `{"client_name":"a"}`, true},
		{"the same, shown", `{"client_name":"a"}`, nil, `{"client_name":"a","application_type":"web"}`, `{"client_name":"a","application_type":"web"}`, true},
		{"a default that the server shows otherwise", `{"client_name":"a"}`, nil, `{"client_name":"a","application_type":"web"}`, `{"client_name":"a","application_type":"native"}`, false},
		{"a doubted member", `{"client_name":"a"}`, []string{"require_auth_time"}, `{"client_name":"a","require_auth_time":false}`, `{"client_name":"a"}`, false},
		{"no default", `{"client_name":"a"}`, nil, `{"client_name":"a","require_auth_time":true}`, `{"client_name":"a"}`, false},
		{"a removal of what is shown", `{"client_name":"a","tos_uri":"https://t"}`, nil, `{"client_name":"a"}`, `{"client_name":"a","tos_uri":"https://t"}`, false},
		{"back to a default that was managed and never shown", `{"client_name":"a"}`, []string{"require_auth_time"}, `{"client_name":"a","require_auth_time":false}`, `{"client_name":"a"}`, false},
		{"another order than configured before", `{"redirect_uris":["https://a","https://b"]}`, nil, `{"redirect_uris":["https://b","https://a"]}`, `{"redirect_uris":["https://a","https://b"]}`, false},
		{"another order, which the server shows already", `{"redirect_uris":["https://a","https://b"]}`, nil, `{"redirect_uris":["https://b","https://a"]}`, `{"redirect_uris":["https://b","https://a"]}`, true},
		{"the same order, and the server sorts", `{"redirect_uris":["https://b","https://a"]}`, nil, `{"redirect_uris":["https://b","https://a"]}`, `{"redirect_uris":["https://a","https://b"]}`, true},
		{"the first order of a list that was the server's own", `{}`, nil, `{"post_logout_redirect_uris":["https://b","https://a"]}`, `{"post_logout_redirect_uris":["https://a","https://b"]}`, false},
		{"an order that means nothing to anybody", `{}`, nil, `{"contacts":["b","a"]}`, `{"contacts":["a","b"]}`, true},
		{"an order of words, which means nothing", `{"scope":"a b"}`, nil, `{"scope":"b a"}`, `{"scope":"a b"}`, true},
		{"a change", `{"client_name":"a"}`, nil, `{"client_name":"b"}`, `{"client_name":"a"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			agreed, _ := Agree(doc(t, tt.before), doc(t, tt.before))
			if got := (Record{Agreed: agreed, Doubted: tt.doubted}).NothingDiffers(doc(t, tt.asked), doc(t, tt.shown)); got != tt.want {
				t.Errorf("%t, want %t", got, tt.want)
			}
		})
	}
}

func TestNothingNew(t *testing.T) {
	tests := []struct {
		name          string
		before        string // what was asked at the last agreement
		doubted       []string
		asked, shown  string
		want, differs bool // differs: for a client that can be asked, the same question has another answer
	}{
		{"defaults written out", `{"client_name":"a"}`, nil, `{"client_name":"a","application_type":"web"}`, `{"client_name":"a"}`, true, false},
		{"a value that is registered", `{"client_name":"a"}`, nil, `{"client_name":"a","scope":"a b"}`, `{"client_name":"a","scope":"b a"}`, true, false},
		{"another value", `{"client_name":"a"}`, nil, `{"client_name":"a","scope":"a"}`, `{"client_name":"a","scope":"b a"}`, false, false},
		{"beside one that is not shown", `{"client_name":"a","client_uri":"https://a"}`, nil, `{"client_name":"a","client_uri":"https://a","application_type":"web"}`, `{"client_name":"a"}`, true, true},
		{"one that is not shown is changed", `{"client_uri":"https://a"}`, nil, `{"client_uri":"https://b"}`, `{}`, false, false},
		{"one that is not shown is removed", `{"client_uri":"https://a"}`, nil, `{}`, `{}`, false, false},
		{"a default is left out again", `{"application_type":"web"}`, nil, `{}`, `{"application_type":"web"}`, true, false},
		{"a doubted default", `{}`, []string{"require_auth_time"}, `{"require_auth_time":false}`, `{}`, false, false},
		{"no response types, of which nothing is shown", `{}`, nil, `{"response_types":[]}`, `{}`, true, true},
		{"no response types, where one was asked for", `{"response_types":["code"]}`, nil, `{"response_types":[]}`, `{}`, false, false},
		{"no response types, which is doubted", `{}`, []string{"response_types"}, `{"response_types":[]}`, `{}`, false, false},
		{"no response types, which are shown and doubted", `{}`, []string{"response_types"}, `{"response_types":[]}`, `{"response_types":[]}`, true, false},
		{"no response types, which the server has in place of one", `{"response_types":["code"]}`, nil, `{"response_types":[]}`, `{"response_types":[]}`, true, false},
		{"no response types are asked for no more", `{"response_types":[]}`, nil, `{}`, `{"response_types":[]}`, false, false},
		{"no response types, where one is shown", `{}`, nil, `{"response_types":[]}`, `{"response_types":["code"]}`, false, false},
		{"the default response types, where none is shown", `{}`, nil, `{"response_types":["code"]}`, `{"response_types":[]}`, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			agreed, _ := Agree(doc(t, tt.before), doc(t, tt.shown))
			r := Record{Agreed: agreed, Doubted: tt.doubted}
			if got := r.NothingNew(doc(t, tt.asked), doc(t, tt.shown)); got != tt.want {
				t.Errorf("%t, want %t", got, tt.want)
			}
			if got := r.NothingDiffers(doc(t, tt.asked), doc(t, tt.shown)); (got != tt.want) != tt.differs {
				t.Errorf("for a client that can be asked it is %t", got)
			}
			r.Capabilities.Update = CapabilityNo
			if got := r.NothingButAgreed(doc(t, tt.asked), doc(t, tt.shown), nil, false); got != tt.want {
				t.Errorf("where there are no updates it is %t", got)
			}
		})
	}
}

// What no request ever named asks for nothing new where it is taken out again, as long as the server shows what it did. An update resets a value of the server's own, and is sent.
func TestWhatWasNeverSentIsTakenOutAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		first, written, out string // what is sent, what is configured later and not sent, and what then
		shown, now          string
		none, updates       bool // whether nothing is to be asked for where there are no updates, and where there are
	}{
		"no response types, not shown": {first: `{}`, written: `{"response_types":[]}`, out: `{}`, shown: `{}`, none: true, updates: true},
		"no response types, shown":     {first: `{}`, written: `{"response_types":[]}`, out: `{}`, shown: `{"response_types":[]}`, none: true, updates: true},
		"the server's own value":       {first: `{}`, written: `{"scope":"a"}`, out: `{}`, shown: `{"scope":"a"}`, none: true},
		"which is another one by now":  {first: `{}`, written: `{"scope":"a"}`, out: `{}`, shown: `{"scope":"a"}`, now: `{"scope":"b"}`},
		"which was sent":               {first: `{"scope":"a"}`, written: `{"scope":"a"}`, out: `{}`, shown: `{"scope":"a"}`},
		"beside one that was sent":     {first: `{"client_name":"a"}`, written: `{"client_name":"a","scope":"a"}`, out: `{}`, shown: `{"client_name":"a","scope":"a"}`},
		"beside a change":              {first: `{"client_name":"a"}`, written: `{"client_name":"a","scope":"a"}`, out: `{"client_name":"b"}`, shown: `{"client_name":"a","scope":"a"}`},
	} {
		t.Run(name, func(t *testing.T) {
			now := doc(t, cmp.Or(tt.now, tt.shown))
			sent, _ := Agree(doc(t, tt.first), doc(t, tt.shown))
			agreed, _ := Agree(doc(t, tt.written), doc(t, tt.shown))
			r := Record{Agreed: agreed.WithoutSending(sent)}
			data, err := r.Marshal()
			if err == nil {
				r, err = Unmarshal(data)
			}
			if err != nil {
				t.Fatal(err)
			}
			out := doc(t, tt.out)
			if got := r.NothingDiffers(out, now); got != tt.updates {
				t.Errorf("where there are updates, nothing differs: %t", got)
			}
			if got := r.NothingNew(out, now); got != tt.none {
				t.Errorf("nothing new: %t", got)
			}
			r.Capabilities.Update = CapabilityNo
			if got := r.NothingDiffers(out, now); got != tt.none {
				t.Errorf("where there are no updates, nothing differs: %t", got)
			}
			if got := r.AsAgreed(out, now); got != tt.none {
				t.Errorf("as agreed: %t", got)
			}
			if got := len(out) > 0 || len(r.Unsettled(out, now)) == 0; got != (tt.none || len(out) > 0) {
				t.Errorf("settled: %t", got)
			}
			// An update that was sent and refused here has named all that it asked for.
			r.Agreed = AfterRefusal(r.Agreed, doc(t, tt.written), now, nil, false)
			if r.NothingNew(out, now) {
				t.Error("what an update named passes for what was never sent")
			}
		})
	}
	sent, _ := Agree(doc(t, `{"scope":"a"}`), doc(t, `{"scope":"a"}`))
	if (Record{Agreed: sent.WithoutSending(nil)}).NothingNew(Document{}, doc(t, `{"scope":"a"}`)) {
		t.Error("what nobody knows to be unsent passes for it")
	}
}

func TestUnshown(t *testing.T) {
	agreed := Agreement{
		"contacts":   {Asked: []any{"a@example.com"}},
		"logo_uri":   {Asked: "https://a.example/logo.png", Registered: "https://a.example/logo.png"},
		"policy_uri": {Asked: "https://a.example/policy"},
	}
	asked := Document{
		"contacts": []any{"a@example.com"}, "logo_uri": "https://a.example/logo.png", "policy_uri": "https://a.example/another", "tos_uri": "https://a.example/tos",
	}
	// Shown, changed, and never agreed on: these are asked for in earnest.
	shown := Document{"logo_uri": "https://a.example/logo.png"}
	if got := (Record{Agreed: agreed}).Unshown(asked, shown); !slices.Equal(got, []string{"contacts"}) {
		t.Errorf("%v", got)
	}
	if got := (Record{Agreed: agreed, Updated: []string{"contacts"}}).Unshown(asked, shown); len(got) > 0 {
		t.Errorf("what an update set, which the server takes in updates, is left out: %v", got)
	}
	u := Update{ClientID: "c", Asked: asked}
	if _, kept := u.Without([]string{"contacts"}).Asked["contacts"]; kept || len(u.Asked) != 4 {
		t.Error("the member is not left out, or the configuration is changed")
	}
}

// Of each member that the server does not show, it is kept whether an update set its value. What is shown, no longer asked, or as it was in the
// registration is none.
func TestUpdatedBy(t *testing.T) {
	for name, tt := range map[string]struct {
		agreed, asked, before, view string
		updated                     []string
		want                        bool
	}{
		"changed, shown before":            {agreed: `{"scope":"a"}`, asked: `{"scope":"b"}`, before: `{"scope":"a"}`, view: `{}`, want: true},
		"changed, not shown before":        {agreed: `{"scope":"a"}`, asked: `{"scope":"b"}`, before: `{}`, view: `{}`, want: true},
		"new":                              {agreed: `{}`, asked: `{"scope":"b"}`, before: `{}`, view: `{}`, want: true},
		"as asked, and another one shown":  {agreed: `{"scope":"a"}`, asked: `{"scope":"a"}`, before: `{"scope":"b"}`, view: `{}`, want: true},
		"set by an update before":          {agreed: `{"scope":"a"}`, asked: `{"scope":"a"}`, before: `{}`, view: `{}`, updated: []string{"scope"}, want: true},
		"as registered":                    {agreed: `{"scope":"a"}`, asked: `{"scope":"a"}`, before: `{}`, view: `{}`},
		"as registered, and not shown now": {agreed: `{"scope":"a"}`, asked: `{"scope":"a"}`, before: `{"scope":"a"}`, view: `{}`},
		"shown":                            {agreed: `{"scope":"a"}`, asked: `{"scope":"b"}`, before: `{"scope":"a"}`, view: `{"scope":"b"}`, updated: []string{"scope"}},
		"no longer asked":                  {agreed: `{"scope":"a"}`, asked: `{}`, before: `{"scope":"a"}`, view: `{}`, updated: []string{"scope"}},
	} {
		r := Record{Agreed: Agreement{}, Updated: tt.updated}
		for member, value := range doc(t, tt.agreed) {
			r.Agreed[member] = Pair{Asked: value}
		}
		got := r.UpdatedBy(Update{Asked: doc(t, tt.asked), Registered: doc(t, tt.before)}, doc(t, tt.view))
		if slices.Contains(got, "scope") != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// That a server has its default list in place of none says nothing of an update that was to change something else, and all of one for that.
func TestDefaultListInPlaceOfNoneIsNoUpdateWithoutEffect(t *testing.T) {
	shown, asked := doc(t, `{"response_types":["code"]}`), doc(t, `{"response_types":[],"contacts":["a"]}`)
	for name, test := range map[string]struct {
		before string
		made   bool
	}{"agreed on": {`{"response_types":[]}`, true}, "new": {`{"response_types":["code"]}`, false}} {
		agreed, _ := Agree(doc(t, test.before), shown)
		if made, unmoved := (Record{Agreed: agreed}).MadeUnshown(asked, shown, shown, nil, true); made != test.made {
			t.Errorf("%s: made %v, want %v; unmoved %v", name, made, test.made, unmoved)
		}
	}
}

func TestMadeUnshown(t *testing.T) {
	tests := []struct {
		name, before, asked, after string
		accept                     []string
		made, bare                 bool // by an answer that says no more than its status, too
		unmoved                    []string
	}{
		{"as asked", `{"client_name":"a"}`, `{"client_name":"b"}`, `{"client_name":"b"}`, nil, true, true, nil},
		{"otherwise than asked", `{"client_name":"a"}`, `{"client_name":"B"}`, `{"client_name":"b"}`, nil, true, true, nil},
		{"one of two", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"b","client_uri":"v"}`, `{"client_name":"b","client_uri":"u"}`, nil, true, true, nil},
		{"as before", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"b","client_uri":"v"}`, `{"client_name":"a","client_uri":"u"}`, nil, false, false, []string{"client_name", "client_uri"}},
		{"as before, and one is accepted", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"b","client_uri":"v"}`, `{"client_name":"a","client_uri":"u"}`, []string{"client_name"}, false, false, []string{"client_uri"}},
		{"as before, and accepted", `{"client_name#en":"a"}`, `{"client_name#en":"b"}`, `{"client_name#en":"a"}`, []string{"client_name"}, false, true, nil},
		{"something else has changed", `{"client_name":"a","x":"1"}`, `{"client_name":"b"}`, `{"client_name":"a","x":"2"}`, nil, false, false, []string{"client_name"}},
		{"removed and gone", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"a"}`, `{"client_name":"a"}`, nil, true, true, nil},
		{"removed and kept", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"a"}`, `{"client_name":"a","client_uri":"u"}`, nil, false, false, []string{"client_uri"}},
		{"removed and replaced", `{"client_name":"a","client_uri":"u"}`, `{"client_name":"a"}`, `{"client_name":"a","client_uri":"w"}`, nil, true, true, nil},
		{"shown by no read", `{"client_name":"a"}`, `{"client_name":"a","client_uri":"u"}`, `{"client_name":"a"}`, nil, false, true, nil},
		{"shown by no read, beside one that is as before", `{"client_name":"a"}`, `{"client_name":"b","client_uri":"u"}`, `{"client_name":"a"}`, nil, false, false, []string{"client_name"}},
		{"another order", `{"acr_values_supported":["a"],"default_acr_values":["a","b"]}`, `{"acr_values_supported":["a"],"default_acr_values":["b","a"]}`, `{"acr_values_supported":["a"],"default_acr_values":["a","b"]}`, nil, false, false, []string{"default_acr_values"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, asked, after := doc(t, test.before), doc(t, test.asked), doc(t, test.after)
			agreed, _ := Agree(before, before)
			delete(agreed, "x")
			r := Record{Agreed: agreed}
			for _, acknowledged := range []bool{false, true} {
				want := test.made || acknowledged && test.bare
				if made, unmoved := r.MadeUnshown(asked, before, after, test.accept, acknowledged); made != want || !slices.Equal(unmoved, test.unmoved) {
					t.Errorf("acknowledged %v: made %v, want %v; unmoved %v, want %v", acknowledged, made, want, unmoved, test.unmoved)
				}
			}
		})
	}
}
