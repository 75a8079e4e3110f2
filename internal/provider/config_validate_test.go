// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
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
	typ := schemas.Provider.ValueType().(tftypes.Object)
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
		"token endpoint":            {attrs{"client_credentials": attrs{"client_id": "a", "client_secret": "b", "token_endpoint": "token"}}, "client_credentials.token_endpoint"},
		"template without its part": {attrs{"client_configuration_uri_template": "{registration_endpoint}/client"}, "client_configuration_uri_template"},
		"management":                {attrs{"management": "some"}, "management"},
		"retries":                   {attrs{"max_retries": -1}, "max_retries"},
		"proxy":                     {attrs{"proxy_url": "proxy"}, "proxy_url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := values(t, typ, test.settings)
			for name, at := range typ.AttributeTypes {
				if _, ok := all[name]; !ok {
					all[name] = tftypes.NewValue(at, nil)
				}
			}
			config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, all))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &config})
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
		})
	}
}
