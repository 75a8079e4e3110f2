// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

// variable names the environment variable that stands in for a provider attribute. Each has the attribute's whole name: plain
// OIDC_CLIENT_ID and the like are set for applications on many machines, and must not turn on an authorization here.
type variable string

const (
	envIssuer            variable = "OIDC_ISSUER"
	envEndpoint          variable = "OIDC_REGISTRATION_ENDPOINT"
	envWebFinger         variable = "OIDC_WEBFINGER_RESOURCE"
	envExpectedIssuer    variable = "OIDC_EXPECTED_ISSUER"
	envIAT               variable = "OIDC_INITIAL_ACCESS_TOKEN"
	envUsername          variable = "OIDC_BASIC_AUTH_USERNAME"
	envPassword          variable = "OIDC_BASIC_AUTH_PASSWORD"
	envClientID          variable = "OIDC_CLIENT_CREDENTIALS_CLIENT_ID"
	envClientSecret      variable = "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET"
	envClientPrivateKey  variable = "OIDC_CLIENT_CREDENTIALS_PRIVATE_KEY"
	envTokenEndpoint     variable = "OIDC_CLIENT_CREDENTIALS_TOKEN_ENDPOINT"
	envCA                variable = "OIDC_CA_CERTIFICATE"
	envCAFile            variable = "OIDC_CA_CERTIFICATE_FILE"
	envClientCert        variable = "OIDC_CLIENT_CERTIFICATE"
	envClientCertFile    variable = "OIDC_CLIENT_CERTIFICATE_FILE"
	envClientKey         variable = "OIDC_CLIENT_KEY"
	envClientKeyFile     variable = "OIDC_CLIENT_KEY_FILE"
	envProxy             variable = "OIDC_PROXY_URL"
	envInsecureHTTP      variable = "OIDC_ALLOW_INSECURE_HTTP"
	envInsecureTLS       variable = "OIDC_INSECURE_SKIP_VERIFY"
	envRequestTimeout    variable = "OIDC_REQUEST_TIMEOUT"
	envMaxRetries        variable = "OIDC_MAX_RETRIES"
	envMaxConcurrent     variable = "OIDC_MAX_CONCURRENT_REQUESTS"
	envJournal           variable = "OIDC_TOKEN_JOURNAL"
	envJournalIdentity   variable = "OIDC_TOKEN_JOURNAL_AGE_IDENTITY"
	envRegistrationToken variable = "OIDC_REGISTRATION_ACCESS_TOKEN"
)
