// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

var (
	// assigned is "client_secret = ", also with quotation marks that were escaped on the way, and with the mark of a YAML block. Which names it counts for
	// is decided by endsInSecret.
	assigned = regexp.MustCompile(`(?i)\b([a-z0-9_-]+)\\*["']?\s*(?:[:=]{1,2}>?|->|→)\s*(?:[|>][+-]?[ \t]*\r?\n\s*)?`)
	scheme   = regexp.MustCompile(`^(?i:bearer|basic|dpop)\s+`)
)

// endsInSecret reports whether what is assigned to a name in a sentence may be a credential. IsName would be too strict here: "pin",
// "jwt" and "client_secret_basic" are words of sentences, too.
func endsInSecret(name string) bool {
	name = canonicalName(name)
	return hasSuffix(name, secretWords) || hasSuffix(name, secretSuffixes) || hasSuffix(name, []string{"softwarestatement"})
}

// unassign finds what stands behind the names of credentials. Where another name stands there, as in "client_secret:
// registration_access_token: abc", the search goes on with that name.
func unassign(text string) (edits []edit) {
	v, pair := values{text: text}, pairing{text: text}
	for from := 0; ; {
		at := assigned.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return edits
		}
		name, beginOfName := text[from+at[2]:from+at[3]], from+at[2]
		from += at[1]
		if !endsInSecret(name) && !pair.completes(name, beginOfName) {
			pair.begin(name, from, &v)
			continue
		}
		begin, end := v.at(from)
		if begin == from && (end == from || isAName(text[begin:end])) {
			continue
		}
		if begin == from && says[strings.ToLower(strings.TrimRight(text[begin:end], ".:!?"))] {
			begin, end = behindWords(text, end)
			if end == begin {
				continue
			}
		}
		edits = append(edits, edit{hole{begin, end}, Redacted})
		from = end
	}
}

// pairing is for names and values that stand side by side: {"name": "client_secret", "value": "abc"}.
type pairing struct {
	text string
	end  int // where a name of a credential ended, if it is to be paired
}

// begin looks whether what is assigned is the name of a credential.
func (p *pairing) begin(name string, from int, v *values) {
	if pairNames[canonicalName(name)] {
		if begin, end := v.at(from); end-begin <= mostOfName && endsInSecret(p.text[begin:end]) {
			p.end = end
		}
	}
}

// completes reports whether a name stands right behind a pair's other half, and says that the credential follows.
func (p *pairing) completes(name string, at int) bool {
	const apart = 16
	return p.end > 0 && pairValues[canonicalName(name)] && at > p.end && at-p.end <= apart && strings.Trim(p.text[p.end:at], "\\\"',;&{}()[] \t\r\n") == ""
}

// behindWords is where a credential is that stands behind words of what is wrong with it: "client_secret: not the expected S3cr3t12".
func behindWords(text string, from int) (begin, end int) {
	const most = 4
	for range most {
		for from < len(text) && strings.IndexByte(" \t\r\n\"'", text[from]) >= 0 {
			from++
		}
		rest := text[from:min(len(text), from+mostOfName)]
		end := from + len(rest)
		if length := strings.IndexAny(rest, " \t\r\n\"',;&)}]"); length >= 0 {
			end = from + length
		}
		if anID.MatchString(text[from:end]) || aCode.MatchString(strings.TrimLeft(text[from:end], "([")) {
			return from, from
		}
		switch word := strings.TrimRight(text[from:end], ".:!?"); {
		case generated(word):
			return from, end
		case !says[strings.ToLower(word)]:
			return end, end
		}
		from = end
	}
	return from, from
}

