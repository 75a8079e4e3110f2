// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

const tokensVariable = "OIDC_REGISTRATION_ACCESS_TOKENS"

// handedIn is what the environment holds for the tokens of clients.
func handedIn(clients ...fakeop.Client) string {
	tokens := map[string]string{}
	for _, c := range clients {
		tokens[c.ID] = c.Token
	}
	text, _ := json.Marshal(tokens) // of strings only
	return string(text)
}

// twoToImport are two clients that no state has, and the resources for them, with their import blocks or without.
func twoToImport(t *testing.T, settings string, blocks bool) (x *terminal, server *fakeop.Server, a, b fakeop.Client) {
	t.Helper()
	server = &fakeop.Server{}
	server.Start(t)
	maker := newTerminal(t)
	maker.Configure(fmt.Sprintf("issuer=%q", server.Issuer()), fmt.Sprintf(one, "App ${count.index}", "count=2"))
	maker.Must(tftest.TerminalApply...)
	a, b = server.Clients()[0], server.Clients()[1]
	config := ""
	for i, id := range []string{a.ID, b.ID} {
		config += fmt.Sprintf("resource %q \"c%d\" {\n  client_name = \"App %d\"\n  redirect_uris = [\"https://app.example.com/cb\"]\n}\n", clientType, i, i)
		if blocks {
			config += fmt.Sprintf("import {\n  to = %s.c%d\n  id = %q\n}\n", clientType, i, id)
		}
	}
	x = newTerminal(t)
	x.Configure(fmt.Sprintf("issuer=%q\nmax_retries=0\n", server.Issuer())+settings, config)
	return x, server, a, b
}

// keeps checks that a client has the token that it had: a server that sees it at another client's URI revokes it (RFC 7592 §2.1).
func keeps(t *testing.T, server *fakeop.Server, client fakeop.Client, out string) {
	t.Helper()
	if server.CurrentToken(client.ID) != client.Token {
		t.Errorf("the token of %s is lost:\n%s", client.ID, out)
	}
}

// Two imports in one plan, with the token of one of them: which is asked for first is Terraform's affair.
func TestEnvironmentTokenOfTwoImportBlocks(t *testing.T) {
	t.Parallel()
	x, server, a, b := twoToImport(t, "", true)
	x.Setenv(tokensVariable, handedIn(a))
	for range 3 {
		out, code := x.Try("plan", "-no-color")
		keeps(t, server, a, out)
		if line := fmt.Sprintf(`export %s='{"%s":"TOKEN"}'`, tokensVariable, b.ID); code == 0 || !strings.Contains(out, line) || strings.Contains(out, a.ID+"\":") {
			t.Errorf("the plan does not say %s:\n%s", line, out)
		}
	}
	x.Setenv(tokensVariable, handedIn(a, b))
	x.Must(tftest.TerminalApply...)
	x.Setenv(tokensVariable, "")
	x.Quiet()
}

// Two commands in one shell: the variable is still exported when the second client is imported.
func TestEnvironmentTokenOfTwoImportCommands(t *testing.T) {
	t.Parallel()
	for _, journal := range []bool{false, true} {
		settings := ""
		if journal {
			settings = fmt.Sprintf("token_journal = { path = %q }\n", t.TempDir()+"/journal")
		}
		x, server, a, b := twoToImport(t, settings, false)
		x.Setenv(tokensVariable, handedIn(a))
		x.Must("import", "-no-color", clientType+".c0", a.ID)
		out, code := x.Try("import", "-no-color", clientType+".c1", b.ID)
		keeps(t, server, a, out)
		if line := fmt.Sprintf(`export %s='{"%s":"TOKEN"}'`, tokensVariable, b.ID); code == 0 || !strings.Contains(out, line) {
			t.Errorf("the second import does not say %s:\n%s", line, out)
		}
		x.Setenv(tokensVariable, handedIn(b))
		x.Must("import", "-no-color", clientType+".c1", b.ID)
		for _, c := range []fakeop.Client{a, b} {
			keeps(t, server, c, "both imports")
		}
	}
}
