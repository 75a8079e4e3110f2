// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Normalized is what OIDD §2.1.2 makes of the text that a person typed.
type Normalized struct {
	Input    string // as typed, without surrounding space
	Scheme   string // the scheme that was typed, in lower case ("acct", "https", …); "" if none was
	Resource string // the WebFinger resource: an absolute URI without a fragment, its case as typed
	Host     string // where to ask: host or host:port, in lower case, without userinfo; IPv6 in brackets

	// Alternative is the resource to ask for when the first has no issuer, or "": only text of the form host:port has
	// one, with a terminating slash (the rule of OIDD §2.1.2 and its own example in §2.2.3 disagree).
	Alternative string
}

// Normalize turns the text that a person typed into the WebFinger resource and the host to ask (OIDD §2.1.2).
// The error, an *Error of kind BadResource, says what can't be used.
func Normalize(input string) (Normalized, error) {
	input = strings.TrimSpace(input)
	bad := func(reason string, args ...any) (Normalized, error) {
		return Normalized{}, &Error{
			Kind: BadResource, Input: showURL(input), Reason: fmt.Sprintf(reason, args...),
		}
	}
	switch {
	case input == "":
		return bad("there is nothing to look up: the text is empty")
	case !utf8.ValidString(input) || strings.ContainsFunc(input, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return bad("it holds a space, a control character or bytes that are not UTF-8")
	case strings.ContainsAny(input[:1], "=@!"):
		return bad("text that begins with =, @ or ! is reserved (an XRI, OpenID Connect Discovery §2.1.1)")
	}

	n := Normalized{Input: input}
	authority, rest := n.split()
	user, host, hasUser := cutLast(authority, "@")
	if n.Scheme != "" && !n.hierarchical() && (!hasUser || user == "") {
		return bad("an address of the scheme %q without user@host names no host to ask", n.Scheme)
	}
	if !hasUser {
		host = authority
	}
	if withoutPassword(input) != input {
		// RFC 3986 §3.2.1 deprecates user:password. The resource travels in a query, which servers log; and no message
		// may repeat it.
		return bad("it looks like user:password@host; a password doesn't belong here (a colon in a name is written %%3A)")
	}
	connect, port, reason := checkHost(host)
	if reason != "" {
		return bad("%s", reason)
	}
	n.Host = connect

	if n.Scheme == "" {
		// An @ inside the user part is data: OIDD §2.1.2 has it percent-encoded.
		encoded := authority
		if hasUser {
			encoded = strings.ReplaceAll(user, "@", "%40") + "@" + host
		}
		account := hasUser && user != "" && port == "" && !strings.HasSuffix(host, ":") && rest == ""
		n.assume(account, encoded+rest)
		if !hasUser && port != "" && rest == "" {
			n.Alternative = n.Resource + "/"
		}
	}
	return n, nil
}

// split takes the scheme off the input, where it has one, and returns its authority and what follows.
func (n *Normalized) split() (authority, rest string) {
	text, _, _ := strings.Cut(n.Input, "#")
	prefix := cmp.Or(hierarchical.FindString(text), opaque.FindString(text))
	if prefix != "" {
		n.Scheme = strings.ToLower(strings.TrimRight(prefix, ":/"))
		n.Resource = text
	}
	return splitAuthority(text[len(prefix):])
}

func (n *Normalized) hierarchical() bool { return hierarchical.MatchString(n.Resource) }

// assume gives the scheme to a text that has none: acct for one that looks like an e-mail address, or else https (OIDD §2.1.2).
func (n *Normalized) assume(account bool, text string) {
	n.Resource = "https://" + text
	if account {
		n.Resource = "acct:" + text
	}
}

// encode percent-encodes all but the unreserved characters of RFC 3986 §2.3, as RFC 7033 §4.1 asks for. url.QueryEscape
// would do for most, but writes a space as "+", which RFC 7033 doesn't know.
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
