// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestCheckURIs(t *testing.T) {
	const bad, doubt = "error redirect_uris[0]: Invalid URI", "warning redirect_uris[0]: Invalid URI"
	for uri, want := range map[string][]string{
		"https://app.example/cb":            nil,
		"https://app.example:8443/cb?a=b&c": nil,
		"http://app.example/cb":             nil,
		"com.example.app:/cb":               nil,
		"myapp://cb":                        nil,
		"urn:ietf:wg:oauth:2.0:oob":         nil,
		"http://[::1]:3000/cb":              nil,
		"https://app.example/%7Ecb":         nil,
		"https://*.app.example/cb":          nil, // a pattern, and still a URI
		"http://localhost:*/cb":             {doubt},
		"http://127.0.0.1:80*/cb":           {doubt},
		"*://app.example/cb":                {doubt},
		"http://localhost:*/cb#x":           {doubt, bad},
		"javascript://app.example:*/":       {doubt, bad},
		"http://localhost:*:1/cb":           {bad},
		"https://*/a b":                     {bad},
		"/cb":                               {bad},
		"//app.example/cb":                  {bad},
		"app.example/cb":                    {bad},
		"":                                  {"error redirect_uris[0]: Empty string"},
		"https://app.example/cb#":           {bad},
		"https://app.example/cb#x":          {bad},
		"https:///cb":                       {bad},
		"https:/cb":                         {bad},
		"https:cb":                          {bad},
		"http://:80/cb":                     {bad},
		"https://app.example/a b":           {bad},
		"https://app.example/cb\n":          {bad},
		"https://app.example/%zz":           {bad},
		"https://app.example:port/cb":       {bad},
		"1http://app.example":               {bad},
		"https://app.example/{x}":           {doubt},
		"https://app.example/é":             {doubt},
		"regexp=(https://a.example|b)":      {bad},
		"localhost:8080/cb":                 {doubt},
		"app.example:443":                   {doubt},
	} {
		got := brief(Check(Document{"redirect_uris": list{uri}}, nil))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", uri, diff)
		}
	}
}

func TestCheckURIRules(t *testing.T) {
	runChecks(t, []checkCase{
		{name: "https", doc: redirect + `,"jwks_uri":"http://app.example/j","sector_identifier_uri":"ftp://app.example/","initiate_login_uri":"https://app.example/l"`, want: []string{
			"error jwks_uri: Invalid URI", "error sector_identifier_uri: Invalid URI",
		}},
		{name: "loopback", doc: redirect + `,"jwks_uri":"http://127.0.0.1:8080/j","initiate_login_uri":"http://localhost/"`, want: []string{
			"warning jwks_uri: Invalid URI", "warning initiate_login_uri: Invalid URI",
		}},
		{name: "http to another address", doc: redirect + `,"jwks_uri":"http://192.0.2.1/j"`, want: []string{"error jwks_uri: Invalid URI"}},
		{name: "web pages", doc: redirect + `,"client_uri":"mailto:a@b.example","tos_uri":"http://app.example","logo_uri":"data:image/png;base64,AA=="`, want: []string{
			"error client_uri: Invalid URI",
		}},
		{name: "logout fragments", doc: redirect + `,"backchannel_logout_uri":"https://app.example/b#x","frontchannel_logout_uri":"https://app.example/f#x","post_logout_redirect_uris":["https://app.example/#x"]`, want: []string{
			"error frontchannel_logout_uri: Invalid URI", "error backchannel_logout_uri: Invalid URI",
		}},
		{name: "http and public", doc: redirect + `,"token_endpoint_auth_method":"none","post_logout_redirect_uris":["http://app.example/","myapp:/x","http://localhost/"],"backchannel_logout_uri":"http://app.example/b"`, want: []string{
			"warning post_logout_redirect_uris[0]: Invalid URI", "warning backchannel_logout_uri: Invalid URI",
		}},
		{name: "http and confidential", doc: redirect + `,"post_logout_redirect_uris":["http://app.example/"]`},
		{name: "http and perhaps confidential", doc: redirect + `,"token_endpoint_auth_method":"none","post_logout_redirect_uris":["http://app.example/"]`, unknown: []string{"token_endpoint_auth_method"}},
		{name: "front-channel on another origin", doc: redirect + `,"frontchannel_logout_uri":"https://app.example:8443/f"`, want: []string{
			"warning frontchannel_logout_uri: Logout URI on another origin",
		}},
		{name: "front-channel by plain http", doc: `"redirect_uris":["http://app.example:80/cb"],"frontchannel_logout_uri":"http://app.example/f"`},
		{name: "front-channel and a custom scheme", doc: `"redirect_uris":["myapp:/cb"],"frontchannel_logout_uri":"https://app.example/f"`, want: []string{
			"warning frontchannel_logout_uri: Logout URI on another origin",
		}},
		{name: "front-channel that is no URI", doc: redirect + `,"frontchannel_logout_uri":"/f"`, want: []string{"warning frontchannel_logout_uri: Invalid URI"}},
		{name: "front-channel on the same", doc: redirect + `,"frontchannel_logout_uri":"https://APP.example:443/f"`},
		{name: "front-channel, redirects not known", doc: `"frontchannel_logout_uri":"https://app.example/f"`, unknown: []string{"redirect_uris"}},
	})
}

