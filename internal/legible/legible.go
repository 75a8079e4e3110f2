// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package legible makes text of others fit for a terminal: what a terminal obeys or hides is never shown as it came.
package legible

import (
	"fmt"
	"strings"
	"unicode"
)

// OneLine is for what a server says, which nobody compares with anything: one line of at most n characters, with a space in the place of what a
// terminal obeys or hides.
func OneLine(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool { return unicode.IsSpace(r) || hidden(r) }), " ")
	return Bounded(text, n)
}

// Bounded is a text of at most n characters.
func Bounded(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// Visible is for values, which somebody may compare or look for: what a terminal obeys or hides is written as its code.
func Visible(text string) string { return visible(text, hidden) }

// Lines is Visible for a text of several lines, which stay.
func Lines(text string) string {
	return visible(text, func(r rune) bool { return r != '\n' && hidden(r) })
}

func visible(text string, hidden func(rune) bool) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hidden are control characters, the mark of byte order, the ends of lines and paragraphs, and what turns the direction of writing.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == 0xfeff || r == 0x061c || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
