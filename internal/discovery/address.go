// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var (
	// A scheme is known by its "://" or by being one of those that WebFinger uses without one. The first colon alone
	// doesn't tell (url.Parse thinks so): example.com:8080 and localhost:8080 would have the schemes example.com and
	// localhost.
	hierarchical = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	opaque       = regexp.MustCompile(`^(?i:(acct|mailto|tel|device)):`)

	hostPattern = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9._~-]+)?\]|[^][:@/?#\\%]+)(?::([0-9]*))?$`)
)

// splitAuthority cuts text at the first character that ends an authority (RFC 3986 §3.2).
func splitAuthority(text string) (authority, rest string) {
	if i := strings.IndexAny(text, "/?"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// checkHost returns host in the form to connect to, and its port ("" if none), or the reason why it is no host.
func checkHost(host string) (connect, port, reason string) {
	if host == "" {
		return "", "", "it names no host to ask"
	}
	m := hostPattern.FindStringSubmatch(host)
	if m == nil {
		if strings.Count(host, ":") > 1 {
			return "", "", fmt.Sprintf("%s is no host: an IPv6 address stands in brackets, as in [2001:db8::1]:8443", quote(host))
		}
		return "", "", quote(host) + " is no host"
	}
	name, port := strings.ToLower(m[1]), m[2]
	if port != "" {
		if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
			return "", "", quote(port) + " is no port: ports are 1 to 65535"
		}
		name += ":" + port
	}
	// The library that will connect has the last word, so that nothing fails later with a message of its own.
	if u, err := url.Parse("https://" + name); err != nil || u.Hostname() == "" {
		return "", "", quote(host) + " is no host"
	}
	return name, port, ""
}
