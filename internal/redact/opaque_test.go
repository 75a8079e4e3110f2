// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// How credentials are called in sentences.
var credentialNames = []string{
	"client_secret", "clientSecret", "client secret", "Client-Secret", "secret", "password", "Password", "passphrase", "token", "access_token", "registration access token",
	"initial_access_token", "API key", "api_key", "private key", "credential", "client_assertion", "refresh token", "session cookie", "credentials", "tokens",
	"RAT", "IAT", "session id", "user code", "PIN", "pwd", "passcode", "OTP", "JWT", "session", "device_code", "Passwort",
}

// Sentences in which NAME is the name of a credential and SECRET one.
var sentences = []string{
	"NAME equals SECRET", "the NAME is not equal to SECRET", "expected NAME to be SECRET, was Zx81kd9QpL7", "NAME should be SECRET", "NAME SECRET is wrong", "NAME (SECRET) is wrong", "no such NAME [SECRET]",
	"NAME <SECRET> is unknown", "NAME SECRET", "NAME, SECRET, is wrong", "NAME - SECRET", "NAME != SECRET", "NAME does not match: SECRET", "the NAME of client app1 is SECRET.", "SECRET: bad NAME",
	"SECRET is no NAME", "SECRET is not a valid NAME", "got SECRET for NAME", "The value SECRET that was given as NAME is too short.", "SECRET → NAME", "SECRET; NAME is wrong", "NAME;SECRET", "NAME; SECRET",
	"Invalid NAME. Got SECRET.", "Cannot verify the NAME SECRET of this client", "NAME=SECRET", "NAME: SECRET", "NAME => SECRET", "NAME=abc;SECRET", "NAME=abc'SECRET", "NAME=abc;SECRET;b=c", "NAME:\n  - abc\n  - SECRET\n",
	"NAME:\n- SECRET\n- abc", "Cookie: a=b; sid=SECRET", "Set-Cookie: a=SECRET; Path=/; HttpOnly", "bad cookie: a=b; c=d; e=SECRET", "error: SECRET is not a valid NAME", "invalid_request: NAME mismatch, expected SECRET",
	"NAME=abc;SECRET;def is wrong", "Invalid NAME SECRET.",
	"Invalid NAME. The value 'SECRET' is already in use.", "Wrong NAME. Submitted: SECRET", "Unknown NAME. Key SECRET is not registered.", "No such NAME.\nYou have sent SECRET", "Bad NAME. Another one is needed. SECRET is not one.",
	"failed to parse field [NAME] of type [keyword] in document with id 'x'. Preview of field's value: 'SECRET'", "Invalid value [SECRET] for NAME", "NAMEの値SECRETが正しくありません", "user:SECRET@tcp(db:3306)/x",
	"https://joe:SECRET@as.example/x", "joe:SECRET@as.example", "https://SECRET@as.example/x", "postgres://joe:SECRET@db:5432/x", "no NAME for joe:SECRET@db1", "the NAME 'SECRET' is wrong", `NAME "SECRET"`, "“SECRET” is no NAME",
}

// Sentences that quote what they speak of.
var quotations = []string{
	`NAME "SECRET"`, `NAME 'SECRET' is in use`, `NAME to be "SECRET"`, `expected NAME to be 'SECRET'`, `"SECRET" is not a valid NAME`, `'SECRET' is not a valid NAME`, "“SECRET” is no NAME", "`SECRET`: bad NAME", "NAME «SECRET» is wrong",
	`NAME equals "SECRET"`, `The value "SECRET" of the NAME is wrong.`, `NAME ("SECRET") is wrong`, `NAME = "SECRET"`, `NAME: 'SECRET'`, `NAME got "SECRET", want "SECRET"`, `error: "SECRET" is not a valid NAME`, `Invalid NAME. Got "SECRET".`,
	"NAME „SECRET” is wrong", "NAME „SECRET“ is wrong", "NAME »SECRET« is wrong", "NAME「SECRET」", "NAME ”SECRET” is wrong", "rejected value [SECRET] of the NAME",
	`NAME "SECRET" of client "app1" is wrong`, `{"value": "SECRET", "reason": "no such NAME"}`,
}

