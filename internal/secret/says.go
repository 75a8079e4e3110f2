// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

// says are the words with which a server says of a credential what is wrong with it, as in "invalid_token: The access token expired". None that is a noun
// for one is here: it is the password of many a test server.
var says = set(strings.Fields(`
	a absent already an are authentication be cannot could denied deleted did disabled disallowed does either empty expected expired failed forbidden format
	has have header inactive incorrect invalid is it length malformed may mismatch mismatched missing must neither nil no none not null only refused rejected
	removed required revoked should signature that the this too unable unauthorized undefined unknown unsupported validation value verification was were will
	wrong you your
`)...)

// speaks reports whether a text begins with such a word.
func speaks(text string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(text[:min(len(text), mostOfName)], " \t\r\n"), " ")
	return says[strings.ToLower(strings.TrimRight(word, ".,:!?"))]
}

var (
	// aCode is "AADSTS700016", "RS256-signed", "32-characters", "req-1a2b3c4d"; anID is "(request_id=…".
	aCode = regexp.MustCompile(`^(?:[A-Z]{2,8}\d{1,8}(?:-(?:signed|encrypted|bits?))?|\d{1,4}-(?:characters?|bytes?|bits?)|req[-_][0-9A-Za-z-]{4,40})$`)
	anID  = regexp.MustCompile(`(?i)^[\[(]?(?:[a-z]+[_-])?(?:id|code|error|trace|correlation|request)(?:[_-][a-z]+)?=`)
	aDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:T|$)`)
)

// generated reports whether a text of a sentence is like no word, date or address of one.
func generated(text string) bool {
	return len(text) >= leastPart && strings.ContainsAny(text, "0123456789") && strings.ContainsFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }) &&
		!aDate.MatchString(text) && !aCode.MatchString(text) && !strings.Contains(text, "://") && !strings.Contains(text, Redacted)
}

// isWord reports whether a text has letters alone, of which the first may be a capital.
func isWord(text string) bool {
	return text != "" && !strings.ContainsAny(text, "0123456789._~+/-=") && text[1:] == strings.ToLower(text[1:])
}
