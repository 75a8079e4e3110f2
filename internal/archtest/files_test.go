// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// shipped is where the provider's own packages end: what else is in places tests or develops with.
var shipped = []string{
	"provider", "lifecycle", "authserver", "outcome", "wording", "failpoint", "checkup", "reconcile", "dcr", "discovery", "journal", "metadata",
	"transport", "secret", "jsonvalue", "loopback",
}

// A file uses what stands below it and nothing above, also inside a package, so that each can be read without the ones that use it.
// Go itself holds that for packages only. What a person does about a finding: move what both need into a file below the two.
func TestFilesOfAPackageFormNoCircle(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	exports := exportsOf(t, root)
	counted := 0
	for _, name := range shipped {
		arrows, err := fileArrows(filepath.Join(root, "internal", name), exports)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		counted += len(arrows)
		if circle := circleIn(arrows); circle != nil {
			t.Errorf("%s: these files use one another in a circle: %s", name, strings.Join(circle, " → "))
		}
	}
	if counted < 100 {
		t.Errorf("%d files use another one: this test looks for the wrong thing", counted)
	}
}

func TestCircleIsFound(t *testing.T) {
	for _, test := range []struct {
		arrows map[string][]string
		want   bool
	}{
		{nil, false},
		{map[string][]string{"a": {"b", "c"}, "b": {"c"}}, false},
		{map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"b"}}, true},
		{map[string][]string{"a": {"b"}, "b": {"a"}}, true},
	} {
		if got := circleIn(test.arrows) != nil; got != test.want {
			t.Errorf("%v: circle %v", test.arrows, got)
		}
	}
}

// exportsOf returns the compiler's export data of every package that the module needs, by import path.
func exportsOf(t *testing.T, root string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	exports := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return exports
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
	}
}

// fileArrows says which file of a package uses which: its functions, types, constants, variables, fields and methods.
func fileArrows(dir string, exports map[string]string) (map[string][]string, error) {
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(set, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	uses := map[*ast.Ident]types.Object{}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	checked, err := config.Check(dir, set, files, &types.Info{Uses: uses})
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]bool{}
	for id, o := range uses {
		if o.Pkg() != checked || o.Parent() != nil && o.Parent() != checked.Scope() {
			continue // of another package, or local; fields and methods have no parent
		}
		from, to := filepath.Base(set.Position(id.Pos()).Filename), filepath.Base(set.Position(o.Pos()).Filename)
		if from == to {
			continue
		}
		if found[from] == nil {
			found[from] = map[string]bool{}
		}
		found[from][to] = true
	}
	arrows := map[string][]string{}
	for from, to := range found {
		arrows[from] = slices.Sorted(maps.Keys(to))
	}
	return arrows, nil
}

// circleIn returns a circle of arrows, beginning and ending with the same name, or nil.
func circleIn(arrows map[string][]string) []string {
	const under, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(name string) []string
	visit = func(name string) []string {
		state[name], path = under, append(path, name)
		for _, next := range arrows[name] {
			switch state[next] {
			case under:
				return append(slices.Clone(path[slices.Index(path, next):]), next)
			case done:
			default:
				if circle := visit(next); circle != nil {
					return circle
				}
			}
		}
		state[name], path = done, path[:len(path)-1]
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(arrows)) {
		if state[name] == 0 {
			if circle := visit(name); circle != nil {
				return circle
			}
		}
	}
	return nil
}
