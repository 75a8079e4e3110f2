// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// cleaner makes a server's words fit to be shown. It removes by value what was sent or answered under a name that speaks
// of a secret, and by shape what looks like a credential: a server may print a request into a sentence, where no member
// has a name any more.
type cleaner struct {
	scrub func(string) string
	known *secret.Scrubber
}

func newCleaner(scrub func(string) string, documents ...any) cleaner {
	c := cleaner{scrub: scrub, known: new(secret.Scrubber)}
	for _, v := range documents {
		c.collect("", v, false, 0)
	}
	return c
}

// collect gathers all texts below names that speak of a secret, also within JSON that stands in a string.
func (c cleaner) collect(name string, v any, within bool, depth int) {
	if depth > 2*mostDepth {
		return
	}
	within = within || secret.IsName(name)
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

var (
	// assigned is "client_secret = abc", also with quotation marks that were escaped on the way.
	assigned = regexp.MustCompile(`(?i)\b([a-z0-9_-]*(?:secret|token|password|passwd|passphrase|assertion|credential|api[_-]?key|private[_-]?key|authorization|cookie|software_statement))(\\*["']?\s*(?:[:=]|=>)\s*)(?:(\\*")[^"]*|(')[^']*|(?:(?:bearer|basic|dpop)\s+)?[^\s"',;&)}\]]+)`)
	schemed  = regexp.MustCompile(`(?i)(bearer|basic|dpop|\btoken)\s+[A-Za-z0-9._~+/-]{8,}=*`)
	compact  = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*`)
	pem      = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*`)
	userinfo = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@"']*:[^/\s@"']*@`)
)

// line gives text in one line of at most n characters, cut between words where there are any.
func (c cleaner) line(text string, n int) string {
	text = transport.OneLine(c.clean(text), 4*len(text)+1)
	return cut(c.clean(text), n)
}

func (c cleaner) clean(text string) string {
	text = c.known.Scrub(c.scrub(text))
	text = pem.ReplaceAllString(text, secret.Redacted)
	text = compact.ReplaceAllString(text, secret.Redacted)
	text = schemed.ReplaceAllStringFunc(text, func(found string) string {
		name, credential, _ := strings.Cut(found, " ")
		if !strings.ContainsAny(credential, "0123456789._~+/-=") && credential == strings.ToLower(credential) {
			return found // "token endpoint": words of a sentence
		}
		return name + " " + secret.Redacted
	})
	// Last: the value of an assignment ends at a space, and what follows a scheme's name behind it must be gone by then.
	text = unassign(text)
	return userinfo.ReplaceAllString(text, "$1"+secret.Redacted+"@")
}

// unassign replaces what stands behind the names of credentials. Where another name stands there, as in "client_secret:
// registration_access_token: abc", the search goes on with that name.
func unassign(text string) string {
	var out strings.Builder
	for {
		at := assigned.FindStringSubmatchIndex(text)
		if at == nil {
			return out.String() + text
		}
		value := at[5]
		if last := text[at[1]-1]; last == ':' || last == '=' {
			out.WriteString(text[:value])
			text = text[value:]
			continue
		}
		for _, quote := range []int{7, 9} {
			if at[quote] >= 0 {
				value = at[quote]
			}
		}
		out.WriteString(text[:value] + secret.Redacted)
		text = text[at[1]:]
	}
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
