// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// configurationDiagnostics has each function that makes a diagnostic of its own, with example values.
func configurationDiagnostics() map[string][]diag.Diagnostic {
	one := func(d ...diag.Diagnostic) []diag.Diagnostic { return d }
	at := path.Root("registration_endpoint")
	expires := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return map[string][]diag.Diagnostic{
		"templateWithoutClientID": one(templateWithoutClientID(path.Root("client_configuration_uri_template"))),
		"certificatesNotVerified": one(certificatesNotVerified()),
		"plainHTTPAllowed":        one(plainHTTPAllowed()),
		"unusableURL":             one(unusableURL(at, &transport.Error{Kind: transport.BadURL, URL: "https://canary", Err: errors.New("it has no host")})),
		"missingSetting": one(missingSetting("basic_auth", "username", "HTTP Basic needs a user name.", authserver.EnvUsername),
			missingSetting("client_credentials", "client_id", "The client credentials grant needs a client.", "")),
		"unreadableFile":    one(unreadableFile(path.Root("ca_certificate_file"), &fs.PathError{Op: "open", Path: "canary", Err: fs.ErrNotExist})),
		"malformedVariable": one(malformedVariable("request_timeout", "OIDC_REQUEST_TIMEOUT", "a positive duration such as 30s")),
		"malformedDuration": one(malformedDuration(path.Root("request_timeout"))),
		"valueNotAllowed":   one(valueNotAllowed(path.Root("management"), `"auto", "none", "provider_credentials" or "registration_access_token"`)),
		"severalServers":    one(severalServers()), "severalCredentials": one(severalCredentials()),
		"unknownParameters": one(unknownParameters(nil), unknownParameters([]string{"client_name", "scope"})),
		"notTogether":       one(notTogether("client_name", "client_id")), "noClientNamed": one(noClientNamed()), "unreadable": one(unreadable("State", errors.New("unexpected end"))),
		"stateUnreadable":  one(stateUnreadable()),
		"recordUnreadable": one(recordUnreadable(errors.New("the private state was written by a newer version of the provider"))),
		"recordUnwritable": one(recordUnwritable(errors.New("it cannot be encoded"))), "malformedImport": one(malformedImport(errors.New("the object is unknown"))),
		"secretNotBack":        one(secretNotBack(exampleClient)),
		"secretNeedsNewClient": one(secretNeedsNewClient()), "renewalNeedsNewClient": one(renewalNeedsNewClient(expires)),
		"secretExpires": one(secretExpires(exampleClient, expires, false), secretExpires(exampleClient, expires, true)),
		"notAnIssuer": one(notAnIssuer(&discovery.IssuerProblem{Reason: "it is empty"}),
			notAnIssuer(&discovery.IssuerProblem{Reason: "it is the address of a metadata document", Corrected: "https://as.example.com"})),
		"notShownProblem": one(notShownProblem(exampleClient, errors.New("redirect_uris is no list of strings"))),
		"malformedProblem": one(malformedProblem(&malformed{"extension_metadata", errors.New("an object is needed, such as { ext_owner = \"team-a\" }")}),
			malformedProblem(&notExtension{metadata.Problem{Member: "client_id", Index: -1, Summary: "Assigned by the server", Detail: "client_id is assigned by the server. Remove it."}}),
			malformedProblem(errors.New("a value cannot be converted"))),
		"metadataProblem": one(metadataProblem(metadata.Problem{Member: "client_name", Tag: "ja", Index: -1, Summary: "Empty string", Detail: "client_name#ja is \"\", which cannot be registered."}),
			metadataProblem(metadata.Problem{Member: "scope", Index: -1, Summary: "Invalid scope", Detail: "scope has a comma.", Warning: true})),
	}
}

