// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// What is wrong with the provider's configuration by itself is told when it is validated, without the environment of a later run.
func TestProviderConfigurationIsValidated(t *testing.T) {
	t.Parallel()
	p := provider.New("test")
	t.Cleanup(p.Close)
	server := p.Server()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings attrs
		at       string
	}{
		"no time":                   {attrs{"request_timeout": "0s"}, "request_timeout"},
		"negative time":             {attrs{"request_timeout": "-5s"}, "request_timeout"},
		"no duration":               {attrs{"request_timeout": "soon"}, "request_timeout"},
		"empty issuer":              {attrs{"issuer": ""}, "issuer"},
		"issuer with a blank":       {attrs{"issuer": "https://op.example.com/ "}, "issuer"},
		"issuer with a port":        {attrs{"issuer": "https://op.example.com:99999"}, "issuer"},
		"document for an issuer":    {attrs{"issuer": "https://op.example.com/.well-known/openid-configuration"}, "issuer"},
		"relative endpoint":         {attrs{"registration_endpoint": "/register"}, "registration_endpoint"},
		"endpoint with a port":      {attrs{"registration_endpoint": "https://op.example.com:99999/register"}, "registration_endpoint"},
		"endpoint of a file":        {attrs{"registration_endpoint": "file:///register"}, "registration_endpoint"},
		"token endpoint":            {attrs{"client_credentials": attrs{"client_id": "a", "client_secret": "b", "token_endpoint": "token"}}, "client_credentials"},
		"template without its part": {attrs{"client_configuration_uri_template": "{registration_endpoint}/client"}, "client_configuration_uri_template"},
		"management":                {attrs{"management": "some"}, "management"},
		"retries":                   {attrs{"max_retries": -1}, "max_retries"},
		"proxy":                     {attrs{"proxy_url": "proxy"}, "proxy_url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: configured(t, schemas.Provider, test.settings)})
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, d := range resp.Diagnostics {
				found = found || d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute != nil && attributeName(d.Attribute) == test.at
			}
			if !found {
				t.Errorf("no error at %s: %q", test.at, told(resp.Diagnostics))
			}
			if test.at == "client_credentials" {
				containsAll(t, details(resp.Diagnostics), "client_credentials.token_endpoint cannot be used")
			}
		})
	}
}

// What excludes each other, and what is missing, is told when a configuration is validated, and each way out that is named ends it.
func TestWaysOutOfACombination(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	validate := func(typeName string, config attrs) string {
		schemas, err := x.full.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if schema := schemas.ResourceSchemas[typeName]; schema != nil {
			resp, err := x.fast.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: typeName, Config: configured(t, schema, config)})
			if err != nil {
				t.Fatal(err)
			}
			return details(resp.Diagnostics)
		}
		resp, err := x.fast.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: configured(t, schemas.DataSourceSchemas[typeName], config)})
		if err != nil {
			t.Fatal(err)
		}
		return details(resp.Diagnostics)
	}
	for name, test := range map[string]struct {
		typeName   string
		wrong      attrs
		says       string
		then       attrs
		unresolved attrs // not known yet, which is no error: it may turn out null
	}{
		"nothing": {"oidc_client", attrs{}, "No client is named", attrs{"client_id": "s6BhdRkqt3"}, attrs{"client_id": tftest.Unknown{}}},
		"name and client_id": {"oidc_client", attrs{"client_name": "App", "client_id": "a"}, "client_name and client_id must not be set together",
			attrs{"client_name": "App"}, attrs{"client_name": tftest.Unknown{}, "client_id": tftest.Unknown{}}},
		"name and address": {"oidc_client", attrs{"client_name": "App", "registration_client_uri": "https://as.example.com/a"},
			"client_name and registration_client_uri must not be set together", attrs{"registration_client_uri": "https://as.example.com/a"}, attrs{"client_name": "App", "registration_client_uri": tftest.Unknown{}}},
		"name and token": {"oidc_client", attrs{"client_name": "App", "registration_access_token": "t"}, "client_name and registration_access_token must not be set together",
			attrs{"client_name": "App"}, attrs{"client_name": tftest.Unknown{}, "client_id": tftest.Unknown{}, "registration_access_token": "t"}},
		"resource and issuer": {"oidc_discovery", attrs{"resource": "a@example.com", "issuer": "https://as.example.com"}, "resource and issuer must not be set together",
			attrs{"issuer": "https://as.example.com"}, attrs{"resource": "a@example.com", "issuer": tftest.Unknown{}}},
		"document for an issuer": {"oidc_discovery", attrs{"issuer": "https://as.example.com/.well-known/openid-configuration"}, `issuer = "https://as.example.com"`,
			attrs{"issuer": "https://as.example.com"}, attrs{"issuer": tftest.Unknown{}}},
		"misspelt parameter": {clientType, secured().With(attrs{"accept_substitutions": []string{"scope", "clientname"}}), "metadata parameters of this resource: scope.",
			secured().With(attrs{"accept_substitutions": []string{"scope", "client_name"}}), secured().With(attrs{"accept_substitutions": tftest.Unknown{}})},
		"member of a vendor": {clientType, secured().With(attrs{"accept_substitutions": []string{"x_a"}}), "None of the names",
			secured().With(attrs{"accept_substitutions": []string{"x_a"}, "extension_metadata": attrs{"x_a": 1}}),
			secured().With(attrs{"accept_substitutions": []string{"x_a"}, "extension_metadata": tftest.Unknown{}})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := validate(test.typeName, test.wrong); !strings.Contains(said, test.says) {
				t.Errorf("validation says %q, want %q", said, test.says)
			}
			for _, good := range []attrs{test.then, test.unresolved} {
				if said := validate(test.typeName, good); said != "" {
					t.Errorf("validation of %v says %q", good, said)
				}
			}
		})
	}
}

// configured is a configuration of a schema.
func configured(t *testing.T, schema *tfprotov6.Schema, config attrs) *tfprotov6.DynamicValue {
	t.Helper()
	typ := schema.ValueType().(tftypes.Object)
	all := tftest.Values(t, typ, config)
	for name, at := range typ.AttributeTypes {
		if _, ok := all[name]; !ok {
			all[name] = tftypes.NewValue(at, nil)
		}
	}
	dv, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, all))
	if err != nil {
		t.Fatal(err)
	}
	return &dv
}
