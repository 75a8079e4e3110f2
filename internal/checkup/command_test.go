// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// commandRun is one run of the command.
type commandRun struct {
	t                 *testing.T
	environment       map[string]string
	out, err          bytes.Buffer
	onTerminal        bool
	initial           string // initial access token
	clientCredentials *transport.ClientCredentials
	settings          error
	asked             checkup.Asked
	unread            bool // nobody reads stdout
	authority         string
}

// closed is a stream whose reader has ended.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func (c *commandRun) run(args ...string) int {
	c.t.Helper()
	command := checkup.Command{
		Clock:  noWaits(),
		Stdout: &c.out, Stderr: &c.err, Getenv: func(name string) string { return c.environment[name] },
		Terminal: func(io.Writer) bool { return c.onTerminal },
		Settings: func(a checkup.Asked) (authserver.Settings, error) {
			c.asked = a
			return authserver.Settings{
				Issuer: a.Issuer, RegistrationEndpoint: a.RegistrationEndpoint, WebFingerResource: a.WebFinger, InitialAccessToken: secret.New(c.initial),
				Management: authserver.ManagementAuto, URITemplate: authserver.DefaultURITemplate, ClientCredentials: c.clientCredentials,
				Transport: transport.Options{UserAgent: "test", CACertificates: []byte(c.authority)},
			}, c.settings
		},
	}
	if c.unread {
		command.Stdout = closed{}
	}
	return command.Run(c.t.Context(), c.t.Context(), args)
}

// A report that cannot be printed is a failure, and what is left at the server is said where something can be said.
func TestCommandSaysWhatIsLeftWithoutAReport(t *testing.T) {
	for _, args := range [][]string{nil, {"--json"}} {
		server := &fakeop.Server{}
		server.Start(t)
		server.EditFaults(func(f *fakeop.Faults) { f.DeleteStatus = 405 })
		c := &commandRun{t: t, unread: true}
		if code := c.run(append(args, "--issuer", server.Issuer())...); code != checkup.ExitFails {
			t.Errorf("exit code %d", code)
		}
		clients := server.Clients()
		if len(clients) == 0 {
			t.Fatal("no client is left, so that there is nothing to say")
		}
		for _, left := range clients {
			if said := c.err.String(); !strings.Contains(said, "printing the report") || !strings.Contains(said, left.ID) {
				t.Errorf("client %s is not named in:\n%s", left.ID, said)
			}
		}
	}
}

func TestCommandPrintsForAPersonAndForAProgram(t *testing.T) {
	op := &fakeop.Server{InitialAccessTokens: map[string]int{"initial-token": 0}}
	op.Start(t)

	person := &commandRun{t: t, initial: "initial-token"}
	if code := person.run("--issuer", op.Issuer()); code != checkup.ExitWorks {
		t.Fatalf("exit code %d: %s%s", code, &person.err, &person.out)
	}
	for _, want := range []string{"✓ register         POST 201", "initial access token       reusable", "provider \"oidc\" {\n  issuer = \"" + op.Issuer() + "\"", "The provider works with this server."} {
		if !strings.Contains(person.out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &person.out)
		}
	}
	if !strings.Contains(person.err.String(), "registering a client to see what becomes of its signatures\n") {
		t.Errorf("progress: %q", &person.err)
	}

	program := &commandRun{t: t, initial: "initial-token"}
	if code := program.run("-json", "-issuer", op.Issuer()); code != checkup.ExitWorks {
		t.Fatalf("exit code %d: %s", code, &program.err)
	}
	var r checkup.Report
	if err := json.Unmarshal(program.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Version != checkup.ReportVersion || r.Verdict != checkup.VerdictWorks || r.Facts.Register != 201 || len(r.Parameters) == 0 {
		t.Errorf("report: %s", &program.out)
	}
	for _, credential := range credentials(op) {
		for _, out := range []*bytes.Buffer{&person.out, &person.err, &program.out, &program.err} {
			if strings.Contains(out.String(), credential) {
				t.Errorf("credential %q is printed:\n%s", credential, out)
			}
		}
	}
}

