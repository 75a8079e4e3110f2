// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package origin knows the origin of a URL: credentials go no further than that, and what a document says is believed of that alone. Within an origin,
// it knows whether a URL is a client's own.
package origin

import (
	"net/url"
	"slices"
	"strings"
)

// Of gives scheme, host and port of an absolute URL in one form (RFC 6454 §6.2): lower case, without the default
// port. It is empty for what is no absolute URL with a host.
func Of(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return OfURL(u)
}

// OfURL is Of for a URL that is parsed already.
func OfURL(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if scheme == "" || host == "" {
		return ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || (scheme == "https" && port == "443") || (scheme == "http" && port == "80") {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}

// Same reports whether both are absolute URLs of one origin.
func Same(a, b string) bool {
	of := Of(a)
	return of != "" && of == Of(b)
}

// Canonical gives a URL in one form: its origin as Of has it, its path without slashes at the end, since servers write their addresses with and
// without, and its query. What is no absolute URL with a host stays as it is, but for such slashes.
func Canonical(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || OfURL(u) == "" {
		return strings.TrimRight(raw, "/")
	}
	out := OfURL(u) + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		out += "?" + u.RawQuery
	}
	return out
}

// SameURL reports whether both are one address, however each is spelled (RFC 3986 §6.2.2.1, §6.2.3).
func SameURL(a, b string) bool { return a == b || Canonical(a) == Canonical(b) }

// Names reports whether an address names a client, as a path segment, with or without parameters (RFC 3986 §3.3), or as a query parameter's value.
func Names(raw, clientID string) bool {
	u, err := url.Parse(raw)
	return err == nil && NamesInURL(u, clientID)
}

// EndsInName reports whether a URL is a client's own by its form: its path ends in the client_id, or its query has it as client_id, as in the examples of RFC 7592
// §3 and of OpenID Connect Dynamic Client Registration 1.0 §3.2. What Names finds elsewhere may be a tenant's name or number, which all of its clients have in their address.
func EndsInName(raw, clientID string) bool {
	u, err := url.Parse(raw)
	if err != nil || clientID == "" {
		return false
	}
	last := strings.TrimSuffix(u.EscapedPath(), "/")
	last, _, _ = strings.Cut(last[strings.LastIndexByte(last, '/')+1:], ";")
	plain, err := url.PathUnescape(last)
	return err == nil && plain == clientID || slices.Equal(u.Query()["client_id"], []string{clientID})
}

// NamesInURL is Names for a URL that is parsed already.
func NamesInURL(u *url.URL, clientID string) bool {
	if clientID == "" {
		return false
	}
	for _, segment := range strings.Split(u.EscapedPath(), "/") {
		bare, _, _ := strings.Cut(segment, ";")
		for _, s := range []string{segment, bare} {
			if plain, err := url.PathUnescape(s); err == nil && plain == clientID {
				return true
			}
		}
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if v == clientID {
				return true
			}
		}
	}
	return false
}
