// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// checkReport is what a program reads of a check.
type checkReport struct {
	Verdict       string
	ProviderBlock string `json:"provider_block"`
	Settings      []struct{ Attribute, Value string }
	LeftBehind    []any `json:"left_behind"`
}

// check runs the command "check" of the provider's executable.
func (x *terminal) check(wantCode int, args ...string) (stdout, stderr string) {
	x.t.Helper()
	var out, err bytes.Buffer
	cmd := x.Executable(append([]string{"check"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		x.t.Fatalf("exit code %d, want %d\n%s%s", code, wantCode, &err, &out)
	}
	return out.String(), err.String()
}

// offered is a setting that is commented out in a provider block.
var offered = regexp.MustCompile(`(?m)^  # (\w+ = .*)$`)

// The provider block that a check prints is one with which a client is registered, updated and deregistered at that server, and with
// which a plan without changes is empty.
func TestCheckPrintsAProviderBlockThatWorks(t *testing.T) {
	const client = `
resource "oidc_dynamic_client" "app" {
  client_name   = %q
  redirect_uris = ["https://app.example.com/callback"]
}
`
	for name, test := range map[string]struct {
		server      *fakeop.Server
		endpoint    bool // the registration endpoint is given, and no issuer
		options     []string
		environment map[string]string
		want        []string // of the block
	}{
		"correct": {server: &fakeop.Server{}, want: []string{"  issuer = "}},
		"initial access token": {
			server:      &fakeop.Server{InitialAccessTokens: map[string]int{"initial-token": 0}},
			environment: map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "initial-token"}, want: []string{"# initial_access_token comes from the environment"},
		},
		"the endpoint alone, behind a gateway": {
			server: &fakeop.Server{APIKeyHeader: "X-Api-Key", APIKey: "key-of-the-gateway", Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}}, endpoint: true,
			options:     []string{"--header", "X-Api-Key=GATEWAY_KEY"},
			environment: map[string]string{"GATEWAY_KEY": "key-of-the-gateway", "TF_VAR_header_x_api_key": "key-of-the-gateway"},
			want:        []string{"registration_endpoint = ", `"X-Api-Key" = var.header_x_api_key`},
		},
		"secrets rotate on reads": {
			server: &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnRead: true, RotateTokenOnRead: true, RotateTokenOnUpdate: true}},
			want:   []string{`refresh = "never"`},
		},
		"tokens rotate on reads": {server: &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, want: []string{"# token_journal"}},
		"another signing algorithm": {
			server: &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"id_token_signed_response_alg": "RS256"}}},
			want:   []string{`# accept_substitutions = ["id_token_signed_response_alg"]`},
		},
		"nothing proves a deletion": {
			server: &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}},
			want:   []string{`# on_missing = "recreate"`},
		},
		"another form of updates": {
			server: &fakeop.Server{Faults: fakeop.Faults{UpdateNeedsSecret: true}}, want: []string{`update_form = "complete"`},
		},
		"managed by the provider's credential": {
			server:      &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"initial-token": 0}},
			environment: map[string]string{"OIDC_INITIAL_ACCESS_TOKEN": "initial-token"}, options: []string{"--management", "provider_credentials"},
			want: []string{`management = "provider_credentials"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, server := newTerminal(t), test.server
			server.Start(t)
			for variable, value := range test.environment {
				x.Setenv(variable, value)
			}
			at := []string{"--issuer", server.Issuer()}
			if test.endpoint {
				at = []string{"--registration-endpoint", server.RegistrationEndpoint()}
			}
			stdout, stderr := x.check(0, append(append(at, "-json"), test.options...)...)
			var report checkReport
			if err := json.Unmarshal([]byte(stdout), &report); err != nil {
				t.Fatalf("%v\n%s", err, stdout)
			}
			if report.Verdict != "works" || len(report.LeftBehind) > 0 || len(server.Clients()) > 0 {
				t.Fatalf("verdict %s, left behind: %v, at the server: %v\n%s", report.Verdict, report.LeftBehind, server.Clients(), stdout)
			}
			containsAll(t, report.ProviderBlock, test.want...)
			for _, value := range test.environment {
				containsNone(t, stdout+stderr, value)
			}

			// As it is printed, and with what is a person's to decide.
			for _, block := range []string{report.ProviderBlock, offered.ReplaceAllString(report.ProviderBlock, "  $1")} {
				for _, name := range []string{"App", "App 2"} {
					x.ConfigureBlocks(block + fmt.Sprintf(client, name))
					x.Apply()
					x.Quiet()
				}
				x.Apply() // takes over what a plan left in a token journal
				x.holds(server)
				x.Must(tftest.TerminalDestroy...)
				if n := len(server.Clients()); n > 0 {
					t.Errorf("%d clients left", n)
				}
			}
		})
	}
}

// Whoever starts the executable without arguments is told what it is, as by any provider: the command is out of the plugin's way.
func TestExecutableIsAPluginStill(t *testing.T) {
	x := newTerminal(t)
	var out bytes.Buffer
	cmd := x.Executable()
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the exit code says it
	if cmd.ProcessState.ExitCode() == 0 {
		t.Errorf("exit code 0: %s", &out)
	}
	containsAll(t, out.String(), "This binary is a plugin")
	_, stderr := x.check(2)
	containsAll(t, stderr, "no server")
	_, stderr = x.check(1, "--issuer", "http://127.0.0.1:1")
	containsAll(t, stderr, "looking for the authorization server")
}
