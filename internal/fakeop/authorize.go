// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorize is the authorization endpoint, as far as a client without a user gets (RFC 6749 §4.1.2.1): an unknown client
// or redirect URI is told to the user and never redirected; any other error goes to the redirect URI. With prompt=none
// that is login_required (OpenID Connect Core 1.0 §3.1.2.6), else the user is asked to sign in.
func (s *Server) authorize(c *call) answer {
	query := c.r.URL.Query()
	if c.r.Method == http.MethodPost {
		var err error
		if query, err = url.ParseQuery(string(c.body)); err != nil {
			return htmlAnswer(http.StatusBadRequest, "This request is broken")
		}
	}
	if c.f.AuthorizeErrorPage {
		return htmlAnswer(http.StatusBadRequest, "This request cannot be served")
	}
	if c.f.AuthorizeIgnoresPrompt {
		return htmlAnswer(http.StatusOK, "Sign in")
	}
	target := query.Get("redirect_uri")
	cl := s.clients[query.Get("client_id")]
	known := cl != nil && !cl.deleted && cl.tenant == c.tenant
	switch {
	case c.f.AuthorizeRedirectsUnknown && target != "" && !known:
		return s.redirectError(c, query, "unauthorized_client")
	case !known:
		return htmlAnswer(http.StatusBadRequest, "This application is not known")
	case cl.disabled:
		return htmlAnswer(http.StatusBadRequest, "This application is disabled")
	case !slices.Contains(words(cl.metadata["redirect_uris"]), target):
		return htmlAnswer(http.StatusBadRequest, "This redirect URI is not registered")
	}
	responseType := sortedWords(query.Get("response_type"))
	registered := valuesOf("response_types", cl.metadata["response_types"])
	switch {
	case responseType == "":
		return s.redirectError(c, query, "invalid_request")
	case !slices.Contains(registered, responseType):
		return s.redirectError(c, query, "unauthorized_client")
	case cl.metadata["require_pushed_authorization_requests"] == true,
		cl.metadata["require_signed_request_object"] == true && query.Get("request") == "":
		return s.redirectError(c, query, "invalid_request")
	case query.Get("prompt") == "none":
		return s.redirectError(c, query, "login_required")
	}
	return htmlAnswer(http.StatusOK, "Sign in")
}

// redirectError sends an error to the redirect URI: in its query for a code, else in its fragment (OAuth 2.0 Multiple
// Response Type Encoding Practices §5), or as a form (OAuth 2.0 Form Post Response Mode §2).
func (s *Server) redirectError(c *call, query url.Values, code string) answer {
	values := url.Values{"error": {code}, "error_description": {"fakeop: " + code}, "iss": {c.issuer}}
	if state := query.Get("state"); state != "" {
		values.Set("state", state)
	}
	target := query.Get("redirect_uri")
	mode := query.Get("response_mode")
	if mode == "form_post" {
		return formPost(target, values)
	}
	switch responseType := query.Get("response_type"); {
	case mode == "fragment", mode == "" && responseType != "code" && responseType != "none" && responseType != "":
		target += "#" + values.Encode()
	case strings.Contains(target, "?"):
		target += "&" + values.Encode()
	default:
		target += "?" + values.Encode()
	}
	a := emptyAnswer(http.StatusFound)
	a.header.Set("Location", target)
	return a
}

func formPost(target string, values url.Values) answer {
	a := htmlAnswer(http.StatusOK, "Returning")
	form := "<form method=\"post\" action=\"" + html.EscapeString(target) + "\">"
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		form += "<input type=\"hidden\" name=\"" + name + "\" value=\"" + html.EscapeString(values.Get(name)) + "\">"
	}
	a.raw = []byte("<!DOCTYPE html>\n<html><body>" + form + "</form></body></html>\n")
	return a
}
