// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// Scrubber replaces every credential that it was told of in any text, in each form in which a text may quote it: as it is,
// URL-encoded, escaped in JSON or quoted by Go, and within base64, as Basic credentials are; also wrapped, interspersed with what is not seen, or
// cut off, as long as half of it is there. Its zero value knows none. It is safe for concurrent use.
type Scrubber struct {
	mu    sync.RWMutex
	known map[string]bool
	fresh []string // known, and not among the forms yet
	forms []string // the longest first: one credential may hold another

	pieces []piece
	whole  bool // no part of a value is replaced: what is known may be words
}

// shortestEncoded is what Shortest is, for a form within base64: there, chance meets a short text more often.
const shortestEncoded = 10

// Add tells of credentials. Empty ones and those shorter than Shortest are passed over. Their forms are made when the first text is
// to be scrubbed: every operation tells of credentials, and few have anything to say.
func (s *Scrubber) Add(credentials ...String) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range credentials {
		value := c.Reveal()
		if len(value) < Shortest || value == Redacted || s.known[value] {
			continue
		}
		if s.known == nil {
			s.known = map[string]bool{}
		}
		s.known[value] = true
		s.fresh = append(s.fresh, value)
	}
}

// few is up to how many new credentials are sorted in one by one: diagnostics may alternate with credentials.
const few = 8

// learn makes the forms of what is new.
func (s *Scrubber) learn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := len(s.fresh) <= few
	for _, value := range s.fresh {
		s.pieces = append(s.pieces, pieceOf(value))
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
	fresh := len(s.fresh) > 0
	s.mu.RUnlock()
	if fresh {
		s.learn()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, form := range s.forms {
		text = replace(text, form)
	}
	return withoutPieces(text, s.pieces, s.whole)
}

// replace puts Redacted in the place of a form, but for where it begins a longer word, as the password of many a new server does:
// “admin” in “administrator”. A hole there would make the sentence unreadable, and would tell the password. What stands before a form says
// nothing, since it may be the end of an escape, as in “\nadmin” and “%3Aadmin”.
func replace(text, form string) string {
	if !short(form) {
		return strings.ReplaceAll(text, form, Redacted)
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, form)
		b.WriteString(before)
		switch {
		case !found:
			return b.String()
		case after != "" && letter(after[0]):
			b.WriteString(form)
		default:
			b.WriteString(Redacted)
		}
		text = after
	}
}

// quotedForms are the forms in which a text may hold a credential.
func quotedForms(value string) []string {
	query, path := url.QueryEscape(value), url.PathEscape(value)
	forms := []string{value, query, path, lowerEscapes(query), lowerEscapes(path)}
	if encoded, err := jsonvalue.Encode(value); err == nil {
		forms = append(forms, string(encoded[1:len(encoded)-1]))
	}
	quoted, ascii := strconv.Quote(value), strconv.QuoteToASCII(value)
	forms = append(forms, quoted[1:len(quoted)-1], ascii[1:len(ascii)-1])
	// encoding/json escapes these three for HTML, and some servers escape slashes.
	html := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`)
	for _, form := range forms[:len(forms):len(forms)] {
		escaped := html.Replace(form)
		forms = append(forms, escaped, strings.ReplaceAll(form, "/", `\/`), strings.ReplaceAll(escaped, "/", `\/`))
	}
	if len(value) < shortestEncoded {
		return forms
	}
	for _, plain := range []string{value, query} { // RFC 6749 §2.3.1 URL-encodes a secret before it is put into Basic credentials
		for _, within := range inBase64(plain) {
			forms = append(forms, within, strings.NewReplacer("+", "-", "/", "_").Replace(within))
		}
	}
	return forms
}

var escape = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerEscapes(s string) string { return escape.ReplaceAllStringFunc(s, strings.ToLower) }

// inBase64 returns what is sure to stand in the base64 of any text that holds value: one form for each of the three ways
// in which its bytes can fall on base64's groups, without the characters that its neighbours have a share in.
func inBase64(value string) []string {
	var forms []string
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), value...))
		first := (offset*8 + 5) / 6
		last := (offset + len(value)) * 8 / 6
		forms = append(forms, encoded[first:last])
	}
	return forms
}
