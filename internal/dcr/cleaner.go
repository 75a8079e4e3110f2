// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// cleaner makes a server's words fit to be shown. It removes by value what was sent or answered under a name that speaks
// of a secret, and by shape what looks like a credential: a server may print a request into a sentence, where no member
// has a name any more.
type cleaner struct {
	scrub  func(string) string
	values []string // the longest first
}

// shortestValue is the length from which a value is removed by value: anything shorter is part of ordinary words.
const shortestValue = 4

func newCleaner(scrub func(string) string, documents ...any) cleaner {
	c := cleaner{scrub: scrub}
	for _, v := range documents {
		c.collect("", v, false, 0)
	}
	slices.SortFunc(c.values, func(a, b string) int { return len(b) - len(a) })
	c.values = slices.Compact(c.values)
	return c
}

// collect gathers all texts below names that speak of a secret, also within JSON that stands in a string.
func (c *cleaner) collect(name string, v any, within bool, depth int) {
	if depth > 2*mostDepth {
		return
	}
	within = within || name != "" && bearsSecret(name)
	switch v := v.(type) {
	case string:
		if within {
			c.add(v)
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
			c.collect(member, value, within || key && slices.Contains(privateMembers, member), depth+1)
		}
	}
}

// add takes a credential in each of the forms in which a server's text may hold it.
func (c *cleaner) add(value string) {
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value))}
	if quoted, err := json.Marshal(value); err == nil {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	for _, form := range forms {
		if len(form) >= shortestValue && !slices.Contains(c.values, form) {
			c.values = append(c.values, form)
		}
	}
}

// privateMembers are the members of a JWK with private or symmetric key material (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// bearsSecret reports whether a member's name says that its value is a credential. Where a message format uses a name for
// something else, as for "code", a sentence is lost at most.
func bearsSecret(name string) bool {
	if metadataName(name) {
		return false
	}
	if transport.SecretName(name) {
		return true
	}
	short := plain(name)
	for _, part := range []string{"secret", "password", "passwd", "passphrase", "credential", "privatekey", "apikey", "bearer"} {
		if strings.Contains(short, part) {
			return true
		}
	}
	return strings.HasSuffix(short, "token")
}

// metadataName reports whether a name is that of a parameter whose values are public, such as token_endpoint_auth_method,
// or one of the protocol's own that are no credential.
func metadataName(name string) bool {
	return strings.HasPrefix(name, "token_endpoint_auth") || strings.HasSuffix(name, "_expires_at") || strings.HasSuffix(name, "_expires_in")
}

var (
	// assigned is "client_secret = abc", also with quotation marks that were escaped on the way.
	assigned = regexp.MustCompile(`(?i)\b([a-z0-9_-]*(?:secret|token|password|passwd|passphrase|assertion|credential|api[_-]?key|private[_-]?key|authorization|cookie|software_statement))(\\*["']?\s*(?:[:=]|=>)\s*)(?:(\\*")[^"]*|(')[^']*|(?:(?:bearer|basic|dpop)\s+)?[^\s"',;&)}\]]+)`)
	schemed  = regexp.MustCompile(`(?i)\b(bearer|basic|dpop|token)\s+[A-Za-z0-9._~+/-]{8,}=*`)
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
	text = c.scrub(text)
	for _, value := range c.values {
		text = strings.ReplaceAll(text, value, secret.Redacted)
	}
	text = pem.ReplaceAllString(text, secret.Redacted)
	text = compact.ReplaceAllString(text, secret.Redacted)
	text = unassign(text)
	text = schemed.ReplaceAllStringFunc(text, func(found string) string {
		name, credential, _ := strings.Cut(found, " ")
		if !strings.ContainsAny(credential, "0123456789._~+/-=") && credential == strings.ToLower(credential) {
			return found // "token endpoint": words of a sentence
		}
		return name + " " + secret.Redacted
	})
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
