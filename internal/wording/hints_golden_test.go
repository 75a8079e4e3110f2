// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// refusals has an answer for each cause.
func refusals() map[dcr.Cause]*dcr.Error {
	of := func(o dcr.Operation, status int, code, description string) *dcr.Error {
		return &dcr.Error{Operation: o, Endpoint: exampleEndpoint, Status: status, Code: code, Description: description}
	}
	inJSON := func(e *dcr.Error) *dcr.Error { e.Body = dcr.JSONBody; return e }
	named := of(dcr.Register, 400, "invalid_client_metadata", "contacts is not supported")
	named.Members = []dcr.MemberFinding{{Member: "contacts", Index: -1, Text: named.Description}}
	redirect := of(dcr.Register, 302, "", "")
	redirect.Redirected, redirect.Target = true, "https://login.example.com/register"
	return map[dcr.Cause]*dcr.Error{
		dcr.UnknownCause: of(dcr.Read, 418, "", ""), dcr.NoAnswer: of(dcr.Register, 0, "", ""), dcr.Redirected: redirect,
		dcr.NotARegistration: of(dcr.Register, 200, "", ""), dcr.CredentialRefused: of(dcr.Register, 401, "invalid_token", ""),
		dcr.PolicyRefuses: of(dcr.Register, 403, "", "the host is not allowed"), dcr.OperationForbidden: of(dcr.Update, 403, "", ""),
		dcr.OperationMissing: of(dcr.Update, 405, "", ""), dcr.RedirectURIRefused: of(dcr.Register, 400, "invalid_redirect_uri", ""),
		dcr.SoftwareStatementRefused: of(dcr.Register, 400, "invalid_software_statement", ""),
		dcr.MetadataRefused:          named,
		dcr.MetadataRefusedSilently:  of(dcr.Register, 400, "", ""), dcr.RequestRefused: of(dcr.Read, 422, "", ""),
		dcr.NoEndpoint: of(dcr.Register, 404, "", ""), dcr.NoClient: inJSON(of(dcr.Read, 404, "", "")), dcr.NoRoute: of(dcr.Read, 404, "", ""),
		dcr.RateLimited: of(dcr.Register, 429, "", ""), dcr.ServerFailed: of(dcr.Register, 500, "", ""),
	}
}

var exampleUntil = time.Date(2026, 11, 29, 9, 6, 0, 0, time.UTC)

// moreRefusals has answers of which the cause is worded in more than one way.
func moreRefusals() map[string]*dcr.Error {
	failed := func(o dcr.Operation, te *transport.Error) *dcr.Error {
		return &dcr.Error{Operation: o, Endpoint: exampleEndpoint, Err: te}
	}
	return map[string]*dcr.Error{
		"CredentialRefused, which asks for Basic":   {Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 401, AsksBasic: true},
		"RateLimited, with a time":                  {Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 429, Until: exampleUntil},
		"ServerFailed, with a time":                 {Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 503, Until: exampleUntil},
		"OperationMissing, at a registration":       {Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 405},
		"UnknownCause, of the type of what is sent": {Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 415},
		"NoClient, at an update":                    {Operation: dcr.Update, Endpoint: exampleEndpoint, Status: 410, Body: dcr.JSONBody},
		"no answer, TooLarge, of a client":          failed(dcr.Read, &transport.Error{Kind: transport.TooLarge}),
		"no answer, behind a redirect":              failed(dcr.Read, &transport.Error{Kind: transport.Unreachable, URL: exampleEndpoint, RedirectedTo: "https://login.example.com/", Err: errors.New("refused")}),
		"no answer, TLS, of plain http":             failed(dcr.Register, &transport.Error{Kind: transport.TLS, Err: errors.New("http: server gave HTTP response to HTTPS client")}),
		"no answer, ProxyRefused, 407":              failed(dcr.Register, &transport.Error{Kind: transport.ProxyRefused, Status: 407, Proxy: "http://proxy.example.com:8080"}),
		"no answer, ProxyRefused, 407 of nobody":    failed(dcr.Register, &transport.Error{Kind: transport.ProxyRefused, Status: 407}),
	}
}

