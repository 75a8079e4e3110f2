// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

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
	// mostOver is how many characters beyond a name a text has in common with a credential by chance: “t-” in “client-ID” and “rat-ID”.
	mostOver = 2
	// noWord is from where on letters in a row are no word, so that a part of which they are is replaced, too.
	noWord = 16
)

// piece is a credential, or another writing of one, that is looked for in flat texts.
type piece struct {
	value  string // flat
	folded []byte // in small letters
	least  int
	// front and back are how many letters it begins and ends with.
	front, back int
	public      []hole // what of it names are that are kept
	retired     bool   // not looked for any more
	nameless    bool   // no credential, which may have a client_id in it
}

func newPiece(writing string, least int) piece {
	p := piece{value: writing, folded: folded([]byte(writing)), least: least}
	for p.front < len(writing) && letter(writing[p.front]) {
		p.front++
	}
	for p.back < len(writing) && letter(writing[len(writing)-1-p.back]) {
		p.back++
	}
	return p
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

// stepsEach is how many steps are taken at most for each character of a text and a piece. An honest text needs few. A server that repeats one character
// in a token and in its words has as many parts to compare as both have characters, each as long as they are.
const stepsEach = 64

// looked is a text in which a piece is looked for.
type looked struct {
	flat
	text  []byte // in small letters
	done  int    // where the last part that was found ended
	steps int
}

func (l *looked) spent(p piece) bool { return l.steps > stepsEach*(len(l.text)+len(p.folded)) }

// back is a part with what stands before it in both.
func (l *looked) back(p piece, h part) part {
	for h.at > 0 && h.from > 0 && l.text[h.at-1] == p.folded[h.from-1] {
		h.at, h.from = h.at-1, h.from-1
	}
	l.steps += h.to - h.from
	return h
}

// forth is a part with what stands behind it in both.
func (l *looked) forth(p piece, h part) part {
	for h.to < len(p.folded) && h.end() < len(l.text) && l.text[h.end()] == p.folded[h.to] {
		h.to++
	}
	l.steps += h.to - h.from
	return h
}

// around finds the part of a credential of which eight characters are in a text, with what stands on the other sides of gaps, and reports whether all of
// it is to be replaced. Where too many had to be looked at, whatever the two have in common is: what cannot be told apart is rather hidden.
func (p piece) around(l *looked, at, from int) (begin, end int, found bool) {
	if p.retired {
		return 0, 0, false
	}
	if l.spent(p) {
		h := part{at, from, from + leastPart}
		for h.at > l.done && h.from > 0 && l.text[h.at-1] == p.folded[h.from-1] { // no further, so that each character is looked at once
			h.at, h.from = h.at-1, h.from-1
		}
		h = l.forth(p, h)
		return h.at, h.end(), true
	}
	h := l.forth(p, l.back(p, part{at, from, from + leastPart}))
	length, begin, end := h.to-h.from, h.at, h.end()
	found = length >= p.least && p.tells(l.flat, h)
	if !found && (p.least == len(p.folded) || p.names(l.flat, h) || !looksGenerated(p.value[h.from:h.to])) {
		return 0, 0, false
	}
	if before, is := p.before(l, h); is {
		length, begin = length+before.to-before.from, before.at
	}
	if after, is := p.after(l, h); is {
		length, end = length+after.to-after.from, after.end()
	}
	if l.spent(p) { // before all was looked at
		return begin, end, true
	}
	if length == h.to-h.from && p.isPublic(h) {
		return 0, 0, false
	}
	return begin, end, found || length >= p.least && length > h.to-h.from
}

// isPublic reports whether a part of a credential is of a name that stands in it.
func (p piece) isPublic(h part) bool {
	for _, name := range p.public {
		if max(0, name.from-h.from)+max(0, h.to-name.to) <= mostOver && h.to > name.from && h.from < name.to {
			return true
		}
	}
	return false
}

// after is the part that stands behind another one and a gap.
func (p piece) after(l *looked, h part) (after part, is bool) {
	at := h.end()
	for at < len(l.text) && at-h.end() < mostGap && gap(l.text[at]) {
		at++
	}
	if at == h.end() || at+leastRest > len(l.text) {
		return part{}, false
	}
	for from := h.to; from+leastRest <= len(p.folded) && !l.spent(p); from++ {
		found := bytes.Index(p.folded[from:], l.text[at:at+leastRest])
		if found < 0 {
			l.steps += len(p.folded) - from
			break
		}
		l.steps += found
		from += found
		rest := l.forth(p, part{at, from, from + leastRest})
		if (rest.to == len(p.value) || looksGenerated(p.value[rest.from:rest.to])) && rest.to-rest.from > after.to-after.from {
			after, is = rest, true
		}
	}
	return after, is
}

// before is the part that stands before another one and a gap.
func (p piece) before(l *looked, h part) (before part, is bool) {
	end := h.at
	for end > 0 && h.at-end < mostGap && gap(l.text[end-1]) {
		end--
	}
	if end == h.at || end < leastRest {
		return part{}, false
	}
	for to := h.from; to >= leastRest && !l.spent(p); to-- {
		found := bytes.LastIndex(p.folded[:to], l.text[end-leastRest:end])
		if found < 0 {
			l.steps += to
			break
		}
		l.steps += to - found
		to = found + leastRest
		rest := l.back(p, part{end - leastRest, found, to})
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
	telling := len(value) >= leastPart && tells(value)
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
	apart := func(at int) bool { return f.was[at].apart }
	if p.nameless && short(p.value) && endsWord(f.bytes, h.at, apart) {
		return false
	}
	return !named(f.bytes, h.at, end, apart) && (!short(p.value) || end == len(f.bytes) || f.was[end].apart || !letter(f.bytes[end]))
}

// random reports whether no part of a text is a word: a key or a password, or an identifier that was made up by chance. Of these, letters of one kind are
// seldom in a row.
func random(text string) bool {
	const leastDigits, inARow = 4, 3
	digits, all, turns, plain := 0, 0, 0, true
	last := byte(0)
	for i := range len(text) {
		kind := byte(0)
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\t':
			return false
		case c >= '0' && c <= '9':
			kind = '0'
			digits++
		case c >= 'a' && c <= 'z':
			kind = 'a'
		case c >= 'A' && c <= 'Z':
			kind = 'A'
		case c != '-' && c != '_':
			plain = false
		}
		if kind == 0 {
			continue
		}
		if all++; last != 0 && last != kind {
			turns++
		}
		last = kind
	}
	return len(text) >= 2*leastPart && (plain && digits >= leastDigits || inARow*turns >= all)
}

// tells reports whether a text is more than words.
func tells(text string) bool { return looksGenerated(text) || longestWord(text) >= noWord }

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
// is a word of its own in the text. Where what is left of the credential is less than half of the part, the part is rather the secret.
func (p piece) names(f flat, h part) bool {
	from, to := h.from, h.to
	if p.nameless || 2*(len(p.value)-(to-from)) < to-from {
		return false
	}
	if to == len(p.value) || from > 0 && !separates(p.value[from-1], from-1, p.front) {
		return false
	}
	if strings.IndexByte(separating, p.value[to-1]) >= 0 { // of the sentence, too
		to--
	}
	begin, end := h.at, h.at+to-from
	return separates(p.value[to], len(p.value)-to-1, p.back) && (end == len(f.bytes) || f.was[end].apart || !wordly(f.bytes[end])) &&
		(from == 0 || begin == 0 || f.was[begin].apart || !wordly(f.bytes[begin-1]))
}

// aUUID is one of a version that is made of the time, or the machine (RFC 9562 §5). One of another version has nothing in common with the next.
var aUUID = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[1267][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// another reports whether what a part stands in is another UUID, that may have most of it in common by itself.
func (p piece) another(f flat, h part) bool {
	begin := h.at - h.from
	end := begin + len(p.value)
	return begin >= 0 && end <= len(f.bytes) && aUUID.MatchString(p.value) && aUUID.Match(f.bytes[begin:end])
}

// separating are what joins the parts of a credential. The last two are also characters of generated ones, in which they separate only a word.
const separating = ".:/|~$-_"

// separates reports whether a character of a credential does, on whose other side it has so many others, and so many letters at that end.
func separates(by byte, others, letters int) bool {
	switch strings.IndexByte(separating, by) {
	case -1:
		return false
	case len(separating) - 2, len(separating) - 1:
		return others >= 3 && others <= letters
	}
	return others > 0
}

func wordly(c byte) bool { return letter(c) || c >= '0' && c <= '9' || c == '_' || c == '-' }
