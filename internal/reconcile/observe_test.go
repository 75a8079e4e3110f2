// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// observe is reconcile.Observe with the members that drifted, sorted: those whose value for state is not exactly the one that was asked.
func observe(agreement reconcile.Agreement, registered reconcile.Document) (values reconcile.Document, drift []string) {
	values = reconcile.Observe(agreement, registered)
	for member, pair := range agreement {
		if value, held := values[member]; !held || !reflect.DeepEqual(value, pair.Asked) {
			drift = append(drift, member)
		}
	}
	slices.Sort(drift)
	return values, drift
}

func TestObserve(t *testing.T) {
	tests := map[string]struct {
		asked, settled, now string
		values              string   // as JSON; "" means: as asked, no drift
		drift               []string // members
	}{
		"nothing changed":                                     {asked: `{"client_name":"a"}`, settled: `{"client_name":"a"}`, now: `{"client_name":"a"}`},
		"order and duplicates":                                {asked: `{"contacts":["a","b"]}`, settled: `{"contacts":["b","a"]}`, now: `{"contacts":["a","a","b"]}`},
		"changed":                                             {asked: `{"client_name":"a"}`, settled: `{"client_name":"a"}`, now: `{"client_name":"b"}`, values: `{"client_name":"b"}`, drift: []string{"client_name"}},
		"gone":                                                {asked: `{"client_name":"a"}`, settled: `{"client_name":"a"}`, now: `{}`, values: `{}`, drift: []string{"client_name"}},
		"emptied":                                             {asked: `{"contacts":["a"]}`, settled: `{"contacts":["a"]}`, now: `{"contacts":[]}`, values: `{}`, drift: []string{"contacts"}},
		"the keys emptied":                                    {asked: `{"jwks":{"keys":[{"kty":"EC"}]}}`, settled: `{"jwks":{"keys":[{"kty":"EC"}]}}`, now: `{"jwks":{"keys":[]}}`, values: `{"jwks":{"keys":[]}}`, drift: []string{"jwks"}},
		"keys never shown, an empty set appears":              {asked: `{"jwks":{"keys":[{"kty":"EC"}]}}`, settled: `{}`, now: `{"jwks":{"keys":[]}}`, values: `{"jwks":{"keys":[]}}`, drift: []string{"jwks"}},
		"an empty set of keys gone":                           {asked: `{"jwks":{"keys":[]}}`, settled: `{"jwks":{"keys":[]}}`, now: `{}`},
		"an empty set of keys appears":                        {asked: `{"jwks":{"keys":[]}}`, settled: `{}`, now: `{"jwks":{"keys":[]}}`},
		"the default gone":                                    {asked: `{"application_type":"web"}`, settled: `{"application_type":"web"}`, now: `{}`},
		"the default appears":                                 {asked: `{"application_type":"web"}`, settled: `{}`, now: `{"application_type":"web"}`},
		"another than the default appears":                    {asked: `{"application_type":"web"}`, settled: `{}`, now: `{"application_type":"native"}`, values: `{"application_type":"native"}`, drift: []string{"application_type"}},
		"false and gone":                                      {asked: `{"require_auth_time":false}`, settled: `{"require_auth_time":false}`, now: `{}`},
		"true and gone":                                       {asked: `{"require_auth_time":true}`, settled: `{"require_auth_time":true}`, now: `{}`, values: `{}`, drift: []string{"require_auth_time"}},
		"true and false":                                      {asked: `{"require_auth_time":true}`, settled: `{"require_auth_time":true}`, now: `{"require_auth_time":false}`, values: `{"require_auth_time":false}`, drift: []string{"require_auth_time"}},
		"substituted, still so":                               {asked: `{"scope":"a b"}`, settled: `{"scope":"a"}`, now: `{"scope":"a"}`},
		"substituted, by now as asked":                        {asked: `{"scope":"a b"}`, settled: `{"scope":"a"}`, now: `{"scope":"b a"}`},
		"substituted, by now otherwise":                       {asked: `{"scope":"a b"}`, settled: `{"scope":"a"}`, now: `{"scope":"c"}`, values: `{"scope":"c"}`, drift: []string{"scope"}},
		"substituted, by now gone":                            {asked: `{"scope":"a b"}`, settled: `{"scope":"a"}`, now: `{}`, values: `{}`, drift: []string{"scope"}},
		"substituted by the default, now gone":                {asked: `{"application_type":"native"}`, settled: `{"application_type":"web"}`, now: `{}`},
		"never shown":                                         {asked: `{"logo_uri":"https://l"}`, settled: `{}`, now: `{"logo_uri":null}`},
		"never shown, appears as asked":                       {asked: `{"logo_uri":"https://l"}`, settled: `{}`, now: `{"logo_uri":"https://l"}`},
		"never shown, appears otherwise":                      {asked: `{"logo_uri":"https://l"}`, settled: `{}`, now: `{"logo_uri":"https://m"}`, values: `{"logo_uri":"https://m"}`, drift: []string{"logo_uri"}},
		"never shown, the default appears":                    {asked: `{"require_pushed_authorization_requests":true}`, settled: `{}`, now: `{"require_pushed_authorization_requests":false}`, values: `{"require_pushed_authorization_requests":false}`, drift: []string{"require_pushed_authorization_requests"}},
		"empty list asked, absent":                            {asked: `{"contacts":[]}`, settled: `{}`, now: `{"contacts":null}`},
		"empty list asked, something appears":                 {asked: `{"contacts":[]}`, settled: `{}`, now: `{"contacts":["a"]}`, values: `{"contacts":["a"]}`, drift: []string{"contacts"}},
		"empty response types":                                {asked: `{"response_types":[]}`, settled: `{"response_types":[]}`, now: `{"response_types":["token"]}`, values: `{"response_types":["token"]}`, drift: []string{"response_types"}},
		"the default becomes an empty list":                   {asked: `{"response_types":["code"]}`, settled: `{"response_types":["code"]}`, now: `{"response_types":[]}`, values: `{"response_types":[]}`, drift: []string{"response_types"}},
		"the default not shown becomes an empty list":         {asked: `{"response_types":["code"]}`, settled: `{}`, now: `{"response_types":[]}`, values: `{"response_types":[]}`, drift: []string{"response_types"}},
		"the default shown as an empty list from the start":   {asked: `{"response_types":["code"]}`, settled: `{"response_types":[]}`, now: `{"response_types":[]}`},
		"the default shown as an empty list, then not at all": {asked: `{"response_types":["code"]}`, settled: `{"response_types":[]}`, now: `{}`},
		"the default shown as an empty list, then itself":     {asked: `{"response_types":["code"]}`, settled: `{"response_types":[]}`, now: `{"response_types":["code"]}`},
		"the default becomes null":                            {asked: `{"response_types":["code"]}`, settled: `{"response_types":["code"]}`, now: `{"response_types":null}`},
		"another one, shown as an empty list from the start":  {asked: `{"response_types":["token"]}`, settled: `{"response_types":[]}`, now: `{"response_types":[]}`},
		"another one never shown becomes an empty list":       {asked: `{"response_types":["token"]}`, settled: `{}`, now: `{"response_types":[]}`, values: `{"response_types":[]}`, drift: []string{"response_types"}},
		"substituted by the default, now an empty list":       {asked: `{"response_types":["code token"]}`, settled: `{"response_types":["code"]}`, now: `{"response_types":[]}`, values: `{"response_types":[]}`, drift: []string{"response_types"}},
		"empty response types, shown as null":                 {asked: `{"response_types":[]}`, settled: `{"response_types":[]}`, now: `{"response_types":null}`},
		"empty grant types for the default":                   {asked: `{"grant_types":["authorization_code"]}`, settled: `{"grant_types":["authorization_code"]}`, now: `{"grant_types":[]}`, values: `{"grant_types":[]}`, drift: []string{"grant_types"}},
		"a view with nulls and empty texts":                   {asked: `{"client_name":"a"}`, settled: `{"client_name":"a","logo_uri":"","contacts":null,"jwks":{}}`, now: `{"client_name":"a","logo_uri":"","contacts":null,"jwks":{}}`},
		"array where a string belongs":                        {asked: `{"token_endpoint_auth_method":"none"}`, settled: `{"token_endpoint_auth_method":["none"]}`, now: `{"token_endpoint_auth_method":["none"]}`},
		"drift in an array where a string belongs":            {asked: `{"token_endpoint_auth_method":"none"}`, settled: `{"token_endpoint_auth_method":["none"]}`, now: `{"token_endpoint_auth_method":["client_secret_post"]}`, values: `{"token_endpoint_auth_method":"client_secret_post"}`, drift: []string{"token_endpoint_auth_method"}},
		"drift in a number as a string":                       {asked: `{"default_max_age":60}`, settled: `{"default_max_age":"60"}`, now: `{"default_max_age":"90"}`, values: `{"default_max_age":90}`, drift: []string{"default_max_age"}},
		"drift in a scope as an array":                        {asked: `{"scope":"a"}`, settled: `{"scope":["a"]}`, now: `{"scope":["b","c"]}`, values: `{"scope":"b c"}`, drift: []string{"scope"}},
		"drift to what no attribute holds":                    {asked: `{"client_name":"a"}`, settled: `{"client_name":"a"}`, now: `{"client_name":{"x":1}}`, values: `{}`, drift: []string{"client_name"}},
		"redirect URIs as one expression":                     {asked: `{"redirect_uris":["https://a","https://b"]}`, settled: `{"redirect_uris":["regexp=(https://a|https://b)"]}`, now: `{"redirect_uris":["regexp=(https://a|https://b)"]}`},
		"redirect URIs become one expression":                 {asked: `{"redirect_uris":["https://a","https://b"]}`, settled: `{"redirect_uris":["https://a","https://b"]}`, now: `{"redirect_uris":["regexp=(https://a|https://b)"]}`, values: `{"redirect_uris":["regexp=(https://a|https://b)"]}`, drift: []string{"redirect_uris"}},
		"redirect URIs become one, as a string":               {asked: `{"redirect_uris":["https://a"]}`, settled: `{"redirect_uris":["https://a"]}`, now: `{"redirect_uris":"regexp=(https://a)"}`, values: `{"redirect_uris":["regexp=(https://a)"]}`, drift: []string{"redirect_uris"}},
		"language tag in another case":                        {asked: `{"client_name#ja":"x"}`, settled: `{"client_name#JA":"x"}`, now: `{"client_name#Ja":"x"}`},
		"drift under a tag keeps the user's tag":              {asked: `{"client_name#ja":"x"}`, settled: `{"client_name#JA":"x"}`, now: `{"client_name#JA":"y"}`, values: `{"client_name#ja":"y"}`, drift: []string{"client_name#ja"}},
		"extension number":                                    {asked: `{"ext_a":1}`, settled: `{"ext_a":1.0}`, now: `{"ext_a":1.00}`},
		"extension changes its type":                          {asked: `{"ext_a":1}`, settled: `{"ext_a":1}`, now: `{"ext_a":"1"}`, values: `{"ext_a":"1"}`, drift: []string{"ext_a"}},
		"what is not managed changes":                         {asked: `{"client_name":"a"}`, settled: `{"client_name":"a","ext_own":1}`, now: `{"client_name":"a","ext_own":2,"logo_uri":"https://l"}`},
		"one of several":                                      {asked: `{"client_name":"a","scope":"s"}`, settled: `{"client_name":"a","scope":"s"}`, now: `{"client_name":"b","scope":"s"}`, values: `{"client_name":"b","scope":"s"}`, drift: []string{"client_name"}},
		"the read document lacks everything at all":           {asked: `{"client_name":"a","scope":"s"}`, settled: `{"client_name":"a"}`, now: `null`, values: `{"scope":"s"}`, drift: []string{"client_name"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asked := decode(t, test.asked)
			agreement, _ := reconcile.Agree(asked, decode(t, test.settled))
			if test.values == "" {
				test.values = test.asked
			}
			values, drift := observe(agreement, decode(t, test.now))
			diff(t, "values", decode(t, test.values), values)
			diff(t, "drift", test.drift, drift)

			// Drift and back: the agreement still holds, state is as configured again.
			back, drift := observe(agreement, decode(t, test.settled))
			diff(t, "values after the server turned back", asked, back)
			if len(drift) != 0 {
				t.Errorf("drift after the server turned back: %v", drift)
			}
		})
	}
}

