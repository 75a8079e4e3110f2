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
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

const exampleClient = "s6BhdRkqt3"

// badlyJoined is a client that is named as if a sentence began there, an empty paragraph, a doubled full stop, or a heading without a way.
var badlyJoined = regexp.MustCompile(`[a-z] Client [^ ]|\n\n\n|\.\.(?:\s|$)|To fix this:\n(?:[^-]|$)|To fix this:$`)

// configurationDiagnostics has each function that makes a diagnostic of its own, with example values.
func configurationDiagnostics() map[string][]diag.Diagnostic {
	one := func(d ...diag.Diagnostic) []diag.Diagnostic { return d }
	at := path.Root("registration_endpoint")
	unlisted := metadata.CheckSupported(metadata.Document{"id_token_signed_response_alg": "ES256"}, metadata.Document{"id_token_signing_alg_values_supported": []any{"RS256"}})[0]
	expires := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return map[string][]diag.Diagnostic{
		"unusableTemplate": one(unusableTemplate(path.Root("client_configuration_uri_template"), authserver.ErrNoClientID),
			unusableTemplate(path.Root("client_configuration_uri_template"), authserver.CheckTemplate("{tenant}/canary/{client_id}")),
			unusableTemplate(path.Root("client_configuration_uri_template"), authserver.CheckTemplate("canary/{client_id}")),
			unusableTemplate(path.Root("client_configuration_uri_template"), authserver.CheckTemplate("{registration_endpoint}#{client_id}")),
			unusableTemplate(path.Root("client_configuration_uri_template"), authserver.CheckTemplate("{registration_endpoint} {client_id}"))),
		"readOnly":                one(readOnly(attrClientSecret, true), readOnly(attrClientID, true)),
		"notListed":               one(notListed(unlisted, []string{unlisted.Member}), notListed(unlisted, []string{unlisted.Member, "grant_types"})),
		"certificatesNotVerified": one(certificatesNotVerified()),
		"plainHTTPAllowed":        one(plainHTTPAllowed()),
		"unusableURL": one(unusableURL(at, "https://", &transport.Error{Kind: transport.BadURL, URL: "https://canary", Err: errors.New("it has no host")}),
			unusableURL(at, "login.example.com/register", transport.CheckURL("login.example.com/register", false))),
		"documentForEndpoint": one(documentForEndpoint("https://as.example.com/tenant")),
		"missingSetting": one(missingSetting("basic_auth", "username", "HTTP Basic needs a user name.", authserver.EnvUsername),
			missingSetting("client_credentials", "client_id", "The client credentials grant needs a client.", "")),
		"unusableCredential":  one(unusableCredential(path.Root("client_credentials").AtName("private_key"), errors.New("the private key is neither PEM nor a JWK"))),
		"unusableToken":       one(unusableToken(path.Root("initial_access_token"), transport.CheckToken(secret.New("canary\n"))), unusableToken(path.Root("initial_access_token"), transport.CheckToken(secret.New("Bearer canary")))),
		"unusableHeaderName":  one(unusableHeaderName("X Api Key:", transport.CheckHeader("X Api Key:", secret.New("canary"))), unusableHeaderName("Authorization Bearer canary", transport.CheckHeader("Authorization Bearer canary", secret.String{})), unusableHeaderName("Host", transport.CheckHeader("Host", secret.New("canary")))),
		"headerTwice":         one(headerTwice("x-api-key", "X-Api-Key")),
		"unusableHeaderValue": one(unusableHeaderValue("X-Api-Key", transport.CheckHeader("X-Api-Key", secret.New("canary\n")))),
		"unusableCertificate": one(unusableCertificate(path.Root("ca_certificate_file"), transport.CheckCACertificates([]byte("canary"))),
			unusableCertificate(path.Root("client_key"), fmt.Errorf("%w: it is encrypted", transport.ErrClientKey)), unusableCertificate(path.Root("client_certificate"), transport.ErrNotItsKey)),
		"setByEnvironment": one(setByEnvironment(malformedDuration(path.Root("request_timeout"), "canary"), []authserver.Variable{authserver.EnvRequestTimeout}),
			setByEnvironment(lifecycleProblem(outcome.Problem{Kind: outcome.UnusableConnection, Err: fmt.Errorf("%w: its scheme is \"ftp\"", transport.ErrProxyURL)})[0], []authserver.Variable{authserver.EnvProxy, authserver.EnvCA})),
		"unreadableFile": one(unreadableFile(path.Root("ca_certificate_file"), &fs.PathError{Op: "open", Path: "canary", Err: fs.ErrNotExist})),
		"noPath":         one(noPath(path.Root("token_journal").AtName("path"))),
		"variablesNotUsed": one(variablesNotUsed([]string{"initial_access_token"}, []string{"OIDC_INITIAL_ACCESS_TOKEN"}),
			variablesNotUsed([]string{"ca_certificate", "initial_access_token"}, []string{"OIDC_CA_CERTIFICATE", "OIDC_INITIAL_ACCESS_TOKEN"})),
		"unusableEntry": one(unusableEntryToken(2, transport.CheckToken(secret.New("canary\n")))), "unusableEntryToken": one(unusableEntryToken(1, transport.CheckToken(secret.New("Bearer canary")))),
		"notTogetherAt":     one(notTogetherAt(path.Root("ca_certificate"), "ca_certificate", "ca_certificate_file")),
		"emptyFile":         one(emptyFile(path.Root("ca_certificate_file"))),
		"emptyKey":          one(emptyKey(path.Root("token_journal"), "token_journal.age_identity")),
		"malformedTokens":   one(malformedTokens("It is JSON, but no object.")),
		"malformedVariable": one(malformedVariable("request_timeout", "OIDC_REQUEST_TIMEOUT", "a positive duration such as 30s")),
		"malformedDuration": one(malformedDuration(path.Root("request_timeout"), "canary"), malformedDuration(path.Root("renew_secret_before"), "30d")),
		"valueNotAllowed": one(valueNotAllowed(path.Root("management"), `"auto", "none", "provider_credentials" or "registration_access_token"`),
			valueNotAllowed(path.Root("management"), `one of auto, none`, choiceWays(path.Root("management"), "Auto ", []string{"auto", "none"})...),
			valueNotAllowed(path.Root("proxy_url"), "the URL of an HTTP or SOCKS5 proxy", proxyWays(path.Root("proxy_url"), "canary")...)),
		"severalServers": one(severalServers()), "severalCredentials": one(severalCredentials()),
		"unknownParameters": one(unknownParameters(nil), unknownParameters([]string{"client_name", "scope"})),
		"notTogether":       one(notTogether("client_name", "client_id")), "noClientNamed": one(noClientNamed()), "noClientID": one(noClientID()), "noClientURI": one(noClientURI()), "unreadable": one(unreadable("State", errors.New("unexpected end"))),
		"stateUnreadable":  one(stateUnreadable()),
		"recordUnreadable": one(recordUnreadable(reconcile.ErrNewerRecord), recordUnreadable(errors.New("it is damaged"))),
		"recordUnwritable": one(recordUnwritable(errors.New("it cannot be encoded"))), "malformedImport": one(malformedImport(errors.New("the object is unknown"))),
		"updateReplacesSecret":       one(updateReplacesSecret(exampleClient)),
		"newSecretUnkept":            one(newSecretUnkept(exampleClient, false, true), newSecretUnkept(exampleClient, false, false), newSecretUnkept(exampleClient, true, true), newSecretUnkept(exampleClient, true, false)),
		"secretNotBack":              one(secretNotBack(exampleClient)),
		"templateNotUsed":            one(templateNotUsed(exampleClient)),
		"managementMayNeedNewClient": one(managementMayNeedNewClient(exampleClient)), "strictMayNeedNewClient": one(strictMayNeedNewClient(exampleClient)), "missingMayNeedNewClient": one(missingMayNeedNewClient(exampleClient)),
		"bySecret": forSecrets(expires), "renewsForEver": one(renewsForEver(90 * time.Minute)),
		"secretExpires": one(secretExpires(exampleClient, expires, false, soon), secretExpires(exampleClient, expires, true, soon), secretExpires(exampleClient, expires, true, -soon)),
		"notAnIssuer": one(notAnIssuer(attrIssuer, &discovery.IssuerProblem{Reason: "it is empty"}),
			notAnIssuer(attrIssuer, &discovery.IssuerProblem{Reason: "it is the address of a metadata document", Corrected: "https://as.example.com"})),
		"notShownProblem": one(notShownProblem(exampleClient, []*malformed{{"x_limit", errors.New("a number is too large or too small for an attribute")}}, func(string) bool { return true })),
		"malformedProblem": one(malformedProblem(&malformed{"extension_metadata", errors.New("an object is needed, such as { ext_owner = \"team-a\" }")}),
			malformedProblem(&notExtension{metadata.Problem{Member: "client_id", Index: -1, Summary: "Assigned by the server", Detail: "client_id is assigned by the server. Remove it."}}),
			malformedProblem(errors.New("redirect_uris: a value of type tftypes.Tuple has no JSON form"))),
		"metadataProblem": one(metadataProblem(metadata.Problem{Member: "client_name", Tag: "ja", Index: -1, Summary: "Empty string", Detail: "client_name#ja is \"\", which cannot be registered."}),
			metadataProblem(metadata.Problem{Member: "scope", Index: -1, Summary: "Invalid scope", Detail: "scope has a comma.", Warning: true})),
	}
}

// forSecrets is each warning of a secret that needs another client, for each reason.
func forSecrets(expires time.Time) (diags diag.Diagnostics) {
	for _, by := range []bySecret{{}, {noUpdates: true, stays: true}, {noneManaged: true, noUpdates: true, stays: true}, {neverSent: true, noUpdates: true, stays: true}} {
		by.clientID = exampleClient
		diags.Append(by.byRotation(true), by.byRotation(false), by.byRenewal(expires), by.byRenewalSoon(expires), by.byUnknownRenewal(expires))
	}
	return diags
}

// Every diagnostic about a configuration can be read through in one file. None prints a value of the configuration.
func TestConfigurationDiagnosticsReadWell(t *testing.T) {
	var b strings.Builder
	all := configurationDiagnostics()
	for _, file := range []string{"words_config.go", "words_renewal.go", "client_support.go", "diagnostics.go"} {
		for _, name := range makers(t, file) {
			if len(all[name]) == 0 {
				t.Errorf("%s makes a diagnostic that the golden file does not have", name)
			}
		}
	}
	maps.Copy(all, valueDiagnostics())
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
	golden.Holds(t, "testdata/diagnostics_configuration.txt", b.String())
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
