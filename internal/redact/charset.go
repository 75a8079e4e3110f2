// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// charsets are those in which a server may read or write a password. RFC 7617 §2 leaves it open for Basic authentication, where only UTF-8 can be asked for.
var charsets = []*charmap.Charmap{
	charmap.ISO8859_1, charmap.Windows1252, charmap.ISO8859_15, charmap.ISO8859_2, charmap.Windows1250, charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5,
	charmap.ISO8859_7, charmap.Windows1253, charmap.ISO8859_9, charmap.CodePage437, charmap.CodePage850,
}

// mostCharsets is up to how many bytes a value is also looked for in other charsets. A longer one is a key or a token, and ASCII.
const mostCharsets = 512

// inCharsets are a value's writings in other charsets: in one, as what its UTF-8 is taken for in one, in the other forms of Unicode (RFC 8265 §4.2.2 has
// them made one), in capitals and small letters, and with what stands for characters that were lost.
func inCharsets(value string) (writings []string) {
	isASCII := !strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf })
	if isASCII || len(value) > mostCharsets || !utf8.ValidString(value) {
		return nil
	}
	add := func(writing string) {
		if len(writing) >= Shortest && writing != value && !slices.Contains(writings, writing) {
			writings = append(writings, writing)
		}
	}
	for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC} {
		add(form.String(value))
	}
	add(strings.ToUpper(value))
	add(strings.ToLower(value))
	for _, charset := range charsets {
		if written, err := charset.NewEncoder().String(value); err == nil {
			add(written)
			addLost(add, string([]rune(written)))
		}
		if read, err := charset.NewDecoder().String(value); err == nil {
			add(read)
		}
	}
	var each, eachByte strings.Builder
	for _, r := range value {
		if r < utf8.RuneSelf {
			each.WriteRune(r)
			eachByte.WriteRune(r)
			continue
		}
		each.WriteByte('?')
		eachByte.WriteString(strings.Repeat("?", utf8.RuneLen(r)))
	}
	addLost(add, each.String())
	addLost(add, eachByte.String())
	addLost(add, strings.ReplaceAll(each.String(), "?", "\ufffd"))
	return writings
}

// addLost adds a writing in which characters were lost, as long as it has enough of those that were not.
func addLost(add func(string), writing string) {
	const least = 4
	left := 0
	for i := range len(writing) {
		if ofName(writing[i]) {
			left++
		}
	}
	if left >= least {
		add(writing)
	}
}
