// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestForDocsIsTheSameForEveryCLI(t *testing.T) {
	want := `{"format_version":"1.0","provider_schemas":{"oidc":{"provider":{"version":0},"resource_schemas":{"oidc_x":{"version":1}}}}}`
	for _, printed := range []string{
		`{"format_version":"1.0","provider_schemas":{"registry.terraform.io/terraform-oidc/oidc":{"resource_schemas":{"oidc_x":{"version":1}},
			"provider":{"version":0},"resource_identity_schemas":{},"list_resource_schemas":{"a":1},"action_schemas":{}}}}`,
		`{"format_version":"1.0","provider_schemas":{"registry.opentofu.org/terraform-oidc/oidc":{"provider":{"version":0},"resource_schemas":{"oidc_x":{"version":1}}}}}`,
	} {
		got, err := forDocs([]byte(printed))
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	}
	for _, printed := range []string{`{"format_version":"1.0"}`, `{"provider_schemas":{"a":{},"b":{}}}`, `Error: x`} {
		if got, err := forDocs([]byte(printed)); err == nil {
			t.Errorf("%s: no error, but %s", printed, got)
		}
	}
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
