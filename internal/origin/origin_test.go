// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package origin_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

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
		if got := origin.Of(raw); got != want {
			t.Errorf("origin.Of(%q) = %q, want %q", raw, got, want)
		}
	}
	if origin.Same("", "") || origin.Same("x", "x") || !origin.Same("https://a", "HTTPS://A:443/x") || origin.Same("https://a", "http://a") ||
		origin.Same("https://a.example", "https://b.a.example") {
		t.Error("Same is wrong")
	}
}

// An origin is its own origin, and is what parsing it again gives.
func TestOriginIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`https?://[A-Za-z0-9.-]{1,12}(:[0-9]{1,5})?(/[a-z]{0,5})?`).Draw(t, "url")
		of := origin.Of(raw)
		if again := origin.Of(of); of != "" && again != of {
			t.Fatalf("%q → %q → %q", raw, of, again)
		}
	})
}

func TestNames(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://as.example/register/a%20b":               true,
		"https://as.example/register/a%20b/":              true,
		"https://as.example/register/a%20b;jsessionid=1":  true,
		"https://as.example/register?client_id=a+b":       true,
		"https://as.example/register?x=1&id=a%20b":        true,
		"https://as.example/register/a%20bc":              false,
		"https://as.example/register?client_id=a":         false,
		"https://as.example/register/c;client_id=a%20b":   false,
		"https://as.example/register":                     false,
		"https://as.example/register#a%20b":               false,
		"https://as.example/%zz/a%20b":                    false,
		"https://a%20b.example/register/c?client_id=a%20": false,
	} {
		if got := origin.Names(raw, "a b"); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
	if origin.Names("https://as.example//", "") {
		t.Error("an address names a client without a name")
	}
}

func TestSameURL(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"https://as.example/register", "HTTPS://AS.example:443/register"}:      true,
		{"http://as.example:80/register", "http://as.example/register"}:         true,
		{"https://as.example/register", "https://as.example/register/"}:         true,
		{"https://as.example/register/?t=a", "https://as.example/register?t=a"}: true,
		{"https://as.example", "https://as.example/"}:                           true,
		{"as.example/", "as.example"}:                                           true,
		{"https://as.example/register", "https://as.example/Register"}:          false,
		{"https://as.example/register", "https://as.example:8443/register"}:     false,
		{"https://as.example/register", "http://as.example/register"}:           false,
		{"https://as.example/register?t=a", "https://as.example/register?t=b"}:  false,
		{"https://as.example/a%2Fb", "https://as.example/a/b"}:                  false,
		{"AS.example", "as.example"}:                                            false,
	} {
		if got := origin.SameURL(pair[0], pair[1]); got != want {
			t.Errorf("%q: %v", pair, got)
		}
		if once := origin.Canonical(pair[0]); origin.Canonical(once) != once {
			t.Errorf("%q has no stable form", pair[0])
		}
	}
}
