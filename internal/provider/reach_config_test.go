// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

func TestReachConfigurationErrors(t *testing.T) {
	basic, cc := attrs{"username": "u", "password": "p"}, attrs{"client_id": "c", "client_secret": "s"}
	for name, test := range map[string]struct {
		settings attrs
		env      map[string]string
		want     []string
	}{
		"webfinger and endpoint": {settings: attrs{"webfinger_resource": "a.example", "registration_endpoint": "https://a.example/r"}, want: []string{"More than one authorization server"}},
		"issuer and webfinger":   {settings: attrs{"issuer": "https://a.example", "webfinger_resource": "joe@a.example"}, want: []string{"More than one authorization server"}},
		"two in environment":     {env: map[string]string{"OIDC_ISSUER": "https://a.example", "OIDC_WEBFINGER_RESOURCE": "a.example"}, want: []string{"More than one authorization server", "OIDC_ISSUER"}},
		"token and basic":        {settings: attrs{"initial_access_token": "t", "basic_auth": basic}, want: []string{"More than one way to authorize"}},
		"basic and credentials":  {settings: attrs{"basic_auth": basic, "client_credentials": cc}, want: []string{"More than one way to authorize"}},
		"two ways in environment": {env: map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "t", "OIDC_BASIC_AUTH_USERNAME": "u"},
			want: []string{"More than one way to authorize", "environment"}},
		"plain http":                  {settings: attrs{"issuer": "http://a.example"}, want: []string{"Unusable URL", "https"}},
		"endpoint over http":          {settings: attrs{"registration_endpoint": "http://a.example/r"}, want: []string{"Unusable URL"}},
		"no user name":                {settings: attrs{"basic_auth": attrs{"password": "p"}}, want: []string{"Missing username", "OIDC_BASIC_AUTH_USERNAME"}},
		"no client_id":                {settings: attrs{"client_credentials": attrs{"client_secret": "s"}}, want: []string{"Missing client_id", "OIDC_CLIENT_CREDENTIALS_CLIENT_ID"}},
		"no client_secret":            {settings: attrs{"client_credentials": attrs{"client_id": "c"}}, want: []string{"Missing client_secret"}},
		"no private_key":              {settings: attrs{"client_credentials": attrs{"client_id": "c", "method": "private_key_jwt"}}, want: []string{"Missing private_key"}},
		"method":                      {settings: attrs{"client_credentials": cc.With(attrs{"method": "tls"})}, want: []string{"client_secret_basic"}},
		"management":                  {settings: attrs{"management": "token"}, want: []string{"provider_credentials"}},
		"management by nobody":        {settings: attrs{"management": "provider_credentials"}, want: []string{"No credentials to manage clients with", "basic_auth"}},
		"duration":                    {settings: attrs{"request_timeout": "soon"}, want: []string{"Malformed duration", "30s"}},
		"concurrency":                 {settings: attrs{"max_concurrent_requests": 0}, want: []string{"from 1 to 1000"}},
		"boolean environment":         {env: map[string]string{"OIDC_ALLOW_INSECURE_HTTP": "perhaps"}, want: []string{"OIDC_ALLOW_INSECURE_HTTP"}},
		"number environment":          {env: map[string]string{"OIDC_MAX_RETRIES": "many"}, want: []string{"OIDC_MAX_RETRIES"}},
		"missing file":                {settings: attrs{"ca_certificate_file": "/nowhere/ca.pem"}, want: []string{"File cannot be read", "ca_certificate_file", "no such file"}},
		"no certificate":              {settings: attrs{"ca_certificate": "hello"}, want: []string{"Unusable credential", "ca_certificate cannot be used", "PEM"}},
		"only, and none":              {settings: attrs{"ca_certificate_only": true}, want: []string{"Unusable connection settings", "ca_certificate_only excludes"}},
		"key alone":                   {settings: attrs{"client_key": "k"}, want: []string{"client_key is given without its certificate"}},
		"proxy":                       {settings: attrs{"proxy_url": "ftp://proxy.example"}, want: []string{"an HTTP or SOCKS5 proxy"}},
		"template":                    {settings: attrs{"client_configuration_uri_template": "https://a.example/clients"}, want: []string{"Template without {client_id}"}},
		"template of no URL":          {settings: attrs{"client_configuration_uri_template": "word4711/{client_id}"}, want: []string{"Unusable template", "an absolute https URL is needed"}},
		"template's braces":           {settings: attrs{"client_configuration_uri_template": "{registration_endpoint}/{word4711}/{client_id}"}, want: []string{"Unusable template", "in braces"}},
		"header":                      {settings: attrs{"headers": attrs{"Host": "a.example"}}, want: []string{`header "Host" cannot be configured`}},
		"token with a blank":          {settings: attrs{"initial_access_token": "word 4711\n"}, want: []string{"Unusable credential", "initial_access_token cannot be used", "trimspace()"}},
		"colon in user name":          {settings: attrs{"basic_auth": attrs{"username": "word:4711", "password": "p"}}, want: []string{"Unusable credential", "basic_auth.username cannot be used", "colon"}},
		"key that is none":            {settings: attrs{"client_credentials": attrs{"client_id": "c", "private_key": "word-4711"}}, want: []string{"Unusable credential", "client_credentials.private_key cannot be used", "neither PEM nor a JWK"}},
		"symmetric key":               {settings: attrs{"client_credentials": attrs{"client_id": "c", "private_key": `{"kty":"oct","k":"d29yZC00NzEx"}`}}, want: []string{"Unusable credential", "not a private RSA, EC or Ed25519 key"}},
		"issuer of the environment":   {env: map[string]string{"OIDC_ISSUER": "word 4711"}, want: []string{"Not an issuer", "environment variable OIDC_ISSUER"}},
		"document of the environment": {env: map[string]string{"OIDC_ISSUER": "https://a.example/.well-known/openid-configuration"}, want: []string{"Not an issuer", "metadata document", "export OIDC_ISSUER=https://a.example", "environment variable OIDC_ISSUER"}},
		"issuer with a blank":         {env: map[string]string{"OIDC_ISSUER": "https://a.example:1 "}, want: []string{"Not an issuer", "white space", "export OIDC_ISSUER=https://a.example:1", "environment variable OIDC_ISSUER"}},
		"issuer with a query":         {env: map[string]string{"OIDC_ISSUER": "https://a.example?word4711"}, want: []string{"Not an issuer", "query", "environment variable OIDC_ISSUER"}},
		"endpoint with a blank":       {settings: attrs{"registration_endpoint": "https://a.example/r "}, want: []string{"Unusable URL", "registration_endpoint", "white space"}},
		"endpoint with a fragment":    {settings: attrs{"registration_endpoint": "https://a.example/r#word4711"}, want: []string{"Unusable URL", "registration_endpoint", "fragment"}},
		"blank of the environment":    {env: map[string]string{"OIDC_REGISTRATION_ENDPOINT": "https://a.example/r\n"}, want: []string{"Unusable URL", "white space", "environment variable OIDC_REGISTRATION_ENDPOINT"}},
		"endpoint of the environment": {env: map[string]string{"OIDC_REGISTRATION_ENDPOINT": "/register"}, want: []string{"Unusable URL", "environment variable OIDC_REGISTRATION_ENDPOINT"}},
		"time of the environment":     {env: map[string]string{"OIDC_REQUEST_TIMEOUT": "soon"}, want: []string{"Malformed duration", "environment variable OIDC_REQUEST_TIMEOUT", "\n    export OIDC_REQUEST_TIMEOUT=30s"}},
		"file of the environment":     {env: map[string]string{"OIDC_CA_CERTIFICATE_FILE": "/nowhere/ca.pem"}, want: []string{"File cannot be read", "environment variable OIDC_CA_CERTIFICATE_FILE"}},
		"CA of the environment":       {env: map[string]string{"OIDC_CA_CERTIFICATE": "hello"}, want: []string{"Unusable credential", "ca_certificate cannot be used", "OIDC_CA_CERTIFICATE", "in PEM"}},
		"key of the environment":      {env: map[string]string{"OIDC_CLIENT_KEY": "word-4711"}, want: []string{"client_key is given without", "OIDC_CLIENT_KEY"}},
		"proxy of the environment":    {env: map[string]string{"OIDC_PROXY_URL": "ftp://u:word-4711@proxy.example"}, want: []string{"Unusable connection settings", "OIDC_PROXY_URL"}},
		"token of the environment":    {env: map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "word 4711\n"}, want: []string{"Unusable credential", "environment variable OIDC_INITIAL_ACCESS_TOKEN"}},
		"client's key of the environment": {env: map[string]string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID": "c", "OIDC_CLIENT_CREDENTIALS_PRIVATE_KEY": "word-4711"},
			want: []string{"Unusable credential", "OIDC_CLIENT_CREDENTIALS_PRIVATE_KEY"}},
		"journal for nobody":                    {settings: attrs{"token_journal": attrs{"path": "/nowhere/journal", "age_recipients": []string{"word-4711"}}}, want: []string{"Unusable credential", "token_journal.age_recipients[0] cannot be used", "is no recipient"}},
		"journal's identity of the environment": {env: map[string]string{"OIDC_TOKEN_JOURNAL": "/nowhere/journal", "OIDC_TOKEN_JOURNAL_AGE_IDENTITY": "word-4711"}, want: []string{"is no age identity", "OIDC_TOKEN_JOURNAL_AGE_IDENTITY"}},
		"search of the environment":             {env: map[string]string{"OIDC_WEBFINGER_RESOURCE": "acct:word-4711@"}, want: []string{"webfinger_resource must be", "environment variable OIDC_WEBFINGER_RESOURCE"}},
		"token endpoint of the environment": {env: map[string]string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID": "c", "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET": "s", "OIDC_CLIENT_CREDENTIALS_TOKEN_ENDPOINT": "word-4711"},
			want: []string{"client_credentials.token_endpoint cannot be used", "OIDC_CLIENT_CREDENTIALS_TOKEN_ENDPOINT"}},
		"journal without path": {settings: attrs{"token_journal": attrs{}}, want: []string{"Missing path", "OIDC_TOKEN_JOURNAL"}},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			_, err := tryStart(t, test.settings)
			wants(t, err, test.want...)
			if err != nil {
				containsNone(t, err.Error(), "4711")
			}
		})
	}
}

