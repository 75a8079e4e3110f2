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
)

// One wrong answer to the read-back says that there are no reads, as a front end's 405 does. A plan that nobody applies replaces nothing then.
func TestOneReadBackThatSaysNoReads(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]fakeop.Answer{
		"405 page": {Status: 405, MediaType: "text/html", Body: "<html>405 Not Allowed</html>"}, "405": {Status: 405}, "501": fakeop.NotImplemented(),
		"403 disabled":           fakeop.Forbidden("access_denied", "Client management is temporarily disabled"),
		"400 method not allowed": {Status: 400, Body: `{"error":"invalid_request","error_description":"method not allowed"}`},
		"500":                    fakeop.InternalError(),
	} {
		for what, f := range map[string]fakeop.Faults{
			"both": {RotateTokenOnRead: true, RotateSecretOnRead: true}, "token": {RotateTokenOnRead: true}, "secret": {RotateSecretOnRead: true},
		} {
			for _, journal := range []bool{false, true} {
				t.Run(fmt.Sprint(name, "/", what, "/journal ", journal), func(t *testing.T) {
					t.Parallel()
					settings := settingsWith(t, journal)
					wrongOnce := f
					wrongOnce.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: wrong}}
					l := begin(t, &fakeop.Server{Faults: wrongOnce}, settings)
					registered := l.registerAs(web("a"))
					l.op.SetFaults(f)
					l = l.later(settings)
					id, kept := l.state.Handle.ClientID, l.state
					before, _ := l.op.Client(id)
					out := l.refresh() // terraform plan
					after, _ := l.op.Client(id)
					if before.Secret != after.Secret {
						t.Errorf("the plan replaced the secret that the application uses: %s%s", kinds(registered.Problems), kinds(out.Problems))
					}
					if !journal && before.Token != after.Token {
						t.Errorf("the plan replaced the token, and nothing keeps it: %s%s", kinds(registered.Problems), kinds(out.Problems))
					}
					l = l.later(settings)
					l.state = kept
					next := l.refresh()
					if next.Gone {
						t.Error("a live client is forgotten")
					}
				})
			}
		}
	}
}

// Where there are no reads, an address that an update named is proved by the next change alone: on a server that moves clients with each update,
// and after one answer that named a wrong one.
func TestAnAddressThatNoReadProves(t *testing.T) {
	t.Parallel()
	moves := map[string]fakeop.Faults{
		"moves": {MoveURIOnUpdate: true}, "moves and replaces": {MoveURIOnUpdate: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, "names a wrong one once": {},
	}
	for kind, doc := range both {
		for name, f := range moves {
			for _, last := range []string{"update", "destroy"} {
				f.ReadStatus = 405
				op := &fakeop.Server{Faults: f}
				l := begin(t, op, authserver.Settings{})
				works := func(out outcome.Outcome) {
					if out.Failed() {
						t.Errorf("%s, %s: %v", kind, name, out.Problems)
					}
				}
				works(l.registerAs(doc("a")))
				if !f.MoveURIOnUpdate {
					wrong := shows("registration_client_uri", l.state.Handle.RegistrationClientURI+"/moved")
					l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: wrong}} })
				}
				works(l.update(doc("b")))
				l = l.later(authserver.Settings{})
				if last == "update" {
					works(l.update(doc("c")))
					l = l.later(authserver.Settings{})
					works(l.update(doc("d")))
					if c, _ := op.Client(l.state.Handle.ClientID); c.Metadata["client_name"] != "d" {
						t.Errorf("%s, %s: the update did not arrive", kind, name)
					}
				}
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(op.Clients()) > 0 {
					t.Errorf("%s, %s, %s: gone %v, %d clients at the server: %v", kind, name, last, out.Gone, len(op.Clients()), out.Problems)
				}
			}
		}
	}
}
