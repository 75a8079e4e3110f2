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

// shipped are the packages of the program that is released. All others serve tests or development.
var shipped = []string{
	"provider", "lifecycle", "authserver", "outcome", "wording", "failpoint", "checkup", "reconcile", "dcr", "discovery", "journal", "metadata",
	"transport", "redact", "secret", "jsonvalue", "loopback", "origin", "legible",
}

// A file uses what stands below it and nothing above, also inside a package, so that each can be read without the ones that use it.
// Go itself holds that for packages only. What a person does about a finding: move what both need into a file below the two.
func TestFilesOfAPackageFormNoCircle(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for name, source := range shippedSources(t, root) {
		arrows := fileArrows(source)
		counted += len(arrows)
		if circle := circleIn(arrows); circle != nil {
			t.Errorf("%s: these files use one another in a circle: %s", name, strings.Join(circle, " → "))
		}
	}
	if counted < 100 {
		t.Errorf("%d files use another one: this test looks for the wrong thing", counted)
	}
}

// What only tests call is not shipped. deadcode does not see all of it: to it, each exported method of a type that is ever printed or
// passed to Terraform's framework is used.
func TestNothingShippedIsForTestsAlone(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	sources := slices.Collect(maps.Values(shippedSources(t, root)))
	for _, name := range unused(sources) {
		// The framework calls the provider's resources by its interfaces, and a test sets the clock of a provider that it makes. The
		// interoperability tests hold the facts of check against what the servers are to be able to do.
		if strings.Contains(name, "/internal/provider.") || name == "("+tools.ModulePath+"/internal/checkup.Facts).Can" {
			continue
		}
		t.Errorf("%s is called by tests alone, or by nobody", name)
	}
}

// shippedSources returns the packages of the provider, by name, and the program.
func shippedSources(t *testing.T, root string) map[string]source {
	t.Helper()
	exports := exportsOf(t, root)
	sources := map[string]source{}
	for _, name := range append([]string{""}, shipped...) {
		dir, path := root, tools.ModulePath
		if name != "" {
			dir, path = filepath.Join(root, "internal", name), tools.ModulePath+"/internal/"+name
		}
		s, err := load(dir, path, exports)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sources[name] = s
	}
	return sources
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

// source is a package without its tests, as the compiler sees it.
type source struct {
	set        *token.FileSet
	pkg        *types.Package
	defs, uses map[*ast.Ident]types.Object
}

func load(dir, importPath string, exports map[string]string) (source, error) {
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		return source{}, err
	}
	s := source{set: token.NewFileSet(), defs: map[*ast.Ident]types.Object{}, uses: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(s.set, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return source{}, err
		}
		files = append(files, file)
	}
	config := types.Config{Importer: importer.ForCompiler(s.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	s.pkg, err = config.Check(importPath, s.set, files, &types.Info{Defs: s.defs, Uses: s.uses})
	return s, err
}

// fileArrows says which file of a package uses which: its functions, types, constants, variables, fields and methods.
func fileArrows(s source) map[string][]string {
	found := map[string]map[string]bool{}
	for id, o := range s.uses {
		if o.Pkg() != s.pkg || o.Parent() != nil && o.Parent() != s.pkg.Scope() {
			continue // of another package, or local; fields and methods have no parent
		}
		from, to := filepath.Base(s.set.Position(id.Pos()).Filename), filepath.Base(s.set.Position(o.Pos()).Filename)
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
	return arrows
}

// byInterface are methods that something calls which knows them by an interface alone.
var byInterface = map[string]bool{
	"Error": true, "Unwrap": true, "String": true, "GoString": true, "Format": true, "LogValue": true, "MarshalJSON": true,
	"UnmarshalJSON": true, "MarshalText": true, "Set": true, "Authorize": true, "Describe": true, "RoundTrip": true, "Close": true,
	"RequestMaybeProcessed": true, "refused": true,
}

// unused returns the functions and methods of packages that none of them calls, but for what stands in for an interface and what a
// program begins with.
func unused(sources []source) (names []string) {
	used := map[string]bool{}
	for _, s := range sources {
		for _, o := range s.uses {
			if f, ok := o.(*types.Func); ok {
				used[f.Origin().FullName()] = true
			}
		}
	}
	for _, s := range sources {
		for _, o := range s.defs {
			f, ok := o.(*types.Func)
			if !ok || used[f.FullName()] || byInterface[f.Name()] || f.Name() == "main" || f.Name() == "init" {
				continue
			}
			names = append(names, f.FullName())
		}
	}
	slices.Sort(names)
	return names
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
