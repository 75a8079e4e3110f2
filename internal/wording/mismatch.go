// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
)

// mismatchWays are the ways where the metadata document names another issuer than the one that was asked for. What the document says is a server's
// word, and may be an attacker's (RFC 8414 §6.2): a line sets it as the issuer only where it is the same address in another writing.
// What is not ASCII is escaped, so that two issuers that look alike do not.
func mismatchWays(e *discovery.Error) []Fix {
	named, asked := quotedASCII(e.Named), quotedASCII(e.Asked)
	switch {
	case e.InPart:
		return []Fix{askForIssuer, {
			Way: "expected_issuer", Text: "If the operator says that the server at " + asked + " speaks for the issuer that its document names, set expected_issuer on the provider, beside issuer, to exactly that. It is not shown whole here: copy it from the document.",
		}}
	case e.Expected && e.Named == e.Asked:
		return []Fix{{Way: "expected_issuer", Text: "The document names the issuer that was asked for. Remove expected_issuer from the provider."}}
	case e.Expected:
		return []Fix{{
			Way: "expected_issuer", Text: "If the operator says that the server at " + asked + " speaks for the issuer that its document names, set on the provider, in place of the expected_issuer that is there:",
			Lines: []string{"expected_issuer = " + named},
		}}
	case sameAddress(e.Named, e.Asked) && !byWebFinger(e):
		return []Fix{{Way: "issuer", Text: "It is the same address in another writing. Write issuer as the server does, where it is set:", Lines: []string{"issuer = " + named}}}
	case sameAddress(e.Named, e.Asked):
		return []Fix{{Way: "issuer", Text: "It is the same address in another writing than WebFinger's. Set it as the server writes it, in place of webfinger_resource:", Lines: []string{"issuer = " + named}}}
	}
	both := "set both on the provider:"
	if byWebFinger(e) {
		both = "set both on the provider, in place of webfinger_resource:"
	}
	return []Fix{
		askForIssuer,
		{
			Way: "expected_issuer", Text: "If the operator says that the server at " + asked + " speaks for the other issuer, and its document is found there only, " + both,
			Lines: []string{"issuer          = " + asked, "expected_issuer = " + named},
		},
	}
}

var askForIssuer = Fix{Way: "issuer", Text: "Ask the server's operator what its issuer is, and set issuer to exactly that."}

// byWebFinger reports whether WebFinger named the issuer that was asked for, and not the configuration.
func byWebFinger(e *discovery.Error) bool {
	return slices.ContainsFunc(e.Steps, func(s discovery.Step) bool { return strings.Contains(s.URL, "/.well-known/webfinger") })
}

// sameAddress reports whether two issuers differ in nothing that leads elsewhere: a terminating slash, the case of scheme and host, or the port that
// the scheme has by itself (RFC 3986 §6.2.2 and §6.2.3). Letters of a path may be those of another tenant.
func sameAddress(a, b string) bool {
	x, okX := plainAddress(a)
	y, okY := plainAddress(b)
	return okX && okY && x == y
}

// plainAddress is an issuer in one writing, where it is nothing but scheme, host, port and path.
func plainAddress(issuer string) (string, bool) {
	u, err := url.Parse(issuer)
	if err != nil || discovery.CheckIssuer(issuer) != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[scheme])
	return scheme + "://" + host + strings.TrimSuffix(u.EscapedPath(), "/"), true
}
