// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// A read that leaves client_id out is a read of the client where the rest of it fits.
func TestReadWithoutClientID(t *testing.T) {
	f := newFake(t, answer(200, `{"redirect_uris":["https://a"],"client_name":"n","registration_access_token":"new"}`))
	got, err := f.run(f.client(t), Read)
	if err != nil || got.ClientID != "c1" || got.RegistrationAccessToken.Reveal() != "new" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Not so where client_id is written out as nothing, as by a server that answers for a client that it doesn't have with an object of defaults: there the client's URI or a
// token tells.
func TestReadOfAnEmptyClientID(t *testing.T) {
	const defaults = `"grant_types":["authorization_code"],"response_types":["code"]`
	for body, want := range map[string]bool{
		`{"client_id":null,` + defaults + `}`: false,
		`{"client_id":"",` + defaults + `}`:   false,
		`{"client_id":null,` + defaults + `,"registration_client_uri":null,"registration_access_token":"","client_secret":null}`: false,
		`{"client_id":null,` + defaults + `,"registration_client_uri":"URI"}`:                                                    true,
		`{"client_id":null,"registration_client_uri":"URI"}`:                                                                     true,
		`{"client_id":null,` + defaults + `,"registration_access_token":"new"}`:                                                  true,
		`{"client_id":"",` + defaults + `,"registration_access_token":"new"}`:                                                    true,
		`{"client_id":null,"client_name":"n","registration_access_token":"new"}`:                                                 false,
		`{"client_id":null,` + defaults + `,"registration_access_token":"new","registration_client_uri":"URI/other"}`:            false,
		`{"client_id":null,"client_name":"App","redirect_uris":["https://a"],` + defaults + `}`:                                  true,
		`{"client_id":"","client_name":"","redirect_uris":[],"jwks":{"keys":[]},` + defaults + `}`:                               false,
		`{"client_id":null,"redirect_uris":[""],` + defaults + `}`:                                                               false,
		`{` + defaults + `}`: true,
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			answer(200, strings.ReplaceAll(body, "URI", "http://"+r.Host))(w, r)
		})
		got, err := f.client(t).Read(t.Context(), f.URL, "c1", nil)
		if read := err == nil && got.ClientID == "c1" && got.Unnamed; read != want {
			t.Errorf("%s: read %v, %v", body, read, err)
		}
	}
}

