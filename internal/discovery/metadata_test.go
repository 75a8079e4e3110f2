// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func TestLocations(t *testing.T) {
	for issuer, want := range map[string][]string{
		"https://h.example": {
			"https://h.example/.well-known/openid-configuration",
			"https://h.example/.well-known/oauth-authorization-server",
		},
		"https://h.example/": {
			"https://h.example/.well-known/openid-configuration",
			"https://h.example/.well-known/oauth-authorization-server",
		},
		// OIDD §4.1 and RFC 8414 §3.1 have these two examples.
		"https://example.com/issuer1": {
			"https://example.com/issuer1/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server/issuer1",
			"https://example.com/.well-known/openid-configuration/issuer1",
		},
		"https://example.com/issuer1/": {
			"https://example.com/issuer1/.well-known/openid-configuration",
			"https://example.com/.well-known/oauth-authorization-server/issuer1",
			"https://example.com/.well-known/openid-configuration/issuer1",
		},
		"https://h.example:8443/t/a%2Fb//": { // one slash goes; the rest is the issuer's own
			"https://h.example:8443/t/a%2Fb//.well-known/openid-configuration",
			"https://h.example:8443/.well-known/oauth-authorization-server/t/a%2Fb/",
			"https://h.example:8443/.well-known/openid-configuration/t/a%2Fb/",
		},
		"HTTPS://H.Example/Op": {
			"HTTPS://H.Example/Op/.well-known/openid-configuration",
			"HTTPS://H.Example/.well-known/oauth-authorization-server/Op",
			"HTTPS://H.Example/.well-known/openid-configuration/Op",
		},
		"https://[::1]:8443": {
			"https://[::1]:8443/.well-known/openid-configuration",
			"https://[::1]:8443/.well-known/oauth-authorization-server",
		},
	} {
		if d := cmp.Diff(want, locations(issuer)); d != "" {
			t.Errorf("%s (-want +got):\n%s", issuer, d)
		}
	}
}

// The document at each place, for issuers with and without a path: the places before it are asked, in order, and none
// after it.
func TestMetadataIsFound(t *testing.T) {
	for _, path := range []string{"", "/", "/op", "/op/", "/t/one"} {
		bare := strings.TrimSuffix(path, "/")
		places := []string{bare + openIDDocument, oauthDocument + bare}
		if bare != "" {
			places = append(places, openIDDocument+bare)
		}
		for i, at := range places {
			t.Run(fmt.Sprintf("issuer path %q, place %d", path, i+1), func(t *testing.T) {
				issuer := ""
				server := newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != at {
						http.NotFound(w, r)
						return
					}
					if r.Header.Get("Accept") != "application/json" {
						t.Errorf("Accept: %q", r.Header.Get("Accept"))
					}
					_, _ = fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":"%[1]s/reg"}`, issuer)
				})
				issuer = server.URL + path
				got, err := newFinder(t, nil).Metadata(t.Context(), MetadataRequest{Issuer: issuer})
				if err != nil {
					t.Fatal(err)
				}
				if got.URL != server.URL+at || got.Issuer != issuer || got.Endpoint("registration_endpoint", false) != issuer+"/reg" {
					t.Errorf("got %+v", got)
				}
				if d := cmp.Diff(places[:i+1], server.paths()); d != "" {
					t.Errorf("requests (-want +got):\n%s", d)
				}
			})
		}
	}
}

