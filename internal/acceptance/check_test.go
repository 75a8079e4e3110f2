// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
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
	const limited = "works with limits"
	for name, test := range map[string]struct {
		server      *fakeop.Server
		endpoint    bool // the registration endpoint is given, and no issuer
		options     []string
		environment map[string]string
		want        []string // of the block
		verdict     string   // "works" where it is empty
		leaves      bool     // the server has no deletion
		replaces    bool     // the server has no update, and does not look so before the first one
		at          func(*fakeop.Server) []string
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
		"an access token by client credentials": {
			server:  &fakeop.Server{RegistrationScope: "clients.write"},
			options: []string{"--scope", "clients.write"}, want: []string{`scopes = ["clients.write"]`},
			environment: map[string]string{"OIDC_CLIENT_CREDENTIALS_CLIENT_ID": "registrar", "OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET": "secret-of-the-registrar"},
		},
		"HTTP Basic": {
			server: &fakeop.Server{BasicUser: "registrar", BasicPassword: "password-of-the-registrar"}, want: []string{"# basic_auth comes from the environment"},
			environment: map[string]string{"OIDC_BASIC_AUTH_USERNAME": "registrar", "OIDC_BASIC_AUTH_PASSWORD": "password-of-the-registrar"},
		},
		"found by WebFinger": {
			server: &fakeop.Server{TLS: true}, want: []string{"webfinger_resource = ", "# ca_certificate comes from the environment"},
			at: func(s *fakeop.Server) []string {
				return []string{"--webfinger", "joe@" + strings.TrimPrefix(s.Issuer(), "https://")}
			},
		},
		"secrets masked, tokens omitted on reads": {
			server: &fakeop.Server{Faults: fakeop.Faults{OmitTokenOnRead: true, OmitURIOnRead: true, Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Secret: fakeop.Mask("********")}}}},
		},
		"tokens and secrets rotate on updates": {
			server: &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}},
		},
		"updates merge": {server: &fakeop.Server{Faults: fakeop.Faults{UpdateMerges: true}}},
		"values and members of its own": {
			server: &fakeop.Server{Faults: fakeop.Faults{
				NullsForUnset: true, ReorderArrays: true, Drop: []string{"contacts"}, AddMembers: map[string]any{"x_own": 1, "scope": "openid"}, DropOnRead: []string{"client_uri"},
			}},
		},
		"a deletion that is marked only": {server: &fakeop.Server{Faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Soft: true}}}},
		"404 for clients that are gone":  {server: &fakeop.Server{Faults: fakeop.Faults{GoneStatus: 404, HTMLErrors: true}}},
		"no update":                      {server: &fakeop.Server{Faults: fakeop.PartialManagement()["no update, 405"]}, verdict: limited, replaces: true},
		"reads only":                     {server: &fakeop.Server{Faults: fakeop.PartialManagement()["reads only, 404"]}, verdict: limited, replaces: true, leaves: true},
		// Which is no management is a person's to say: the block that is printed has it.
		"a URI that nobody serves": {
			server: &fakeop.Server{Faults: fakeop.PartialManagement()["a URI that nobody serves, 404"]}, verdict: "does not work", leaves: true,
			want: []string{`management = "none"`},
		},
		"no deletion":   {server: &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: 405}}, verdict: limited, leaves: true},
		"no management": {server: &fakeop.Server{Management: fakeop.ManagementOff}, verdict: limited, leaves: true},
		"management none": {
			server: &fakeop.Server{}, options: []string{"--management", "none"}, want: []string{`management = "none"`}, verdict: limited, leaves: true,
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
			if server.TLS {
				x.Setenv("OIDC_CA_CERTIFICATE", string(server.CACertificate()))
			}
			if test.at != nil {
				at = test.at(server)
			}
			if id := test.environment["OIDC_CLIENT_CREDENTIALS_CLIENT_ID"]; id != "" {
				server.AddClient(id, test.environment["OIDC_CLIENT_CREDENTIALS_CLIENT_SECRET"], map[string]any{"grant_types": []any{"client_credentials"}, "scope": server.RegistrationScope})
			}
			came := len(server.Clients())
			code := 0
			switch test.verdict {
			case "":
				test.verdict = "works"
			case "does not work":
				code = 1
			}
			stdout, stderr := x.check(code, append(append(at, "-json"), test.options...)...)
			var report checkReport
			if err := json.Unmarshal([]byte(stdout), &report); err != nil {
				t.Fatalf("%v\n%s", err, stdout)
			}
			left := len(server.Clients()) - came
			if report.Verdict != test.verdict || len(report.LeftBehind) != left || left > 0 && !test.leaves {
				t.Fatalf("verdict %s, left behind: %v, at the server: %v\n%s", report.Verdict, report.LeftBehind, server.Clients(), stdout)
			}
			containsAll(t, report.ProviderBlock, test.want...)
			for _, value := range test.environment {
				if value != "registrar" {
					containsNone(t, stdout+stderr, value)
				}
			}

			// As it is printed, and with what is a person's to decide.
			for _, block := range slices.Compact([]string{report.ProviderBlock, offered.ReplaceAllString(report.ProviderBlock, "  $1")}) {
				for _, name := range []string{"App", "App 2"} {
					x.ConfigureBlocks(block + fmt.Sprintf(client, name))
					if out, code := x.Try(tftest.TerminalApply...); code != 0 {
						// That the server has no update is known after the first one: the way out is to apply again.
						if !test.replaces || name == "App" || !strings.Contains(out, "Plan and apply again") {
							t.Fatalf("exit code %d: %s", code, out)
						}
						x.Apply()
					}
					x.Quiet()
				}
				x.Apply() // takes over what a plan left in a token journal
				if !test.leaves && came == 0 {
					x.holds(server)
				}
				x.Must(tftest.TerminalDestroy...)
				if n := len(server.Clients()) - came; n > 0 && !test.leaves {
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

// What a server sends beyond the length of an answer is printed nowhere: net/http writes it to the process's own log, and it may be a client secret.
func TestWhatIsBeyondAnAnswerIsNotLogged(t *testing.T) {
	const canary = "canary-0123456789"
	beyond := make(chan struct{}, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				requests := bufio.NewReader(connection)
				for {
					if _, err := http.ReadRequest(requests); err != nil {
						return
					}
					_, _ = io.WriteString(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}\",\"client_secret\":\""+canary+"\"}")
					select {
					case beyond <- struct{}{}:
					default:
					}
				}
			}()
		}
	}()
	stdout, stderr := newTerminal(t).check(1, "--issuer", "http://"+listener.Addr().String())
	<-beyond
	containsNone(t, stdout+stderr, "canary", "Unsolicited")
}

// A person who misspells the command, or asks for help without it, is told of it; Terraform starts the program without arguments.
func TestNoSuchCommand(t *testing.T) {
	for argument, want := range map[string]int{"Check": 2, "help": 2, "-h": 0} {
		var out, said bytes.Buffer
		cmd := newTerminal(t).Executable(argument)
		cmd.Stdout, cmd.Stderr = &out, &said
		_ = cmd.Run() // the exit code says it
		if code := cmd.ProcessState.ExitCode(); code != want || out.Len() > 0 {
			t.Errorf("%s: exit code %d, want %d; it printed %q", argument, code, want, &out)
		}
		containsAll(t, said.String(), "terraform-provider-oidc check -h")
	}
}
