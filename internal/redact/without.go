// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Without replaces values that may be sensitive in a server's words, which may repeat what it was sent: as they are, in the forms that a
// Scrubber knows, with other capital letters, and cut at the end of a line.
func Without(values []any, text string) string {
	if len(values) == 0 || text == "" {
		return text
	}
	var all []string
	for _, v := range values {
		all = texts(all, v)
	}
	known := Scrubber{whole: true}
	for _, value := range all {
		known.Add(secret.New(value))
	}
	text = known.Scrub(text)
	for _, value := range all {
		if len(value) <= len(text) && utf8.ValidString(value) { // of another there is no expression
			text = withoutCase(text, value)
		}
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for _, value := range all {
			line = withoutCut(line, value)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// withoutCase replaces a value with whatever capital letters. A word of few letters is none of a longer word.
func withoutCase(text, value string) string {
	var edits []edit
	for _, at := range regexp.MustCompile("(?i)"+regexp.QuoteMeta(value)).FindAllStringIndex(text, -1) {
		if !short(value) || (at[1] == len(text) || !letter(text[at[1]])) && !endsWord(text, at[0], func(int) bool { return false }) {
			edits = append(edits, edit{hole{at[0], at[1]}, secret.Redacted})
		}
	}
	return rewrite(text, edits)
}

// longWord is from how many characters on a word of a value is taken out of a server's words by itself, too. Shorter ones are mostly
// words of the language, or of URLs.
const longWord = 8

// Repeats reports whether a text has a word of a value in it that is long and more than a word, as an identifier in an address that is otherwise changed.
func Repeats(text, value string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words(value), func(word string) bool {
		return len(word) >= longWord && tells(word) && strings.Contains(text, strings.ToLower(word))
	})
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// texts are the texts and numbers of a value that are long enough to be told from ordinary words, and their own long words.
func texts(all []string, v any) []string {
	switch v := v.(type) {
	case nil, bool:
	case []any:
		for _, e := range v {
			all = texts(all, e)
		}
	case map[string]any:
		for name, e := range v {
			all = texts(texts(all, name), e)
		}
	default:
		if text := strings.TrimSpace(fmt.Sprint(v)); len(text) >= Shortest {
			all = append(all, text)
			for _, word := range words(text) {
				if len(word) >= longWord && word != text {
					all = append(all, word)
				}
			}
		}
	}
	return all
}

// withoutCut replaces what is left of a value at the end of a line that was cut there.
func withoutCut(line, value string) string {
	cut, was := strings.CutSuffix(line, "…")
	if !was {
		return line
	}
	for length := min(len(value), len(cut)); length >= Shortest; length-- {
		if start, ends := strings.CutSuffix(cut, value[:length]); ends {
			return start + secret.Redacted + "…"
		}
	}
	return line
}
