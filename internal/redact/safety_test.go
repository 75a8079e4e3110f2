// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Parts of two credentials, or of one, may end and begin within the same character.
func TestTwoHolesInOneCharacter(t *testing.T) {
	for name, c := range map[string][4]string{
		"two credentials":       {"abcdefgh1234\u4000", "\u4eadzyxwvuts9876", "abcdefgh1234\u4e2dzyxwvuts9876", secret.Redacted},
		"one credential, twice": {"pass1234\u4000-\u4eadword5678", "x", "is pass1234\u4e2dword5678 it", "is " + secret.Redacted + " it"},
		"passwords":             {"Zugang1234\u4e00", "\u4e8dKennwort99", "Zugang1234\u4e8dKennwort99", secret.Redacted + secret.Redacted},
		"half a character":      {"\xadzyxwvuts", "\xadabc", "\u4e2dzyxwvuts9 \u4e2dabc", secret.Redacted + "9 " + secret.Redacted},
	} {
		var s redact.Scrubber
		s.Add(secret.New(c[0]), secret.New(c[1]))
		if got := s.Scrub(c[2]); got != c[3] {
			t.Errorf("%s: %q, want %q", name, got, c[3])
		}
	}
}

// A panic in the middle of an apply loses a state. Whatever a server made up, a text is scrubbed, and what was text stays text.
func TestScrubberIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		atoms := rapid.SampledFrom([]string{
			"a", "1", "aB3dEf7h", "zyxw9876", "-", "_", ".", " ", "\n", "…", "\u4e00", "\u4e8d", "\u4e2d", "\u00e9", "\U0001f600", "\xad", "\xe4\xb8", "\xff", "%", "%41", "%e4", `\`, `\u4e2d`,
			`\x`, "&#", "&#45;", "\x1b[", "é", "[redacted]", "client_secret", "5c5a3fe1-1f8e-11ee-9d0b-2d1b8f5f9a11", "secret", "\u200b",
		})
		made := rapid.Map(rapid.SliceOfN(atoms, 0, 10), func(parts []string) string { return strings.Join(parts, "") })
		known := rapid.SliceOfN(made, 1, 4).Draw(t, "known")
		text := made.Draw(t, "text")
		for _, one := range known { // parts of what is known, cut anywhere
			from := rapid.IntRange(0, len(one)).Draw(t, "from")
			text += one[from:rapid.IntRange(from, len(one)).Draw(t, "to")] + made.Draw(t, "more")
		}
		// Two of which the text has the parts before and behind a place that may be within a character.
		middle := rapid.StringMatching(`[a-z]{4}[0-9]{4,8}`).Draw(t, "begin") + rapid.SampledFrom([]string{"\u4e2d", "\u00e9", "\U0001f600", "x"}).Draw(t, "character") + rapid.StringMatching(`[a-z]{4}[0-9]{4,8}`).Draw(t, "end")
		at := rapid.IntRange(8, len(middle)-8).Draw(t, "at")
		behind := at + rapid.IntRange(0, 1).Draw(t, "behind")
		known, text = append(known, middle[:at]+rapid.SampledFrom([]string{"", "\x80\x80", "ab"}).Draw(t, "other end"), rapid.SampledFrom([]string{"", "\xe4", "ab"}).Draw(t, "other begin")+middle[behind:]), text+middle
		if rapid.Bool().Draw(t, "text only") {
			text = strings.ToValidUTF8(text, "\u4e8d")
		}
		var s redact.Scrubber
		values := make([]any, len(known))
		for i, one := range known {
			s.Add(secret.New(one))
			values[i] = one
		}
		for name, got := range map[string]string{"Scrub": s.Scrub(text), "Without": redact.Without(values, text)} {
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Errorf("%s: %q in %q: %q", name, known, text, got)
			}
		}
	})
}

// Nor does a sentence that nothing is known of cause one.
func TestRedactSentenceIsSafe(t *testing.T) {
	t.Parallel()
	atoms := rapid.SampledFrom([]string{
		"client_secret", "token", "API key", "cookie", "a", "aB3dEf7h", " ", "  ", "\u00a0", "\f", "\n", "\n- ", ":\n  - ", ":", "=", "==", ";", ",", "'", `"`, "“", "”", "`", "(", ")", "[", "]", "<", ">", "</", "&", "%", "%41", `\`, `\u4e2d`,
		"@", "://", "/", "|", "-", "_", ".", ". ", ".!", "\u4e2d", "\xff", "\xe4\xb8", "equals ", "is ", "Got ", "client ", "code ", "123456", "name=", "value=", "bearer ",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(atoms, 0, 14).Draw(t, "text"), "")
		if got := redact.Sentence(text); utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q is %q", text, got)
		}
	})
}

func TestAListOfNothingIsRead(t *testing.T) {
	t.Parallel()
	for _, blank := range []string{"\u00a0", "\f", "\v", "\u2003"} {
		if text := "token:\n- " + blank + "x\n- " + blank + "\n"; !strings.HasPrefix(redact.Sentence(text), "token:\n- ") {
			t.Errorf("%q is %q", text, redact.Sentence(text))
		}
	}
}