// tokenErrors has what a token endpoint may do instead of issuing a token, each for words of its own.
func tokenErrors() map[string]*transport.TokenError {
	of := func(status int, code string, err error) *transport.TokenError {
		return &transport.TokenError{URL: "https://op.example.net/token", Status: status, Code: code, Err: err}
	}
	limited, typed := of(429, "", nil), of(200, "", nil)
	limited.Until, typed.TokenType = exampleUntil, "mac"
	asserted, byIssuer := of(401, "invalid_client", nil), of(401, "invalid_client", nil)
	asserted.Audiences[0], byIssuer.Audiences = asserted.URL, [2]string{byIssuer.URL, "https://op.example.net"}
	redirect := func(target string) error {
		return &transport.Error{Kind: transport.Redirect, Target: target, Status: 302}
	}
	return map[string]*transport.TokenError{
		"invalid_client": of(401, "invalid_client", nil), "invalid_scope": of(400, "invalid_scope", nil), "unauthorized_client": of(400, "unauthorized_client", nil), "unauthorized_client, 401": of(401, "unauthorized_client", nil),
		"unsupported_grant_type": of(400, "unsupported_grant_type", nil), "invalid_request": of(400, "invalid_request", nil),
		"a page": of(200, "", nil), "no endpoint": of(404, "", nil), "failed": of(500, "", nil), "too many": of(429, "", nil), "too many, with a time": limited,
		"invalid_client, of an assertion": asserted, "invalid_client, of two assertions": byIssuer,
		"another type": typed, "odd token": of(200, "", errors.New("the bearer token holds a space")),
		"redirect": of(302, "", redirect("https://login.example.com/token")), "redirect to http": of(302, "", redirect("http://op.example.net/token")), "redirect to nowhere": of(302, "", redirect("")),
		"not reached":  of(0, "", &transport.Error{Kind: transport.Unreachable, Err: errors.New("connection refused")}),
		"asks to wait": {URL: "https://op.example.net/token", Until: exampleUntil, Err: &transport.Error{Kind: transport.RateLimited, Until: exampleUntil}},
	}
}

func noAccessToken(o dcr.Operation, e *transport.TokenError) *dcr.Error {
	return &dcr.Error{Operation: o, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Authorization, Err: e}}
}

// Each failure of a token endpoint is told as its own, with its address, whatever was to be done; no message speaks of a registration access token.
func TestTokenEndpointFailuresReadWell(t *testing.T) {
	for name, failed := range tokenErrors() {
		for _, kind := range []outcome.Kind{outcome.NotRegistered, outcome.NotReached, outcome.NotUpdated, outcome.NotDeregistered, outcome.FoundNotRead, outcome.NotSearched, outcome.SecretNotFetched} {
			o := map[outcome.Kind]dcr.Operation{outcome.NotRegistered: dcr.Register, outcome.NotUpdated: dcr.Update, outcome.NotDeregistered: dcr.Delete, outcome.NotSearched: dcr.List}[kind]
			p := outcome.Problem{Kind: kind, ClientID: exampleClient, ByProvider: true, Err: noAccessToken(cmp.Or(o, dcr.Read), failed)}
			m := Of(p)
			for _, want := range []string{"POST https://op.example.net/token: ", "access token of the token endpoint https://op.example.net/token"} {
				if !strings.Contains(m.Detail(), want) {
					t.Errorf("%s, %s: %q is not in\n%s", name, kind, want, m.Detail())
				}
			}
			if len(m.Fix) == 0 || strings.Contains(m.Detail(), "registration access token") || strings.Contains(m.Detail(), "basic_auth or client_credentials on the provider") {
				t.Errorf("%s, %s: %s", name, kind, m.Detail())
			}
		}
	}
}

