// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// rotatesEach issues a new token with every answer, and a new secret with every update. Where a read replaces the secret, no plan reads.
var rotatesEach = fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}

// rotatesAll issues a new token and a new secret with every answer.
var rotatesAll = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}

const one = `resource "oidc_dynamic_client" "c" {
  client_name   = %q
  redirect_uris = ["https://app.example.com/cb"]
  %s
}`

// settings is a provider block's content, with a journal or without.
func settings(t *testing.T, server *fakeop.Server, journal bool) string {
	t.Helper()
	text := fmt.Sprintf("issuer = %q\n", server.Issuer())
	if journal {
		text += fmt.Sprintf("token_journal = { path = %q }\n", filepath.ToSlash(filepath.Join(t.TempDir(), "journal")))
	}
	return text
}

// TestTwentyPlans that are not applied, on a server that rotates the token with every answer, and then an apply.
func TestTwentyPlans(t *testing.T) {
	for name, journal := range map[string]bool{"without a journal": false, "with a journal": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: rotatesEach}
			x := newTerminal(t)
			server.Start(t)
			provider := settings(t, server, journal)
			x.Configure(provider, fmt.Sprintf(one, "App", ""))
			created := oneLine(x.Apply())
			x.holds(server)
			id := server.Clients()[0].ID
			server.SetMember(id, "client_name", "Drifted")
			if !journal {
				containsAll(t, created, "Server rotates credentials on reads", "token_journal")
			}
			server.ResetLog()
			for range 20 {
				out := oneLine(x.Must("plan", "-no-color"))
				if journal {
					containsAll(t, out, `"Drifted" -> "App"`)
					containsNone(t, out, "Warning: Client", "Warning: Server")
				} else {
					containsAll(t, out, "Client not read", id, "token_journal", "No changes")
				}
			}
			if reads := server.CountOf(fakeop.OpRead); (reads > 0) != journal || journal && reads < 20 {
				t.Errorf("20 plans made %d reads", reads)
			}
			x.Configure(provider, fmt.Sprintf(one, "App", `contacts = ["ops@example.com"]`))
			x.Apply()
			x.holds(server)
			if client, _ := server.Client(id); client.Metadata["client_name"] != "App" || client.Metadata["contacts"] == nil {
				t.Errorf("after the apply the server has %v", client.Metadata)
			}
			x.Apply()
			x.holds(server)
			x.Must("destroy", "-auto-approve", "-no-color")
			if n := len(server.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// TestPlanBesideApply: plans on one terminal while applies run on another, on one state and one journal.
func TestPlanBesideApply(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: rotatesEach}
	x := newTerminal(t)
	server.Start(t)
	provider := settings(t, server, true)
	x.Configure(provider, "variable \"i\" { default = 0 }\n"+fmt.Sprintf(one, "App ${var.i}", ""))
	x.Apply()

	stop, planned := make(chan struct{}), make(chan []string)
	go func() {
		var failed []string
		for {
			select {
			case <-stop:
				planned <- failed
				return
			default:
				// -lock=false, or Terraform itself would keep the two apart.
				if r, err := x.Run(t.Context(), "plan", "-no-color", "-lock=false"); err != nil {
					failed = append(failed, r.Stdout+r.Stderr)
				}
			}
		}
	}()
	for i := range 8 {
		out, code := x.Try("apply", "-auto-approve", "-no-color", "-lock=false", "-var", fmt.Sprint("i=", i+1))
		if code != 0 {
			t.Errorf("apply %d failed:\n%s", i, out)
		}
	}
	close(stop)
	for _, out := range <-planned {
		t.Errorf("a plan failed:\n%s", out)
	}
	x.Apply()
	x.holds(server)
	if n := len(server.Clients()); n != 1 {
		t.Errorf("%d clients", n)
	}
}

// TestTokenFromAnEphemeralValue is handed in, used, and saved.
func TestTokenFromAnEphemeralValue(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x := newTerminal(t)
	server.Start(t)
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	x.Apply()
	id := server.Clients()[0].ID
	token := server.ReissueToken(id)
	out, code := x.Try("plan", "-no-color")
	if code == 0 {
		t.Fatal("a plan with a stale token succeeds")
	}
	containsAll(t, oneLine(out), "Registration access token refused", id, "registration_access_tokens", "the client exists")
	containsNone(t, out, "will be created", "must be replaced")

	x.Configure(settings(t, server, false)+"registration_access_tokens = { (var.id) = var.token }",
		"variable \"id\" { type = string }\nvariable \"token\" {\n  type = string\n  ephemeral = true\n}\n"+fmt.Sprintf(one, "App", ""))
	x.Setenv("TF_VAR_id", id)
	x.Setenv("TF_VAR_token", token)
	containsAll(t, oneLine(x.Apply()), "Registration access token replaced")
	x.holds(server)
	x.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	x.Quiet()
}

// TestRenewalReplaces in place: the new client is registered before the old one is deregistered, whatever the order that Terraform's own
// replacement would have.
func TestRenewalReplaces(t *testing.T) {
	const order = "POST DELETE"
	for name, lifecycle := range map[string]string{"as it is": "", "create_before_destroy": "lifecycle { create_before_destroy = true }"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Clock: time.Now, SecretLifetime: 2 * time.Hour}
			x := newTerminal(t)
			server.Start(t)
			provider := settings(t, server, false)
			resource := fmt.Sprintf(one, "App", "renew_secret_before = \"1h\"\n"+lifecycle)
			x.Configure(provider, resource)
			x.Apply()
			x.Quiet()
			first := server.Clients()[0]
			resource = fmt.Sprintf(one, "App", "renew_secret_before = \"3h\"\n"+lifecycle)
			x.Configure(provider, resource)
			// An update comes first, on a server of which it is not known what that brings; it keeps the secret.
			containsAll(t, oneLine(x.Apply()), "Server kept the client secret")
			server.ResetLog()
			out := oneLine(x.Apply())
			containsAll(t, out, "A new client secret needs a new client")
			var sent []string
			for _, r := range server.Of(fakeop.OpRegister, fakeop.OpDelete) {
				sent = append(sent, r.Method)
			}
			if got := strings.Join(sent, " "); got != order {
				t.Errorf("sent %s, want %s", got, order)
			}
			x.holds(server)
			if clients := server.Clients(); len(clients) != 1 || clients[0].Secret == first.Secret {
				t.Errorf("%d clients, the same secret: %v", len(clients), clients[0].Secret == first.Secret)
			}
		})
	}
}

