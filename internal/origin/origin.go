// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package origin knows the origin of a URL: credentials go no further than that, and what a document says is believed of that alone.
package origin

import (
	"net/url"
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
