// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// cleaner makes a server's words fit to be shown. It removes by value what was sent or answered under a name that speaks
// of a secret, and by shape what looks like a credential: a server may print a request into a sentence, where no member
// has a name any more.
type cleaner struct {
	scrub func(string) string
	known *redact.Scrubber
}

func newCleaner(scrub func(string) string, documents ...any) cleaner {
	c := cleaner{scrub: scrub, known: new(redact.Scrubber)}
	for _, v := range documents {
		c.collect("", v, false, 0)
		c.known.Keep(redact.NamesIn(v)...)
	}
	return c
}

// collect gathers all texts below names that speak of a secret, also within JSON that stands in a string.
func (c cleaner) collect(name string, v any, within bool, depth int) {
	if depth > 2*mostDepth {
		return
	}
	within = within || redact.IsName(name)
	switch v := v.(type) {
	case string:
		if within {
			c.known.Add(secret.New(v))
		} else if inner, ok := nested(v); ok {
			c.collect("", inner, false, depth+1)
		}
	case []string:
		for _, element := range v {
			c.collect("", element, within, depth+1)
		}
	case []any:
		for _, element := range v {
			c.collect("", element, within, depth+1)
		}
	case map[string]any:
		_, key := v["kty"]
		for member, value := range v {
			c.collect(member, value, within || key && secret.PrivateJWKMember(member), depth+1)
		}
	}
}

// line gives text in one line of at most n characters, cut between words where there are any.
func (c cleaner) line(text string, n int) string {
	text = legible.OneLine(c.clean(text), 4*len(text)+1)
	return cut(c.clean(text), n)
}

func (c cleaner) clean(text string) string {
	return redact.Sentence(c.known.Scrub(c.scrub(text)))
}

// cut shortens a text to at most n characters. It ends after a word where one ends in the second half.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	short := string(runes[:n-1])
	if at := strings.LastIndexByte(short, ' '); at > len(short)/2 {
		short = short[:at]
	}
	return strings.TrimRight(short, " ,;:—") + "…"
}

// nested reads JSON that stands in a string, as validators' errors do that were printed into another error's message.
func nested(s string) (any, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '{' && s[0] != '[' {
		return nil, false
	}
	v, err := jsonvalue.Decode([]byte(s))
	return v, err == nil
}

// Bounds of what is read out of one body: a server may answer a megabyte of complaints, and nested as deep as it likes.
const (
	mostNotes = 20
	mostDepth = 10
)
