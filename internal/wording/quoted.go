// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Assignment is the line that sets an attribute to a text.
func Assignment(name, value string) string { return name + " = " + quoted(value) }

// quoted writes a text as a string of the configuration language, to be copied as it stands. Go's own form differs: that language has
// fewer escapes, and begins a template at ${ and %{, which a name or an identifier may have in it.
func quoted(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	for i, r := range runes {
		switch {
		case r == '"' || r == '\\':
			out.WriteRune('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case (r == '$' || r == '%') && i+1 < len(runes) && runes[i+1] == '{':
			out.WriteRune(r)
			out.WriteRune(r)
		case unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, `\U%08X`, r)
		default:
			fmt.Fprintf(&out, `\u%04X`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// quotedASCII is quoted with what is not ASCII escaped, so that two texts that look alike do not.
func quotedASCII(text string) string {
	var out strings.Builder
	for _, r := range quoted(text) {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, `\U%08X`, r)
		default:
			fmt.Fprintf(&out, `\u%04X`, r)
		}
	}
	return out.String()
}

// quotedJSON writes a text as a JSON string.
func quotedJSON(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			out.WriteRune('\\')
			out.WriteRune(r)
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04X`, unit)
			}
		}
	}
	out.WriteByte('"')
	return out.String()
}

// shellWord is a text as one word of a shell's. A server chose it, and a person copies it.
func shellWord(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
