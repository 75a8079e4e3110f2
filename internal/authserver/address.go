// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// TemplateURI is the client configuration endpoint of a server that returned none.
func (s *Server) TemplateURI(t Target, clientID string) string {
	template := s.settings.URITemplate
	if !goesWith(template, t) {
		template = DefaultURITemplate
	}
	return fillTemplate(template, t, clientID)
}

// goesWith reports whether the provider's template is for a server. One that begins with the registration endpoint leads to whichever that is of. One that
// has the address written out leads to the provider's server, which another server's client is nothing to, and its token least of all.
func goesWith(template string, t Target) bool {
	return !t.Foreign || strings.HasPrefix(template, endpointInTemplate)
}

const endpointInTemplate = "{registration_endpoint}"

func fillTemplate(template string, t Target, clientID string) string {
	return strings.NewReplacer(
		endpointInTemplate, strings.TrimRight(t.RegistrationEndpoint, "/"),
		"{client_id}", EscapeID(clientID),
	).Replace(template)
}

// CheckTemplate returns why a template gives no client configuration endpoint, or nil. Where nothing asks there, nobody would notice.
func CheckTemplate(template string) error {
	filled := fillTemplate(template, Target{RegistrationEndpoint: "https://as.example.com/register"}, "s6BhdRkqt3")
	switch {
	case !strings.Contains(template, "{client_id}"):
		return ErrNoClientID
	case strings.ContainsAny(filled, "{}"):
		return errors.New("only {registration_endpoint} and {client_id} can stand in braces")
	case strings.Contains(filled, "#"):
		return errors.New("a fragment is not sent")
	case strings.ContainsFunc(filled, func(r rune) bool { return r <= ' ' }):
		return errors.New("it holds a blank or a line break")
	}
	return transport.CheckURL(filled, true)
}

// ErrNoClientID says that a template gives the same address for all clients.
var ErrNoClientID = errors.New("it does not hold {client_id}")

// EscapeID percent-encodes all but the unreserved characters (RFC 3986 §2.3), so that an id stays one path segment or one query
// value, whichever the template makes of it: url.PathEscape leaves "&", "=" and "+", and url.QueryEscape makes "+" of a space. An id
// of dots alone would be a step within the path.
func EscapeID(id string) string {
	out := strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
	if strings.Trim(id, ".") == "" {
		out = strings.ReplaceAll(out, ".", "%2E")
	}
	return out
}

// NameOf is the name by which registration_access_tokens has a client's token: its client_id, or where that is not known yet, what its client
// configuration endpoint names.
func NameOf(h reconcile.Handle) string { return cmp.Or(h.ClientID, namedBy(h.RegistrationClientURI)) }

// namedBy is the client_id that a client configuration endpoint most likely has in it: its parameter of that name, or else its last
// segment.
func namedBy(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if id := u.Query().Get("client_id"); id != "" {
		return id
	}
	segments := strings.Split(strings.TrimRight(u.EscapedPath(), "/"), "/")
	last, err := url.PathUnescape(segments[len(segments)-1])
	if err != nil {
		return ""
	}
	return last
}

// NamesNearly reports whether an address names another client whose client_id is this one but for a slip of the hand: a letter too many,
// too few, another, or two that have changed places. An address need not have a client_id in it, and one that has something else there
// may well be the client's.
func NamesNearly(uri, clientID string) bool {
	a, b := []rune(namedBy(uri)), []rune(clientID)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) < 4 || len(b)-len(a) > 1 { // short ones are numbers, of which any is one letter from another
		return false
	}
	for len(a) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(b) == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}
