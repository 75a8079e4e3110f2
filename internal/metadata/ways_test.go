// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// problemWay is what a problem says to do, with a document that has the problem and, for each of the ways that the sentence names, that
// document when it is done. A document is JSON without its braces, or the name of a member of extension_metadata after "extension:".
type problemWay struct {
	says, bad string
	good      []string
}

const (
	oneKey  = `"jwks":{"keys":[{"kty":"new"}]}`
	keysURI = `"jwks_uri":"https://app.example/jwks"`
	noFlow  = `"grant_types":["client_credentials"],"response_types":[]`
)

func with(method, rest string) string {
	return redirect + `,"token_endpoint_auth_method":"` + method + `"` + rest
}

func problemWays() []problemWay {
	uri := func(uri string) string { return `"redirect_uris":["` + uri + `"]` }
	const implicit = `,"grant_types":["implicit"],"response_types":["id_token"]`
	cert := func(rest string) string { return with("tls_client_auth", rest) }
	ways := []problemWay{
		{"Add it to grant_types.", redirect + `,"response_types":["code","id_token"]`, []string{redirect + `,"response_types":["code","id_token"],"grant_types":["authorization_code","implicit"]`}},
		{"Add it to grant_types.", redirect + `,"grant_types":["client_credentials"],"response_types":["code"]`, []string{redirect + `,"grant_types":["client_credentials","authorization_code"],"response_types":["code"]`}},
		{"Add one to response_types, or remove the grant.", redirect + `,"grant_types":["authorization_code","client_credentials"],"response_types":[]`, []string{redirect + `,"grant_types":["authorization_code","client_credentials"],"response_types":["code"]`, noFlow}},
		{"Add one to response_types, or remove the grant.", redirect + `,"grant_types":["authorization_code","implicit"]`, []string{redirect + `,"grant_types":["authorization_code","implicit"],"response_types":["code","id_token"]`, redirect + `,"grant_types":["authorization_code"]`}},
		{"Add them to jwks, or set jwks_uri instead (OpenID Connect Core §9, RFC 8705 §2.2).", with("private_key_jwt", `,"jwks":{"keys":[]}`), []string{with("private_key_jwt", ","+oneKey), with("private_key_jwt", ","+keysURI)}},
		{"Add them to jwks, or set jwks_uri instead.", redirect + `,"request_object_signing_alg":"ES256","jwks":{"keys":[]}`, []string{redirect + `,"request_object_signing_alg":"ES256",` + oneKey, redirect + `,"request_object_signing_alg":"ES256",` + keysURI}},
		{"Set jwks_uri or jwks (OpenID Connect Core §9, RFC 8705 §2.2).", with("private_key_jwt", ""), []string{with("private_key_jwt", ","+keysURI), with("private_key_jwt", ","+oneKey)}},
		{"Set jwks_uri or jwks.", redirect + `,"request_object_signing_alg":"ES256"`, []string{redirect + `,"request_object_signing_alg":"ES256",` + keysURI, redirect + `,"request_object_signing_alg":"ES256",` + oneKey}},
		{"Choose a method, or remove the grant.", with("none", `,"grant_types":["authorization_code","client_credentials"]`), []string{with("client_secret_basic", `,"grant_types":["authorization_code","client_credentials"]`), with("none", `,"grant_types":["authorization_code"]`)}},
		{"Choose an algorithm, or remove the response type.", redirect + `,"id_token_signed_response_alg":"none"` + implicit, []string{redirect + `,"id_token_signed_response_alg":"RS256"` + implicit, redirect + `,"id_token_signed_response_alg":"none"`}},
		{"Choose an algorithm.", redirect + `,"require_signed_request_object":true,"request_object_signing_alg":"none"`, []string{redirect + `,"require_signed_request_object":true,"request_object_signing_alg":"HS256"`}},
		{`Choose another algorithm, such as "RS256".`, redirect + `,"authorization_signed_response_alg":"none"`, []string{redirect + `,"authorization_signed_response_alg":"RS256"`}},
		{"If a host is meant, put https:// before it.", uri("localhost:8080/cb"), []string{uri("https://localhost:8080/cb")}},
		{"Make sure that the key is public.", redirect + `,"jwks":{"keys":[{"kty":"LMS","k":"x"}]}`, []string{redirect + `,"jwks":{"keys":[{"kty":"LMS","pub":"x"}]}`}},
		{"Name the language, or set client_name without one.", redirect + `,"client_name#":"a"`, []string{redirect + `,"client_name#de":"a"`, redirect + `,"client_name":"a"`}},
		{"Remove it from extension_metadata.", "extension:client_id", []string{redirect}},
		{"Set client_name as the attribute, not in extension_metadata.", "extension:client_name#", []string{redirect + `,"client_name":"a"`}},
		{"Set it as localized = { TAG = { client_name = … } }, not in extension_metadata.", "extension:client_name#de", []string{redirect + `,"client_name#de":"a"`}},
		{"Set it there, not in extension_metadata.", "extension:client_name", []string{redirect + `,"client_name":"a"`}},
		{"A member of extension_metadata has no name. Remove it.", "extension:", []string{redirect}},
		{"Remove it, for example with trimspace().", redirect + `,"client_name":"a\n"`, []string{redirect + `,"client_name":"a"`}},
		{"is in the list already. Remove it.", redirect + `,"contacts":["a@example.com","a@example.com"]`, []string{redirect + `,"contacts":["a@example.com"]`}},
		{"Remove one of them.", cert(`,"tls_client_auth_subject_dn":"CN=a","tls_client_auth_san_dns":"app.example"`), []string{cert(`,"tls_client_auth_san_dns":"app.example"`), cert(`,"tls_client_auth_subject_dn":"CN=a"`)}},
		{"Remove one of them.", redirect + "," + keysURI + "," + oneKey, []string{redirect + "," + keysURI, redirect + "," + oneKey}},
		{"Remove one.", redirect + `,"x_note#JA":"x","x_note#ja":"y"`, []string{redirect + `,"x_note#ja":"y"`}},
		{"Remove one.", redirect + `,"client_name#JA":"x","client_name#ja":"y"`, []string{redirect + `,"client_name#ja":"y"`}},
		{"Remove the attribute, or set it to null.", redirect + `,"client_name":""`, []string{redirect, redirect + `,"client_name":null`}},
		{"Remove the attribute, or write jsonencode({ keys = [] }) for a set without keys.", redirect + `,"jwks":{}`, []string{redirect, redirect + `,"jwks":{"keys":[]}`}},
		{"Remove the element.", redirect + `,"contacts":[""]`, []string{redirect + `,"contacts":[]`}},
		{"Remove them.", redirect + `,"client_name":"a\u202e"`, []string{redirect + `,"client_name":"a"`}},
		{"Remove them.", redirect + `,"software_id":"a\u0001"`, []string{redirect + `,"software_id":"a"`}},
		{`Set it to "poll", "ping" or "push".`, `"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[]`, []string{`"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[],"backchannel_token_delivery_mode":"poll"`}},
		{"needs backchannel_client_notification_endpoint (CIBA Core §4). Set it.", `"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[],"backchannel_token_delivery_mode":"ping"`, []string{`"grant_types":["urn:openid:params:grant-type:ciba"],"response_types":[],"backchannel_token_delivery_mode":"ping","backchannel_client_notification_endpoint":"https://app.example/n"`}},
		{"Set it without a language tag.", redirect + `,"grant_types#de":["authorization_code"]`, []string{redirect + `,"grant_types":["authorization_code"]`}},
		{"Set it, or remove id_token_encrypted_response_enc.", redirect + `,"id_token_encrypted_response_enc":"A128GCM"`, []string{redirect + "," + keysURI + `,"id_token_encrypted_response_enc":"A128GCM","id_token_encrypted_response_alg":"RSA-OAEP"`, redirect}},
		{"Set it, or remove nfv_token_encrypted_response_enc.", redirect + `,"nfv_token_encrypted_response_enc":"A128GCM"`, []string{redirect + "," + keysURI + `,"nfv_token_encrypted_response_enc":"A128GCM","nfv_token_encrypted_response_alg":"RSA-OAEP"`, redirect}},
		{"Set it, or use one host.", `"subject_type":"pairwise","redirect_uris":["https://a.example/","https://b.example/"]`, []string{`"subject_type":"pairwise","sector_identifier_uri":"https://a.example/s","redirect_uris":["https://a.example/","https://b.example/"]`, `"subject_type":"pairwise","redirect_uris":["https://a.example/","https://a.example/b"]`}},
		{"Set one.", cert(""), []string{cert(`,"tls_client_auth_san_dns":"app.example"`)}},
		{"Set redirect_uris, or, if the client does not use the authorization endpoint, set grant_types to the grants that it uses and response_types = [].", `"grant_types":["authorization_code"]`, []string{redirect + `,"grant_types":["authorization_code"]`, noFlow}},
		{"Set redirect_uris, or, if the client does not use the authorization endpoint, set grant_types to the grants that it uses and response_types = [].", "", []string{redirect, noFlow}},
		{"Set response_types = [] if the client does not use the authorization endpoint.", `"grant_types":["client_credentials"]`, []string{noFlow}},
		{`Use a host name, drop the grant, or set application_type = "native" if it is a native client.`, uri("https://localhost/") + implicit, []string{uri("https://app.example/") + implicit, uri("https://localhost/"), uri("https://localhost/") + implicit + `,"application_type":"native"`}},
		{`Use https, drop the grant, or set application_type = "native" if it is a native client.`, uri("app:/cb") + implicit, []string{uri("https://app.example/") + implicit, uri("app:/cb"), uri("app:/cb") + implicit + `,"application_type":"native"`}},
		{"Use a loopback address, https or a custom scheme.", uri("http://app.example/") + `,"application_type":"native"`, []string{uri("http://127.0.0.1/") + `,"application_type":"native"`, uri("https://app.example/") + `,"application_type":"native"`, uri("app:/cb") + `,"application_type":"native"`}},
		{"Use https or a scheme of the application's own.", uri("javascript:alert(1)"), []string{uri("https://app.example/"), uri("com.example.app:/cb")}},
		{"Use https, or set request_object_signing_alg.", redirect + `,"request_uris":["http://app.example/r"]`, []string{redirect + `,"request_uris":["https://app.example/r"]`, redirect + `,"request_uris":["http://app.example/r"],"request_object_signing_alg":"HS256"`}},
		{"Use https.", with("none", `,"backchannel_logout_uri":"http://app.example/out"`), []string{with("none", `,"backchannel_logout_uri":"https://app.example/out"`)}},
		{"Use https.", redirect + `,"logo_uri":"javascript:alert(1)"`, []string{redirect + `,"logo_uri":"https://app.example/logo"`}},
		{`Write "RS256".`, redirect + `,"id_token_signed_response_alg":"rs256"`, []string{redirect + `,"id_token_signed_response_alg":"RS256"`}},
		{`Write "client_secret_basic".`, with("client_secret_basic ", ""), []string{with("client_secret_basic", "")}},
		{`Write "client_secret_post".`, with("CLIENT_SECRET_POST", ""), []string{with("client_secret_post", "")}},
		{`Write "de-DE".`, redirect + `,"client_name#de_DE":"x"`, []string{redirect + `,"client_name#de-DE":"x"`}},
		{"percent-encode it.", uri("https://app.example/a b"), []string{uri("https://app.example/a%20b")}},
		{"remove it, and replace the key if this file was shared.", redirect + `,"jwks":{"keys":[{"kty":"oct","k":"x"}]}`, []string{redirect + `,"jwks":{"keys":[]}`}},
		{"remove it, and replace the key if this file was shared.", redirect + `,"jwks":{"keys":[{"kty":"AKP","priv":"x"}]}`, []string{redirect + `,"jwks":{"keys":[{"kty":"AKP","pub":"x"}]}`}},
		{"remove the # and what follows.", redirect + `,"backchannel_logout_uri":"https://app.example/out#a"`, []string{redirect + `,"backchannel_logout_uri":"https://app.example/out"`}},
		{"remove the # and what follows.", uri("https://app.example/#a"), []string{uri("https://app.example/")}},
		{`use "HS256", "HS384" or "HS512" (OpenID Connect Core §9).`, with("client_secret_jwt", `,"token_endpoint_auth_signing_alg":"RS256"`), []string{with("client_secret_jwt", `,"token_endpoint_auth_signing_alg":"HS256"`)}},
		{`use an asymmetric algorithm such as "RS256" or "ES256" (OpenID Connect Core §9).`, with("private_key_jwt", ","+keysURI+`,"token_endpoint_auth_signing_alg":"HS256"`), []string{with("private_key_jwt", ","+keysURI+`,"token_endpoint_auth_signing_alg":"ES256"`)}},
		{"write an IPv4 address as 192.0.2.1 or an IPv6 address as 2001:db8::1 (RFC 8705 §2.1.2).", cert(`,"tls_client_auth_san_ip":"192.0.2"`), []string{cert(`,"tls_client_auth_san_ip":"192.0.2.1"`), cert(`,"tls_client_auth_san_ip":"2001:db8::1"`)}},
		{"write each of them as an element of its own.", redirect + `,"grant_types":["authorization_code refresh_token"]`, []string{redirect + `,"grant_types":["authorization_code","refresh_token"]`}},
		{"write it as https://host/path.", uri("https:///path"), []string{uri("https://app.example/path")}},
		{"Encode it once, as in jsonencode({ … }).", redirect + `,"vp_formats_supported":"{\"x\":{}}"`, []string{redirect + `,"vp_formats_supported":{"x":{}}`}},
		{"Encode it once, as in jsonencode({ … }).", redirect + `,"jwks":"{\"keys\":[]}"`, []string{redirect + `,"jwks":{"keys":[]}`}},
		{"write { keys = [ … ] } around it.", redirect + `,"jwks":{"kty":"new"}`, []string{redirect + "," + oneKey}},
	}
	return ways
}

