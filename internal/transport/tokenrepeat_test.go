// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A token request is sent again where its answer was lost, and where a limiter turned it away. A secret may be shown twice; an assertion counts once (RFC 7523 §3), so that
// each request has its own.
func TestTokenRequestRepeats(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"client_secret_basic", "client_secret_post", "private_key_jwt"} {
		for name, refuse := range map[string]func(w http.ResponseWriter){
			"502": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
			"503": func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
			"503 with wait": func(w http.ResponseWriter) {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
			},
			"429":               func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
			"connection broken": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		} {
			t.Run(method+", "+name, func(t *testing.T) {
				i := newIssuer(t)
				seen := map[string]bool{}
				i.answer = func(w http.ResponseWriter, form url.Values, n int) bool {
					if assertion := form.Get("client_assertion"); assertion != "" {
						if seen[assertion] {
							t.Error("an assertion is sent twice")
						}
						seen[assertion] = true
					}
					if n <= 2 {
						refuse(w)
					}
					return n <= 2
				}
				book := &logbook{}
				c, _ := i.client(t, Options{MaxRetries: 3, Log: book.log})
				config := i.config()
				config.Method, config.PrivateKey = method, secret.New(pkcs8(t, key))
				if _, err := i.ask(context.Background(), c, mustClientCredentials(t, c, config)); err != nil || i.tokens.Load() != 3 {
					t.Errorf("%v, %d token requests", err, i.tokens.Load())
				}
				for assertion := range seen {
					if strings.Contains(book.text(), assertion) {
						t.Error("the log shows an assertion")
					}
				}
			})
		}
	}
}