func TestCheckApplicationType(t *testing.T) {
	const misfit = ": Redirection URI does not fit the application type"
	const implicit = `"grant_types":["implicit"],"response_types":["id_token"],`
	runChecks(t, []checkCase{
		{name: "web, implicit", doc: implicit + `"application_type":"web","redirect_uris":["https://a.example/","http://a.example/","https://LOCALHOST/","a:/"]`, want: []string{
			"error redirect_uris[1]" + misfit, "error redirect_uris[2]" + misfit, "error redirect_uris[3]" + misfit,
		}},
		{name: "web by default, implicit", doc: implicit + `"redirect_uris":["http://localhost/"]`, want: []string{"warning redirect_uris[0]" + misfit}},
		{name: "web, code", doc: `"application_type":"web","redirect_uris":["http://a.example/","http://localhost/"]`},
		{name: "web, hybrid by response type only", doc: `"application_type":"web","redirect_uris":["http://a.example/"],"response_types":["code token"]`, want: []string{
			"warning response_types: Grant types and response types do not fit", "error redirect_uris[0]" + misfit,
		}},
		{name: "native", doc: `"application_type":"native","redirect_uris":["http://localhost:1/","http://127.0.0.1/","http://[::1]/","a:/b","https://a.example/","http://a.example/"]`, want: []string{
			"error redirect_uris[5]" + misfit,
		}},
		{name: "not known", doc: implicit + `"redirect_uris":["http://a.example/"]`, unknown: []string{"application_type"}},
		{name: "no URI at all is said once", doc: `"application_type":"native","redirect_uris":["x"]`, want: []string{"error redirect_uris[0]: Invalid URI"}},
	})
}

func TestCheckSector(t *testing.T) {
	const pairwise = `"subject_type":"pairwise","redirect_uris":["https://a.example/1","a:/b","https://A.example:8443/2","https://b.example/"]`
	runChecks(t, []checkCase{
		{name: "several hosts", doc: pairwise, want: []string{"error redirect_uris[3]: Sector identifier missing"}},
		{name: "with a sector", doc: pairwise + `,"sector_identifier_uri":"https://a.example/s"`},
		{name: "with a sector to come", doc: pairwise, unknown: []string{"sector_identifier_uri"}},
		{name: "public", doc: strings.Replace(pairwise, "pairwise", "public", 1)},
	})
}

// publicKeys makes a JWK Set of one key per type that go-jose writes.
func keyPair(t *testing.T) (public, private []any) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := func(key any) any {
		raw, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "1"})
		if err != nil {
			t.Fatal(err)
		}
		return value(t, string(raw))
	}
	return []any{jwk(&rsaKey.PublicKey), jwk(&ecKey.PublicKey), jwk(edPublic)},
		[]any{jwk(rsaKey), jwk(ecKey), jwk(edPrivate), jwk([]byte("secret"))}
}

