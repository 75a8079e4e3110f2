// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
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
				s := settingsWith(t, journal)
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

// The server refuses the deletion and shows the client at that address, which nobody served at first: it is served by now, and its address stays known until a deletion is made.
func TestDeletionIsRefusedOfAClientThatNobodyServedAtFirst(t *testing.T) {
	for _, status := range []int{429, 500, 503, 403, 409} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 404, Body: `{"error":"not_found"}`})}}}, authserver.Settings{})
			l.registerAs(web("a"))
			l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: status})}})
			for range 2 {
				l = l.later(authserver.Settings{})
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone {
					t.Fatalf("a client is forgotten that the server shows: %s", kinds(out.Problems))
				}
			}
			l.op.SetFaults(fakeop.Faults{})
			l = l.later(authserver.Settings{})
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(l.op.Clients()) != 0 {
				t.Errorf("afterwards %d clients are left: %s", len(l.op.Clients()), kinds(out.Problems))
			}
		})
	}
}

// Everything at the address that the server names is sent to a login page. Nobody serves clients there, and a destroy leaves the client, with a warning.
func TestDeletionWhereEverythingIsSentToALogin(t *testing.T) {
	t.Parallel()
	login := fakeop.Always(fakeop.Answer{Status: http.StatusFound, Header: http.Header{"Location": {"/login"}}})
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{
		Reading: fakeop.ReadingFaults{Calls: login}, Updating: fakeop.UpdatingFaults{Calls: login}, Deletion: fakeop.DeletionFaults{Calls: login},
	}}, authserver.Settings{})
	l.registerAs(web("a"))
	l = l.later(authserver.Settings{})
	if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || !out.Has(outcome.DeleteUnmanaged) {
		t.Errorf("the destroy is blocked: %s", kinds(out.Problems))
	}
}
