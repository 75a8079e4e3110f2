// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief writes a problem as "error member#tag[index]: summary", for comparing.
func brief(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		s := "error "
		if p.Warning {
			s = "warning "
		}
		s += p.Member
		if p.Tag != "" {
			s += "#" + p.Tag
		}
		if p.Index != whole {
			s += fmt.Sprintf("[%d]", p.Index)
		}
		out = append(out, s+": "+p.Summary)
	}
	return out
}

// checkCase is a document, written as JSON without its braces, and the problems that Check finds in it.
type checkCase struct {
	name    string
	doc     string
	unknown []string
	want    []string
}

// collected are the problems of all cases that ran, for TestProblemsReadWell.
var collected []Problem

func runChecks(t *testing.T, cases []checkCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			doc := value(t, "{"+test.doc+"}").(object)
			unknown := map[string]bool{}
			for _, member := range test.unknown {
				unknown[member] = true
			}
			problems := Check(doc, unknown)
			collected = append(collected, problems...)
			if diff := cmp.Diff(test.want, brief(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const redirect = `"redirect_uris":["https://app.example/cb"]`

func TestCheckValues(t *testing.T) {
	runChecks(t, []checkCase{
		{name: "nothing wrong", doc: redirect + `,"client_name":"x","contacts":[],"default_max_age":0,"scope":"a b","ext_a":"","ext_b":null,"client_uri":null`},
		{name: "empty string", doc: redirect + `,"client_name":"","jwks":"","scope":"","contacts":["",null]`, want: []string{
			"error client_name: Empty string", "error scope: Empty string",
			"error contacts[0]: Empty string", "error contacts[1]: Not a string", "error jwks: Empty string",
		}},
		{name: "wrong shapes", doc: redirect + `,"client_name":1,"contacts":"x","default_max_age":"1","require_auth_time":"true","scope":["a"],"jwks":7`, want: []string{
			"error client_name: Not a string", "error scope: Not a string", "error contacts: Not a list", "error jwks: Not a JSON object",
			"error default_max_age: Not an integer", "error require_auth_time: Not a boolean",
		}},
		{name: "numbers", doc: redirect + `,"default_max_age":-1`, want: []string{"error default_max_age: Negative number"}},
		{name: "slips", doc: `"redirect_uris":["https://app.example/a","https://app.example/a"],"grant_types":["authorization_code,refresh_token","authorization_code"],
			"token_endpoint_auth_method":"client_secret_basic ","client_name":"App\n","software_id":"a\u0000b","scope":"openid openid","contacts":["a@example.com","b@example.com","a@example.com"]`, want: []string{
			"warning redirect_uris[1]: Repeated value", "warning token_endpoint_auth_method: Value differs in case or blanks", "warning grant_types[0]: Several values in one element",
			"warning client_name: Stray characters", "warning scope: Invalid scope", "warning contacts[2]: Repeated value", "warning software_id: Stray characters",
		}},
		{name: "directions of writing", doc: redirect + `,"client_name":"App\u202egpj.exe","contacts":["\u2066a@example.com\u2069"],"software_id":"\u200fשלום\u200e"`, want: []string{
			"warning client_name: Stray characters", "warning contacts[0]: Stray characters",
		}},
		{name: "over 64 bits", doc: redirect + `,"default_max_age":99999999999999999999`, want: []string{"error default_max_age: Number too large"}},
		{name: "a fraction", doc: redirect + `,"default_max_age":1.5`, want: []string{"error default_max_age: Not an integer"}},
		{name: "closed sets", doc: redirect + `,"application_type":"spa","backchannel_token_delivery_mode":"pull"`, want: []string{
			"warning application_type: Unusual value", "error backchannel_token_delivery_mode: Value not allowed",
		}},
		{name: "a nearly closed set", doc: redirect + `,"subject_type":"ephemeral"`, want: []string{"warning subject_type: Unusual value"}},
		{name: "open registries", doc: redirect + `,
			"token_endpoint_auth_method":"https://as.example/method","grant_types":["authorization_code","https://as.example/grant","urn:x:y"],
			"response_types":["code","vp_token"],"id_token_signed_response_alg":"ML-DSA-44","response_modes":["direct_post"],
			"client_registration_types":["other"]`},
		{name: "case of values", doc: redirect + `,"id_token_signed_response_alg":"rs256","token_endpoint_auth_method":"Client_Secret_Post"`, want: []string{
			"warning token_endpoint_auth_method: Value differs in case or blanks", "warning id_token_signed_response_alg: Value differs in case or blanks",
		}},
		{name: "forbidden algorithms", doc: redirect + `,"jwks_uri":"https://app.example/jwks",
			"token_endpoint_auth_signing_alg":"none","authorization_signed_response_alg":"none","backchannel_authentication_request_signing_alg":"HS256"`,
			want: []string{
				"error token_endpoint_auth_signing_alg: Value not allowed", "error authorization_signed_response_alg: Value not allowed",
				"error backchannel_authentication_request_signing_alg: Value not allowed",
			}},
		{name: "response types", doc: redirect + `,"response_types":["code "," code"]`, want: []string{
			"error response_types[0]: Invalid response type", "error response_types[1]: Invalid response type",
		}},
		{name: "software statement", doc: `"software_statement":"statement.json"`, want: []string{"warning software_statement: Not a signed JWT"}},
		{name: "a good software statement", doc: `"software_statement":"aaa.bbb.ccc"`},
		{name: "certificate subject", doc: redirect + `,"token_endpoint_auth_method":"tls_client_auth","tls_client_auth_san_ip":"192.0.2"`, want: []string{
			"error tls_client_auth_san_ip: Invalid IP address",
		}},
		{name: "certificate URI", doc: redirect + `,"token_endpoint_auth_method":"tls_client_auth","tls_client_auth_san_uri":"app"`, want: []string{
			"error tls_client_auth_san_uri: Invalid URI",
		}},
		{name: "unknown values", doc: redirect + `,"client_name":"","jwks":"{","ext_a":1`, unknown: []string{"client_name", "jwks", "contacts"}},
	})
}

func TestCheckScope(t *testing.T) {
	for scope, ok := range map[string]bool{
		"a": true, "a b": true, "https://as.example/x!#[]^~": true,
		" a": false, "a ": false, "a  b": false, " ": false, `a"b`: false, `a\b`: false, "a\tb": false, "é": false, "a\x7f": false,
	} {
		problems := Check(Document{"redirect_uris": list{"https://app.example/cb"}, "scope": scope}, nil)
		if ok != (len(problems) == 0) {
			t.Errorf("%q: %v", scope, problems)
		}
	}
}

func TestCheckLocalizedMembers(t *testing.T) {
	runChecks(t, []checkCase{
		{name: "fine", doc: redirect + `,"client_name#ja":"x","policy_uri#de-AT":"https://app.example/p","keywords#fr":["a"],"ext_a#b#c":"x"`},
		{name: "values are checked", doc: redirect + `,"client_name#ja":"","policy_uri#de":"p","keywords#de":[""]`, want: []string{
			"error client_name#ja: Empty string", "error keywords#de[0]: Empty string", "warning policy_uri#de: Invalid URI",
		}},
		{name: "tags", doc: redirect + `,"client_name#de_DE":"x","client_name#":"y"`, want: []string{
			"error client_name#: Empty language tag", "warning client_name#de_DE: Invalid language tag",
		}},
		{name: "names", doc: redirect + `,"redirect_uris#ja":["x"],"grant_types#ja":[]`, want: []string{
			"error grant_types#ja: Not localizable", "error redirect_uris#ja: Not localizable",
		}},
		{name: "the same language twice", doc: redirect + `,"client_name#JA":"x","client_name#ja":"y","client_name#en":"z"`, want: []string{
			"error client_name#ja: Repeated language",
		}},
		{name: "the same language twice, of an extension", doc: redirect + `,"x_note#DE":"x","x_note#de":"y","x_note#en":"z","X_note#de":"z"`, want: []string{
			"error x_note#de: Repeated language",
		}},
		{name: "unknown values", doc: redirect + `,"client_name#ja":""`, unknown: []string{"client_name#ja"}},
		{name: "assigned by the server", doc: redirect + `,"client_id":"x","registration_client_uri":null,"client_secret":"y"`, want: []string{
			"error client_id: Assigned by the server", "error client_secret: Assigned by the server",
		}},
	})
}

func TestTagsAndExtensions(t *testing.T) {
	for _, test := range []struct{ name, tag, want string }{
		{"client_name", "ja", ""},
		{"client_name", "de_DE", "Invalid language tag"},
		{"client_name", "", "Empty language tag"},
		{"redirect_uris", "ja", "Not localizable"},
	} {
		p, bad := tagProblem(byName[test.name], test.tag)
		if bad != (test.want != "") || p.Summary != test.want {
			t.Errorf("%s#%s: %v", test.name, test.tag, p)
		}
	}
	if p, _ := tagProblem(byName["client_name"], "de_DE"); !strings.HasSuffix(p.Detail, `Write "de-DE".`) {
		t.Errorf("no advice: %s", p.Detail)
	}
	for _, test := range []struct{ member, want string }{
		{"ext_a", ""},
		{"ext_a#ja", ""},
		{"Client_Name", ""}, // names are case-sensitive
		{"id_token_signing_alg_values_supported", ""},
		{"", "Empty name"},
		{"client_name", "Not an extension"},
		{"client_name#ja", "Not an extension"},
		{"client_name#", "Not an extension"},
		{"redirect_uris#ja", "Not localizable"},
		{"client_id", "Assigned by the server"},
		{"client_secret#ja", "Assigned by the server"},
	} {
		p, bad := CheckExtension(test.member)
		if bad != (test.want != "") || p.Summary != test.want || bad && (p.Member != test.member || p.Index != whole) {
			t.Errorf("CheckExtension(%q) = %v", test.member, p)
		}
	}
}

func TestWellFormedTag(t *testing.T) {
	irregular := strings.Fields("en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de")
	for _, tag := range irregular {
		if !WellFormedTag(strings.ToUpper(tag)) {
			t.Errorf("%q refused", tag)
		}
	}
	good := strings.Fields("de fr ja zh-aaa-bbb-ccc i-enochian zh-Hant zh-Hans sr-Cyrl sr-Latn zh-cmn-Hans-CN cmn-Hans-CN zh-yue-HK yue-HK " +
		"zh-Hans-CN sr-Latn-RS sl-rozaj sl-rozaj-biske sl-nedis de-CH-1901 sl-IT-nedis hy-Latn-IT-arevela de-DE en-US es-419 " +
		"de-CH-x-phonebk az-Arab-x-AZE-derbend x-whatever qaa-Qaaa-QM-x-southern de-Qaaa sr-Latn-QM sr-Qaaa-RS en-US-u-islamcal " +
		"zh-CN-a-myext-x-private en-a-myext-b-another sgn-BE-FR EN-gb-OED art-lojban zh-min-nan")
	for _, tag := range good { // RFC 5646 Appendix A, and the grandfathered
		if !WellFormedTag(tag) {
			t.Errorf("%q refused", tag)
		}
	}
	for _, tag := range append(strings.Fields("de-419-DE-x a-DE ar-a de_DE - -de de- de--DE x i x- 1a de-x abcdefghi de-abcdefghi de-$abc de-ab~cd abcd abcdefgh Latn-de en-a en-u-x-foo a1 de-1 de-é"), "", "de DE") {
		if WellFormedTag(tag) {
			t.Errorf("%q taken", tag)
		}
	}
}

func TestCheckExclusionsAndDependencies(t *testing.T) {
	const keys = `"jwks_uri":"https://app.example/jwks"`
	runChecks(t, []checkCase{
		{name: "jwks and jwks_uri", doc: redirect + `,` + keys + `,"jwks":{"keys":[]}`, want: []string{"error jwks: Conflicting parameters"}},
		{name: "jwks may be null later", doc: redirect + `,` + keys, unknown: []string{"jwks"}},
		{name: "empty jwks", doc: redirect + `,` + keys + `,"jwks":{}`, want: []string{"error jwks: Not a JWK Set"}},
		{name: "enc without alg", doc: redirect + `,"id_token_encrypted_response_enc":"A128GCM","nfv_token_encrypted_response_enc":"A128GCM"`, want: []string{
			"warning id_token_encrypted_response_enc: Parameter missing", "warning nfv_token_encrypted_response_enc: Parameter missing",
		}},
		{name: "enc with alg", doc: redirect + `,` + keys + `,"id_token_encrypted_response_enc":"A128GCM","id_token_encrypted_response_alg":"RSA-OAEP"`},
		{name: "enc with alg not known yet", doc: redirect + `,"id_token_encrypted_response_enc":"A128GCM"`, unknown: []string{"id_token_encrypted_response_alg"}},
		{name: "enc with a statement", doc: `"software_statement":"a.b.c","id_token_encrypted_response_enc":"A128GCM"`},
		{name: "session without URI", doc: redirect + `,"backchannel_logout_session_required":true,"frontchannel_logout_session_required":false`, want: []string{
			"warning backchannel_logout_session_required: Parameter without effect",
		}},
		{name: "id_token none", doc: redirect + `,"id_token_signed_response_alg":"none","grant_types":["authorization_code","implicit"],"response_types":["code","code id_token"]`, want: []string{
			"error id_token_signed_response_alg: Value not allowed",
		}},
		{name: "id_token none with the token endpoint only", doc: redirect + `,"id_token_signed_response_alg":"none"`},
		{name: "id_token none, response types not known", doc: redirect + `,"id_token_signed_response_alg":"none"`, unknown: []string{"response_types"}},
		{name: "unsigned but must be signed", doc: redirect + `,"require_signed_request_object":true,"request_object_signing_alg":"none"`, want: []string{
			"error request_object_signing_alg: Value not allowed",
		}},
		{name: "request_uris", doc: redirect + `,"request_uris":["http://app.example/r#x","https://app.example/r#x"]`, want: []string{
			"warning request_uris[0]: Unprotected Request Object",
		}},
		{name: "request_uris of signed objects", doc: redirect + `,"request_uris":["http://app.example/r"],"request_object_signing_alg":"HS256"`},
		{name: "ciba", doc: `"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[]`, want: []string{
			"error backchannel_token_delivery_mode: Parameter missing",
		}},
		{name: "ping", doc: `"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[],"backchannel_token_delivery_mode":"ping"`, want: []string{
			"error backchannel_token_delivery_mode: Parameter missing",
		}},
		{name: "poll", doc: `"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[],"backchannel_token_delivery_mode":"poll"`},
	})
}

func TestCheckAuthentication(t *testing.T) {
	method := func(name, rest string) string {
		return redirect + `,"token_endpoint_auth_method":"` + name + `"` + rest
	}
	runChecks(t, []checkCase{
		{name: "private_key_jwt without keys", doc: method("private_key_jwt", ""), want: []string{"error token_endpoint_auth_method: Keys missing"}},
		{name: "with an empty set", doc: method("private_key_jwt", `,"jwks":{"keys":[]}`), want: []string{"error jwks: Keys missing"}},
		{name: "with an empty set and an algorithm", doc: redirect + `,"request_object_signing_alg":"ES256","jwks":{"keys":[]}`, want: []string{"warning jwks: Keys missing"}},
		{name: "with jwks_uri", doc: method("private_key_jwt", `,"jwks_uri":"https://app.example/jwks"`)},
		{name: "with signed_jwks_uri", doc: method("private_key_jwt", `,"signed_jwks_uri":"https://app.example/jwks"`)},
		{name: "with jwks", doc: method("private_key_jwt", `,"jwks":{"keys":[{"kty":"new"}]}`)},
		{name: "with keys to come", doc: method("private_key_jwt", ""), unknown: []string{"jwks"}},
		{name: "with a statement", doc: method("private_key_jwt", `,"software_statement":"a.b.c"`)},
		{name: "self-signed without keys", doc: method("self_signed_tls_client_auth", ""), want: []string{"error token_endpoint_auth_method: Keys missing"}},
		{name: "public with client_credentials", doc: method("none", `,"grant_types":["authorization_code","client_credentials"]`), want: []string{
			"warning token_endpoint_auth_method: Public client with client_credentials",
		}},
		{name: "tls without subject", doc: method("tls_client_auth", ""), want: []string{"error token_endpoint_auth_method: Certificate subject missing"}},
		{name: "tls with subject to come", doc: method("tls_client_auth", ""), unknown: []string{"tls_client_auth_san_dns"}},
		{name: "tls with two subjects", doc: method("tls_client_auth", `,"tls_client_auth_san_dns":"a","tls_client_auth_subject_dn":"CN=a"`), want: []string{
			"error tls_client_auth_san_dns: Conflicting parameters",
		}},
		{name: "subject without tls", doc: redirect + `,"tls_client_auth_san_dns":"a"`, want: []string{"warning tls_client_auth_san_dns: Parameter without effect"}},
		{name: "subject with a method to come", doc: redirect + `,"tls_client_auth_san_dns":"a"`, unknown: []string{"token_endpoint_auth_method"}},
		{name: "subject with an extension's method", doc: method("my_tls", `,"tls_client_auth_san_dns":"a"`)},
		{name: "HMAC for private_key_jwt", doc: method("private_key_jwt", `,"jwks_uri":"https://app.example/jwks","token_endpoint_auth_signing_alg":"HS256"`), want: []string{
			"warning token_endpoint_auth_signing_alg: Algorithm does not fit the method",
		}},
		{name: "asymmetric for client_secret_jwt", doc: method("client_secret_jwt", `,"token_endpoint_auth_signing_alg":"RS256"`), want: []string{
			"warning token_endpoint_auth_signing_alg: Algorithm does not fit the method",
		}},
		{name: "alg for a method that doesn't sign", doc: redirect + `,"token_endpoint_auth_signing_alg":"RS256"`, want: []string{
			"warning token_endpoint_auth_signing_alg: Parameter without effect",
		}},
		{name: "alg for an extension's method", doc: method("attest_jwt_client_auth", `,"token_endpoint_auth_signing_alg":"ES256"`)},
		{name: "symmetric encryption", doc: redirect + `,"id_token_encrypted_response_alg":"A128KW","userinfo_encrypted_response_alg":"A256GCMKW","introspection_encrypted_response_alg":"PBES2-HS256+A128KW","request_object_signing_alg":"HS256"`},
		{name: "encryption without keys", doc: redirect + `,"id_token_encrypted_response_alg":"RSA-OAEP","userinfo_encrypted_response_alg":"dir","request_object_signing_alg":"ES256","request_object_encryption_alg":"RSA-OAEP"`, want: []string{
			"warning id_token_encrypted_response_alg: Keys missing", "warning request_object_signing_alg: Keys missing",
		}},
		{name: "what is no algorithm, without keys", doc: redirect + `,"id_token_encrypted_response_alg":"RSA","request_object_signing_alg":"ES 256"`},
	})
}

func TestCheckFlows(t *testing.T) {
	for doc, way := range map[string]string{
		``: "names no grant", `"grant_types":[]`: "names no grant", `"grant_types":["authorization_code"]`: "authorization code grant",
	} {
		problems := Check(value(t, "{"+doc+"}").(object), nil)
		if len(problems) != 1 || !strings.Contains(problems[0].Detail, way) {
			t.Errorf("%s: %v", doc, problems)
		}
	}
	const misfit = ": Grant types and response types do not fit"
	runChecks(t, []checkCase{
		{name: "defaults", doc: redirect},
		{name: "nothing", doc: ``, want: []string{"warning redirect_uris: Redirection URIs missing"}},
		{name: "nothing but a statement", doc: `"software_statement":"a.b.c"`},
		{name: "machine", doc: `"grant_types":["client_credentials"],"response_types":[]`},
		{name: "machine, response types left out", doc: `"grant_types":["client_credentials"]`, want: []string{"warning grant_types" + misfit}},
		{name: "no response types and no grants", doc: `"response_types":[]`},
		{name: "implicit", doc: redirect + `,"grant_types":["implicit"],"response_types":["id_token token"]`},
		{name: "id_token without implicit", doc: redirect + `,"response_types":["code","id_token"]`, want: []string{"warning response_types" + misfit}},
		{name: "implicit without token", doc: redirect + `,"grant_types":["authorization_code","implicit"]`, want: []string{"warning grant_types" + misfit}},
		{name: "code without its grant", doc: redirect + `,"grant_types":["implicit"],"response_types":["code id_token"]`, want: []string{"warning grant_types" + misfit}},
		{name: "grant without code", doc: redirect + `,"grant_types":["authorization_code"],"response_types":["none"]`, want: []string{"warning response_types" + misfit}},
		{name: "both wrong", doc: redirect + `,"grant_types":["implicit"],"response_types":["code"]`, want: []string{
			"warning grant_types" + misfit, "warning response_types" + misfit,
		}},
		{name: "to come", doc: `"grant_types":["implicit"]`, unknown: []string{"response_types", "redirect_uris"}},
	})
}

func TestDetailsTellWhatToChange(t *testing.T) {
	doc := value(t, `{"redirect_uris":["https://app.example/cb#frag"],"grant_types":["client_credentials"],"client_name":""}`).(object)
	var details []string
	for _, p := range Check(doc, nil) {
		details = append(details, p.Detail)
	}
	want := []string{
		`redirect_uris[0] has a fragment. It must not have one (RFC 6749 §3.1.2): remove the # and what follows.`,
		`client_name is "", which cannot be registered: servers take it for "not set" or refuse it. Remove the attribute, or set it to null.`,
		`grant_types does not hold "authorization_code", but response_types is not set, which means "code". Set response_types = [] if the client does not use the authorization endpoint. See RFC 7591 §2.1.`,
	}
	if diff := cmp.Diff(want, details); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatIsMissingIsNotInvented: every error about one parameter alone is found whatever else the document holds.
func TestErrorsDoNotHideEachOther(t *testing.T) {
	doc := value(t, `{"redirect_uris":["x"],"jwks":{"keys":[{"kty":"oct","k":"x"}]},"jwks_uri":"http://a.example","application_type":"x",
		"token_endpoint_auth_signing_alg":"none","default_max_age":-1}`).(object)
	got := brief(Check(doc, nil))
	for _, want := range []string{
		"error redirect_uris[0]: Invalid URI", "error jwks_uri: Invalid URI", "error jwks[0]: Private key", "error jwks: Conflicting parameters",
		"warning application_type: Unusual value", "error token_endpoint_auth_signing_alg: Value not allowed", "error default_max_age: Negative number",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not found: %s in %q", want, got)
		}
	}
}
