// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// shownValues are what servers were seen to show, or might, for a parameter of any kind.
func shownValues(p *metadata.Parameter) []any {
	object := func(text string) any {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			panic(err)
		}
		return v
	}
	return []any{
		plainValue(parameterValue(p, 0)), plainValue(parameterValue(p, 1)), nil, "", "*", " ", "a  b", "a, b", "/logo.png", "logo", "javascript:alert(1)", "http://app.example.com/a#b", "http://localhost",
		"https://app.example.com:99999/", "https://app.example.com/ä b", "none", "NONE", "RS256", "browser", "0", "true", "id_token  code", "com.example.app", "::1", "e30.e30.c2ln",
		[]any{}, []any{""}, []any{nil}, []any{"*"}, []any{"https://*.example.com/*", "http://app.example.com/#x"}, []any{"a", "a"}, []any{1, true}, []any{" "}, []any{"code", "implicit", "none"},
		0, -1, 1.5, json.Number("1e30"), json.Number("60.0"), true, false, map[string]any{}, map[string]any{"a": nil}, object(publicKey), object(privateKey), object(`{"keys":[]}`), object(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`),
		object(`{"keys":{"a":1}}`), object(`[{"keys":[]}]`), publicKey, "{", "[]",
	}
}

// Whatever a server shows of a client, the configuration that Terraform generates from its import is one that the provider accepts,
// and planning it changes nothing but what comes under management.
func TestGeneratedConfigurationIsAccepted(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	id, uri, token := registeredBefore(t, op, attrs{"redirect_uris": []string{"https://app.example.com/a"}})
	original, _ := op.Client(id)
	all := metadata.All()
	rapid.Check(t, func(t *rapid.T) {
		current, _ := op.Client(id)
		for name := range current.Metadata {
			op.UnsetMember(id, name)
		}
		for name, v := range original.Metadata {
			op.SetMember(id, name, v)
		}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 8, func(p *metadata.Parameter) string { return p.Name }).Draw(t, "parameters") {
			name := p.Name + rapid.SampledFrom([]string{"", "", "", "#ja", "#JA", "#de_DE", "#", "#x y"}).Draw(t, p.Name+" tag")
			op.SetMember(id, name, rapid.SampledFrom(shownValues(p)).Draw(t, name))
		}
		op.SetMember(id, "x_vendor", rapid.SampledFrom([]any{nil, 1, []any{"a"}, map[string]any{"": 1}}).Draw(t, "x_vendor"))
		generatedIsAccepted(t, op, id, uri, token)
	})
}

// What real servers register although the standards forbid it, or although it does not fit together, is imported as a configuration
// that is accepted, too. Each stands here, so that none depends on what the property draws.
func TestGeneratedConfigurationOfWhatServersRegister(t *testing.T) {
	t.Parallel()
	key := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
	for name, shown := range map[string]map[string]any{
		"any redirect":                    {"redirect_uris": []any{"*"}},
		"a pattern":                       {"redirect_uris": []any{"https://*.example.com/*", "com.example.app:/cb", "http://127.0.0.1/cb", "urn:ietf:wg:oauth:2.0:oob"}},
		"one pattern of all":              {"redirect_uris": []any{`regexp=(https://a\.example/cb|https://b\.example/cb)`}},
		"no redirects":                    {"redirect_uris": []any{}, "grant_types": []any{"authorization_code"}},
		"redirects as one string":         {"redirect_uris": "https://app.example.com/a"},
		"two spaces in scope":             {"scope": "openid  email"},
		"spaces around scope":             {"scope": " openid email "},
		"commas in scope":                 {"scope": "openid,email"},
		"scope as a list":                 {"scope": []any{"openid", "email openid"}},
		"a tag with an underscore":        {"client_name#de_DE": "App"},
		"a tag twice":                     {"client_name#de": "App", "client_name#DE": "Anwendung"},
		"an empty tag, a tag of words":    {"client_name#": "App", "client_name#x y": "App"},
		"a tag on a list":                 {"redirect_uris#de": []any{"https://de.example.com"}},
		"enc without alg":                 {"id_token_encrypted_response_enc": "A128GCM", "userinfo_encrypted_response_enc": "A256GCM", "request_object_encryption_enc": "A128CBC-HS256", "authorization_encrypted_response_enc": "A128GCM", "introspection_encrypted_response_enc": "A128GCM"},
		"a relative logo":                 {"logo_uri": "/logo.png", "client_uri": "app", "tos_uri": "//app.example.com/tos", "policy_uri": "?p"},
		"an unknown method":               {"token_endpoint_auth_method": "client_secret_magic", "introspection_endpoint_auth_method": "attest_jwt_client_auth"},
		"application_type browser":        {"application_type": "browser", "redirect_uris": []any{"http://localhost:3000/"}},
		"application_type service":        {"application_type": "service", "grant_types": []any{"client_credentials"}, "response_types": []any{}},
		"unknown grants":                  {"grant_types": []any{"authorization_code", "urn:example:magic", "implicit"}, "response_types": []any{"none", "device"}},
		"responses without their grants":  {"grant_types": []any{"client_credentials"}, "response_types": []any{"code id_token"}},
		"empty lists and strings":         {"contacts": []any{}, "client_name": "", "default_acr_values": []any{""}, "grant_types": []any{}, "response_types": []any{}, "scope": "", "jwks": map[string]any{}},
		"custom members":                  {"x_a": "1", "ext_b": map[string]any{"": nil}, "client_status": "active", "created_at": 1, "id": 7, "_links": map[string]any{"self": "x"}, "": "nameless"},
		"keys twice":                      {"jwks": map[string]any{"keys": []any{key}}, "jwks_uri": "https://app.example.com/jwks"},
		"a private key":                   {"jwks": map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "c2VjcmV0"}}}},
		"a key set without keys":          {"jwks": map[string]any{"keys": nil}},
		"keys as a list":                  {"jwks": []any{key}},
		"none as an algorithm":            {"id_token_signed_response_alg": "none", "request_object_signing_alg": "none", "token_endpoint_auth_signing_alg": "none"},
		"lower-case algorithms":           {"id_token_signed_response_alg": "rs256", "userinfo_signed_response_alg": "Es256"},
		"two subjects of a certificate":   {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a", "tls_client_auth_san_dns": "a.example.com"},
		"no subject of a certificate":     {"token_endpoint_auth_method": "tls_client_auth"},
		"keys that are missing":           {"token_endpoint_auth_method": "private_key_jwt"},
		"logout without a scheme":         {"backchannel_logout_uri": "app.example.com/logout", "frontchannel_logout_uri": "http://other.example.com/#x", "post_logout_redirect_uris": []any{"*", "+"}},
		"numbers out of range":            {"default_max_age": -1, "x_max": json.Number("1e400")},
		"texts for numbers and booleans":  {"default_max_age": "3600", "require_auth_time": "true", "tls_client_certificate_bound_access_tokens": "0"},
		"objects for texts":               {"client_name": map[string]any{"en": "App"}, "logo_uri": []any{"https://a.example.com/a", "https://a.example.com/b"}},
		"a sector of another host":        {"subject_type": "pairwise", "sector_identifier_uri": "http://elsewhere.example.com/"},
		"a public client with what it is": {"token_endpoint_auth_method": "none", "grant_types": []any{"client_credentials"}, "response_types": []any{}},
		"CIBA without an endpoint":        {"backchannel_token_delivery_mode": "push", "grant_types": []any{"urn:openid:params:grant-type:ciba"}},
		"a statement":                     {"software_statement": "e30.e30.c2ln"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			id, uri, token := registeredBefore(t, op, attrs{"redirect_uris": []string{"https://app.example.com/a"}})
			for member, v := range shown {
				op.SetMember(id, member, v)
			}
			generatedIsAccepted(t, op, id, uri, token)
		})
	}
}

// generatedIsAccepted imports a client and plans the configuration that Terraform generates of it.
func generatedIsAccepted(t tftest.TB, op *fakeop.Server, id, uri, token string) {
	t.Helper()
	r := newRig(t, op)
	if err := r.Start(attrs{"issuer": op.Issuer(), "registration_access_tokens": map[string]any{id: token}}); err != nil {
		t.Fatalf("%v", err)
	}
	if err := r.Import(theClient, uri); err != nil {
		t.Fatalf("the import fails: %v", err)
	}
	generated := r.Generated(theClient)
	changes, err := r.Changes(map[string]attrs{theClient: generated})
	if err != nil {
		t.Fatalf("the generated configuration is refused: %v\n%v", err, generated)
	}
	for _, change := range changes {
		t.Errorf("the generated configuration changes %s", change)
	}
	for _, b := range r.Broken() {
		t.Errorf("%s", b)
	}
}