func TestObserveTellsWhatTheServerShows(t *testing.T) {
	agreement, _ := reconcile.Agree(decode(t, `{"client_name":"a","scope":"s","tos_uri":"https://t"}`), decode(t, `{"client_name":"a","scope":"s","tos_uri":"https://t"}`))
	values, drift := observe(agreement, decode(t, `{"client_name":["b"],"tos_uri":[1,2]}`))
	diff(t, "values", decode(t, `{"client_name":"b"}`), values)
	diff(t, "drift", []string{"client_name", "scope", "tos_uri"}, drift)
}

func TestRemoved(t *testing.T) {
	previous, _ := reconcile.Agree(decode(t, `{"a":1,"client_name":"x","client_name#ja":"y","tos_uri":"https://t"}`), nil)
	diff(t, "some", []string{"a", "tos_uri"}, reconcile.Removed(previous, decode(t, `{"client_name":"z","client_name#JA":"y","new":1}`)))
	diff(t, "none", []string(nil), reconcile.Removed(previous, decode(t, `{"a":null,"client_name":"","client_name#ja":"y","tos_uri":"https://t"}`)))
	diff(t, "nothing agreed", []string(nil), reconcile.Removed(nil, decode(t, `{"a":1}`)))
}

// A removed member is settled where the server has dropped it after it had shown it; what a server never shows, it may have.
func TestUnsettled(t *testing.T) {
	previous := reconcile.Agreement{
		"tos_uri": {Asked: "https://t", Registered: "https://t"}, "policy_uri": {Asked: "https://p"}, "contacts": {Asked: []any{"a"}, Registered: []any{"b"}},
		"require_auth_time": {Asked: false}, "a": {Asked: json.Number("1"), Registered: json.Number("2")}, "client_name#JA": {Asked: "y", Registered: "y"},
	}
	diff(t, "dropped", []string{"policy_uri"}, reconcile.Unsettled(previous, nil, decode(t, `{}`)))
	diff(t, "still shown", []string{"a", "client_name#JA", "contacts", "policy_uri"},
		reconcile.Unsettled(previous, nil, decode(t, `{"a":3,"client_name#ja":"z","contacts":["b"],"tos_uri":""}`)))
	diff(t, "asked", []string(nil), reconcile.Unsettled(previous, decode(t, `{"policy_uri":"https://p"}`), decode(t, `{}`)))
}

