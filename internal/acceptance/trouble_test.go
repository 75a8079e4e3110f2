// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// What goes wrong in the life of a server and its clients, by the real CLI.

// The server ends while twenty clients are registered there. Once it is back the same apply makes what is missing, and no client is
// there twice but what a message has named.
func TestServerEndsDuringAnApply(t *testing.T) {
	for name, journal := range map[string]bool{"journal": true, "no journal": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			server.Start(t)
			var registered int
			var mu sync.Mutex
			server.SetHooks(nil, func(r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/register") {
					if registered++; registered == 7 {
						server.RefuseConnections()
					}
				}
			})
			block := fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer())
			if journal {
				block += fmt.Sprintf("\ntoken_journal = { path = %q }", filepath.Join(t.TempDir(), "journal"))
			}
			x := newTerminal(t)
			x.Configure(block, fmt.Sprintf(one, "App ${count.index}", "count = 20"))
			out, code := x.Try(tftest.TerminalApply...)
			said := oneLine(out)
			if code == 0 {
				t.Fatalf("all twenty are registered:\n%s", out)
			}
			server.SetHooks(nil, nil)
			if err := server.AcceptConnections(); err != nil {
				t.Fatal(err)
			}
			said += oneLine(x.Apply())
			x.Quiet()
			if got := x.Must("state", "list"); strings.Count(got, clientType) != 20 {
				t.Errorf("the state has\n%s", got)
			}
			if n := len(server.Clients()); n > 20 && !strings.Contains(said, "may have been") {
				t.Errorf("%d clients are at the server, and no message says so:\n%s", n, said)
			}
			x.Must(tftest.TerminalDestroy...)
			if n := len(server.Clients()); n > strings.Count(said, "may have been left behind") {
				t.Errorf("%d clients are left, and no message says so:\n%s", n, said)
			}
		})
	}
}

// The same state at another server: nothing is forgotten, and no credential of a client goes there.
func TestAnotherServer(t *testing.T) {
	t.Parallel()
	server, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	server.Start(t)
	other.Start(t)
	x := newTerminal(t)
	at := func(s *fakeop.Server, name string) {
		x.Configure(fmt.Sprintf("issuer = %q\nmax_retries = 0", s.Issuer()), fmt.Sprintf(one, name, ""))
	}
	at(server, "App")
	x.Apply()
	client := server.Clients()[0]
	at(other, "App")
	x.Quiet() // it is read at its own server
	token := server.ReissueToken(client.ID)
	out, _ := x.Try(tftest.TerminalApply...)
	if id := x.resources()["c"]["client_id"]; id != client.ID {
		t.Errorf("the state has %v:\n%s", id, out)
	}
	containsAll(t, oneLine(out), client.ID, "so the client exists", fmt.Sprintf("If the provider is configured for the wrong server, configure it for the one where the client was registered: issuer = %q", server.Issuer()))
	for _, r := range other.Requests() {
		if r.Credential == client.Token || strings.Contains(string(r.Body), client.Secret) || strings.Contains(r.Credential, client.Secret) {
			t.Errorf("a credential went to the other server: %s", r)
		}
	}
	if n := len(other.Clients()); n != 0 {
		t.Errorf("%d clients are registered at the other server", n)
	}
	x.Configure(fmt.Sprintf("issuer = %q\nregistration_access_tokens = { %q = %q }", server.Issuer(), client.ID, token), fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.holds(server)
}

// Token and secret are both replaced behind the back: that looks as a deletion does to its own credentials. The client is kept, and the
// way out that the message names brings both back.
func TestBothCredentialsReplaced(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true}}
	server.Start(t)
	x := newTerminal(t)
	block := fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer())
	x.Configure(block, fmt.Sprintf(one, "App", ""))
	x.Apply()
	x.Configure(block, fmt.Sprintf(one, "App 2", "")) // the server is known to replace secrets from here on
	x.Apply()
	id := server.Clients()[0].ID
	token, _ := server.ReissueToken(id), server.ReissueSecret(id)
	out, code := x.Try(tftest.TerminalApply...)
	if code == 0 || len(server.Clients()) != 1 || x.resources()["c"]["client_id"] != id {
		t.Fatalf("the client is not kept, exit code %d:\n%s", code, out)
	}
	containsAll(t, oneLine(out), id, "registration_access_tokens")
	x.Configure(fmt.Sprintf("%s\nregistration_access_tokens = { %q = %q }", block, id, token), fmt.Sprintf(one, "App 2", ""))
	x.Apply()
	x.Configure(block, fmt.Sprintf(one, "App 2", ""))
	x.Apply()
	x.Quiet()
	x.holds(server)
}

// A public client becomes one with a secret, which the server issues in the update's answer.
func TestPublicClientGetsASecret(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	block := fmt.Sprintf("issuer = %q", server.Issuer())
	for _, method := range []string{"none", "client_secret_basic"} {
		x.Configure(block, fmt.Sprintf(one, "App", fmt.Sprintf("token_endpoint_auth_method = %q", method)))
		x.Apply()
		x.Quiet()
		x.holds(server)
	}
	if client := server.Clients()[0]; client.Secret == "" || server.Registrations() != 1 {
		t.Errorf("%d registrations, the secret is %q", server.Registrations(), client.Secret)
	}
}

// An import by URI and by client_id, into a configuration that is written by hand and into one that the CLI generates.
func TestImports(t *testing.T) {
	for _, generated := range []bool{false, true} {
		for _, by := range []string{"URI", "client_id"} {
			t.Run(fmt.Sprintf("by %s, generated %t", by, generated), func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{}
				server.Start(t)
				x := newTerminal(t)
				block := fmt.Sprintf("issuer = %q\nclient_configuration_uri_template = \"{registration_endpoint}/{client_id}\"\n", server.Issuer())
				x.Configure(block, fmt.Sprintf(one, "App", ""))
				x.Apply()
				client := server.Clients()[0]
				x.Must("state", "rm", clientType+".c")
				handle := map[string]string{"URI": client.URI, "client_id": client.ID}[by]
				block += fmt.Sprintf("registration_access_tokens = { %q = %q }", client.ID, client.Token)
				into := fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, handle)
				if generated {
					x.Configure(block, into)
					x.Must("plan", "-no-color", "-generate-config-out=generated.tf")
				} else {
					x.Configure(block, into+fmt.Sprintf(one, "App", ""))
				}
				containsAll(t, oneLine(x.Apply()), "1 imported, 0 added, 0 changed, 0 destroyed")
				x.Quiet()
				x.holds(server)
				if server.Registrations() != 1 {
					t.Errorf("%d registrations", server.Registrations())
				}
				x.Must(tftest.TerminalDestroy...)
			})
		}
	}
}
