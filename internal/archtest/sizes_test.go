// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

const (
	mostLines         = 400 // of a file in the packages that the life of a client is read in
	mostLinesAnywhere = 500 // of any file, tests too
	mostFunctionLines = 60
)

// What an operation does is read from top to bottom, in files and functions that one can keep in mind. A function that grows beyond that
// has a part with a name of its own in it.
func TestFilesAndFunctionsAreShort(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	functions := 0
	for _, name := range []string{"provider", "lifecycle", "authserver", "outcome", "wording"} {
		paths, err := filepath.Glob(filepath.Join(root, "internal", name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			short := name + "/" + filepath.Base(path)
			if lines := set.File(file.FileStart).LineCount(); lines > mostLines {
				t.Errorf("%s has %d lines", short, lines)
			}
			for _, d := range file.Decls {
				function, ok := d.(*ast.FuncDecl)
				if !ok || strings.HasSuffix(path, "_test.go") { // a table of cases may be longer
					continue
				}
				functions++
				if lines := set.Position(function.End()).Line - set.Position(function.Pos()).Line + 1; lines > mostFunctionLines {
					t.Errorf("%s: %s has %d lines", short, function.Name.Name, lines)
				}
			}
		}
	}
	if functions < 100 {
		t.Errorf("%d functions: this test looks for the wrong thing", functions)
	}
}

// A file that grows beyond that has a seam: its parts answer different questions, and have names.
func TestNoFileIsLong(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		content, err := os.ReadFile(path) // #nosec G304 G122 -- this checkout
		if err != nil {
			return err
		}
		files++
		if lines := bytes.Count(content, []byte("\n")); lines > mostLinesAnywhere {
			t.Errorf("%s has %d lines", strings.TrimPrefix(path, root+string(filepath.Separator)), lines)
		}
		return nil
	})
	if err != nil || files < 300 {
		t.Errorf("%d files: %v", files, err)
	}
}