// A server that repeats credentials where none belongs does not get them printed.
func TestCommandPrintsNoCredential(t *testing.T) {
	op := &fakeop.Server{
		InitialAccessTokens: map[string]int{"initial-token": 0},
		Faults: fakeop.Faults{
			Substitute: map[string]any{"client_uri": "https://client.example.com/?token=initial-token", "software_version": "initial-token"},
			AddMembers: map[string]any{"initial-token": "initial-token"},
		},
	}
	op.Start(t)
	for _, form := range []string{"-json", "-json=false"} {
		c := &commandRun{t: t, initial: "initial-token"}
		c.run("--issuer", op.Issuer(), form)
		if out := c.out.String() + c.err.String(); strings.Contains(out, "initial-token") {
			t.Errorf("the initial access token is printed:\n%s", out)
		}
	}
	c := &commandRun{t: t, initial: "another-token"}
	op.Force(fakeop.OpRegister, fakeop.Answer{Status: 401, Body: `{"error":"invalid_token","error_description":"another-token is not known"}`})
	if code := c.run("--issuer", op.Issuer()); code != checkup.ExitFails {
		t.Errorf("exit code %d", code)
	}
	if out := c.out.String() + c.err.String(); strings.Contains(out, "another-token") || !strings.Contains(out, "[redacted]") {
		t.Errorf("of the refusal is printed:\n%s", out)
	}
}

func TestCommandColoursOnATerminalOnly(t *testing.T) {
	const escape = "\x1b["
	op := &fakeop.Server{}
	op.Start(t)
	for name, test := range map[string]struct {
		terminal    bool
		environment map[string]string
		want        bool
	}{
		"terminal":      {true, nil, true},
		"no terminal":   {false, nil, false},
		"NO_COLOR":      {true, map[string]string{"NO_COLOR": "1"}, false},
		"dumb terminal": {true, map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &commandRun{t: t, onTerminal: test.terminal, environment: test.environment}
			if code := c.run("--issuer", op.Issuer()); code != checkup.ExitWorks {
				t.Fatalf("exit code %d", code)
			}
			if got := strings.Contains(c.out.String(), escape); got != test.want {
				t.Errorf("colours: %t\n%s", got, &c.out)
			}
			if live := strings.Contains(c.err.String(), "\r"); live != (test.terminal && test.environment["TERM"] == "") {
				t.Errorf("progress in one line: %t\n%q", live, &c.err)
			}
		})
	}
}

func TestCommandRefusesWhatItCannotUse(t *testing.T) {
	for name, test := range map[string]struct {
		run  commandRun
		args []string
		want string
	}{
		"no server":            {args: nil, want: "no server"},
		"an argument":          {args: []string{"https://op.example"}, want: "is no option"},
		"an unknown option":    {args: []string{"--no-such"}, want: "no-such"},
		"webfinger and issuer": {args: []string{"--webfinger", "joe@op.example", "--issuer", "https://op.example"}, want: "--webfinger"},
		"management":           {args: []string{"--issuer", "https://op.example", "--management", "x"}, want: "--management"},
		"a template":           {args: []string{"--issuer", "https://op.example", "--client-configuration-uri-template", "x"}, want: "{client_id}"},
		"a scope":              {args: []string{"--issuer", "https://op.example", "--scope", "x"}, want: "--scope"},
		"a redirect URI":       {args: []string{"--issuer", "https://op.example", "--redirect-uri", "callback"}, want: "--redirect-uri"},
		"a fragment":           {args: []string{"--issuer", "https://op.example", "--redirect-uri", "https://app.example/#cb"}, want: "--redirect-uri"},
		"a blank redirect URI": {args: []string{"--issuer", "https://op.example", "--redirect-uri", ""}, want: "--redirect-uri"},
		"no certificate":       {run: commandRun{authority: "word"}, args: []string{"--issuer", "https://op.example"}, want: "ca_certificate"},
		"a header's value":     {args: []string{"--issuer", "https://op.example", "--header", "X-Key=hunter2"}, want: "environment variable"},
		"the settings":         {run: commandRun{settings: errors.New("OIDC_MAX_RETRIES is no number")}, args: []string{"--issuer", "https://op.example"}, want: "OIDC_MAX_RETRIES"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &test.run
			c.t = t
			if code := c.run(test.args...); code != checkup.ExitUsage {
				t.Errorf("exit code %d", code)
			}
			if said := c.err.String(); !strings.Contains(said, test.want) || strings.Contains(said, "hunter2") {
				t.Errorf("said: %s", said)
			}
			if c.out.Len() > 0 {
				t.Errorf("printed: %s", &c.out)
			}
		})
	}
	help := &commandRun{t: t}
	if code := help.run("-h"); code != checkup.ExitWorks || !strings.Contains(help.err.String(), "OIDC_INITIAL_ACCESS_TOKEN") {
		t.Errorf("exit code %d: %s", code, &help.err)
	}
}

