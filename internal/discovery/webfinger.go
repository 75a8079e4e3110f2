// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// IssuerRel is the link relation of an OpenID issuer (OIDD §2).
const IssuerRel = "http://openid.net/specs/connect/1.0/issuer"

// Link is one link of a WebFinger answer (RFC 7033 §4.4.4), as the server gave it.
type Link struct{ Rel, Href, Type string }

// WebFingerResult is a successful WebFinger search. It is shared by all who asked the same: treat it as read-only.
type WebFingerResult struct {
	Normalized        // Resource is the one that was answered, which may be the Alternative
	URL        string // what was asked
	Links      []Link // all links of the answer, in its order, of whatever relation
	Issuer     string // the href of the first issuer link: an absolute https URL without query and fragment
	Steps      []Step // what was asked where and what came back
}

// WebFinger finds the issuer for the text that a person typed. auth (nil: none) is sent only if the host asks for
// credentials. Errors are *Error; nothing is sent for an input that Normalize refuses.
func (f *Finder) WebFinger(ctx context.Context, input string, auth transport.Authorizer) (*WebFingerResult, error) {
	n, err := Normalize(input)
	if err != nil {
		return nil, err
	}
	result, err := f.webfinger.do(ctx, n.Input, flightKey(auth, n.Input), func(ctx context.Context) (*WebFingerResult, error) {
		s := &search{
			transport: f.transport, input: showURL(n.Input), auth: auth, accept: "application/jrd+json, application/json",
		}
		return s.webfinger(ctx, n, f.webfingerScheme(n))
	})
	return result, ended(showURL(n.Input), err)
}

// flightKey keeps those who bring credentials from sharing the failures of those who don't.
func flightKey(auth transport.Authorizer, parts ...string) string {
	return fmt.Sprintf("%t %q", auth != nil, parts)
}

// webfingerScheme is https but for the loopback exception (see the package's documentation).
func (f *Finder) webfingerScheme(n Normalized) string {
	typed := n.Scheme == "http" || f.InsecureLoopback && (n.Scheme == "" || n.Scheme == "acct")
	if typed && isLoopback(n.Host) {
		return "http"
	}
	return "https"
}

// isLoopback asks the transport, which has the one definition of a host that may be reached over plain http.
func isLoopback(host string) bool { return transport.CheckURL("http://"+host+"/", false) == nil }

func (s *search) webfinger(ctx context.Context, n Normalized, scheme string) (*WebFingerResult, error) {
	place := scheme + "://" + n.Host + "/.well-known/webfinger"
	loopback := ""
	if scheme == "https" && isLoopback(n.Host) {
		loopback = " " + adviceLoopback + "http://" + n.Host + "."
	}
	reason := ""
	for _, resource := range []string{n.Resource, n.Alternative} {
		if resource == "" {
			continue
		}
		// These two parameters and no other, in the order of the specification's examples: servers exist that answer 400
		// to anything else.
		asked := place + "?resource=" + encode(resource) + "&rel=" + encode(IssuerRel)
		a, err := s.get(ctx, asked)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); ok && e.Kind == Unavailable && e.Err != nil {
				e.Advice += loopback
			}
			return nil, err
		}
		if a.refused {
			return nil, s.refusal("the WebFinger endpoint", a)
		}
		if a.object == nil {
			reason = a.words
			continue
		}
		links, problem := readLinks(a.object)
		if problem != "" {
			s.reword(problem)
			reason = problem
			continue
		}
		// rel in the request is only a wish (RFC 7033 §4.3).
		first := slices.IndexFunc(links, func(l Link) bool { return l.Rel == IssuerRel })
		if first < 0 {
			reason = fmt.Sprintf("a WebFinger document without a link of the relation %s (links: %d)", IssuerRel, len(links))
			s.reword(reason)
			continue
		}
		href := links[first].Href
		s.reword(fmt.Sprintf("a WebFinger document, issuer %s", quote(showURL(href))))
		if problem := checkHref(href); problem != "" {
			return nil, s.fail(NoIssuer, fmt.Sprintf("the href of the issuer link, %s, is no issuer: %s", quote(showURL(href)), problem), adviceHref)
		}
		n.Resource = resource
		return &WebFingerResult{Normalized: n, URL: asked, Links: links, Issuer: href, Steps: s.steps}, nil
	}
	return nil, s.fail(NoIssuer, fmt.Sprintf("%s knows no issuer for %s: it answered %s", n.Host, quote(n.Resource), reason), adviceNoIssuer)
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
