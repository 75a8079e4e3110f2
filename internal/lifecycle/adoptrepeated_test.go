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

// One wrong answer to the read before an adoption does not cost the client its management, as it does not after a registration.
func TestAnAdoptionAndOneWrongAnswerKeepTheManagement(t *testing.T) {
	for kind, doc := range both {
		for name, a := range map[string]fakeop.Answer{"401": {Status: 401}, "401 of a token": {Status: 401, Body: `{"error":"invalid_token"}`}, "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410}, "405": fakeop.NotAllowed("GET")} {
			for _, silent := range []bool{true, false} {
				t.Run(fmt.Sprint(kind, ", ", name, ", ", silent), func(t *testing.T) {
					f := fakeop.Faults{TokenChecksGrantFirst: silent, AuthorizeErrorPage: silent}
					s := withJournal(t)
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a")) // and killed
					l = another(l, s, authserver.State{})
					f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: a}}
					l.op.SetFaults(f)
					out := l.registerAs(doc("a"))
					if n := l.op.Registrations(); n != 1 {
						t.Errorf("%d registrations", n)
					}
					if !out.Failed() && l.state.Handle.RegistrationClientURI == "" {
						t.Errorf("the client is not managed any more: %s", kinds(out.Problems))
						l = another(l, s, l.state)
						l.refresh()
						gone := deregister(l, l.state)
						t.Logf("after a destroy, %d clients: %s", len(l.op.Clients()), kinds(gone.Problems))
					}
				})
			}
		}
	}
}

// Nor does what is set for clients that are missing register a second one, for one wrong answer, or where nobody serves a client that the token endpoint knows.
func TestAnAdoptionThatMayRecreateRegistersNoSecondClient(t *testing.T) {
	for name, a := range map[string]fakeop.Answer{"401": {Status: 401}, "401 of a token": {Status: 401, Body: `{"error":"invalid_token"}`}, "404": fakeop.NotFoundJSON()} {
		for _, times := range []int{1, 100} {
			for _, silent := range []bool{true, false} {
				if times > 1 && (silent || a.Status == 401) { // nothing knows the client, or its token is dead, and the user has said what follows
					continue
				}
				f := fakeop.Faults{TokenChecksGrantFirst: silent, AuthorizeErrorPage: silent}
				s := withJournal(t)
				l := begin(t, &fakeop.Server{Faults: f}, s)
				l.registerAs(web("a")) // and killed
				l = another(l, s, authserver.State{})
				f.Reading.Calls = []fakeop.CallFault{{Times: times, Answer: a}}
				l.op.SetFaults(f)
				out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: recreate()}, l.save)
				if n := l.op.Registrations(); n != 1 {
					t.Errorf("%s, %d times, silent %v: %d registrations: %s", name, times, silent, n, kinds(out.Problems))
				}
				l.op.SetFaults(fakeop.Faults{})
				l = another(l, s, l.state)
				if l.state.Handle.ClientID != "" {
					continue
				}
				if out := l.registerAs(web("a")); out.Failed() || l.op.Registrations() != 1 {
					t.Errorf("%s, %d times, silent %v: the next apply does not adopt it: %s", name, times, silent, kinds(out.Problems))
				}
			}
		}
	}
}
