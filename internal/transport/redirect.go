// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == ""
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusMultipleChoices:
		return true
	}
	return false
}

// keptHeaders are what another origin may see of a request that it was not meant for. An allow list, and not net/http's
// own list of what to drop: that one lets credentials go to subdomains and knows nothing of API keys.
var keptHeaders = []string{"Accept", "User-Agent"}

// checkRedirect is http.Client's hook before each redirect.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	k := callOf(req.Context())
	if k == nil || !safe(k.r.Method) || !k.r.FollowRedirects {
		return http.ErrUseLastResponse
	}
	target := shownTarget(firstURL(req), req.URL)
	if len(via) > MaxRedirects {
		return &Error{Kind: Redirect, Target: target, Err: fmt.Errorf("more than %d in a row, the last one to %s", MaxRedirects, target)}
	}
	if err := checkParsed(req.URL, c.options.AllowInsecureHTTP); err != nil {
		err.URL = target
		return &Error{Kind: Redirect, Target: target, Err: fmt.Errorf("to where it is not followed: %w", err)}
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &Error{Kind: Redirect, Target: target, Err: fmt.Errorf("from https to plain http at %s", target)}
	}
	// The page before may have had secrets in its query.
	req.Header.Del("Referer")
	first := origin.OfURL(via[0].URL)
	foreign := origin.OfURL(req.URL) != first
	for _, earlier := range via {
		// A way back to the first origin is no way back to its credentials: what follows was decided elsewhere.
		foreign = foreign || origin.OfURL(earlier.URL) != first
	}
	if !foreign && k.r.MayFollow != nil && !k.r.MayFollow(req.URL) {
		return &Error{Kind: Redirect, Target: target, Err: fmt.Errorf("to %s, which is not for the credential", target)}
	}
	if foreign {
		maps.DeleteFunc(req.Header, func(name string, _ []string) bool { return !slices.Contains(keptHeaders, name) })
	}
	return nil
}

// refusedRedirect is the error for a redirect of a request that is never redirected: it carries a credential or changes
// something, and a server that moved is a matter for the configuration.
func refusedRedirect(resp *http.Response, method string) *Error {
	target, where := locationOf(resp), "nowhere"
	if target != "" {
		where = target
		if origin.Same(target, resp.Request.URL.String()) {
			where += ", another path of the same server"
		}
	}
	return &Error{Kind: Redirect, MaybeProcessed: answersDone(resp.StatusCode), Target: target, Status: resp.StatusCode, Err: fmt.Errorf(
		"status %d to %s; a %s is not redirected, configure the new URL instead", resp.StatusCode, where, method)}
}

// answersDone reports whether a redirect may answer a request that was carried out: 307 and 308 ask to repeat it elsewhere, and 301 is used in the same
// way; 302 and 303 are also what answers a POST that was carried out, and 300 tells of none what became of it (RFC 9110 §15.4).
func answersDone(status int) bool {
	return status == http.StatusFound || status == http.StatusSeeOther || status == http.StatusMultipleChoices
}

// locationOf returns where a redirect leads, in the form of shownTarget; "" where that is no absolute URL with a host.
func locationOf(resp *http.Response) string {
	location, err := resp.Location()
	if err != nil || origin.OfURL(location) == "" {
		return ""
	}
	return shownTarget(firstURL(resp.Request), location)
}

// shownTarget returns a redirect's target as a message may show it: without the query, the fragment and path parameters
// (";jsessionid=…"), which may hold a credential, without what looks like one in the path, as of a session, and without the end of one that nobody would
// read. What the URL that was asked has in its path, as the client_id, is no secret to whoever reads of it.
func shownTarget(asked, u *url.URL) string {
	path, _, _ := strings.Cut(u.EscapedPath(), ";")
	known, parts := strings.Split(asked.EscapedPath(), "/"), strings.Split(path, "/")
	for i, part := range parts {
		if !slices.Contains(known, part) {
			parts[i] = redact.Sentence(part)
		}
	}
	return legible.Bounded(origin.OfURL(u)+strings.Join(parts, "/"), maxShownURL)
}

// firstURL is what was asked before any redirect.
func firstURL(req *http.Request) *url.URL {
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return req.URL
}

// maxShownURL bounds what a message shows of a URL that a server chose, in characters.
const maxShownURL = 500