// Members that were shown and that the state has nothing of are watched no more, and the agreement that was given is left as it is.
func TestWithoutForgotten(t *testing.T) {
	given := func() reconcile.Agreement {
		return reconcile.Agreement{
			"tos_uri": {Asked: "https://t", Registered: "https://t"}, "policy_uri": {Asked: "https://p"}, "a": {Asked: "x", Registered: "y"},
			"contacts": {Asked: []any{"a"}, Registered: []any{"a"}}, "require_auth_time": {Asked: false, Registered: false},
		}
	}
	agreement := given()
	kept := reconcile.WithoutForgotten(agreement, func(member string) bool { return member == "contacts" })
	diff(t, "kept", []string{"contacts", "policy_uri", "require_auth_time"}, slices.Sorted(maps.Keys(kept)))
	diff(t, "given", given(), agreement)
	diff(t, "nothing to forget", given(), reconcile.WithoutForgotten(agreement, func(string) bool { return true }))
}

func TestSatisfied(t *testing.T) {
	tests := map[string]struct {
		before, shownBefore string // what was asked last, and what the server showed then
		asked, now          string
		want                bool
	}{
		"nothing at all":                               {before: `{}`, shownBefore: `{}`, asked: `{}`, now: `{}`, want: true},
		"the same":                                     {before: `{"client_name":"a"}`, shownBefore: `{"client_name":"a"}`, asked: `{"client_name":"a"}`, now: `{"client_name":"a"}`, want: true},
		"adopted what the server shows":                {before: `{}`, shownBefore: `{}`, asked: `{"client_name":"a"}`, now: `{"client_name":"a","x":1}`, want: true},
		"after drift":                                  {before: `{"client_name":"a"}`, shownBefore: `{"client_name":"a"}`, asked: `{"client_name":"b"}`, now: `{"client_name":"b"}`, want: true},
		"a change":                                     {before: `{"client_name":"a"}`, shownBefore: `{"client_name":"a"}`, asked: `{"client_name":"b"}`, now: `{"client_name":"a"}`},
		"a removal":                                    {before: `{"client_name":"a"}`, shownBefore: `{"client_name":"a"}`, asked: `{}`, now: `{"client_name":"a"}`},
		"a removal, long gone":                         {before: `{"client_name":"a"}`, shownBefore: `{"client_name":"a"}`, asked: `{}`, now: `{}`, want: true},
		"a removal of what was never shown":            {before: `{"logo_uri":"https://l"}`, shownBefore: `{}`, asked: `{}`, now: `{}`},
		"a removal of nothing":                         {before: `{"contacts":[]}`, shownBefore: `{}`, asked: `{}`, now: `{}`, want: true},
		"a removal, back at the default":               {before: `{"application_type":"native"}`, shownBefore: `{"application_type":"native"}`, asked: `{}`, now: `{"application_type":"web"}`, want: true},
		"back to the default, never shown":             {before: `{"require_auth_time":true}`, shownBefore: `{}`, asked: `{"require_auth_time":false}`, now: `{}`},
		"back to the default, shown once, now gone":    {before: `{"require_auth_time":true}`, shownBefore: `{"require_auth_time":true}`, asked: `{"require_auth_time":false}`, now: `{}`, want: true},
		"the default again":                            {before: `{"require_auth_time":false}`, shownBefore: `{}`, asked: `{"require_auth_time":false}`, now: `{}`, want: true},
		"the default, after it was left empty":         {before: `{"application_type":""}`, shownBefore: `{}`, asked: `{"application_type":"web"}`, now: `{}`},
		"left empty, after the default":                {before: `{"application_type":"web"}`, shownBefore: `{}`, asked: `{"application_type":""}`, now: `{}`, want: true},
		"the default, newly managed, not shown":        {before: `{}`, shownBefore: `{}`, asked: `{"require_auth_time":false}`, now: `{}`},
		"a tag in another case":                        {before: `{"client_name#ja":"x"}`, shownBefore: `{"client_name#ja":"x"}`, asked: `{"client_name#JA":"x"}`, now: `{"client_name#ja":"x"}`, want: true},
		"a substituted value is not what was asked":    {before: `{"scope":"a b"}`, shownBefore: `{"scope":"a"}`, asked: `{"scope":"a b"}`, now: `{"scope":"a"}`},
		"the substituted value is by now what's asked": {before: `{"scope":"a b"}`, shownBefore: `{"scope":"a"}`, asked: `{"scope":"a"}`, now: `{"scope":"a"}`, want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			previous, _ := reconcile.Agree(decode(t, test.before), decode(t, test.shownBefore))
			if got := reconcile.Satisfied(previous, decode(t, test.asked), decode(t, test.now)); got != test.want {
				t.Errorf("Satisfied = %t", got)
			}
		})
	}
}

