// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// The page of the resource has each attribute in its index by topic, once, and each algorithm in its table.
func TestResourcePageIsComplete(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../templates/resources/dynamic_client.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, index, _ := strings.Cut(string(content), "## Arguments by topic")
	index, rest, _ := strings.Cut(index, "### Security parameters")
	_, algorithms, _ := strings.Cut(rest, "### Algorithms")
	listed := map[string]int{}
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(index, -1) {
		listed[m[1]]++
	}
	for _, a := range schemas(t).ResourceSchemas[clientType].Block.Attributes {
		if listed[a.Name] != 1 {
			t.Errorf("%s is %d times in the index", a.Name, listed[a.Name])
		}
		delete(listed, a.Name)
	}
	for name := range listed {
		t.Errorf("%s is in the index and is no attribute", name)
	}
	for _, p := range metadata.All() {
		for _, v := range p.Values {
			if p.Use != metadata.NotAlgorithm && !strings.Contains(algorithms, "`"+v+"`") {
				t.Errorf("%s of %s is not in the table of algorithms", v, p.Name)
			}
		}
	}
}
