// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// Nobody served the client's address when it was registered, so that it is kept without management. By the time of the destroy the server does: the
// deletion that is tried there works, with a journal as without.
func TestADestroyOfAClientThatWasNotServed(t *testing.T) {
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal ", journal), func(t *testing.T) {
			s := authserver.Settings{}
			if journal {
				s = withJournal(t)
			}
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
			s := authserver.Settings{}
			if journal {
				s = withJournal(t)
			}
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
