// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// The values that TestAnythingUnknownAtPlan and others draw of.

// usable are values of all of the resource's attributes. Those of some of them, after fitting, can be applied: an apply must succeed.
func usable(op *fakeop.Server) map[string][]any {
	out := map[string][]any{
		"redirect_uris":                     {[]string{"https://a.example.com/"}, []string{"https://b.example.com/", "https://a.example.com/"}, []string{"https://a.example.com/", "https://b.example.com/"}},
		"token_endpoint_auth_method":        {"client_secret_basic", "client_secret_post", "none", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"},
		"token_endpoint_auth_signing_alg":   {"ES256", "PS256"},
		"grant_types":                       {[]string{"authorization_code"}, []string{"authorization_code", "refresh_token"}, []string{"refresh_token", "authorization_code"}},
		"response_types":                    {[]string{"code"}},
		"application_type":                  {"web"},
		"subject_type":                      {"public", "pairwise"},
		"backchannel_token_delivery_mode":   {"poll", "ping"},
		"software_statement":                {"e30.e30.c2ln", "e30.e30.b3RoZXI"},
		"jwks_uri":                          {"https://app.example.com/jwks", "https://app.example.com/jwks/2"},
		"issuer":                            {op.Issuer(), op.TenantIssuer("/tenant")},
		"registration_endpoint":             {op.RegistrationEndpoint()},
		"initial_access_token":              {"token"},
		"strict":                            {true, false},
		"accept_substitutions":              {[]string{"client_name"}, []string{"client_name", "scope"}},
		"refresh":                           {"auto", "never", "always"},
		"on_missing":                        {"recreate", "error", "keep"},
		"update_form":                       {"standard", "known"},
		"renew_secret_before":               {"1h", "200h"},
		"client_configuration_uri_template": {"{registration_endpoint}/{client_id}"},
		"rotate_secret_when":                {attrs{"a": "1"}, attrs{"a": "2"}, attrs{"a": "1", "b": "1"}},
		"store_client_secret":               {true, false},
		"timeouts":                          {attrs{"create": "1m"}, attrs{"update": "2m", "delete": "1m"}},
		"localized":                         {attrs{"ja": attrs{"client_name": "一"}}, attrs{"ja": attrs{"client_name": "二"}, "de": attrs{"client_name": "Eins"}}, attrs{"ja": attrs{}}, attrs{"ja": attrs{"keywords": []string{}}}},
		"extension_metadata":                {attrs{"x_a": 1}, attrs{"x_a": "1", "x_b": []any{"a"}}, attrs{"x_a": attrs{"b": attrs{"c": 1}}}, attrs{}, attrs{"x_a": []any{}, "x_b": 1}, attrs{"x_a": "", "x_b": attrs{}}},
	}
	for _, p := range metadata.All() {
		if out[p.Name] == nil {
			out[p.Name] = []any{parameterValue(p, 0), parameterValue(p, 1)}
		}
	}
	return out
}

// fitting takes out of a configuration what cannot stand beside the rest of it, and puts in what the rest needs.
func fitting(config attrs) attrs {
	out := maps.Clone(config)
	method, subject := out["token_endpoint_auth_method"], ""
	for _, name := range certificateSubjects {
		if out[name] == nil {
			continue
		}
		if subject != "" || method != "tls_client_auth" {
			delete(out, name)
		} else {
			subject = name
		}
	}
	need := func(name string, when bool) {
		if p, known := metadata.Lookup(name); known && when && out[name] == nil {
			out[name] = parameterValue(p, 0)
		}
	}
	need(certificateSubjects[0], method == "tls_client_auth" && subject == "")
	if out["jwks"] != nil {
		delete(out, "jwks_uri")
	}
	need("jwks", (method == "private_key_jwt" || method == "self_signed_tls_client_auth") && out["jwks_uri"] == nil)
	if method != "private_key_jwt" {
		delete(out, "token_endpoint_auth_signing_alg")
	}
	need("sector_identifier_uri", out["subject_type"] == "pairwise")
	need("backchannel_client_notification_endpoint", out["backchannel_token_delivery_mode"] == "ping")
	for _, p := range metadata.All() {
		need(p.Needs, out[p.Name] != nil)
		need(p.Wants, out[p.Name] != nil)
	}
	return out
}

// surroundings are what the provider's settings name beside a server.
type surroundings struct {
	folder, proxy string
	draws         int
}

func newSurroundings(t *testing.T) surroundings {
	t.Helper()
	s := surroundings{folder: t.TempDir()}
	proxy := httptest.NewServer(&fakeop.Proxy{})
	t.Cleanup(proxy.Close)
	s.proxy = proxy.URL
	op := &fakeop.Server{} // whose authority that of each server without a seed is
	certificate, key := op.ClientCertificate("app")
	for name, content := range map[string][]byte{"ca": op.CACertificate(), "certificate": certificate, "key": key} {
		if err := os.WriteFile(filepath.Join(s.folder, name+".pem"), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *surroundings) pem(name string) string {
	b, err := os.ReadFile(filepath.Join(s.folder, name+".pem"))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// usableSettings are the same of the provider's attributes.
func (s *surroundings) usableSettings(op *fakeop.Server) map[string][]any {
	robot := attrs{"client_id": "robot", "client_secret": "robot-secret"} // whose token endpoint the metadata of the provider's server name
	return map[string][]any{
		"issuer":                     {op.Issuer()},
		"registration_endpoint":      {op.RegistrationEndpoint()},
		"webfinger_resource":         {op.URL()},
		"expected_issuer":            {op.Issuer()},
		"initial_access_token":       {"token"},
		"client_credentials":         {robot, robot.With(attrs{"method": "client_secret_basic"}), robot.With(attrs{"token_endpoint": op.TokenEndpoint()})},
		"headers":                    {attrs{"X-Api-Key": "key"}},
		"management":                 {"auto", "none", "registration_access_token", "provider_credentials"},
		"registration_access_tokens": {attrs{"another": "token"}},
		"token_journal":              {attrs{"path": filepath.Join(s.folder, strconv.Itoa(s.draws))}},
		"allow_insecure_http":        {true},
		"request_timeout":            {"30s"},
		"max_retries":                {0, 1},
		"max_concurrent_requests":    {5},
		"refresh":                    {"auto", "never", "always"},
		"on_missing":                 {"recreate", "error", "keep"},
		"strict":                     {true, false},
		"accept_substitutions":       {[]string{"client_name"}},
		"update_form":                {"standard", "known"},
		"basic_auth":                 {attrs{"username": "user", "password": "password"}},
		"ca_certificate":             {s.pem("ca")},
		"ca_certificate_file":        {filepath.Join(s.folder, "ca.pem")},
		"ca_certificate_only":        {true, false},
		"client_certificate":         {s.pem("certificate")},
		"client_certificate_file":    {filepath.Join(s.folder, "certificate.pem")},
		"client_key":                 {s.pem("key")},
		"client_key_file":            {filepath.Join(s.folder, "key.pem")},
		"proxy_url":                  {s.proxy},
		"insecure_skip_verify":       {true, false},

		"client_configuration_uri_template": {"{registration_endpoint}/{client_id}"},
	}
}

// fittingSettings is fitting for the provider's attributes, by values of which what is needed is taken.
func (s *surroundings) fittingSettings(op *fakeop.Server) func(attrs) attrs {
	return func(settings attrs) attrs {
		out := maps.Clone(settings)
		if out["management"] == "provider_credentials" {
			out["initial_access_token"] = "token"
		}
		first := func(names ...string) { // and no other of them
			i := slices.IndexFunc(names, func(name string) bool { return out[name] != nil })
			for _, name := range names[i+1:] {
				delete(out, name)
			}
		}
		first("initial_access_token", "client_credentials", "basic_auth")
		if out["webfinger_resource"] != nil {
			delete(out, "issuer")
			delete(out, "registration_endpoint")
		}
		for _, name := range []string{"ca_certificate", "client_certificate", "client_key"} {
			if out[name] != nil {
				delete(out, name+"_file")
			}
		}
		has := func(name string) bool { return out[name] != nil || out[name+"_file"] != nil }
		need := func(name string, when bool) {
			if when && !has(name) {
				out[name] = s.usableSettings(op)[name][0]
			}
		}
		need("ca_certificate", out["ca_certificate_only"] == true)
		need("client_key", has("client_certificate"))
		need("client_certificate", has("client_key"))
		return out
	}
}

// atHome takes a configuration back to the provider's own server where the provider's own credentials manage all clients: they go to no other one.
func atHome(op *fakeop.Server, settings, config attrs) attrs {
	if settings["management"] != "provider_credentials" || config["issuer"] != op.TenantIssuer("/tenant") {
		return config
	}
	out := maps.Clone(config)
	delete(out, "issuer")
	return out
}

// An attribute without a value to become known as could only become null, and nothing would be seen of what it decides.
func TestEachAttributeHasAValueToBecomeKnownAs(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Tenants: []string{"/tenant"}}
	op.Start(t)
	resource, settings := lateNames(t)
	s := newSurroundings(t)
	for _, of := range []struct {
		names  []string
		values map[string][]any
	}{{resource, usable(op)}, {settings, s.usableSettings(op)}} {
		for _, name := range of.names {
			if len(of.values[name]) == 0 {
				t.Errorf("%s has none", name)
			}
		}
		for name := range of.values {
			if !slices.Contains(of.names, name) {
				t.Errorf("%s is no attribute", name)
			}
		}
	}
}
