// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// placed is one place in what was sent, by its steps, and the finding that belongs to it.
type placed struct {
	name   string
	steps  []any
	member string
	index  int
}

var sentPlaces = map[string]any{
	"redirect_uris": []any{"https://a.example/cb", "ftp://a.example/cb"}, "client_name": "Shop", "client_name#de": "Laden", "logo_uri#zh-Hant": "x", "x_vendor": "v",
	"x_nested": map[string]any{"limits": []any{1, 2}}, "https://example.com/plan": "gold", "vendor.plan": "gold", "camelOwn": 1,
	"jwks": map[string]any{"keys": []any{map[string]any{"kty": "EC"}}}, "tls_client_auth_san_dns": "a",
}

func places() []placed {
	return []placed{
		{"a member", []any{"scope"}, "scope", -1},
		{"an element", []any{"redirect_uris", 1}, "redirect_uris", 1},
		{"camelCase", []any{"redirectUris", 1}, "redirect_uris", 1},
		{"PascalCase", []any{"RedirectUris", 1}, "redirect_uris", 1},
		{"camelCase that was sent", []any{"camelOwn"}, "camelOwn", -1},
		{"a longer name", []any{"tlsClientAuthSanDns"}, "tls_client_auth_san_dns", -1},
		{"a language", []any{"client_name#de"}, "client_name#de", -1},
		{"a language in another case", []any{"client_name#DE"}, "client_name#de", -1},
		{"a script", []any{"logo_uri#zh-Hant"}, "logo_uri#zh-Hant", -1},
		{"an extension", []any{"x_vendor"}, "x_vendor", -1},
		{"within an extension", []any{"x_nested", "limits", 1}, "x_nested", 1},
		{"an extension named by a URL", []any{"https://example.com/plan"}, "https://example.com/plan", -1},
		{"an extension with a dot", []any{"vendor.plan"}, "vendor.plan", -1},
		{"within a key set", []any{"jwks", "keys", 0, "kty"}, "jwks", 0},
	}
}

// In each of the shapes that refusals come in, each place lands on its member, by its index where it has one, with and without a root.
func TestEveryPlaceInEveryShape(t *testing.T) {
	const says = "this is not accepted"
	quote := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	text := func(steps []any) []string {
		out := make([]string, len(steps))
		for i, step := range steps {
			out[i] = fmt.Sprint(step)
		}
		return out
	}
	pointer := func(steps []any) string {
		var b strings.Builder
		for _, step := range text(steps) {
			b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
		}
		return b.String()
	}
	brackets := func(steps []any) string {
		out := ""
		for _, step := range steps {
			if n, ok := step.(int); ok {
				out += fmt.Sprintf("[%d]", n)
				continue
			}
			if out != "" {
				out += "."
			}
			out += step.(string)
		}
		return out
	}
	simple := func(p placed) bool { return !strings.ContainsAny(fmt.Sprint(p.steps[0]), "./") }
	shapes := map[string]func(p placed) string{
		"FastAPI": func(p placed) string {
			return `{"detail":[{"loc":` + quote(append([]any{"body"}, p.steps...)) + `,"msg":"` + says + `","type":"value_error"}]}`
		},
		"FastAPI without a root": func(p placed) string { return `{"detail":[{"loc":` + quote(p.steps) + `,"msg":"` + says + `"}]}` },
		"FastAPI, body within the body": func(p placed) string {
			return `{"detail":[{"loc":` + quote(append([]any{"body", "client_metadata"}, p.steps...)) + `,"msg":"` + says + `"}]}`
		},
		"Zod": func(p placed) string {
			return `{"error":{"issues":[{"path":` + quote(p.steps) + `,"message":"` + says + `"}]}}`
		},
		"Zod text": func(p placed) string {
			return `{"name":"ZodError","message":` + quote(`[{"path":`+quote(p.steps)+`,"message":"`+says+`"}]`) + `}`
		},
		"ajv": func(p placed) string {
			return `[{"instancePath":` + quote(pointer(p.steps)) + `,"message":"` + says + `"}]`
		},
		"problem, pointer": func(p placed) string {
			return `{"title":"Bad","errors":[{"pointer":` + quote("#"+pointer(p.steps)) + `,"detail":"` + says + `"}]}`
		},
		"problem, escaped pointer": func(p placed) string {
			escaped := (&url.URL{Path: pointer(p.steps)}).EscapedPath()
			return `{"title":"Bad","errors":[{"pointer":` + quote("#"+strings.ReplaceAll(escaped, "#", "%23")) + `,"detail":"` + says + `"}]}`
		},
		"JSON:API": func(p placed) string {
			return `{"errors":[{"source":{"pointer":` + quote("/data/attributes"+pointer(p.steps)) + `},"detail":"` + says + `"}]}`
		},
		"problem, params": func(p placed) string {
			return `{"title":"Bad","invalid-params":[{"name":` + quote(brackets(p.steps)) + `,"reason":"` + says + `"}]}`
		},
		"Spring": func(p placed) string {
			return `{"errors":[{"field":` + quote(brackets(p.steps)) + `,"defaultMessage":"` + says + `","objectName":"client"}]}`
		},
		"ASP.NET": func(p placed) string {
			return `{"title":"Bad","errors":{` + quote("$."+brackets(p.steps)) + `:["` + says + `"]}}`
		},
		"Laravel": func(p placed) string {
			return `{"message":"The given data was invalid.","errors":{` + quote(strings.Join(text(p.steps), ".")) + `:["` + says + `"]}}`
		},
		"Django": func(p placed) string {
			inner := `["` + says + `"]`
			for i := len(p.steps) - 1; i >= 0; i-- {
				inner = `{` + quote(fmt.Sprint(p.steps[i])) + `:` + inner + `}`
			}
			return inner
		},
		"OAuth": func(p placed) string {
			return `{"error":"invalid_client_metadata","error_description":` + quote(fmt.Sprintf("'%s': %s", brackets(p.steps), says)) + `}`
		},
		"text": func(p placed) string { return fmt.Sprintf("Invalid value of \"%s\", %s\n", brackets(p.steps), says) },
		"HTML": func(p placed) string {
			return fmt.Sprintf("<html><head><title>Invalid field \"%s\", %s</title></head><body>stack</body></html>", brackets(p.steps), says)
		},
	}
	// A sentence names no member with a dot or a slash for certain, and a dotted path none with a slash.
	sentences := map[string]bool{"OAuth": true, "text": true, "HTML": true}
	for shape, body := range shapes {
		for _, p := range places() {
			if !simple(p) && sentences[shape] {
				continue
			}
			t.Run(shape+": "+p.name, func(t *testing.T) {
				e := refusalOf(400, "", body(p), sentPlaces)
				got := e.Findings()
				if len(got) == 1 {
					if !strings.Contains(got[0].Text, says) {
						t.Errorf("it says %q", got[0].Text)
					}
					got[0].Text = ""
				}
				if diff := cmp.Diff([]MemberFinding{{Member: p.member, Index: p.index}}, got); diff != "" {
					t.Errorf("%s\n%s", body(p), diff)
				}
			})
		}
	}
}
