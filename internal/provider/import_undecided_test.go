// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// publisher is an issuer whose registration endpoint is at another host, which says so unless it fails.
func publisher(t *testing.T, registrationEndpoint string, fails bool) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if fails {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q}`, s.URL, registrationEndpoint)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Nothing says of which server an imported client is whose address is neither's: a replacement on a guess would delete what was just imported.
// So it is where
// the metadata that would tell cannot be had, and where they name another host.
func TestImportWhoseServerNothingTells(t *testing.T) {
	t.Parallel()
	for name, issuers := range map[string]func(t *testing.T) (provider, resource string){
		"the resource's fails": func(t *testing.T) (string, string) {
			return publisher(t, "https://elsewhere.example.com/register", false), publisher(t, "", true)
		},
		"both fail": func(t *testing.T) (string, string) {
			return publisher(t, "", true), publisher(t, "", true)
		},
		"neither has it": func(t *testing.T) (string, string) {
			return publisher(t, "https://elsewhere.example.com/register", false), publisher(t, "https://other.example.com/register", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			away := &fakeop.Server{}
			id, uri, token := registeredBefore(t, away, secured())
			providers, resources := issuers(t)
			r := newSubject(t, away, attrs{"issuer": providers, "max_retries": 0, "registration_access_tokens": attrs{uri: token}})
			if err := r.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			config := secured().With(attrs{"issuer": resources})
			if p := r.Plan(config); r.anew(p) {
				t.Fatalf("the plan replaces what was imported: %s", r.Describe(p))
			}
			r.Apply(config)
			r.WantEmpty(config)
			if r.id() != id || len(away.Clients()) != 1 {
				t.Errorf("client %s is now %s of %d", id, r.id(), len(away.Clients()))
			}
		})
	}
}

// An imported client whose address is the provider's own server's moves with a configuration that names another one.
func TestImportOfTheProvidersServerMoves(t *testing.T) {
	t.Parallel()
	home := &fakeop.Server{}
	_, uri, token := registeredBefore(t, home, secured())
	r := newSubject(t, home, attrs{"max_retries": 0, "registration_access_tokens": attrs{uri: token}})
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	if config := secured().With(attrs{"issuer": publisher(t, "", true)}); !r.anew(r.Plan(config)) {
		t.Error("the client stays where it is")
	}
}
