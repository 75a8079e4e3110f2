// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestCheckIssuer(t *testing.T) {
	for raw, want := range map[string]*IssuerProblem{
		"https://as.example":           nil,
		"https://as.example/realms/a/": nil,
		"":                             {"it is empty", ""},
		"  ":                           {"it holds a space or a control character", ""},
		"https://as.example ":          {"it begins or ends with white space", "https://as.example"},
		"\thttps://as.example\n":       {"it begins or ends with white space", "https://as.example"},
		"https://as.example/p/.well-known/openid-configuration":       {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/.well-known/oauth-authorization-server/p": {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/.well-known/openid-configuration/":        {"it is the address of a metadata document", "https://as.example"},
		"https://as.example/p/.well-known/openid-configuration/":      {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/.well-known/openid-configuration/p ":      {"it begins or ends with white space", "https://as.example/p"},
		"https://as.example/p/.well-known":                            {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/.well-known/":                             {"it is the address of a metadata document", "https://as.example"},
		"https://as.example/p/.Well-Known/OpenID-Configuration":       {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/p/.well-known/openid-configuration?a=b":   {"it has a query", "https://as.example/p"},
		"https://as.example/p/.well-known/jwks.json":                  {"it is the address of a metadata document", "https://as.example/p"},
		"https://as.example/.well-known/other/p":                      {"it is the address of a metadata document", ""},
		"as.example/p/.well-known/openid-configuration":               {"it is not an absolute https URL", "https://as.example/p"},
		"https://as.example/.well-knowns/p":                           nil,
		"as.example":                                                  {"it is not an absolute https URL", "https://as.example"},
		"ldap://as.example":                                           {"it is not an absolute https URL", ""},
		"https://as.example/?a=b":                                     {"it has a query", ""},
		"https://as.example:99999":                                    {"it has a port that does not exist: ports are 1 to 65535", ""},
		"https://as[ex.example":                                       {"it has no usable host", ""},
	} {
		got := CheckIssuer(raw)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%q: %+v, want %+v", raw, got, want)
		}
	}
}

// A document without registration_endpoint is completed by the others of the same issuer and never overridden.
func TestMetadataIsCompleted(t *testing.T) {
	for name, test := range map[string]struct {
		second string // "self" stands for the issuer
		want   string
	}{
		"same issuer":    {`{"issuer":"self","registration_endpoint":"https://as.example/register","jwks_uri":"https://as.example/other"}`, "https://as.example/register"},
		"another issuer": {`{"issuer":"https://other.example","registration_endpoint":"https://other.example/register"}`, ""},
		"no issuer":      {`{"registration_endpoint":"https://other.example/register"}`, ""},
		"no document":    {"", ""},
		"out of order":   {"500", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var s *site
			s = newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
				self := func(text string) string { return strings.ReplaceAll(text, `"self"`, `"`+s.URL+`/p"`) }
				switch {
				case r.URL.Path == "/p/.well-known/openid-configuration":
					_, _ = w.Write([]byte(self(`{"issuer":"self","jwks_uri":"https://as.example/jwks"}`)))
				case test.second == "500":
					w.WriteHeader(500)
				case r.URL.Path == "/.well-known/oauth-authorization-server/p" && test.second != "":
					_, _ = w.Write([]byte(self(test.second)))
				default:
					w.WriteHeader(404)
				}
			})
			m, err := newFinder(t, nil).Metadata(t.Context(), MetadataRequest{Issuer: s.URL + "/p"})
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Endpoint("registration_endpoint", false); got != test.want {
				t.Errorf("registration_endpoint %q, want %q", got, test.want)
			}
			if half := m.Incomplete != nil; half != (test.second == "500") {
				t.Errorf("what is missing may be where nothing could be read: %v", m.Incomplete)
			}
			if got := m.Endpoint("jwks_uri", false); got != "https://as.example/jwks" {
				t.Errorf("jwks_uri was overridden: %q", got)
			}
			if !slices.Contains(s.paths(), "/.well-known/oauth-authorization-server/p") {
				t.Errorf("asked %v", s.paths())
			}
		})
	}
}

// A document that is known in part, since one place failed, speaks for one search alone. A place that fails again is not asked by each caller.
func TestAPartOfTheMetadataIsNotKeptAfterOneFailure(t *testing.T) {
	for _, failures := range []int{1, 2, 5} {
		asked := 0
		var s *site
		s = newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
			switch document := `{"issuer":"` + s.URL + `","jwks_uri":"https://as.example/jwks"`; {
			case r.URL.Path == "/.well-known/openid-configuration":
				_, _ = w.Write([]byte(document + "}"))
			case asked < failures:
				asked++
				w.WriteHeader(500)
			default:
				asked++
				_, _ = w.Write([]byte(document + `,"registration_endpoint":"https://as.example/register"}`))
			}
		})
		finder := newFinder(t, nil)
		for call := range 4 {
			m, err := finder.Metadata(t.Context(), MetadataRequest{Issuer: s.URL})
			if err != nil {
				t.Fatal(err)
			}
			if whole := m.Incomplete == nil; whole != (failures == 1 && call > 0) {
				t.Errorf("%d failures, call %d: %v", failures, call, m.Incomplete)
			}
		}
		if asked != 2 {
			t.Errorf("%d failures: the second place was asked %d times", failures, asked)
		}
	}
}