// No sentence that calls a credential by its name shows one, whatever it is made of and wherever it stands.
func TestRedactSentenceShowsNoCredential(t *testing.T) {
	t.Parallel()
	bytes := func(n int) *rapid.Generator[[]byte] { // rapid's own have more zeros than a generator of secrets
		return rapid.Map(rapid.Uint64(), func(seed uint64) []byte {
			out, random := make([]byte, n), rand.NewChaCha8(sha256.Sum256(strconv.AppendUint(nil, seed, 10)))
			_, _ = random.Read(out)
			return out
		})
	}
	hasDigit := func(value string) bool { return strings.ContainsAny(value, "0123456789") } // one in hundreds has none, of which some are like words
	generated := rapid.OneOf(
		rapid.Map(bytes(20), hex.EncodeToString), rapid.Map(bytes(24), base64.StdEncoding.EncodeToString), rapid.Map(bytes(31), base64.StdEncoding.EncodeToString),
		rapid.Map(bytes(32), base64.RawURLEncoding.EncodeToString), rapid.Map(bytes(16), func(b []byte) string { return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]) }),
		rapid.StringMatching(`[a-zA-Z][a-z]{3,8}[0-9]{1,4}`), rapid.StringMatching(`[a-z]{2,5}[0-9][a-z]{2,5}[0-9]`),
		rapid.StringMatching(`[A-Z]{4,7}(19|20)[0-9]{2}`), rapid.StringMatching(`[A-Z]{4}[0-9]([A-Z0-9]{4}-){3}[A-Z0-9]{5}`),
	).Filter(hasDigit)
	quoted := rapid.OneOf(generated, rapid.StringMatching(`(correct|tulip|amber|winter) (horse|river|copper) (battery|stone|window)( staple| the road)?`), rapid.SampledFrom([]string{"hunter", "letmein", "S3cr3t, or not", "open sesame!", "p@ssword", "grafana-secret", "acme-registration-token", "changeme-password"}))
	rapid.Check(t, func(t *rapid.T) {
		of, templates := generated, sentences
		if rapid.Bool().Draw(t, "quoted") {
			of, templates = quoted, quotations
		}
		value, template := of.Draw(t, "secret"), rapid.SampledFrom(templates).Draw(t, "sentence")
		if begin, _, has := strings.Cut(value, "/"); has && (strings.Contains(template, "://SECRET@") || strings.Contains(template, "SECRET@") && strings.Trim(begin, "0123456789") == "") {
			value = strings.ReplaceAll(value, "/", "_") // else it is a host with a path, or a port with one
		}
		text := strings.NewReplacer("NAME", rapid.SampledFrom(credentialNames).Draw(t, "name"), "SECRET", value).Replace(template)
		text = rapid.SampledFrom([]string{"", "It failed. ", "invalid_request: ", "2026-11-29T10:00:00Z "}).Draw(t, "before") + text + rapid.SampledFrom([]string{"", ".", " Try again."}).Draw(t, "behind")
		written := rapid.SampledFrom([]func(string) string{func(s string) string { return s }, html.EscapeString, url.PathEscape}).Draw(t, "written")
		if got := redact.Sentence(written(text)); strings.Contains(got, value) || strings.Contains(got, written(value)) {
			t.Fatalf("%q is shown as %q", written(text), got)
		}
	})
}

// What stands right behind a name, or on the other side of a sign that ends other values, is a part of the credential though it is like a word or a code.
func TestRedactSentenceHidesWordsInACredentialsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"client_secret=pass;word is wrong":           "client_secret=[redacted] is wrong",
		"client_secret=pass'word is wrong":           "client_secret=[redacted] is wrong",
		"client_secret=pass;word":                    "client_secret=[redacted]",
		"client_secret=pass&word&b=c":                "client_secret=[redacted]&b=c",
		"client_secret=pass,word,b=c":                "client_secret=[redacted],b=c",
		"{client_secret=pass,word, b=c}":             "{client_secret=[redacted], b=c}",
		"('client_secret=hunter', 'x')":              "('client_secret=[redacted]', 'x')",
		"client_secret=hunter;redirect_uri=x":        "client_secret=[redacted];redirect_uri=x",
		"client_secret equals hunter":                "client_secret equals [redacted]",
		"Invalid client_secret ACME2024":             "Invalid client_secret [redacted]",
		`client_secret "ACME2024" is wrong`:          `client_secret "[redacted]" is wrong`,
		"Cookie: a=b; sid=hunter; x=y\nHost: a":      "Cookie: [redacted]\nHost: a",
		"client_secrets:\n  - hunter\n  - two\nx: y": "client_secrets:\n  - [redacted]\n  - [redacted]\nx: y",
		"see https://hunter@as.example/x":            "see https://[redacted]@as.example/x",
		"see joe:hunter@as.example":                  "see [redacted]@as.example",
		"API key: hunter":                            "API key: [redacted]",
	} {
		if got := redact.Sentence(text); got != want {
			t.Errorf("%q\nis %q\nnot %q", text, got, want)
		}
	}
}

