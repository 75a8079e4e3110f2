// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func newSecret(s string) secret.String { return secret.New(s) }

func TestRedactJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"client_id":"c","client_secret":"s"}`:                                                        `{"client_id":"c","client_secret":"[redacted]"}`,
		`{"registration_access_token":"r","registration_client_uri":"u"}`:                              `{"registration_access_token":"[redacted]","registration_client_uri":"u"}`,
		`{"client_secret_expires_at":0,"client_id_issued_at":1.50}`:                                    `{"client_id_issued_at":1.50,"client_secret_expires_at":0}`,
		`{"token_endpoint_auth_method":"client_secret_basic"}`:                                         `{"token_endpoint_auth_method":"client_secret_basic"}`,
		`{"dpop_bound_access_tokens":true}`:                                                            `{"dpop_bound_access_tokens":true}`,
		`{"token":"t","password":"p","assertion":"a","secret":"s"}`:                                    `{"assertion":"[redacted]","password":"[redacted]","secret":"[redacted]","token":"[redacted]"}`,
		`{"access_token":"t","my_refresh_token":"t","client_assertion":"x"}`:                           `{"access_token":"[redacted]","client_assertion":"[redacted]","my_refresh_token":"[redacted]"}`,
		`{"clientSecret":"s","RegistrationAccessToken":"t","apiKey":"k"}`:                              `{"RegistrationAccessToken":"[redacted]","apiKey":"[redacted]","clientSecret":"[redacted]"}`,
		`{"software_statement":"e.y.z","software_id":"i"}`:                                             `{"software_id":"i","software_statement":"[redacted]"}`,
		`{"client_secret#ja":"s"}`:                                                                     `{"client_secret#ja":"[redacted]"}`,
		`{"client_secret":null,"token":"","password":false}`:                                           `{"client_secret":null,"password":false,"token":""}`,
		`{"client_secret":["s"],"token":{"a":"s"}}`:                                                    `{"client_secret":"[redacted]","token":"[redacted]"}`,
		`{"a":[{"b":{"client_secret":"s"}}]}`:                                                          `{"a":[{"b":{"client_secret":"[redacted]"}}]}`,
		`{"jwks":{"keys":[{"kty":"RSA","n":"1","d":"2","p":"3","q":"4","dp":"5","dq":"6","qi":"7"}]}}`: `{"jwks":{"keys":[{"d":"[redacted]","dp":"[redacted]","dq":"[redacted]","kty":"RSA","n":"1","p":"[redacted]","q":"[redacted]","qi":"[redacted]"}]}}`,
		`{"kty":"oct","k":"s"}`:                                                                        `{"k":"[redacted]","kty":"oct"}`,
		`{"d":"no key","k":1}`:                                                                         `{"d":"no key","k":1}`,
		`{"x":"eyJhbGciOiJub25lIn0.e30."}`:                                                             `{"x":"[redacted]"}`,
		`{"x":"-----BEGIN PRIVATE KEY-----\nMII"}`:                                                     `{"x":"[redacted]"}`,
		`{"u":"https://a.example/?x=1&token=s"}`:                                                       `{"u":"https://a.example/?x=1&token=[redacted]"}`,
		`{"client_uri":"https://a.example/?b=1&c=<2>"}`:                                                `{"client_uri":"https://a.example/?b=1&c=<2>"}`,
		`["x",1,null]`:                 `["x",1,null]`,
		`{"client_secret":"cut o`:      `[23 bytes that are not valid JSON]`,
		`{"a":1}{"client_secret":"s"}`: `[28 bytes that are not valid JSON]`,
		`client_secret=s`:              `[15 bytes that are not valid JSON]`,
	} {
		if diff := cmp.Diff(want, redactJSON([]byte(in))); diff != "" {
			t.Errorf("RedactJSON(%s): %s", in, diff)
		}
	}
}

