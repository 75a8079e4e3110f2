// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// The whole chain: what was typed, why it failed, what was asked where and what came back.
func TestErrorTellsTheChain(t *testing.T) {
	answers := map[string]*transport.Response{
		"https://example.com/.well-known/webfinger?resource=acct%3Ajoe%40example.com" + wireRel: respond(200, "", jrd("https://op.example/t/one")),
		"https://op.example/t/one/.well-known/openid-configuration":                             respond(404, "", ""),
		"https://op.example/.well-known/oauth-authorization-server/t/one":                       respond(200, "text/html", "<html>"),
		"https://op.example/.well-known/openid-configuration/t/one":                             respond(200, "", `{"issuer":"https://op.example/token"}`),
	}
	f := &Finder{transport: fake(func(r transport.Request) (*transport.Response, error) { return answers[r.URL], nil })}
	for range 2 { // the second time WebFinger's answer comes from memory, and is told all the same
		found, _, err := f.Discover(t.Context(), DiscoverRequest{Input: "joe@example.com"})
		e := failure(t, err, IssuerMismatch, "")
		want := &Error{
			Kind: IssuerMismatch, Input: "joe@example.com", Named: "https://op.example/token", Asked: "https://op.example/t/one", Fetched: true,
			Reason: `the document says that its issuer is "https://op.example/token", and "https://op.example/t/one" was expected; they are compared byte for byte`,
			Steps: []Step{
				{
					URL:    "https://example.com/.well-known/webfinger?resource=acct%3Ajoe%40example.com&rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer",
					Answer: `200 OK with a WebFinger document, issuer "https://op.example/t/one"`,
				},
				{URL: "https://op.example/t/one/.well-known/openid-configuration", Answer: "404 Not Found"},
				{URL: "https://op.example/.well-known/oauth-authorization-server/t/one", Answer: "200 OK with an HTML page"},
				{URL: "https://op.example/.well-known/openid-configuration/t/one", Answer: `200 OK with a metadata document, issuer "https://op.example/token"`},
			},
		}
		if d := cmp.Diff(want, e); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		if found == nil || found.Issuer != "https://op.example/t/one" {
			t.Errorf("what WebFinger found is lost: %+v", found)
		}
	}
	found, metadata, err := f.Discover(t.Context(), DiscoverRequest{Input: "joe@example.com", Metadata: func(issuer string) MetadataRequest {
		return MetadataRequest{Issuer: issuer, ExpectedIssuer: "https://op.example/token"}
	}})
	if err != nil || found.Issuer != "https://op.example/t/one" || metadata.Issuer != "https://op.example/token" {
		t.Errorf("with expected_issuer: %+v, %+v, %v", found, metadata, err)
	}
	if _, _, err := f.Discover(t.Context(), DiscoverRequest{Input: "=joe"}); err == nil {
		t.Error("an XRI was looked up")
	}
}

// Foreign text in an error is on one line and bounded.
func TestErrorBoundsForeignText(t *testing.T) {
	long := "https://op.example/" + strings.Repeat("a", 10000)
	for _, href := range []string{long + "?", "https://op.example/\n\x1b[31mhunter\u202e"} {
		f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) {
			return respond(200, "", strings.ReplaceAll(jrd(href), `\x1b`, `\u001b`)), nil
		})}
		_, err := f.WebFinger(t.Context(), "joe@example.com", nil)
		e := failure(t, err, BadLink, "is no issuer")
		if text := told(e); len(text) > 3000 || strings.ContainsAny(text, "\x1b\u202e\n") {
			t.Errorf("%d bytes:\n%q", len(text), text)
		}
		if len(e.Steps) != 1 {
			t.Errorf("steps %v", e.Steps)
		}
	}
}