// TestFailureOfAnother resource's refresh has Terraform drop what a read brought: the journal has it.
func TestFailureOfAnother(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: rotatesEach}
	x := newTerminal(t)
	server.Start(t)
	provider := settings(t, server, true)
	x.Configure(provider, fmt.Sprintf(one, "App", "")+"\nresource \"oidc_dynamic_client\" \"other\" {\n  client_name = \"Other\"\n  redirect_uris = [\"https://other.example.com/cb\"]\n}")
	x.Apply()
	for i := range 3 {
		server.SetHooks(func(req *http.Request) {
			if fakeop.OperationOf(req) == fakeop.OpRead && strings.Contains(req.URL.Path, server.Clients()[1].ID) {
				server.Force(fakeop.OpRead, fakeop.Answer{Status: 500})
			}
		}, nil)
		if out, code := x.Try(tftest.TerminalApply...); code == 0 {
			t.Fatalf("%d: the apply succeeded:\n%s", i, out)
		}
		server.SetHooks(nil, nil)
	}
	x.Apply()
	x.holds(server)
}

// Nothing is asked of a server that another apply decides. The message names the first of two applies, by the address of
// what the value depends on.
func TestTargetFirst(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	y := newTerminal(t)
	y.Configure("issuer = terraform_data.server.output", fmt.Sprintf(`resource "terraform_data" "server" { input = %q }
data "oidc_discovery" "found" {}
output "endpoint" { value = data.oidc_discovery.found.registration_endpoint }
`, server.Issuer()))
	refused, code := y.Try("apply", "-auto-approve", "-no-color")
	if code == 0 {
		t.Fatalf("the data source is read from a server that is not known:\n%s", refused)
	}
	containsAll(t, refused, "Apply first what the value depends on, by its address:", "terraform apply -target=ADDRESS")
	y.Must("apply", "-auto-approve", "-no-color", "-target=terraform_data.server")
	if out := y.Must("apply", "-auto-approve", "-no-color"); !strings.Contains(out, server.Issuer()+"/register") {
		t.Errorf("nothing is discovered by the second apply:\n%s", out)
	}
}