// Each answer that is not a document, at the first place, with the document at the second: does the search go on?
func TestMetadataGoesOnOrStops(t *testing.T) {
	const page = "<!DOCTYPE html><html>hunter2</html>"
	const onward, stopped = 2, 1
	for _, c := range []struct {
		name              string
		status            int
		contentType, body string
		requests          int
		kind              Kind // where it stops
		answer            string
	}{
		{"not found", 404, "text/html", page, onward, 0, "404 Not Found"},
		{"not found as JSON", 404, "application/json", `{"issuer":"hunter2"}`, onward, 0, "404 Not Found"},
		{"bad request", 400, "application/json", `{"error":"hunter2"}`, onward, 0, "400 Bad Request"},
		{"unauthorized", 401, "", "", onward, 0, "401 Unauthorized"},
		{"forbidden", 403, "", "", onward, 0, "403 Forbidden"},
		{"wrong method", 405, "", "", onward, 0, "405 Method Not Allowed"},
		{"not acceptable", 406, "", "", onward, 0, "406 Not Acceptable"},
		{"gone", 410, "", "", onward, 0, "410 Gone"},
		{"no content", 204, "", "", onward, 0, "204 No Content"},
		{"other success", 201, "application/json", `{"issuer":"hunter2"}`, onward, 0, "201 Created"},
		{"not modified", 304, "", "", onward, 0, "304 Not Modified"},
		{"HTML", 200, "text/html", page, onward, 0, "200 OK with an HTML page"},
		{"HTML that says it is JSON", 200, "application/json", page, onward, 0, "200 OK with an HTML page"},
		{"empty", 200, "application/json", "", onward, 0, "200 OK with an empty body"},
		{"text", 200, "text/plain", "hunter2", onward, 0, "200 OK with a body that is not JSON (text/plain)"},
		{"cut", 200, "application/json", `{"issuer":"hunter2`, onward, 0, "200 OK with a body that is not JSON (application/json)"},
		{"array", 200, "application/json", `["hunter2"]`, onward, 0, "200 OK with JSON that is not an object"},
		{"null", 200, "application/json", `null`, onward, 0, "200 OK with JSON that is not an object"},
		{"no issuer", 200, "application/json", `{"keys":["hunter2"]}`, onward, 0, "200 OK with a JSON object without an issuer (members keys)"},
		{"null issuer", 200, "application/json", `{"issuer":null}`, onward, 0, "200 OK with a JSON object without an issuer (members issuer)"},
		{"empty issuer", 200, "application/json", `{"issuer":""}`, onward, 0, "200 OK with a JSON object without an issuer (members issuer)"},
		{"issuer no string", 200, "application/json", `{"issuer":["hunter2"]}`, onward, 0, "200 OK with a JSON object without an issuer (members issuer)"},
		{"status and message", 200, "application/json", `{"status":"error","msg":"hunter2"}`, onward, 0, "200 OK with a JSON object without an issuer (members msg, status)"},
		{"error document", 200, "application/json", `{"error":"invalid_request","error_description":"hunter2"}`, onward, 0, "200 OK with a JSON error document (members error, error_description)"},
		{"error object", 200, "application/json", `{"error":{"code":"hunter2"},"issuer":"x"}`, onward, 0, "200 OK with a JSON error document (members error, issuer)"},

		{"another issuer", 200, "application/json", `{"issuer":"https://other.example"}`, stopped, IssuerMismatch, `200 OK with a metadata document, issuer "https://other.example"`},
		{"too many", 429, "text/plain", "hunter2", stopped, Unavailable, "429 Too Many Requests"},
		{"server error", 500, "text/html", page, stopped, Unavailable, "500 Internal Server Error"},
		{"not implemented", 501, "text/html", page, stopped, Unavailable, "501 Not Implemented"},
		{"bad gateway", 502, "text/html", page, stopped, Unavailable, "502 Bad Gateway"},
		{"unavailable", 503, "text/html", page, stopped, Unavailable, "503 Service Unavailable"},
		{"10 MB", 200, "application/json", strings.Repeat("hunter2 ", 10<<20/8), stopped, Unavailable, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			good := false
			server := &site{}
			server = newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != openIDDocument && good {
					_, _ = fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":"https://op.example/r"}`, server.URL)
					return
				}
				w.Header()["Content-Type"] = []string{c.contentType}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			f := newFinder(t, nil)

			// Everywhere the same answer: the error tells of each place.
			_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL})
			kind := c.kind
			if c.requests == onward {
				kind = NoDocument
				if c.status == 401 || c.status == 403 {
					kind = CredentialsNeeded
				}
			}
			e := failure(t, err, kind, "")
			if len(e.Steps) != c.requests {
				t.Errorf("%d steps, want %d", len(e.Steps), c.requests)
			}
			for _, step := range e.Steps {
				if !strings.Contains(step.Answer, c.answer) {
					t.Errorf("step %q, want something with %q", step.Answer, c.answer)
				}
			}

			// With the document at the second place.
			good = true
			got, err := f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL})
			switch {
			case c.requests == onward && (err != nil || got.URL != server.URL+oauthDocument):
				t.Errorf("the search didn't go on: %+v, %v", got, err)
			case c.requests == stopped && err == nil:
				t.Errorf("the search went on and found %+v", got)
			}
		})
	}
}

