// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A destroy takes clients away that have another value than is accepted by now and that no update can change. Terraform plans as usual before it.
func TestDestroyOfASubstitutionThatIsAcceptedNoMore(t *testing.T) {
	server := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"id_token_signed_response_alg": "HS256"}}}
	server.Start(t)
	x := newTerminal(t)
	clients := func(name, more string) string {
		var all strings.Builder
		for i := range 3 {
			all.WriteString(strings.Replace(fmt.Sprintf(one, fmt.Sprint(name, i), "id_token_signed_response_alg = \"ES256\"\n"+more), `"c"`, fmt.Sprintf(`"c%d"`, i), 1))
			all.WriteString("\n")
		}
		return all.String()
	}
	const accept = `accept_substitutions = ["id_token_signed_response_alg"]`
	x.Configure(settings(t, server, false), clients("App", accept))
	x.Apply()
	server.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 405}) })
	x.Configure(settings(t, server, false), clients("Other", accept))
	if _, code := x.Try("apply", "-auto-approve", "-no-color"); code == 0 {
		t.Fatal("the server has updates")
	}
	x.Configure(settings(t, server, false), clients("App", ""))
	containsAll(t, oneLine(x.Must("plan", "-no-color")), "3 to change")
	out, code := x.Try("apply", "-auto-approve", "-no-color")
	if containsAll(t, oneLine(out), "Server registered other values", "cannot be updated"); code == 0 {
		t.Error("another value than was asked for is taken")
	}
	containsNone(t, oneLine(x.Must("destroy", "-auto-approve", "-no-color")), "Server registered other values")
	if n := len(server.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}