// What real servers say of credentials, clients and parameters stays as it is.
func TestRedactSentenceLeavesWhatServersSay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		// Keycloak
		"Invalid client or Invalid client credentials", "Failed decode token", "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted.",
		"Not authorized to view client. Not valid token or client credentials provided.", "Client Not Found", "Token is not active", "Parameter client_assertion_type is missing",
		"Invalid access token: token signature does not match", "Client secret not provided in request", "Token client and authorized client don't match", "Invalid token issuer. Expected 'https://as.example.com/realms/master'",
		// oidc-provider
		"client_secret must be provided", "token_endpoint_auth_method must be 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt' or 'none'", "no access token provided",
		"client authentication must only be provided using one mechanism", "insufficient client_secret length", "request_object_signing_alg must not be 'none' without a client_secret",
		"id_token_signed_response_alg HS256 needs a client_secret of 256 bits", "client_secret value must be at least 32 bytes long", "client secret is expired, cannot proceed with an HS512 signature",
		"initial access token required", "invalid token provided", "bearer token must be passed in the Authorization header, not in the query", "unsupported token_type_hint 'access_token'",
		// Ory Hydra
		"Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The provided client secret did not match.",
		"The requested OAuth 2.0 Client could not be authenticated: the registration access token is invalid.", "Field 'token_endpoint_auth_signing_alg' must be one of RS256, ES256 or PS256 when a client assertion is used.",
		"Field client_secret must contain a secret that is at least 6 characters long.", "The Authorization Server does not support obtaining a token using this method.",
		"It is not allowed to choose your own OAuth2 Client secret.",
		// Spring, Authlib, Django OAuth Toolkit, MITREid, Glewlwyd
		"Client authentication failed: client_secret", "OAuth 2.0 Parameter: client_id", "[invalid_client] Client authentication failed: client_assertion", "OAuth 2.0 Token Request: grant_type",
		"invalid_token: The access token provided is expired, revoked, malformed, or invalid for other reasons.", "Authentication credentials were not provided.", "Given token not valid for any token type",
		"Full authentication is required to access this resource, no Bearer token given", "Unable to find client with that token", "The token must have the scope 'registration-token'",
		// Microsoft Entra, Okta, Auth0, PingFederate, ForgeRock
		"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '8f14e45f-ceea-467f-a0e6-6f1c2d3e4b5a'. Trace ID: 5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11 Correlation ID: 9e107d9d-372b-4b9a-8a5f-0f2c7a1b3d4e Timestamp: 2026-11-29 19:00:00Z",
		"AADSTS50027: JWT token is invalid or malformed.", "E0000011: Invalid token provided", "IDX10223: Lifetime validation failed. The token is expired.", "The client secret supplied for a confidential client is invalid.",
		"client_secret is not allowed when token_endpoint_auth_method is private_key_jwt", "Only 5 client secrets are allowed", "Client secret may be used for 90 days at most", "Unknown token (code 900901)", "Bad audience: https://api.example.com/ is not of this token",
		"Invalid client_assertion: kid 'a1b2c3d4e5' not found in the JWKS at https://app1.example.com/jwks.json", "Error Code: 7000218, no client_assertion or client_secret", "HTTP 401: token endpoint said no", "Token expired at 2026-11-29T19:00:00.123Z",
		"SSL certificate of 10.0.0.12:8443 refused the token", "client s6BhdRkqt3 has no client_secret", "No token for client_id 's6BhdRkqt3'", "org.apache.oltu.oauth2.common.exception.OAuthProblemException: invalid_token",
		"Missing grant type 'urn:ietf:params:oauth:grant-type:jwt-bearer' for the token", "Contact admin1@example.com for a token", `"client_secret" is required when "token_endpoint_auth_method" is "client_secret_post"`, `Value "none" is not allowed with a client_secret`,
		`{"error":"invalid_token","error_description":"The access token is expired"}`, `message="Something odd happened to the token"`, "mailto:joe@example.com has no token", "acct:joe@example.com", "user joe@example.com", "https://as.example:8443/@joe", "urn:x:joe@example.com",
		"Secret: see issue #50807", "The secret must match the regex ^[A-Za-z0-9_-]{32,64}$", `Access token is missing required scope "dcr.create"`, "User 'registrar' has no permission to use this token",
		"Client authentication failed for 'demo-client': bad secret", "thumbprint 'x5t#S256' does not match the token's cnf", "Schema validation failed: #/client_secret: expected type: String, found: Integer",
		"WSO2: API key/secret pair is required (APIM 4.2.0)", "upstream: **403** without a token", "Kong Error: No API key found in request. request_id: 4bf92f3577b34da6a3ce929d0e0e4736",
		"Password must contain at least 1 uppercase letter, 1 digit and 8-64 characters.", "Le jeton (token) n'est pas valide.", "Fehler: Das Token ist ungültig oder abgelaufen", "トークン(token)が無効です",
		// RFC 6749, 6750, 7591 and 7592
		"invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope invalid_token insufficient_scope access_denied unsupported_response_type temporarily_unavailable server_error",
		"invalid_redirect_uri invalid_client_metadata invalid_software_statement unapproved_software_statement invalid_token", "software_statement: signature could not be verified",
		// What is said of a value in its place
		"token => see docs", "secret: array expected", "client_secret: string or null expected", "password: at least 8 characters", "token: use POST", "client_secret: please provide one", "secret = see the documentation", "access_token: for this client only",
		"client_secret: does not match", "password: contains no digit", "client_secret:\n- must be set\n- is too short", "client_secret to be set", "expected token to be a string", "client_secret equals null", "the token equals the client_secret",
	} {
		if got := redact.Sentence(text); got != text {
			t.Errorf("%q\nis torn into %q", text, got)
		}
	}
}