// Where a part of an address is not shown, no line sets it.
func TestRedirectThatIsCutIsNotProposed(t *testing.T) {
	for _, part := range []string{"aaa…", "[redacted]", "[redacted]/aaa"} {
		cut := "https://op.example.net/clients/" + exampleClient + "/" + part
		for name, err := range map[string]error{
			"registration": &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 308, Redirected: true, Target: cut},
			"update":       &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint, Status: 308, Redirected: true, Target: cut},
			"token":        noAccessToken(dcr.Read, &transport.TokenError{URL: "https://op.example.net/token", Status: 302, Err: &transport.Error{Kind: transport.Redirect, Target: cut, Status: 302}}),
		} {
			_, ways := hintsOf(outcome.Problem{Kind: outcome.NotUpdated, ClientID: exampleClient, Err: err})
			for _, f := range ways {
				if lines := strings.Join(f.copied(), "\n"); strings.Contains(lines, "…") || strings.Contains(lines, "[redacted]") || f.Way == "client_configuration_uri_template" {
					t.Errorf("%s: %q", name, f.Text)
				}
			}
		}
	}
}

// Every hint at what an answer or its absence means, and every failed search for a server, can be read through in one file.
func TestHintsReadWell(t *testing.T) {
	var b strings.Builder
	hint := func(title string, err error) {
		means, ways := causeOf(err)
		fmt.Fprintf(&b, "======== hint: %s\n%s\n\n", title, Paragraphs(means, fixes(ways)))
	}
	answers := refusals()
	for i, name := range enumeration(t, "../dcr/cause.go", "UnknownCause") {
		e := answers[dcr.Cause(i)]
		if e == nil || e.Cause() != dcr.Cause(i) {
			t.Errorf("the answer for %s is taken for another cause: %v", name, e)
			continue
		}
		hint(name, e)
	}
	for i, name := range enumeration(t, "../transport/errors.go", "BadURL") {
		hint("no answer, "+name, &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Kind(i + 1), Err: errors.New("x"), Until: exampleUntil}})
	}
	more := moreRefusals()
	for _, name := range slices.Sorted(maps.Keys(more)) {
		hint(name, more[name])
	}
	failures := tokenErrors()
	for _, name := range slices.Sorted(maps.Keys(failures)) {
		e := noAccessToken(dcr.Read, failures[name])
		fmt.Fprintf(&b, "======== token endpoint: %s\n%s\n\n", name, accountOf(e).block())
		hint("token endpoint: "+name, e)
	}
	hint("no answer, the operation's time", &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Timeout, Err: transport.ErrOperationTimeout}})
	hint("no credential for a client", &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Authorization, Err: errors.New("x")}})
	for i := range enumeration(t, "../discovery/errors.go", "BadResource") {
		m := discoveryWords(&discovery.Error{
			Kind: discovery.Kind(i), Input: "https://op.example.net", Reason: "the reason is told here", Named: "https://named.example.com", Asked: "https://op.example.net",
			Steps: []discovery.Step{{URL: "https://op.example.net/.well-known/openid-configuration", With: "HTTP Basic", Answer: "401 Unauthorized"}}[:min(i, 1)],
		})
		fmt.Fprintf(&b, "======== search for a server\n%s\n\n%s\n\n", m.Summary, m.Detail())
	}
	m := discoveryWords(&discovery.Error{Kind: discovery.Unavailable, Input: "https://op.example.net", Reason: "the server answered 429 Too Many Requests", Until: exampleUntil})
	fmt.Fprintf(&b, "======== search for a server, with a time\n%s\n\n%s\n\n", m.Summary, m.Detail())
	golden.Holds(t, "testdata/hints.txt", b.String())
}

// enumeration are the names of the constants of an enumeration, from the first on.
func enumeration(t *testing.T, file, first string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		if spec, ok := group.Specs[0].(*ast.ValueSpec); !ok || spec.Names[0].Name != first {
			continue
		}
		for _, s := range group.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				names = append(names, name.Name)
			}
		}
	}
	if len(names) < 5 {
		t.Fatalf("%s has no enumeration that begins with %s", file, first)
	}
	return names
}
