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
