// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package redact takes credentials out of text that is about to be shown: those that are known (Scrubber), and what looks like one by its name or form.
package redact

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Scrubber replaces every credential that it was told of in any text, in each form in which a text may quote it: as it is,
// URL-encoded, escaped in JSON or quoted by Go, in hexadecimal digits, and within base64, as Basic credentials are; also wrapped, interspersed with what
// is not seen, in other letters, or cut off, at its ends or between them, as long as half of it is there. Its zero value knows none. It is safe for concurrent use.
type Scrubber struct {
	mu    sync.RWMutex
	known map[string]bool
	fresh []string // known, and not among the forms yet
	forms []string // the longest first: one credential may hold another
	kept  map[string]bool
	names []string // kept, and not among the pieces yet

	pieces pieces
	whole  bool // no part of a value is replaced: what is known may be words
}

// Add tells of credentials. Empty ones and those shorter than Shortest are passed over. Their forms are made when the first text is
// to be scrubbed: every operation tells of credentials, and few have anything to say.
func (s *Scrubber) Add(credentials ...secret.String) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range credentials {
		value := c.Reveal()
		if len(value) < Shortest || value == secret.Redacted || s.known[value] {
			continue
		}
		if s.known == nil {
			s.known = map[string]bool{}
		}
		s.known[value] = true
		s.fresh = append(s.fresh, value)
	}
}

// Keep tells of names that are not secret: a client_id, and the parts of a registration_client_uri. No part of a credential that lies within one is
// replaced, as long as the rest of the credential is a secret without it. A credential that is a name, or is within one, is replaced whole as ever.
func (s *Scrubber) Keep(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if len(name) < leastPart || len(name) > mostName || s.kept[name] {
			continue
		}
		if s.kept == nil {
			s.kept = map[string]bool{}
		}
		s.kept[name] = true
		s.names = append(s.names, name)
	}
}

// few is up to how many new credentials are sorted in one by one: diagnostics may alternate with credentials.
const few = 8

// learn makes the forms of what is new.
func (s *Scrubber) learn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) > 0 {
		s.pieces.keep(s.names...)
	}
	s.names = nil
	var fresh []string
	for _, value := range s.fresh {
		fresh = append(append(fresh, value), inCharsets(value)...)
	}
	one := len(fresh) <= few
	for _, value := range fresh {
		s.pieces.add(value, s.whole)
		for _, form := range quotedForms(value) {
			if !one {
				s.forms = append(s.forms, form)
			} else if at, found := slices.BinarySearchFunc(s.forms, form, longestFirst); !found {
				s.forms = slices.Insert(s.forms, at, form)
			}
		}
	}
	if !one {
		slices.SortFunc(s.forms, longestFirst)
		s.forms = slices.Compact(s.forms)
	}
	s.fresh = nil
}

func longestFirst(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }

// Scrub returns a text with each known credential replaced by Redacted.
func (s *Scrubber) Scrub(text string) string {
	s.mu.RLock()
	fresh := len(s.fresh)+len(s.names) > 0
	s.mu.RUnlock()
	if fresh {
		s.learn()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	exact := s.exact(text)
	if exact != text {
		text = s.exact(s.pieces.withoutAround(text, s.forms))
	}
	return s.pieces.without(text)
}

// exact replaces the forms, as they are.
func (s *Scrubber) exact(text string) string {
	for _, form := range s.forms {
		text = replace(text, form, s.whole)
	}
	return text
}

// replace puts Redacted in the place of a form, but for where it begins a longer word or is a word of a name, as the password of many a new server
// does: “admin” in “administrator”, “secret” in “client_secret”. A hole there would make the sentence unreadable, and would tell the password. What
// else stands before a form says nothing, since it may be the end of an escape, as in “\nadmin” and “%3Aadmin”. Of a value that is no credential, neither
// does the end of a word tell: “test” in “latest”.
func replace(text, form string, value bool) string {
	if len(form) > longestName && utf8.ValidString(form) {
		return strings.ReplaceAll(text, form, secret.Redacted)
	}
	var b strings.Builder
	for at := 0; ; {
		found := strings.Index(text[at:], form)
		if found < 0 {
			if at == 0 {
				return text
			}
			return b.String() + text[at:]
		}
		from, to := at+found, at+found+len(form)
		if short(form) && (to < len(text) && letter(text[to]) || value && endsWord(text, from, func(int) bool { return false })) || named(text, from, to, func(int) bool { return false }) {
			b.WriteString(text[at:to])
			at = to
			continue
		}
		h := hole{from, to}.whole(text)
		b.WriteString(text[at:max(at, h.from)] + secret.Redacted)
		at = h.to
	}
}
