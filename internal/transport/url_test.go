// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCheckURL(t *testing.T) {
	for raw, want := range map[string]struct{ strict, lax Kind }{
		"https://as.example/register":     {},
		"HTTPS://as.example":              {},
		"https://as.example:8443/p?q=1":   {},
		"https://[2001:db8::1]:8443/":     {},
		"http://127.0.0.1:8080/":          {},
		"http://127.8.9.1/":               {},
		"http://[::1]:8080/":              {},
		"http://localhost/":               {},
		"http://LOCALHOST:1/":             {},
		"http://localhost.:1/":            {strict: InsecureURL},
		"http://as.example/":              {strict: InsecureURL},
		"http://localhost.example/":       {strict: InsecureURL},
		"http://127.0.0.1.example/":       {strict: InsecureURL},
		"http://10.0.0.1/":                {strict: InsecureURL},
		"http://0.0.0.0/":                 {strict: InsecureURL},
		"":                                {BadURL, BadURL},
		"/register":                       {BadURL, BadURL},
		"as.example/register":             {BadURL, BadURL},
		"as.example:8080":                 {BadURL, BadURL},
		"//as.example/":                   {BadURL, BadURL},
		"https:///register":               {BadURL, BadURL},
		"https:as.example":                {BadURL, BadURL},
		"https://:443/":                   {BadURL, BadURL},
		"ftp://as.example/":               {BadURL, BadURL},
		"file:///etc/passwd":              {BadURL, BadURL},
		"https://user:pass@as.example/":   {BadURL, BadURL},
		"https://as.example/%zz":          {BadURL, BadURL},
		"https://as.example/\x00":         {BadURL, BadURL},
		"https://as.example:port/":        {BadURL, BadURL},
		"http://user@127.0.0.1/":          {BadURL, BadURL},
		"https://as.example/a b?x=y#frag": {},
	} {
		for lax, kind := range map[bool]Kind{false: want.strict, true: want.lax} {
			err := CheckURL(raw, lax)
			if kind == 0 && err != nil || kind != 0 && (err == nil || kindOf(t, err).Kind != kind) {
				t.Errorf("CheckURL(%q, %v) = %v, want kind %d", raw, lax, err, kind)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	for raw, want := range map[string]string{
		"https://AS.example/p?q#f":     "https://as.example",
		"https://as.example:443":       "https://as.example",
		"http://as.example:80/":        "http://as.example",
		"http://as.example:443/":       "http://as.example:443",
		"https://as.example:8443":      "https://as.example:8443",
		"https://user:pw@as.example":   "https://as.example",
		"https://[2001:DB8::1]:8443/x": "https://[2001:db8::1]:8443",
		"https://[::1]":                "https://[::1]",
		"as.example":                   "",
		"/x":                           "",
		"":                             "",
		"mailto:a@b":                   "",
		"https://as.example/%zz":       "",
	} {
		if got := Origin(raw); got != want {
			t.Errorf("Origin(%q) = %q, want %q", raw, got, want)
		}
	}
	if SameOrigin("", "") || SameOrigin("x", "x") || !SameOrigin("https://a", "HTTPS://A:443/x") || SameOrigin("https://a", "http://a") ||
		SameOrigin("https://a.example", "https://b.a.example") {
		t.Error("SameOrigin is wrong")
	}
}

// An origin is its own origin, and is what parsing it again gives.
func TestOriginIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`https?://[A-Za-z0-9.-]{1,12}(:[0-9]{1,5})?(/[a-z]{0,5})?`).Draw(t, "url")
		origin := Origin(raw)
		if origin == "" {
			return
		}
		if diff := cmp.Diff(origin, Origin(origin)); diff != "" {
			t.Fatal(diff)
		}
	})
}
