// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// IssuerRel is the link relation of an OpenID Provider's issuer (OpenID Connect Discovery 1.0 §2).
const IssuerRel = "http://openid.net/specs/connect/1.0/issuer"

// Link is a link of a WebFinger answer (RFC 7033 §4.4.4).
type Link struct {
	Rel  string `json:"rel"`
	Type string `json:"type,omitempty"`
	Href string `json:"href,omitempty"`
}

// webFinger answers queries about this server's own host and about Resources (RFC 7033 §4, OpenID Connect Discovery §2).
func (s *Server) webFinger(c *call) answer {
	switch c.f.WebFinger {
	case WebFingerOff:
		return errNoSuchPage()
	case WebFingerHTML:
		return htmlAnswer(http.StatusOK, "Sign in")
	case WebFingerEmpty:
		return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/jrd+json"}}}
	case WebFingerError:
		return jsonAnswer(http.StatusOK, map[string]any{"status": "error", "msg": "the user does not exist"})
	case WebFingerProtected:
		if ok, _ := s.administrator(c); !ok {
			return errBasic()
		}
	}
	query := c.r.URL.Query()
	resource := query.Get("resource")
	exact := len(query) == 2 && len(query["resource"]) == 1 && len(query["rel"]) == 1
	if c.f.WebFinger == WebFingerStrict && !exact {
		return errRequest("exactly the parameters resource and rel are needed")
	}
	if len(query["resource"]) != 1 || !isURI(resource) {
		return errRequest("one resource that is a URI is needed")
	}
	issuer, found := s.issuerOf(resource)
	if !found {
		return errorAnswer(http.StatusNotFound, "not_found", "the resource is not known here")
	}
	doc := map[string]any{"subject": resource}
	if c.f.WebFingerSubject != "" {
		doc["subject"] = c.f.WebFingerSubject
	}
	if c.f.WebFinger != WebFingerNoLinks {
		doc["links"] = s.links(c, issuer, query["rel"])
	}
	return answer{status: http.StatusOK, doc: doc, header: http.Header{
		"Content-Type": {"application/jrd+json"}, "Access-Control-Allow-Origin": {"*"},
	}}
}

func (s *Server) links(c *call, issuer string, rels []string) []Link {
	if c.f.WebFingerLinks != nil {
		return c.f.WebFingerLinks
	}
	switch {
	case c.f.WebFingerHref != "":
		issuer = c.f.WebFingerHref
	case c.f.WebFinger == WebFingerHTTP:
		issuer = "http" + trimScheme(issuer)
	}
	links := []Link{}
	if len(rels) == 0 || slices.Contains(rels, IssuerRel) {
		links = append(links, Link{Rel: IssuerRel, Href: issuer})
	}
	return links
}

// issuerOf finds the issuer of a resource: one of Resources; else one at this server's host, with or without its port,
// where a path that begins with a tenant's leads to that tenant.
func (s *Server) issuerOf(resource string) (string, bool) {
	if issuer, found := s.Resources[resource]; found {
		return issuer, true
	}
	user, authority, path := splitResource(resource)
	own, err := url.Parse(s.base)
	if err != nil || !strings.EqualFold(authority, own.Host) && !strings.EqualFold(authority, own.Hostname()) {
		return "", false
	}
	if s.Accounts != nil && user != "" && !slices.Contains(s.Accounts, user) {
		return "", false
	}
	for _, tenant := range s.issuerPaths() {
		if path == tenant || strings.HasPrefix(path, tenant+"/") {
			return s.base + tenant, true
		}
	}
	return s.base + s.IssuerPath, true
}

// splitResource takes a resource apart: acct:user@host, or scheme://user@host/path.
func splitResource(resource string) (user, authority, path string) {
	if account, ok := strings.CutPrefix(resource, "acct:"); ok {
		at := strings.LastIndex(account, "@")
		if at < 0 {
			return account, "", ""
		}
		return account[:at], account[at+1:], ""
	}
	parsed, err := url.Parse(resource)
	if err != nil {
		return "", "", ""
	}
	return parsed.User.Username(), parsed.Host, parsed.EscapedPath()
}

func isURI(resource string) bool {
	parsed, err := url.Parse(resource)
	return err == nil && parsed.IsAbs()
}
