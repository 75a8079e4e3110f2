// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
)

// checkTests are the tests whose cases show what Check says.
var checkTests = map[string]func(*testing.T){
	"TestCheckValues":                    TestCheckValues,
	"TestCheckLocalizedMembers":          TestCheckLocalizedMembers,
	"TestCheckExclusionsAndDependencies": TestCheckExclusionsAndDependencies,
	"TestCheckAuthentication":            TestCheckAuthentication,
	"TestCheckFlows":                     TestCheckFlows,
	"TestCheckURIRules":                  TestCheckURIRules,
	"TestCheckApplicationType":           TestCheckApplicationType,
	"TestCheckSector":                    TestCheckSector,
	"TestCheckJWKS":                      TestCheckJWKS,
}

// Every problem that a check reports can be read through in one file, with the words of one case each.
func TestProblemsReadWell(t *testing.T) {
	collected = nil
	for _, name := range slices.Sorted(maps.Keys(checkTests)) {
		t.Run(name, checkTests[name])
	}
	for _, name := range []string{"a,b", "two  spaces", "a\ttab", ` a`} {
		collected = append(collected, Check(Document{"redirect_uris": list{"https://app.example/cb"}, "scope": name}, nil)...)
	}
	for _, uri := range []string{
		"javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "https://app.example:0/", "https://app.example:99999/", "https://user:word@app.example/", "https://app.example/#f", "*", "https://app example/",
		"https:///path", "https://app.example/%zz", "", "https://app^.example/", "https://app.example:https/", "1app:cb", ":cb", "https://[::1/", "https://app.example/{tenant}", "localhost:8080/cb",
	} {
		collected = append(collected, Check(Document{"redirect_uris": list{uri}}, nil)...)
	}
	collected = append(collected, Check(Document{"redirect_uris": list{"https://app.example/cb"}, "logo_uri": "javascript:alert(1)"}, nil)...)
	for _, name := range []string{"", "client_id", "registration_access_token", "client_name", "client_name#de", "client_name#", "scope#de"} {
		if p, bad := CheckExtension(name); bad {
			collected = append(collected, p)
		}
	}
	for _, grants := range []list{nil, {"authorization_code"}, {}} {
		collected = append(collected, Check(Document{"grant_types": grants, "response_types": list{"code"}}, nil)...)
	}
	collected = append(collected, unsupported()...)
	var texts []string
	summaries := map[string]bool{}
	for _, p := range collected {
		kind := "error"
		if p.Warning {
			kind = "warning"
		}
		summaries[p.Summary] = true
		texts = append(texts, fmt.Sprintf("======== %s, %s\n%s\n\n%s\n\n", p.Member, kind, p.Summary, p.Detail))
		if !strings.HasSuffix(strings.TrimRight(p.Detail, ")"), ".") || strings.HasSuffix(p.Summary, ".") || len(p.Summary) > 60 {
			t.Errorf("%s: %s: %s", p.Member, p.Summary, p.Detail)
		}
	}
	slices.Sort(texts)
	got := strings.Join(slices.Compact(texts), "")
	for summary, at := range literals(t) {
		if !summaries[summary] {
			t.Errorf("%s: no case shows %q", at, summary)
		}
	}
	golden.Holds(t, filepath.Join("testdata", "problems.txt"), got)
}

// unsupported is what is said where a server's metadata do not list a value, of one parameter of each sort.
func unsupported() (problems []Problem) {
	told := map[string]bool{}
	for _, p := range All() {
		if p.Support == NoSupport || p.Support == SupportRelated {
			continue
		}
		value := any("one")
		switch p.Kind {
		case StringList:
			value = list{"one"}
		case Boolean:
			value = true
		case Integer:
			value = 1
		}
		for name, server := range map[string]Document{"lists others": {p.Supported: list{"another"}}, "says no": {p.Supported: false}, "has none": {"issuer": "https://as.example"}} {
			sort := fmt.Sprint(name, p.Support, p.Kind, p.SupportedValue != "", p.SupportHint, p.SupportDefault != nil)
			for _, found := range CheckSupported(Document{p.Name: value}, server) {
				if found.Member == p.Name && !told[sort] {
					told[sort] = true
					problems = append(problems, found)
				}
			}
		}
	}
	return problems
}

var summaryLike = regexp.MustCompile(`^[A-Z][^.%]{4,60}$`)

// literals are the summaries in the source: what is set as a Summary, and the first text that is handed to a function called report.
func literals(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("check*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "supported.go")
	found := map[string]string{}
	set := token.NewFileSet()
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && summaryLike.MatchString(text) {
				found[text] = set.Position(lit.Pos()).String()
			}
		}
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
					add(n.Value)
				}
			case *ast.AssignStmt:
				if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "Summary" {
					add(n.Rhs[0])
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "report" {
					for _, arg := range n.Args {
						add(arg)
					}
				}
			}
			return true
		})
	}
	if len(found) < 25 {
		t.Fatalf("only %d summaries are found: %v", len(found), found)
	}
	return found
}

// A test with cases that is not in the list above would not be in the file.
func TestEachTestWithCasesIsCollected(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\) \{\n(?:\t.*\n|\n)*?\trunChecks\(`)
	for _, file := range files {
		content, err := os.ReadFile(file) // #nosec G304 -- the package's own
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range calls.FindAllStringSubmatch(string(content), -1) {
			if checkTests[m[1]] == nil {
				t.Errorf("%s of %s is not collected", m[1], file)
			}
		}
	}
}
