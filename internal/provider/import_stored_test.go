// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// storedForms are what reads show in the place of the secret of client metadata, n being how many were shown before.
func storedForms() map[string]func(secret string, n int) string {
	salted := func(prefix string, n int) string {
		sum := sha256.Sum256(fmt.Append(nil, "salt", n))
		return prefix + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return map[string]func(secret string, n int) string{
		"a mask":                  func(string, int) string { return "********" },
		"a mask of one sign":      func(string, int) string { return "*" },
		"a mask of one bullet":    func(string, int) string { return "•" },
		"a mask with its end":     func(s string, _ int) string { return "********" + s[len(s)-4:] },
		"a mask that grows":       func(_ string, n int) string { return "**********"[:4+n%6] },
		"a hash":                  func(string, int) string { return "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy" },
		"a hash, salted anew":     func(_ string, n int) string { return salted("$2a$10$N9qo8uLOickgx2ZMRZo", n) },
		"a digest":                func(s string, _ int) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) },
		"a ciphertext, each anew": func(_ string, n int) string { return salted("vault:v1:", n) },
		"an unknown form": func(s string, _ int) string {
			sum := sha256.Sum256([]byte("pepper" + s))
			return base64.StdEncoding.EncodeToString(sum[:])
		},
	}
}

// A client is imported at a server whose reads show no secret but what it stores of it. That is no secret that reads replace, and nothing is left to find out.
func TestImportWhereReadsShowWhatIsStored(t *testing.T) {
	t.Parallel()
	for name, form := range storedForms() {
		for _, silent := range []bool{false, true} {
			for what, change := range map[string]attrs{"as it is": nil, "changed": {"client_name": "App 2"}, "not stored": {"store_client_secret": false}, "changed, not stored": {"client_name": "App 2", "store_client_secret": false}} {
				for _, journal := range []bool{false, true} {
					t.Run(fmt.Sprint(name, ", ", what, ", silent ", silent, ", journal ", journal), func(t *testing.T) {
						t.Parallel()
						s := &fakeop.Server{}
						id, uri, token := registeredBefore(t, s, app)
						n, secret := 0, s.CurrentSecret(id)
						f := fakeop.Faults{TokenChecksGrantFirst: silent}
						f.Reading.Calls = fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { n++; doc["client_secret"] = form(secret, n) }})
						s.SetFaults(f)
						settings := attrs{"registration_access_tokens": attrs{id: token}}
						if journal {
							settings["token_journal"] = attrs{"path": t.TempDir() + "/journal"}
						}
						r := newSubject(t, s, settings)
						if err := r.tryImport(uri); err != nil {
							t.Fatal(err)
						}
						containsNone(t, r.details(), "issues a new client secret")
						config := app.With(change)
						if change == nil {
							r.WantEmpty(config)
						}
						for range 2 {
							r.start(settings)
							r.Apply(config)
							containsNone(t, r.details(), "issues a new client secret")
							r.start(settings)
							r.WantEmpty(config)
							containsNone(t, r.details(), "Client not read", "issues a new client secret")
						}
						if got := s.CurrentSecret(id); got != secret {
							t.Error("the secret was replaced")
						}
						if got := r.Text("client_secret"); strings.HasPrefix(name, "a mask") && got != "" && got != secret {
							t.Errorf("client_secret is the mask %q", got)
						}
					})
				}
			}
		}
	}
}
