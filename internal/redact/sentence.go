// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var (
	schemed = regexp.MustCompile(`(?i)(bearer|basic|dpop|\btoken)\s+[A-Za-z0-9._~+/-]{8,}=*`)
	assigns = regexp.MustCompile(`^\\*["']?\s*[:=]`)
	compact = regexp.MustCompile(`(?:\b|_)(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)`)
	pem     = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----.*)`)
	// userinfo is what stands before the host of a URL, and slashed where a password in it has a slash.
	userinfo = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://([^/?#\s"'<>\\]*)@`)
	slashed  = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://([a-z0-9._~%+-]*:(?:[^\s"'<>@/]*[^\s"'<>@/0-9]|/)[^\s"'<>@]*)@`)
	// login is "joe:pass@host", which is no URL; labelled is one that is no name of a user, nor is roled where words follow.
	login    = regexp.MustCompile(`(?:^|[\s"'(\[{<,;=])([A-Za-z0-9._%+-]+:[^\s"'<>/\\:@,;\[\](){}][^\s"'<>]*)@[A-Za-z0-9]`)
	hostPort = regexp.MustCompile(`^(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):\d{1,5}/`)
	labelled = regexp.MustCompile(`(?i)^(?:mailto|acct|sips?|xmpp|im|pres|tel|urn|did|e-?mails?|contacts?|from|to|cc|by)\b`)
	roled    = regexp.MustCompile(`(?i)^(?:users?|user_?name|login|accounts?|name|sub|subject|resource|owner):(.*)`)
	// dialled is what stands behind a login in what a driver of a database takes for an address: "tcp(db:3306)".
	dialled = regexp.MustCompile(`^(?:tcp|udp|unix)[46]?\(`)
)

// seekers find what looks like a credential, each in what the ones before it have left. unassign comes behind withoutSchemed: the value of an assignment
// ends at a space, and what follows a scheme's name behind it must be gone by then.
var seekers = []func(text string) []edit{
	having("@", inGroup(userinfo)), having("@", inGroup(slashed)), having("@", logins), inGroup(pem), inGroup(compact), withoutSchemed, failingRows, columnValues, statementParameters, duplicates, sameKeys, formParts, valuesFirst, rejectedValues, fields,
	having("\n", listed), unassign, tagged, namedTags, cells,
}

// Sentence returns a text that a server wrote with what looks like a credential replaced: what is assigned to a name that ends
// in a word for one, what follows the name of a scheme, a compact JWT, a PEM private key, user information in a URL, and in a sentence that has such a
// name, all that is like no word of one. What is so only once escapes of URLs, of JSON and programming languages or of HTML are undone is replaced, too;
// the rest of the text keeps its escapes.
func Sentence(text string) string {
	for _, seek := range seekers {
		text = rewrite(text, seek(text))
	}
	if !strings.ContainsAny(text, `%\&`) {
		return rewrite(text, opaque(text))
	}
	plain := rewritingOf(text)
	for range escapedTwice {
		if !plain.unescape() {
			break
		}
		for _, seek := range seekers {
			plain.replace(seek(string(plain.now.bytes)))
		}
	}
	plain.replace(opaque(string(plain.now.bytes))) // of which an escape would be a part
	return plain.String()
}

// logins finds names with passwords before a host.
func logins(text string) (edits []edit) {
	for _, at := range login.FindAllStringSubmatchIndex(text, -1) {
		named := text[at[2]:at[3]]
		if role := roled.FindStringSubmatch(named); dialled.MatchString(text[at[3]+1:]) || !labelled.MatchString(named) && !hostPort.MatchString(named) && (role == nil || !isPlain(role[1])) {
			edits = append(edits, edit{hole{at[2], at[3]}, secret.Redacted})
		}
	}
	return edits
}

// having spares a text without a sign the search for what has it.
func having(sign string, seek func(string) []edit) func(string) []edit {
	return func(text string) []edit {
		if !strings.Contains(text, sign) {
			return nil
		}
		return seek(text)
	}
}

// inGroup finds what a pattern has in its group.
func inGroup(pattern *regexp.Regexp) func(string) []edit {
	return func(text string) (edits []edit) {
		for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
			edits = append(edits, edit{hole{at[2], at[3]}, secret.Redacted})
		}
		return edits
	}
}

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
		if behind := text[at[1]:]; len(behind) > 1 && behind[0] == ' ' && letter(behind[1]) && (isParameter(credential) || isQualified(credential)) {
			continue // "access token client_id does not match", "Bearer token-based access"
		}
		if terms[strings.ToLower(credential)] || known.MatchString(credential) && strings.HasPrefix(text[at[1]:], ":") {
			continue // "token AADSTS50027: expired"
		}
		if challenged.MatchString(credential) && strings.HasPrefix(text[at[1]:], `"`) {
			continue
		}
		if bare := strings.TrimRight(credential, "="); credentials[canonicalName(bare)] && (bare != credential || assigns.MatchString(text[at[1]:])) {
			continue
		}
		edits = append(edits, edit{hole{at[0] + len(name), at[1]}, " " + secret.Redacted})
	}
	return edits
}
