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

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A server may read the UTF-8 of a password in another charset, or write it in one (RFC 7617 §2.1 has a parameter for that): it is found in each,
// in whatever else is done to it there, also where a character was lost on the way.
func TestScrubberCharsets(t *testing.T) {
	t.Parallel()
	encode := func(charset *charmap.Charmap, value string) string {
		out, err := charset.NewEncoder().String(value)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	decode := func(charset *charmap.Charmap, value string) string {
		out, err := charset.NewDecoder().String(value)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for value, charsets := range map[string][]*charmap.Charmap{
		"pässwörd12":     {charmap.ISO8859_1, charmap.Windows1252, charmap.ISO8859_15, charmap.ISO8859_2},
		"schlüß":         {charmap.ISO8859_1, charmap.Windows1252},
		"ab€Œxy34":       {charmap.Windows1252, charmap.ISO8859_15},
		"zażółć-gęślą-7": {charmap.ISO8859_2, charmap.Windows1250},
		"пароль-2026":    {charmap.Windows1251, charmap.KOI8R},
	} {
		var s redact.Scrubber
		s.Add(secret.New(value))
		for _, charset := range charsets {
			written := encode(charset, value)
			asJSON, err := jsonvalue.Encode(written)
			if err != nil {
				t.Fatal(err)
			}
			forms := map[string]string{
				"as it is": written, "read as it": decode(charmap.Windows1252, value), "read as Latin-1": decode(charmap.ISO8859_1, value),
				"in a URL": url.QueryEscape(written), "in Go's": fmt.Sprintf("%q", written), "in JSON, of which it is no character": string(asJSON), "of another form": norm.NFD.String(value),
				"in capitals": strings.ToUpper(value),
			}
			if len(written) >= 10 {
				forms["Basic"] = base64.StdEncoding.EncodeToString([]byte("c:" + written))
				forms["hexadecimal"] = hex.EncodeToString([]byte(written))
			}
			for name, form := range forms {
				if got := s.Scrub("before " + form + " after"); !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, secret.Redacted) {
					t.Errorf("%s, %s, %s: %q is %q", value, charset, name, form, got)
				}
			}
		}
	}
	for value, form := range map[string]string{"pässwörd12": "p?ssw?rd12", "schlüß-4": "schl??-4", "grün€land7": "gr??n???land7", "sächß-99": "s%u00E4ch%u00DF-99", "größer1": `gr\u{f6}\x{00DF}er1`} {
		var s redact.Scrubber
		s.Add(secret.New(value))
		if got := s.Scrub("a " + form + " b"); got != "a "+secret.Redacted+" b" {
			t.Errorf("%s in %q: %q", value, form, got)
		}
	}
}

// Of a password that no character of ASCII is in, question marks tell nothing.
func TestQuestionMarksAreNoPassword(t *testing.T) {
	t.Parallel()
	var s redact.Scrubber
	s.Add(secret.New("парольпароль"), secret.New("пар-1"))
	for _, text := range []string{"what????????????????????????????", "???-1", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"} {
		if got := s.Scrub(text); got != text {
			t.Errorf("%q is %q", text, got)
		}
	}
}
