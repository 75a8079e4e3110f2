// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// What is said of a credential, without one, stays whole.
func TestRedactSentenceLeavesWhatIsSaidOfCredentials(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		// Behind a colon
		"Invalid token: audience mismatch", "invalid_token: Token has been revoked", "invalid_token: token is expired", "Invalid token: jwt expired", "invalid_token: issuer does not match",
		"Invalid token: bad signature", "invalid_token: Session not active", "Invalid credentials: account locked", "client_secret: Field required", "client_secret: Input should be a valid string",
		"client_secret: size must be between 32 and 64", "client_secret: minimum 32 characters", "access_token: insufficient scope", "client_secret: Extra inputs are not permitted",
		"Invalid token:\n- audience does not match\n- issuer unknown", "Invalid credentials:\n- client_name is too long", "invalid_token: Verification key unavailable",
		// Behind the name of a scheme
		"The access token client_id does not match", "Registration access token client_id mismatch", "Bearer token-based access is disabled",
		// Languages without blanks, and with long words
		"client_secretの値が正しくないため、クライアント認証に失敗しました。", "client_secret不能为空，请检查客户端注册请求中的参数是否正确", "Das Registrierungszugriffstoken ist ungültig", "Diese Authentifizierungsmethode verlangt ein client_secret",
		"Недействительный регистрационный токен (token), аутентификационного", "โทเค็นการเข้าถึงไม่ถูกต้องหรือหมดอายุแล้ว (token)",
		// Terms, classes and codes
		"JWT RS256 is not allowed", "unsupported JWT HS256", "Invalid token AADSTS50027: expired", "The token must be signed with SHA256withRSA", "The token is no UUIDv4", "A token needs TLSv1.2", "client_secret is hashed with argon2id",
		"The JWT needs secp256r1 or prime256v1", "The token is encrypted with AES256GCM", "org.springframework.security.oauth2.core.OAuth2AuthenticationException: invalid_token",
		`password authentication failed for user "hydra" (SQLSTATE 28P01)`, "Ray 8e5f1a2b3c4d5e6f: token expired", "Request 7f3a9c21e4b0 failed: token expired", "ORA-00001: the token is taken", "error E0000011 for this token", "No token, as RFC7592 has it",
		"JsonWebTokenError: invalid signature", "invalid token: Unauthenticated request", "could not decode token: crypto error",
		"Authentication token is missing.\nat com.example.Foo$1.run(Foo.java:123)", "Invalid token\n  File \"/usr/lib/python3.11/site-packages/jwt1/api.py\", line 7",
		"Invalid token (TOK4001)", "invalid access token (AUTH-1001)", "Invalid token (ERR_1234): expired", "Invalid client credentials [SEC-40012]", "no such token (RFC6750)", "Bearer token (RFC 6750)", "JWT [JWT_0042] rejected",
		// In brackets behind "value"
		"Invalid client_secret value (must have 32 characters)", "Invalid token value (see the server's log)", "client_secret: no value (none was sent)", "The token's value {0} is wrong", "The value <null> of client_secret is not allowed",
		"Invalid token. Got {client_name=Grafana, scope=openid}", "Invalid client_secret. Input: {\"client_name\":\"Grafana\"}", "Invalid client_secret. Value <span>expired</span>", "The value (required) of client_secret", "client_secret（クライアントシークレット）が正しくありません", "The client_secret value (e.g. of a vault) is missing", "Invalid client_secret value (32 characters at least)",
		// German
		"client_secret: muss mindestens 32 Zeichen lang sein", "Ungültiges Token: nicht aktiv", "token: ist abgelaufen", "client_secret: darf nicht leer sein", "Registrierungstoken: fehlt", "Passwort: ungültig", "Zugriffstoken: wurde widerrufen", "client_secret: wird benötigt",
		// Times
		"The token is expired by 5m30.123s", "JWT expired at 2026-11-29T15:00:00Z. Current time: 2026-11-29T15:05:00Z, a difference of 300000 milliseconds.", "The token expired 1h5m ago",
		"Initial access token expired at 2026-11-29 15:00:00-05:00", "Initial access token expired at 29-11-2026", "The token expired at 15:00:00.123456+0530", "The token expired at 2026-11-29T15:00:00-05:00",
		// What is quoted
		`Client does not have the realm role "manage-clients" that the access token needs`, "Client does not have the role 'create-client' that the access token needs",
		"The access token is missing scopes 'clients:read', 'clients:write'", "The access token has neither of the roles 'writers', 'readers' and 'owners'", "The token's audience 'account' does not contain 'grafana-client'",
		"A client named 'Grafana Prod' already exists; use its registration access token to update it.",
		// The sentence behind
		"Invalid client_secret. Client 's6BhdRkqt3' has none. See https://as1.example.com/a1b2c3d4e5.", "Invalid token. Request ID: 7f3a9c21e4b0", "The token expired. Ask the 'registrars' for another one.",
		"mailto:joe.x1@example.com", "user:joe@example.com has no token",
	} {
		if got := redact.Sentence(text); got != text {
			t.Errorf("%q\nis torn into %q", text, got)
		}
	}
}
