// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// deepest is how many encodings around each other are taken off.
const deepest = 2

// Decodes reports whether a text is the known value in another encoding, or in several around each other: percent-encoded however much of it, escaped for
// JSON or HTML, base64, base32 or hex. Each is unequivocal, so that which of the two is the credential itself is not told by that.
func Decodes(shown, value string) bool {
	return shown != value && slices.Contains(decodings(shown, deepest), value)
}

// decodings are what a text may be another writing of.
func decodings(shown string, depth int) (out []string) {
	if depth == 0 || shown == "" {
		return nil
	}
	add := func(text string, err error) {
		if err == nil && text != shown && text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	binary := func(text []byte, err error) {
		if utf8.Valid(text) && !strings.ContainsFunc(string(text), func(r rune) bool { return !unicode.IsPrint(r) }) {
			add(string(text), err)
		}
	}
	add(url.PathUnescape(shown))
	add(url.QueryUnescape(shown))
	add(html.UnescapeString(shown), nil)
	if strings.Contains(shown, `\`) {
		if v, err := jsonvalue.Decode([]byte(`"` + shown + `"`)); err == nil {
			text, _ := v.(string)
			add(text, nil)
		}
	}
	bare := strings.TrimRight(strings.Join(strings.Fields(shown), ""), "=")
	binary(base64.RawStdEncoding.DecodeString(bare))
	binary(base64.RawURLEncoding.DecodeString(bare))
	binary(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(bare)))
	binary(hex.DecodeString(bare))
	for _, text := range slices.Clone(out) {
		for _, inner := range decodings(text, depth-1) {
			add(inner, nil)
		}
	}
	return out
}

const (
	// leastShared is how long a part of a text must be to count as taken from another text: chance has shorter ones in common.
	leastShared = 6
	// leastNew is how many characters of its own a new value of a generator has at least, as far as the value before is not much shorter.
	leastNew = 8
)

// TellsNothingNew reports whether a text is, most likely, another writing of a known value and not a new one of the same generator: decoded or not, nearly all of it is in
// the known value, in upper or lower case, whatever stands around it or between its parts, and whatever of it is missing. A value that is counted up is a new one.
func TellsNothingNew(known String, shown string) bool {
	value := known.Reveal()
	if value == "" || shown == "" || isCounted(value, shown) {
		return false
	}
	writings := append(decodings(shown, deepest), shown)
	for _, a := range append(decodings(value, deepest), value) {
		if a = squeezed(a); a == "" {
			continue
		}
		for _, b := range writings {
			if b = squeezed(b); b != "" && novel(a, b) < min(leastNew, max(1, len(a)/3)) {
				return true
			}
		}
	}
	return false
}

// isCounted reports whether two texts are alike but for the number in them, as simple servers make them.
func isCounted(a, b string) bool {
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return -1
			}
			return r
		}, text)
	}
	return a != b && len(a)-len(b) <= 1 && len(b)-len(a) <= 1 && letters(a) == letters(b)
}

// squeezed is what of a text no change of case, no line break and no sign changes.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// novel is how many characters of a text are in no part that it has in common with a known one. A row of the same one counts once, as padding.
func novel(known, shown string) (n int) {
	for i := 0; i < len(shown); {
		shared := 0
		for i+shared < len(shown) && strings.Contains(known, shown[i:i+shared+1]) {
			shared++
		}
		if shared >= leastShared {
			i += shared
			continue
		}
		if i == 0 || shown[i] != shown[i-1] {
			n++
		}
		i++
	}
	return n
}