func TestMetadataIssuerIsComparedByteForByte(t *testing.T) {
	for _, c := range []struct{ asked, expected, document string }{
		{"https://op.example", "", "https://op.example/"},
		{"https://op.example/", "", "https://op.example"},
		{"https://op.example/a", "", "https://op.example/a/"},
		{"https://op.example/a", "", "https://op.example/A"},
		{"https://op.example", "", "https://OP.example"},
		{"https://op.example", "", "HTTPS://op.example"},
		{"https://op.example", "", "https://op.example:443"},
		{"https://op.example:443", "", "https://op.example"},
		{"https://op.example", "", "http://op.example"},
		{"https://op.example/%7Ea", "", "https://op.example/~a"},
		{"https://op.example", "", " https://op.example"},
		{"https://op.example", "", "https://оp.example"}, // the first letter of the host is Cyrillic
		{"https://op.example/oauth2/oidcdiscovery", "", "https://op.example/oauth2/token"},
		{"https://op.example", "https://op.example/token", "https://op.example"},
		{"https://op.example", "https://op.example/token", "https://op.example/token/"},
	} {
		t.Run(c.document+" for "+c.asked, func(t *testing.T) {
			requests := 0
			f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) {
				requests++
				body, _ := json.Marshal(map[string]string{"issuer": c.document})
				return respond(200, "application/json", string(body)), nil
			})}
			_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: c.asked, ExpectedIssuer: c.expected})
			want := c.expected
			if want == "" {
				want = c.asked
			}
			e := failure(t, err, IssuerMismatch, exactly(want))
			if requests != 1 || !strings.Contains(e.Reason, exactly(c.document)) || e.Named != c.document || e.Asked != c.asked || e.InPart || e.Expected != (c.expected != "") {
				t.Errorf("%d requests, error:\n%v", requests, err)
			}
			if exactly(want) == exactly(c.document) {
				t.Error("the two look the same")
			}

			const secretText = "c4nary-in-the-wrong-place"
			if _, err := f.Metadata(t.Context(), MetadataRequest{Issuer: c.asked, ExpectedIssuer: secretText}); err == nil || strings.Contains(err.Error(), secretText) {
				t.Errorf("an expected issuer that is none is printed: %v", err)
			}

			// expected_issuer is the way around, and holds what the document says.
			got, err := f.Metadata(t.Context(), MetadataRequest{Issuer: c.asked, ExpectedIssuer: c.document})
			if err != nil || got.Issuer != c.document {
				t.Errorf("with expected_issuer: %+v, %v", got, err)
			}
		})
	}
}

// An issuer that no message shows whole is told from one that can be set as it stands there.
func TestMetadataIssuerInPart(t *testing.T) {
	long := "https://op.example/" + strings.Repeat("a", 400)
	for _, c := range []struct{ asked, document string }{
		{"https://op.example", "https://joe:canary@op.example"}, {"https://op.example", long}, {long, "https://op.example"}, {long + "/", long},
	} {
		f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) {
			body, _ := json.Marshal(map[string]string{"issuer": c.document})
			return respond(200, "application/json", string(body)), nil
		})}
		_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: c.asked})
		if e := failure(t, err, IssuerMismatch, "byte for byte"); !e.InPart || strings.Contains(e.Named+e.Error(), "canary") {
			t.Errorf("%+v", e)
		}
	}
	f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) { return nil, errors.New("not asked") })}
	_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: long + "/.well-known/openid-configuration"})
	if e := failure(t, err, DocumentAddress, "not an issuer"); e.Named != "" {
		t.Errorf("a part of an issuer is named: %q", e.Named)
	}
}

func TestMetadataRefusesIssuer(t *testing.T) {
	for issuer, reason := range map[string]string{
		"":                                          "it is empty",
		"op.example":                                "not an absolute https URL",
		"/op":                                       "not an absolute https URL",
		"joe@op.example":                            "not an absolute https URL",
		"acct:joe@op.example":                       "not an absolute https URL",
		"ftp://op.example":                          "not an absolute https URL",
		"https:op.example":                          "not an absolute https URL",
		"https://":                                  "names no host",
		"https://op.example?tenant=a":               "it has a query",
		"https://op.example#a":                      "it has a fragment",
		"https://joe:hunter2@op.example":            "it has a user part",
		"https://op.example:70000":                  "no port",
		"https://2001:db8::1/":                      "in brackets",
		" https://op.example":                       "a space",
		"https://op.example\n":                      "a control character",
		"https://op.example/a b":                    "a space",
		"http://op.example":                         "plain http",
		"http://localhost.op.example":               "plain http",
		"https://op.example/%zz":                    "not a usable URL",
		"https://op.example/a" + openIDDocument:     "the address of a metadata document",
		"https://op.example" + oauthDocument + "/a": "the address of a metadata document",
	} {
		t.Run(issuer, func(t *testing.T) {
			_, err := newFinder(t, func(o *transport.Options) { o.ProxyURL = "http://127.0.0.1:1" }).
				Metadata(t.Context(), MetadataRequest{Issuer: issuer})
			e, _ := errors.AsType[*Error](err)
			kind := BadIssuer
			switch {
			case strings.Contains(issuer, "/.well-known/"):
				kind = DocumentAddress
			case reason == "plain http" || reason == "not a usable URL": // which the transport knows
				kind = BadAddress
			}
			if e == nil || e.Kind != kind || len(e.Steps) != 0 || !strings.Contains(e.Reason, reason) {
				t.Fatalf("got %v, want kind %d with %q and nothing sent", err, kind, reason)
			}
			if strings.Contains(told(e), "hunter2") {
				t.Error(err)
			}
		})
	}
	_, err := newFinder(t, nil).Metadata(t.Context(), MetadataRequest{Issuer: "https://op.example" + oauthDocument + "/a"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Named != "https://op.example/a" {
		t.Errorf("the issuer that was meant isn't named: %v", err)
	}
}

func TestMetadataCredentials(t *testing.T) {
	server := &site{}
	server = newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != oauthDocument:
			http.NotFound(w, r)
		case r.Header.Get("Authorization") != "Bearer hunter2":
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":"https://op.example/r"}`, server.URL)
		}
	})
	f := newFinder(t, nil)
	_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL})
	failure(t, err, CredentialsNeeded, "wants credentials (401 Unauthorized, it asks for Bearer)")
	_, err = f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL, Auth: transport.Bearer(secret.New("wrong"))})
	if e := failure(t, err, CredentialsRefused, "refused the credentials"); len(e.Steps) != 3 || e.Steps[2].With != "a bearer token" {
		t.Errorf("steps %v", e.Steps)
	}
	if _, err = f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL, Auth: transport.Bearer(secret.New("hunter2"))}); err != nil {
		t.Error(err)
	}
	// What was found with credentials serves those without, too: the document is the same.
	if _, err = f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL}); err != nil {
		t.Error(err)
	}
}

