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

// What is said of an import has no place in the configuration, and Terraform puts together only what has one. So what can be done stands in one of
// twenty equal warnings or errors, and the others are a sentence that names their client.
func TestTwentyImportsAreToldOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults fakeop.Faults
		token  bool
		says   string
	}{
		"values that cannot be imported": {fakeop.Faults{AddMembers: map[string]any{"frontchannel_logout_uri": "javascript:alert(1)"}}, true, "set it to a value that the standards allow"},
		"no secret":                      {fakeop.Faults{OmitSecretOnRead: true}, true, "tell the application its secret"},
		"a hash":                         {fakeop.Faults{HashedSecretOnRead: true}, true, "take the secret from the server's own console"},
		"reads replace the secret":       {rotatesAll, true, "If no application uses the secret"},
		"no token":                       {fakeop.Faults{}, false, "Set it in the environment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: test.faults}
			server.Start(t)
			provider := fmt.Sprintf("issuer = %q\nmax_retries = 0\n", server.Issuer())
			x := newTerminal(t)
			x.Configure(provider, fmt.Sprintf(one, "App ${count.index}", "count = 20"))
			x.Must(tftest.TerminalApply...)
			var ids, tokens []string
			for _, client := range server.Clients() {
				ids, tokens = append(ids, fmt.Sprintf("%q", client.ID)), append(tokens, fmt.Sprintf("%q = %q", client.ID, client.Token))
			}
			if test.token {
				provider += "registration_access_tokens = { " + strings.Join(tokens, ", ") + " }\n"
			}
			y := newTerminal(t)
			y.Configure(provider, fmt.Sprintf("import {\n  for_each = toset([%s])\n  to = %s.c[each.value]\n  id = each.value\n}\n", strings.Join(ids, ", "), clientType)+
				fmt.Sprintf(one, "App", fmt.Sprintf("for_each = toset([%s])", strings.Join(ids, ", "))))
			out, code := y.Try("plan", "-no-color")
			if (code == 0) != test.token {
				t.Errorf("exit code %d", code)
			}
			toldOf(t, server, out, test.says, 1)
		})
	}
}

// A destroy has no place either: that the journal cannot be used is an error of each client, and a warning of one.
func TestTwentyDeletionsWithoutAJournalAreToldOnce(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	provider := fmt.Sprintf("issuer = %q\nmax_retries = 0\n", server.Issuer())
	x := newTerminal(t)
	if err := os.Mkdir(filepath.Join(x.Dir, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	x.Configure(provider, fmt.Sprintf(one, "App ${count.index}", "count = 20"))
	x.Must(tftest.TerminalApply...)
	x.Configure(provider+`token_journal = { path = "dir" }`, fmt.Sprintf(one, "App ${count.index}", "count = 20"))
	out, code := x.Try("destroy", "-auto-approve", "-no-color", "-refresh=false")
	if errors, warnings := strings.Count(out, "Error: "), strings.Count(out, "Warning: Token journal"); code == 0 || errors != 20 || warnings != 1 {
		t.Errorf("exit code %d, %d errors and %d warnings:\n%s", code, errors, warnings, out)
	}
	_, told, _ := strings.Cut(out, "Warning: Token journal")
	toldOf(t, server, told, "Set the path of the journal, or of a file that does not exist yet", 2) // by the warning and by an error
}

// toldOf fails unless each client of a server is named beneath what a run has shown of its plan, and what can be done is said as often as wanted.
func toldOf(t *testing.T, server *fakeop.Server, out, says string, want int) {
	t.Helper()
	_, told, found := strings.Cut(out[strings.LastIndex(out, "Refreshing state...")+1:], "Warning: ")
	if !found {
		told = out
	}
	told = oneLine(told)
	if n := strings.Count(told, says); n != want {
		t.Errorf("%q is said %d times:\n%s", says, n, out)
	}
	for _, client := range server.Clients() {
		if !strings.Contains(told, "client "+client.ID) && !strings.Contains(told, "Client "+client.ID) {
			t.Errorf("client %s is not named:\n%s", client.ID, out)
			return
		}
	}
}
