// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A credential is found in the encodings and forms in common use, and what stands around it stays as it was.
func TestRedactSentenceOfOtherForms(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9%2EeyJzdWIiOiJTM2NyM3RDYW5hcnkxMiJ9%2Ec2ln"
	for text, want := range map[string]string{
		`client_secret=&quot;S3cr3tCanary12&quot; is not unique`:         `client_secret=&quot;[redacted]&quot; is not unique`,
		`{&quot;client_secret&quot;:&quot;S3cr3tCanary12&quot;}`:         `{&quot;client_secret&quot;:&quot;[redacted]&quot;}`,
		`client_secret&#x3d;S3cr3tCanary12`:                              `client_secret&#x3d;[redacted]`,
		`{\u0022client_secret\u0022:\u0022S3cr3tCanary12\u0022}`:         `{\u0022client_secret\u0022:\u0022[redacted]\u0022}`,
		`%7B%22client_secret%22%3A%22S3cr3tCanary12%22%7D is 100% wrong`: `%7B%22client_secret%22%3A%22[redacted]%22%7D is 100% wrong`,
		`client_secret%253DS3cr3tCanary12`:                               `client_secret%253D[redacted]`,
		`https://a.example/cb?return=%3Faccess_token%3DS3cr3tCanary12`:   `https://a.example/cb?return=%3Faccess_token%3D[redacted]`,
		`Basic%20dXNlcjpTM2NyM3RDYW5hcnkxMg%3D%3D`:                       `Basic [redacted]`,
		`https:\/\/user:S3cr3tCanary12@as.example`:                       `https:\/\/[redacted]@as.example`,
		jwt: `[redacted]`,
		"token_" + strings.ReplaceAll(jwt, "%2E", "."):                      "token_[redacted]",
		`client_secret 'S3cr3tCanary12' is in use`:                          `client_secret '[redacted]' is in use`,
		`client_secret is S3cr3tCanary12.`:                                  `client_secret is [redacted]`,
		`{client_secret, S3cr3tCanary12}`:                                   `{client_secret, [redacted]}`,
		`["client_secret","S3cr3tCanary12"]`:                                `["client_secret","[redacted]"]`,
		`client_secret -> S3cr3tCanary12`:                                   `client_secret -> [redacted]`,
		"client_secret: |\n  S3cr3tCanary12\nx: y":                          "client_secret: |\n  [redacted]\nx: y",
		`client_secret: not the expected S3cr3tCanary12`:                    `client_secret: not the expected [redacted]`,
		`<a><client_secret>S3cr3tCanary12</client_secret></a>`:              `<a><client_secret>[redacted]</client_secret></a>`,
		`<client_secret><![CDATA[S3cr3tCanary12]]></client_secret>`:         `<client_secret><![CDATA[[redacted]</client_secret>`,
		`&lt;client_secret&gt;S3cr3tCanary12&lt;/client_secret&gt;`:         `&lt;client_secret&gt;[redacted]&lt;/client_secret&gt;`,
		`<input name="client_secret" value="S3cr3tCanary12">`:               `<input name="client_secret" value="[redacted]">`,
		`[{"name":"client_secret","value":"abc"},{"name":"a","value":"b"}]`: `[{"name":"client_secret","value":"[redacted]"},{"name":"a","value":"b"}]`,
		`name=client_secret value=S3cr3tCanary12`:                           `name=client_secret value=[redacted]`,
	} {
		if got := redact.Sentence(text); got != want {
			t.Errorf("%q\nis %q\nnot %q", text, got, want)
		}
	}
}

// As with names alone, a server that repeats any of this does not have each looked at to its end.
func TestRedactSentenceOfManyForms(t *testing.T) {
	for _, unit := range []string{`name="`, "secret '", "secret is ", "token,", "<token", "<token></", "secret: not ", "&quot;token=", "token%3D", `\u0022`, "name=token value ", "token=====", "cookie: a=b; ", "token:\n- a1b2c3d4\n", "joe:a@", "x://a:/", "token 'a b", "token a1b2c3d4==", "token „a ", "token value [a ", "user:a1@tcp( token. A b. ", "token ACME12345 (", "の値token"} {
		text := strings.Repeat(unit, 1<<17/len(unit)) + ` x" y' client_secret = abc`
		if got := redact.Sentence(text); !strings.HasSuffix(got, "client_secret = "+secret.Redacted) {
			t.Errorf("of %q: %q", unit, got[max(0, len(got)-40):])
		}
	}
}

// Words that stand where a credential may stand are left.
func TestRedactSentenceLeavesWords(t *testing.T) {
	for _, text := range []string{
		"client_secret is missing", "the password 'scope' is taken", "no token 'authorization_code' here", "token is expired", "client_secret, client_assertion or none", "invalid token, AADSTS50011: no such user",
		"invalid token, 2026-11-29T00:00:00Z", "(token, 2026-11-29)", "client_secret: must not be empty", "<token>expired</token>", `name="scope" value="a1b2c3d4e5"`, `Bearer error_description="it is over", resource_metadata="https://a.example/x"`,
		"name: client_secret is not known. value: grafana", "100%25 of the tokens & secrets are gone", `C:\temp\token\new`, "the token is https://as1.example.com/a's",
	} {
		if got := redact.Sentence(text); got != text {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// A server's words within JSON are searched as a sentence is; its other values stay.
func TestRedactWords(t *testing.T) {
	got := redact.Words(map[string]any{
		"error_description": "client_secret: S3cr3tCanary12 is in use", "scope": "openid",
		"detail": []any{map[string]any{"loc": []any{"body", "client_secret"}, "input": "S3cr3tCanary12"}, map[string]any{"name": "scope", "value": "email"}},
	})
	text := strings.Join(strings.Fields(toText(t, got)), " ")
	if want := `{"detail":[{"input":"[redacted]","loc":["body","client_secret"]},{"name":"scope","value":"email"}],"error_description":"client_secret: [redacted] is in use","scope":"openid"}`; text != want {
		t.Errorf("%s, want %s", text, want)
	}
	if got := redact.URL("https://a.example/x?return=https%3A%2F%2Fa%2Fcb%3Faccess_token%3Ds%26b%3Dc&d=e%2Ff"); got != "https://a.example/x?return=https%3A%2F%2Fa%2Fcb%3Faccess_token%3D[redacted]%26b%3Dc&d=e%2Ff" {
		t.Error(got)
	}
}

func toText(t *testing.T, v any) string {
	t.Helper()
	text, err := jsonvalue.Text(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
