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

// Nobody served the client's address when it was registered, so that it is kept without management. By the time of the destroy the server does: the
// deletion that is tried there works, with a journal as without.
func TestADestroyOfAClientThatWasNotServed(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal ", journal), func(t *testing.T) {
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}}}, s)
			l.registerAs(web("a"))
			if l.state.Handle.RegistrationClientURI != "" {
				t.Fatal("managed")
			}
			l.op.SetFaults(fakeop.Faults{})
			l = l.later(s)
			l.refresh()
			l = l.later(s)
			out := deregister(l, l.state)
			if n := len(l.op.Clients()); n > 0 {
				t.Errorf("%d clients are left (%d deletions were sent): %s", n, l.op.CountOf(fakeop.OpDelete), kinds(out.Problems))
			}
		})
	}
}

// The same by the way that the warning names: client_configuration_uri_template.
func TestATemplateForAClientThatWasNotServed(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal ", journal), func(t *testing.T) {
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.NotFoundPage())}}}, s)
			l.registerAs(web("a"))
			l.op.SetFaults(fakeop.Faults{})
			b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}"}
			l = l.later(s)
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
			l = l.later(s)
			out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true, MayChange: anything, Behaviour: b}, l.save)
			if c, _ := l.op.Client(l.state.Handle.ClientID); c.Metadata["client_name"] != "b" {
				t.Errorf("not updated: %s", kinds(out.Problems))
			}
			for range 2 {
				l = l.later(s)
				out = lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save)
			}
			if n := len(l.op.Clients()); n > 0 {
				t.Errorf("%d clients are left: %s", n, kinds(out.Problems))
			}
		})
	}
}

// An answer names an address and no token, so that nothing manages the client. With a journal as without, its destroy leaves it at the server, and the next
// create registers another one instead of asking for the one that was given up. A run that was killed before its state was saved has it taken over.
func TestAClientWithAnAddressAndNoToken(t *testing.T) {
	for name, withheld := range map[string]fakeop.Answer{"none": shows("registration_access_token", nil), "a mask": shows("registration_access_token", "********")} {
		for i := range 8 {
			journal, known, killed := i%2 == 1, i/2%2 == 1, i/4 == 1
			if killed && (!journal || known) {
				continue // with credentials, it is asked for at the template's address
			}
			t.Run(fmt.Sprintf("%s, journal %v, the provider has credentials %v, killed %v", name, journal, known, killed), func(t *testing.T) {
				s := settingsWith(t, journal)
				op := &fakeop.Server{}
				if known {
					op.InitialAccessTokens = map[string]int{"initial": 0}
					s.InitialAccessToken = secret.New("initial")
				}
				l := begin(t, op, s)
				l.op.Force(fakeop.OpRegister, withheld)
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				if killed {
					l = l.later(s)
					l.state = authserver.State{}
					if out := l.registerAs(web("a")); !out.Has(outcome.Adopted) || l.state.Handle.ClientID != id {
						t.Errorf("another client is registered: %s", kinds(out.Problems))
					}
				}
				l = l.later(s)
				l.want(l.refresh())
				l = l.later(s)
				l.want(deregister(l, l.state), outcome.DeleteUnmanaged)
				l = l.later(s)
				l.state = authserver.State{}
				l.want(l.registerAs(web("a")))
				if l.state.Handle.ClientID == id {
					t.Error("the client that was given up is in the state again")
				}
			})
		}
	}
}
