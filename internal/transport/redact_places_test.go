// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What only the server knows is not logged from odd places of its answer.
func TestLogOfOddPlaces(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9.c2lnbmF0dXJl"
	for name, h := range map[string]http.Header{
		"location jwt":        {"Location": {"https://login.example/session/" + jwt}},
		"location token path": {"Location": {"https://login.example/token=S3cr3tCanary12/x"}},
		"location matrix":     {"Location": {"https://login.example/x;access_token=S3cr3tCanary12"}},
		"location nested":     {"Location": {"https://login.example/x?return=https%3A%2F%2Fa%2Fcb%3Faccess_token%3DS3cr3tCanary12"}},
		"link":                {"Link": {`<https://as.example/next?access_token=S3cr3tCanary12>; rel="next"`}},
		"link jwt":            {"Link": {`<https://as.example/next/` + jwt + `>; rel="next"`}},
		"refresh":             {"Refresh": {"0;url=https://as.example/?access_token=S3cr3tCanary12"}},
		"challenge":           {"Www-Authenticate": {`Bearer error="invalid_token", error_description="registration_access_token: S3cr3tCanary12 has expired"`}},
		"challenge param":     {"Www-Authenticate": {`Bearer registration_access_token="S3cr3tCanary12"`}},
		"debug":               {"X-Debug": {"client_secret=S3cr3tCanary12"}},
		"debug json":          {"X-Debug": {`{"client_secret":"S3cr3tCanary12"}`}},
		"debug jwt":           {"X-Debug": {jwt}},
		"userinfo":            {"X-Backend": {"https://user:S3cr3tCanary12@backend.internal/"}},
		"amzn oidc":           {"X-Amzn-Oidc-Data": {jwt}},
		"auth info":           {"Authentication-Info": {`nextnonce="x", token="S3cr3tCanary12"`}},
	} {
		for field, values := range redactHeader(h) {
			if v := strings.Join(values, " "); strings.Contains(v, "S3cr3tCanary12") || strings.Contains(v, "eyJzdWIiOi") {
				t.Errorf("header %s: %s: %s", name, field, v)
			}
		}
	}
	for name, b := range map[string][2]string{
		"xml":          {"application/xml", `<oauth><client_secret>S3cr3tCanary12</client_secret></oauth>`},
		"xml attr":     {"application/xml", `<client secret="S3cr3tCanary12"/>`},
		"html input":   {"text/html", `<html><input type="hidden" name="client_secret" value="S3cr3tCanary12"></html>`},
		"html td":      {"text/html", `<html><td>client_secret</td><td>S3cr3tCanary12</td></html>`},
		"html entity":  {"text/html", `<html>{&quot;client_secret&quot;:&quot;S3cr3tCanary12&quot;}</html>`},
		"html dl":      {"text/html", `<html><code>client_secret: S3cr3tCanary12</code></html>`},
		"html b":       {"text/html", `<html>client_secret: <b>S3cr3tCanary12</b></html>`},
		"pairs":        {"application/json", `{"values":[{"name":"client_secret","value":"S3cr3tCanary12"}]}`},
		"loc/input":    {"application/json", `{"detail":[{"loc":["body","client_secret"],"input":"S3cr3tCanary12"}]}`},
		"in sentence":  {"application/json", `{"error_description":"client_secret: S3cr3tCanary12 is known"}`},
		"in sentence2": {"application/json", `{"error_description":"Authorization: Bearer S3cr3tCanary12 is known"}`},
		"jwt sentence": {"application/json", `{"error_description":"bad token ` + jwt + ` given"}`},
		"json in json": {"application/json", `{"x":"{\"client_secret\":\"S3cr3tCanary12\"}"}`},
		"json prefix":  {"application/json", `{"x":"body was {\"client_secret\":\"S3cr3tCanary12\"}"}`},
		"yaml":         {"text/yaml", "client_secret: S3cr3tCanary12\n"},
		"yaml pipe":    {"text/yaml", "client_secret: |\n  S3cr3tCanary12\n"},
		"yaml fold":    {"text/yaml", "client_secret:\n  S3cr3tCanary12\n"},
		"ndjson":       {"application/x-ndjson", "{\"a\":1}\n{\"client_secret\":\"S3cr3tCanary12\"}\n"},
		"text json":    {"text/plain", ")]}'\n{\"client_secret\":\"S3cr3tCanary12\"}"},
		"quoted json":  {"application/json", `"{\"client_secret\":\"S3cr3tCanary12\"}"`},
	} {
		if got := redactBody([]byte(b[1]), b[0]); strings.Contains(got, "S3cr3tCanary12") || strings.Contains(got, "eyJzdWIiOi") {
			t.Errorf("body %s: %s", name, got)
		}
	}
}

// A redirect to a path with what looks like a credential is told without it, unless it was asked for: a client_id may be a JWT, too.
func TestShownTargetOfACredential(t *testing.T) {
	const id, session = "eyJhbGciOiJub25lIn0.e30.aWQ", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
	asked, err := url.Parse("https://as.example/clients/" + id)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"https://new.example/v2/clients/" + id:      "https://new.example/v2/clients/" + id,
		"https://as.example/session/" + session:     "https://as.example/session/[redacted]",
		"https://as.example/token=abc/x?y":          "https://as.example/token=[redacted]/x",
		"https://as.example/a%20b/tokens/;token=ab": "https://as.example/a%20b/tokens/",
	} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := shownTarget(asked, u); got != want {
			t.Errorf("%s is shown as %s, want %s", target, got, want)
		}
	}
}
