// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package archtest holds the directions in which the packages of this module may import one another.
//
// The linter's depguard could say part of this, and was rejected: this needs no tool but Go, knows tests from other files,
// and fails for a package that nobody has given a place.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// place says what a package may import of this module. Its subpackages belong to it and may import one another.
type place struct {
	imports []string // by its files that are not tests
	tests   []string // by its tests, in addition
	// protocol marks what must work without Terraform: neither its files nor its tests import the plugin libraries.
	protocol bool
}

// protocolTests are for tests of the protocol packages: the server that they talk to, and the time that they go by.
var protocolTests = []string{"fakeop", "testclock", "golden"}

var places = map[string]place{
	// What is shipped. main → provider → lifecycle → authserver → {reconcile, dcr, discovery, journal} → {metadata, transport} → redact → secret → jsonvalue.
	"main": {imports: []string{"provider", "checkup", "authserver"}},
	"provider": {
		imports: []string{"lifecycle", "authserver", "outcome", "wording", "failpoint", "reconcile", "dcr", "discovery", "metadata", "transport", "secret", "jsonvalue", "loopback", "legible"},
		tests:   []string{"redact", "fakeop", "testclock", "golden", "tftest", "dev"},
	},
	"lifecycle":  {imports: []string{"authserver", "outcome", "failpoint", "reconcile", "dcr", "journal", "metadata", "transport", "redact", "secret", "origin"}, tests: protocolTests, protocol: true},
	"authserver": {imports: []string{"outcome", "failpoint", "reconcile", "dcr", "discovery", "journal", "jsonvalue", "metadata", "transport", "redact", "secret", "origin"}, tests: protocolTests, protocol: true},
	"wording":    {imports: []string{"authserver", "outcome", "reconcile", "dcr", "discovery", "journal", "metadata", "transport", "redact", "secret", "jsonvalue", "legible"}, tests: []string{"golden"}, protocol: true},
	"outcome":    {imports: []string{"reconcile", "dcr"}, protocol: true},
	"failpoint":  {protocol: true},
	"checkup":    {imports: []string{"lifecycle", "authserver", "outcome", "wording", "reconcile", "dcr", "metadata", "transport", "redact", "secret", "origin", "jsonvalue", "legible"}, tests: protocolTests, protocol: true},
	"reconcile":  {imports: []string{"metadata", "transport", "redact", "secret", "jsonvalue", "loopback", "origin"}, protocol: true},
	"dcr":        {imports: []string{"metadata", "transport", "redact", "secret", "jsonvalue", "loopback", "origin", "legible"}, tests: protocolTests, protocol: true},
	"discovery":  {imports: []string{"metadata", "transport", "redact", "secret", "jsonvalue", "loopback", "origin", "legible"}, tests: protocolTests, protocol: true},
	"journal":    {imports: []string{"metadata", "transport", "secret", "jsonvalue", "loopback", "origin"}, tests: []string{"golden"}, protocol: true},
	"metadata":   {imports: []string{"secret", "jsonvalue", "loopback", "origin"}, tests: []string{"golden", "redact"}, protocol: true},
	"transport":  {imports: []string{"redact", "secret", "jsonvalue", "loopback", "origin", "legible"}, tests: []string{"golden"}, protocol: true},
	"redact":     {imports: []string{"secret", "jsonvalue", "legible"}, protocol: true},
	"secret":     {imports: []string{"jsonvalue"}, protocol: true},
	"jsonvalue":  {protocol: true},
	"loopback":   {protocol: true},
	"origin":     {protocol: true},
	"legible":    {protocol: true},

	// What tests with. The test server shares no code with what it tests, or both could be wrong alike.
	"fakeop":    {protocol: true},
	"testclock": {protocol: true},
	"golden":    {protocol: true},
	"archtest":  {tests: []string{"dev"}},

	// What develops with. Nothing that is shipped may import these.
	"tftest": {imports: []string{"dev", "fakeop", "reconcile"}},
	// The tests by the CLI, which runs the executable that they build or a provider within the test.
	"acceptance": {tests: []string{"fakeop", "tftest", "testclock", "golden", "dev", "metadata", "authserver", "provider"}},
	"dev":        {imports: []string{"provider", "metadata", "fakeop", "tftest"}},
	// A contract server stands in for a product that no registry has: interop runs it beside the real ones.
	"interop": {imports: []string{"fakeop", "dev"}, tests: []string{"tftest", "provider", "checkup", "lifecycle", "authserver", "reconcile", "transport", "secret", "origin"}},
}

