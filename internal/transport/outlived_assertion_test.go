// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A client assertion (RFC 7523 §3) is good for as long as the longest wait that a server may ask for. The one that is sent after a wait is made then, whoever was asked to wait.
func TestAnAssertionThatAWaitOutlives(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wait := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	for what, anotherCall := range map[string]bool{"this call": false, "another call": true} {
		i := newIssuer(t)
		var clk *clock
		expired := 0
		seen := map[string]bool{}
		i.answer = func(w http.ResponseWriter, form url.Values, n int) bool {
			assertion := form.Get("client_assertion")
			if seen[assertion] {
				t.Errorf("%s: an assertion is sent twice", what)
			}
			seen[assertion] = true
			var claims struct{ Exp int64 }
			text, _ := base64.RawURLEncoding.DecodeString(strings.Split(assertion, ".")[1])
			if err := json.Unmarshal(text, &claims); err != nil {
				t.Error(err)
			}
			switch {
			case !anotherCall && n == 1:
				wait(w)
				return true
			case claims.Exp <= clk.now().Unix():
				expired++
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			return false
		}
		i.refuses, i.refusal = func(token string) bool { return token == "" }, wait
		var c *Client
		c, clk = i.client(t, Options{MaxRetries: 4})
		config := i.config()
		config.Method, config.PrivateKey = "private_key_jwt", secret.New(pkcs8(t, key))
		auth := mustClientCredentials(t, c, config)
		if anotherCall {
			if _, err := c.Do(context.Background(), Request{Method: http.MethodGet, URL: i.URL + "/resource", Repeat: Never}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := i.ask(context.Background(), c, auth); err != nil || got.Status != http.StatusOK || expired > 0 {
			t.Errorf("%s: %+v, %v; %d assertions had expired", what, got, err, expired)
		}
	}
}
