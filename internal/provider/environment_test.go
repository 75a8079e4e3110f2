// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// environment is one variable, or a few that need each other: a server that can be reached only with them.
type environment struct {
	names    []string // the first ones are what the test is about
	server   *fakeop.Server
	values   func(t *testing.T, s *fakeop.Server) []string
	settings func(s *fakeop.Server) attrs
	check    func(t *testing.T, r *subject, err error)
}

func environments() []environment {
	noIssuer := func(*fakeop.Server) attrs { return attrs{"issuer": nil} }
	file := func(t *testing.T, content string) string {
		t.Helper()
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	certificate := func(s *fakeop.Server) (string, string) {
		c, k := s.ClientCertificate("robot")
		return string(c), string(k)
	}
	ca := func(s *fakeop.Server) attrs { return attrs{"ca_certificate": string(s.CACertificate())} }
	return []environment{
		{names: []string{"OIDC_ISSUER"}, settings: noIssuer, values: func(_ *testing.T, s *fakeop.Server) []string { return []string{s.Issuer()} }},
		{names: []string{"OIDC_REGISTRATION_ENDPOINT"}, settings: noIssuer, values: func(_ *testing.T, s *fakeop.Server) []string { return []string{s.RegistrationEndpoint()} }},
		{names: []string{"OIDC_WEBFINGER_RESOURCE"}, settings: noIssuer, values: func(_ *testing.T, s *fakeop.Server) []string { return []string{s.URL() + "/joe"} }},
		{
			names: []string{"OIDC_EXPECTED_ISSUER"}, server: &fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: "https://other.example.com"}},
			values: func(*testing.T, *fakeop.Server) []string { return []string{"https://other.example.com"} },
		},
		{
			names: []string{"OIDC_INITIAL_ACCESS_TOKEN"}, server: &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}},
			values: func(*testing.T, *fakeop.Server) []string { return []string{"iat"} },
		},
		{
			names: []string{"OIDC_BASIC_AUTH_USERNAME", "OIDC_BASIC_AUTH_PASSWORD"}, server: &fakeop.Server{BasicUser: "u", BasicPassword: "p"},
			values: func(*testing.T, *fakeop.Server) []string { return []string{"u", "p"} },
		},
		{
			names:  []string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID", "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET", "OIDC_CLIENT_CREDENTIALS_TOKEN_ENDPOINT"},
			server: &fakeop.Server{RegistrationScope: "register", Faults: fakeop.Faults{MetadataMembers: map[string]any{"token_endpoint": nil}}},
			values: func(_ *testing.T, s *fakeop.Server) []string {
				s.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
				return []string{"robot", "word", s.TokenEndpoint()}
			},
		},
		{
			names: []string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID", "OIDC_CLIENT_CREDENTIALS_PRIVATE_KEY"}, server: &fakeop.Server{RegistrationScope: "register"},
			values: func(t *testing.T, s *fakeop.Server) []string {
				private, jwks := robotKey(t)
				s.AddClient("robot", "", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register", "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks})
				return []string{"robot", private}
			},
		},
		{
			names: []string{"OIDC_CA_CERTIFICATE"}, server: &fakeop.Server{TLS: true},
			values: func(_ *testing.T, s *fakeop.Server) []string { return []string{string(s.CACertificate())} },
		},
		{
			names: []string{"OIDC_CA_CERTIFICATE_FILE"}, server: &fakeop.Server{TLS: true},
			values: func(t *testing.T, s *fakeop.Server) []string { return []string{file(t, string(s.CACertificate()))} },
		},
		{
			names: []string{"OIDC_CLIENT_CERTIFICATE", "OIDC_CLIENT_KEY"}, server: &fakeop.Server{TLS: true, RequireClientCertificate: true}, settings: ca,
			values: func(_ *testing.T, s *fakeop.Server) []string { c, k := certificate(s); return []string{c, k} },
		},
		{
			names: []string{"OIDC_CLIENT_CERTIFICATE_FILE", "OIDC_CLIENT_KEY_FILE"}, server: &fakeop.Server{TLS: true, RequireClientCertificate: true}, settings: ca,
			values: func(t *testing.T, s *fakeop.Server) []string {
				c, k := certificate(s)
				return []string{file(t, c), file(t, k)}
			},
		},
		{
			names: []string{"OIDC_INSECURE_SKIP_VERIFY"}, server: &fakeop.Server{TLS: true},
			values: func(*testing.T, *fakeop.Server) []string { return []string{"true"} },
			check: func(t *testing.T, r *subject, err error) {
				if err != nil {
					t.Error(err)
				}
			},
		},
		{
			// Without it, a name that is no loopback address is not spoken to over http; with it, the proxy is asked for it.
			names: []string{"OIDC_PROXY_URL", "OIDC_ALLOW_INSECURE_HTTP"}, settings: func(*fakeop.Server) attrs { return attrs{"issuer": "http://op.invalid", "max_retries": 0} },
			values: func(t *testing.T, _ *fakeop.Server) []string {
				proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					http.Error(w, "asked for "+q.Host, http.StatusTeapot)
				}))
				t.Cleanup(proxy.Close)
				return []string{proxy.URL, "true"}
			},
			check: func(t *testing.T, r *subject, err error) {
				if err == nil || !strings.Contains(err.Error(), "418") {
					t.Errorf("the apply says %v", err)
				}
			},
		},
		{
			names: []string{"OIDC_REQUEST_TIMEOUT", "OIDC_MAX_RETRIES"}, server: &fakeop.Server{Faults: fakeop.Faults{Hang: []fakeop.Operation{fakeop.OpMetadata}}},
			values: func(*testing.T, *fakeop.Server) []string { return []string{"100ms", "0"} },
			check: func(t *testing.T, r *subject, err error) {
				if err == nil {
					t.Error("the apply succeeds")
				}
				// One at the plan, which may fail, and one at the apply, at each of the two addresses.
				if n := r.op.CountOf(fakeop.OpMetadata); n > 4 {
					t.Errorf("%d requests were sent", n)
				}
			},
		},
		{
			names:  []string{"OIDC_TOKEN_JOURNAL", "OIDC_TOKEN_JOURNAL_AGE_IDENTITY"},
			server: &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}},
			values: func(t *testing.T, _ *fakeop.Server) []string {
				identity, err := age.GenerateX25519Identity()
				if err != nil {
					t.Fatal(err)
				}
				return []string{filepath.Join(t.TempDir(), "journal"), identity.String()}
			},
			check: func(t *testing.T, r *subject, err error) {
				if err != nil {
					t.Fatal(err)
				}
				content, err := os.ReadFile(os.Getenv("OIDC_TOKEN_JOURNAL"))
				if err != nil || bytes.Contains(content, []byte(r.Text("registration_access_token"))) {
					t.Errorf("the journal is in the clear, or not there: %v", err)
				}
				r.WantEmpty(secured()) // with a journal, the client is read
				r.wantQuiet()
			},
		},
	}
}

