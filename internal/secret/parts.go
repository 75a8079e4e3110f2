// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

const (
	// leastPart is how much of a credential is replaced at least, and half of the credential.
	leastPart = 8
	// leastRest is how much of one stands at least on the other side of what was left out of it.
	leastRest = 4
	// mostGap is how many bytes may stand in the place of what was left out.
	mostGap = 8
	// noWord is from where on letters in a row are no word, so that a part of which they are is replaced, too.
	noWord = 16
)

// piece is a credential, or another writing of one, that is looked for in flat texts.
type piece struct {
	value  string // flat
	folded []byte // in small letters
	least  int
}

func folded(text []byte) []byte {
	out := slices.Clone(text)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

// part is what of a piece, from one place to another, a flat text has at a place.
type part struct{ at, from, to int }

func (h part) end() int { return h.at + h.to - h.from }

// around finds the part of a credential of which eight characters are in a text, with what stands on the other sides of gaps, and reports whether all of
// it is to be replaced.
func (p piece) around(f flat, text []byte, at, from int) (begin, end int, found bool) {
	h := part{at, from, from + leastPart}
	for h.at > 0 && h.from > 0 && text[h.at-1] == p.folded[h.from-1] {
		h.at, h.from = h.at-1, h.from-1
	}
	for h.to < len(p.folded) && h.end() < len(text) && text[h.end()] == p.folded[h.to] {
		h.to++
	}
	length, begin, end := h.to-h.from, h.at, h.end()
	found = length >= p.least && p.tells(f, h)
	if !found && (p.least == len(p.folded) || p.names(f, h) || !looksGenerated(p.value[h.from:h.to])) {
		return 0, 0, false
	}
	if before, is := p.before(text, h); is {
		length, begin = length+before.to-before.from, before.at
	}
	if after, is := p.after(text, h); is {
		length, end = length+after.to-after.from, after.end()
	}
	return begin, end, found || length >= p.least && length > h.to-h.from
}

// after is the part that stands behind another one and a gap.
func (p piece) after(text []byte, h part) (after part, is bool) {
	at := h.end()
	for at < len(text) && at-h.end() < mostGap && gap(text[at]) {
		at++
	}
	if at == h.end() || at+leastRest > len(text) {
		return part{}, false
	}
	for from := h.to; from+leastRest <= len(p.folded); from++ {
		found := bytes.Index(p.folded[from:], text[at:at+leastRest])
		if found < 0 {
			break
		}
		from += found
		rest := part{at, from, from + leastRest}
		for rest.to < len(p.folded) && rest.end() < len(text) && text[rest.end()] == p.folded[rest.to] {
			rest.to++
		}
		if (rest.to == len(p.value) || looksGenerated(p.value[rest.from:rest.to])) && rest.to-rest.from > after.to-after.from {
			after, is = rest, true
		}
	}
	return after, is
}

// before is the part that stands before another one and a gap.
func (p piece) before(text []byte, h part) (before part, is bool) {
	end := h.at
	for end > 0 && h.at-end < mostGap && gap(text[end-1]) {
		end--
	}
	if end == h.at || end < leastRest {
		return part{}, false
	}
	for to := h.from; to >= leastRest; to-- {
		found := bytes.LastIndex(p.folded[:to], text[end-leastRest:end])
		if found < 0 {
			break
		}
		to = found + leastRest
		rest := part{end - leastRest, found, to}
		for rest.from > 0 && rest.at > 0 && text[rest.at-1] == p.folded[rest.from-1] {
			rest.at, rest.from = rest.at-1, rest.from-1
		}
		if (rest.from == 0 || looksGenerated(p.value[rest.from:rest.to])) && rest.to-rest.from > before.to-before.from {
			before, is = rest, true
		}
	}
	return before, is
}

// gap reports whether a byte may be of what stands in the place of something that was left out: an ellipsis, or what joins two parts.
func gap(c byte) bool { return c > ' ' && !letter(c) && (c < '0' || c > '9') }

// tells reports whether a part of a credential that a text has gives it away. Words do not, which a sentence may have by itself, nor does an
// identifier that is a part of the credential.
func (p piece) tells(f flat, h part) bool {
	value, end := p.value[h.from:h.to], h.end()
	blanks := 0
	for _, s := range f.was[h.at+1 : end] {
		if s.apart {
			blanks++
		}
	}
	telling := len(value) >= leastPart && (looksGenerated(value) || longestWord(value) >= noWord)
	switch {
	case len(value) < len(p.value):
		return telling && !p.names(f, h) && !p.another(f, h)
	case blanks == len(value)-1: // spelled, with a blank between any two
		return true
	case blanks > 0:
		return telling
	case string(f.bytes[h.at:end]) != value: // with other capital letters
		return telling || longestWord(value) < len(value)
	}
	return !named(f.bytes, h.at, end) && (!short(p.value) || end == len(f.bytes) || f.was[end].apart || !letter(f.bytes[end]))
}

// random reports whether no part of a text is a word: a key, or an identifier that was made up by chance.
func random(text string) bool {
	const leastDigits = 4
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case !letter(c) && c != '-' && c != '_':
			return false
		}
	}
	return len(text) >= 2*leastPart && digits >= leastDigits
}

// looksGenerated reports whether a text has a digit in it, or a capital letter within a word.
func looksGenerated(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' || i > 0 && c >= 'A' && c <= 'Z' && letter(text[i-1]) {
			return true
		}
	}
	return false
}

// longestWord is how many letters a text has in a row at most. What is joined by other characters, as the name of an attribute is, is several words.
func longestWord(text string) int {
	longest, here := 0, 0
	for i := range len(text) {
		if here++; !letter(text[i]) {
			here = 0
		}
		longest = max(longest, here)
	}
	return longest
}

// names reports whether a part of a credential is all that stands before or between separators in it, as a client_id does in client_id.random, and
// is a word of its own in the text.
func (p piece) names(f flat, h part) bool {
	from, to := h.from, h.to
	if to == len(p.value) || from > 0 && !separates(p.value[from-1], p.value[:from-1]) {
		return false
	}
	if strings.IndexByte(separating, p.value[to-1]) >= 0 { // of the sentence, too
		to--
	}
	begin, end := h.at, h.at+to-from
	return separates(p.value[to], p.value[to+1:]) && (end == len(f.bytes) || f.was[end].apart || !wordly(f.bytes[end])) &&
		(from == 0 || begin == 0 || f.was[begin].apart || !wordly(f.bytes[begin-1]))
}

var aUUID = regexp.MustCompile(`^(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// another reports whether what a part stands in is another UUID. Those that are made of the time or the machine have most of it in common.
func (p piece) another(f flat, h part) bool {
	begin := h.at - h.from
	end := begin + len(p.value)
	return begin >= 0 && end <= len(f.bytes) && aUUID.MatchString(p.value) && aUUID.Match(f.bytes[begin:end])
}

// separating are what joins the parts of a credential. The last two are also characters of generated ones, in which they separate only a word.
const separating = ".:/|~$-_"

func separates(by byte, rest string) bool {
	switch strings.IndexByte(separating, by) {
	case -1:
		return false
	case len(separating) - 2, len(separating) - 1:
		return len(rest) >= 3 && strings.Trim(strings.ToLower(rest), "abcdefghijklmnopqrstuvwxyz") == ""
	}
	return rest != ""
}

func wordly(c byte) bool { return letter(c) || c >= '0' && c <= '9' || c == '_' || c == '-' }
