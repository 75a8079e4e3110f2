// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// The server keeps the secret of a client that it does not show. Applied again as the message says, the client is replaced.
func TestKeptSecretWithoutReads(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}}
	server.Start(t)
	x := newTerminal(t)
	for _, by := range []string{"a", "b"} {
		x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", fmt.Sprintf("rotate_secret_when = { by = %q }", by)))
		out, _ := x.Try(tftest.TerminalApply...)
		if by == "b" {
			containsAll(t, oneLine(out), "Apply again. The client is replaced, and gets a new secret and a new client_id; a server without reads is sent one more update before that")
		}
	}
	id := server.Clients()[0].ID
	for range 2 {
		x.Try(tftest.TerminalApply...)
	}
	if _, lives := server.Client(id); lives || x.resources()["c"]["client_id"] == id {
		t.Error("the client is not replaced")
	}
	x.Quiet()
}

// An import by a block is refused at a server without reads, and what the message says ends that.
func TestRefusedImportOfABlock(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	provider := settings(t, server, false)
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	x.Apply()
	client := server.Clients()[0]
	x.Must("state", "rm", clientType+".c")
	server.SetFaults(fakeop.Faults{ReadStatus: 405})
	provider += fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.ID, client.Token)
	x.Configure(provider, fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, client.URI)+fmt.Sprintf(one, "App", ""))
	out, code := x.Try(tftest.TerminalApply...)
	if code == 0 {
		t.Fatalf("the import works:\n%s", out)
	}
	containsAll(t, oneLine(out), "Remove the import block, where there is one, have the server's administrator delete the client, and register another one: terraform apply")
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	server.RemoveClient(client.ID)
	x.Apply()
	x.Quiet()
}

// Where a TLS server is not reached for what is missing of the certificates, discovery names that.
func TestDiscoveryNamesTheCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *fakeop.Server
		ca     bool
		says   string
	}{
		"client certificate": {&fakeop.Server{TLS: true, RequireClientCertificate: true}, true, "client_certificate_file"},
		"private authority":  {&fakeop.Server{TLS: true}, false, "ca_certificate_file = "},
	} {
		c.server.Start(t)
		x := newTerminal(t)
		provider := fmt.Sprintf("issuer = %q\nmax_retries = 0\n", c.server.Issuer())
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, c.server.CACertificate(), 0o600); err != nil {
			t.Fatal(err)
		}
		if c.ca {
			provider += fmt.Sprintf("ca_certificate_file = %q\n", file)
		}
		x.Configure(provider, fmt.Sprintf(one, "App", ""))
		out, code := x.Try(tftest.TerminalApply...)
		if code == 0 {
			t.Fatalf("%s: it works", name)
		}
		containsAll(t, oneLine(out), "Discovery failed", c.says)
		if !c.ca {
			x.Configure(provider+fmt.Sprintf("ca_certificate_file = %q\n", file), fmt.Sprintf(one, "App", ""))
			x.Apply()
		}
	}
}

// The plan of an import reads the client, and where that replaces the token its warning says so. With the journal that it names, the next import works.
func TestImportPlanSaysThatItRead(t *testing.T) {
	t.Parallel()
	for _, journal := range []bool{false, true} {
		server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}
		server.Start(t)
		x := newTerminal(t)
		provider := settings(t, server, false)
		x.Configure(provider, fmt.Sprintf(one, "App", ""))
		x.Apply()
		client := server.Clients()[0]
		x.Must("state", "rm", clientType+".c")
		if journal {
			provider += "token_journal = { path = \"clients.journal\" }\n"
		}
		x.Configure(provider+fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.ID, server.CurrentToken(client.ID)), fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, client.URI)+fmt.Sprintf(one, "App", ""))
		out := oneLine(x.Must("plan", "-no-color"))
		if !journal {
			containsAll(t, out, "An import has to read it, also in a plan", `token_journal = { path = "clients.journal" }`)
			containsNone(t, out, "So plans do not read it")
			continue
		}
		x.Apply()
		x.Quiet()
	}
}

