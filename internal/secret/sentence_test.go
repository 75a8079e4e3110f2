// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestRedactSentence(t *testing.T) {
	for text, want := range map[string]string{
		"client_secret = abc is wrong":                  "client_secret = [redacted] is wrong",
		"X-Client-Key: abc123, X-Request-Id: 7":         "X-Client-Key: [redacted], X-Request-Id: 7",
		"clientSecret: registration_access_token: abc":  "clientSecret: registration_access_token: [redacted]",
		`error: "invalid", {\"password\": \"a b\"}`:     `error: "invalid", {\"password\": \"[redacted]"}`,
		"Authorization: Bearer abcdefgh12":              "Authorization: [redacted]",
		"no Bearer\tabcdefgh12":                         "no Bearer [redacted]",
		"see https://joe:pass@as.example/x":             "see https://[redacted]@as.example/x",
		"client_secret_basic: not supported":            "client_secret_basic: not supported",
		"client_secret_expires_at: 0, pin: four digits": "client_secret_expires_at: 0, pin: four digits",
		"no token endpoint: it is missing":              "no token endpoint: it is missing",
	} {
		if got := secret.RedactSentence(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
