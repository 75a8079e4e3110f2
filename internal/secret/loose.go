// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

// behindName is what may stand between the name of a credential that nothing is assigned to and the credential: `client_secret "abc"`,
// `client_secret is abc`, `{client_secret, abc}`, `| client_secret | abc |`, `{<<"client_secret">>,<<"abc">>}`.
var behindName = regexp.MustCompile("^(?:\\\\*[\"'”»`]|>>|\\]){0,2}(\\s+is\\s+|\\s*[,|│┃]\\s*|\\s+)((?:<<)?\\\\*[\"'“«`\\[(]?)([^\\s\"'“”«»,;<>&()\\[\\]{}`\\\\]+)")

// loose finds what stands behind the name of a credential without being assigned to it. Words of a sentence stand there, too, so that only what no word is
// like is taken for a credential.
func loose(text string) (edits []edit) {
	for from := 0; from < len(text); {
		end := from
		for end < len(text) && (ofName(text[end]) || text[end] == '-') {
			end++
		}
		if end == from {
			from++
			continue
		}
		if named := endsInSecret(text[max(from, end-mostOfName):end]); named {
			if at := behindName.FindStringSubmatchIndex(text[end:]); at != nil {
				between, mark, value := text[end+at[2]:end+at[3]], text[end+at[4]:end+at[5]], text[end+at[6]:end+at[7]]
				apart := strings.TrimSpace(between)
				plain := apart == "" && mark == "" && !strings.Contains(between, "\t")
				if by := before(text, from); (!plain || mixed(value)) && (apart != "," || listed(by, mark)) && generated(value) {
					edits = append(edits, edit{hole{end + at[6], end + at[7]}, Redacted})
					end += at[7]
				}
			}
		}
		from = end
	}
	return edits
}

// before is the sign right before a place, or 0.
func before(text string, at int) byte {
	if at == 0 {
		return 0
	}
	return text[at-1]
}

// listed reports whether a value that a comma parts from its name stands in one bracket with that, or is quoted as it is.
func listed(ofName byte, mark string) bool {
	switch ofName {
	case '{', '(', '[':
		return true
	case '"', '\'':
		return strings.HasSuffix(mark, string(ofName))
	}
	return false
}

// mixed reports whether a text is so like what is generated that it is no word even right behind another one: long, and of small letters, capitals and
// digits, or with several digits between its letters.
func mixed(text string) bool {
	const least, leastTurns = 12, 5
	var small, capital, digit bool
	turns, last := 0, false
	for i := range len(text) {
		c := text[i]
		is := c >= '0' && c <= '9'
		small, capital, digit = small || c >= 'a' && c <= 'z', capital || c >= 'A' && c <= 'Z', digit || is
		if i > 0 && is != last {
			turns++
		}
		last = is
	}
	return len(text) >= least && (small && capital && digit || turns >= leastTurns)
}
