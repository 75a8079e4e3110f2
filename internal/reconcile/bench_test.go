// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A client as people write it, and a server that shows its own members and defaults beside.
const (
	benchAsked = `{"client_name":"Shop","client_name#ja":"店","redirect_uris":["https://shop.example/cb","https://shop.example/cb2"],
		"post_logout_redirect_uris":["https://shop.example/"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],
		"scope":"openid email profile","contacts":["ops@shop.example"],"token_endpoint_auth_method":"private_key_jwt",
		"jwks":{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]},
		"require_pushed_authorization_requests":true,"dpop_bound_access_tokens":true,"default_max_age":3600,"logo_uri":"https://shop.example/logo.png"}`
	benchRegistered = `{"client_id":"c","client_secret":"secret","client_id_issued_at":1700000000,"client_secret_expires_at":0,
		"registration_access_token":"token","registration_client_uri":"https://as.example/reg/c",
		"client_name":"Shop","client_name#JA":"店","redirect_uris":["https://shop.example/cb2","https://shop.example/cb"],
		"post_logout_redirect_uris":["https://shop.example/"],"grant_types":["refresh_token","authorization_code"],"response_types":["code"],
		"scope":"email openid profile","contacts":["ops@shop.example"],"token_endpoint_auth_method":"private_key_jwt",
		"jwks":{"keys":[{"kid":"1","kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]},
		"require_pushed_authorization_requests":true,"dpop_bound_access_tokens":true,"default_max_age":3600,"logo_uri":"https://shop.example/logo.png",
		"application_type":"web","subject_type":"public","id_token_signed_response_alg":"RS256","require_auth_time":false,"request_uris":[],
		"tos_uri":"","policy_uri":null,"created_at":"2026-11-23T00:00:00Z"}`
)

// BenchmarkRefresh is what reconciling costs per client in a refresh: the record decoded, the read document observed.
func BenchmarkRefresh(b *testing.B) {
	asked, registered := decode(b, benchAsked), decode(b, benchRegistered)
	agreement, _ := reconcile.Agree(asked, registered)
	data, err := reconcile.Record{Agreed: agreement}.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		record, err := reconcile.Unmarshal(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, drift := observe(record.Agreed, registered); len(drift) > 0 {
			b.Fatal(drift)
		}
	}
	b.ReportMetric(float64(len(data)), "record-bytes")
}

func BenchmarkObserve(b *testing.B) {
	asked, registered := decode(b, benchAsked), decode(b, benchRegistered)
	agreement, _ := reconcile.Agree(asked, registered)
	b.ReportAllocs()
	for b.Loop() {
		if _, drift := observe(agreement, registered); len(drift) > 0 {
			b.Fatal(drift)
		}
	}
}

func BenchmarkRegisteredMetadataJSON(b *testing.B) {
	registered := decode(b, benchRegistered)
	b.ReportAllocs()
	for b.Loop() {
		_ = reconcile.RegisteredMetadataJSON(registered)
	}
}

// BenchmarkUpdate is an update: what is removed, whether anything must be sent, the body, the new agreement, the record.
func BenchmarkUpdate(b *testing.B) {
	asked, registered := decode(b, benchAsked), decode(b, benchRegistered)
	agreement, _ := reconcile.Agree(asked, registered)
	asked["client_name"] = "Shop 2"
	b.ReportAllocs()
	for b.Loop() {
		u := reconcile.Update{ClientID: "c", Asked: asked, Removed: reconcile.Removed(agreement, asked), Registered: registered}
		if reconcile.Satisfied(agreement, asked, registered) {
			b.Fatal("nothing to send")
		}
		_ = reconcile.Body(reconcile.FormStandard, u)
		next, _ := reconcile.Agree(asked, registered)
		if _, err := (reconcile.Record{Agreed: next}).Marshal(); err != nil {
			b.Fatal(err)
		}
	}
}