// A proxy of the environment that is not there is named, and so is what has the server asked without it.
func TestProxyOfTheEnvironmentIsNotThere(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.Setenv("HTTPS_PROXY", "http://user:c4nary@127.0.0.1:1")
	x.Configure("issuer = \"https://op.invalid\"\nmax_retries = 0", fmt.Sprintf(one, "App", ""))
	out, _ := x.Try(tftest.TerminalApply...)
	says(t, out, "the proxy http://127.0.0.1:1 was not reached", "No connection to the proxy could be made", `export NO_PROXY="${NO_PROXY:-$no_proxy},op.invalid"`)
	containsNone(t, out, "c4nary")
	x.Setenv("NO_PROXY", ",op.invalid")
	out, _ = x.Try(tftest.TerminalApply...)
	containsNone(t, out, "the proxy http")
	says(t, out, "op.invalid") // which is asked now, and does not exist
}

// What the provider has goes to no other server than its own: where the resource names another one, the ways to a credential are the resource's token, and a
// provider for that server.
func TestWaysToACredentialElsewhere(t *testing.T) {
	t.Parallel()
	ours := &fakeop.Server{Seed: "ours"}
	ours.Start(t)
	const variables = `
variable "initial_access_token" { default = "iat" }
variable "registration_username" { default = "u" }
variable "registration_password" { default = "p" }
`
	asksBasic := fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{
		Matches: func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") },
		Answer:  fakeop.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Basic realm="register"`}}},
	}}}}
	for name, c := range map[string]struct {
		theirs   *fakeop.Server
		byToken  bool
		provider string
		both     bool // the resource names the registration endpoint, too, which the server's metadata does not
	}{
		"a token": {&fakeop.Server{Seed: "theirs", InitialAccessTokens: map[string]int{"iat": 0}}, true, "initial_access_token = var.initial_access_token", false},
		"both":    {&fakeop.Server{Seed: "theirs", InitialAccessTokens: map[string]int{"iat": 0}, Faults: fakeop.Faults{NoRegistrationEndpoint: true}}, true, "initial_access_token = var.initial_access_token", true},
		"Basic":   {&fakeop.Server{Seed: "theirs", BasicUser: "u", BasicPassword: "p", Faults: asksBasic}, false, "basic_auth = { username = var.registration_username, password = var.registration_password }", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.theirs.Start(t)
			x := newTerminal(t)
			own := fmt.Sprintf("provider \"oidc\" {\n  issuer = %q\n  initial_access_token = \"iat\"\n}\n", ours.Issuer())
			named := fmt.Sprintf("issuer = %q", c.theirs.Issuer())
			if c.both {
				named += fmt.Sprintf("\n  registration_endpoint = %q", c.theirs.RegistrationEndpoint())
			}
			there := fmt.Sprintf("provider \"oidc\" {\n  alias = \"there\"\n  %s\n  %s\n}\n", named, c.provider)
			for _, token := range []string{"", "\ninitial_access_token = \"wrong\""} {
				x.ConfigureBlocks(variables + own + fmt.Sprintf(one, "App", named+token))
				out, code := x.Try(tftest.TerminalApply...)
				if code == 0 {
					t.Fatalf("the registration works:\n%s", out)
				}
				containsAll(t, oneLine(out), "are not sent there", oneLine(there), "On the resource, set provider = oidc.there, and remove issuer, registration_endpoint and initial_access_token:")
				containsNone(t, oneLine(out), "credential for registrations on the provider", "set them on the provider")
				if says := strings.Contains(oneLine(out), "initial access token on the resource: initial_access_token = var.initial_access_token"); says != c.byToken {
					t.Errorf("a token on the resource is a way: %t\n%s", says, out)
				}
			}
			if c.byToken {
				x.ConfigureBlocks(variables + own + fmt.Sprintf(one, "App", named+"\ninitial_access_token = var.initial_access_token"))
				x.Apply()
				x.Must("destroy", "-auto-approve")
			}
			x.ConfigureBlocks(variables + own + there + fmt.Sprintf(one, "App", "provider = oidc.there"))
			x.Apply()
			x.Quiet()
		})
	}
}
