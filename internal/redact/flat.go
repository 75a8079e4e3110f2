// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"bytes"
	"html"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
)

// flat is a text without its white space and without what is not seen, and with its escapes undone, so that a credential that was wrapped,
// interspersed or escaped stands there as it is. Each byte knows where it was.
type flat struct {
	bytes []byte
	was   []span
}

// span is where a byte of a flat text was in the text. apart: white space stood before it.
type span struct {
	from, to int
	apart    bool
}

// escapedTwice is how many times escapes are undone in what was escaped: in JSON within a URL, and once more by a message.
const escapedTwice = 4

// flatOf is a text as it stands.
func flatOf(text string) flat {
	f := flat{bytes: []byte(text), was: make([]span, len(text))}
	for i := range f.was {
		f.was[i] = span{from: i, to: i + 1}
	}
	return f
}

func flatten(text string) flat {
	f := flatOf(text)
	for range escapedTwice {
		again, changed := f.flatter(true)
		if !changed {
			break
		}
		f = again
	}
	return f
}

// flatter undoes one level of escapes, and where compress is set leaves out what is not seen.
func (f flat) flatter(compress bool) (out flat, changed bool) {
	out = flat{bytes: make([]byte, 0, len(f.bytes)), was: make([]span, 0, len(f.bytes))}
	apart := false
	add := func(from, to int, text ...byte) {
		where := span{f.was[from].from, f.was[to-1].to, apart}
		for _, one := range f.was[from:to] {
			where.apart = where.apart || one.apart
		}
		for _, b := range text {
			out.bytes, out.was = append(out.bytes, b), append(out.was, where)
			where.apart = false
		}
		apart = false
	}
	for i := 0; i < len(f.bytes); {
		if n := invisible(f.bytes[i:]); compress && n > 0 {
			r, _ := utf8.DecodeRune(f.bytes[i:])
			apart = apart || unicode.IsSpace(r) || f.was[i].apart
			i, changed = i+n, true
			continue
		}
		if n, text := unescaped(f.bytes[i:]); n > 0 {
			add(i, i+n, text...)
			i, changed = i+n, true
			continue
		}
		add(i, i+1, f.bytes[i])
		i++
	}
	return out, changed
}

// invisible is how many bytes at the begin of a text are not seen: a blank, a mark, or what colours a terminal's text (ECMA-48 §8.3.117).
func invisible(text []byte) int {
	if text[0] > ' ' && text[0] <= '~' {
		return 0
	}
	r, n := utf8.DecodeRune(text)
	if r == utf8.RuneError || !unicode.IsSpace(r) && !legible.Hidden(r) && !unicode.Is(unicode.Variation_Selector, r) {
		return 0
	}
	if rest, colours := bytes.CutPrefix(text, []byte("\x1b[")); colours {
		if end := bytes.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' }); end >= 0 && end < 16 {
			return 2 + end + 1
		}
	}
	return n
}

// unescaped undoes the escape that a text begins with, if it does: of URLs, of JSON and programming languages, of HTML.
func unescaped(text []byte) (length int, means []byte) {
	switch {
	case text[0] == '%' && len(text) > 1 && text[1] == 'u': // as by JavaScript's escape()
		return numbered(text, 2, 4, 16, false)
	case text[0] == '%':
		return numbered(text, 1, 2, 16, true)
	case text[0] == '\\' && len(text) > 1:
		return backslashed(text)
	case text[0] == '&':
		end := bytes.IndexByte(text[:min(len(text), 32)], ';')
		if end < 2 || bytes.ContainsFunc(text[1:end], func(r rune) bool { return r != '#' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return 0, nil
		}
		if plain := html.UnescapeString(string(text[:end+1])); plain != string(text[:end+1]) {
			return end + 1, []byte(plain)
		}
	}
	return 0, nil
}

func backslashed(text []byte) (length int, means []byte) {
	if length, means = braced(text); length > 0 {
		return length, means
	}
	switch next := text[1]; next {
	case 'u':
		return numbered(text, 2, 4, 16, false)
	case 'U':
		return numbered(text, 2, 8, 16, false)
	case 'x':
		return numbered(text, 2, 2, 16, true)
	case 'n', 'r', 't', 'v', 'f':
		return 2, []byte{'\n'}
	case 'a', 'b':
		return 2, []byte{'\a'}
	case '\\', '/', '"', '\'':
		return 2, []byte{next}
	}
	return numbered(text, 1, 3, 8, true)
}

// braced is a character by its number in braces, as \u{e4} or \x{e4}.
func braced(text []byte) (length int, means []byte) {
	const most = 6
	if len(text) < 4 || text[1] != 'u' && text[1] != 'x' || text[2] != '{' {
		return 0, nil
	}
	digits := bytes.IndexByte(text[3:min(len(text), 4+most)], '}')
	if digits < 1 {
		return 0, nil
	}
	if length, means = numbered(text[:3+digits], 3, digits, 16, false); length > 0 {
		return length + 1, means
	}
	return 0, nil
}

// numbered is a character, or a byte of one, by its number of so many digits behind what introduces it.
func numbered(text []byte, from, digits, base int, byteOnly bool) (length int, means []byte) {
	if len(text) < from+digits {
		return 0, nil
	}
	n, err := strconv.ParseUint(string(text[from:from+digits]), base, 32)
	switch {
	case err != nil, byteOnly && n > 0xff, !byteOnly && n > unicode.MaxRune:
		return 0, nil
	case byteOnly:
		return from + digits, []byte{byte(n)} //nolint:gosec // at most 0xff, see above
	}
	return from + digits, utf8.AppendRune(nil, rune(n)) //nolint:gosec // at most MaxRune, see above
}
