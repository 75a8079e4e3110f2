// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One wrong answer to the read before an adoption does not cost the client its management, as it does not after a registration.
func TestAnAdoptionAndOneWrongAnswerKeepTheManagement(t *testing.T) {
	for kind, doc := range both {
		for name, a := range map[string]fakeop.Answer{"404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "410": {Status: 410}, "405": fakeop.NotAllowed("GET")} {
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
