// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A credential that a sentence shows is hidden, in the sentence behind the one that names it, too, in whatever marks, and though a part of it is a word.
func TestRedactSentenceHidesWhatItSays(t *testing.T) {
	t.Parallel()
	for text, shown := range map[string]string{
		// Behind the sentence that calls the credential by its name
		"Invalid client_secret. The value 'Zx81kd9QpL7a' is already in use.":                                                        "Zx81kd9QpL7a",
		"Wrong client_secret. Submitted: Zx81kd9QpL7a":                                                                              "Zx81kd9QpL7a",
		"Unknown credentials. Key Zx81kd9QpL7a is not registered.":                                                                  "Zx81kd9QpL7a",
		"Invalid client_secret.\nYour supplied one is Zx81kd9QpL7a":                                                                 "Zx81kd9QpL7a",
		"Wrong client_secret. Another one is needed. You have sent Zx81kd9QpL7":                                                     "Zx81kd9QpL7",
		"failed to parse field [client_secret] of type [keyword] in document with id 'x'. Preview of field's value: 'Zx81kd9QpL7a'": "Zx81kd9QpL7a",
		// Quoted, with a word for a credential in it
		"The client secret 'grafana-secret' is shorter than 32 characters": "grafana-secret",
		`Invalid initial access token "acme-registration-token"`:           "acme-registration-token",
		"Wrong password 'changeme-password' for user admin":                "changeme-password",
		`client_secret „letmein” jest nieprawidłowy`:                       "letmein",
		"Das Passwort »letmein« ist falsch":                                "letmein",
		"client_secret「letmein」が正しくありません":                                  "letmein",
		"client_secretの値Zx81kd9QpL7aが正しくありません":                             "Zx81kd9QpL7a",
		"client_secret ”letmein” är fel":                                   "letmein",
		"Invalid IAT: Zx81kd9QpL7":                                         "Zx81kd9QpL7",
		"Invalid value [correcthorse] for clientSecret":                    "correcthorse",
		"[Field error in object 'client' on field 'clientSecret': rejected value [correcthorse]; codes [Size.client.clientSecret]; default message [size must be between 32 and 64]]": "correcthorse",
		"[Field error in object 'client' on field 'credentials.clientSecret': rejected value [a]secret]; codes [Size]]":                                                               "a]secret",
		"Rejected value (letmein) for client_secret":                        "letmein",
		"The value (letmein) of client_secret is too short":                 "letmein",
		"client_secret: received (letmein)":                                 "letmein",
		"Rejected value (my pass phrase) for client_secret":                 "my pass phrase",
		"Rejected value (correct horse (battery) staple) for client_secret": "staple",
		"Rejected value [my secret phrase] for client_secret":               "my secret phrase",
		"client_secret: received (over the hill and far away)":              "over the hill",
		"The value {letmein} of client_secret is too short":                 "letmein",
		"Invalid client_secret. Got {my pass phrase}":                       "my pass phrase",
		"The value <letmein> of client_secret is too short":                 "letmein",
		"The value（letmein）of client_secret is too short":                   "letmein",
		"client_secretの値（letmein）が正しくありません":                                 "letmein",
		"client_secret的值【letmein】无效":                                        "letmein",
		"wrong passcode (TOK4001)":                                          "TOK4001",
		"wrong client_secret (HUNT-4001)":                                   "HUNT-4001",
		"Invalid token (TOK2024)":                                           "TOK2024",
		"Invalid token (Zx81kd9QpL7a)":                                      "Zx81kd9QpL7a",
		"client_secret: hunter ist falsch":                                  "hunter",
		"Passwort: geheim123 ist falsch":                                    "geheim123",
		"Passwort: sommer":                                                  "sommer",
		"wrong password (HUNT12345)":                                        "HUNT12345",
		"Wrong password [HUNT12345] for user":                               "HUNT12345",
		// What is named as no secret elsewhere
		"Session not found: sessionId=4bf92f3577b34da6": "4bf92f3577b34da6",
		"Invalid session_id=4bf92f3577b34da6":           "4bf92f3577b34da6",
		"Unknown session id 4bf92f3577b34da6":           "4bf92f3577b34da6",
		"Unknown token reference Zx81kd9QpL7aBc":        "Zx81kd9QpL7aBc",
		"Invalid OTP code 482913":                       "482913",
		"Invalid user code 482913":                      "482913",
		"Invalid PIN (482913)":                          "482913",
		// Logins
		"dial tcp: lookup user:S3cr3tCanary12@db.example.com: no such host": "S3cr3tCanary12",
		"user:S3cr3tCanary12@tcp(db:3306)/hydra":                            "S3cr3tCanary12",
		"user:letmein@tcp(db:3306)/hydra":                                   "letmein",
		"owner:letmein@unix(/tmp/db.sock)/hydra":                            "letmein",
		// What is like a code
		"The client secret was ACME2024":           "ACME2024",
		"wrong password (SUMMER2024)":              "SUMMER2024",
		"got ACME2024 for client_secret":           "ACME2024",
		"SUMMER2024: wrong password":               "SUMMER2024",
		"client_secret was ABC12345 until then":    "ABC12345",
		"client_secret ABCD-EFGH-IJKL-MNOP is bad": "ABCD-EFGH",
		// Beside what is said of credentials
		"client_secret: hunter is wrong":                                        "hunter",
		"client_secret: account is wrong":                                       "account",
		"client_secret: audience":                                               "audience",
		"token: hunter rejected":                                                "hunter",
		"password: token is wrong":                                              "token",
		"client_secrets:\n- hunter is wrong":                                    "hunter",
		"invalid_token: Zx81kd9QpL7a rejected":                                  "Zx81kd9QpL7a",
		"Bearer client_id1234 is wrong":                                         "client_id1234",
		"Bearer my-token is wrong":                                              "my-token",
		"Authorization: Bearer token-based access":                              "token-based",
		"token request Zx81kd9QpL7a failed":                                     "Zx81kd9QpL7a",
		"Request 4bf92f3577b34da6a3ce929d0e0e4736: the token of it":             "4bf92f3577b34da6a3ce929d0e0e4736",
		"The token has the scopes 'dcr', 'Zx81kd9QpL7a'":                        "Zx81kd9QpL7a",
		"The client_secret of client 'app1' does not equal 'letmein'":           "letmein",
		"No scope 'openid' for the client_secret 'letmein'":                     "letmein",
		"The user has the roles 'writers', but the client_secret is 'letmein'.": "letmein",
		"client_secret Correcthorsebatterystaple is wrong":                      "Correcthorsebatterystaple",
		"client_secret OAuth3HunterException":                                   "OAuth3Hunter",
		"The client secret named 'letmein' is wrong":                            "letmein",
		"Wrong client_secret. Submitted: 'letmein'":                             "letmein",
		"Wrong client_secret. The value 'letmein' is in use.":                   "letmein",
		`{"instancePath":"/client_secret","keyword":"minLength","params":{"limit":32},"message":"must be","data":"letmein"}`: "letmein",
		"The OTP 482913 is wrong":          "482913",
		"client_secret Zx81kd9QpL7aErrors": "Zx81kd9QpL7a",
		"client_secret Foo$1.run is wrong": "Foo$1.run",
		"client_secret 5m30.hunter1s":      "hunter1s",
		"client_secret 12:34:56-7890123":   "7890123",
		"Invalid token ACME12345: expired": "ACME12345",
	} {
		if got := redact.Sentence(text); strings.Contains(got, shown) || !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q\nis shown as %q", text, got)
		}
	}
}

