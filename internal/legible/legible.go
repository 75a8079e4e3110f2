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
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool { return unicode.IsSpace(r) || Hidden(r) }), " ")
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
func Visible(text string) string { return visible(text, Hidden) }

// Lines is Visible for a text of several lines, which stay.
func Lines(text string) string {
	return visible(text, func(r rune) bool { return r != '\n' && Hidden(r) })
}

func visible(text string, hidden func(rune) bool) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			if r > 0xffff {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Hidden reports whether a terminal obeys a character, or shows nothing for it: control characters, the ends of lines and paragraphs, what
// turns the direction of writing, marks of no width and the other characters that Unicode has ignored by default (UAX #44,
// Default_Ignorable_Code_Point). The selectors of an emoji's form are left: what they follow is seen.
func Hidden(r rune) bool {
	switch {
	case r <= '~':
		return r < ' '
	case r == 0xfe0e || r == 0xfe0f:
		return false
	case r == 0x2028 || r == 0x2029 || r == 0x2800: // the last is a pattern of Braille without a dot
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
