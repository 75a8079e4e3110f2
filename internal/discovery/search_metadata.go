// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"fmt"
	"strconv"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Metadata returns the metadata document of an issuer. The places that are asked and what ends the search are in the
// package's documentation. Errors are *Error.
func (f *Finder) Metadata(ctx context.Context, r MetadataRequest) (*ServerMetadata, error) {
	shown := showURL(r.Issuer)
	if problem := checkIssuer(r.Issuer); problem != "" {
		return nil, &Error{Kind: BadIssuer, Input: shown, Reason: "this is no issuer: " + problem}
	}
	if base, isDocument := documentURL(r.Issuer); isDocument {
		e := &Error{Kind: DocumentAddress, Input: shown, Reason: "this is the address of a metadata document, not an issuer"}
		if shorten(base) == base { // an issuer without its end is another one
			e.Named = base
		}
		return nil, e
	}
	kept := fmt.Sprintf("%q", []string{r.Issuer, r.ExpectedIssuer})
	m, err := f.metadata.do(ctx, kept, flightKey(r.Auth, r.Issuer, r.ExpectedIssuer), func(ctx context.Context) (*ServerMetadata, error) {
		s := &search{transport: f.transport, input: shown, auth: r.Auth, accept: "application/json"}
		return s.metadata(ctx, r)
	})
	return m, ended(shown, err)
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
		half := s.complete(ctx, a.object, issuer, places[i+1:])
		text, err := jsonvalue.Text(a.object)
		if err != nil {
			text = "{}" // cannot be: the object came from a JSON decoder
		}
		return &ServerMetadata{URL: place, Issuer: issuer, Document: a.object, JSON: text, Incomplete: half}, nil
	}
	if refused != nil {
		refused.Steps = s.steps // the places after it too
		return nil, refused
	}
	err := s.fail(NoDocument, "none of the places where the metadata document belongs has one")
	err.Fetched = fetched
	return nil, err
}

// complete adds to a document that names no registration endpoint what the documents at the other places have beside it:
// some servers publish the endpoint in one of them only. Only a document with the same issuer counts, and nothing is
// overridden. A place that cannot be read changes nothing, since the document is good without it for all but the registration
// endpoint; why it cannot is returned.
func (s *search) complete(ctx context.Context, document map[string]any, issuer string, places []string) error {
	for _, place := range places {
		if !metadata.Absent(document["registration_endpoint"]) {
			return nil
		}
		a, err := s.get(ctx, place)
		if err != nil {
			return err
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
	return nil
}

func (s *search) mismatch(r MetadataRequest, want, got string) error {
	expected := exactly(want)
	if CheckIssuer(want) != nil {
		// What is no address may be anything, a secret in the wrong place among it. An issuer is one, which requests are made from.
		expected = "another one, which expected_issuer has,"
	}
	reason := fmt.Sprintf("the document says that its issuer is %s, and %s was expected; they are compared byte for byte", exactly(got), expected)
	err := s.fail(IssuerMismatch, reason)
	err.Named, err.Asked, err.Expected = shorten(showURL(got)), shorten(showURL(r.Issuer)), r.ExpectedIssuer != ""
	err.InPart = err.Named != got || err.Asked != r.Issuer
	err.Fetched = true
	return err
}

// exactly quotes an issuer for comparing by eye: what isn't ASCII is escaped, so that look-alikes don't.
func exactly(issuer string) string { return strconv.QuoteToASCII(shorten(showURL(issuer))) }
