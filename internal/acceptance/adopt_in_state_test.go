// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

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

// Nothing was killed: a client that is in the state is never taken over by another resource of the same metadata.
func TestAClientThatIsInTheStateIsNotAdopted(t *testing.T) {
	const doc = `
  client_name   = "App"
  redirect_uris = ["https://app.example.com/cb"]
`
	two := func(second string) string {
		return fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {%s}\nresource \"oidc_dynamic_client\" \"d\" {\n%s%s}\n", doc, second, doc)
	}
	distinct := func(t *testing.T, x *terminal, server *fakeop.Server, out string) {
		t.Helper()
		ids := map[any]bool{}
		for _, a := range x.resources() {
			ids[a["client_id"]] = true
		}
		if n := len(x.resources()); len(ids) != n || len(server.Clients()) != n {
			t.Errorf("%d resources have %d clients, and the server has %d:\n%s", n, len(ids), len(server.Clients()), out)
		}
	}
	t.Run("target", func(t *testing.T) {
		t.Parallel()
		for _, then := range []string{"replace", "replace, create_before_destroy", "destroy", "destroy one"} {
			server := &fakeop.Server{}
			x, provider := started(t, server)
			x.Configure(provider, fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {%s}\n", doc))
			x.Apply()
			first := server.Clients()[0].ID
			second := ""
			if then == "replace, create_before_destroy" {
				second = "lifecycle { create_before_destroy = true }\n"
			}
			x.Configure(provider, two(second))
			// Nobody looks at the first one, and it may be a client of a run that was killed before its state was stored.
			out := x.Must(append(tftest.TerminalApply[:3:3], "-target="+clientType+".d")...)
			if n := len(server.Clients()); n == 1 {
				says(t, out, "terraform apply -replace=ADDRESS")
				out = x.Must("plan", "-no-color")
				says(t, out, "One client is in two resources", "terraform apply -replace=ADDRESS")
			}
			switch then {
			case "destroy":
				x.Must(tftest.TerminalDestroy...)
				if n := len(server.Clients()); n > 0 {
					t.Errorf("%d clients are left", n)
				}
				continue
			case "destroy one":
				x.Must(append(tftest.TerminalDestroy[:3:3], "-target="+clientType+".d")...)
			default:
				out = x.Must(append(tftest.TerminalApply[:3:3], "-replace="+clientType+".d")...)
				distinct(t, x, server, out)
				x.Quiet()
			}
			if _, lives := server.Client(first); !lives {
				t.Errorf("%s: the client of the first resource is gone", then)
			}
		}
	})
	t.Run("target, count", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		counted := func(n int) string {
			return fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {\ncount = %d\n%s}\n", n, doc)
		}
		x.Configure(provider, counted(1))
		x.Apply()
		x.Configure(provider, counted(2))
		out := x.Must(append(tftest.TerminalApply[:3:3], "-target="+clientType+".c[1]")...)
		distinct(t, x, server, out)
	})
	t.Run("two aliases, one after the other", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x := newTerminal(t)
		server.Start(t)
		settings := fmt.Sprintf("issuer = %q\ntoken_journal = { path = %q }", server.Issuer(), filepath.Join(t.TempDir(), "journal"))
		x.Configure(settings, fmt.Sprintf("provider \"oidc\" {\nalias = \"b\"\n%s\n}\n", settings)+two("provider = oidc.b\ndepends_on = [oidc_dynamic_client.c]\n"))
		out := x.Apply()
		distinct(t, x, server, out)
	})
	t.Run("tainted, create_before_destroy, without refresh", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		x.Configure(provider, fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {%s\nlifecycle { create_before_destroy = true }\n}\n", doc))
		x.Apply()
		x.Must("taint", clientType+".c")
		out := x.Must(append(tftest.TerminalApply[:3:3], "-refresh=false")...)
		distinct(t, x, server, out)
		x.holds(server)
	})
	t.Run("tainted, create_before_destroy", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		x.Configure(provider, fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {%s\nlifecycle { create_before_destroy = true }\n}\n", doc))
		x.Apply()
		x.Must("taint", clientType+".c")
		out := x.Must(tftest.TerminalApply...)
		distinct(t, x, server, out)
		x.holds(server)
	})
	t.Run("two states of one directory", func(t *testing.T) {
		t.Parallel()
		server := &fakeop.Server{}
		x, provider := started(t, server)
		x.Configure(provider, fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {%s}\n", doc))
		apply := func(state string, more ...string) string {
			return x.Must(append(append(tftest.TerminalApply[:3:3], "-state="+state), more...)...)
		}
		apply("a.tfstate")
		first := server.Clients()[0].ID
		apply("b.tfstate")
		says(t, apply("a.tfstate"), "One client is in two resources")
		out := apply("b.tfstate", "-replace="+clientType+".c")
		if n := len(server.Clients()); n != 2 {
			t.Errorf("two states have %d clients:\n%s", n, out)
		}
		x.Must(append(tftest.TerminalDestroy[:3:3], "-state=b.tfstate")...)
		if _, lives := server.Client(first); !lives || len(server.Clients()) != 1 {
			t.Errorf("the client of the first state lives: %t; %d clients", lives, len(server.Clients()))
		}
	})
}
