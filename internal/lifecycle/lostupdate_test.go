// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
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

// An update whose answer was lost may have changed how the client authenticates, beside its token. The token endpoint then refuses the client as one
// that does not exist, whether it is asked with a secret or without: that says nothing. Once the client was shown again, its deletion is seen.
func TestALostUpdateOfHowTheClientAuthenticates(t *testing.T) {
	ways := []string{"none", "client_secret_basic", "client_secret_post", "private_key_jwt"}
	device := func(name string) metadata.Document {
		return metadata.Document{"client_name": name, "grant_types": []any{"urn:ietf:params:oauth:grant-type:device_code"}, "response_types": []any{}}
	}
	by := func(doc metadata.Document, method string) metadata.Document {
		if doc["token_endpoint_auth_method"] = method; method == "private_key_jwt" {
			doc["jwks_uri"] = "https://a.example/jwks"
		}
		return doc
	}
	for kind, doc := range map[string]func(string) metadata.Document{"web": web, "device": device} {
		for _, was := range ways {
			for _, is := range ways {
				for _, journaled := range []bool{false, true} {
					for updates := range 2 {
						what := fmt.Sprintf("%s, %s to %s, journal %v, %d updates before", kind, was, is, journaled, updates)
						settings := authserver.Settings{}
						if journaled {
							settings = withJournal(t)
						}
						habit := fakeop.Faults{RotateTokenOnUpdate: true, AuthorizeIgnoresPrompt: true}
						l := begin(t, &fakeop.Server{Faults: habit, Supported: map[string][]string{"grant_types_supported": nil}}, settings)
						if out := l.registerAs(by(doc("a"), was)); out.Failed() {
							t.Fatal(what, kinds(out.Problems))
						}
						for range updates {
							l.update(by(doc("b"), was))
						}
						lost := habit
						lost.Updating.Calls = fakeop.Always(fakeop.Lost())
						l.op.SetFaults(lost)
						l.update(by(doc("c"), is))
						l.op.SetFaults(habit)
						l = l.restarted(settings)
						if out := l.refresh(); out.Gone {
							t.Errorf("%s: a live client is forgotten: %v", what, kinds(out.Problems))
						}
						l.state.Handle.RegistrationAccessToken = secret.New(l.op.ReissueToken(l.state.Handle.ClientID))
						l.update(by(doc("d"), is))
						l.op.RemoveClient(l.state.Handle.ClientID)
						l = l.restarted(settings)
						if out := l.refresh(); !out.Gone && is == "none" {
							t.Errorf("%s: a client that is gone is kept: %v", what, kinds(out.Problems))
						}
					}
				}
			}
		}
	}
}