// Each way of authorization, by attribute and by environment; and open registration.
func TestReachAuthorizationOfRegistration(t *testing.T) {
	for name, test := range map[string]struct {
		server   *fakeop.Server
		settings attrs
		env      map[string]string
		scheme   string
	}{
		"open":              {},
		"token":             {server: &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}}, settings: attrs{"initial_access_token": "iat"}, scheme: "Bearer"},
		"token in env":      {server: &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}}, env: map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "iat"}, scheme: "Bearer"},
		"attribute wins":    {server: &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}}, settings: attrs{"initial_access_token": "iat"}, env: map[string]string{"OIDC_BASIC_AUTH_USERNAME": "u", "OIDC_INITIAL_ACCESS_TOKEN": "other"}, scheme: "Bearer"},
		"basic":             {server: &fakeop.Server{BasicUser: "u", BasicPassword: "p:ä"}, settings: attrs{"basic_auth": attrs{"username": "u", "password": "p:ä"}}, scheme: "Basic"},
		"basic in env":      {server: &fakeop.Server{BasicUser: "u", BasicPassword: "p"}, env: map[string]string{"OIDC_BASIC_AUTH_USERNAME": "u", "OIDC_BASIC_AUTH_PASSWORD": "p"}, scheme: "Basic"},
		"password in env":   {server: &fakeop.Server{BasicUser: "u", BasicPassword: "p"}, settings: attrs{"basic_auth": attrs{"username": "u"}}, env: map[string]string{"OIDC_BASIC_AUTH_PASSWORD": "p"}, scheme: "Basic"},
		"headers":           {server: &fakeop.Server{APIKeyHeader: "X-API-Key", APIKey: "k"}, settings: attrs{"headers": attrs{"X-API-Key": "k"}}},
		"headers and basic": {server: &fakeop.Server{APIKeyHeader: "X-API-Key", APIKey: "k", BasicUser: "u", BasicPassword: "p"}, settings: attrs{"headers": attrs{"X-API-Key": "k"}, "basic_auth": attrs{"username": "u", "password": "p"}}, scheme: "Basic"},
		"credentials in env": {server: &fakeop.Server{RegistrationScope: "register"}, env: map[string]string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID": "robot", "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET": "word"},
			settings: attrs{}, scheme: "Bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			s := test.server
			if s == nil {
				s = &fakeop.Server{}
			}
			s.Start(t)
			s.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
			c := start(t, test.settings.With(attrs{"issuer": s.Issuer()})).Another()
			c.Apply(web)
			c.Rig().WantNoWarnings()
			c.WantEmpty(web)
			if last, _ := s.Last(fakeop.OpRegister); last.AuthScheme != test.scheme {
				t.Errorf("authorized by %q, want %q", last.AuthScheme, test.scheme)
			}
			c.Destroy()
			if last, _ := s.Last(fakeop.OpDelete); last.AuthScheme != "Bearer" || last.Status != 204 {
				t.Errorf("deleted by %q: %d", last.AuthScheme, last.Status)
			}
		})
	}
}

