// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// waysOf are the ways that diagnostics name.
func waysOf(diags []diag.Diagnostic) (ways []string) {
	for _, d := range diags {
		for line := range strings.Lines(d.Detail()) {
			if way, found := strings.CutPrefix(strings.TrimSpace(line), "- "); found {
				ways = append(ways, way)
			}
		}
	}
	return ways
}

// testNames are the tests of the packages that take ways out.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, dir := range []string{".", "../acceptance", "../lifecycle"} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file) // #nosec G304 -- the module's own
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(content), -1) {
				found[m[1]] = true
			}
		}
	}
	return found
}
