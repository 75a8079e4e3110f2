// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"path"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// MetadataRequest says whose metadata document is wanted.
type MetadataRequest struct {
	// Issuer is the prefix of the document's places. An absolute https URL without query and fragment.
	Issuer string
	// ExpectedIssuer is what the document must say its issuer is; "" means Issuer. It is the explicit way around for
	// servers whose document names another issuer than the one under which it is found.
	ExpectedIssuer string
	// Auth is for hosts that ask for credentials; nil: none.
	Auth transport.Authorizer
}

// ServerMetadata is a server's metadata document (OIDD §3, RFC 8414 §2). It is shared by all who asked for it: treat it as
// read-only.
type ServerMetadata struct {
	URL      string         // where it was found
	Issuer   string         // as the document says, byte for byte what was expected
	Document map[string]any // JSON members; numbers are json.Number
	JSON     string         // the document as JSON, members in alphabetical order, so that equal documents are equal text
	// Incomplete is why a place could not be read that may name the registration endpoint, which the document lacks.
	Incomplete error
}

const (
	openIDDocument = "/.well-known/openid-configuration"
	oauthDocument  = "/.well-known/oauth-authorization-server"
)

// wellKnown matches what is below a server's or an issuer's well-known path (RFC 8615): the name, and the path behind it. No issuer has such a path.
var wellKnown = regexp.MustCompile(`(?i)/\.well-known(?:/([^/?#]*)([^?#]*)(?:[?#].*)?)?$`)

// documentURL recognizes a well-known address typed in place of an issuer, and returns the issuer it belongs to, "" where that cannot be told.
func documentURL(s string) (issuer string, ok bool) {
	at := wellKnown.FindStringSubmatchIndex(s)
	if at == nil {
		return "", false
	}
	before, name, after := s[:at[0]], "", ""
	if at[2] >= 0 {
		name, after = strings.ToLower(s[at[2]:at[3]]), strings.TrimSuffix(s[at[4]:at[5]], "/") // an issuer's own slash at its end is in no such address (RFC 8414 §3.1)
	}
	if name != path.Base(openIDDocument) && name != path.Base(oauthDocument) && after != "" {
		return "", true
	}
	return before + after, true
}

// OfDocument is the issuer at one of whose well-known addresses the metadata document is, "" for any other address.
func OfDocument(address string) string {
	at := wellKnown.FindStringSubmatch(address)
	if at == nil || !strings.EqualFold(at[1], path.Base(openIDDocument)) && !strings.EqualFold(at[1], path.Base(oauthDocument)) {
		return ""
	}
	if issuer, _ := documentURL(address); checkIssuer(issuer) == "" {
		return issuer
	}
	return ""
}

// locations lists the document's places for an issuer, in the order in which they are asked.
func locations(issuer string) []string {
	// The strings are cut and joined, never parsed and printed: an issuer's bytes are its identity.
	issuer = strings.TrimSuffix(issuer, "/")
	prefix := hierarchical.FindString(issuer)
	authority, path := splitAuthority(issuer[len(prefix):])
	list := []string{issuer + openIDDocument, prefix + authority + oauthDocument + path}
	if path != "" {
		list = append(list, prefix+authority+openIDDocument+path)
	}
	return list
}

// isMetadata reports whether a JSON object is a server's metadata by its members. Some servers answer with 200 and an object of
// another kind as long as they are not set up.
func isMetadata(object map[string]any) bool {
	for _, member := range []string{"registration_endpoint", "token_endpoint", "authorization_endpoint"} {
		if !metadata.Absent(object[member]) {
			return true
		}
	}
	return false
}

// Endpoint returns the URL of an endpoint by its metadata name ("registration_endpoint"), or "" if the server has none.
// With mtls, which is for callers that present a client certificate, the server's address for mutual TLS comes first
// (mtls_endpoint_aliases, RFC 8705 §5).
func (m *ServerMetadata) Endpoint(name string, mtls bool) string {
	if mtls {
		aliases, _ := m.Document["mtls_endpoint_aliases"].(map[string]any)
		if alias, _ := aliases[name].(string); alias != "" {
			return alias
		}
	}
	endpoint, _ := m.Document[name].(string)
	return endpoint
}

// Strings returns a list of the document ("scopes_supported") and whether there is one. A list without elements counts
// as none: OIDD §4.2 forbids it, and a server that sends it means what others mean by leaving it out. A single string
// where the list belongs is a list of one; elements that are no strings are passed over.
func (m *ServerMetadata) Strings(name string) ([]string, bool) {
	switch v := m.Document[name].(type) {
	case string:
		if v != "" {
			return []string{v}, true
		}
	case []any:
		var list []string
		for _, element := range v {
			if s, ok := element.(string); ok {
				list = append(list, s)
			}
		}
		return list, len(list) > 0
	}
	return nil, false
}
