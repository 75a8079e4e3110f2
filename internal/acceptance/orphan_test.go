// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A create was killed when the journal had its client, and the configuration was changed before the next apply: that names the client once, and what takes
// it over.
func TestAClientOfAKilledRunIsImported(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, settings := started(t, server)
	x.Configure(settings, fmt.Sprintf(client, "before"))
	x.killed(everybody, "create journaled", tftest.TerminalApply...)
	x.Configure(settings, fmt.Sprintf(client, "after"))
	out := x.Apply()
	says(t, out, "A client may have been left behind", server.Clients()[0].ID)
	line := regexp.MustCompile(`terraform import ADDRESS '([^']+)'`).FindStringSubmatch(strings.Join(strings.Fields(out), " "))
	if line == nil {
		t.Fatal(out)
	}
	x.Configure(settings, fmt.Sprintf(client, "after")+"\n"+strings.Replace(fmt.Sprintf(client, "before"), `"c"`, `"left"`, 1))
	x.Must("import", "-no-color", clientType+".left", line[1])
	if again := x.Apply(); strings.Contains(again, "left behind") {
		t.Errorf("it is told again:\n%s", again)
	}
	x.Must(tftest.TerminalDestroy...)
	if n := len(server.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// The same where the configuration is still there, and another resource is created before its own: the apply that tells of the client takes it over.
func TestAClientOfAKilledRunIsTakenOverLater(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, settings := started(t, server)
	own := strings.Replace(fmt.Sprintf(client, "own"), `"c"`, `"own"`, 1)
	x.Configure(settings, own)
	x.killed(everybody, "create journaled", tftest.TerminalApply...)
	id := server.Clients()[0].ID
	x.Configure(settings, fmt.Sprintf(client, "first")+"\n"+strings.Replace(own, "{", "{\n  depends_on = [oidc_dynamic_client.c]", 1))
	says(t, x.Apply(), "A client may have been left behind", "this one, if the resource is created later in it", "If no state has it once those applies are through", "Client adopted from the token journal")
	if n := len(server.Clients()); n != 2 {
		t.Errorf("%d clients at the server", n)
	}
	if state := x.Must("show", "-json"); !strings.Contains(state, id) {
		t.Errorf("no state has client %s", id)
	}
}
