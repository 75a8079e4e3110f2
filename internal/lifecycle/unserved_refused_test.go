// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Nobody served the client's address for a second after its registration. A refusal of its token says that it is served by now, so that its destroy does not give the client up.
func TestARefusedTokenWhereNobodyServedTheClient(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]fakeop.Answer{"401": {Status: 401}, "of the token": {Status: 401, Body: `{"error":"invalid_token"}`}} {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.NotFoundJSON()) })
		l.registerAs(web("a"))
		if l.state.Handle.RegistrationClientURI != "" {
			t.Fatal("it is managed, though nobody serves it")
		}
		l.op.SetFaults(fakeop.Faults{})
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Reading.Calls, f.Deletion.Calls = fakeop.Always(refused), fakeop.Always(refused)
		})
		l = another(l, authserver.Settings{}, l.state)
		out := l.destroy(authserver.Behaviour{})
		if out.Gone || !out.Failed() || len(out.Problems[len(out.Problems)-1].Ways) == 0 {
			t.Errorf("%s: gone %v: %s", name, out.Gone, kinds(out.Problems))
		}
		l.op.SetFaults(fakeop.Faults{})
		l = another(l, authserver.Settings{}, l.state)
		if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(l.op.Clients()) != 0 {
			t.Errorf("%s: the next destroy leaves %d clients: %s", name, len(l.op.Clients()), kinds(out.Problems))
		}
	}
}
