// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"slices"
	"strings"
)

// edit is a part of a text and what is to stand in its place.
type edit struct {
	hole

	with string
}

// rewrite carries out edits that stand in the order of the text.
func rewrite(text string, edits []edit) string {
	if len(edits) == 0 {
		return text
	}
	var out strings.Builder
	done := 0
	for _, e := range edits {
		if e.from < done { // it reaches into the one before
			done = max(done, e.to)
			continue
		}
		out.WriteString(text[done:e.from] + e.with)
		done = e.to
	}
	return out.String() + text[done:]
}

// rewriting is a text that is searched with its escapes undone, and changed as it stands.
type rewriting struct {
	text  string
	now   flat
	edits []edit // of text
}

func rewritingOf(text string) *rewriting { return &rewriting{text: text, now: flatOf(text)} }

// unescape undoes one level of escapes.
func (r *rewriting) unescape() (changed bool) {
	r.now, changed = r.now.flatter(false)
	return changed
}

// replace carries out edits of the text as it is now.
func (r *rewriting) replace(edits []edit) {
	if len(edits) == 0 {
		return
	}
	var out flat
	done := 0
	for _, e := range edits {
		if e.from < done || e.from == e.to {
			continue
		}
		where := span{from: r.now.was[e.from].from, to: r.now.was[e.to-1].to}
		if string(r.now.bytes[e.from:e.to]) != e.with {
			r.edits = append(r.edits, edit{hole{where.from, where.to}, e.with})
		}
		out.bytes, out.was = append(out.bytes, r.now.bytes[done:e.from]...), append(out.was, r.now.was[done:e.from]...)
		for range len(e.with) {
			out.was = append(out.was, where)
		}
		out.bytes = append(out.bytes, e.with...)
		done = e.to
	}
	r.now = flat{bytes: append(out.bytes, r.now.bytes[done:]...), was: append(out.was, r.now.was[done:]...)}
}

// String is the text with all edits, of which a later one may hold earlier ones.
func (r *rewriting) String() string {
	slices.SortStableFunc(r.edits, func(a, b edit) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	return rewrite(r.text, r.edits)
}