var (
	// behindName is what may stand between the name of a credential that nothing is assigned to and the credential: `client_secret "abc"`,
	// `client_secret is abc`, `{client_secret, abc}`, `<td>client_secret</td><td>abc</td>`.
	behindName = regexp.MustCompile("^\\\\*[\"']?(\\s+is\\s+|\\s*,\\s*|\\s+|\\s*</[^<>]*>\\s*<[^<>]*>\\s*)(\\\\*[\"'“«`\\[(]?)([^\\s\"'“”«»,;<>&()\\[\\]{}`\\\\]+)")
	tag        = regexp.MustCompile(`(?i)<([a-z0-9_.:-]+)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?([^<\s][^<]*)`)
	// aCode is "AADSTS700016", "RS256-signed", "32-characters", "req-1a2b3c4d"; anID is "(request_id=…".
	aCode = regexp.MustCompile(`^(?:[A-Z]{2,8}\d{1,8}(?:-(?:signed|encrypted|bits?))?|\d{1,4}-(?:characters?|bytes?|bits?)|req[-_][0-9A-Za-z-]{4,40})$`)
	anID  = regexp.MustCompile(`(?i)^[\[(]?(?:[a-z]+[_-])?(?:id|code|error|trace|correlation|request)(?:[_-][a-z]+)?=`)
	aDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:T|$)`)
)

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
				apart, marked := strings.TrimSpace(text[end+at[2]:end+at[3]]), at[4] < at[5]
				if by := before(text, from); (apart != "" || marked) && (apart != "," || listed(by, text[end+at[4]:end+at[5]])) && generated(text[end+at[6]:end+at[7]]) {
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

// isWord reports whether a text has letters alone, of which the first may be a capital.
func isWord(text string) bool {
	return text != "" && !strings.ContainsAny(text, "0123456789._~+/-=") && text[1:] == strings.ToLower(text[1:])
}

// tagged finds what XML has in an element that is named as a credential.
func tagged(text string) (edits []edit) {
	for _, at := range tag.FindAllStringSubmatchIndex(text, -1) {
		value := strings.TrimRight(text[at[4]:at[5]], " \t\r\n")
		if endsInSecret(text[at[2]:at[3]]) && !says[strings.ToLower(value)] {
			edits = append(edits, edit{hole{at[4], at[4] + len(value)}, Redacted})
		}
	}
	return edits
}

// generated reports whether a text of a sentence is like no word, date or address of one.
func generated(text string) bool {
	return len(text) >= leastPart && strings.ContainsAny(text, "0123456789") && strings.ContainsFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }) &&
		!aDate.MatchString(text) && !aCode.MatchString(text) && !strings.Contains(text, "://") && !strings.Contains(text, Redacted)
}

// says are the words with which a server says of a credential what is wrong with it, as in "invalid_token: The access token expired". None that is a noun
// for one is here: it is the password of many a test server.
var says = set(strings.Fields(`
	a absent already an are authentication be cannot could denied deleted did disabled disallowed does either empty expected expired failed forbidden format
	has have header inactive incorrect invalid is it length malformed may mismatch mismatched missing must neither nil no none not null only refused rejected
	removed required revoked should signature that the this too unable unauthorized undefined unknown unsupported validation value verification was were will
	wrong you your
`)...)

// isAName reports whether what is assigned is itself a name to which something is assigned. The base64 of a credential may end like one.
func isAName(value string) bool {
	if name, is := strings.CutSuffix(value, "="); is {
		return endsInSecret(name[max(0, len(name)-mostOfName):]) || len(name) <= mostOfName && !strings.HasSuffix(name, "=") && !looksGenerated(name)
	}
	name, is := strings.CutSuffix(value, ":")
	return is && (endsInSecret(name[max(0, len(name)-mostOfName):]) || len(name) <= mostOfName && !looksGenerated(name))
}

// values finds what is assigned in a text. Of many names that stand in one another's values, each character is looked at once.
type values struct {
	text       string
	begin, end int // of the last that was not quoted
}

// at is where a value is that stands at a place: within quotation marks, or up to what ends one. One that is empty begins where it ends.
func (v *values) at(from int) (begin, end int) {
	quote := from
	for quote < len(v.text) && v.text[quote] == '\\' {
		quote++
	}
	if quote < len(v.text) && (v.text[quote] == '"' || v.text[quote] == '\'' && quote == from) {
		begin = quote + 1
		if length := strings.IndexByte(v.text[begin:], v.text[quote]); length >= 0 {
			return begin, begin + length
		}
		return begin, len(v.text)
	}
	if named := scheme.FindStringIndex(v.text[from:]); named != nil {
		if end = v.run(from + named[1]); end > from+named[1] {
			return from, end
		}
	}
	return from, v.run(from)
}

// run is where the characters end that a value without quotation marks may have.
func (v *values) run(from int) int {
	if strings.HasPrefix(v.text[from:], Redacted) {
		return from + len(Redacted)
	}
	if from < v.begin || from >= v.end {
		length := strings.IndexFunc(v.text[from:], func(r rune) bool { return strings.ContainsRune(" \t\n\f\r\"',;&)}]", r) })
		if length < 0 {
			length = len(v.text) - from
		}
		v.begin, v.end = from, from+length
	}
	return v.end
}
