// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// leastPart is how much of a credential's beginning or end is replaced at least, and half of the credential.
	leastPart = 8
	// noWord is from where on letters in a row are no word, so that a part of which they are is replaced, too.
	noWord = 16
)

// piece is a credential that is looked for in flat texts.
type piece struct {
	value string // flat
	least int
}

func pieceOf(credential string) piece {
	value := string(flatten(credential).bytes)
	return piece{value, max(leastPart, (len(value)+1)/2)}
}

// hole is a part of a text that is to be replaced.
type hole struct{ from, to int }

// withoutPieces replaces credentials that are wrapped, interspersed with what is not seen, or escaped, and long parts of them. whole leaves
// parts alone.
func withoutPieces(text string, pieces []piece, whole bool) string {
	if len(pieces) == 0 || text == "" {
		return text
	}
	f := flatten(text)
	var holes []hole
	for _, p := range pieces {
		holes = p.in(f, holes, whole)
	}
	if len(holes) == 0 {
		return text
	}
	slices.SortFunc(holes, func(a, b hole) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var b strings.Builder
	end := 0
	for i := 0; i < len(holes); {
		h := holes[i]
		for i++; i < len(holes) && holes[i].from <= h.to; i++ {
			h.to = max(h.to, holes[i].to)
		}
		for h.from > end && !utf8.RuneStart(text[h.from]) { // a character is replaced whole
			h.from--
		}
		for h.to < len(text) && !utf8.RuneStart(text[h.to]) {
			h.to++
		}
		b.WriteString(text[end:h.from] + Redacted)
		end = h.to
	}
	return b.String() + text[end:]
}

// in adds the holes that a credential makes in a text.
func (p piece) in(f flat, holes []hole, whole bool) []hole {
	if len(p.value) < Shortest {
		return holes
	}
	least := min(p.least, len(p.value))
	if whole {
		least = len(p.value)
	}
	head, tail := []byte(p.value[:least]), []byte(p.value[len(p.value)-least:])
	for at := 0; ; {
		found := bytes.Index(f.bytes[at:], head)
		if found < 0 {
			break
		}
		at += found
		length := least
		for length < len(p.value) && at+length < len(f.bytes) && f.bytes[at+length] == p.value[length] {
			length++
		}
		if p.tells(f, at, 0, length) {
			holes = append(holes, hole{f.was[at].from, f.was[at+length-1].to})
		}
		at++ // what repeats itself may begin again within
	}
	for at := 0; least < len(p.value); {
		found := bytes.Index(f.bytes[at:], tail)
		if found < 0 {
			break
		}
		at += found
		begin, from := at, len(p.value)-least
		for begin > 0 && from > 0 && f.bytes[begin-1] == p.value[from-1] {
			begin, from = begin-1, from-1
		}
		if p.tells(f, begin, from, len(p.value)) {
			holes = append(holes, hole{f.was[begin].from, f.was[at+least-1].to})
		}
		at++
	}
	return holes
}

// tells reports whether the part of a credential from one place to another, which a flat text has at a place, gives the credential away. Words
// do not, which a sentence may have by itself, nor does an identifier that the credential begins with.
func (p piece) tells(f flat, at, from, to int) bool {
	part, end := p.value[from:to], at+to-from
	blanks := 0
	for _, s := range f.was[at+1 : end] {
		if s.apart {
			blanks++
		}
	}
	telling := len(part) >= leastPart && (looksGenerated(part) || longestWord(part) >= noWord)
	switch {
	case len(part) < len(p.value):
		return telling && (from > 0 || !p.begins(f, at, to))
	case blanks == len(part)-1: // spelled, with a blank between any two
		return true
	case blanks > 0:
		return telling
	}
	return !short(p.value) || end == len(f.bytes) || f.was[end].apart || !letter(f.bytes[end])
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

// begins reports whether the beginning of a credential, up to a place, is all that stands before a separator in it, as a client_id does in
// client_id.random, and is a word of its own in the text.
func (p piece) begins(f flat, at, to int) bool {
	if strings.IndexByte(separating, p.value[to-1]) >= 0 { // of the sentence, too
		to--
	}
	end := at + to
	return separates(p.value[to], p.value[to+1:]) && (end == len(f.bytes) || f.was[end].apart || !wordly(f.bytes[end]))
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
