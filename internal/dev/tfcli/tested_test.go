// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

func read(t *testing.T, path string) string {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestRecordHasTheCLIsOfARun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tested.txt")
	if err := Record(file, []CLI{{Product: Terraform, Version: "1.11.4", Path: "/a"}, {Product: OpenTofu, Version: "1.12.6", Found: "built"}}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil || string(content) != "Terraform 1.11.4\nOpenTofu 1.12.6\n" {
		t.Errorf("recorded %q, %v", content, err)
	}
}

// older reports whether one version comes before another; "1.13" stands for all of its line, and so comes after "1.13.2".
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		if errM != nil || errN != nil {
			return false
		}
		if m != n {
			return m < n
		}
	}
	return len(x) > len(y)
}

// entry is one CLI of the matrix of the workflow.
var entry = regexp.MustCompile(`- \{ product: (terraform|tofu), version: "([^"]+)" \}`)

// The README says with which CLIs the provider is tested: those of the last whole `make test CLI=all`, of which OpenTofu is the one that
// is built where there is none, and those that the workflow adds. The workflow's other jobs use the newest Terraform of its matrix.
func TestReadmeNamesTheTestedCLIs(t *testing.T) {
	recorded := strings.Split(strings.TrimSpace(read(t, "internal/dev/tfcli/tested.txt")), "\n")
	pin := regexp.MustCompile(`github\.com/opentofu/opentofu v(\S+)`).FindStringSubmatch(read(t, "internal/dev/tools/opentofu/go.mod"))
	if pin == nil || !slices.Contains(recorded, "OpenTofu "+pin[1]) || !slices.ContainsFunc(recorded, func(s string) bool { return strings.HasPrefix(s, "Terraform ") }) {
		t.Errorf("make test CLI=all went through %v, and not through Terraform and the pinned OpenTofu %v", recorded, pin)
	}

	workflow := read(t, ".github/workflows/test.yml")
	versions := map[Product][]string{}
	for _, m := range entry.FindAllStringSubmatch(workflow, -1) {
		product := map[string]Product{"terraform": Terraform, "tofu": OpenTofu}[m[1]]
		if n := len(versions[product]); n > 0 && !older(versions[product][n-1], m[2]) {
			t.Errorf("%s %s stands behind a newer one in the workflow's matrix", product, m[2])
		}
		versions[product] = append(versions[product], m[2])
	}
	var added []string
	for _, product := range []Product{Terraform, OpenTofu} {
		if len(versions[product]) == 0 {
			t.Fatalf("the workflow's matrix has no %s", product)
		}
		var more []string
		for _, v := range versions[product] {
			if !slices.Contains(recorded, string(product)+" "+v) {
				more = append(more, v)
			}
		}
		if len(more) > 0 {
			added = append(added, string(product)+" "+strings.Join(more, " and "))
		}
		newest := versions[product][len(versions[product])-1]
		for _, r := range recorded {
			if v, ok := strings.CutPrefix(r, string(product)+" "); ok && !older(v, newest) && v != newest {
				t.Errorf("%s was tested here, and the newest of the workflow's matrix is %s", r, newest)
			}
		}
	}
	want := "| CLIs | tested with " + strings.Join(recorded, " and ") + ", by the workflow also with " + strings.Join(added, " and ") + "; "
	if !strings.Contains(read(t, "README.md"), "\n"+want) {
		t.Errorf("the README has no line that begins with\n%s", want)
	}

	newest := versions[Terraform][len(versions[Terraform])-1]
	for _, m := range regexp.MustCompile(`terraform_version: ("[^"]+"|\S+)|product: terraform, version: ("[^"]+") } }`).FindAllStringSubmatch(workflow, -1) {
		if said := m[1] + m[2]; said != strconv.Quote(newest) && !strings.HasPrefix(said, "$") {
			t.Errorf("a job uses Terraform %s, and the newest of the matrix is %s", said, newest)
		}
	}
}

// A server that can be installed and is skipped would leave the matrix of servers unchecked, and the job green.
func TestWorkflowRequiresEachServer(t *testing.T) {
	_, job, found := strings.Cut(read(t, ".github/workflows/test.yml"), "\n  interop:\n")
	if !found {
		t.Fatal("the workflow has no job interop")
	}
	_, step, found := strings.Cut(job, "- run: make interop\n")
	if !found || !regexp.MustCompile(`^        env:\n(          .+\n)*          INTEROP_REQUIRE: all( #.*)?\n`).MatchString(step) {
		t.Errorf("make interop runs without INTEROP_REQUIRE: all, so that a server that is not installed is no failure:\n%s", job)
	}
}
