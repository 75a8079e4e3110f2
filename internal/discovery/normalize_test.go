// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// vector is one row of the normalisation table. wire is the resource as it stands in the query.
type vector struct {
	source, input, scheme, resource, host, alternative, wire string
}

var vectors = []vector{
	// OIDD §2.1.2 and §2.2
	{"OIDD §2.2.1", "joe@example.com", "", "acct:joe@example.com", "example.com", "", "acct%3Ajoe%40example.com"},
	{"OIDD §2.1.2", "Jane.Doe@example.com", "", "acct:Jane.Doe@example.com", "example.com", "", "acct%3AJane.Doe%40example.com"},
	{"OIDD §2.1.2", "acct:joe@example.com", "acct", "acct:joe@example.com", "example.com", "", "acct%3Ajoe%40example.com"},
	{"OIDD §2.2.4", "acct:juliet%40capulet.example@shopping.example.com", "acct", "acct:juliet%40capulet.example@shopping.example.com", "shopping.example.com", "", "acct%3Ajuliet%2540capulet.example%40shopping.example.com"},
	{"OIDD §2.1.2, note", "joe@example.com@example.org", "", "acct:joe%40example.com@example.org", "example.org", "", "acct%3Ajoe%2540example.com%40example.org"},
	{"OIDD §2.1.2", "example.com", "", "https://example.com", "example.com", "", "https%3A%2F%2Fexample.com"},
	{"OIDD §2.1.2", "example.com/joe", "", "https://example.com/joe", "example.com", "", "https%3A%2F%2Fexample.com%2Fjoe"},
	{"OIDD §2.1.2, §2.2.3", "example.com:8080", "", "https://example.com:8080", "example.com:8080", "https://example.com:8080/", "https%3A%2F%2Fexample.com%3A8080"},
	{"OIDD §2.1.2", "joe@example.com:8080", "", "https://joe@example.com:8080", "example.com:8080", "", "https%3A%2F%2Fjoe%40example.com%3A8080"},
	{"OIDD §2.1.2", "alice@example.com:8080", "", "https://alice@example.com:8080", "example.com:8080", "", "https%3A%2F%2Falice%40example.com%3A8080"},
	{"OIDD §2.1.2", "https://example.com", "https", "https://example.com", "example.com", "", "https%3A%2F%2Fexample.com"},
	{"OIDD §2.2.2", "https://example.com/joe", "https", "https://example.com/joe", "example.com", "", "https%3A%2F%2Fexample.com%2Fjoe"},
	{"OIDD §2.1.2", "https://joe@example.com:8080", "https", "https://joe@example.com:8080", "example.com:8080", "", "https%3A%2F%2Fjoe%40example.com%3A8080"},
	// The vectors of MITREid Connect's WebFinger normalizer test.
	{"MITREid", "example.com#frag", "", "https://example.com", "example.com", "", "https%3A%2F%2Fexample.com"},
	{"MITREid", "joe@example.com#frag", "", "acct:joe@example.com", "example.com", "", "acct%3Ajoe%40example.com"},
	{"MITREid", "example.com?q", "", "https://example.com?q", "example.com", "", "https%3A%2F%2Fexample.com%3Fq"},
	{"MITREid", "joe@example.com/path", "", "https://joe@example.com/path", "example.com", "", "https%3A%2F%2Fjoe%40example.com%2Fpath"},
	{"MITREid", "joe@example.com?q", "", "https://joe@example.com?q", "example.com", "", "https%3A%2F%2Fjoe%40example.com%3Fq"},
	{"MITREid", "localhost:8080", "", "https://localhost:8080", "localhost:8080", "https://localhost:8080/", "https%3A%2F%2Flocalhost%3A8080"},
	{"MITREid", "https://example.com/path#frag", "https", "https://example.com/path", "example.com", "", "https%3A%2F%2Fexample.com%2Fpath"},
	{"MITREid", "https://example.com:8080/path?query#fragment", "https", "https://example.com:8080/path?query", "example.com:8080", "", "https%3A%2F%2Fexample.com%3A8080%2Fpath%3Fquery"},
	{"MITREid", "acct:bob@example.com:8080", "acct", "acct:bob@example.com:8080", "example.com:8080", "", "acct%3Abob%40example.com%3A8080"},
	{"MITREid", "mailto:bob@example.com", "mailto", "mailto:bob@example.com", "example.com", "", "mailto%3Abob%40example.com"},
	{"MITREid", "http://bob@example.com:8080", "http", "http://bob@example.com:8080", "example.com:8080", "", "http%3A%2F%2Fbob%40example.com%3A8080"},
	// RFC 3986 and our own.
	{"RFC 3986 §3.2.2", "[2001:db8::1]:8443", "", "https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "https://[2001:db8::1]:8443/", "https%3A%2F%2F%5B2001%3Adb8%3A%3A1%5D%3A8443"},
	{"RFC 3986 §3.2.2", "joe@[::1]:8080", "", "https://joe@[::1]:8080", "[::1]:8080", "", "https%3A%2F%2Fjoe%40%5B%3A%3A1%5D%3A8080"},
	{"RFC 3986 §3.2.2", "joe@[::1]", "", "acct:joe@[::1]", "[::1]", "", "acct%3Ajoe%40%5B%3A%3A1%5D"},
	{"RFC 3986 §3.2.2", "EXAMPLE.com", "", "https://EXAMPLE.com", "example.com", "", "https%3A%2F%2FEXAMPLE.com"},
	{"RFC 3986 §3.1", "HTTPS://Example.com/Joe", "https", "HTTPS://Example.com/Joe", "example.com", "", "HTTPS%3A%2F%2FExample.com%2FJoe"},
	{"own: tags in addresses", "joe+dev@example.com", "", "acct:joe+dev@example.com", "example.com", "", "acct%3Ajoe%2Bdev%40example.com"},
	{"own: @ in a path", "example.com/@joe", "", "https://example.com/@joe", "example.com", "", "https%3A%2F%2Fexample.com%2F%40joe"},
	{"own: port, @ in a path", "example.com:8080/@joe", "", "https://example.com:8080/@joe", "example.com:8080", "", "https%3A%2F%2Fexample.com%3A8080%2F%40joe"},
	{"own: URL in a query", "example.com?u=https://a.example/", "", "https://example.com?u=https://a.example/", "example.com", "", "https%3A%2F%2Fexample.com%3Fu%3Dhttps%3A%2F%2Fa.example%2F"},
	{"own: tenant and port", "admin@corp.example@localhost:9443", "", "https://admin%40corp.example@localhost:9443", "localhost:9443", "", "https%3A%2F%2Fadmin%2540corp.example%40localhost%3A9443"},
	{"own: empty port", "example.com:", "", "https://example.com:", "example.com", "", "https%3A%2F%2Fexample.com%3A"},
	{"own: surrounding space", " joe@example.com\n", "", "acct:joe@example.com", "example.com", "", "acct%3Ajoe%40example.com"},
	{"own: not ASCII", "jö@example.com", "", "acct:jö@example.com", "example.com", "", "acct%3Aj%C3%B6%40example.com"},
	{"own: slash stays", "example.com:8080/", "", "https://example.com:8080/", "example.com:8080", "", "https%3A%2F%2Fexample.com%3A8080%2F"},
}

func TestNormalize(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.input, func(t *testing.T) {
			got, err := Normalize(v.input)
			if err != nil {
				t.Fatalf("%s: %v", v.source, err)
			}
			want := Normalized{
				Input: strings.TrimSpace(v.input), Scheme: v.scheme, Resource: v.resource, Host: v.host, Alternative: v.alternative,
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", v.source, d)
			}
			if wire := encode(got.Resource); wire != v.wire {
				t.Errorf("%s: in the query %s, want %s", v.source, wire, v.wire)
			}
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for input, reason := range map[string]string{
		"":                                  "empty",
		"  ":                                "empty",
		"=joe":                              "reserved",
		"@example":                          "reserved",
		"!joe":                              "reserved",
		"joe smith@example.com":             "space",
		"joe@exam\x00ple.com":               "control character",
		"joe@exam\xffple.com":               "UTF-8",
		"mailto:joe":                        "names no host",
		"tel:+1-201-555-0123":               "names no host",
		"device:p1.example.com":             "names no host",
		"acct:joe":                          "names no host",
		"acct:@example.com":                 "names no host",
		"ACCT:joe":                          "names no host",
		"https://":                          "names no host",
		"https:///joe":                      "names no host",
		"https://joe@/x":                    "names no host",
		"//example.com":                     "names no host",
		"joe@":                              "names no host",
		"#example.com":                      "names no host",
		"https:example.com":                 "is no host",
		"2001:db8::1":                       "in brackets",
		"[2001:db8::1":                      "is no host",
		"[example.com]:80":                  "is no host",
		"exa[mple.com":                      "is no host",
		`exam\ple.com`:                      "is no host",
		"exam%70le.com":                     "is no host",
		"example.com:0":                     "no port",
		"example.com:65536":                 "no port",
		"example.com:99999999999999999999":  "no port",
		"joe:hunter2@example.com":           "password",
		"acct:joe:hunter2@example.com":      "password",
		"https://joe:hunter2@example.com/x": "password",
		"https://joe:hunter2/x@example.com": "password",
		"https://joe:hunter2#x@example.com": "password",
		"https://joe:hunter2?x@example.com": "password",
	} {
		t.Run(input, func(t *testing.T) {
			got, err := Normalize(input)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %+v, %v; want an *Error", got, err)
			}
			if e.Kind != BadResource || !strings.Contains(e.Reason, reason) || len(e.Steps) != 0 {
				t.Errorf("kind %d, steps %d, reason %q; want BadResource, 0, something about %q", e.Kind, len(e.Steps), e.Reason, reason)
			}
			if strings.Contains(told(e), "hunter2") {
				t.Errorf("the error repeats the password:\n%v", err)
			}
		})
	}
}

func TestNormalizeProperties(t *testing.T) {
	anything := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`((acct|mailto|https?|tel):(//)?)?([a-z%.@:=+]{0,8}@)?[a-zA-Z0-9.:\[\]-]{0,12}(:[0-9]{0,6})?([/?#][a-z@:/?#]{0,6})?`),
	)
	t.Run("any text gives an error or a resource and a host to connect to", rapid.MakeCheck(func(t *rapid.T) {
		input := anything.Draw(t, "input")
		n, err := Normalize(input)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%q: %T", input, err)
			}
			return
		}
		if strings.Contains(n.Resource, "#") {
			t.Fatalf("%q: fragment kept in %q", input, n.Resource)
		}
		asked := "https://" + n.Host + "/.well-known/webfinger?resource=" + encode(n.Resource)
		u, err := url.Parse(asked)
		if err != nil || u.User != nil || u.Host != n.Host || u.Hostname() == "" {
			t.Fatalf("%q: %q parses to %+v, %v", input, asked, u, err)
		}
		if got := u.Query().Get("resource"); got != n.Resource {
			t.Fatalf("%q: the server would read %q, want %q", input, got, n.Resource)
		}
		for _, resource := range []string{n.Resource, n.Alternative} {
			if resource == "" {
				continue
			}
			again, err := Normalize(resource)
			if err != nil || again.Resource != resource || again.Host != n.Host {
				t.Fatalf("%q: normalizing %q again gives %+v, %v", input, resource, again, err)
			}
		}
	}))
	t.Run("a password is never repeated", rapid.MakeCheck(func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "https://", "acct:", "mailto:", "ftp://"}).Draw(t, "prefix")
		tail := rapid.StringMatching(`[a-z/?#:@]{0,4}`).Draw(t, "tail")
		input := prefix + "joe:hunter2" + tail + "@example.com"
		if _, err := Normalize(input); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Fatalf("%q: %v", input, err)
		}
	}))
}
