// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"net/http"
	"regexp"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// refusesAlways reports whether an update that is refused was refused each time that it was sent: for what stands in it (RFC 7591 §3.2.2), so that an attempt before whose answer
// is missing asked for the same and met the same. An update that was made leaves nothing that its own repeat could be refused for so, but a client_secret: another one than the
// one that it holds, or one where it has none, as of a client that it gave its first one. Any refusal of a credential may come of what it replaced.
func (e *Error) refusesAlways(gainsSecret bool, body map[string]any) bool {
	if e.Status != http.StatusBadRequest || e.Code != "invalid_client_metadata" && e.Code != "invalid_redirect_uri" {
		return false
	}
	_, holdsSecret := body["client_secret"]
	named := secretName.MatchString(e.Description) || slices.ContainsFunc(e.Members, func(m MemberFinding) bool { return m.Member == "client_secret" })
	return !holdsSecret && !gainsSecret && !named && !e.looksElsewhere(body)
}

// looksElsewhere reports whether an update may be refused for what is no part of it: a server fetches the sector identifier's document and the keys (OpenID Connect Dynamic
// Client Registration §5), or looks at the pages. That fails at one time and not at another, so that a refusal of a repeat says nothing of the attempt before. One that names
// nothing may be about any of these, and in a sector, one of a redirect URI is about what the document has.
func (e *Error) looksElsewhere(body map[string]any) bool {
	if ofAMoment.MatchString(e.Description) || slices.ContainsFunc(e.Members, func(m MemberFinding) bool { return ofAMoment.MatchString(m.Text) }) {
		return true
	}
	has := func(member string) bool { return !metadata.Absent(body[member]) }
	for _, found := range e.Members {
		name, _ := metadata.SplitTag(found.Member)
		p, _ := metadata.Lookup(name)
		switch {
		case p != nil && p.Kind == metadata.URI && has(found.Member), slices.Contains(fetched, name) && has(name):
			return true
		case name == "redirect_uris" && has("sector_identifier_uri"), name == "jwks" && has("jwks_uri"):
			return true
		}
	}
	return len(e.Members) == 0 && slices.ContainsFunc(fetched, has)
}

// fetched are the members whose validation needs more than what stands in the request: a document elsewhere, or a statement that expires.
var fetched = []string{"sector_identifier_uri", "jwks_uri", "signed_jwks_uri", "request_uris", "software_statement"}

// ofAMoment is how a refusal says that something could not be had just now.
var ofAMoment = regexp.MustCompile(`(?i)fetch|retriev|download|\bload(ed|ing)?\b|reach|resolv|dereferenc|\btime[ds]?[ -]?out\b|\bconnection\b|\bconnect to\b|` +
	`accessible|unavailable|temporar|try again|\brespond|no response\b|\bexpire[ds]?\b`)

// secretName is the client secret in a refusal, and no value that begins like it, such as client_secret_basic.
var secretName = regexp.MustCompile(`(?i)\bclient[_ -]?secret\b`)