func TestRedactFormURLAndHeader(t *testing.T) {
	for in, want := range map[string]string{
		"grant_type=client_credentials&client_secret=s&scope=a+b": "grant_type=client_credentials&client_secret=[redacted]&scope=a+b",
		"client%5Fsecret=s&code=c&client_assertion=x":             "client%5Fsecret=[redacted]&code=[redacted]&client_assertion=[redacted]",
		"a&token=&b=1":         "a&token=&b=1",
		"x=eyJh.b.c&token=%zz": "x=[redacted]&token=[redacted]",
		"":                     "",
	} {
		if got := redact.Form(in); got != want {
			t.Errorf("Form(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://u:p@a.example/p?client_id=c&access_token=t#f": "https://a.example/p?client_id=c&access_token=[redacted]",
		"https://a.example:canary":                             "[not a URL]",
	} {
		if got := redact.URL(in); got != want {
			t.Errorf("URL(%q) = %q, want %q", in, got, want)
		}
	}
	in := http.Header{
		"Authorization": {"Bearer s"}, "Proxy-Authorization": {"Basic s"}, "Cookie": {"s"}, "Set-Cookie": {"s", "s"}, "X-Api-Key": {"s"},
		"Apikey": {"s"}, "X-Auth-Token": {"s"}, "Ocp-Apim-Subscription-Key": {"s"}, "Dpop": {"s"}, "X-Mine": {"s"}, "Accept": {"a"},
		"Location": {"https://a.example/?code=s"}, "Www-Authenticate": {`Bearer error="invalid_token"`},
	}
	want := http.Header{
		"Authorization": {"Bearer [redacted]"}, "Proxy-Authorization": {redacted}, "Cookie": {redacted}, "Set-Cookie": {redacted, redacted},
		"X-Api-Key": {redacted}, "Apikey": {redacted}, "X-Auth-Token": {redacted}, "Ocp-Apim-Subscription-Key": {redacted}, "Dpop": {redacted},
		"X-Mine": {redacted}, "Accept": {"a"}, "Location": {"https://a.example/?code=[redacted]"}, "Www-Authenticate": {`Bearer error="invalid_token"`},
	}
	if diff := cmp.Diff(want, redactHeader(in, "x-mine")); diff != "" {
		t.Error(diff)
	}
	if in.Get("Cookie") != "s" {
		t.Error("the header itself was changed")
	}
}

// Wherever a secret stands, and however its name is written, no redacted form shows it.
func TestRedactionIsComplete(t *testing.T) {
	const canary = "canary-9f"
	names := []string{"client_secret", "registration_access_token", "access_token", "token", "password", "assertion", "client_assertion", "secret", "software_statement", "id_token", "apiKey", "clientSecret", "X-Api-Key"}
	rapid.Check(t, func(t *rapid.T) {
		value := any(canary)
		if rapid.Bool().Draw(t, "list") {
			value = []any{canary, 1}
		}
		doc := any(map[string]any{rapid.SampledFrom(names).Draw(t, "name"): value, "other": "x"})
		for range rapid.IntRange(0, 4).Draw(t, "depth") {
			if rapid.Bool().Draw(t, "object") {
				doc = map[string]any{rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "member"): doc}
			} else {
				doc = []any{doc, "y"}
			}
		}
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, len(body)).Draw(t, "cut")
		form := url.Values{rapid.SampledFrom(names).Draw(t, "parameter"): {canary}}.Encode()
		for _, text := range []string{
			redactJSON(body), redactJSON(body[:cut]), redactBody(body, "text/plain"), redactBody(body[:cut], "application/json"),
			redact.Form(form), redact.URL("https://a.example/?" + form), redactBody([]byte(form), "application/x-www-form-urlencoded"),
		} {
			if strings.Contains(text, canary) {
				t.Fatalf("%s", text)
			}
		}
	})
}

