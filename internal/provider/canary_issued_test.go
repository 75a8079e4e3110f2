// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a server issued in one answer, to the provider itself or in an answer that does not count, is told by no later one: not in words, nor as where it
// redirects to.
func TestIssuedCredentialsAreNotTold(t *testing.T) {
	const token, others = canaryText + "-access-token-9X", canaryText + "-of-another-client-8Y"
	for _, to := range []string{"", "/" + token + "/" + others} {
		reads := 0
		mux := http.NewServeMux()
		server := httptest.NewServer(mux)
		defer server.Close()
		answer := func(w http.ResponseWriter, status int, doc map[string]any) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(doc)
		}
		mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
		})
		mux.HandleFunc("/register", func(w http.ResponseWriter, r *http.Request) {
			var doc map[string]any
			body, _ := io.ReadAll(r.Body)
			_ = json.Unmarshal(body, &doc)
			doc["client_id"], doc["client_secret"], doc["registration_access_token"], doc["registration_client_uri"] = "c-1", "its-secret-0123", "its-token-4567", server.URL+"/register/c-1"
			answer(w, http.StatusCreated, doc)
		})
		mux.HandleFunc("/register/c-1", func(w http.ResponseWriter, _ *http.Request) {
			if reads++; reads == 1 {
				answer(w, http.StatusOK, map[string]any{"client_id": "another", "client_secret": others})
				return
			}
			if to != "" {
				w.Header().Set("Location", "ftp://as.example.com"+to)
				w.WriteHeader(http.StatusFound)
				return
			}
			answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error", "error_description": "instead of " + token + " and " + others})
		})
		r := newRig(t, nil)
		if err := r.Start(attrs{
			"registration_endpoint": server.URL + "/register", "max_retries": 0,
			"client_credentials": attrs{"client_id": "p", "client_secret": "its-own-secret", "token_endpoint": server.URL + "/token"},
		}); err != nil {
			t.Fatal(err)
		}
		one := map[string]attrs{theClient: {"redirect_uris": []string{"https://a.example.com/"}}}
		_ = r.Apply(one)
		one[theClient] = one[theClient].With(attrs{"client_name": "App"})
		_ = r.Apply(one)
		_, _ = r.Plan(one)
		text := ""
		for _, d := range r.Told() {
			text += d.Summary + "\n" + d.Detail + "\n"
		}
		if strings.Contains(text, canaryText) || !strings.Contains(text, "[redacted]") {
			t.Errorf("%s", text)
		}
	}
}
