// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"
	"testing"
)

// A member that no configuration may hold is left out of an import, and no other.
func TestConfigurable(t *testing.T) {
	for member, value := range map[string]any{"client_name#": "b", "redirect_uris#ja": []any{"https://app.example/ja"}, "client_id": "x"} {
		imported := Document{"redirect_uris": []any{"https://app.example/cb"}, "client_name": "a", "client_name#ja": "c", member: value}
		values, left := Configurable(imported)
		if !slices.Equal(left, []string{member}) || len(values) != len(imported)-1 {
			t.Errorf("%s: %v is left out of %v", member, left, imported)
		}
	}
}