// TestLogShowsNoSecret sends canaries in every place that can hold a credential, has a server echo them in every place
// that could betray them, and greps the log and all errors.
func TestLogShowsNoSecret(t *testing.T) {
	echoes := map[string]http.HandlerFunc{
		"json": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Set-Cookie", "canary-set-cookie")
			w.Header().Set("Www-Authenticate", `Bearer error_description="canary-bearer-1 is bad"`)
			w.Header().Set("Location", "https://x.example/?token=canary-location")
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"error_description":"token %s is bad","client_secret":"canary-answer","quoted":"canary-answer","header":%q}`,
				r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"))
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"client_secret":"canary-cut-off`)
		},
		"html": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(500)
			fmt.Fprintf(w, "<html>%v<pre>canary-body-1 canary-bearer-1 canary-key</pre></html>", r.Header)
		},
		"words": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "Registered: client_secret: canary-answer, registration_access_token = canary-answer")
		},
		"page": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<script>c = {"client_secret": "canary-answer"}</script>`)
		},
		"form":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "access_token=canary-answer&a=b") },
		"binary": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\xff\xfecanary-answer") },
		"gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, `{"registration_access_token":"canary-answer"}`)
			_ = z.Close()
		},
		"token": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "eyJhbGciOiJub25lIn0.canary.canary") },
	}
	requests := map[string]Request{
		"json": {Method: "POST", ContentType: "application/json", Body: []byte(
			`{"client_secret":"canary-body-1","software_statement":"canary-body-2","jwks":{"keys":[{"kty":"oct","k":"canary-body-3"}]},"client_name":"shown"}`)},
		"form": {Method: "POST", ContentType: "application/x-www-form-urlencoded", Body: []byte("client_secret=canary%2Bform&client_assertion=canary-body-4&scope=shown")},
		"get":  {Method: "GET"},
	}
	for answer, echo := range echoes {
		for sent, r := range requests {
			for _, auth := range []Authorizer{Bearer(newSecret("canary-bearer-1")), Basic("user", newSecret("canary-basic"))} {
				book := &logbook{}
				s := newServer(t, echo)
				c, _ := newClient(t, Options{Log: book.log, MaxRetries: 1, HeaderOrigins: func(string) bool { return true }, Headers: map[string]secret.String{
					"X-Tenant-Thing": secret.New("canary-tenant"), "X-Api-Key": secret.New("canary-key"), "X-Other": secret.New("canary-other"),
				}})
				r.URL, r.Auth, r.Repeat = s.URL+"/?token=canary-query&shown=1", auth, Always
				got, err := c.Do(context.Background(), r)
				text := book.text()
				if err != nil {
					text += err.Error()
				} else {
					text += got.Scrub("canary-bearer-1 canary-basic canary-body-1 canary-key canary-other canary-tenant")
				}
				if sent != "json" { // only there canary-body-1 was sent
					text = strings.ReplaceAll(text, "canary-body-1", "")
				}
				text = strings.ReplaceAll(text, map[bool]string{true: "canary-bearer-1", false: "canary-basic"}[auth.Describe() != "a bearer token"], "")
				if i := strings.Index(text, "canary"); i >= 0 {
					t.Errorf("%s, %s: …%s…", answer, sent, text[max(0, i-80):min(len(text), i+40)])
				}
				if len(book.entries) == 0 || !strings.Contains(text, "shown") {
					t.Errorf("%s, %s: the log shows too little: %s", answer, sent, text)
				}
			}
		}
	}
}

// Members that a request withholds are not in the log, of the request and of what the server shows of a client; other answers are whole.
func TestLogWithholdsMembers(t *testing.T) {
	for answer, shows := range map[string]bool{
		`{"client_id":"c1","x_own":"canary","x_deep":{"a":["canary"]},"client_name":"shown"}`:     false,
		`[{"client_id":"c1","x_own":"canary","client_name":"shown"}]`:                             false,
		`{"total":1,"clients":[{"client_id":"c1","x_own":"canary"}],"client_name":"shown"}`:       false,
		`{"error":"invalid_client_metadata","detail":"canary","x_trace":"canary","said":"shown"}`: true,
	} {
		book := &logbook{}
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
		c, _ := newClient(t, Options{Log: book.log})
		_, err := c.Do(context.Background(), Request{
			Method: "POST", URL: s.URL, ContentType: "application/json", Body: []byte(`{"x_own":"canary-sent","x_deep":{"a":["canary-sent"]},"client_name":"shown"}`),
			Withheld: func(member string) bool { return strings.HasPrefix(member, "x_") },
		})
		if err != nil {
			t.Fatal(err)
		}
		text := book.text()
		if strings.Contains(text, "canary-sent") || strings.Contains(text, "canary") != shows || !strings.Contains(text, "shown") {
			t.Errorf("the log of %s: %s", answer, text)
		}
	}
}

// A refusal repeats what it is about, in words, in a header, or as a member that the request had under another name.
func TestLogWithholdsRepeatedValues(t *testing.T) {
	for answer, status := range map[string]int{
		`{"error":"invalid_client_metadata","error_description":"x_own: canary-sent is shown to be wrong"}`:                400,
		`{"errors":[{"path":"x_deep/a/0","rejectedValue":"CANARY-SENT","message":"no \"canary-sent/2\" here, as shown"}]}`: 422,
		`{"error":"invalid_client_metadata","client_id":"c1","error_description":"not canary-sent, see what is shown"}`:    200,
		`{"error":"conflict","error_description":"731625498 is taken, as shown"}`:                                          409,
		"canary-sent is refused, as shown":                                   403,
		"<html><title>shown</title><p>bad value &quot;canary-sent&quot;</p>": 500,
	} {
		book := &logbook{}
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Reason", "canary-sent")
			w.WriteHeader(status)
			fmt.Fprint(w, answer)
		})
		c, _ := newClient(t, Options{Log: book.log})
		_, err := c.Do(context.Background(), Request{
			Method: "POST", URL: s.URL, ContentType: "application/json", Withheld: func(member string) bool { return strings.HasPrefix(member, "x_") },
			Body: []byte(`{"x_own":"canary-sent","x_deep":{"a":["canary-sent/2",731625498]},"client_name":"shown"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.ToLower(book.text()); strings.Contains(text, "canary") || strings.Contains(text, "731625498") || strings.Count(text, "shown") != 2 {
			t.Errorf("the log of %s: %s", answer, text)
		}
	}
}

