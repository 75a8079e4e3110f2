// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
)

// A value of which the right form is known is refused with that form, which passes as it is written.
func TestCorrectedValues(t *testing.T) {
	t.Parallel()
	p := provider.New("test")
	t.Cleanup(p.Close)
	server := p.Server()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	settings := func(config attrs) []*tfprotov6.Diagnostic {
		resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: configured(t, schemas.Provider, config)})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	client := func(config attrs) []*tfprotov6.Diagnostic {
		resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: clientType, Config: configured(t, schemas.ResourceSchemas[clientType], web.With(config)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	type corrected struct {
		validate  func(attrs) []*tfprotov6.Diagnostic
		block     string // that has the attribute; "" for none
		attribute string
		given     string
		want      string // "" where nothing is proposed
	}
	for _, c := range []corrected{
		{settings, "", "registration_endpoint", "login.example.com/register", "https://login.example.com/register"},
		{settings, "", "registration_endpoint", "login.example.com:8443/register", "https://login.example.com:8443/register"},
		{client, "", "registration_endpoint", "login.example.com/register", "https://login.example.com/register"},
		{settings, "client_credentials", "token_endpoint", "login.example.com/token", "https://login.example.com/token"},
		{settings, "", "proxy_url", "proxy.example.com:3128", "http://proxy.example.com:3128"},
		{settings, "", "proxy_url", "localhost:3128", "http://localhost:3128"},
		{settings, "", "proxy_url", "proxy.example.com", "http://proxy.example.com:3128"},
		{settings, "", "request_timeout", "30", "30s"},
		{settings, "", "request_timeout", "30 s", "30s"},
		{settings, "", "request_timeout", "0s", "30s"},
		{settings, "", "request_timeout", "soon", "30s"},
		{client, "", "renew_secret_before", "30d", "720h"},
		{client, "", "renew_secret_before", "1 day", "24h"},
		{client, "", "renew_secret_before", "720", "720h"},
		{client, "", "renew_secret_before", "a month", "720h"},
		{client, "timeouts", "create", "5M", "5m"},
		{client, "", "on_missing", "Keep", "keep"},
		{settings, "", "on_missing", "keep ", "keep"},
		{client, "", "refresh", "auto ", "auto"},
		{settings, "", "management", "provider-credentials", "provider_credentials"},
		{settings, "client_credentials", "method", "CLIENT_SECRET_POST", "client_secret_post"},
		{settings, "", "management", "some", ""},
		{settings, "", "registration_endpoint", "c4nary", ""},
		{settings, "", "registration_endpoint", "op.example.com/?key=c4nary", ""},
		{settings, "", "registration_endpoint", "user:c4nary@op.example.com/register", ""},
		{settings, "", "proxy_url", "user:c4nary@proxy.example.com:3128", "http://proxy.example.com:3128"},
	} {
		set := func(value string) attrs {
			if c.block == "client_credentials" {
				return attrs{c.block: attrs{"client_id": "a", "client_secret": "b", c.attribute: value}}
			}
			if c.block != "" {
				return attrs{c.block: attrs{c.attribute: value}}
			}
			out := attrs{c.attribute: value}
			if c.attribute == "management" {
				out["initial_access_token"] = "t"
			}
			return out
		}
		diags := c.validate(set(c.given))
		if !failed(diags) {
			t.Errorf("%s = %q passes", c.attribute, c.given)
			continue
		}
		containsNone(t, details(diags), "c4nary")
		line := regexp.MustCompile(`(?m)^ +` + c.attribute + ` = "(.*)"$`).FindStringSubmatch(details(diags))
		if c.want == "" {
			if line != nil {
				t.Errorf("%s = %q: %q is proposed", c.attribute, c.given, line[1])
			}
			continue
		}
		if line == nil || line[1] != c.want {
			t.Errorf("%s = %q: %q is proposed, want %q:\n%s", c.attribute, c.given, line, c.want, details(diags))
			continue
		}
		if diags := c.validate(set(line[1])); failed(diags) || strings.Contains(details(diags), c.attribute) {
			t.Errorf("%s = %q, as the message has it: %s", c.attribute, line[1], details(diags))
		}
	}
}
