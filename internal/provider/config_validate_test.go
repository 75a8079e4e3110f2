// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"filippo.io/age"
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
		"expected issuer, a blank":  {attrs{"expected_issuer": " https://op.example.com"}, "expected_issuer"},
		"expected issuer, empty":    {attrs{"expected_issuer": ""}, "expected_issuer"},
		"proxy of no port":          {attrs{"proxy_url": "http://proxy.example.com:99999"}, "proxy_url"},
		"document for an endpoint":  {attrs{"registration_endpoint": "https://op.example.com/.well-known/openid-configuration"}, "registration_endpoint"},
		"well-known":                {attrs{"issuer": "https://op.example.com/.well-known"}, "issuer"},
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

// Known settings that no run can use are refused by validate already, each at its own place and without a secret. What may still come from the
// environment, or is not known yet, passes.
func TestSettingsThatNoRunCanUse(t *testing.T) {
	t.Parallel()
	p := provider.New("test")
	t.Cleanup(p.Close)
	server := p.Server()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	private, _ := robotKey(t)
	const canary = "c4nary"
	robot := func(more attrs) attrs { return attrs{"client_credentials": attrs{"client_id": "robot"}.With(more)} }
	journal := func(more attrs) attrs { return attrs{"token_journal": attrs{"path": "clients.journal"}.With(more)} }
	for name, test := range map[string]struct {
		settings attrs
		at       string // "" where nothing is wrong
		says     string
	}{
		"header of no name":               {attrs{"headers": attrs{"X Api Key:": canary}}, "headers", "a name has a colon in it"},
		"header with its value":           {attrs{"headers": attrs{"Authorization: Bearer " + canary: ""}}, "headers", `"X-Api-Key" = var.api_key`},
		"header without a name":           {attrs{"headers": attrs{"": canary}}, "headers", `"X-Api-Key" = var.api_key`},
		"value behind a blank":            {attrs{"headers": attrs{"Authorization Bearer " + canary: ""}}, "headers", `"X-Api-Key" = var.api_key`},
		"value for a name":                {attrs{"headers": attrs{canary + " \u00e4": ""}}, "headers", `"X-Api-Key" = var.api_key`},
		"value with a mark":               {attrs{"headers": attrs{canary + "\u200b": ""}}, "headers", "a character in it that is no letter, digit or hyphen"},
		"one header in two writings":      {attrs{"headers": attrs{"X-Api-Key": canary, "x-api-key": canary + "2"}}, `headers["x-api-key"]`, `"X-Api-Key" and "x-api-key" are one header`},
		"two writings, not known yet":     {attrs{"headers": attrs{"X-Api-Key": tftest.Unknown{}, "X-API-KEY": canary}}, `headers["X-Api-Key"]`, "Remove one of the two"},
		"header of the connection":        {attrs{"headers": attrs{"upgrade": canary}}, `headers["upgrade"]`, "the provider sets it itself"},
		"header of the request":           {attrs{"headers": attrs{"Host": canary}}, `headers["Host"]`, `"Host" cannot be configured`},
		"header with a line break":        {attrs{"headers": attrs{"X-A": "a", "X-B": canary + "\n"}}, `headers["X-B"]`, "trimspace()"},
		"header that is not known":        {attrs{"headers": attrs{"X-A": tftest.Unknown{}}}, "", ""},
		"no header name, unknown value":   {attrs{"headers": attrs{"X A": tftest.Unknown{}}}, "headers", "a name has a blank or a line break in it"},
		"token for a key":                 {attrs{"registration_access_tokens": attrs{"a": "t", canary: "my client"}}, "registration_access_tokens", "Entry 2 of registration_access_tokens, in the order of their keys, cannot be used"},
		"scheme in a token":               {attrs{"registration_access_tokens": attrs{canary: "Bearer t"}}, "registration_access_tokens", "Write the token without"},
		"token that is not known":         {attrs{"registration_access_tokens": attrs{"a": tftest.Unknown{}}}, "", ""},
		"identity for a path":             {journal(attrs{"path": identity.String()}), "token_journal.path", "begins like a key or a document"},
		"recipient for a path":            {journal(attrs{"path": identity.Recipient().String()}), "token_journal.path", "begins like a key or a document"},
		"document for a path":             {journal(attrs{"path": " {\"kty\":\"" + canary + "\"}"}), "token_journal.path", "begins like a key or a document"},
		"text of a file for a path":       {journal(attrs{"path": "# " + canary + "\n" + canary}), "token_journal.path", "begins like a key or a document"},
		"path in a folder of such a name": {journal(attrs{"path": "age1-production/terraform/oidc/state/clients.journal"}), "", ""},
		"path of a short name":            {journal(attrs{"path": "age1.journal"}), "", ""},
		"CA and its file":                 {attrs{"ca_certificate": string(fakeop.Authority{Seed: "x"}.PEM()), "ca_certificate_file": canary}, "ca_certificate", "ca_certificate and ca_certificate_file must not be set together"},
		"certificate and its file":        {attrs{"client_certificate": "text", "client_certificate_file": canary}, "client_certificate", "must not be set together"},
		"key and its file":                {attrs{"client_key": "text", "client_key_file": canary}, "client_key", "must not be set together"},
		"identity and its file":           {journal(attrs{"age_identity": identity.String(), "age_identity_file": canary}), "token_journal.age_identity", "token_journal.age_identity and token_journal.age_identity_file must not be set together"},
		"empty CA beside its file":        {attrs{"ca_certificate": "", "ca_certificate_file": "ca.pem"}, "", ""},
		"CA whose file is not known":      {attrs{"ca_certificate": string(fakeop.Authority{Seed: "x"}.PEM()), "ca_certificate_file": tftest.Unknown{}}, "", ""},
		"no recipient":                    {journal(attrs{"age_recipients": []string{identity.Recipient().String(), canary}}), "token_journal.age_recipients[1]", "expected age1"},
		"identity for a recipient":        {journal(attrs{"age_recipients": []string{identity.String()}}), "token_journal.age_recipients[0]", "expected age1"},
		"no identity":                     {journal(attrs{"age_identity": canary}), "token_journal.age_identity", "expected AGE-SECRET-KEY-1"},
		"empty identity":                  {journal(attrs{"age_identity": ""}), "token_journal.age_identity", "would not be encrypted"},
		"empty identity and file":         {journal(attrs{"age_identity": "", "age_identity_file": ""}), "token_journal.age_identity", "would not be encrypted"},
		"empty identity's file":           {journal(attrs{"age_identity_file": ""}), "token_journal.age_identity_file", "would not be encrypted"},
		"empty identity beside a file":    {journal(attrs{"age_identity": "", "age_identity_file": "id"}), "", ""},
		"empty identity, unknown file":    {journal(attrs{"age_identity": "", "age_identity_file": tftest.Unknown{}}), "", ""},
		"no recipient and no identity":    {journal(attrs{"age_recipients": []string{}}), "", ""},
		"another's recipient":             {journal(attrs{"age_identity": identity.String(), "age_recipients": []string{other.Recipient().String()}}), "token_journal", "none of the age identities"},
		"recipient not known":             {journal(attrs{"age_identity": identity.String(), "age_recipients": []any{other.Recipient().String(), tftest.Unknown{}}}), "", ""},
		"identity of the environment":     {journal(attrs{"age_recipients": []string{other.Recipient().String()}}), "", ""},
		"path of the environment":         {journal(attrs{"path": nil}), "", ""},
		"no path":                         {journal(attrs{"path": ""}), "token_journal.path", "Set path in token_journal"},
		"blank path":                      {journal(attrs{"path": " "}), "token_journal.path", "Set path in token_journal"},
		"no key":                          {robot(attrs{"private_key": canary}), "client_credentials.private_key", "neither PEM nor a JWK"},
		"key of another kind":             {robot(attrs{"private_key": private, "signing_alg": "PS999"}), "client_credentials.private_key", "PS999"},
		"good key":                        {robot(attrs{"private_key": private}), "", ""},
		"empty key":                       {robot(attrs{"method": "private_key_jwt", "private_key": ""}), "client_credentials.private_key", "Set private_key in"},
		"empty secret":                    {robot(attrs{"method": "client_secret_post", "client_secret": ""}), "client_credentials.client_secret", "Set client_secret in"},
		"empty secret and key":            {robot(attrs{"client_secret": "", "private_key": ""}), "client_credentials.client_secret", "client_credentials needs a client_secret or a private_key, and has neither"},
		"empty secret, method not known":  {robot(attrs{"method": tftest.Unknown{}, "client_secret": ""}), "", ""},
		"secret of the environment":       {robot(nil), "", ""},
		"empty scope":                     {robot(attrs{"client_secret": canary, "scopes": []string{"register", ""}}), "client_credentials.scopes", "scopes[1] is empty; remove it"},
		"empty client_id":                 {robot(attrs{"client_id": "", "client_secret": canary}), "client_credentials.client_id", "Set client_id in"},
		"empty user name":                 {attrs{"basic_auth": attrs{"username": "", "password": canary}}, "basic_auth.username", "Set username in"},
		"user name with a colon":          {attrs{"basic_auth": attrs{"username": "a:" + canary}}, "basic_auth.username", "colon"},
		"no CA certificate":               {attrs{"ca_certificate": canary}, "ca_certificate", "-----BEGIN CERTIFICATE-----"},
		"no client certificate":           {attrs{"client_certificate": canary, "client_key": canary}, "client_certificate", "it holds no certificate in PEM"},
		"client key of the environment":   {attrs{"client_certificate": canary}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: configured(t, schemas.Provider, test.settings)})
			if err != nil {
				t.Fatal(err)
			}
			said := details(resp.Diagnostics)
			shown, _, _ := strings.Cut(test.at, ".") // the CLIs show no line within an object
			if strings.Contains(said, canary) || strings.Contains(said, identity.String()) {
				t.Errorf("a value is printed: %s", said)
			}
			switch {
			case test.at == "" && len(resp.Diagnostics) > 0:
				t.Errorf("refused: %s", said)
			case test.at != "" && (len(resp.Diagnostics) != 1 || attributeName(resp.Diagnostics[0].Attribute) != shown || !strings.Contains(said, test.says)):
				t.Errorf("want one error at %s that says %q, got %q: %s", test.at, test.says, told(resp.Diagnostics), said)
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
