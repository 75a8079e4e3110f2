// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// hiding is one way to be known to a server, with secrets that must not be seen. Configurations hold none of them: they come
// as ephemeral variables or from the environment, so that what is found was put there by the provider.
type hiding struct {
	server   fakeop.Server
	provider string            // settings, beside issuer and journal
	resource string            // attributes of the client
	vars     map[string]string // ephemeral variables
	env      map[string]string
	prepare  func(t *testing.T, h *hiding)
	secrets  []string // what is not a variable or in the environment
	refused  string   // a server that is never reached: what the error says
}

func hidings() map[string]*hiding {
	return map[string]*hiding{
		"bearer, API key, rotation": {
			server: fakeop.Server{
				InitialAccessTokens: map[string]int{"canary-initial-access-token": 0}, APIKeyHeader: "X-Tenant-Key", APIKey: "canary-api-key",
				Faults: rotatesEach,
			},
			provider: "initial_access_token = var.iat\nheaders = { \"X-Tenant-Key\" = var.key, \"X-Other\" = var.other }",
			vars:     map[string]string{"iat": "canary-initial-access-token", "key": "canary-api-key", "other": "canary-other-header"},
		},
		"from the environment": {
			server: fakeop.Server{InitialAccessTokens: map[string]int{"canary-env-token": 0}},
			env:    map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "canary-env-token", tokensVariable: `{"canary-client":"canary-env-import"}`},
		},
		"basic": {
			server:   fakeop.Server{BasicUser: "admin", BasicPassword: "canary:pass/word+%"},
			provider: "basic_auth = {\n  username = \"admin\"\n  password = var.password\n}",
			vars:     map[string]string{"password": "canary:pass/word+%"},
			secrets:  []string{base64.StdEncoding.EncodeToString([]byte("admin:canary:pass/word+%"))},
		},
		"write-only": {
			server:   fakeop.Server{InitialAccessTokens: map[string]int{"canary-write-only": 0}},
			resource: "initial_access_token = var.once",
			vars:     map[string]string{"once": "canary-write-only"},
		},
		"client credentials by secret": {
			server:   fakeop.Server{RegistrationScope: "register"},
			provider: "client_credentials = {\n  client_id = \"registrar\"\n  client_secret = var.secret\n  scopes = [\"register\"]\n}",
			vars:     map[string]string{"secret": "canary-client-secret"},
			prepare: func(_ *testing.T, h *hiding) {
				h.server.AddClient("registrar", "canary-client-secret", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
			},
		},
		"client credentials by key": {
			server:   fakeop.Server{RegistrationScope: "register"},
			provider: "client_credentials = {\n  client_id = \"registrar\"\n  private_key = var.private\n  scopes = [\"register\"]\n}",
			vars:     map[string]string{},
			prepare:  withKey,
		},
		"software statement": {
			server:   fakeop.Server{},
			resource: "software_statement = local.statement",
			vars:     map[string]string{},
			prepare: func(_ *testing.T, h *hiding) {
				// A literal in the configuration is the user's own doing, so that only its signature counts.
				enc := base64.RawURLEncoding.EncodeToString
				statement := enc([]byte(`{"alg":"ES256"}`)) + "." + enc([]byte(`{"software_id":"s1","client_name":"App"}`)) + "." + enc([]byte("canary-signature-of-the-statement"))
				h.env = map[string]string{"TF_VAR_statement": statement}
				h.secrets = []string{statement, strings.Split(statement, ".")[2]}
			},
		},
		"a proxy that is not there": {
			provider: "proxy_url = \"http://joe:${var.proxy}@127.0.0.1:1\"\nmax_retries = 0",
			vars:     map[string]string{"proxy": "canary-proxy-password"}, refused: "127.0.0.1:1",
		},
		"user info in a URL": {
			provider: "registration_endpoint = \"https://joe:${var.userinfo}@127.0.0.1:1/register\"",
			vars:     map[string]string{"userinfo": "canary-user-info"}, refused: "URL",
		},
		"a secret in a query": {
			provider: "registration_endpoint = \"http://127.0.0.1:1/register?token=${var.query}\"\nmax_retries = 0",
			vars:     map[string]string{"query": "canary-query"}, refused: "127.0.0.1:1",
		},
		"a broken key": {
			provider: "client_credentials = {\n  client_id = \"registrar\"\n  private_key = var.broken\n}",
			vars:     map[string]string{"broken": "-----BEGIN PRIVATE KEY-----\ncanarybrokenkey\n-----END PRIVATE KEY-----\n"},
			secrets:  []string{"canarybrokenkey"}, refused: "private key",
		},
		"a broken client key": {
			provider: "client_certificate = \"-----BEGIN CERTIFICATE-----\"\nclient_key = var.broken",
			vars:     map[string]string{"broken": "canary-broken-client-key"}, refused: "Unusable credential",
		},
		"a broken age identity": {
			provider: "token_journal = {\n  path = \"journal\"\n  age_identity = var.identity\n}",
			vars:     map[string]string{"identity": "AGE-SECRET-KEY-1CANARY"}, refused: "journal",
		},
	}
}

// withKey makes the key of the provider's own client.
func withKey(t *testing.T, h *hiding) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	h.vars["private"] = text
	h.secrets = strings.Split(strings.TrimSpace(text), "\n")[1:3]
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	var set any
	if err := json.Unmarshal(public, &set); err != nil {
		t.Fatal(err)
	}
	h.server.AddClient("registrar", "", map[string]any{
		"grant_types": []any{"client_credentials"}, "scope": "register", "token_endpoint_auth_method": "private_key_jwt", "jwks": set,
	})
}
