// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"slices"
	"testing"
)

// typical is a client as a plan of 300 holds them.
func typical(b *testing.B) Document {
	doc, ok := value(b, `{
		"client_name":"Billing","client_name#ja":"請求","client_uri":"https://app.example","redirect_uris":["https://app.example/cb","https://app.example/cb2"],
		"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"scope":"openid profile email offline_access",
		"contacts":["ops@app.example"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://app.example/jwks",
		"id_token_signed_response_alg":"ES256","post_logout_redirect_uris":["https://app.example/out"],"default_max_age":3600,
		"require_pushed_authorization_requests":true,"dpop_bound_access_tokens":true,"software_id":"b3c0","ext_owner":"team-a"
	}`).(object)
	if !ok {
		b.Fatal("no document")
	}
	return doc
}

func BenchmarkCheck(b *testing.B) {
	doc := typical(b)
	if problems := Check(doc, nil); problems != nil {
		b.Fatal(problems)
	}
	b.ReportAllocs()
	for b.Loop() {
		Check(doc, nil)
	}
}

func BenchmarkCheckJWKS(b *testing.B) {
	doc := typical(b)
	delete(doc, "jwks_uri")
	doc["jwks"] = value(b, `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`)
	if problems := Check(doc, nil); problems != nil {
		b.Fatal(problems)
	}
	b.ReportAllocs()
	for b.Loop() {
		Check(doc, nil)
	}
}

func BenchmarkCheckSupported(b *testing.B) {
	doc := typical(b)
	server := value(b, `{"grant_types_supported":["authorization_code","refresh_token"],"response_types_supported":["code"],
		"token_endpoint_auth_methods_supported":["private_key_jwt"],"scopes_supported":["openid","profile","email","offline_access"],
		"id_token_signing_alg_values_supported":["ES256"]}`).(object)
	b.ReportAllocs()
	for b.Loop() {
		CheckSupported(doc, server)
	}
}

// BenchmarkEqualUnchanged is a refresh of a client that did not change.
func BenchmarkEqualUnchanged(b *testing.B) {
	asked, shown := typical(b), typical(b)
	b.ReportAllocs()
	for b.Loop() {
		for member, v := range asked {
			if !Equal(member, v, shown[member]) {
				b.Fatal(member)
			}
		}
	}
}

// BenchmarkEqualReordered is one from a server that reorders what it can.
func BenchmarkEqualReordered(b *testing.B) {
	asked, shown := typical(b), typical(b)
	for _, member := range []string{"redirect_uris", "grant_types"} {
		l, _ := shown[member].([]any)
		slices.Reverse(l)
	}
	shown["scope"] = "email openid offline_access profile"
	shown["default_max_age"] = "3600"
	b.ReportAllocs()
	for b.Loop() {
		for member, v := range asked {
			if !Equal(member, v, shown[member]) {
				b.Fatal(member)
			}
		}
	}
}
