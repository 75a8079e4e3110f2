// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

// Variable names the environment variable that stands in for a provider attribute. Each has the attribute's whole name: plain
// OIDC_CLIENT_ID and the like are set for applications on many machines, and must not turn on an authorization here.
type Variable string

// The variables.
const (
	EnvIssuer           Variable = "OIDC_ISSUER"
	EnvEndpoint         Variable = "OIDC_REGISTRATION_ENDPOINT"
	EnvWebFinger        Variable = "OIDC_WEBFINGER_RESOURCE"
	EnvExpectedIssuer   Variable = "OIDC_EXPECTED_ISSUER"
	EnvIAT              Variable = "OIDC_INITIAL_ACCESS_TOKEN"
	EnvUsername         Variable = "OIDC_BASIC_AUTH_USERNAME"
	EnvPassword         Variable = "OIDC_BASIC_AUTH_PASSWORD"
	EnvClientID         Variable = "OIDC_CLIENT_CREDENTIALS_CLIENT_ID"
	EnvClientSecret     Variable = "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET"
	EnvClientPrivateKey Variable = "OIDC_CLIENT_CREDENTIALS_PRIVATE_KEY"
	EnvTokenEndpoint    Variable = "OIDC_CLIENT_CREDENTIALS_TOKEN_ENDPOINT"
	EnvCA               Variable = "OIDC_CA_CERTIFICATE"
	EnvCAFile           Variable = "OIDC_CA_CERTIFICATE_FILE"
	EnvClientCert       Variable = "OIDC_CLIENT_CERTIFICATE"
	EnvClientCertFile   Variable = "OIDC_CLIENT_CERTIFICATE_FILE"
	EnvClientKey        Variable = "OIDC_CLIENT_KEY"
	EnvClientKeyFile    Variable = "OIDC_CLIENT_KEY_FILE"
	EnvProxy            Variable = "OIDC_PROXY_URL"
	EnvInsecureHTTP     Variable = "OIDC_ALLOW_INSECURE_HTTP"
	EnvInsecureTLS      Variable = "OIDC_INSECURE_SKIP_VERIFY"
	EnvRequestTimeout   Variable = "OIDC_REQUEST_TIMEOUT"
	EnvMaxRetries       Variable = "OIDC_MAX_RETRIES"
	EnvMaxConcurrent    Variable = "OIDC_MAX_CONCURRENT_REQUESTS"
	EnvJournal          Variable = "OIDC_TOKEN_JOURNAL"
	EnvJournalIdentity  Variable = "OIDC_TOKEN_JOURNAL_AGE_IDENTITY"
	EnvTokens           Variable = "OIDC_REGISTRATION_ACCESS_TOKENS"
)