// So is the answer to an update that leaves it out and shows what was sent. What is in an answer of which that cannot be told may be another client's.
func TestUpdateWithoutClientID(t *testing.T) {
	sent := map[string]any{"client_id": "c1", "client_name": "n", "redirect_uris": []any{"https://a"}, "grant_types": []any{"authorization_code"}, "response_types": []any{"code"},
		"tos_uri": "https://a/tos", "policy_uri": "https://a/policy", "jwks": map[string]any{"keys": []any{map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"}}}}
	const jwks = `{"jwks":{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"1"}]},"grant_types":["authorization_code"]`
	const token = `,"registration_access_token":"new"}`
	for body, want := range map[string]struct{ shown, kept bool }{
		`{"redirect_uris":["https://a"],"client_name":"n"` + token:                                                                    {true, true},
		`{"redirect_uris":["https://a"],"client_name":"of before","grant_types":["authorization_code"]` + token:                       {true, true},
		`{"client_name":"n","response_types":"code"` + token:                                                                          {true, true},
		`{"redirect_uris":["https://b"],"client_name":"other","grant_types":["authorization_code"],"response_types":["code"]` + token: {},
		`{"grant_types":["authorization_code"],"response_types":["code"]` + token:                                                     {},
		// What all clients of a company have in common tells none from another.
		`{"client_name":"other","redirect_uris":["https://b"],"tos_uri":"https://a/tos","grant_types":["authorization_code"]` + token: {},
		`{"tos_uri":"https://a/tos","policy_uri":"https://a/policy"` + token:                                                          {},
		jwks + token:                            {true, true},
		jwks + `,"client_name":"other"` + token: {},
		jwks + `,"client_name":"other","redirect_uris":["https://b"]` + token:                {},
		`{"redirect_uris":["https://b"],"client_name":"n","tos_uri":"https://a/tos"` + token: {true, true},
		`{"client_name":"n"` + token: {},
		`{"status":"failed","redirect_uris":["https://a"],"client_name":"n"` + token:                                        {},
		`{"updated":0,"redirect_uris":["https://a"],"client_name":"n"` + token:                                              {},
		`{"client_id":"c2","redirect_uris":["https://a"],"client_name":"n"` + token:                                         {},
		`{"client_id":null,"redirect_uris":["https://a"],"client_name":"n"` + token:                                         {true, true}, // as what writes out each member that is not set
		`{"client_id":"","redirect_uris":["https://a"],"client_name":"n"` + token:                                           {true, true},
		`{"client_id":7,"redirect_uris":["https://a"],"client_name":"n"` + token:                                            {},
		`{"registration_client_uri":"https://elsewhere.example/c2","redirect_uris":["https://a"],"client_name":"n"` + token: {},
		`{"registration_client_uri":"URI"` + token:                                                                          {false, true},
		`{"registration_client_uri":"URI","redirect_uris":["https://a"],"client_name":"n"` + token:                          {true, true},
		`{"registration_client_uri":"URI","client_id":"c2"` + token:                                                         {},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			answer(200, strings.ReplaceAll(body, "URI", "http://"+r.Host))(w, r)
		})
		got, err := f.client(t).Update(t.Context(), f.URL, "c1", nil, false, sent)
		shown := err == nil && got.ClientID == "c1" && got.RegistrationAccessToken.Reveal() == "new"
		kept := shown
		if !shown {
			carried := asError(t, err).Credentials
			kept = carried != nil && carried.ClientID == "c1" && carried.RegistrationAccessToken.Reveal() == "new"
		}
		if shown != want.shown || kept != want.kept {
			t.Errorf("%s: shown %v, kept %v, %v", body, shown, kept, err)
		}
	}
}

// What tells a client without a name, redirect URIs or keys of its own from others is all that it has: an answer shows at least three members as sent, none otherwise, and none
// by which it would be another client's.
func TestUpdateWithoutClientIDOfAClientThatHasNoName(t *testing.T) {
	sent := map[string]any{"client_id": "c1", "grant_types": []any{"client_credentials"}, "scope": "a b", "jwks_uri": "https://a/jwks", "software_id": "s", "contacts": []any{}}
	with := func(member string, value any) map[string]any {
		body := maps.Clone(sent)
		body[member] = value
		return body
	}
	const all, token = `"grant_types":["client_credentials"],"scope":"b a","jwks_uri":"https://a/jwks","software_id":"s"`, `,"registration_access_token":"new"}`
	for name, test := range map[string]struct {
		body  string
		sent  map[string]any
		shown bool
	}{
		"all":                             {all, sent, true},
		"three":                           {`"grant_types":["client_credentials"],"scope":"a b","jwks_uri":"https://a/jwks"`, sent, true},
		"beside the server's own":         {all + `,"application_type":"web","x":1`, sent, true},
		"and one that is not shown":       {`"grant_types":"client_credentials","jwks_uri":"https://a/jwks","software_id":"s","scope":null`, sent, true},
		"one is another":                  {`"grant_types":["client_credentials"],"scope":"a b","jwks_uri":"https://b/jwks","software_id":"s"`, sent, false},
		"one is another beside all":       {all, with("logo_uri", "https://l"), true},
		"two":                             {`"grant_types":["client_credentials"],"jwks_uri":"https://a/jwks"`, sent, false},
		"none":                            {`"x":1`, sent, false},
		"what is empty":                   {`"grant_types":["client_credentials"],"scope":"a b","contacts":[],"client_name":""`, sent, false},
		"a name that was not sent":        {all + `,"client_name":"other"`, sent, false},
		"a name in another language":      {all + `,"client_name#de":"other"`, sent, false},
		"redirect URIs that were not":     {all + `,"redirect_uris":["https://b"]`, sent, false},
		"keys that were not":              {all + `,"jwks":{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, sent, false},
		"an empty name":                   {all + `,"client_name":"","redirect_uris":[],"jwks":null`, sent, true},
		"a client that has a name":        {all, with("client_name", "n"), false},
		"a client that has one in German": {all, with("client_name#de", "n"), false},
		"a client whose name is empty":    {all, with("client_name", ""), true},
		"a failure":                       {all + `,"status":"failed"`, sent, false},
		"another client by its id":        {all + `,"client_id":"c2"`, sent, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(200, "{"+test.body+token))
			got, err := f.client(t).Update(t.Context(), f.URL, "c1", nil, false, test.sent)
			if shown := err == nil && got.ClientID == "c1" && got.Unnamed && got.RegistrationAccessToken.Reveal() == "new"; shown != test.shown {
				t.Errorf("shown: %v, %v", shown, err)
			}
			if err != nil && asError(t, err).Credentials != nil {
				t.Error("a token is kept that may be another client's")
			}
		})
	}
}
