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
