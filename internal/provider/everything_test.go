// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// certificateSubjects exclude each other, as jwks and jwks_uri do: each round has one of them.
var certificateSubjects = []string{
	"tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip", "tls_client_auth_san_email",
}

// special are values that no kind alone could give, before and after the update.
var special = map[string][2]any{
	"redirect_uris":                           {[]string{"https://app.example.com/cb", "https://app.example.com/cb2"}, []string{"com.example.app:/cb", "http://127.0.0.1/cb"}},
	"application_type":                        {"web", "native"},
	"token_endpoint_auth_method":              {"tls_client_auth", "private_key_jwt"},
	"grant_types":                             {[]string{"authorization_code", "urn:openid:params:grant-type:ciba"}, []string{"refresh_token", "urn:openid:params:grant-type:ciba", "authorization_code"}},
	"response_types":                          {[]string{"code"}, []string{"none", "code"}},
	"response_modes":                          {[]string{"query", "jwt"}, []string{"fragment.jwt"}},
	"scope":                                   {"openid email", "profile openid"},
	"subject_type":                            {"pairwise", "public"},
	"backchannel_token_delivery_mode":         {"ping", "poll"},
	"client_registration_types":               {[]string{"automatic"}, []string{"explicit", "automatic"}},
	"encrypted_response_enc_values_supported": {[]string{"A256GCM"}, []string{"A256GCM", "A128CBC-HS256"}},
	"software_statement":                      {"e30.e30.c2ln", "e30.e30.b3RoZXI"},
	"jwks":                                    {publicKey, `{ "keys": [ { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "2" } ] }`},
	"vp_formats_supported":                    {`{"jwt_vc_json":{"alg_values":["ES256"]}}`, `{"jwt_vc_json": {"alg_values": ["ES256", "EdDSA"]}, "n": 1}`},
	"tls_client_auth_subject_dn":              {"CN=app,O=Example", "CN=app2,O=Example"},
	"tls_client_auth_san_dns":                 {"app.example.com", "app2.example.com"},
	"tls_client_auth_san_uri":                 {"https://app.example.com/", "urn:app:2"},
	"tls_client_auth_san_ip":                  {"192.0.2.1", "2001:db8::1"},
	"tls_client_auth_san_email":               {"app@example.com", "app2@example.com"},
}

// parameterValue makes a value from a row of the table, the first or the second.
func parameterValue(p *metadata.Parameter, second int) any {
	if v, ok := special[p.Name]; ok {
		return v[second]
	}
	pick := func(a, b string) string { return []string{a, b}[second] }
	switch {
	case strings.HasSuffix(p.Name, "_encrypted_response_alg"), strings.HasSuffix(p.Name, "_encryption_alg"):
		return pick("RSA-OAEP-256", "ECDH-ES+A256KW")
	case strings.HasSuffix(p.Name, "_alg"):
		return pick("ES256", "PS256")
	case strings.HasSuffix(p.Name, "_enc"):
		return pick("A256GCM", "A128GCM")
	}
	name := strings.ReplaceAll(p.Name, "_", "-")
	switch p.Kind {
	case metadata.Boolean:
		return second == 0
	case metadata.Integer:
		return 100 + second
	case metadata.URI:
		return "https://app.example.com/" + name + pick("", "/2")
	case metadata.StringList:
		if p.Elements == metadata.URI || strings.HasSuffix(p.Name, "uris") {
			return []string{"https://app.example.com/" + name + "/b", "https://app.example.com/" + name + pick("/a", "/c")}
		}
		return []string{name + "-b", name + pick("-a", "-c")}
	default:
		return name + pick(" ä <&>", " \"2\"")
	}
}

