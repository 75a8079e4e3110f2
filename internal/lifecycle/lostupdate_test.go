// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// An update that was made and whose state was never saved replaced token and secret. With a token that is handed in, the next update
// finds nothing to send, and the secret that it reads is the one that the state holds afterwards.
func TestUpdateAfterOneThatWasNotSaved(t *testing.T) {
	rotates := fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
	tokens := map[string]secret.String{}
	l := begin(t, &fakeop.Server{Faults: rotates}, authserver.Settings{RegistrationAccessTokens: tokens})
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.ReadsRotate)
	old := l.state
	change := lifecycle.Change{Asked: web("b"), StoresSecret: true, MayChange: reconcile.Changeable{Secret: true, Token: true, URI: true}}
	change.State = old
	lifecycle.Update(t.Context(), l.server, change, func(authserver.Snapshot) {})
	tokens[old.Handle.ClientID] = secret.New(l.op.ReissueToken(old.Handle.ClientID))
	// Terraform keeps the state of before, without its private state, where the provider dies.
	old.Record = reconcile.Record{}
	l.state, change.State = old, old
	out := lifecycle.Update(t.Context(), l.server, change, l.save)
	if out.Failed() {
		t.Fatal(&out.Problems[0])
	}
	client, _ := l.op.Client(old.Handle.ClientID)
	if got := l.state.Handle.ClientSecret.Reveal(); got != client.Secret {
		t.Errorf("the secret in the state is %q, in force is %q; unproven is %q, pending %v, facts %+v", got, client.Secret,
			l.state.Record.Unproven.ClientSecret.Reveal(), l.state.Record.Pending, l.state.Record.Facts)
	}
}