// What a refused update removed, and no read shows, is gone: to configure it again is a change.
func TestAfterRefusalOfARemoval(t *testing.T) {
	before := decode(t, `{"token_endpoint_auth_method":"none","logo_uri":"https://l","client_name":"old","client_name#ja":"x"}`)
	previous, _ := reconcile.Agree(before, decode(t, `{"logo_uri":"https://l"}`))
	agreement := reconcile.AfterRefusal(previous, decode(t, `{"client_name":"old","client_name#JA":"x"}`), decode(t, `{}`), nil, false)
	diff(t, "agreement", reconcile.Agreement{
		"logo_uri":       {Asked: "https://l", Registered: "https://l"}, // was shown and is gone: drift tells
		"client_name":    {Asked: "old"},
		"client_name#JA": {Asked: "x"},
	}, agreement)
	if values := reconcile.Observe(agreement, decode(t, `{}`)); values["token_endpoint_auth_method"] != nil {
		t.Errorf("the state still shows %v", values)
	}
}

func TestAfterRefusal(t *testing.T) {
	// The server hides require_auth_time and logo_uri on reads and replaces redirect_uris, which is refused.
	before := decode(t, `{"require_auth_time":false,"redirect_uris":["https://a"],"client_name":"old","client_name#ja":"x","tos_uri":"https://t"}`)
	previous, _ := reconcile.Agree(before, decode(t, `{"redirect_uris":["https://a"],"client_name":"old","tos_uri":"https://t"}`))
	asked := decode(t, `{"require_auth_time":true,"redirect_uris":["https://b"],"client_name":"new","client_name#JA":"y","logo_uri":"https://l","tos_uri":"https://u"}`)
	after := decode(t, `{"redirect_uris":["https://c"],"client_name":"new"}`)
	agreement := reconcile.AfterRefusal(previous, asked, after, nil, false)
	diff(t, "agreement", reconcile.Agreement{
		"require_auth_time": {Asked: true},                                                         // hidden: the server may well have it
		"redirect_uris":     {Asked: before["redirect_uris"], Registered: before["redirect_uris"]}, // shown: drift tells
		"client_name":       {Asked: "old", Registered: "old"},                                     // shown: drift tells
		"client_name#JA":    {Asked: "y"},                                                          // hidden, in the new spelling
		"logo_uri":          {Asked: "https://l"},                                                  // hidden and new
		"tos_uri":           {Asked: "https://t", Registered: "https://t"},                         // was shown and is gone: drift tells
	}, agreement)
	diff(t, "twice", agreement, reconcile.AfterRefusal(agreement, asked, after, nil, false))
	diff(t, "the argument", false, previous["require_auth_time"].Asked)

	// So a user who gives up and goes back to the old configuration sees what must be undone, and it is sent.
	values := reconcile.Observe(agreement, after)
	diff(t, "values", decode(t, `{"require_auth_time":true,"redirect_uris":["https://c"],"client_name":"new","client_name#JA":"y","logo_uri":"https://l"}`), values)
	if reconcile.Satisfied(agreement, decode(t, `{"require_auth_time":false}`), decode(t, `{}`)) {
		t.Error("nothing would be sent")
	}
	diff(t, "removed", []string{"logo_uri"}, reconcile.Removed(agreement, before))
}

