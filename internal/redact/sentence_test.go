// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A server decides how long its sentences are, and how many names stand in one another's values. If each were looked at to its end, this would take hours.
func TestRedactSentenceOfManyNames(t *testing.T) {
	for _, unit := range []string{"a:", "a=", "token:", "secret=", "x://a:", `secret="a='`, `token=\`, "token=bearer ", "token: "} {
		text := strings.Repeat(unit, 1<<19/len(unit)) + ` x" y' client_secret = abc`
		if got := redact.Sentence(text); !strings.HasSuffix(got, "client_secret = "+secret.Redacted) {
			t.Errorf("of %q: %q", unit, got[max(0, len(got)-40):])
		}
	}
}

func TestRedactSentence(t *testing.T) {
	for text, want := range map[string]string{
		"client_secret = abc is wrong":                   "client_secret = [redacted] is wrong",
		"client_secret=Zx81kd9QpL7: does not match":      "client_secret=[redacted] does not match",
		"client_secret: Zx81kd9QpL7: no":                 "client_secret: [redacted] no",
		"X-Client-Key: abc123, X-Request-Id: 7":          "X-Client-Key: [redacted], X-Request-Id: 7",
		"clientSecret: registration_access_token: abc":   "clientSecret: registration_access_token: [redacted]",
		`error: "invalid", {\"password\": \"a b\"}`:      `error: "invalid", {\"password\": \"[redacted]"}`,
		"Authorization: Bearer abcdefgh12":               "Authorization: [redacted]",
		"no Bearer\tabcdefgh12":                          "no Bearer [redacted]",
		"see https://joe:pass@as.example/x":              "see https://[redacted]@as.example/x",
		`params: {"client_secret"=>"abc 1", "x"=>1}`:     `params: {"client_secret"=>"[redacted]", "x"=>1}`,
		"['client_secret' => 'abc 1'] is wrong":          "['client_secret' => '[redacted]'] is wrong",
		"client_secret => abc1 is wrong":                 "client_secret => [redacted] is wrong",
		"client_secret := abc1 is wrong":                 "client_secret := [redacted] is wrong",
		"the secret: MDEyMzQ1Njc4OQ== is wrong":          "the secret: [redacted] is wrong",
		"the secret: MDEyMzQ1Njc4OTA= is wrong":          "the secret: [redacted] is wrong",
		`{"client_secret": "MDEyMzQ1Njc4OQ=="} is wrong`: `{"client_secret": "[redacted]"} is wrong`,
		"invalid token: client_id: unknown":              "invalid token: client_id: unknown",
		"no token registration_access_token: abc1":       "no token registration_access_token: [redacted]",
		"no token\nclient_secret=abc1":                   "no token\nclient_secret=[redacted]",
		"no token my-client-secret: unknown":             "no token [redacted]: unknown",
		"no token my-client-secret":                      "no token [redacted]",
		"client_secret_basic: not supported":             "client_secret_basic: not supported",
		"client_secret_expires_at: 0, pin: four digits":  "client_secret_expires_at: 0, pin: four digits",
		"no token endpoint: it is missing":               "no token endpoint: it is missing",
		"invalid_token: The access token expired":        "invalid_token: The access token expired",
		"invalid token: expired.":                        "invalid token: expired.",
		"refresh_token: not allowed":                     "refresh_token: not allowed",
		"client_secret: must be 32 characters":           "client_secret: must be 32 characters",
		"password: too short, token=null":                "password: too short, token=null",
		"software_statement: signature invalid":          "software_statement: signature invalid",
		"(access_token: expired)":                        "(access_token: expired)",
		`client_secret: "expired" is wrong`:              `client_secret: "[redacted]" is wrong`,
		"client_secret: expired7 is wrong":               "client_secret: [redacted] is wrong",
		"client_secret: secret is wrong":                 "client_secret: [redacted] is wrong",
		"client_secret: notTheOne is wrong":              "client_secret: [redacted] is wrong",
	} {
		if got := redact.Sentence(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What servers say in brackets and behind names is torn into nothing.
func TestCodesAndIdsAreNoCredentials(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"invalid token (AADSTS700016)", "Invalid registration access token [req-1a2b3c4d5e]", "Invalid token: expired (request_id=6f1c2d3e-aa)",
		`error="invalid_token", request_id=4bf92f3577`, "client_secret: must be 32-characters long", "client_assertion: must be RS256-signed",
		"Invalid client_secret value (minimum length is 32 characters)", "client_secret: must be a value (required)", "Invalid client_secret: received (null)", "Request failed (APP40012): invalid token",
		"invalid token: rejected (APP40012)", "Invalid initial access token (AADSTS700016): expired",
		"The access token expired.", "No token provided.", "Bearer token required.", "HTTP Basic Authentication", "Token Exchange is not enabled",
	} {
		if got := redact.Sentence(text); got != text {
			t.Errorf("%q is torn into %q", text, got)
		}
	}
}

// Nor does what a sentence has around a credential hide it from being found.
func TestCredentialsInBracketsAndBehindWords(t *testing.T) {
	t.Parallel()
	for text, canary := range map[string]string{
		"client_secret: not the expected dGhpc2lzYTEyMzQ1Ng==": "dGhpc2lz", "client_secret: mismatch (expected=S3cr3tCanary12)": "S3cr3tCanary12",
		"registration_access_token: is invalid (Zx81kd9QpL7a)": "Zx81kd9QpL7a",
		"invalid token (Zx81kd9QpL7a)":                         "Zx81kd9QpL7a", "client_secret is ABCDEFGHJKLM12345678": "ABCDEFGHJKLM12345678", `client_secret "12345678901234-abcdefgh"`: "12345678901234",
	} {
		if got := redact.Sentence(text); strings.Contains(got, canary) {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
