// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

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

// webfingerScheme is https but for the loopback exception (see the package's documentation).
func (f *Finder) webfingerScheme(n Normalized) string {
	typed := n.Scheme == "http" || f.InsecureLoopback && (n.Scheme == "" || n.Scheme == "acct")
	if typed && isLoopback(n.Host) {
		return "http"
	}
	return "https"
}

// isLoopback reports whether the transport reaches a host over plain http, which it does on loopback alone (package loopback).
func isLoopback(host string) bool { return transport.CheckURL("http://"+host+"/", false) == nil }

func (s *search) webfinger(ctx context.Context, n Normalized, scheme string) (*WebFingerResult, error) {
	place := scheme + "://" + n.Host + "/.well-known/webfinger"
	reason := ""
	for _, resource := range []string{n.Resource, n.Alternative} {
		if resource == "" {
			continue
		}
		// These two parameters and no other, in the order of the specification's examples: servers exist that answer 400
		// to anything else.
		asked := place + "?resource=" + encode(resource) + "&rel=" + encode(issuerRel)
		a, err := s.get(ctx, asked)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); ok && e.Kind == Unavailable && e.Err != nil && scheme == "https" && isLoopback(n.Host) {
				e.PlainHTTP = "http://" + n.Host
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
		first := slices.IndexFunc(links, func(l Link) bool { return l.Rel == issuerRel })
		if first < 0 {
			reason = fmt.Sprintf("a WebFinger document without a link of the relation %s (links: %d)", issuerRel, len(links))
			s.reword(reason)
			continue
		}
		href := links[first].Href
		s.reword(fmt.Sprintf("a WebFinger document, issuer %s", quote(showURL(href))))
		if problem := checkHref(href); problem != "" {
			return nil, s.fail(BadLink, fmt.Sprintf("the href of the issuer link, %s, is no issuer: %s", quote(showURL(href)), problem))
		}
		n.Resource = resource
		return &WebFingerResult{Normalized: n, Links: links, Issuer: href, Steps: s.steps}, nil
	}
	return nil, s.fail(NoIssuer, fmt.Sprintf("%s knows no issuer for %s: it answered %s", n.Host, quote(n.Resource), reason))
}
