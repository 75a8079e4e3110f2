// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"cmp"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func TestAcceptedNoMore(t *testing.T) {
	const asked, settled = `{"id_token_signed_response_alg":"ES256","scope":"a b","grant_types":["implicit"],"logo_uri":"https://l","client_name#ja":"x"}`,
		`{"id_token_signed_response_alg":"HS256","scope":"a","grant_types":["implicit","refresh_token"],"client_name#JA":"y"}`
	all := []string{"client_name#ja", "grant_types", "id_token_signed_response_alg", "scope"}
	for name, test := range map[string]struct {
		asked, now string
		accept     []string
		strict     bool
		want       []string
	}{
		"security":                      {asked: asked, now: settled, want: all[2:3]},
		"accepted":                      {asked: asked, now: settled, accept: all[2:3]},
		"strict":                        {asked: asked, now: settled, strict: true, want: all},
		"strict, accepted":              {asked: asked, now: settled, strict: true, accept: []string{"client_name", "scope"}, want: all[1:3]},
		"asked otherwise":               {asked: `{"id_token_signed_response_alg":"HS256"}`, now: settled},
		"removed":                       {asked: `{}`, now: settled, strict: true},
		"as asked by now":               {asked: asked, now: asked, strict: true},
		"nothing is shown of it by now": {asked: asked, now: `{}`, strict: true, want: all},
	} {
		t.Run(name, func(t *testing.T) {
			agreed, _ := reconcile.Agree(decode(t, asked), decode(t, settled))
			var got []string
			for _, s := range (reconcile.Record{Agreed: agreed}).AcceptedNoMore(decode(t, test.asked), func() reconcile.Document { return decode(t, test.now) }, test.accept, test.strict) {
				got = append(got, s.Member)
			}
			diff(t, "refused", test.want, got)
		})
	}
	same, _ := reconcile.Agree(decode(t, asked), decode(t, asked))
	(reconcile.Record{Agreed: same}).AcceptedNoMore(decode(t, asked), func() reconcile.Document { t.Error("decoded"); return nil }, nil, true)
}

// An update would ask in vain for what was taken before only where nothing else differs and nothing has changed.
func TestTakenBefore(t *testing.T) {
	const asked, settled = `{"id_token_signed_response_alg":"ES256","scope":"a b","logo_uri":"https://l"}`, `{"id_token_signed_response_alg":"HS256","scope":"a"}`
	security := []string{"id_token_signed_response_alg"}
	for name, test := range map[string]struct {
		asked, now string
		refused    string
		accept     []string
		strict     bool
		want       []string
	}{
		"as it was":                             {want: security},
		"strict":                                {strict: true, want: append(security, "scope")},
		"accepted":                              {accept: security},
		"another value is asked for":            {asked: `{"id_token_signed_response_alg":"ES256","scope":"a c","logo_uri":"https://l"}`},
		"one more is asked for":                 {asked: `{"id_token_signed_response_alg":"ES256","scope":"a b","logo_uri":"https://l","client_uri":"https://c"}`},
		"one is removed":                        {asked: `{"id_token_signed_response_alg":"ES256","scope":"a b"}`},
		"another value is shown":                {now: `{"id_token_signed_response_alg":"RS256","scope":"a"}`},
		"none is shown":                         {now: `{"scope":"a"}`},
		"another one drifted":                   {now: `{"id_token_signed_response_alg":"HS256","scope":"c"}`},
		"refused before":                        {refused: security[0]},
		"another one refused before":            {refused: "scope", strict: true},
		"another one refused, and accepted":     {refused: "scope", accept: []string{"scope"}, strict: true, want: security},
		"another one refused that is not shown": {refused: "logo_uri", strict: true},
		"another one refused, and not by now":   {refused: "scope", want: security},
		"refused before, and accepted by now":   {refused: security[0], accept: security},
		"as asked by now":                       {now: asked},
	} {
		t.Run(name, func(t *testing.T) {
			agreed, _ := reconcile.Agree(decode(t, asked), decode(t, settled))
			if pair, found := agreed[test.refused]; found {
				pair.Refused = true
				agreed[test.refused] = pair
			}
			var got []string
			for _, s := range (reconcile.Record{Agreed: agreed}).TakenBefore(decode(t, cmp.Or(test.asked, asked)), decode(t, cmp.Or(test.now, settled)), test.accept, test.strict) {
				got = append(got, s.Member)
			}
			diff(t, "taken before", test.want, got)
		})
	}
}