// refusals has an answer for each cause.
func refusals() map[dcr.Cause]*dcr.Error {
	of := func(o dcr.Operation, status int, code, description string) *dcr.Error {
		return &dcr.Error{Operation: o, Endpoint: exampleEndpoint, Status: status, Code: code, Description: description}
	}
	inJSON := func(e *dcr.Error) *dcr.Error { e.Body = dcr.JSONBody; return e }
	redirect := of(dcr.Register, 302, "", "")
	redirect.Redirected, redirect.Target = true, "https://login.example.com/register"
	return map[dcr.Cause]*dcr.Error{
		dcr.UnknownCause: of(dcr.Read, 418, "", ""), dcr.NoAnswer: of(dcr.Register, 0, "", ""), dcr.Redirected: redirect,
		dcr.NotARegistration: of(dcr.Register, 200, "", ""), dcr.CredentialRefused: of(dcr.Register, 401, "invalid_token", ""),
		dcr.PolicyRefuses: of(dcr.Register, 403, "", "the host is not allowed"), dcr.OperationForbidden: of(dcr.Update, 403, "", ""),
		dcr.OperationMissing: of(dcr.Update, 405, "", ""), dcr.RedirectURIRefused: of(dcr.Register, 400, "invalid_redirect_uri", ""),
		dcr.SoftwareStatementRefused: of(dcr.Register, 400, "invalid_software_statement", ""),
		dcr.MetadataRefused:          of(dcr.Register, 400, "invalid_client_metadata", "contacts is not supported"),
		dcr.MetadataRefusedSilently:  of(dcr.Register, 400, "", ""), dcr.RequestRefused: of(dcr.Read, 422, "", ""),
		dcr.NoEndpoint: of(dcr.Register, 404, "", ""), dcr.NoClient: inJSON(of(dcr.Read, 404, "", "")), dcr.NoRoute: of(dcr.Read, 404, "", ""),
		dcr.RateLimited: of(dcr.Register, 429, "", ""), dcr.ServerFailed: of(dcr.Register, 500, "", ""),
	}
}

// Every diagnostic about a configuration, and every hint at what an answer or its absence means, can be read through in one file. None
// prints a value of the configuration.
func TestConfigurationDiagnosticsReadWell(t *testing.T) {
	var b strings.Builder
	all := configurationDiagnostics()
	for _, file := range []string{"words_config.go", "diagnostics.go"} {
		for _, name := range makers(t, file) {
			if len(all[name]) == 0 {
				t.Errorf("%s makes a diagnostic that the golden file does not have", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, d := range all[name] {
			where := ""
			if at, ok := d.(diag.DiagnosticWithPath); ok {
				where = " at " + at.Path().String()
			}
			fmt.Fprintf(&b, "======== %s%s\n%s\n\n%s\n\n", strings.ToLower(d.Severity().String()), where, d.Summary(), d.Detail())
			if strings.HasSuffix(d.Summary(), ".") || strings.Contains(d.Summary(), exampleClient) || len(d.Summary()) > 80 || badlyJoined.MatchString(d.Detail()) {
				t.Errorf("%s: %q\n%s", name, d.Summary(), d.Detail())
			}
			if strings.Contains(d.Summary()+d.Detail(), "canary") {
				t.Errorf("%s prints a value of the configuration: %s", name, d.Detail())
			}
		}
	}
	hint := func(title string, err error) {
		means, ways := wording.Cause(err)
		fmt.Fprintf(&b, "======== hint: %s\n%s\n\n", title, wording.Paragraphs(means, wording.Fixes(ways)))
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
		hint("no answer, "+name, &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Kind(i + 1), Err: errors.New("x")}})
	}
	hint("no credential for a client", &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Authorization, Err: errors.New("x")}})
	for i := range enumeration(t, "../discovery/errors.go", "BadResource") {
		m := wording.DiscoveryWords(&discovery.Error{
			Kind: discovery.Kind(i), Input: "https://as.example.com", Reason: "the reason is told here", Named: "https://named.example.com", Asked: "https://as.example.com",
			Steps: []discovery.Step{{URL: "https://as.example.com/.well-known/openid-configuration", With: "HTTP Basic", Answer: "401 Unauthorized"}}[:min(i, 1)],
		})
		fmt.Fprintf(&b, "======== search for a server\n%s\n\n%s\n\n", m.Summary, m.Detail())
	}
	const file = "testdata/diagnostics_configuration.txt"
	holdsGolden(t, file, b.String())
}

// makers are the functions of a file that return one diagnostic, with words of their own.
func makers(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || f.Type.Results == nil || len(f.Type.Results.List) != 1 {
			continue
		}
		if n := f.Type.Params.NumFields(); n > 0 {
			last := f.Type.Params.List[len(f.Type.Params.List)-1]
			if given, ok := last.Type.(*ast.SelectorExpr); ok && given.Sel.Name == "Message" {
				continue
			}
		}
		if result, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr); ok && result.Sel.Name == "Diagnostic" {
			names = append(names, f.Name.Name)
		}
	}
	return names
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
