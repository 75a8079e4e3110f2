// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A destroy is refused whose token another run's journal has, and no apply reads the client of itself. The way of the message, as it is written.
func TestDestroyWithTheJournalOfAnotherRun(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}
	server.Start(t)
	x := newTerminal(t)
	here, there := settings(t, server, false), settings(t, server, true)
	const never = `refresh = "never"`
	for _, name := range []string{"App", "App 2"} {
		x.Configure(here, fmt.Sprintf(one, name, never))
		x.Apply()
	}
	file := filepath.Join(x.Dir, "terraform.tfstate")
	state, err := os.ReadFile(file) // #nosec G304 -- in the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	x.Configure(there, fmt.Sprintf(one, "App 3", never))
	x.Apply()
	if err := os.WriteFile(file, state, 0o600); err != nil {
		t.Fatal(err)
	}
	x.Configure(here, fmt.Sprintf(one, "App 2", never))
	out, code := x.Try("destroy", "-auto-approve", "-no-color")
	if code == 0 {
		t.Fatalf("the destroy works:\n%s", out)
	}
	containsAll(t, oneLine(out), `set it on the provider, for one apply of this client alone: token_journal = { path = "other.journal" } Then run, with the resource's address (and with -destroy where a destroy failed), and then set token_journal back to what it was`,
		"terraform apply -target=ADDRESS")
	x.Configure(there, fmt.Sprintf(one, "App 2", never))
	x.Must(with(tftest.TerminalApply, "-target="+clientType+".c", "-destroy")...)
	if n := len(server.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// The token that is handed in comes from a resource that the apply makes: the plan does not have it yet, and what is refused without it stops nothing.
func TestTokenThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	const token = "resource \"terraform_data\" \"token\" { input = %q }\n"
	for name, c := range map[string]struct {
		tokens string // of the client's id
		change string
		missed bool // an earlier apply was refused, too
	}{
		"one": {tokens: "{ %q = terraform_data.token.output }"}, "all": {tokens: "{ (terraform_data.token.output == \"\" ? \"\" : %q) = terraform_data.token.output }"},
		"one, and a change":                         {tokens: "{ %q = terraform_data.token.output }", change: `contacts = ["ops@example.com"]`},
		"one, where the client would be taken anew": {tokens: "{ %q = terraform_data.token.output }", change: `on_missing = "recreate"`},
		"one, where it was missed before":           {tokens: "{ %q = terraform_data.token.output }", change: `on_missing = "recreate"`, missed: true},
		"one, where it was missed and is not read":  {tokens: "{ %q = terraform_data.token.output }", change: "on_missing = \"recreate\"\nrefresh = \"never\"", missed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}} // nothing tells whether the client exists
			server.Start(t)
			x := newTerminal(t)
			provider := settings(t, server, false)
			x.Configure(provider, fmt.Sprintf(token, "none")+fmt.Sprintf(one, "App", ""))
			x.Apply()
			id := server.Clients()[0].ID
			reissued := server.ReissueToken(id)
			if c.missed {
				x.Configure(provider, fmt.Sprintf(token, "none")+fmt.Sprintf(one, "App 2", ""))
				if out, code := x.Try(with(tftest.TerminalApply, "-refresh=false")...); code == 0 {
					t.Fatalf("an update without a token works:\n%s", out)
				}
			}
			blocks := fmt.Sprintf(token, reissued) + fmt.Sprintf(one, "App", c.change)
			handing := provider + "registration_access_tokens = " + fmt.Sprintf(c.tokens, id) + "\n"
			x.Configure(handing, blocks)
			out := oneLine(x.Apply())
			if !strings.Contains(c.change, "never") {
				containsAll(t, out, "registration_access_tokens of the provider, which may have its token, depends on values that are not known yet.", "401 invalid_token")
			}
			containsNone(t, out, "will be destroyed", "must be replaced", "Client is taken as gone")
			x.Apply()
			x.Configure(provider, blocks)
			x.Quiet()
			x.Configure(provider, strings.Replace(blocks, `"App"`, `"App 3"`, 1)) // with the token that waits, where it is not read
			x.Apply()
			x.holds(server)
			if n := server.Registrations(); n != 1 {
				t.Errorf("%d registrations", n)
			}
		})
	}
}

// What is looked at or imported with a token that is not known yet is told what to apply first.
func TestLookWithATokenThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"import", "data source", "import by the address", "data source by the address", "import, the provider's own credentials", "data source, the provider's own credentials",
		"import, the provider's own credentials, refused with 404", "data source, the provider's own credentials, refused with 404"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			own := strings.Contains(what, "own credentials")
			if strings.Contains(what, "404") {
				server.Faults.InvalidTokenStatus = 404
			}
			if own {
				server.InitialAccessTokens = map[string]int{"register-only": 0}
			}
			server.Start(t)
			x := newTerminal(t)
			provider := settings(t, server, false)
			if own {
				provider += "initial_access_token = \"register-only\"\n"
			}
			x.Configure(provider, fmt.Sprintf(one, "App", ""))
			x.Apply()
			client := server.Clients()[0]
			by, id := "client_id", client.ID
			if strings.Contains(what, "address") {
				by, id = "registration_client_uri", client.URI
			}
			x.Must("state", "rm", clientType+".c")
			provider += fmt.Sprintf("registration_access_tokens = { %q = terraform_data.token.output }\n", client.ID)
			blocks := fmt.Sprintf("resource \"terraform_data\" \"token\" { input = %q }\n", client.Token)
			if strings.HasPrefix(what, "import") {
				blocks += fmt.Sprintf("import {\n  to = %s.c\n  id = %q\n}\n", clientType, id) + fmt.Sprintf(one, "App", "")
			} else {
				blocks += fmt.Sprintf("data \"oidc_client\" \"c\" { %s = %q }\n", by, id)
			}
			x.Configure(provider, blocks)
			out, code := x.Try(tftest.TerminalApply...)
			if code == 0 {
				t.Fatalf("it works:\n%s", out)
			}
			containsAll(t, oneLine(out), "Client not read, because settings are unknown", "terraform apply -target=ADDRESS")
			x.Must(with(tftest.TerminalApply, "-target=terraform_data.token")...)
			x.Apply()
			x.Quiet()
		})
	}
}