func TestCheckRealKeys(t *testing.T) {
	public, private := keyPair(t)
	doc := Document{"redirect_uris": list{"https://app.example/cb"}}

	doc["jwks"] = object{"keys": public}
	if got := Check(doc, nil); got != nil {
		t.Errorf("public keys refused: %v", got)
	}

	doc["jwks"] = object{"keys": private}
	problems := Check(doc, nil)
	if diff := cmp.Diff([]string{
		"error jwks[0]: Private key", "error jwks[1]: Private key", "error jwks[2]: Private key", "error jwks[3]: Private key",
	}, brief(problems)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, p := range problems {
		for name, v := range private[i].(object) {
			if s, ok := v.(string); ok && len(s) > 3 && strings.Contains(p.Detail, s) {
				t.Errorf("the detail shows %q: %s", name, p.Detail)
			}
		}
	}
}

func TestCheckJWKS(t *testing.T) {
	const ec = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`
	set := func(keys string) string { return redirect + `,"jwks":{"keys":[` + keys + `]}` }
	runChecks(t, []checkCase{
		{name: "a good key", doc: set(`{` + ec + `}`)},
		{name: "no key", doc: set(``)},
		{name: "another member", doc: redirect + `,"jwks":{"keys":[],"x":1}`},
		{name: "a text", doc: redirect + `,"jwks":"{"`, want: []string{"error jwks: Not a JSON object"}},
		{name: "encoded twice", doc: redirect + `,"jwks":"{\"keys\":[]}","vp_formats_supported":"{}"`, want: []string{
			"error jwks: Not a JSON object", "error vp_formats_supported: Not a JSON object",
		}},
		{name: "no object", doc: redirect + `,"jwks":[],"vp_formats_supported":1`, want: []string{
			"error jwks: Not a JSON object", "error vp_formats_supported: Not a JSON object",
		}},
		{name: "an empty object", doc: redirect + `,"jwks":{},"vp_formats_supported":{}`, want: []string{"error jwks: Not a JWK Set"}},
		{name: "no keys", doc: redirect + `,"jwks":{"key":[]}`, want: []string{"error jwks: Not a JWK Set"}},
		{name: "keys is no array", doc: redirect + `,"jwks":{"keys":{}}`, want: []string{"error jwks: Not a JWK Set"}},
		{name: "a key, not a set", doc: redirect + `,"jwks":{` + ec + `}`, want: []string{"error jwks: Not a JWK Set"}},
		{name: "no key at all", doc: set(`"x"`), want: []string{"error jwks[0]: Not a key"}},
		{name: "no kty", doc: set(`{"crv":"P-256"}`), want: []string{"error jwks[0]: Key without type"}},
		{name: "a private member", doc: set(`{` + ec + `,"d":"x"}`), want: []string{"error jwks[0]: Private key"}},
		{name: "other private members", doc: set(`{"kty":"RSA","n":"AQ","e":"AQAB","oth":[]},{"kty":"AKP","priv":"x"},{"kty":"oct","k":"x"}`), want: []string{
			"error jwks[0]: Private key", "error jwks[1]: Private key", "error jwks[2]: Private key",
		}},
		{name: "unknown types pass", doc: set(`{"kty":"LMS","pub":"x"},{"kty":"AKP","alg":"ML-DSA-44","pub":"x"}`)},
		{name: "unknown types with secrets", doc: set(`{"kty":"LMS","d":"x"},{"kty":"LMS","k":"x"}`), want: []string{
			"error jwks[0]: Private key", "warning jwks[1]: Possibly a private key",
		}},
		{name: "unknown curves pass", doc: set(`{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},{"kty":"OKP","crv":"X25519","x":"AA"}`)},
		{name: "broken keys", doc: set(`{"kty":"EC","x":"AA","y":"AA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"RSA","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"RSA","n":1}`), want: []string{
			"error jwks[0]: Invalid key", "error jwks[1]: Invalid key", "error jwks[2]: Invalid key", "error jwks[3]: Invalid key", "error jwks[4]: Invalid key",
		}},
		{name: "certificates are not judged", doc: set(`{` + ec + `,"x5c":["AA=="],"x5t":"AA"}`)},
		{name: "use", doc: set(`{` + ec + `,"use":"sig"},{` + ec + `,"use":"enc"},{` + ec + `}`), want: []string{"error jwks[2]: Key without use"}},
		{name: "use for signing only", doc: set(`{` + ec + `,"use":"sig"},{` + ec + `}`)},
		{name: "use for encryption only", doc: set(`{` + ec + `,"use":"enc"},{` + ec + `}`)},
	})
}

// What the standards forbid for a client is an error; what a server may have registered all the same is a warning.
func TestWhatServersRegisterIsAWarning(t *testing.T) {
	for member, values := range map[string]map[any]bool{ // true: an error
		"redirect_uris": {
			"*": false, "javascript:alert(1)": true, "data:text/html,x": true, "vbscript:x": true, "JavaScript:x": true, "file:///etc/passwd": true, "FILE:///x": true, "about:blank": true, "blob:https://x": true, "view-source:https://a": true,
			"https://app.example:0/": true, "http://127.0.0.1:0/": false,
			"https://app.example:99999/cb": true, "https://app.example:65535/cb": false,
		},
		"logo_uri":                        {"/logo.png": false, "data:image/png;base64,AA": false, "javascript:alert(1)": false},
		"scope":                           {"a  b": false, "a,b": false, "a b ": false},
		"application_type":                {"browser": false, "service": false},
		"client_name#de_DE":               {"Laden": false},
		"id_token_encrypted_response_enc": {"A128GCM": false},
	} {
		for value, want := range values {
			doc := Document{"redirect_uris": []any{"https://app.example/cb"}}
			doc[member] = value
			if member == "redirect_uris" {
				doc[member] = []any{value}
			}
			problems := Check(doc, nil)
			got, said := false, false
			for _, p := range problems {
				got, said = got || !p.Warning, true
			}
			if got != want || want && !said {
				t.Errorf("%s = %v: %v", member, value, problems)
			}
		}
	}
}

// A URI that was read from a file ends in a line break: percent-encoded, it would be another URI.
func TestBlankAtAnEndOfAURI(t *testing.T) {
	for _, uri := range []string{" https://app.example.com/cb", "https://app.example.com/cb\n"} {
		problems := Check(Document{"redirect_uris": []any{uri}}, nil)
		if len(problems) != 1 || !strings.Contains(problems[0].Detail, "trimspace()") || strings.Contains(problems[0].Detail, "percent-encode") {
			t.Errorf("%q: %v", uri, problems)
		}
	}
}

// The name of a member of extension_metadata may come from a sensitive value, and what a provider prints is not hidden.
func TestNoLanguageTagIsRepeated(t *testing.T) {
	for _, member := range []string{"client_name#canary", "client_id#canary", "scope#canary", "client_name#canary_canary", "tos_uri#canary_"} {
		p, bad := CheckExtension(member)
		if !bad || strings.Contains(p.Detail, "canary") {
			t.Errorf("%s: %q", member, p.Detail)
		}
	}
}

// A URI that a browser runs is told of wherever a URI stands, also in another language.
func TestScriptsAreTold(t *testing.T) {
	for _, p := range All() {
		var value any
		switch {
		case p.Kind == URI:
			value = "JavaScript:alert(1)"
		case p.Kind == StringList && p.Elements == URI:
			value = []any{"vbscript:x"}
		default:
			continue
		}
		members := []string{p.Name}
		if p.Localizable {
			members = append(members, p.Name+"#ja")
		}
		for _, member := range members {
			doc := Document{"redirect_uris": []any{"https://app.example/cb"}}
			doc[member] = value
			told := slices.ContainsFunc(Check(doc, nil), func(q Problem) bool { return q.Member == p.Name && q.Summary == "Invalid URI" })
			if !told {
				t.Errorf("%s: nothing is said", member)
			}
		}
	}
}
