// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// validation validates a configuration.
type validation func(attrs) []*tfprotov6.Diagnostic

// validations are those of the provider's settings and of a client's configuration.
func validations(t *testing.T) (settings, client validation) {
	t.Helper()
	x := newServerPair(t, &fakeop.Server{}, nil)
	schemas, err := x.full.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	settings = func(config attrs) []*tfprotov6.Diagnostic {
		resp, err := x.full.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: configured(t, schemas.Provider, config)})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	client = func(config attrs) []*tfprotov6.Diagnostic {
		resp, err := x.fast.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: clientType, Config: configured(t, schemas.ResourceSchemas[clientType], web.With(config)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	return settings, client
}

// correctable is an attribute whose value is refused with what was probably meant.
type correctable struct {
	validate  validation
	block     string // that has the attribute; "" for none
	attribute string
}

// with validates the attribute with a value.
func (c correctable) with(value string) []*tfprotov6.Diagnostic {
	config := attrs{c.attribute: value}
	switch {
	case c.block == "client_credentials":
		config = attrs{c.block: config.With(attrs{"client_id": "a", "client_secret": "b"})}
	case c.block != "":
		config = attrs{c.block: config}
	case c.attribute == "management":
		config["initial_access_token"] = "t"
	}
	return c.validate(config)
}

// proposed is the value of the line to copy that a refusal has; ok is false where it has none.
func (c correctable) proposed(t tester, diags []*tfprotov6.Diagnostic) (value string, ok bool) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^ +` + c.attribute + ` = (".*")$`).FindStringSubmatch(details(diags))
	if line == nil {
		return "", false
	}
	if regexp.MustCompile(`(^|[^$])\$\{|(^|[^%])%\{`).MatchString(line[1]) {
		t.Errorf("%s begins a template", line[1])
	}
	value, err := strconv.Unquote(strings.NewReplacer("$${", "${", "%%{", "%{").Replace(line[1]))
	if err != nil {
		t.Errorf("%s: %v", line[1], err)
	}
	return value, true
}

// tester is a test or a draw of one.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// A value of which the right form is known is refused with that form, which passes as it is written.
func TestCorrectedValues(t *testing.T) {
	t.Parallel()
	settings, client := validations(t)
	for _, c := range []struct {
		correctable
		given string
		want  string // "" where nothing is proposed
	}{
		{correctable{settings, "", "registration_endpoint"}, "login.example.com/register", "https://login.example.com/register"},
		{correctable{settings, "", "registration_endpoint"}, "login.example.com:8443/register", "https://login.example.com:8443/register"},
		{correctable{client, "", "registration_endpoint"}, "login.example.com/register", "https://login.example.com/register"},
		{correctable{settings, "client_credentials", "token_endpoint"}, "login.example.com/token", "https://login.example.com/token"},
		{correctable{settings, "", "proxy_url"}, "proxy.example.com:3128", "http://proxy.example.com:3128"},
		{correctable{settings, "", "proxy_url"}, "localhost:3128", "http://localhost:3128"},
		{correctable{settings, "", "proxy_url"}, "proxy.example.com", "http://proxy.example.com:3128"},
		{correctable{settings, "", "request_timeout"}, "30", "30s"},
		{correctable{settings, "", "request_timeout"}, "30 s", "30s"},
		{correctable{settings, "", "request_timeout"}, "0s", "30s"},
		{correctable{settings, "", "request_timeout"}, "soon", "30s"},
		{correctable{client, "", "renew_secret_before"}, "30d", "720h"},
		{correctable{client, "", "renew_secret_before"}, "1 day", "24h"},
		{correctable{client, "", "renew_secret_before"}, "720", "720h"},
		{correctable{client, "", "renew_secret_before"}, "a month", "720h"},
		{correctable{client, "timeouts", "create"}, "5M", "5m"},
		{correctable{client, "", "on_missing"}, "Keep", "keep"},
		{correctable{settings, "", "on_missing"}, "keep ", "keep"},
		{correctable{client, "", "refresh"}, "auto ", "auto"},
		{correctable{settings, "", "management"}, "provider-credentials", "provider_credentials"},
		{correctable{settings, "client_credentials", "method"}, "CLIENT_SECRET_POST", "client_secret_post"},
		{correctable{settings, "", "management"}, "some", ""},
		{correctable{settings, "", "registration_endpoint"}, "c4nary", ""},
		{correctable{settings, "", "registration_endpoint"}, "op.example.com/?key=c4nary", ""},
		{correctable{settings, "", "registration_endpoint"}, "user:c4nary@op.example.com/register", ""},
		{correctable{settings, "", "proxy_url"}, "user:c4nary@proxy.example.com:3128", "http://proxy.example.com:3128"},
		{correctable{client, "", "renew_secret_before"}, "999999999", "720h"}, // more hours than a duration holds
		{correctable{settings, "", "registration_endpoint"}, "https://op.example.com/register ", "https://op.example.com/register"},
		{correctable{client, "", "registration_endpoint"}, "\thttps://op.example.com/register\n", "https://op.example.com/register"},
		{correctable{settings, "", "registration_endpoint"}, " op.example.com/register", "https://op.example.com/register"},
		{correctable{settings, "", "registration_endpoint"}, "https://op.example.com/?key=c4nary ", ""},
		{correctable{settings, "", "registration_endpoint"}, " c4nary", ""},
		{correctable{settings, "client_credentials", "token_endpoint"}, "https://op.example.com/token\n", "https://op.example.com/token"},
		{correctable{settings, "", "proxy_url"}, "http://proxy.example.org:3128 ", "http://proxy.example.org:3128"},
		{correctable{settings, "", "proxy_url"}, "proxy.example.org:3128\n", "http://proxy.example.org:3128"},
		{correctable{settings, "", "proxy_url"}, "http://user:c4nary@proxy.example.org:3128 ", "http://proxy.example.com:3128"},
		{correctable{settings, "", "proxy_url"}, "http://proxy.example.org:99999", "http://proxy.example.com:3128"},
		{correctable{settings, "", "proxy_url"}, "proxy.example.org:99999", "http://proxy.example.com:3128"},
		{correctable{settings, "", "proxy_url"}, "socks5://proxy.example.org:0", "http://proxy.example.com:3128"},
		{correctable{settings, "", "client_configuration_uri_template"}, "https://op.example.com/c/{client_id} ", "https://op.example.com/c/{client_id}"},
		{correctable{client, "", "client_configuration_uri_template"}, " {registration_endpoint}?client_id={client_id}", "{registration_endpoint}?client_id={client_id}"},
		{correctable{client, "", "issuer"}, "https://op.example.com/${a}%{b}/ ", "https://op.example.com/${a}%{b}/"},
	} {
		diags := c.with(c.given)
		if !failed(diags) {
			t.Errorf("%s = %q passes", c.attribute, c.given)
			continue
		}
		containsNone(t, details(diags), "c4nary")
		value, ok := c.proposed(t, diags)
		if value != c.want || ok != (c.want != "") {
			t.Errorf("%s = %q: %q is proposed, want %q:\n%s", c.attribute, c.given, value, c.want, details(diags))
			continue
		}
		if diags := c.with(value); ok && (failed(diags) || strings.Contains(details(diags), c.attribute)) {
			t.Errorf("%s = %q, as the message has it: %s", c.attribute, value, details(diags))
		}
	}
}

// The address of a metadata document is none at which clients are registered; the issuer that is told in its place is one.
func TestDocumentForTheRegistrationEndpoint(t *testing.T) {
	t.Parallel()
	settings, client := validations(t)
	for given, issuer := range map[string]string{
		"https://op.example.com/.well-known/openid-configuration":                  "https://op.example.com",
		"https://op.example.com/a/.well-known/openid-configuration":                "https://op.example.com/a",
		"https://op.example.com/.well-known/oauth-authorization-server/a":          "https://op.example.com/a",
		"http://localhost:8080/realms/a/.well-known/openid-configuration":          "http://localhost:8080/realms/a",
		"https://op.example.com/.well-known/register":                              "",
		"https://op.example.com/.well-known/openid-configuration/clients-onboard/": "https://op.example.com/clients-onboard",
	} {
		for _, validate := range []validation{settings, client} {
			diags := validate(attrs{"registration_endpoint": given})
			if failed(diags) != (issuer != "") {
				t.Errorf("%s: %s", given, details(diags))
				continue
			}
			if issuer == "" {
				continue
			}
			containsAll(t, details(diags), "is the address of a metadata document")
			value, _ := correctable{attribute: "issuer"}.proposed(t, diags)
			if value != issuer || failed(validate(attrs{"issuer": value})) {
				t.Errorf("%s: %q is told, want %q", given, value, issuer)
			}
		}
	}
}

// oddText draws what a person may have written in the place of an address, a duration or a word.
func oddText(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{
			"op.example.com", "localhost", "127.0.0.1", "[::1]", "PROXY", ":", "/", ".", "-", "_", " ", "\n", "\t", "\u00a0", "\u2028", "é", "K", "${", "%{", "}", "\"", "\\", "#", "?", "@", "a", "1",
			"https://", "http://", "HTTPS://", "//", "socks5://", "ftp://", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/register", ":443", ":0", ":99999", "%20",
			"auto", "keep", "Keep", "provider-credentials", "client secret post", "AUTO", "none",
			"30", "0", "999999999", "99999", "d", "days", "h", "H", "m", "s", "ms", "µs", "1e3", "+", "1.5", "2562048h", "30 s", "1 day", "min", "٣",
		}),
		rapid.StringN(0, 4, -1),
	), 1, 5).Draw(t, "parts")
	return strings.Join(parts, "")
}

// Whatever stands in the place of a value: the one that is proposed for it passes.
func TestWhatIsProposedPasses(t *testing.T) {
	settings, client := validations(t)
	var all []correctable
	for _, name := range []string{"issuer", "registration_endpoint", "on_missing", "refresh", "client_configuration_uri_template"} {
		all = append(all, correctable{settings, "", name}, correctable{client, "", name})
	}
	all = append(all,
		correctable{settings, "", "proxy_url"}, correctable{settings, "", "request_timeout"}, correctable{settings, "", "management"},
		correctable{settings, "client_credentials", "token_endpoint"}, correctable{settings, "client_credentials", "method"},
		correctable{client, "", "renew_secret_before"}, correctable{client, "timeouts", "create"}, correctable{client, "", "update_form"})
	rapid.Check(t, func(t *rapid.T) {
		c, given := rapid.SampledFrom(all).Draw(t, "attribute"), oddText(t)
		value, ok := c.proposed(t, c.with(given))
		if !ok {
			return
		}
		if diags := c.with(value); strings.Contains(details(diags), c.attribute) {
			t.Errorf("%s = %q: %q is proposed: %s", c.attribute, given, value, details(diags))
		}
	})
}