// An update that was only acknowledged shows nothing of what it changed: that is agreed on as asked, and what is refused of it is nobody's value.
func TestAfterRefusalOfAnAcknowledgedUpdate(t *testing.T) {
	before := decode(t, `{"client_name":"old","scope":"a b","logo_uri":"https://l","policy_uri":"https://p","tos_uri":"https://t"}`)
	previous, _ := reconcile.Agree(before, decode(t, `{"client_name":"old","scope":"a","logo_uri":"https://l","tos_uri":"https://t"}`))
	asked := decode(t, `{"client_name":"new","scope":"a b","logo_uri":"https://m","policy_uri":"https://p"}`)
	view := decode(t, `{"scope":"a"}`)
	refused := []reconcile.Substitution{{Member: "client_name", Asked: "new", Kind: reconcile.NotShown}}
	agreement := reconcile.AfterRefusal(previous, asked, view, refused, true)
	diff(t, "agreement", reconcile.Agreement{
		"client_name": {Asked: "new", Refused: true},
		"scope":       {Asked: "a b", Registered: "a"},
		"logo_uri":    {Asked: "https://m"}, // accepted
		"policy_uri":  {Asked: "https://p"}, // as it was
	}, agreement) // and tos_uri, which the update removed, is nobody's
	diff(t, "twice", agreement, reconcile.AfterRefusal(agreement, asked, view, refused, true))
	diff(t, "where it is shown all the same", reconcile.Pair{Asked: "https://t", Registered: "https://t"}, reconcile.AfterRefusal(previous, asked, decode(t, `{"scope":"a","tos_uri":"https://t"}`), refused, true)["tos_uri"])
	if (reconcile.Record{Agreed: agreement}).NothingDiffers(before, view) {
		t.Error("what was removed is asked for again, and nothing would be sent")
	}
	values := reconcile.Observe(agreement, view)
	diff(t, "values", decode(t, `{"scope":"a b","logo_uri":"https://m","policy_uri":"https://p"}`), values)
	diff(t, "once it is shown", "new", reconcile.Observe(agreement, decode(t, `{"client_name":"new"}`))["client_name"])
	diff(t, "unsettled without it", []string{"client_name"}, reconcile.Unsettled(reconcile.Agreement{"client_name": agreement["client_name"]}, nil, view))
	packed, err := reconcile.Record{Version: reconcile.RecordVersion, Agreed: agreement}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := reconcile.Unmarshal(packed)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "saved and read", agreement, again.Agreed)
}

