// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// makesDiagnostic are the calls that make a diagnostic.
var makesDiagnostic = regexp.MustCompile(`^(Add(Attribute)?(Error|Warning)|New(Attribute)?(Error|Warning)Diagnostic|WithPath)$`)

// Only diagnostics.go makes diagnostics, so that each has the same form.
func TestOneFileMakesDiagnostics(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !makesDiagnostic.MatchString(s.Sel.Name) {
				return true
			}
			if name == "diagnostics.go" {
				found++
				return true
			}
			t.Errorf("%s calls %s: a diagnostic is made in diagnostics.go and worded in package wording or in words*.go", set.Position(s.Pos()), s.Sel.Name)
			return true
		})
	}
	if found == 0 {
		t.Error("diagnostics.go makes none: this test looks for the wrong calls")
	}
}
