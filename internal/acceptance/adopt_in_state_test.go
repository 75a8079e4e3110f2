// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

func says(t *testing.T, out string, texts ...string) {
	t.Helper()
	words := strings.Join(strings.Fields(out), " ")
	for _, text := range texts {
		if !strings.Contains(words, text) {
			t.Errorf("it does not say %q:\n%s", text, out)
		}
	}
}

const equalDoc = `
  client_name   = "App"
  redirect_uris = ["https://app.example.com/cb"]
`

// equal are resources of equal metadata. What is added stands in the last one.
func equal(more string, names ...string) string {
	var b strings.Builder
	for i, name := range names {
		inside := ""
		if i == len(names)-1 {
			inside = more
		}
		fmt.Fprintf(&b, "resource \"oidc_dynamic_client\" %q {\n%s%s}\n", name, inside, equalDoc)
	}
	return b.String()
}

// distinct wants a client of its own for each resource, and no other at the server.
func (x *terminal) distinct(server *fakeop.Server, out string) {
	x.t.Helper()
	ids := map[any]bool{}
	for _, a := range x.resources() {
		ids[a["client_id"]] = true
	}
	if n := len(x.resources()); len(ids) != n || len(server.Clients()) != n {
		x.t.Errorf("%d resources have %d clients, and the server has %d:\n%s", n, len(ids), len(server.Clients()), out)
	}
}

// with is a command with more arguments.
func with(command []string, more ...string) []string { return append(command[:3:3], more...) }

