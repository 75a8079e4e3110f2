// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// namedAddress begins at a server that names an address and issues no token: its clients are managed by the credentials that registered them.
func namedAddress(t *testing.T, reads []fakeop.CallFault) (*life, authserver.Settings) {
	op := &fakeop.Server{Management: fakeop.ManagementNoToken, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"canary-admin": 0}}
	op.Faults.Reading.Calls = reads
	s := authserver.Settings{InitialAccessToken: secret.New("canary-admin"), Management: authserver.ManagementAuto}
	return begin(t, op, s), s
}

// missedReads are the answers of a replica that lags, of a front end and of a limiter.
var missedReads = map[string]fakeop.Answer{
	"401": {Status: 401}, "401 of a token": {Status: 401, Body: `{"error":"invalid_token"}`}, "403": {Status: 403}, "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(),
	"a page": {Status: 200, MediaType: "text/html", Body: "<html>maintenance</html>"}, "405": {Status: 405},
}

// One wrong answer to the read-back does not cost a client its management, where the server named its address.
func TestOneWrongAnswerAtANamedAddressWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, answer := range missedReads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, s := namedAddress(t, []fakeop.CallFault{{Times: 1, Answer: answer}})
			out := l.registerAs(web("a"))
			if l.state.Handle.RegistrationClientURI == "" {
				t.Errorf("it is not managed any more: %s", kinds(out.Problems))
			}
			l = another(l, s, l.state)
			if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(l.op.Clients()) != 0 {
				t.Errorf("%d clients are left: %s", len(l.op.Clients()), kinds(out.Problems))
			}
		})
	}
}

// The server does not show the client for as long as its registration lasts. Its address is kept: a destroy tries it, and provider_credentials has the client managed there.
func TestAnAddressThatDidNotShowTheClientIsKept(t *testing.T) {
	t.Parallel()
	for name, answer := range missedReads {
		for _, then := range []string{"destroy", "destroy, refused", "destroy without credentials", "managed", "managed, and destroyed at once", "managed, and refused"} {
			t.Run(fmt.Sprint(name, "/", then), func(t *testing.T) {
				t.Parallel()
				l, s := namedAddress(t, fakeop.Always(answer))
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				if l.state.Handle.RegistrationClientURI != "" {
					t.Fatal("it is managed, though nothing has shown it")
				}
				l.op.SetFaults(fakeop.Faults{})
				l = another(l, s, l.state)
				l.want(l.refresh())
				promised := s
				promised.Management = authserver.ManagementProvider
				left := 0
				switch then {
				case "destroy, refused":
					l.op.EditFaults(func(f *fakeop.Faults) {
						f.Reading.Calls, f.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer)
					})
					left = 1
				case "destroy without credentials":
					l = another(l, authserver.Settings{Management: authserver.ManagementAuto}, l.state)
					left = 1
				case "managed":
					l = another(l, promised, l.state)
					l.refresh()
					if out := l.rename("b"); out.Failed() || l.state.Handle.RegistrationClientURI == "" {
						t.Errorf("it is not managed: %s", kinds(out.Problems))
					}
					if got, _ := l.op.Client(id); got.Metadata["client_name"] != "b" {
						t.Errorf("the server has %v", got.Metadata["client_name"])
					}
					l = another(l, promised, l.state)
				case "managed, and destroyed at once":
					l = another(l, promised, l.state)
				case "managed, and refused":
					l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(answer) })
					for range 3 {
						l = another(l, promised, l.state)
						l.refresh()
						l.rename("b")
					}
					asked := l.op.CountOf(fakeop.OpRead)
					l = another(l, promised, l.state)
					if l.refresh(); l.op.CountOf(fakeop.OpRead) != asked {
						t.Error("it is asked for at each plan")
					}
					l.op.SetFaults(fakeop.Faults{})
					l = another(l, s, l.state)
				}
				if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(l.op.Clients()) != left {
					t.Errorf("%d clients are left: %s", len(l.op.Clients()), kinds(out.Problems))
				}
			})
		}
	}
}

// The kept address does not name the client, so that a read comes before a deletion there, and is refused: the destroy leaves the client with a warning, as at an address that names it.
func TestADestroyAtAKeptAddressThatDoesNotNameTheClient(t *testing.T) {
	t.Parallel()
	for name, answer := range missedReads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Management: fakeop.ManagementNoToken, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"canary-admin": 0}, ClientURI: fakeop.URIEndpoint}
			op.Faults.Reading.Calls, op.Faults.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer)
			s := authserver.Settings{InitialAccessToken: secret.New("canary-admin"), Management: authserver.ManagementAuto}
			l := begin(t, op, s)
			l.registerAs(web("a"))
			l = another(l, s, l.state)
			if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(out.Problems) == 0 {
				t.Errorf("%s", kinds(out.Problems))
			}
		})
	}
}
