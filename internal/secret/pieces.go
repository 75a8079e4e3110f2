// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostAlike bounds how many places of one credential are tried where they begin with the same characters.
const mostAlike = 4

// pieces are found by the eight characters that a text has in common with them, so that a text is gone through once, however many are known.
type pieces struct {
	all    []piece
	short  []int              // those of fewer than eight characters
	starts map[uint64][]start // by eight characters, in small letters
}

type start struct{ piece, at int }

// add tells of a credential's writings. whole: no part of one is replaced that may be a word, as of a value that is no credential.
func (k *pieces) add(credential string, whole bool) {
	for _, writing := range append([]string{string(flatten(credential).bytes)}, encodings(credential)...) {
		if len(writing) < Shortest {
			continue
		}
		p := piece{writing, folded([]byte(writing)), max(leastPart, (len(writing)+1)/2)}
		if p.least = min(p.least, len(writing)); whole && !random(credential) {
			p.least = len(writing)
		}
		k.all = append(k.all, p)
		k.index(len(k.all) - 1)
	}
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

// hole is a part of a text that is to be replaced.
type hole struct{ from, to int }

// without replaces credentials that are wrapped, interspersed with what is not seen, escaped, encoded or in other letters, and long parts of them.
func (k *pieces) without(text string) string {
	if len(k.all) == 0 || text == "" {
		return text
	}
	holes := k.holes(flatten(text))
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

func (k *pieces) holes(f flat) []hole {
	var holes []hole
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
		return holes
	}
	text := folded(f.bytes)
	done := map[int]int{} // where the last part of a piece ended
	for at := 0; at+leastPart <= len(text); at++ {
		for _, s := range k.starts[binary.LittleEndian.Uint64(text[at:])] {
			if at+leastPart <= done[s.piece] {
				continue
			}
			if from, to, found := k.all[s.piece].around(f, text, at, s.at); found {
				holes = append(holes, hole{f.was[from].from, f.was[to-1].to})
				done[s.piece] = to
			}
		}
	}
	return holes
}
