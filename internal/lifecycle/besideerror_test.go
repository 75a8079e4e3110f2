// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A failure that names a client_id and nothing else of a client may name the one that stands in the way, which is somebody else's. The provider's credentials would
// delete it as any other at the address that the user's template gives.
func TestAClientThatOnlyAFailureNames(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}"}
	for _, status := range []int{200, 500, 503} {
		for _, named := range []bool{false, true} { // its address, too
			for _, then := range []string{"destroy", "refresh", "refresh, and no record", "no record", "token"} {
				for _, journaled := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d, address %v, %s, journal %v", status, named, then, journaled), func(t *testing.T) {
						settings := settings
						if journaled {
							settings.Journal = withJournal(t).Journal
						}
						op, _, theirs := namedByFailure(t, status, named)
						l := start(t, op, settings)
						l.want(l.registerAs(web("a")), outcome.RegisteredBesideError, outcome.NotRegistered)
						if then == "token" { // of which nothing is known, and with which it is not managed by the provider's credentials
							settings.Management = authserver.ManagementToken
						}
						if l = l.later(settings); strings.HasPrefix(then, "refresh") {
							l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{URITemplate: b.URITemplate, Refresh: authserver.RefreshAuto}}, l.save))
							l = l.later(settings)
						}
						if strings.HasSuffix(then, "no record") {
							l.state.Record = reconcile.Record{}
						}
						out := l.destroy(b)
						if l.want(out, outcome.DeleteUnmanaged); !out.Gone || out.Failed() || !out.Problems[0].OnlyNamed {
							t.Errorf("the state is kept, or it is told as the resource's own: %+v", out.Problems)
						}
						if _, lives := op.Client(theirs); !lives {
							t.Error("somebody else's client is deleted")
						}
					})
				}
			}
		}
	}
}

// namedByFailure is a server with somebody else's client, which each registration is refused for.
func namedByFailure(t *testing.T, status int, named bool) (op *fakeop.Server, refusing fakeop.Faults, theirs string) {
	t.Helper()
	op, f := managedByCredential(t, false)
	other := start(t, op, authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider})
	other.want(other.registerAs(web("a")))
	theirs = other.state.Handle.ClientID
	body := fmt.Sprintf(`{"error":"server_error","client_id":%q}`, theirs)
	if named {
		body = fmt.Sprintf(`{"error":"server_error","client_id":%q,"registration_client_uri":%q}`, theirs, op.RegistrationEndpoint()+"/"+theirs)
	}
	f.Registration.Calls = fakeop.Always(fakeop.Answer{Status: status, Body: body})
	op.SetFaults(f)
	return op, f, theirs
}

// Nor is it deleted at once where it was to replace another one, nor changed by an update of a state that holds it.
func TestAReplacementOfWhichAFailureNamesAClient(t *testing.T) {
	settings := authserver.Settings{InitialAccessToken: secret.New("admin"), Management: authserver.ManagementProvider}
	b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}"}
	for _, named := range []bool{false, true} {
		op, refusing, theirs := namedByFailure(t, 500, named)
		op.SetFaults(fakeop.Faults{})
		l := start(t, op, settings)
		l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: b}, l.save))
		id := l.state.Handle.ClientID
		op.SetFaults(refusing)
		l = l.later(settings)
		if out := l.replace(web("b"), b); !out.Failed() || l.state.Handle.ClientID != id {
			t.Errorf("%+v: %s", l.state.Handle, kinds(out.Problems))
		}
		for _, client := range []string{theirs, id} {
			if _, lives := op.Client(client); !lives {
				t.Errorf("address %v: client %s of %s and %s is deleted", named, client, theirs, id)
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