// asIfKilled makes the journal that of a run whose Terraform was killed, though that had stored its state.
func (x *terminal) asIfKilled(provider string) {
	x.t.Helper()
	path := strings.Split(provider, `"`)[3]
	lines, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	killed := strings.ReplaceAll(string(lines), `,"ended":true`, "")
	if killed == string(lines) {
		x.t.Fatalf("the run did not end in order:\n%s", lines)
	}
	if err := os.WriteFile(path, []byte(killed), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

// Nothing was killed: a client that is in a state is never taken over by another resource of the same metadata. Where Terraform has not looked at that
// state, the user is asked, and each way that is named then leads out.
func TestAClientThatIsInAStateIsNotAdopted(t *testing.T) {
	const why = "Nothing registered, because another resource may have this client"
	onlyD := with(tftest.TerminalApply, "-target="+clientType+".d")
	leaves := map[string]func(x *terminal, provider string){
		"state rm": func(x *terminal, _ string) { x.Must("state", "rm", clientType+".c") },
		"state mv": func(x *terminal, _ string) {
			x.Must("state", "mv", "-state-out="+filepath.Join(x.t.TempDir(), "other.tfstate"), clientType+".c", clientType+".c")
		},
		"removed": func(x *terminal, provider string) {
			x.Configure(provider, equal("", "d")+"removed {\nfrom = oidc_dynamic_client.c\nlifecycle { destroy = false }\n}\n")
		},
	}
	begin := func(t *testing.T, names ...string) (x *terminal, server *fakeop.Server, provider, first string) {
		server = &fakeop.Server{}
		x, provider = started(t, server)
		x.Configure(provider, equal("", "c"))
		x.Apply()
		first = server.Clients()[0].ID
		x.Configure(provider, equal("", names...))
		return x, server, provider, first
	}
	refused := func(x *terminal, server *fakeop.Server, args ...string) string {
		x.t.Helper()
		out, code := x.Try(args...)
		if code == 0 || len(server.Clients()) != 1 {
			x.t.Fatalf("exit code %d, %d clients:\n%s", code, len(server.Clients()), out)
		}
		says(x.t, out, why, "terraform apply", `on_missing = "recreate"`, "terraform import ADDRESS")
		return out
	}
	t.Run("target, then all of them", func(t *testing.T) {
		t.Parallel()
		x, server, _, _ := begin(t, "c", "d")
		refused(x, server, onlyD...)
		x.distinct(server, x.Apply())
		x.Quiet()
	})
	t.Run("target, then another one is wanted", func(t *testing.T) {
		t.Parallel()
		x, server, provider, first := begin(t, "c", "d")
		refused(x, server, onlyD...)
		x.Configure(provider, equal("on_missing = \"recreate\"\n", "c", "d"))
		x.distinct(server, x.Must(onlyD...))
		x.Must(with(tftest.TerminalDestroy, "-target="+clientType+".d")...)
		if _, lives := server.Client(first); !lives {
			t.Error("the client of the first resource is gone")
		}
	})
	t.Run("target, count", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		counted := func(n int) string {
			return fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {\ncount = %d\n%s}\n", n, equalDoc)
		}
		x.Configure(provider, counted(1))
		x.Apply()
		x.Configure(provider, counted(2))
		refused(x, server, with(tftest.TerminalApply, "-target="+clientType+".c[1]")...)
		x.Apply()
		if n := len(server.Clients()); n != 2 {
			t.Errorf("two instances have %d clients", n)
		}
	})
	t.Run("removed, and looked at", func(t *testing.T) {
		t.Parallel()
		x, server, provider, first := begin(t, "d")
		leaves["removed"](x, provider)
		if x.CLI.Product != tfcli.OpenTofu { // which looks at what is forgotten
			refused(x, server, tftest.TerminalApply...)
			x.Configure(provider, equal("on_missing = \"recreate\"\n", "d"))
		}
		x.Must(tftest.TerminalApply...)
		if _, lives := server.Client(first); !lives || len(server.Clients()) != 2 || x.resources()["d"]["client_id"] == first {
			t.Errorf("%d clients, and the first one lives is %t", len(server.Clients()), lives)
		}
		x.Must(tftest.TerminalDestroy...)
		if _, lives := server.Client(first); !lives {
			t.Error("the client that was forgotten is gone")
		}
	})
	for name, leave := range leaves {
		for _, then := range []string{"import", "recreate"} {
			t.Run(name+", then "+then, func(t *testing.T) {
				t.Parallel()
				x, server, provider, first := begin(t, "d")
				leave(x, provider)
				args := tftest.TerminalApply
				if name == "removed" && x.CLI.Product == tfcli.OpenTofu {
					args = with(args, "-refresh=false") // OpenTofu looks at what such a block forgets, and Terraform does not
				}
				out := refused(x, server, args...)
				if then == "import" {
					line := regexp.MustCompile(`terraform import ADDRESS '([^']+)'`).FindStringSubmatch(strings.Join(strings.Fields(out), " "))
					if line == nil {
						t.Fatal(out)
					}
					x.Configure(provider, equal("", "d"))
					x.Must("import", "-no-color", clientType+".d", line[1])
					x.Must(tftest.TerminalApply...)
					x.Quiet()
					x.holds(server)
					return
				}
				x.Configure(provider, equal("on_missing = \"recreate\"\n", "d"))
				x.Apply()
				x.Must(tftest.TerminalDestroy...)
				if _, lives := server.Client(first); !lives {
					t.Error("the client that left the state is deleted")
				}
			})
		}
	}
	t.Run("two aliases, one after the other", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x := newTerminal(t)
		server.Start(t)
		settings := fmt.Sprintf("issuer = %q\ntoken_journal = { path = %q }", server.Issuer(), filepath.Join(t.TempDir(), "journal"))
		x.Configure(settings, fmt.Sprintf("provider \"oidc\" {\nalias = \"b\"\n%s\n}\n", settings)+
			equal("provider = oidc.b\ndepends_on = [oidc_dynamic_client.c]\n", "c", "d"))
		x.distinct(server, x.Apply())
	})
	for _, refresh := range []string{"true", "false"} {
		t.Run("tainted, create_before_destroy, first with refresh "+refresh, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			x, provider := started(t, server)
			x.Configure(provider, equal("lifecycle { create_before_destroy = true }\n", "c"))
			x.Apply()
			x.Must("taint", clientType+".c")
			if refresh == "false" { // nobody looks at what is to be replaced
				refused(x, server, with(tftest.TerminalApply, "-refresh=false")...)
			}
			x.distinct(server, x.Apply())
			x.holds(server)
		})
	}
	t.Run("two states of one directory", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		x.Configure(provider, equal("", "c"))
		x.Must(with(tftest.TerminalApply, "-state=a.tfstate")...)
		first := server.Clients()[0].ID
		refused(x, server, with(tftest.TerminalApply, "-state=b.tfstate")...)
		x.Must("plan", "-no-color", "-state=a.tfstate") // the other one is looked at
		x.Must(with(tftest.TerminalApply, "-state=b.tfstate")...)
		x.Must(with(tftest.TerminalDestroy, "-state=b.tfstate")...)
		if _, lives := server.Client(first); !lives || len(server.Clients()) != 1 {
			t.Errorf("the client of the first state lives: %t; %d clients", lives, len(server.Clients()))
		}
	})
}

