// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Terraform closes a provider as soon as its resources are done. What is killed while another one's resource is still made has stored no state, and nothing tells that
// from an apply that has: the user is asked, of each client, and the way that is named first takes it over.
func TestKilledWhileOnlyAnotherProviderIsAtWork(t *testing.T) {
	names := []string{"a", "b", "c"}
	for _, blocks := range []bool{false, true} {
		t.Run(fmt.Sprint("import blocks ", blocks), func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: everything}
			x, provider := started(t, server)
			x.KeepStateAt(tftest.NewHTTPState(t))
			clients := ""
			for _, name := range names {
				clients += fmt.Sprintf("resource \"oidc_dynamic_client\" %q {\n  client_name = %q\n  redirect_uris = [\"https://app.example.com/%s\"]\n}\n", name, name, name)
			}
			x.Configure(provider, clients+`resource "terraform_data" "slow" {
  depends_on = [oidc_dynamic_client.a, oidc_dynamic_client.b, oidc_dynamic_client.c]
  provisioner "local-exec" {
    command = "until grep -q '\"ended\"' '`+strings.Split(provider, `"`)[3]+`'; do sleep 0.1; done; echo the provider has ended; sleep 300"
  }
}
`)
			x.killedAfterText("the provider has ended", tftest.TerminalApply...)
			x.Unlock()
			if n := len(x.resources()); n != 0 || len(server.Clients()) != len(names) {
				t.Fatalf("the state has %d of %d clients", n, len(server.Clients()))
			}
			x.Configure(provider, clients)
			out, code := x.Try(tftest.TerminalApply...)
			words := oneLine(out)
			lines := regexp.MustCompile(`terraform import ADDRESS '([^']+)'`).FindAllStringSubmatch(words, -1)
			if code == 0 || len(server.Clients()) != len(names) || len(lines) != len(names) {
				t.Fatalf("exit code %d, %d clients, %d imports are named:\n%s", code, len(server.Clients()), len(lines), out)
			}
			if named := strings.Index(words, lines[0][0]); strings.Index(words, `on_missing = "recreate"`) < named {
				t.Errorf("another client is offered before the one that there is:\n%s", out)
			}
			containsNone(t, words, "ended in order", "most likely has")
			ofAll := ""
			for _, line := range lines {
				uri := line[1]
				name, _ := server.Clients()[clientAt(t, server, uri)].Metadata["client_name"].(string)
				if blocks {
					ofAll += fmt.Sprintf("import {\n  to = oidc_dynamic_client.%s\n  id = %q\n}\n", name, uri)
				} else {
					x.Must("import", "-no-color", clientType+"."+name, uri)
				}
			}
			x.Configure(provider, ofAll+clients)
			x.distinct(server, x.Apply())
			if n := len(x.resources()); n != len(names) {
				t.Errorf("the state has %d clients", n)
			}
			x.Configure(provider, clients)
			x.Apply()
			x.Must(tftest.TerminalDestroy...)
			if n := len(server.Clients()); n != 0 {
				t.Errorf("%d clients are left after the destroy", n)
			}
		})
	}
}

// clientAt is which of the server's clients is at a URI.
func clientAt(t *testing.T, server *fakeop.Server, uri string) int {
	t.Helper()
	for i, c := range server.Clients() {
		if strings.HasSuffix(uri, "/"+c.ID) {
			return i
		}
	}
	t.Fatalf("no client is at %s", uri)
	return 0
}

// killedAfterText runs a command whose group is killed when it has said a text.
func (x *terminal) killedAfterText(text string, args ...string) {
	x.t.Helper()
	cmd := x.Command(x.t.Context(), args...)
	groupOf(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	said := false
	for lines := bufio.NewScanner(stdout); !said && lines.Scan(); {
		said = strings.HasSuffix(lines.Text(), ": "+text)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_, _ = io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); err == nil || !said {
		x.t.Fatalf("it was not killed after %q: %v", text, err)
	}
}

// The same in a replacement: the state has the old client, and the way that is named first takes the new one over in its place.
func TestKilledAfterAReplacementWhileOnlyAnotherProviderIsAtWork(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405, DeleteStatus: 405}}
	x, provider := started(t, server)
	x.KeepStateAt(tftest.NewHTTPState(t))
	x.Configure(provider, fmt.Sprintf(one, "App", ""))
	x.Apply()
	old := server.Clients()[0].ID
	x.Configure(provider, fmt.Sprintf(one, "App 2", ""))
	_, _ = x.Try(tftest.TerminalApply...) // finds that there are no updates, so that the next plan proposes another client
	if n := len(server.Clients()); n != 1 {
		t.Fatalf("%d clients", n)
	}
	x.Configure(provider, fmt.Sprintf(one, "App 2", "")+`
resource "terraform_data" "slow" {
  depends_on = [oidc_dynamic_client.c]
  provisioner "local-exec" {
    command = "until grep -q '\"ended\"' '`+strings.Split(provider, `"`)[3]+`'; do sleep 0.1; done; echo the provider has ended; sleep 300"
  }
}
`)
	x.killedAfterText("the provider has ended", tftest.TerminalApply...)
	x.Unlock()
	if id := x.resources()["c"]["client_id"]; id != old || len(server.Clients()) != 2 {
		t.Fatalf("the state has client %v, and the server %d", id, len(server.Clients()))
	}
	x.Configure(provider, fmt.Sprintf(one, "App 2", ""))
	out, code := x.Try(tftest.TerminalApply...)
	words := oneLine(out)
	line := regexp.MustCompile(`terraform state rm ADDRESS terraform import ADDRESS '([^']+)'`).FindStringSubmatch(words)
	if code == 0 || line == nil || len(server.Clients()) != 2 {
		t.Fatalf("exit code %d, %d clients:\n%s", code, len(server.Clients()), out)
	}
	x.Must("state", "rm", "-no-color", clientType+".c")
	x.Must("import", "-no-color", clientType+".c", line[1])
	x.Apply()
	if id, _ := x.resources()["c"]["client_id"].(string); id == old || len(server.Clients()) != 2 || !strings.HasSuffix(line[1], "/"+id) {
		t.Errorf("the state has client %v, and the server %d", id, len(server.Clients()))
	}
}
