// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

var (
	// assigned is "client_secret = abc", also with quotation marks that were escaped on the way. Which names it counts for is
	// decided by endsInSecret.
	assigned = regexp.MustCompile(`(?i)\b([a-z0-9_-]+)(\\*["']?\s*(?:[:=]|=>)\s*)(?:(\\*")[^"]*|(')[^']*|(?:(?:bearer|basic|dpop)\s+)?(?:\[redacted]|[^\s"',;&)}\]]+))`)
	schemed  = regexp.MustCompile(`(?i)(bearer|basic|dpop|\btoken)\s+[A-Za-z0-9._~+/-]{8,}=*`)
	compact  = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*`)
	pem      = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*`)
	userinfo = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@"']*:[^/\s@"']*@`)
)

// RedactSentence returns a text that a server wrote with what looks like a credential replaced: what is assigned to a name that ends
// in a word for one, what follows the name of a scheme, a compact JWT, a PEM private key, user information in a URL.
func RedactSentence(text string) string {
	text = pem.ReplaceAllString(text, Redacted)
	text = compact.ReplaceAllString(text, Redacted)
	text = schemed.ReplaceAllStringFunc(text, func(found string) string {
		both := strings.Fields(found)
		name, credential := both[0], both[1]
		if !strings.ContainsAny(credential, "0123456789._~+/-=") && credential == strings.ToLower(credential) {
			return found // "token endpoint": words of a sentence
		}
		return name + " " + Redacted
	})
	// Last: the value of an assignment ends at a space, and what follows a scheme's name behind it must be gone by then.
	text = unassign(text)
	return userinfo.ReplaceAllString(text, "$1"+Redacted+"@")
}

// endsInSecret reports whether what is assigned to a name in a sentence may be a credential. IsName would be too strict here: "pin",
// "jwt" and "client_secret_basic" are words of sentences, too.
func endsInSecret(name string) bool {
	name = canonicalName(name)
	return hasSuffix(name, secretWords) || hasSuffix(name, secretSuffixes) || hasSuffix(name, []string{"softwarestatement"})
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
		if last := text[at[1]-1]; last == ':' || last == '=' || !endsInSecret(text[at[2]:at[3]]) {
			out.WriteString(text[:value])
			text = text[value:]
			continue
		}
		for _, quote := range []int{7, 9} {
			if at[quote] >= 0 {
				value = at[quote]
			}
		}
		out.WriteString(text[:value] + Redacted)
		text = text[at[1]:]
	}
}