// Each variable stands in for its attribute.
func TestEnvironment(t *testing.T) {
	for _, e := range environments() {
		t.Run(e.names[0], func(t *testing.T) {
			s := e.server
			if s == nil {
				s = &fakeop.Server{}
			}
			s.Start(t)
			for i, v := range e.values(t, s) {
				t.Setenv(e.names[i], v)
			}
			settings := attrs{}
			if e.settings != nil {
				settings = e.settings(s)
			}
			r := newSubject(t, s, settings)
			err := r.TryApply(secured())
			if e.check != nil {
				e.check(t, r, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r.WantEmpty(secured())
			r.Destroy()

			// Without it, nothing works: it is the variable that made the difference.
			for _, name := range e.names {
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
			without := unstarted(t, s)
			if err := without.configure(settings); err != nil {
				return
			}
			if err := without.TryApply(secured()); err == nil {
				t.Error("it works without the variable, too")
			}
		})
	}
	t.Run("OIDC_MAX_CONCURRENT_REQUESTS", func(t *testing.T) {
		t.Setenv("OIDC_MAX_CONCURRENT_REQUESTS", "1")
		var first atomic.Bool
		s := &fakeop.Server{}
		s.Start(t)
		r := newSubject(t, s, nil)
		done := make(chan error)
		// The first registration is held up until the second one would have come, were it let through.
		s.SetHooks(func(q *http.Request) {
			if fakeop.OperationOf(q) == fakeop.OpRegister && first.CompareAndSwap(false, true) {
				for range 200 {
					if s.CountOf(fakeop.OpRegister) > 1 {
						return
					}
				}
			}
		}, nil)
		config := tftest.Values(t, r.Type(), secured())
		for range 3 {
			c := r.Rig().Another()
			go func() { done <- c.Ensure(t.Context(), config) }()
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := s.MaxInFlight(); n != 1 {
			t.Errorf("%d requests at once", n)
		}
	})
}

// Every variable that the documentation names is tried above, or needs an import.
func TestEveryVariableIsTested(t *testing.T) {
	tried := map[string]bool{"OIDC_MAX_CONCURRENT_REQUESTS": true, tokensVariable: true}
	for _, e := range environments() {
		for _, name := range e.names {
			tried[name] = true
		}
	}
	variable := regexp.MustCompile("`(OIDC_[A-Z_]+)`")
	found := 0
	for _, a := range schemas(t).Provider.Block.Attributes {
		for _, match := range variable.FindAllStringSubmatch(a.Description, -1) {
			found++
			if !tried[match[1]] {
				t.Errorf("%s of %s is tried by no test", match[1], a.Name)
			}
		}
	}
	if found < 20 {
		t.Errorf("the documentation names %d variables", found)
	}
}