// What an option sets is used, and written into the provider block.
func TestCommandOptionsReachTheServer(t *testing.T) {
	op := &fakeop.Server{APIKeyHeader: "X-Key", APIKey: "key-of-the-gateway"}
	op.Start(t)
	c := &commandRun{t: t, environment: map[string]string{"GATEWAY_KEY": "key-of-the-gateway"}}
	if code := c.run("--registration-endpoint", op.RegistrationEndpoint(), "--header", "X-Key=GATEWAY_KEY", "--redirect-uri", "https://other.example/cb"); code != checkup.ExitWorks {
		t.Fatalf("exit code %d: %s%s", code, &c.err, &c.out)
	}
	if strings.Contains(c.out.String(), "key-of-the-gateway") {
		t.Errorf("the header's value is printed:\n%s", &c.out)
	}
	for _, want := range []string{"registration_endpoint = ", "headers = {", `"X-Key" = var.`} {
		if !strings.Contains(c.out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &c.out)
		}
	}
	first := op.Of(fakeop.OpRegister)[0]
	if !strings.Contains(string(first.Body), "https://other.example/cb") {
		t.Errorf("registered: %s", first.Body)
	}
}

// An address with a credential in it is not printed, and the provider block has a variable for it.
func TestCommandPrintsNoCredentialOfAnAddress(t *testing.T) {
	op := &fakeop.Server{}
	op.Start(t)
	for _, form := range []string{"-json", "-json=false"} {
		c := &commandRun{t: t}
		if code := c.run("--registration-endpoint", op.RegistrationEndpoint()+"?access_token=hunter2", form); code != checkup.ExitWorks {
			t.Fatalf("exit code %d: %s%s", code, &c.err, &c.out)
		}
		out := c.out.String() + c.err.String()
		if strings.Contains(out, "hunter2") || !strings.Contains(out, "registration_endpoint = var.registration_endpoint") {
			t.Errorf("printed:\n%s", out)
		}
	}
}

// A server whose administrator is admin with the password admin: what was given and happens to hold the password's text is not printed
// with a hole in it, which nobody could paste, but comes from a variable.
func TestBlockWithAPasswordInAnAddress(t *testing.T) {
	op := &fakeop.Server{TLS: true, BasicUser: "admin", BasicPassword: "admin"}
	op.Start(t)
	s := settings(op)
	s.Issuer, s.WebFingerResource = "", "admin@"+strings.TrimPrefix(op.Issuer(), "https://")
	s.HasBasic, s.BasicUser, s.BasicPassword = true, "admin", secret.New("admin")
	s.Transport.CACertificates = op.CACertificate()
	var out bytes.Buffer
	command := checkup.Command{
		Clock:  noWaits(),
		Stdout: &out, Stderr: io.Discard, Getenv: func(string) string { return "" },
		Settings: func(checkup.Asked) (authserver.Settings, error) { return s, nil },
	}
	if code := command.Run(t.Context(), t.Context(), []string{"-json"}); code != checkup.ExitWorks {
		t.Fatalf("exit code %d: %s", code, &out)
	}
	var r checkup.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.ProviderBlock, "webfinger_resource = var.webfinger_resource\n") || strings.Contains(r.ProviderBlock, "redacted") {
		t.Errorf("the block is\n%s", r.ProviderBlock)
	}
}