func TestReachServerByEnvironment(t *testing.T) {
	s := fakeop.Server{Host: "localhost"}
	s.Start(t)
	for name, value := range map[string]string{
		"OIDC_ISSUER": s.Issuer(), "OIDC_REGISTRATION_ENDPOINT": s.RegistrationEndpoint(), "OIDC_WEBFINGER_RESOURCE": s.URL() + "/joe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			c := start(t, attrs{}).Another()
			c.Apply(web)
			c.Destroy()
		})
	}
	t.Run("attribute wins", func(t *testing.T) {
		t.Setenv("OIDC_ISSUER", "https://other.example")
		start(t, attrs{"registration_endpoint": s.RegistrationEndpoint()}).Another().Apply(web)
	})
	t.Run("none", func(t *testing.T) {
		wants(t, start(t, attrs{}).Another().TryApply(web), "No authorization server", "OIDC_ISSUER", "OIDC_WEBFINGER_RESOURCE")
	})
}

// A certificate in the shell's environment has no say beside a configured one.
func TestReachConfiguredCABeatsEnvironment(t *testing.T) {
	s := fakeop.Server{TLS: true}
	s.Start(t)
	t.Setenv("OIDC_CA_CERTIFICATE", string(fakeop.Authority{Seed: "another"}.PEM()))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, s.CACertificate(), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, attrs{"issuer": s.Issuer(), "ca_certificate_file": file, "ca_certificate_only": true}).Another().Apply(web)
}

