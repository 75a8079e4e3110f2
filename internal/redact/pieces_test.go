// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func scrubbed(known, text string) string {
	var s redact.Scrubber
	s.Add(secret.New(known))
	return s.Scrub(text)
}

// each writes every character of a text in its own way.
func each(text string, write func(r rune) string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(write(r))
	}
	return b.String()
}

// A server may repeat a credential wrapped, interspersed with what nobody sees, escaped, or cut off.
func TestScrubberPieces(t *testing.T) {
	const value = "rat-VFo3UkJNb2VKYi1fLVEyY0xZOGE"
	in := func(mark string) string { return value[:10] + mark + value[10:] }
	basic := base64.StdEncoding.EncodeToString([]byte(value))
	for name, text := range map[string]string{
		"wrapped": in("\n"), "wrapped and indented": in("\r\n    "), "blank": in(" "), "NBSP": in("\u00a0"), "thin blank": in("\u2009"), "BOM": in("\ufeff"),
		"control": in("\x01"), "soft hyphen": in("\u00ad"), "right to left": in("\u202e"), "zero width": in("\u200b"), "joiner": in("\u2060"),
		"variation": in("\ufe0f"), "tag": in("\U000e0041"), "filler": in("\u3164"), "colour": in("\x1b[31m"), "shown colour": in(`\u001b[31m`),
		"shown mark": in(`\u200b`), "shown twice": in(`\\u200b`), "shown tag": in(`\U000e0041`), "escaped line break": in(`\n`), "break in HTML": in("&#10;"), "named": in("&shy;"),
		"zero width between any two": strings.Join(strings.Split(value, ""), "\u200b"), "spelled": strings.Join(strings.Split(value, ""), " "),
		"percent": strings.ReplaceAll(value, "-", "%2D"), "percent twice": strings.ReplaceAll(value, "-", "%252d"), "entity": strings.ReplaceAll(value, "-", "&#45;"),
		"hexadecimal entity": strings.ReplaceAll(value, "-", "&#x2D;"), "JSON": strings.ReplaceAll(value, "-", `\u002d`), "Go": strings.ReplaceAll(value, "-", `\x2d`), "octal": strings.ReplaceAll(value, "-", `\055`),
		"percent for each": each(value, func(r rune) string { return fmt.Sprintf("%%%02X", r) }), "entity for each": each(value, func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
		"escape for each":  each(value, func(r rune) string { return fmt.Sprintf(`\u%04X`, r) }),
		"all but the last": value[:len(value)-1], "all but the first": value[1:], "without its label": value[4:], "cut": value[:17] + "…", "the second half": "…" + value[len(value)-17:],
		"cut and wrapped": value[:9] + "\n" + value[9:20] + "…", "cut at both ends": "…" + value[6:25] + "…", "cut within another word": "x" + value[6:25] + "x",
		"without its middle": value[:11] + "…" + value[len(value)-10:], "with dots for its middle": value[:9] + "..." + value[len(value)-9:], "masked": value[:5] + "****" + value[len(value)-14:],
		"without two characters": value[:12] + "**" + value[14:], "joined": value[:15] + `" + "` + value[15:],
		"capitals": strings.ToUpper(value), "small letters": strings.ToLower(value), "capitals, cut": strings.ToUpper(value[:20]) + "…",
		"hexadecimal": hex.EncodeToString([]byte(value)), "capital digits": strings.ToUpper(hex.EncodeToString([]byte(value))), "hexadecimal, cut": hex.EncodeToString([]byte(value))[:40] + "…",
		"base64, wrapped": basic[:20] + "\n" + basic[20:], "base64, cut": basic[:32] + "…", "base64, wrapped and cut": basic[:20] + "\r\n " + basic[20:34] + "…",
	} {
		got := scrubbed(value, "token "+text+" is bad")
		if !strings.HasPrefix(got, "token ") || !strings.HasSuffix(got, " is bad") || !strings.Contains(got, secret.Redacted) || len(got) > len("token …… is bad"+secret.Redacted) {
			t.Errorf("%s: %q became %q", name, text, got)
		}
	}
}

// What only looks like a part of a credential stays, so that a message can be read.
func TestScrubberPiecesLeave(t *testing.T) {
	for known, texts := range map[string][]string{
		"administrator-of-all":                 {"ask the administrator", "an administrator of all"},
		"notfound":                             {"it was not found", "not\nfound"},
		"changeit":                             {"change it", "to change\nits name"},
		"registration-access-token-9":          {"the registration access token", "registration_access_token", "registration"},
		"another-registration_access_token":    {"with its token in registration_access_tokens on the provider", "registration_access_token"},
		"s6BhdRkqt3-secret":                    {"client s6BhdRkqt3", "Client s6BhdRkqt3: it", "terraform import ADDRESS s6BhdRkqt3"},
		"s6BhdRkqt3.VFo3UkJNb2VK":              {"client s6BhdRkqt3", "client s6BhdRkqt3. It", "s6BhdRkqt3/x"},
		"5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11": {"5c5a3fe1", "5c5a3fe1-1f8e-0000-8888-000000000000 is a client of 2026-11-28"},
		"pass1":                                {"pas s1", "bypass 1"},
		"v1.s6BhdRkqt3.VFo3UkJN":               {"client s6BhdRkqt3", "https://as.example.com/register/s6BhdRkqt3", `client "s6BhdRkqt3"`},
		"5c5a3fe1-1f8e-11ee-9d0b-2d1b8f5f9a11": {"client 5c5a4ab2-1f8e-11ee-9d0b-2d1b8f5f9a11", "5c5a3fe1-1f8e-11ee-9d0b-2d1b8f5f9a12 is", "/5C5A4AB2-1F8E-11EE-9D0B-2D1B8F5F9A11?a"},
		"Invalid_Client":                       {"invalid client", "the client is invalid"},
		"changeit-changeit":                    {"changeit", "to Change\nits name"},
		"%41%42%43%44":                         {"abcd"},
	} {
		for _, text := range texts {
			if got := scrubbed(known, text); got != text {
				t.Errorf("%q made %q of %q", known, got, text)
			}
		}
	}
	if got := scrubbed("5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11", "5c5a3fe1-1f8e-4f0c-…"); got != secret.Redacted+"…" {
		t.Errorf("a part of a UUID: %q", got)
	}
	for _, text := range []string{"5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f0000", "00000000-1f8e-4f0c-9d0b-2d1b8f5f9a11"} { // no two of version 4 have so much in common by chance
		if got := scrubbed("5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11", text); !strings.Contains(got, secret.Redacted) || strings.Contains(got, "4f0c") {
			t.Errorf("a part of a UUID in another one: %q", got)
		}
	}
	if got := scrubbed("grüße-9-und-küsse", "grüße-9-un\u200bd-küsse und grüße-9-und-k\u00f6"); got != secret.Redacted+" und "+secret.Redacted {
		t.Errorf("characters of several bytes: %q", got)
	}
}

// Whatever marks, blanks and escapes stand within a credential, and with a part cut off, no long part of it is left.
func TestScrubberPiecesProperty(t *testing.T) {
	marks := []string{"", "\u200b", "\u00ad", " ", "\n", "\u00a0", "\ufeff", "\u202e", "\x07", `\n`, `\u200b`, "%E2%80%8B", "&nbsp;", "&#8203;"}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[A-Za-z0-9_~-]{9}[0-9][A-Za-z0-9]{8,40}`).Draw(t, "value")
		first := rapid.IntRange(0, 1).Draw(t, "first")
		text := each(value[first:], func(r rune) string {
			shown := rapid.SampledFrom([]string{string(r), string(r), string(r), url.QueryEscape(string(r)), fmt.Sprintf("%%%02x", r), fmt.Sprintf("&#%d;", r), fmt.Sprintf(`\u%04x`, r)}).Draw(t, "shown")
			return shown + rapid.SampledFrom(marks).Draw(t, "mark")
		})
		if got := scrubbed(value, "<"+text+">"); !strings.HasPrefix(got, "<"+secret.Redacted) || len(got) > len(secret.Redacted)+60 {
			t.Errorf("%q: %q became %q", value, text, got)
		}
	})
}

// Nor is any half of one left, wherever it is cut, in whatever letters, and as well where something else stands for what was left out of it.
func TestScrubberPartsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`([a-zA-Z0-9]{3,6}[0-9]){6,12}[a-z]{0,6}`).Draw(t, "value")
		written := rapid.SampledFrom([]func(string) string{
			func(s string) string { return s }, strings.ToLower, strings.ToUpper,
			func(s string) string { return hex.EncodeToString([]byte(s)) },
			func(s string) string { return strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(s)), "=") },
		}).Draw(t, "written")(value)
		least := max(16, (len(written)+1)/2+2) // some characters of base64 are also what stands before the credential
		length := rapid.IntRange(min(least, len(written)), len(written)).Draw(t, "length")
		from := rapid.IntRange(0, len(written)-length).Draw(t, "from")
		shown := written[from : from+length]
		if out := len(written) - length; out > 0 && rapid.Bool().Draw(t, "without the middle") {
			first := rapid.IntRange(8, length-8).Draw(t, "first")
			shown = written[:first] + rapid.SampledFrom([]string{"…", "...", "[…]", "**"}).Draw(t, "gap") + written[len(written)-(length-first):]
		}
		if got := scrubbed(value, "what “"+shown+"” is"); len(got) > len("what “” is"+secret.Redacted)+8 || !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q: %q became %q", value, shown, got)
		}
	})
}

// Sentences of short words have no hole, whichever generated credential is known.
func TestScrubberPiecesLeaveWords(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"the", "server", "client", "registration_access_token", "is", "not", "found", "invalid_client_metadata", "redirect_uris[0]", "https://as.example.com/register",
		"401", "2026-11-28T20:31:03Z", "administrator", "a%20b", "&amp;", `\n`, "don't", "\"App\"", "terraform apply -replace=ADDRESS",
	}), 1, 40)
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.StringMatching(`[A-Za-z0-9_-]{20,60}`).Draw(t, "known")
		text := strings.Join(words.Draw(t, "words"), " ")
		if got := scrubbed(known, text); got != text {
			t.Errorf("%q made %q of %q", known, got, text)
		}
	})
}

func FuzzScrubberPieces(f *testing.F) {
	f.Add("rat-1234567890", "rat-12345\u200b67890")
	f.Add("ü&#252;ü12345678", "\xff%c3%bc\x1b[")
	f.Fuzz(func(t *testing.T, known, text string) {
		got := scrubbed(known, text)
		if len(known) >= 8 && strings.ToLower(known) != known && strings.Contains(text, known) && !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q in %q: %q", known, text, got)
		}
	})
}