// What the server has in place of what is asked differs in nothing as long as both are as they were agreed on, whatever else is asked that the server has.
func TestNothingButAgreed(t *testing.T) {
	const asked, settled = `{"id_token_signed_response_alg":"ES256","scope":"a b","logo_uri":"https://l","default_acr_values":["a","b"],"client_name#ja":"x"}`,
		`{"id_token_signed_response_alg":"HS256","scope":"a","default_acr_values":["a"],"client_name#JA":"y","client_name":"App"}`
	with := func(more string) string { return `{"id_token_signed_response_alg":"ES256",` + more + `}` }
	const rest = `"scope":"a b","logo_uri":"https://l","default_acr_values":["a","b"]`
	for name, test := range map[string]struct {
		asked, now string
		refused    string
		accept     []string
		strict     bool
		want       bool
	}{
		"as it was":                            {want: true},
		"in another spelling of a tag":         {asked: with(rest + `,"client_name#JA":"x"`), want: true},
		"and one more, as the server has it":   {asked: with(rest + `,"client_name#ja":"x","client_name":"App"`), want: true},
		"and one more, a default":              {asked: with(rest + `,"client_name#ja":"x","application_type":"web"`), want: true},
		"and one more, as nobody has it":       {asked: with(rest + `,"client_name#ja":"x","client_name":"Another"`)},
		"its own value by now":                 {asked: `{"id_token_signed_response_alg":"HS256",` + rest + `,"client_name#ja":"x"}`, want: true},
		"another value by now":                 {asked: `{"id_token_signed_response_alg":"PS256",` + rest + `,"client_name#ja":"x"}`},
		"another value of one that is hidden":  {asked: with(`"scope":"a b","logo_uri":"https://m","default_acr_values":["a","b"],"client_name#ja":"x"`)},
		"another order":                        {asked: with(`"scope":"a b","logo_uri":"https://l","default_acr_values":["b","a"],"client_name#ja":"x"`)},
		"one that is shown is removed":         {asked: with(`"logo_uri":"https://l","default_acr_values":["a","b"],"client_name#ja":"x"`)},
		"one that is hidden is removed":        {asked: with(`"scope":"a b","default_acr_values":["a","b"],"client_name#ja":"x"`)},
		"the server shows another value":       {now: `{"id_token_signed_response_alg":"RS256","scope":"a","default_acr_values":["a"],"client_name#JA":"y"}`},
		"the server shows none by now":         {now: `{"scope":"a","default_acr_values":["a"],"client_name#JA":"y"}`},
		"the server shows another of a hidden": {now: `{"id_token_signed_response_alg":"HS256","scope":"a","logo_uri":"https://m","default_acr_values":["a"],"client_name#JA":"y"}`},
		"all as asked by now":                  {now: asked, want: true},
		"one was refused":                      {refused: "scope"},
		"one was refused that is not shown":    {refused: "logo_uri"},
		"one was refused, and is accepted now": {refused: "scope", accept: []string{"scope"}},
		"not shown, and strict by now":         {strict: true},
		"not shown, strict and accepted":       {strict: true, accept: []string{"logo_uri"}, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			agreed, _ := reconcile.Agree(decode(t, asked), decode(t, settled))
			if pair, found := agreed[test.refused]; found {
				pair.Refused = true
				agreed[test.refused] = pair
			}
			r := reconcile.Record{Agreed: agreed}
			if got := r.NothingButAgreed(decode(t, cmp.Or(test.asked, asked)), decode(t, cmp.Or(test.now, settled)), test.accept, test.strict); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