// Every setting may be unknown at plan, alone or as a whole object; a plan then reads no client with half a configuration.
func TestReachUnknownSettings(t *testing.T) {
	s := fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential}
	s.Start(t)
	base := attrs{"issuer": s.Issuer(), "basic_auth": attrs{"username": "u", "password": "p"}}
	c := start(t, base).Another()
	c.Apply(web)
	schema := c.Rig().Schemas().Provider.Block.Attributes
	if len(schema) < 25 {
		t.Fatalf("%d attributes", len(schema))
	}
	for _, a := range schema {
		t.Run(a.Name, func(t *testing.T) {
			settings := attrs{a.Name: tftest.Unknown{}}
			if a.Name != "registration_endpoint" && a.Name != "webfinger_resource" {
				settings["issuer"] = s.Issuer()
			}
			if a.Name != "initial_access_token" && a.Name != "client_credentials" {
				settings["basic_auth"] = attrs{"username": "u", "password": "p"}
			}
			settings[a.Name] = tftest.Unknown{}
			again := start(t, settings).Copied(c)
			if err := again.Refresh(context.Background()); err != nil {
				t.Fatalf("refresh: %v", err)
			}
			if again.State.IsNull() {
				t.Fatal("the client was taken for gone")
			}
			if _, err := again.PlanOnly(web); err != nil {
				t.Errorf("plan of a client that exists: %v", err)
			}
			if _, err := again.Rig().Another().PlanOnly(web); err != nil {
				t.Errorf("plan of a new client: %v", err)
			}
		})
	}
	t.Run("parts", func(t *testing.T) {
		for _, settings := range []attrs{
			{"basic_auth": attrs{"username": "u", "password": tftest.Unknown{}}},
			{"client_credentials": attrs{"client_id": "c", "client_secret": tftest.Unknown{}, "scopes": []any{tftest.Unknown{}}}},
			{"headers": attrs{"X-Key": tftest.Unknown{}}},
			{"token_journal": attrs{"path": tftest.Unknown{}, "age_recipients": []any{tftest.Unknown{}}}, "basic_auth": attrs{"username": "u", "password": "p"}},
			{"accept_substitutions": []any{tftest.Unknown{}}, "basic_auth": attrs{"username": "u", "password": "p"}},
			{"registration_access_tokens": attrs{"x": tftest.Unknown{}}, "basic_auth": attrs{"username": "u", "password": "p"}},
		} {
			s.ResetLog()
			again := start(t, settings.With(attrs{"issuer": s.Issuer()})).Copied(c)
			if err := again.Refresh(context.Background()); err != nil || again.State.IsNull() {
				t.Errorf("%v: %v, gone %t", settings, err, again.State.IsNull())
			}
			for _, r := range s.Of(fakeop.OpRead) {
				if r.AuthScheme != "" && r.Status != 200 {
					t.Errorf("%v: a read with half a credential: %s", settings, r)
				}
			}
		}
	})
}