// What an acknowledged update asks for as it was stays as it was: another value of the server's, and what a state does not keep. Not so what had drifted.
func TestUntouched(t *testing.T) {
	before := decode(t, `{"client_name":"old","scope":"a b","software_statement":"e30.e30.c2ln","contacts":["a"],"logo_uri":"https://l"}`)
	agreed, _ := reconcile.Agree(before, decode(t, `{"client_name":"old","scope":"a","software_statement":"e30.e30.c2ln","contacts":["a"]}`))
	u := reconcile.Update{
		Asked:      decode(t, `{"client_name":"new","scope":"a b","software_statement":"e30.e30.c2ln","contacts":["a"],"logo_uri":"https://l"}`),
		Registered: decode(t, `{"client_name":"old","scope":"a","contacts":["drifted"],"x_own":1}`),
	}
	diff(t, "known", decode(t, `{"scope":"a","software_statement":"e30.e30.c2ln","x_own":1}`), reconcile.Record{Agreed: agreed}.Untouched(u))
}

// What an answer shows in part goes before what is known of the rest, in whatever spelling.
func TestShownInPart(t *testing.T) {
	u := reconcile.Update{
		Asked:      decode(t, `{"client_name":"new","client_name#de-DE":"neu","scope":"a"}`),
		Registered: decode(t, `{"client_name":"old","client_name#de-DE":"neu","scope":"a","logo_uri":"https://l","tos_uri":"https://t","x_own":1}`),
		Removed:    []string{"logo_uri"},
	}
	got := reconcile.Record{}.ShownInPart(u, decode(t, `{"client_name":"new","client_name#de-de":"neu","tos_uri":null,"x_new":2}`))
	diff(t, "known", decode(t, `{"client_name":"new","client_name#de-de":"neu","scope":"a","tos_uri":null,"x_own":1,"x_new":2}`), got)
	if u.Registered["client_name"] != "old" {
		t.Error("what was registered is changed")
	}
}

// An answer that has any metadata of the client is to have all; a server's own words about it are none.
func TestShowsNoMetadata(t *testing.T) {
	asked := decode(t, `{"client_name":"a","ext_tier":"gold","client_name#ja":"x"}`)
	for answer, want := range map[string]bool{
		`{}`: true, `{"status":"ok","client_secret_kind":"plain"}`: true, `{"client_name":null,"scope":""}`: true,
		`{"client_name":"b"}`: false, `{"ext_tier":"silver"}`: false, `{"grant_types":["implicit"]}`: false, `{"client_name#JA":"y"}`: false, `{"tos_uri#de":"https://t"}`: false,
	} {
		if got := reconcile.ShowsNoMetadata(asked, decode(t, answer)); got != want {
			t.Errorf("%s: %v", answer, got)
		}
	}
}