// terraform are the libraries that a protocol package must do without.
var terraform = []string{"github.com/hashicorp/terraform-plugin-", "github.com/hashicorp/terraform-exec", "github.com/hashicorp/terraform-json"}

// pkg is a package as `go list -json` shows it.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestImportDirections(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t) {
		name := placeOf(p.ImportPath)
		seen[name] = true
		for _, finding := range check(places, p) {
			t.Error(finding)
		}
	}
	// A rule for a package that was renamed would hold nothing.
	for _, name := range []string{"main", "provider", "lifecycle", "authserver", "outcome", "wording", "failpoint", "reconcile", "dcr", "discovery", "journal", "metadata", "transport", "redact", "secret", "jsonvalue", "loopback", "origin", "legible", "fakeop"} {
		if !seen[name] {
			t.Errorf("there is no package %s any more: what do its rules hold now?", name)
		}
	}
}

// list returns all packages of the module, with the files that only a build tag adds.
func list(t *testing.T) []pkg {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", "interop", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// placeOf is the key of an import path in places; "" for another module's package.
func placeOf(path string) string {
	rest, ours := strings.CutPrefix(path, tools.ModulePath)
	if !ours || rest != "" && rest[0] != '/' {
		return ""
	}
	if rest == "" {
		return "main"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(rest, "/internal/"), "/")
	return name
}

// check returns what is wrong with a package's imports.
func check(places map[string]place, p pkg) []string {
	name := placeOf(p.ImportPath)
	rule, ok := places[name]
	if !ok {
		return []string{fmt.Sprintf("%s has no place yet: say in internal/archtest what it may import", p.ImportPath)}
	}
	findings := imports(rule, rule.imports, name, "", p.Imports)
	allowed := append(slices.Clone(rule.imports), rule.tests...)
	return append(findings, imports(rule, allowed, name, "a test of ", append(slices.Clone(p.TestImports), p.XTestImports...))...)
}

func imports(rule place, allowed []string, name, kind string, paths []string) (findings []string) {
	for _, path := range paths {
		other := placeOf(path)
		switch {
		case other == "" && rule.protocol && slices.ContainsFunc(terraform, func(prefix string) bool { return strings.HasPrefix(path, prefix) }):
			findings = append(findings, fmt.Sprintf("%s%s imports %s: it must work without Terraform", kind, name, path))
		case other != "" && other != name && !slices.Contains(allowed, other):
			findings = append(findings, fmt.Sprintf("%s%s imports %s: of this module it may import %v", kind, name, other, allowed))
		}
	}
	return findings
}

// TestCheckFinds shows that the check would find what it is for.
func TestCheckFinds(t *testing.T) {
	ours := func(name string) string { return tools.ModulePath + "/internal/" + name }
	tests := []struct {
		name string
		pkg  pkg
		want string // part of the finding; "" for none
	}{
		{"a leaf of a leaf", pkg{ImportPath: ours("dcr"), Imports: []string{ours("journal")}}, "dcr imports journal"},
		{"upwards", pkg{ImportPath: ours("metadata"), Imports: []string{ours("reconcile")}}, "metadata imports reconcile"},
		{"the provider", pkg{ImportPath: ours("journal"), TestImports: []string{ours("provider")}}, "a test of journal imports provider"},
		{"the test server, but for a test", pkg{ImportPath: ours("provider"), Imports: []string{ours("fakeop")}}, "provider imports fakeop"},
		{"the test server, for a test", pkg{ImportPath: ours("provider"), XTestImports: []string{ours("fakeop")}}, ""},
		{"main beyond the provider", pkg{ImportPath: tools.ModulePath, Imports: []string{ours("dcr")}}, "main imports dcr"},
		{"the client side by the test server", pkg{ImportPath: ours("fakeop"), TestImports: []string{ours("metadata")}}, "a test of fakeop imports metadata"},
		{"a subpackage's own", pkg{ImportPath: ours("provider/deep"), Imports: []string{ours("provider"), ours("dcr")}}, ""},
		{"Terraform", pkg{ImportPath: ours("dcr"), Imports: []string{"github.com/hashicorp/terraform-plugin-log/tflog"}}, "must work without Terraform"},
		{"another module of HashiCorp's", pkg{ImportPath: ours("dcr"), Imports: []string{"github.com/hashicorp/go-retryablehttp"}}, ""},
		{"a module whose path begins alike", pkg{ImportPath: ours("dcr"), Imports: []string{tools.ModulePath + "-extra/internal/provider"}}, ""},
		{"no place", pkg{ImportPath: ours("utils")}, "has no place yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(check(places, tt.pkg), "\n")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("findings %q, want %q", got, tt.want)
			}
		})
	}
}
