// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// issuerRel is the link relation of an OpenID issuer (OIDD §2).
const issuerRel = "http://openid.net/specs/connect/1.0/issuer"

// Link is one link of a WebFinger answer (RFC 7033 §4.4.4), as the server gave it.
type Link struct{ Rel, Href, Type string }

// WebFingerResult is a successful WebFinger search. It is shared by all who asked the same: treat it as read-only.
type WebFingerResult struct {
	Normalized        // Resource is the one that was answered, which may be the Alternative
	Links      []Link // all links of the answer, in its order, of whatever relation
	Issuer     string // the href of the first issuer link: an absolute https URL without query and fragment
	Steps      []Step // what was asked where and what came back
}

// readLinks returns the links of a JRD, or what is wrong with the object. A link that is no object is passed over, as are
// members of an unexpected type: one odd link must not hide the next.
func readLinks(object map[string]any) (links []Link, problem string) {
	list, ok := object["links"].([]any)
	switch {
	case metadata.Absent(object["links"]):
		return nil, "a JSON object without links (" + memberNames(object) + ")"
	case !ok:
		return nil, "a JSON object whose links are not an array"
	}
	text := func(v any) string { s, _ := v.(string); return s }
	for _, item := range list {
		if link, ok := item.(map[string]any); ok {
			links = append(links, Link{Rel: text(link["rel"]), Href: text(link["href"]), Type: text(link["type"])})
		}
	}
	return links, ""
}

// checkHref says why an href is no issuer (OIDD §2), or "". allow_insecure_http has no say: it is for what the user
// configures, not for what a server sends the user to.
func checkHref(href string) string {
	if problem := checkIssuer(href); problem != "" {
		return problem
	}
	if transport.CheckURL(href, false) != nil {
		return "it is not an https URL"
	}
	return ""
}

// checkIssuer says why s can't be an issuer (OIDD §1.2, RFC 8414 §2: an https URL without query and fragment), or "".
// That plain http is for loopback, or allowed by the user, is the transport's to decide.
func checkIssuer(s string) string {
	prefix := strings.ToLower(hierarchical.FindString(s))
	rest := s[len(prefix):]
	authority, _ := splitAuthority(rest)
	switch {
	case s == "":
		return "it is empty"
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "it holds a space or a control character"
	case prefix != "https://" && prefix != "http://":
		return "it is not an absolute https URL"
	case strings.Contains(s, "#"):
		return "it has a fragment"
	case strings.Contains(s, "?"):
		return "it has a query"
	case strings.Contains(authority, "@"):
		return "it has a user part"
	}
	if _, _, problem := checkHost(authority); problem != "" {
		return problem
	}
	return ""
}
