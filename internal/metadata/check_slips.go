// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Slips of the hand are warnings: servers register such values, so that what one has registered must validate when it is imported.

// repeated reports an element of a list that is there already. The server may register it once, which would be a substitution.
func (c *checker) repeated(p *Parameter, display, tag string, list []any) {
	for i, e := range list {
		if s, ok := e.(string); ok && s != "" && slices.Contains(list[:i], e) {
			c.add(Problem{
				Member: p.Name, Tag: tag, Index: i, Summary: "Repeated value", Warning: true,
				Detail: fmt.Sprintf("%s[%d] is in the list already. Remove it.", display, i),
			})
			return
		}
	}
}

// severalOf reports whether a string is made of several of the values that a parameter may have.
func severalOf(values []string, s string) bool {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
	return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(values, w) })
}

// strayCharacters says what in a text was probably not meant to be there, "" for nothing.
func strayCharacters(s string) string {
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		return "holds control characters. Remove them."
	case strings.ContainsFunc(s, turnsWriting):
		return "holds characters that turn the direction of writing, which can make a text look like another one. Remove them."
	case s != strings.TrimSpace(s):
		return "begins or ends with a blank or a line break. Remove it, for example with trimspace()."
	}
	return ""
}

// turnsWriting reports whether a character embeds, overrides or isolates a direction of writing (Unicode Standard Annex #9 §2). The marks
// that right-to-left names are written with (U+200E, U+200F, U+061C) do none of that.
func turnsWriting(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }
