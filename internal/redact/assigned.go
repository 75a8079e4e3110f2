// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var (
	// assigned is "client_secret = ", also with what closes the name, as quotation marks that were escaped on the way, the bracket of an index or a
	// tag, with the mark of a YAML block, and in what PHP's serialize writes. Which names it counts for is decided by endsInSecret.
	assigned = regexp.MustCompile("(?i)\\b([a-z0-9_-]+)(?:\\\\*[\"'”»`]|[\\])}]|>>|</[a-z][^<>]*>){0,4}\\s*(?:[:=]{1,2}>?|->|→|⇒|;s:\\d+:)\\s*(?:[|>][+-]?[ \\t]*\\r?\\n\\s*)?")
)

// endsInSecret reports whether what is assigned to a name in a sentence may be a credential. IsName would be too strict here: "pin",
// "jwt" and "client_secret_basic" are words of sentences, too.
func endsInSecret(name string) bool {
	name = canonicalName(name)
	return hasSuffix(name, secretWords) || hasSuffix(name, secretSuffixes) || hasSuffix(name, []string{"softwarestatement", "pwd", "passwort", "kennwort"})
}

// namesCredentials reports whether a name is that of one, or of several.
func namesCredentials(name string) bool {
	return endsInSecret(name) || endsInSecret(strings.TrimRight(name, "sS"))
}

// calls reports whether what stands from one place of a text to another ends the name of a credential, as "key" does in "API key".
func calls(text string, from, to int) bool {
	name := text[max(from, to-mostOfName):to]
	return namesCredentials(name) || endsInSecret(lastWord(text[max(0, from-mostOfName):from])+name)
}

// credentials are the names of credentials that a sentence may have behind a scheme's.
var credentials = set("clientsecret", "accesstoken", "registrationaccesstoken", "initialaccesstoken", "refreshtoken", "clientassertion", "softwarestatement", "authorization")

// spoken are names of credentials that only a sentence can tell from other words.
var spoken = set("rat", "pass", "passcode", "geheimnis", "senha", "otp", "pin", "jwt", "sid", "session", "sessionid", "jsessionid", "phpsessid", "signature", "devicecode",
	"usercode", "authcode", "authorizationcode", "iat")

// speaksOf reports whether what stands from one place of a text to another ends the name of a credential in a sentence.
func speaksOf(text string, from, to int) bool {
	name := text[max(from, to-mostOfName):to]
	return calls(text, from, to) || spoken[canonicalName(name)] || spoken[canonicalName(lastWord(text[max(0, from-mostOfName):from])+name)]
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
		if !calls(text, beginOfName, beginOfName+len(name)) && !pair.completes(name, beginOfName) {
			pair.begin(name, from, &v)
			continue
		}
		found := v.at(from)
		if found.from == found.to || found.bare && isAName(text[found.from:found.to]) {
			continue
		}
		if found.bare && (reads(text, name, found.from, found.to) || strings.HasSuffix(name, "s") && isShort(text[found.from:found.to])) { // "tokens: 3"
			continue
		}
		if found.bare && strings.HasSuffix(canonicalName(name), "cookie") {
			found.to += len(cookies.FindString(text[found.to:]))
		}
		edits = append(edits, edit{found.hole, secret.Redacted})
		from = found.to
	}
}

// cookies are those behind the first one, and its attributes (RFC 6265 §4).
var cookies = regexp.MustCompile(`^(?:; ?[A-Za-z0-9_.-]+(?:=[^\s;"']*)?)*`)

// pairing is for names and values that stand side by side: {"name": "client_secret", "value": "abc"}.
type pairing struct {
	text string
	end  int // where a name of a credential ended, if it is to be paired
}

// begin looks whether what is assigned is the name of a credential.
func (p *pairing) begin(name string, from int, v *values) {
	if pairNames[canonicalName(name)] {
		if found := v.at(from); found.to-found.from <= mostOfName && endsInSecret(strings.Trim(p.text[found.from:found.to], `\"' `)) {
			p.end = found.to
		}
	}
}

// completes reports whether a name stands right behind a pair's other half, or behind it in one object where both are quoted, and says that the
// credential follows.
func (p *pairing) completes(name string, at int) bool {
	const apart, inOneObject = 16, 256
	if p.end == 0 || !pairValues[canonicalName(name)] || at <= p.end || at-p.end > inOneObject {
		return false
	}
	between := p.text[p.end:at]
	return len(between) <= apart && strings.Trim(between, "\\\"',;&{}()[] \t\r\n") == "" ||
		(strings.HasSuffix(between, ", '") || strings.HasSuffix(between, `"`)) && staysIn(between)
}

// staysIn reports whether a part of an object ends in it: what opens there is closed there, and nothing else.
func staysIn(part string) bool {
	open := 0
	for _, c := range part {
		switch c {
		case '{':
			open++
		case '}':
			open--
		}
		if open < 0 {
			return false
		}
	}
	return open == 0
}

// isAName reports whether what is assigned is itself a name to which something is assigned. The base64 of a credential may end like one.
func isAName(value string) bool {
	if name, is := strings.CutSuffix(value, "="); is {
		return endsInSecret(name[max(0, len(name)-mostOfName):]) || len(name) <= mostOfName && !strings.HasSuffix(name, "=") && !looksGenerated(name)
	}
	name, is := strings.CutSuffix(value, ":")
	return is && (endsInSecret(name[max(0, len(name)-mostOfName):]) || len(name) <= mostOfName && !looksGenerated(name))
}
