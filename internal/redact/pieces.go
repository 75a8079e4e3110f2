// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// mostAlike bounds how many places of one credential are tried where they begin with the same characters.
const mostAlike = 4

// pieces are found by the eight characters that a text has in common with them, so that a text is gone through once, however many are known.
type pieces struct {
	all    []piece
	short  []int              // those of fewer than eight characters
	starts map[uint64][]start // by eight characters, in small letters

	credentials []credential
	names       names
}

type start struct{ piece, at int }

// add tells of a credential. whole: no part of it is replaced that may be a word, as of a value that is no credential.
func (k *pieces) add(value string, whole bool) {
	written := k.write(value, whole)
	if plain := len(written) > 0 && !whole && k.all[written[0]].value == string(flatten(value).bytes); plain {
		k.credentials = append(k.credentials, credential{plain: written[0]})
		k.spare(len(k.credentials) - 1)
	}
}

// credential is where among the pieces its plain writing is, and those of what the names in it leave of it.
type credential struct {
	plain int
	rests []int
}

// keep has names kept in the credentials that are known, and in those that come.
func (k *pieces) keep(all ...string) {
	if k.names == nil {
		k.names = names{}
	}
	var fresh [][]byte
	for _, name := range all {
		fresh = append(fresh, k.names.add(name)...)
	}
	for i, c := range k.credentials { // each once: an address may have hundreds of parts
		if slices.ContainsFunc(fresh, func(name []byte) bool { return bytes.Contains(k.all[c.plain].folded, name) }) {
			k.spare(i)
		}
	}
}

// spare has what names are of a credential kept, and the rest of it looked for by itself.
func (k *pieces) spare(number int) {
	c := &k.credentials[number]
	public := k.names.in(k.all[c.plain].folded)
	if len(public) == 0 {
		return
	}
	rests, enough := beside(k.all[c.plain].value, public)
	if k.all[c.plain].public = nil; !enough {
		return // the rests stay, as fewer names left them: what these name may have been told
	}
	for _, rest := range c.rests {
		k.all[rest].retired = true
	}
	c.rests, k.all[c.plain].public = nil, public
	for _, rest := range rests {
		c.rests = append(c.rests, k.write(rest, false)...)
	}
}

// write has a credential's writings looked for, the plain one first.
func (k *pieces) write(value string, whole bool) (numbers []int) {
	for _, writing := range append([]string{string(flatten(value).bytes)}, encodings(value)...) {
		if len(writing) < Shortest {
			continue
		}
		least := min(len(writing), max(leastPart, (len(writing)+1)/2))
		if whole && !random(value) {
			least = len(writing)
		}
		numbers = append(numbers, len(k.all))
		p := newPiece(writing, least)
		p.nameless = whole
		k.all = append(k.all, p)
		k.index(len(k.all) - 1)
	}
	return numbers
}

// index has any part of a piece found that is to be replaced, and the longer one of two that are one together.
func (k *pieces) index(number int) {
	p := k.all[number]
	if len(p.folded) < leastPart {
		k.short = append(k.short, number)
		return
	}
	if k.starts == nil {
		k.starts = map[uint64][]start{}
	}
	step := max(1, (p.least+1)/2-leastPart+1)
	for at := 0; at+leastPart <= len(p.folded); at += step {
		key := binary.LittleEndian.Uint64(p.folded[at:])
		alike := k.starts[key]
		if n := len(alike); n < mostAlike || alike[n-mostAlike].piece != number {
			k.starts[key] = append(alike, start{number, at})
		}
	}
}

// without replaces credentials that are wrapped, interspersed with what is not seen, escaped, encoded or in other letters, and long parts of them.
func (k *pieces) without(text string) string {
	if len(k.all) == 0 || text == "" {
		return text
	}
	holes, _ := k.holes(flatten(text))
	if len(holes) == 0 {
		return text
	}
	return withHoles(text, holes)
}

// withoutAround replaces the parts of credentials in which a form of another one stands. With a hole there, they would not be known any more.
func (k *pieces) withoutAround(text string, forms []string) string {
	holes, _ := k.holes(flatten(text))
	if len(holes) == 0 {
		return text
	}
	var exact []hole
	for _, form := range forms {
		for at := 0; ; {
			found := strings.Index(text[at:], form)
			if found < 0 {
				break
			}
			at += found + len(form)
			exact = append(exact, hole{at - len(form), at})
		}
	}
	slices.SortFunc(exact, func(a, b hole) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	around := slices.DeleteFunc(holes, func(h hole) bool {
		at, _ := slices.BinarySearchFunc(exact, h.from, func(e hole, from int) int { return e.from - from })
		for ; at < len(exact) && exact[at].from < h.to; at++ {
			if exact[at].to <= h.to && exact[at] != h {
				return false
			}
		}
		return true
	})
	return withHoles(text, around)
}

// withHoles puts Redacted in the place of each hole, and in one of those that overlap.
func withHoles(text string, holes []hole) string {
	for i, h := range holes { // before they are joined: two may be of one character
		holes[i] = h.whole(text)
	}
	slices.SortFunc(holes, func(a, b hole) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var b strings.Builder
	end := 0
	for i := 0; i < len(holes); {
		h := holes[i]
		for i++; i < len(holes) && holes[i].from <= h.to; i++ {
			h.to = max(h.to, holes[i].to)
		}
		b.WriteString(text[end:h.from] + secret.Redacted)
		end = h.to
	}
	return b.String() + text[end:]
}

// holes are what of a text is to be replaced, and how many steps it took to find.
func (k *pieces) holes(f flat) (holes []hole, steps int) {
	for _, number := range k.short {
		p := k.all[number]
		for at := 0; ; at++ { // what repeats itself may begin again within
			found := bytes.Index(f.bytes[at:], []byte(p.value))
			if found < 0 {
				break
			}
			if at += found; p.tells(f, part{at, 0, len(p.value)}) {
				holes = append(holes, hole{f.was[at].from, f.was[at+len(p.value)-1].to})
			}
		}
	}
	if k.starts == nil {
		return holes, 0
	}
	text := folded(f.bytes)
	sought := map[int]*looked{} // by the piece
	for at := 0; at+leastPart <= len(text); at++ {
		for _, s := range k.starts[binary.LittleEndian.Uint64(text[at:])] {
			l := sought[s.piece]
			if l == nil {
				l = &looked{flat: f, text: text}
				sought[s.piece] = l
			}
			if at+leastPart <= l.done {
				continue
			}
			if from, to, found := k.all[s.piece].around(l, at, s.at); found {
				holes = append(holes, hole{f.was[from].from, f.was[to-1].to})
				l.done = to
			}
		}
	}
	for _, l := range sought {
		steps += l.steps
	}
	return holes, steps
}
