// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func TestImport(t *testing.T) {
	tests := map[string]struct {
		registered, want string
		left             []string
	}{
		"nothing":                 {registered: `null`, want: `{}`},
		"what the server assigns": {registered: `{"client_id":"c","client_secret":"s","client_id_issued_at":1,"client_secret_expires_at":0,"registration_access_token":"r","registration_client_uri":"https://r"}`, want: `{}`},
		"parameters":              {registered: `{"client_name":"a","redirect_uris":["https://a"],"default_max_age":60,"require_auth_time":true}`, want: `{"client_name":"a","redirect_uris":["https://a"],"default_max_age":60,"require_auth_time":true}`},
		"defaults":                {registered: `{"application_type":"web","grant_types":["authorization_code"],"response_types":["code"],"token_endpoint_auth_method":"client_secret_basic","require_auth_time":false,"id_token_signed_response_alg":"RS256"}`, want: `{}`},
		"empty values":            {registered: `{"client_name":"","contacts":[],"request_uris":null,"jwks":{},"redirect_uris":[""],"scope":"  "}`, want: `{}`},
		"no response types, and no grant with any":  {registered: `{"grant_types":["client_credentials"],"response_types":[]}`, want: `{"grant_types":["client_credentials"],"response_types":[]}`},
		"no response types, where they are not set": {registered: `{"grant_types":["authorization_code","refresh_token"],"response_types":[],"redirect_uris":["https://a"]}`, want: `{"grant_types":["authorization_code","refresh_token"],"redirect_uris":["https://a"]}`},
		"no response types as null":                 {registered: `{"grant_types":["client_credentials"],"response_types":null}`, want: `{"grant_types":["client_credentials"]}`},
		"no response types, no grants, redirects":   {registered: `{"grant_types":[],"response_types":[],"redirect_uris":["https://a"]}`, want: `{"redirect_uris":["https://a"]}`},
		"an empty set of keys beside an address":    {registered: `{"jwks_uri":"https://k","jwks":{"keys":[]}}`, want: `{"jwks_uri":"https://k"}`},
		"an empty set of keys":                      {registered: `{"client_name":"a","jwks":{"keys":[]}}`, want: `{"client_name":"a"}`},
		"a zero is a value":                         {registered: `{"default_max_age":0}`, want: `{"default_max_age":0}`},
		"other shapes":                              {registered: `{"token_endpoint_auth_method":["none"],"default_max_age":"60","scope":["a","b"]}`, want: `{"token_endpoint_auth_method":"none","default_max_age":60,"scope":"a b"}`},
		"shapes that no attribute holds":            {registered: `{"client_name":{"x":1},"contacts":[{"x":1}],"default_max_age":"soon"}`, want: `{}`, left: []string{"client_name", "contacts", "default_max_age"}},
		"localized":                                 {registered: `{"client_name#ja":"あ","tos_uri#de-CH":"https://t"}`, want: `{"client_name#ja":"あ","tos_uri#de-CH":"https://t"}`},
		"two spellings of a tag":                    {registered: `{"client_name#ja":"x","client_name#JA":"y","logo_uri#FR":"","logo_uri#fr":"https://l"}`, want: `{"client_name#JA":"y","logo_uri#fr":"https://l"}`},
		"a tag where there are no languages":        {registered: `{"scope#ja":"a"}`, want: `{}`},
		"a tag that is none":                        {registered: `{"client_name#x y":"a","client_name#ja_JP":"a","client_name#ja":"b"}`, want: `{"client_name#ja":"b"}`, left: []string{"client_name#ja_JP", "client_name#x y"}},
		"a software statement, which is sensitive":  {registered: `{"software_statement":"e30.e30.c2ln","client_name":"a"}`, want: `{"client_name":"a"}`},
		"an empty tag":                              {registered: `{"client_name#":"a"}`, want: `{}`},
		"members the table does not know":           {registered: `{"ext_own":1,"created_at":"now"}`, want: `{}`},
		"redirect URIs in one pattern":              {registered: `{"redirect_uris":["regexp=(https://a|https://b)"]}`, want: `{"redirect_uris":["https://a","https://b"]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			registered := decode(t, test.registered)
			imported, left := reconcile.Import(registered)
			diff(t, "left out", test.left, left)
			diff(t, "imported", decode(t, test.want), imported)
			again, _ := reconcile.Import(imported)
			diff(t, "imported twice", imported, again)
			agreement, _ := reconcile.Agree(imported, registered)
			if values, drift := observe(agreement, registered); len(drift) > 0 {
				t.Errorf("drift right after the import: %v", drift)
			} else {
				diff(t, "values", imported, values)
			}
			if !reconcile.Satisfied(agreement, imported, registered) && test.registered != tests["redirect URIs in one pattern"].registered {
				t.Error("the generated configuration needs an update")
			}
		})
	}
}

func TestRegisteredMetadata(t *testing.T) {
	const canary = "canary-7f"
	registered := decode(t, `{
		"client_id":"c","client_secret":"canary-7f","client_id_issued_at":1,"client_secret_expires_at":0,
		"registration_access_token":"canary-7f","registration_client_uri":"https://r","registration_access_token_expires_in":60,
		"client_name":"a&b","client_name#ja":"あ","token_endpoint_auth_method":"client_secret_basic","software_statement":"canary-7f",
		"id_token_signed_response_alg":"RS256","default_max_age":3.0e3,
		"ext_param_client_secret":"canary-7f","ext_param_client_secret_expires_at":0,"ext_client_secret_rotation":true,
		"initialAccessToken":"canary-7f","api-key":"canary-7f","old_secrets":["canary-7f",{"value":"canary-7f","at":1}],
		"secret":{"value":"canary-7f","inner":{"v":"canary-7f","n":1}},
		"ext_nested":{"admin_password":"canary-7f","ok":"yes","list":[{"access_token":"canary-7f","id":"x"}]},
		"manage_uri":"https://r?token=canary-7f","ext_empty":null,
		"jwks":{"keys":[{"kty":"RSA","n":"public","e":"AQAB","d":"canary-7f","p":"canary-7f","q":"canary-7f","dp":"canary-7f","dq":"canary-7f","qi":"canary-7f","oth":[{"d":"canary-7f"}]},{"kty":"oct","k":"canary-7f","kid":"1"}]}
	}`)
	want := `{"client_name":"a&b","client_name#ja":"あ","default_max_age":3.0e3,"ext_client_secret_rotation":true,"ext_empty":null,` +
		`"ext_nested":{"list":[{"id":"x"}],"ok":"yes"},"ext_param_client_secret_expires_at":0,"id_token_signed_response_alg":"RS256",` +
		`"jwks":{"keys":[{"e":"AQAB","kty":"RSA","n":"public"},{"kid":"1","kty":"oct"}]},` +
		`"old_secrets":[{"at":1}],"secret":{"inner":{"n":1}},"token_endpoint_auth_method":"client_secret_basic"}`
	got := reconcile.RegisteredMetadataJSON(registered)
	diff(t, "JSON", want, got)
	diff(t, "twice", got, reconcile.RegisteredMetadataJSON(reconcile.RegisteredMetadata(registered)))
	if registered["client_secret"] != canary || registered["jwks"].(map[string]any)["keys"].([]any)[0].(map[string]any)["d"] != canary {
		t.Error("the argument was modified")
	}
	diff(t, "nothing registered", "{}", reconcile.RegisteredMetadataJSON(nil))
}
