// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

func TestIsName(t *testing.T) {
	for _, name := range []string{
		"client_secret", "clientSecret", "Client-Secret", "client_secret#ja", "registration_access_token", "RegistrationAccessToken", "token", "id_token_hint",
		"ext_param_client_secret", "secret_value", "secrets", "old_secrets", "password", "user.password", "passphrase", "credentials", "vendor_credentials_json",
		"api-key", "apiKey", "X-Api-Key", "Authorization", "Proxy-Authorization", "Set-Cookie", "software_statement", "client_assertion", "DPoP", "private_key",
		"privateKeyPem", "x-auth-key", "Ocp-Apim-Subscription-Key", "jwt", "bearer", "hmac_key", "signing-key", "pin",
	} {
		if !redact.IsName(name) {
			t.Errorf("IsName(%q) = false", name)
		}
	}
	for _, name := range []string{
		"", "client_id", "client_name", "token_endpoint", "token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "client_secret_expires_at",
		"credential_issuer", "credential_endpoint", "credential_signing_alg_values_supported", "dpop_bound_access_tokens", "keys", "jwks", "jwks_uri", "code", "spinner",
		"tokens_revocation", "access_token_lifetime", "id_token_signed_response_alg", "secret_type",
	} {
		if redact.IsName(name) {
			t.Errorf("IsName(%q) = true", name)
		}
	}
}

func TestRedactMember(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"ext_client_secret", `"s"`, `"[redacted]"`},
		{"ext_client_secret", `{"value":"s"}`, `"[redacted]"`},
		{"ext_client_secret", `["s"]`, `"[redacted]"`},
		{"ext_client_secret_rotation", `true`, `true`},
		{"ext_client_secret_count", `3`, `3`},
		{"ext", `{"a":[{"adminPassword":"s","n":1}],"b":"c"}`, `{"a":[{"adminPassword":"[redacted]","n":1}],"b":"c"}`},
		{"jwks", `{"keys":[{"kty":"AKP","alg":"ML-DSA-44","pub":"p","priv":"s"},{"kty":"oct","k":"s"}]}`, `{"keys":[{"alg":"ML-DSA-44","kty":"AKP","priv":"[redacted]","pub":"p"},{"k":"[redacted]","kty":"oct"}]}`},
		{"jwks", `"{\"keys\":[{\"kty\":\"EC\",\"d\":\"s\"}]}"`, `"{\"keys\":[{\"d\":\"[redacted]\",\"kty\":\"EC\"}]}"`},
		{"jwks", `"{\"keys\":[{\"kty\":\"EC\",\"d\":\"s\",}]}"`, `"[redacted]"`},
		{"jwks", `"{\"keys\":[{\"kty\":\"EC\",\"x\":\"p\",}]}"`, `"{\"keys\":[{\"kty\":\"EC\",\"x\":\"p\",}]}"`},
		{"jwks", `"-----BEGIN RSA PRIVATE KEY-----\nMII"`, `"[redacted]"`},
		{"x", `"eyJhbGciOiJub25lIn0.e30."`, `"[redacted]"`},
		{"policy_uri", `"https://a.example/?a=1&access_token=s#part"`, `"https://a.example/?a=1&access_token=[redacted]#part"`},
		{"redirect_uris", `["regexp=(https://a.example|https://b.example?token=s)"]`, `["regexp=(https://a.example|https://b.example?token=[redacted])"]`},
		{"tos_uri", `"https://user:s@a.example/x"`, `"https://[redacted]@a.example/x"`},
		{"tos_uri", `"https://a.example/%zz?b=c"`, `"https://a.example/%zz?b=c"`},
	} {
		in, err := jsonvalue.Decode([]byte(test.in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jsonvalue.Text(redact.Member(test.name, in))
		if err != nil || got != test.want {
			t.Errorf("%s: %s: %s, want %s (%v)", test.name, test.in, got, test.want, err)
		}
	}
}

func TestFind(t *testing.T) {
	v, err := jsonvalue.Decode([]byte(`{"client_secret":"one","a":{"token":["two",{"x":"three"}]},"b":"eyJh.four.","n":"no","jwks":"{\"kty\":\"oct\",\"k\":\"five\"}","u":"https://a:six@b.example/?token=seven"}`))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	redact.Find(v, func(s string) { found = append(found, s) })
	redact.FindInForm("password=ei%20ght&a=no", func(s string) { found = append(found, s) })
	slices.Sort(found)
	if diff := cmp.Diff([]string{"ei ght", "ei%20ght", "eyJh.four.", "five", "one", "seven", "six", "three", "two"}, slices.Compact(found)); diff != "" {
		t.Error(diff)
	}
}

// Wherever a credential stands under a name that speaks of one, nothing that is shown holds it, and what is redacted stays
// as it is when it is redacted again.
func TestRedactionIsComplete(t *testing.T) {
	const canary = "canary-9f"
	names := []string{"client_secret", "accessToken", "X-Api-Key", "admin.password", "secret_things", "vendor_credential"}
	rapid.Check(t, func(t *rapid.T) {
		value := any(canary)
		if rapid.Bool().Draw(t, "list") {
			value = []any{json.Number("1"), map[string]any{"v": canary}}
		}
		doc := any(map[string]any{rapid.SampledFrom(names).Draw(t, "name"): value, "other": "x"})
		for range rapid.IntRange(0, 4).Draw(t, "depth") {
			switch rapid.IntRange(0, 2).Draw(t, "wrapped") {
			case 0:
				doc = map[string]any{rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "member"): doc}
			case 1:
				doc = []any{doc, "y"}
			default:
				text, err := jsonvalue.Text(doc)
				if err != nil {
					t.Fatal(err)
				}
				doc = map[string]any{"text": text}
			}
		}
		once := redact.Value(doc)
		text, err := jsonvalue.Text(once)
		if err != nil || strings.Contains(text, canary) {
			t.Errorf("%s (%v)", text, err)
		}
		if !jsonvalue.Equal(once, redact.Value(once)) {
			t.Errorf("%s changes when it is redacted again", text)
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"a":"https://u:p@h/?token=x"}`)
	f.Add("password=%zz&a")
	f.Fuzz(func(_ *testing.T, s string) {
		redact.Member("x", s)
		redact.Form(s)
		redact.URL(s)
	})
}
