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
