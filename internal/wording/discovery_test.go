// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
)

// The whole chain as a person reads it: what was typed, why it failed, what was asked where and what came back, what to set instead.
func TestDiscoveryTellsTheChain(t *testing.T) {
	m := discoveryWords(&discovery.Error{
		Kind: discovery.IssuerMismatch, Input: "joe@example.com", Reason: "the document says another issuer", Named: "https://op.example/tökén", Asked: "https://op.example",
		Steps: []discovery.Step{
			{URL: "https://example.com/.well-known/webfinger", With: "HTTP Basic", Answer: "200 OK with a WebFinger document"},
			{URL: "https://op.example/.well-known/openid-configuration", Answer: "200 OK with a metadata document"},
		},
	})
	const want = `The metadata document names another issuer

For "joe@example.com": the document says another issuer.

Server said:
  GET https://example.com/.well-known/webfinger with HTTP Basic: 200 OK with a WebFinger document
  GET https://op.example/.well-known/openid-configuration: 200 OK with a metadata document

Metadata that names another issuer is not used (RFC 8414 §3.3).

To fix this:
- Ask the server's operator what its issuer is, and set issuer to exactly that.
- If the operator says that the server at "https://op.example" speaks for the other issuer, and its document is found there only, set both on the provider, in place of webfinger_resource:
    issuer          = "https://op.example"
    expected_issuer = "https://op.example/t\u00F6k\u00E9n"`
	if d := cmp.Diff(want, m.Summary+"\n\n"+m.Detail()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A server that was not reached has said nothing; one that answered the first of two requests has.
func TestDiscoveryTellsThatNoAnswerCame(t *testing.T) {
	answered := discovery.Step{URL: "https://example.com/.well-known/webfinger", Answer: "200 OK with a WebFinger document"}
	unanswered := discovery.Step{URL: "https://op.example/.well-known/openid-configuration", Answer: "the server could not be reached", Unanswered: true}
	for want, steps := range map[string][]discovery.Step{
		"No answer came:\n  GET https://op.example/.well-known/openid-configuration: the server could not be reached":                                                                                 {unanswered},
		"Server said:\n  GET https://example.com/.well-known/webfinger: 200 OK with a WebFinger document\n  GET https://op.example/.well-known/openid-configuration: the server could not be reached": {answered, unanswered},
	} {
		if said := discoveryWords(&discovery.Error{Kind: discovery.Unavailable, Input: "https://op.example", Reason: "x", Steps: steps}).Said; said != want {
			t.Errorf("got:\n%s\nwant:\n%s", said, want)
		}
	}
}

// Each kind of failure has a summary and says which attribute to set instead; no two kinds say the same.
func TestDiscoveryAdvice(t *testing.T) {
	attributes := map[discovery.Kind][]string{
		discovery.BadResource: {"webfinger_resource", "issuer", "registration_endpoint"}, discovery.BadIssuer: {"issuer", "registration_endpoint"},
		discovery.DocumentAddress: {`issuer = "https://named.example"`}, discovery.BadAddress: {"issuer", "allow_insecure_http"},
		discovery.NoIssuer: {"issuer", "registration_endpoint"}, discovery.BadLink: {"issuer", "registration_endpoint"}, discovery.NoDocument: {"issuer", "registration_endpoint"},
		discovery.CredentialsNeeded: {"basic_auth", "set issuer", "registration_endpoint"}, discovery.CredentialsRefused: {"basic_auth", "set issuer", "registration_endpoint"},
		discovery.CredentialsElsewhere: {"issuer", "registration_endpoint"}, discovery.IssuerMismatch: {"set issuer", "expected_issuer"},
		discovery.Unavailable: {"ca_certificate_file", "client_certificate_file", "proxy_url", "http://localhost:8080"}, discovery.TimedOut: {"timeouts"}, discovery.Canceled: {"again"},
	}
	seen := map[string]discovery.Kind{}
	for kind := discovery.BadResource; kind <= discovery.Canceled; kind++ {
		e := &discovery.Error{Kind: kind, Input: "x", Reason: "y", Named: "https://named.example", Asked: "https://asked.example", PlainHTTP: "http://localhost:8080"}
		advice := fixes(discoveryWords(e).Fix)
		if other, there := seen[advice]; there || discoverySummary(kind) == "" {
			t.Errorf("the kinds %d and %d have the advice %q", other, kind, advice)
		}
		seen[advice] = kind
		if len(attributes[kind]) == 0 {
			t.Errorf("nothing is expected of kind %d", kind)
		}
		for _, name := range attributes[kind] {
			if !strings.Contains(advice, name) {
				t.Errorf("the advice of kind %d does not name %s: %s", kind, name, advice)
			}
		}
	}
	if advice := fixes(discoveryWords(&discovery.Error{Kind: discovery.IssuerMismatch, Named: "https://named.example", Asked: "https://asked.example", Expected: true}).Fix); !strings.Contains(advice, `expected_issuer = "https://named.example"`) {
		t.Error(advice)
	}
	if advice := discoveryAdvice(&discovery.Error{Kind: discovery.Unavailable, Err: errors.New("x")}); strings.Contains(advice, "http://") {
		t.Error(advice)
	}
}

// An issuer that a document names is a line to copy only where it is the configured address in another writing. Any other may be an attacker's.
func TestIssuerToCopy(t *testing.T) {
	for _, test := range []struct {
		asked, named string
		same         bool
	}{
		{"https://op.example.net", "https://op.example.net/", true}, {"https://op.example.net/", "https://op.example.net", true},
		{"https://OP.example.net/a", "https://op.example.net/a", true}, {"https://op.example.net/a/", "https://Op.Example.net:443/a", true},
		{"http://localhost:80", "http://localhost", true},
		{"https://op.example.net", "http://op.example.net", false}, {"https://op.example.net", "https://op.example.net:8443", false},
		{"https://op.example.net/a", "https://op.example.net/A", false}, {"https://op.example.net/a", "https://op.example.net", false},
		{"https://op.example.net", "https://op.example.net@evil.example", false}, {"https://op.example.net", "https://op.example.net.evil.example", false},
		{"https://op.example.net", "https://\u0430s.example.com", false}, {"https://op.example.net", "https://op.example.net/\n", false},
		{"https://op.example.net", "https://op.example.net?", false}, {"https://op.example.net", "https://op.example.net#", false}, {"https://op.example.net", "", false},
	} {
		m := discoveryWords(&discovery.Error{Kind: discovery.IssuerMismatch, Input: test.asked, Named: test.named, Asked: test.asked})
		detail := m.Detail()
		if copied := strings.Contains(detail, "\n    issuer = "); copied != test.same {
			t.Errorf("%s for %s: a line to copy is %t\n%s", test.named, test.asked, copied, detail)
		}
		if asks := strings.Contains(detail, "Ask the server's operator"); asks == test.same {
			t.Errorf("%s for %s: the operator is to be asked: %t", test.named, test.asked, asks)
		}
	}
	if m := discoveryWords(&discovery.Error{Kind: discovery.IssuerMismatch, Named: "https://op.example.net/", Asked: "https://op.example.net", Steps: []discovery.Step{{URL: "https://example.com/.well-known/webfinger?resource=joe"}}}); !strings.Contains(m.Detail(), "in place of webfinger_resource:\n    issuer = \"https://op.example.net/\"") {
		t.Error(m.Detail())
	}
}