// So does the refusal of a request without a body, of what an earlier one had.
func TestLogWithholdsEarlierValues(t *testing.T) {
	for _, method := range []string{"GET", "DELETE"} {
		book := &logbook{}
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Reason", "canary-sent")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"error":"conflict","error_description":"the client with canary-sent, as shown"}`)
		})
		c, _ := newClient(t, Options{Log: book.log})
		ctx := Withholding(context.Background(), []any{map[string]any{"a": "canary-sent"}})
		if _, err := c.Do(ctx, Request{Method: method, URL: s.URL, Withheld: func(member string) bool { return strings.HasPrefix(member, "x_") }}); err != nil {
			t.Fatal(err)
		}
		if text := book.text(); strings.Contains(text, "canary") || !strings.Contains(text, "shown") {
			t.Errorf("%s: the log: %s", method, text)
		}
	}
}

// What has no client metadata, as a probe, may be refused in words that repeat what the server has of the client. A document that is no refusal stays readable.
func TestLogOfOtherRequestsWithholdsEarlierValues(t *testing.T) {
	for answer, shown := range map[string]bool{
		`{"error":"invalid_client","error_description":"the client of canary-sent, as told"}`: false,
		`<html>the client of canary-sent, as told</html>`:                                     false,
		`{"issuer":"https://as.example.com/canary-sent","told":true}`:                         true,
	} {
		for _, status := range []int{http.StatusOK, http.StatusUnauthorized} {
			book := &logbook{}
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				fmt.Fprint(w, answer)
			})
			c, _ := newClient(t, Options{Log: book.log})
			ctx := Withholding(context.Background(), []any{"canary-sent"})
			if _, err := c.Do(ctx, Request{Method: "POST", URL: s.URL, Body: []byte("a=b"), ContentType: "application/x-www-form-urlencoded"}); err != nil {
				t.Fatal(err)
			}
			if text := book.text(); strings.Contains(text, "canary") != (shown && status == http.StatusOK) || !strings.Contains(text, "told") {
				t.Errorf("%d: the log: %s", status, text)
			}
		}
	}
}

func TestLogIsBounded(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"x":%q}`, strings.Repeat("ü", maxLoggedBody))
	})
	book := &logbook{}
	c, _ := newClient(t, Options{Log: book.log})
	body := append([]byte(`{"y":"`), bytes.Repeat([]byte("z"), 3*maxLoggedBody)...)
	if _, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, ContentType: "application/json", Body: append(body, '"', '}')}); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"request_body", "response_body"} {
		text := fmt.Sprint(book.entries[0][field])
		if len(text) > maxLoggedBody+40 || !strings.Contains(text, "bytes more]") || !json.Valid([]byte(`"`+strings.ReplaceAll(text, `"`, "")+`"`)) {
			t.Errorf("%s has %d bytes: …%s", field, len(text), text[len(text)-40:])
		}
	}
}