const document = `{
	"issuer": "https://op.example", "x_max": 12345678901234567890, "x_ratio": 1.50, "x_url": "https://op.example/?a=b&c=<d>",
	"registration_endpoint": "https://op.example/reg", "token_endpoint": "https://op.example/token", "userinfo_endpoint": null,
	"jwks_uri": 7,
	"mtls_endpoint_aliases": {"registration_endpoint": "https://mtls.op.example/reg", "token_endpoint": "", "revocation_endpoint": "https://mtls.op.example/revoke", "jwks_uri": []},
	"scopes_supported": ["openid", "profile"], "grant_types_supported": [], "response_types_supported": "code",
	"claims_supported": ["sub", 7, null, "name"], "acr_values_supported": null, "display_values_supported": [7], "ui_locales_supported": "",
	"error": ""
}`

func testMetadata(t *testing.T, body string) *ServerMetadata {
	t.Helper()
	f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) {
		return respond(200, "application/json", body), nil
	})}
	m, err := f.Metadata(t.Context(), MetadataRequest{Issuer: "https://op.example"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestServerMetadataEndpoint(t *testing.T) {
	m := testMetadata(t, document)
	for name, want := range map[string][2]string{ // without and with mutual TLS
		"registration_endpoint": {"https://op.example/reg", "https://mtls.op.example/reg"},
		"token_endpoint":        {"https://op.example/token", "https://op.example/token"}, // an empty alias is none
		"revocation_endpoint":   {"", "https://mtls.op.example/revoke"},
		"userinfo_endpoint":     {"", ""},
		"jwks_uri":              {"", ""},
		"end_session_endpoint":  {"", ""},
	} {
		if got := [2]string{m.Endpoint(name, false), m.Endpoint(name, true)}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, aliases := range []string{`null`, `[]`, `"x"`, `{}`, `7`} {
		m := testMetadata(t, `{"issuer":"https://op.example","token_endpoint":"https://op.example/token","mtls_endpoint_aliases":`+aliases+`}`)
		if got := m.Endpoint("token_endpoint", true); got != "https://op.example/token" {
			t.Errorf("with the aliases %s: %q", aliases, got)
		}
	}
}

func TestServerMetadataStrings(t *testing.T) {
	m := testMetadata(t, document)
	for name, want := range map[string][]string{
		"scopes_supported":         {"openid", "profile"},
		"grant_types_supported":    nil, // zero elements count as absent
		"response_types_supported": {"code"},
		"claims_supported":         {"sub", "name"},
		"acr_values_supported":     nil,
		"display_values_supported": nil,
		"ui_locales_supported":     nil,
		"x_max":                    nil,
		"nothing":                  nil,
	} {
		got, ok := m.Strings(name)
		if d := cmp.Diff(want, got); d != "" || ok != (want != nil) {
			t.Errorf("%s: %t (-want +got):\n%s", name, ok, d)
		}
	}
}

func TestServerMetadataJSON(t *testing.T) {
	const want = `{"issuer":"https://op.example","x_max":12345678901234567890,"x_ratio":1.50,"x_url":"https://op.example/?a=b&c=<d>"}`
	for _, body := range []string{
		`{"x_url":"https://op.example/?a=b&c=<d>", "x_ratio":1.50,"issuer":"https://op.example","x_max":12345678901234567890}`,
		"\xef\xbb\xbf\n" + want + "\n",
	} {
		m := testMetadata(t, body)
		if m.JSON != want {
			t.Errorf("got  %s\nwant %s", m.JSON, want)
		}
		if m.Document["x_max"] != json.Number("12345678901234567890") {
			t.Errorf("the number became %#v", m.Document["x_max"])
		}
	}
}