// imperative is the first word of a sentence that says what to do.
var imperative = regexp.MustCompile(`^(?i)(add|choose|correct|drop|encode|give|have|if|keep|leave|list|make|name|percent-encode|put|register|remove|replace|separate|set|take|use|write) `)

// aSentence ends one at a full stop, a semicolon or a colon, also within brackets before it.
var aSentence = regexp.MustCompile(`[^.;:\s](?:[^.;:]|[.;:]\S)*[.;:]?`)

// ofACase is what one problem has in one case and not in another: names of parameters, values, schemes, sections of specifications.
var ofACase = regexp.MustCompile(`^[a-z][\w#.\[\]]* |"[^"]*"|\([^()]*(?:\([^()]*\)[^()]*)*\)|the scheme \w+|[a-z]+(?:_[a-z]+)+[#\w-]*|\d+`)

// form is a problem without what differs between its cases.
func form(detail string) string { return ofACase.ReplaceAllString(strings.TrimSpace(detail), "…") }

// What a problem says to do, within its own sentence, ends the problem: each such sentence is done here as it is written.
func TestWhatAProblemSaysToDoEndsIt(t *testing.T) {
	said := func(doc string) []Problem {
		if member, extension := strings.CutPrefix(doc, "extension:"); extension {
			p, _ := CheckExtension(member)
			return []Problem{p}
		}
		return Check(value(t, "{"+doc+"}").(object), nil)
	}
	done := map[string][]string{} // by the form of the problem, what a way says to do
	for _, way := range problemWays() {
		for _, p := range said(way.bad) {
			for _, sentence := range aSentence.FindAllString(p.Detail, -1) {
				if strings.Contains(way.says, sentence) {
					done[form(p.Detail)] = append(done[form(p.Detail)], sentence)
				}
			}
		}
		if !slices.ContainsFunc(said(way.bad), func(p Problem) bool { return strings.Contains(p.Detail, way.says) }) {
			t.Errorf("%s does not say %q: %v", way.bad, way.says, said(way.bad))
		}
		for _, good := range way.good {
			if left := said(good); len(left) > 0 {
				t.Errorf("%q: after that, of %s: %v", way.says, good, left)
			}
		}
	}
	content, err := os.ReadFile("testdata/problems.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(content)) {
		for _, sentence := range aSentence.FindAllString(strings.TrimSpace(line), -1) {
			if !imperative.MatchString(sentence) {
				continue
			}
			found++
			if !slices.Contains(done[form(line)], sentence) {
				t.Errorf("nobody has done what is said: %q, in %q", sentence, line)
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d sentences say what to do", found)
	}
}
