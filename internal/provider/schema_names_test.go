// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// No word that is a test server's password makes a hole in the name of an attribute, nor of metadata.
func TestNamesStayWhole(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	var walk func(attributes []*tfprotov6.SchemaAttribute)
	walk = func(attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			names[a.Name] = true
			if a.NestedType != nil {
				walk(a.NestedType.Attributes)
			}
		}
	}
	all := schemas(t)
	walk(all.Provider.Block.Attributes)
	for _, group := range []map[string]*tfprotov6.Schema{all.ResourceSchemas, all.DataSourceSchemas, all.EphemeralResourceSchemas} {
		for _, schema := range group {
			walk(schema.Block.Attributes)
		}
	}
	for _, p := range metadata.All() {
		names[p.Name], names[p.Supported] = true, true
	}
	for _, code := range []string{"invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement", "access_denied", "temporarily_unavailable", "insufficient_scope"} {
		names[code] = true
	}
	tried := 0
	for name := range names {
		words := strings.Split(name, "_")
		for _, word := range words {
			if len(words) == 1 || len(word) < redact.Shortest || len(word) > 12 {
				continue
			}
			tried++
			var s redact.Scrubber
			s.Add(secret.New(word))
			if text := "set " + name + " = true"; s.Scrub(text) != text {
				t.Errorf("with the password %q, %s is %q", word, name, s.Scrub(text))
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d words were tried", tried)
	}
}
