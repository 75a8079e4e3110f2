// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// pathNamed is a path of the repository as CONTRIBUTING.md writes it, with * and … in the place of any characters.
var pathNamed = regexp.MustCompile(`internal/[\w./*…-]*[\w*]`)

// Whoever follows CONTRIBUTING.md finds the packages and files that it names, and finds each package with rules of imports in it.
func TestContributingNamesWhatExists(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, path := range pathNamed.FindAllString(string(content), -1) {
		path = strings.TrimSuffix(path, ".")
		named[path] = true
		found, err := filepath.Glob(filepath.Join(root, strings.ReplaceAll(path, "…", "*")))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Errorf("CONTRIBUTING.md names %s, and there is no such file", path)
		}
	}
	for name := range places {
		if name == "main" || name == "dev" { // the program itself, and a folder whose packages are listed one by one
			continue
		}
		if !named["internal/"+name] {
			t.Errorf("the map in CONTRIBUTING.md lacks internal/%s", name)
		}
	}
	// The tables of decisions are named by their file alone.
	_, rules, found := strings.Cut(string(content), "## Adding a rule")
	if !found {
		t.Fatal("CONTRIBUTING.md has no section on rules")
	}
	rules, _, _ = strings.Cut(rules, "\n## ")
	files := regexp.MustCompile("`([a-z_]+\\.go)`").FindAllStringSubmatch(rules, -1)
	if len(files) == 0 {
		t.Error("the section on rules names no file")
	}
	for _, m := range files {
		if _, err := os.Stat(filepath.Join(root, "internal/reconcile", m[1])); err != nil {
			t.Errorf("CONTRIBUTING.md names a table of decisions that is not there: %v", err)
		}
	}
}
