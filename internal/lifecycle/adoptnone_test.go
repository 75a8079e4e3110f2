// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// With management = "none", nobody looks whether a client's address is served. What a killed create left is taken over as it was registered, and managed once that is wanted.
func TestAnAdoptionThatMayNotReadKeepsTheAddress(t *testing.T) {
	for _, first := range []string{authserver.ManagementNone, authserver.ManagementAuto} {
		for _, operation := range []string{"update", "delete"} {
			t.Run(fmt.Sprintf("registered with %s, %s", first, operation), func(t *testing.T) {
				t.Parallel()
				settings := withJournal(t)
				none := settings
				settings.Management, none.Management = authserver.ManagementAuto, authserver.ManagementNone
				as := settings
				as.Management = first
				l := begin(t, &fakeop.Server{}, as)
				var made authserver.Snapshot
				l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, func(s authserver.Snapshot) { made = s }))
				l = l.restarted(none)
				if out := l.registerAs(web("a")); out.Failed() || !out.Has(outcome.Adopted) {
					t.Fatal(kinds(out.Problems))
				}
				if l.state.Handle.RegistrationClientURI != made.Handle.RegistrationClientURI || !l.state.Handle.RegistrationAccessToken.Equal(made.Handle.RegistrationAccessToken) {
					t.Errorf("the state has %q, not %q", l.state.Handle.RegistrationClientURI, made.Handle.RegistrationClientURI)
				}
				l = l.later(settings)
				l.want(l.refresh(), outcome.SkippedNotLearnt) // as of one whose registration was not interrupted
				l = l.later(settings)
				if out := l.operate(operation, web("b")); out.Failed() || len(out.Problems) != 0 {
					t.Error(kinds(out.Problems))
				}
				if client, there := l.op.Client(made.Handle.ClientID); there == (operation == "delete") || there && client.Metadata["client_name"] != "b" {
					t.Errorf("the server has %v", client.Metadata)
				}
			})
		}
	}
}

// One that has no address of its own is looked for at the default one once the provider's credentials manage clients, as after a registration that was not interrupted.
func TestAnAdoptionThatMayNotReadLeavesTheDefaultAddressToALaterLook(t *testing.T) {
	for _, killed := range []bool{false, true} {
		settings := withJournal(t)
		settings.InitialAccessToken = secret.New("canary-admin")
		none := settings
		settings.Management, none.Management = authserver.ManagementProvider, authserver.ManagementNone
		l := begin(t, &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"canary-admin": 0}}, none)
		out := l.registerAs(web("a"))
		if killed {
			l = another(l, none, authserver.State{})
			out = l.registerAs(web("a"))
		}
		if l.state.Handle.RegistrationClientURI != "" || !l.state.Record.Unlooked || out.Has(outcome.Adopted) != killed {
			t.Errorf("killed %v: %q, unlooked %v: %s", killed, l.state.Handle.RegistrationClientURI, l.state.Record.Unlooked, kinds(out.Problems))
		}
		l = l.later(settings)
		l.refresh()
		l.update(web("b"))
		if clients := l.op.Clients(); l.state.Handle.RegistrationClientURI == "" || len(clients) != 1 || clients[0].Metadata["client_name"] != "b" {
			t.Errorf("killed %v: it is not managed: %v", killed, clients)
		}
	}
}