// wholeTable has each parameter of the table that can stand beside the others.
func wholeTable(round, second int) attrs {
	config := attrs{}
	for _, p := range metadata.All() {
		keys := []string{"jwks", "jwks_uri"}
		switch {
		case slices.Contains(keys, p.Name) && p.Name != keys[round%2]:
		case slices.Contains(certificateSubjects, p.Name) && p.Name != certificateSubjects[round]:
		default:
			config[p.Name] = parameterValue(p, second)
		}
	}
	localized := map[string]any{}
	for _, p := range metadata.All() {
		if p.Localizable {
			localized[p.Name] = parameterValue(p, second)
		}
	}
	config["localized"] = map[string]any{"ja": localized, []string{"de-CH", "fr"}[second]: map[string]any{"client_name": "App"}}
	return config
}

// Every parameter of the table at once: registered, updated, removed, with an empty plan after each.
func TestEveryParameter(t *testing.T) {
	t.Parallel()
	// What a list of supported values would refuse is not what this test is about.
	supported := map[string][]string{
		"client_registration_types_supported": {}, "nfv_token_signing_alg_values_supported": {},
	}
	for name, faults := range map[string]fakeop.Faults{
		"correct":             {},
		"every member needed": {UpdateNeedsEveryMember: true, UpdateNeedsSecret: true, NullsForUnset: true, EmptyStringsForUnset: true},
		"odd shapes":          {ReorderArrays: true, EmptyArraysForUnset: true, FalseForUnset: true, EmptyObjectForJWKS: true, LowerCaseTags: true},
	} {
		for round := range certificateSubjects {
			t.Run(fmt.Sprintf("%s with %s", name, certificateSubjects[round]), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Faults: faults, Supported: supported}, nil)
				first, second := wholeTable(round, 0), wholeTable(round, 1)
				r.Apply(first)
				r.wantRegistered(first)
				r.wantSpecificWarnings()
				r.WantEmpty(first)

				p := r.Plan(second)
				for name := range first {
					if !slices.Contains(r.Changes(p), name) {
						t.Errorf("the plan does not change %s", name)
					}
				}
				if err := r.ApplyPlan(p); err != nil {
					t.Fatal(err)
				}
				r.wantRegistered(second)
				r.WantEmpty(second)

				bare := attrs{"redirect_uris": []string{"https://app.example.com/cb"}}
				r.Apply(bare)
				for member := range r.registered() {
					parameter, known := metadata.Lookup(strings.Split(member, "#")[0])
					if known && parameter.Default == nil && member != "redirect_uris" {
						t.Errorf("%s is registered still", member)
					}
				}
				r.WantEmpty(bare)
				r.Apply(first)
				r.wantRegistered(first)
				r.Destroy()
			})
		}
	}
}

// wantRegistered compares the server's own word with the configuration, language variants included.
func (r *subject) wantRegistered(config attrs) {
	r.t.Helper()
	now := map[string]any{}
	for member, v := range r.registered() {
		now[metadata.CanonicalMember(member)] = v
	}
	want := map[string]any{}
	for name, v := range config {
		if _, ok := metadata.Lookup(name); ok {
			want[name] = v
		}
	}
	if localized, ok := config["localized"].(map[string]any); ok {
		for tag, variants := range localized {
			for name, v := range variants.(map[string]any) {
				want[metadata.CanonicalMember(name+"#"+tag)] = v
			}
		}
	}
	for member, v := range want {
		if text, ok := v.(string); ok && (member == "jwks" || member == "vp_formats_supported") {
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				r.t.Fatal(err)
			}
		}
		// Exactly as configured, order and all, but for numbers, whose Go types differ.
		a, _ := json.Marshal(v)
		b, _ := json.Marshal(now[member])
		if string(a) != string(b) {
			r.t.Errorf("%s is registered as %s, want %s", member, b, a)
		}
	}
	for member := range now {
		if name, tag := metadata.SplitTag(member); tag != "" && want[member] == nil {
			r.t.Errorf("%s#%s is registered, and not configured", name, tag)
		}
	}
}

// wantSpecificWarnings wants no diagnostics but those on support, which is not what the caller is about.
func (r *subject) wantSpecificWarnings() {
	r.t.Helper()
	for _, line := range r.told() {
		if !strings.Contains(line, "upported") && !strings.Contains(line, "without effect") {
			r.t.Errorf("unexpected diagnostic: %s", line)
		}
	}
}
