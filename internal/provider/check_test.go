// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

// What the command check is given beside its options is what a provider block without attributes is given.
func TestEnvironmentSettings(t *testing.T) {
	for name, test := range map[string]struct {
		environment      map[authserver.Variable]string
		issuer, endpoint string
		webFinger        string
		want             func(authserver.Settings) bool
		refused          string // of the error; empty for none
	}{
		"the server from the environment": {
			environment: map[authserver.Variable]string{authserver.EnvIssuer: "https://op.example"},
			want:        func(s authserver.Settings) bool { return s.Issuer == "https://op.example" },
		},
		"an option instead of the environment": {
			environment: map[authserver.Variable]string{authserver.EnvIssuer: "https://op.example"}, endpoint: "https://other.example/register",
			want: func(s authserver.Settings) bool {
				return s.Issuer == "" && s.RegistrationEndpoint == "https://other.example/register"
			},
		},
		"WebFinger": {
			webFinger: "joe@op.example",
			want:      func(s authserver.Settings) bool { return s.WebFingerResource == "joe@op.example" },
		},
		"an initial access token": {
			environment: map[authserver.Variable]string{authserver.EnvIAT: "hunter2"}, issuer: "https://op.example",
			want: func(s authserver.Settings) bool {
				return s.InitialAccessToken.Reveal() == "hunter2" && s.Management == authserver.ManagementAuto && s.URITemplate == authserver.DefaultURITemplate
			},
		},
		"HTTP Basic": {
			environment: map[authserver.Variable]string{authserver.EnvUsername: "admin", authserver.EnvPassword: "hunter2"}, issuer: "https://op.example",
			want: func(s authserver.Settings) bool {
				return s.HasBasic && s.BasicUser == "admin" && s.BasicPassword.Reveal() == "hunter2"
			},
		},
		"client credentials": {
			environment: map[authserver.Variable]string{authserver.EnvClientID: "machine", authserver.EnvClientSecret: "hunter2"}, issuer: "https://op.example",
			want: func(s authserver.Settings) bool {
				return s.ClientCredentials != nil && s.ClientCredentials.ClientID == "machine" && s.ClientCredentials.ClientSecret.Reveal() == "hunter2"
			},
		},
		"two credentials": {
			environment: map[authserver.Variable]string{authserver.EnvIAT: "hunter2", authserver.EnvUsername: "admin", authserver.EnvPassword: "hunter2"}, issuer: "https://op.example",
			refused: "initial_access_token",
		},
		"a number that is none": {
			environment: map[authserver.Variable]string{authserver.EnvMaxRetries: "many"}, issuer: "https://op.example",
			refused: "OIDC_MAX_RETRIES",
		},
		"plain HTTP": {issuer: "http://op.example", refused: "issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			for v, value := range test.environment {
				t.Setenv(string(v), value)
			}
			s, err := EnvironmentSettings("1.0.0", test.issuer, test.endpoint, test.webFinger)
			switch {
			case test.refused == "" && (err != nil || !test.want(s)):
				t.Errorf("%+v, %v", s, err)
			case test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused) || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("error: %v, want one about %s", err, test.refused)
			}
		})
	}
}
