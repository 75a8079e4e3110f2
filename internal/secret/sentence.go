// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

var (
	schemed  = regexp.MustCompile(`(?i)(bearer|basic|dpop|\btoken)\s+[A-Za-z0-9._~+/-]{8,}=*`)
	assigns  = regexp.MustCompile(`^\\*["']?\s*[:=]`)
	compact  = regexp.MustCompile(`(?:\b|_)(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)`)
	pem      = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----.*)`)
	userinfo = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://([^/\s@"']*:[^/\s@"']*)@`)
)

// seekers find what looks like a credential, each in what the ones before it have left. unassign comes behind withoutSchemed: the value of an assignment
// ends at a space, and what follows a scheme's name behind it must be gone by then.
var seekers = []func(text string) []edit{
	inGroup(pem), inGroup(compact), withoutSchemed, failingRows, columnValues, statementParameters, duplicates, sameKeys, formParts, valuesFirst, fields,
	unassign, tagged, namedTags, cells, loose, inGroup(userinfo),
}

// RedactSentence returns a text that a server wrote with what looks like a credential replaced: what is assigned to a name that ends
// in a word for one, what follows the name of a scheme, a compact JWT, a PEM private key, user information in a URL. What is so only once escapes of
// URLs, of JSON and programming languages or of HTML are undone is replaced, too; the rest of the text keeps its escapes.
func RedactSentence(text string) string {
	for _, seek := range seekers {
		text = rewrite(text, seek(text))
	}
	if !strings.ContainsAny(text, `%\&`) {
		return text
	}
	plain, changed := rewritingOf(text), false
	for range escapedTwice {
		if changed = plain.unescape(); !changed {
			break
		}
		for _, seek := range seekers {
			plain.replace(seek(string(plain.now.bytes)))
		}
	}
	return plain.String()
}

// inGroup finds what a pattern has in its group.
func inGroup(pattern *regexp.Regexp) func(string) []edit {
	return func(text string) (edits []edit) {
		for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
			edits = append(edits, edit{hole{at[2], at[3]}, Redacted})
		}
		return edits
	}
}

// credentials are the names of credentials that a sentence may have behind a scheme's.
var credentials = set("clientsecret", "accesstoken", "registrationaccesstoken", "initialaccesstoken", "refreshtoken", "clientassertion", "softwarestatement", "authorization")

// challenged is a parameter of a challenge, as in `Bearer error_description="…"` (RFC 9110 §11.3).
var challenged = regexp.MustCompile(`^[a-z_-]+=$`)

// withoutSchemed finds what follows the name of a scheme. In "no token client_secret: abc" that is the name of a credential, and for unassign.
func withoutSchemed(text string) (edits []edit) {
	for _, at := range schemed.FindAllStringIndex(text, -1) {
		both := strings.Fields(text[at[0]:at[1]])
		name, credential := both[0], both[1]
		if isWord(strings.TrimRight(credential, ".")) {
			continue // "token endpoint", "Basic Authentication", "token expired.": words of a sentence
		}
		if challenged.MatchString(credential) && strings.HasPrefix(text[at[1]:], `"`) {
			continue
		}
		if bare := strings.TrimRight(credential, "="); credentials[canonicalName(bare)] && (bare != credential || assigns.MatchString(text[at[1]:])) {
			continue
		}
		edits = append(edits, edit{hole{at[0] + len(name), at[1]}, " " + Redacted})
	}
	return edits
}
