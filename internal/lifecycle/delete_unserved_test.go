// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// Nobody served a client's address when it was registered, and the server does by now. One outage at its destroy does not have it forgotten, and the next destroy
// deregisters it.
func TestDeletionInAnOutageOfAClientThatNobodyServed(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"503": {Status: 503}, "500": {Status: 500, Body: `{"error":"server_error"}`}, "429": {Status: 429}, "lost": fakeop.Lost(), "no connection": {Cut: fakeop.CutConnection},
	} {
		for _, journal := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := authserver.Settings{}
				if journal {
					s = withJournal(t)
				}
				l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 404, Body: `{"error":"not_found"}`})}}}, s)
				l.registerAs(web("a"))
				l.op.SetFaults(fakeop.Faults{})
				l = l.later(s)
				l.refresh()
				l = l.later(s)
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Deletion.Calls, f.Reading.Calls = fakeop.Always(answer), fakeop.Always(answer)
				})
				before := l.state.Handle.RegistrationClientURI
				out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
				if out.Gone && len(l.op.Clients()) != 0 || l.state.Handle.RegistrationClientURI != before {
					t.Errorf("an outage had a client forgotten that lives: %s", kinds(out.Problems))
				}
				l.op.SetFaults(fakeop.Faults{})
				l = l.later(s)
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
					t.Errorf("afterwards %d clients are left: %s", len(l.op.Clients()), kinds(out.Problems))
				}
			})
		}
	}
}
