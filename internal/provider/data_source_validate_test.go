// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// What no read of a data source can use is refused when the configuration is validated, without the value.
func TestDataSourceConfigurationIsValidated(t *testing.T) {
	t.Parallel()
	server := newServerPair(t, &fakeop.Server{}, nil).full
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	const example = `client_query_template = "{registration_endpoint}?client_name={client_name}"`
	search := func(template string) attrs { return attrs{"client_name": "shop", "client_query_template": template} }
	for name, test := range map[string]struct {
		source string
		config attrs
		says   string // "" where nothing is wrong
	}{
		"the default":              {"oidc_client", search("{registration_endpoint}?client_name={client_name}"), ""},
		"all clients":              {"oidc_client", search("{registration_endpoint}"), ""},
		"another address":          {"oidc_client", search("https://as.example.com/clients?name={client_name}"), ""},
		"not set":                  {"oidc_client", search(""), ""},
		"another name in braces":   {"oidc_client", search("{registration_endpoint}?name={c4nary}"), example},
		"a relative template":      {"oidc_client", search("c4nary?name={client_name}"), example},
		"a blank in a template":    {"oidc_client", search("{registration_endpoint}?client_name={client_name} "), example},
		"a fragment":               {"oidc_client", search("{registration_endpoint}#{client_name}"), example},
		"an address for WebFinger": {"oidc_discovery", attrs{"resource": "joe@example.com"}, ""},
		"no resource":              {"oidc_discovery", attrs{"resource": "c4nary c4nary"}, "what WebFinger can look up"},
		"a resource with a blank":  {"oidc_discovery", attrs{"resource": "op.example.com\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
				TypeName: test.source, Config: configured(t, schemas.DataSourceSchemas[test.source], test.config),
			})
			if err != nil {
				t.Fatal(err)
			}
			said := details(resp.Diagnostics)
			if failed(resp.Diagnostics) != (test.says != "") || !strings.Contains(said, test.says) || strings.Contains(said, "c4nary") {
				t.Errorf("want %q, got %s", test.says, said)
			}
		})
	}
}
