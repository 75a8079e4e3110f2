// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A failure that names a client_id and nothing else of a client may name the one that stands in the way, which is somebody else's. The provider's credentials would
// delete it as any other at the address that the user's template gives.
func TestAClientThatOnlyAFailureNames(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}"}
	for _, status := range []int{500, 503} {
		for _, journaled := range []bool{false, true} {
			if settings.Journal = nil; journaled {
				settings.Journal = withJournal(t).Journal
			}
			op, f := managedByCredential(t, false)
			other := start(t, op, authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider})
			other.want(other.registerAs(web("a")))
			theirs := other.state.Handle.ClientID
			f.Registration.Calls = fakeop.Always(fakeop.Answer{Status: status, Body: fmt.Sprintf(`{"error":"server_error","client_id":%q}`, theirs)})
			op.SetFaults(f)
			l := start(t, op, settings)
			if out := l.registerAs(web("a")); !out.Failed() {
				t.Fatalf("%s", kinds(out.Problems))
			}
			l = l.later(settings)
			out := l.destroy(b)
			if l.want(out, outcome.DeleteUnmanaged); !out.Gone || out.Failed() {
				t.Errorf("%d, journal %v: the state is kept: %s", status, journaled, kinds(out.Problems))
			}
			if _, lives := op.Client(theirs); !lives {
				t.Errorf("%d, journal %v: somebody else's client is deleted", status, journaled)
			}
		}
	}
}

// One that shows what only a new client has is of the registration, and is deleted there.
func TestAClientThatAFailureShows(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	op, f := managedByCredential(t, false)
	f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { doc["error"] = "server_error" }})
	op.SetFaults(f)
	l := start(t, op, settings)
	l.want(l.registerAs(web("a")), outcome.RegisteredBesideError, outcome.NotRegistered)
	l = l.later(settings)
	if l.want(l.destroy(authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}"})); len(op.Clients()) != 0 {
		t.Errorf("left are %v", op.Clients())
	}
}
