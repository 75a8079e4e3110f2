// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	aClient = "5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11"
	aSecret = "9f8e7d6c5b4a"
)

// beside knows a credential and names; each order in which it comes to know them is the same.
func beside(t interface{ Errorf(string, ...any) }, known, text string, names ...string) string {
	var first, last redact.Scrubber
	first.Keep(names...)
	first.Add(secret.New(known))
	last.Add(secret.New(known))
	for _, name := range names {
		last.Scrub(text)
		last.Keep(name)
	}
	got := first.Scrub(text)
	if other := last.Scrub(text); other != got {
		t.Errorf("%q beside %q: %q in one order, %q in the other", known, names, got, other)
	}
	return got
}

// A client_id may be a URL. All of it is the name, and not only its parts.
func TestScrubberKeepsURLs(t *testing.T) {
	const client = "https://customer-portal.eu-west-1.apps.example.com/tenants/acme/portal"
	for _, known := range []string{client + ".9f8e7d6c5b4a392817ab", "rat:" + client + ":9f8e7d6c5b4a392817ab"} {
		for _, line := range []string{"client " + client + " is gone", `registration_access_tokens = { "` + client + `" = var.registration_access_token }`} {
			if got := beside(t, known, line, client); got != line {
				t.Errorf("%q: %q", known, got)
			}
		}
		if got := beside(t, known, "token "+known, client); strings.Contains(got, "9f8e") {
			t.Errorf("%q: %q", known, got)
		}
	}
}

// A message names the client, and has lines to copy, also where a token has the client_id in it. What of the token is not the client_id is no less hidden.
func TestScrubberKeepsNames(t *testing.T) {
	for _, known := range []string{"rat-" + aClient + "-" + aSecret, "rat_" + aClient + "_" + aSecret, "r1" + aClient + aSecret, "v1." + aClient + "-" + aSecret, aSecret + ":" + aClient} {
		for _, line := range []string{
			`registration_access_tokens = { "` + aClient + `" = var.registration_access_token }`, "GET https://as.example.com/register/" + aClient + ": 401", "client-" + strings.ToUpper(aClient),
			"client " + aClient[:30] + "…",
		} {
			if scrubbed(known, line) == line {
				t.Errorf("%q: without a name to keep, %q stays, too", known, line)
			}
			if got := beside(t, known, line, aClient); got != line {
				t.Errorf("%q: %q", known, got)
			}
			if got := beside(t, known, line, "https://as.example.com/register/"+aClient+"?a=b"); got != line {
				t.Errorf("%q beside the client's address: %q", known, got)
			}
		}
		for _, text := range []string{known, strings.ToUpper(known), known[1:], known[:len(known)-1], known[:10] + "\u200b" + known[10:], aSecret, aClient + " has " + aSecret, "…" + aSecret[:10] + "…"} {
			if got := beside(t, known, text, aClient); !strings.Contains(got, secret.Redacted) || strings.Contains(got, aSecret[1:10]) {
				t.Errorf("%q, of which a text has %q: %q", known, text, got)
			}
		}
	}
}

// A server that gives a secret, or most of it, as a name does not have it shown.
func TestScrubberKeepsNoSecret(t *testing.T) {
	const known = "VFo3UkJNb2VKYi1fLVEyY0xZOGE"
	for text, names := range map[string][]string{
		known:      {known, strings.ToLower(known), known + "-and-more", "https://as.example.com/" + known},
		known[2:]:  {known[2:], known[2:] + "x"},
		known[:16]: {known[:16], known[:12] + "x", known[4:16], known[8:]},
	} {
		for _, name := range names {
			if got := beside(t, known, text, name); got != secret.Redacted {
				t.Errorf("%q beside the name %q: %q", text, name, got)
			}
		}
		if got := beside(t, known, text, append(names, known[:9], known[9:18], known[18:])...); got != secret.Redacted {
			t.Errorf("%q beside the names %q: %q", text, names, got)
		}
	}
	const long = "rat-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	if got := beside(t, long, long[:len(long)-12], long[:len(long)-13]); got != secret.Redacted {
		t.Errorf("what is left of a long one is less than a fifth: %q", got)
	}
	if got := beside(t, "aLongWord1234567administrator", "aLongWord1234567", "aLongWord1234567"); got != secret.Redacted {
		t.Errorf("what is left is a word: %q", got)
	}
}

// Whatever is known as a name, a credential is not shown whole, nor what it has beyond the name.
func TestScrubberKeepsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.StringMatching(`([a-zA-Z0-9]{3,6}[0-9][_.-]?){4,12}`).Draw(t, "known")
		from := rapid.IntRange(0, len(known)-8).Draw(t, "from")
		to := rapid.IntRange(from+8, len(known)).Draw(t, "to")
		name := known[from:to]
		before, after := known[:from], known[to:]
		// A text with the credential, and with as much of its rest.
		for _, text := range []string{known, strings.ToUpper(known), known[:len(known)-1], name + " " + after + " " + before, name + " of " + before + "…" + after} {
			got := strings.ToLower(beside(t, known, "<"+text+">", name))
			if strings.Contains(got, strings.ToLower(known[1:len(known)-1])) {
				t.Errorf("%q in %q beside %q: %q", known, text, name, got)
			}
			for _, rest := range []string{before, after} {
				if shown := strings.Trim(strings.ToLower(rest), "._-"); len(shown) >= 12 && 5*len(shown) >= len(known) && strings.Contains(got, shown) && strings.Contains(got, strings.ToLower(name)) {
					t.Errorf("%q in %q beside %q: %q has the rest", known, text, name, got)
				}
			}
		}
	})
}
