// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// realWaits are the tests that wait by the real clock, and why nothing else would do.
var realWaits = map[string]string{
	"journal/soak_test.go":               "make soak runs processes for as long as it is told to",
	"acceptance/check_interrupt_test.go": "bounds a test that fails: what it waits for is said by another process",
}

var waiting = []string{"Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// A test that waits is slow where it waits long enough, and fails by chance where it does not. Tests go by internal/testclock, by package
// synctest, or by what they are told on a channel.
func TestNoTestWaits(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	left, files := maps.Clone(realWaits), 0
	err = filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		short, err := filepath.Rel(filepath.Join(root, "internal"), path)
		if err != nil {
			return err
		}
		found, err := waits(path, nil)
		if _, allowed := realWaits[filepath.ToSlash(short)]; allowed && len(found) > 0 {
			delete(left, filepath.ToSlash(short))
			return err
		}
		for _, at := range found {
			t.Errorf("%s waits by the real clock, at line %d", short, at)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range left {
		t.Errorf("%s does not wait, and needs no exception", name)
	}
	if files < 100 {
		t.Errorf("%d files: this test looks in the wrong place", files)
	}
}

// waits returns the lines of a file that wait by package time.
func waits(path string, source any) (lines []int, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		return nil, err
	}
	name := ""
	for _, i := range file.Imports {
		if i.Path.Value == `"time"` {
			if name = "time"; i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && name != "" && x.Name == name && slices.Contains(waiting, s.Sel.Name) {
				lines = append(lines, set.Position(s.Pos()).Line)
			}
		}
		return true
	})
	return lines, nil
}

func TestWaitsAreFound(t *testing.T) {
	for source, want := range map[string]int{
		"package a\nimport \"time\"\nvar _ = time.After(1)":                      1,
		"package a\nimport x \"time\"\nfunc f() { x.Sleep(1); <-x.Tick(1) }":     2,
		"package a\nimport \"time\"\nvar _ = time.Now().After(time.Now())":       0,
		"package a\nimport \"time\"\nvar wait = time.Sleep":                      1,
		"package a\nimport time \"internal/x\"\nvar _ = time.Sleep":              0,
		"package a\nimport \"time\"\nvar c struct{ After int }\nvar _ = c.After": 0,
	} {
		if found, err := waits("a.go", source); err != nil || len(found) != want {
			t.Errorf("%q: %v, %v, want %d", source, found, err, want)
		}
	}
}

// A provider process of a test that asks servers for something is a rig's, and goes by its clock. These make one without asking any.
var clockless = []string{"rig_test.go", "schema_test.go", "canary_test.go", "config_validate_test.go"}

func TestProviderTestsGoByTheClockOfTheRig(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(root, "internal", "provider", "*_test.go"))
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	var found []string
	for _, path := range paths {
		content, err := os.ReadFile(path) // #nosec G304 -- the module's own
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "provider.New(") {
			found = append(found, filepath.Base(path))
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(clockless)), found); diff != "" {
		t.Errorf("files that make a provider without the rig (-want +got):\n%s", diff)
	}
}
