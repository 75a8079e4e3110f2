// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
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
}

// Metadata returns the metadata document of an issuer. The places that are asked and what ends the search are in the
// package's documentation. Errors are *Error.
func (f *Finder) Metadata(ctx context.Context, r MetadataRequest) (*ServerMetadata, error) {
	shown := showURL(r.Issuer)
	if problem := checkIssuer(r.Issuer); problem != "" {
		return nil, &Error{Kind: BadInput, Input: shown, Reason: "this is no issuer: " + problem, Advice: adviceIssuer}
	}
	if base, isDocument := documentURL(r.Issuer); isDocument {
		return nil, &Error{
			Kind: BadInput, Input: shown, Reason: "this is the address of a metadata document, not an issuer",
			Advice: "Set issuer = " + quote(base) + ", from which the document's address is made.",
		}
	}
	kept := fmt.Sprintf("%q", []string{r.Issuer, r.ExpectedIssuer})
	m, err := f.metadata.do(ctx, kept, flightKey(r.Auth, r.Issuer, r.ExpectedIssuer), func(ctx context.Context) (*ServerMetadata, error) {
		s := &search{transport: f.transport, input: shown, auth: r.Auth, accept: "application/json"}
		return s.metadata(ctx, r)
	})
	return m, ended(shown, err)
}

const (
	openIDDocument = "/.well-known/openid-configuration"
	oauthDocument  = "/.well-known/oauth-authorization-server"
)

// documentURL recognizes a well-known address typed in place of an issuer, and returns the issuer it belongs to.
func documentURL(s string) (issuer string, ok bool) {
	for _, document := range []string{openIDDocument, oauthDocument} {
		before, after, found := strings.Cut(s, document)
		if found && (after == "" || after[0] == '/') {
			return before + after, true
		}
	}
	return "", false
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

func (s *search) metadata(ctx context.Context, r MetadataRequest) (*ServerMetadata, error) {
	want := r.ExpectedIssuer
	if want == "" {
		want = r.Issuer
	}
	var refused *Error
	fetched := false
	places := locations(r.Issuer)
	for i, place := range places {
		a, err := s.get(ctx, place)
		if err != nil {
			return nil, err
		}
		if a.refused {
			refused = s.refusal("a place of the metadata document", a)
			continue
		}
		issuer, ok := a.object["issuer"].(string)
		if a.object == nil {
			continue
		}
		if !ok || issuer == "" {
			s.reword("a JSON object without an issuer (" + memberNames(a.object) + ")")
			fetched = fetched || isMetadata(a.object)
			continue
		}
		s.reword("a metadata document, issuer " + exactly(issuer))
		if issuer != want {
			return nil, s.mismatch(r, want, issuer)
		}
		s.complete(ctx, a.object, issuer, places[i+1:])
		text, err := jsonvalue.Text(a.object)
		if err != nil {
			text = "{}" // cannot be: the object came from a JSON decoder
		}
		return &ServerMetadata{URL: place, Issuer: issuer, Document: a.object, JSON: text}, nil
	}
	if refused != nil {
		refused.Steps = s.steps // the places after it too
		return nil, refused
	}
	err := s.fail(NoDocument, "none of the places where the metadata document belongs has one", adviceNoDocument)
	err.Fetched = fetched
	return nil, err
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

// complete adds to a document that names no registration endpoint what the documents at the other places have beside it:
// some servers publish the endpoint in one of them only. Only a document with the same issuer counts, nothing is
// overridden, and a place that cannot be read changes nothing, since the document is good without it.
func (s *search) complete(ctx context.Context, document map[string]any, issuer string, places []string) {
	for _, place := range places {
		if !metadata.Absent(document["registration_endpoint"]) {
			return
		}
		a, err := s.get(ctx, place)
		if err != nil {
			return
		}
		if a.object == nil || a.object["issuer"] != issuer {
			continue
		}
		s.reword("a metadata document, issuer " + exactly(issuer))
		for member, value := range a.object {
			if metadata.Absent(document[member]) {
				document[member] = value
			}
		}
	}
}

func (s *search) mismatch(r MetadataRequest, want, got string) error {
	reason := fmt.Sprintf("the document says that its issuer is %s, and %s was expected; they are compared byte for byte",
		exactly(got), exactly(want))
	advice := fmt.Sprintf("If %s is the server's true issuer, set issuer to exactly that. If the document is found only under %s, and "+
		"you trust that server to speak for the other issuer, set issuer to the latter and expected_issuer to the former.",
		exactly(got), exactly(r.Issuer))
	if r.ExpectedIssuer != "" {
		advice = fmt.Sprintf("Set expected_issuer to %s if you trust the server at %s to speak for that issuer, or leave it "+
			"out if the two are the same.", exactly(got), exactly(r.Issuer))
	}
	err := s.fail(IssuerMismatch, reason, advice)
	err.Fetched = true
	return err
}

// exactly quotes an issuer for comparing by eye: what isn't ASCII is escaped, so that look-alikes don't.
func exactly(issuer string) string { return strconv.QuoteToASCII(shorten(showURL(issuer))) }

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