// A Terraform that was killed after it had stored its state: nothing tells that from one that was killed before, so that its client is adopted by an apply that
// does not look at it. The ways that are told then lead out, and no client of another resource is deleted.
func TestAClientOfTwoResources(t *testing.T) {
	begin := func(t *testing.T, more string) (x *terminal, server *fakeop.Server, first string) {
		server = &fakeop.Server{}
		x, provider := started(t, server)
		x.Configure(provider, equal("", "c"))
		x.Apply()
		x.asIfKilled(provider)
		first = server.Clients()[0].ID
		x.Configure(provider, equal(more, "c", "d"))
		out := x.Must(with(tftest.TerminalApply, "-target="+clientType+".d")...)
		if len(server.Clients()) != 1 {
			t.Fatalf("not adopted:\n%s", out)
		}
		says(t, out, "Client adopted from the token journal", "terraform apply -replace=ADDRESS")
		return x, server, first
	}
	for name, more := range map[string]string{"replaced": "", "replaced, create_before_destroy": "lifecycle { create_before_destroy = true }\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, server, first := begin(t, more)
			x.Must("plan", "-no-color")
			says(t, x.Must("plan", "-no-color"), "One client is in two resources", "terraform apply -replace=ADDRESS")
			x.distinct(server, x.Must(with(tftest.TerminalApply, "-replace="+clientType+".d")...))
			if _, lives := server.Client(first); !lives {
				t.Error("the client of the first resource is gone")
			}
			x.Quiet()
		})
	}
	t.Run("both destroyed", func(t *testing.T) {
		t.Parallel()
		x, server, _ := begin(t, "")
		x.Must(tftest.TerminalDestroy...)
		if n := len(server.Clients()); n > 0 {
			t.Errorf("%d clients are left", n)
		}
	})
	t.Run("one destroyed, in doubt", func(t *testing.T) {
		t.Parallel()
		x, server, first := begin(t, "")
		only := func(name string) []string { return with(tftest.TerminalDestroy, "-target="+clientType+"."+name) }
		out, code := x.Try(only("c")...)
		if code == 0 {
			t.Errorf("destroyed:\n%s", out)
		}
		says(t, out, "Client not deregistered, because another resource may have it", "terraform plan")
		x.Must("plan", "-no-color")
		x.Must(only("c")...)
		if _, lives := server.Client(first); !lives {
			t.Error("the client of the other resource is gone")
		}
		x.Must(only("d")...)
		if n := len(server.Clients()); n > 0 {
			t.Errorf("%d clients are left", n)
		}
	})
	t.Run("one taken out, then destroyed again", func(t *testing.T) {
		t.Parallel()
		x, server, _ := begin(t, "")
		x.Must("plan", "-no-color")
		x.Must("state", "rm", clientType+".d")
		if out, code := x.Try(tftest.TerminalDestroy...); code == 0 {
			t.Errorf("destroyed:\n%s", out)
		}
		x.Must(tftest.TerminalDestroy...)
		if n := len(server.Clients()); n > 0 {
			t.Errorf("%d clients are left", n)
		}
	})
}
