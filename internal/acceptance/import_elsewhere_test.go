// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// An import by an identity that names another server than the provider's, into a resource that does not name it, is refused with the line that
// the resource lacks. The CLI would show it as an import and a destroy.
func TestImportByTheIdentityOfAnotherServer(t *testing.T) {
	t.Parallel()
	server, home := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	server.Start(t)
	home.Start(t)
	maker := newTerminal(t)
	maker.Configure(settings(t, server, false), fmt.Sprintf(one, "App", ""))
	maker.Must(tftest.TerminalApply...)
	client := server.Clients()[0]
	x := newTerminal(t)
	if v := x.Must("version"); strings.Contains(v, "Terraform v1.11") {
		t.Skip("no identities before Terraform 1.12")
	}
	provider := settings(t, home, false) + fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.URI, client.Token)
	block := fmt.Sprintf("import {\n  to = oidc_dynamic_client.c\n  identity = {\n    issuer    = %q\n    client_id = %q\n  }\n}\n", server.Issuer(), client.ID)
	x.Configure(provider, block+fmt.Sprintf(one, "App", ""))
	out, code := x.Try("plan", "-no-color")
	if code == 0 {
		t.Errorf("it is planned: %s", out)
	}
	lacks := fmt.Sprintf("issuer = %q", server.Issuer())
	containsAll(t, oneLine(out), "Imported client is to be at another server", lacks)
	x.Configure(provider, block+fmt.Sprintf(one, "App", lacks))
	x.Must(tftest.TerminalApply...)
	if got := server.Clients(); len(got) != 1 || got[0].ID != client.ID || len(home.Clients()) != 0 {
		t.Errorf("%d clients are at the server, and %d at the provider's", len(got), len(home.Clients()))
	}
}
