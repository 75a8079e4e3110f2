// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Without replaces the configured values of p.Withheld in words of a server's, which may repeat what it was sent.
func Without(p outcome.Problem, text string) string {
	if len(p.Withheld) == 0 || text == "" {
		return text
	}
	var values []string
	for _, v := range p.Withheld {
		values = texts(values, v)
	}
	var known secret.Scrubber
	for _, value := range values {
		known.Add(secret.New(value))
	}
	lines := strings.Split(known.Scrub(text), "\n")
	for i, line := range lines {
		for _, value := range values {
			line = withoutCut(withoutCase(line, value), value)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// longWord is from how many characters on a word of a value is taken out of a server's words by itself, too. Shorter ones are mostly
// words of the language, or of URLs.
const longWord = 8

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
		if text := strings.TrimSpace(fmt.Sprint(v)); len(text) >= secret.Shortest {
			all = append(all, text)
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				if len(word) >= longWord && word != text {
					all = append(all, word)
				}
			}
		}
	}
	return all
}

// withoutCase replaces a value that a server gives with other capital letters.
func withoutCase(line, value string) string {
	if len(value) > len(line) {
		return line
	}
	return regexp.MustCompile("(?i)"+regexp.QuoteMeta(value)).ReplaceAllLiteralString(line, secret.Redacted)
}

// withoutCut replaces what is left of a value at the end of a line that was cut there.
func withoutCut(line, value string) string {
	cut, was := strings.CutSuffix(line, "…")
	if !was {
		return line
	}
	for length := min(len(value), len(cut)); length >= secret.Shortest; length-- {
		if start, ends := strings.CutSuffix(cut, value[:length]); ends {
			return start + secret.Redacted + "…"
		}
	}
	return line
}

func (a account) without(p outcome.Problem) account {
	if len(p.Withheld) == 0 {
		return a
	}
	out := account{answered: a.answered, rest: Without(p, a.rest), fix: fixesWithout(p, a.fix)}
	for _, line := range a.answers {
		out.answers = append(out.answers, Without(p, line))
	}
	return out
}

func fixesWithout(p outcome.Problem, ways []Fix) []Fix {
	var out []Fix
	for _, way := range ways {
		lines := make([]string, len(way.Lines))
		for i, line := range way.Lines {
			lines[i] = Without(p, line)
		}
		out = append(out, Fix{Way: way.Way, Text: way.Text, Lines: lines})
	}
	return out
}
