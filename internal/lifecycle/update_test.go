// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// A 401 that only the missing client_secret caused does not end the search for a form: the same token has just read the client.
func TestUpdateWithoutSecretIsUnauthorized(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{UpdateWithoutSecretIsUnauthorized: true}}, authserver.Settings{})
	l.register()
	change := lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true, MayChange: reconcile.Changeable{Secret: true, Token: true, URI: true}}
	l.want(lifecycle.Update(t.Context(), l.server, change, l.save))
	if stored, _ := l.op.Client(l.state.Handle.ClientID); stored.Metadata["client_name"] != "b" {
		t.Errorf("the client is %v", stored.Metadata["client_name"])
	}
	if !l.state.Record.Form.HasSecret() {
		t.Errorf("the next update begins with the form %q", l.state.Record.Form)
	}
	// A token that is refused for itself is no matter of the form: one PUT, and no more.
	l.op.ReissueToken(l.state.Handle.ClientID)
	l.op.ResetLog()
	change.State, change.Asked = l.state, web("c")
	if out := lifecycle.Update(t.Context(), l.server, change, l.save); !out.Failed() || l.op.CountOf(fakeop.OpUpdate) > 0 {
		t.Errorf("%d updates with a refused token", l.op.CountOf(fakeop.OpUpdate))
	}
}

// A server without reads may replace the secret with each update and take none without the one that is in force, while no token endpoint tells
// which of the two that is: the next update does. Nor does a server without reads have to say what it lacks by a 400.
func TestUpdatesOfAServerWithoutReads(t *testing.T) {
	for what, f := range map[string]fakeop.Faults{
		"400": {RotateSecretOnUpdate: true, UpdateNeedsSecret: true}, "401": {UpdateWithoutSecretIsUnauthorized: true},
	} {
		f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 405})
		f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(doc("a"))
			for _, name := range []string{"b", "c", "d"} {
				out := l.update(doc(name))
				if client, _ := l.op.Client(l.state.Handle.ClientID); out.Failed() || client.Metadata["client_name"] != name {
					t.Fatalf("%s, %s: the client is %v, not %s: %v", what, kind, client.Metadata["client_name"], name, out.Problems)
				}
			}
		}
	}
}
