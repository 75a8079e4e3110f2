// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"strings"
)

var (
	// assigned is "client_secret = ", also with quotation marks that were escaped on the way. Which names it counts for is decided by endsInSecret.
	assigned = regexp.MustCompile(`(?i)\b([a-z0-9_-]+)\\*["']?\s*[:=]{1,2}>?\s*`)
	scheme   = regexp.MustCompile(`^(?i:bearer|basic|dpop)\s+`)
	schemed  = regexp.MustCompile(`(?i)(bearer|basic|dpop|\btoken)\s+[A-Za-z0-9._~+/-]{8,}=*`)
	assigns  = regexp.MustCompile(`^\\*["']?\s*[:=]`)
	compact  = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*`)
	pem      = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*`)
	userinfo = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@"']*:[^/\s@"']*@`)
)

// RedactSentence returns a text that a server wrote with what looks like a credential replaced: what is assigned to a name that ends
// in a word for one, what follows the name of a scheme, a compact JWT, a PEM private key, user information in a URL.
func RedactSentence(text string) string {
	text = pem.ReplaceAllString(text, Redacted)
	text = compact.ReplaceAllString(text, Redacted)
	text = withoutSchemed(text)
	// Last: the value of an assignment ends at a space, and what follows a scheme's name behind it must be gone by then.
	text = unassign(text)
	return userinfo.ReplaceAllString(text, "$1"+Redacted+"@")
}

// credentials are the names of credentials that a sentence may have behind a scheme's.
var credentials = set("clientsecret", "accesstoken", "registrationaccesstoken", "initialaccesstoken", "refreshtoken", "clientassertion", "softwarestatement", "authorization")

// withoutSchemed replaces what follows the name of a scheme. In "no token client_secret: abc" that is the name of a credential, and for unassign.
func withoutSchemed(text string) string {
	var out strings.Builder
	done := 0
	for _, at := range schemed.FindAllStringIndex(text, -1) {
		both := strings.Fields(text[at[0]:at[1]])
		name, credential := both[0], both[1]
		if !strings.ContainsAny(credential, "0123456789._~+/-=") && credential == strings.ToLower(credential) {
			continue // "token endpoint": words of a sentence
		}
		if bare := strings.TrimRight(credential, "="); credentials[canonicalName(bare)] && (bare != credential || assigns.MatchString(text[at[1]:])) {
			continue
		}
		out.WriteString(text[done:at[0]] + name + " " + Redacted)
		done = at[1]
	}
	return out.String() + text[done:]
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
	v := values{text: text}
	for done, from := 0, 0; ; {
		at := assigned.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return out.String() + text[done:]
		}
		name := text[from+at[2] : from+at[3]]
		from += at[1]
		if !endsInSecret(name) {
			continue
		}
		begin, end := v.at(from)
		if begin == from && (end == from || isAName(text[begin:end]) || says[strings.ToLower(strings.TrimRight(text[begin:end], ".:!?"))]) {
			continue
		}
		out.WriteString(text[done:begin] + Redacted)
		done, from = end, end
	}
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