// Of a value in brackets, no bracket is left over.
func TestRejectedValuesEndWithTheirBracket(t *testing.T) {
	t.Parallel()
	const text, want = "on field 'clientSecret': rejected value [ab; cd]; codes [x]", "on field 'clientSecret': rejected value [[redacted]]; codes [x]"
	if got := redact.Sentence(text); got != want {
		t.Errorf("%q", got)
	}
	for _, text := range []string{`[{"name":"client_secret"},{"a":{"b":"c"},"value":"My App"}]`, `{"name":"client_secret","of":{"a":1,"value":"My App"}}`} {
		if got := redact.Sentence("bad: " + text); got != "bad: "+text {
			t.Errorf("%q is torn into %q", text, got)
		}
	}
}

// The members in which validators show what they were given beside its name are hidden, in JSON and in a sentence.
func TestRejectedValuesAreHidden(t *testing.T) {
	t.Parallel()
	for _, members := range []map[string]any{
		{"field": "clientSecret", "rejectedValue": "correcthorse"}, {"propertyName": "ClientSecret", "attemptedValue": "correcthorse"}, {"instancePath": "/client_secret", "data": "correcthorse"},
	} {
		if got := toText(t, redact.Words(members)); strings.Contains(got, "correcthorse") {
			t.Errorf("%v is shown as %s", members, got)
		}
		if got := redact.Sentence("invalid: " + toText(t, members) + " is wrong"); strings.Contains(got, "correcthorse") {
			t.Errorf("in a sentence, %v is shown as %s", members, got)
		}
	}
	for _, members := range []map[string]any{
		{"field": "client_name", "rejectedValue": "My App"}, {"instancePath": "/client_secret", "data": map[string]any{"client_name": "My App"}}, {"name": "scope", "data": "openid"},
	} {
		if got := toText(t, redact.Words(members)); strings.Contains(got, secret.Redacted) {
			t.Errorf("%v is torn into %s", members, got)
		}
	}
}
