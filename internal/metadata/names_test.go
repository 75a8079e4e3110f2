// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// The names of the table are judged by its own mark, and those that secret knows by name agree with it: no warning hides
// the value of an ordinary parameter.
func TestNamesAndSensitiveAgree(t *testing.T) {
	for _, p := range All() {
		if redact.IsName(p.Name) != p.Sensitive {
			t.Errorf("%s: sensitive %v, a name that speaks of a secret: %v", p.Name, p.Sensitive, redact.IsName(p.Name))
		}
	}
}
