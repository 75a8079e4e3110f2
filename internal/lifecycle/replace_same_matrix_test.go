// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// renewals are what a server does to the client that it answers a registration with.
var renewals = map[string]func(*fakeop.Server, string){
	"nothing": func(*fakeop.Server, string) {},
	"token":   func(s *fakeop.Server, id string) { s.ReissueToken(id) },
	"secret":  func(s *fakeop.Server, id string) { s.ReissueSecret(id) },
	"both":    func(s *fakeop.Server, id string) { s.ReissueToken(id); s.ReissueSecret(id) },
}

// registrationShows is how that answer shows it.
var registrationShows = map[string]fakeop.Answer{
	"all": {}, "no token": shows("registration_access_token", nil), "no secret": shows("client_secret", nil), "a masked secret": shows("client_secret", "********"),
	"a wrong token": shows("registration_access_token", "reg-token-9-f00dfeedf00dfeed"), "a wrong secret": shows("client_secret", "secret-9-f00dfeedf00dfeed"),
	"nothing":   shows("client_secret", nil, "registration_access_token", nil, "registration_client_uri", nil),
	"no answer": {Status: http.StatusBadGateway}, "an error": {Status: http.StatusInternalServerError, Body: `{"error":"server_error"}`},
}

// readsThen are the reads after that.
var readsThen = map[string]fakeop.Faults{
	"hide the secret": {OmitSecretOnRead: true}, "show it": {}, "replace the token": {OmitSecretOnRead: true, RotateTokenOnRead: true}, "are none": {ReadStatus: http.StatusMethodNotAllowed},
	"replace both": {RotateTokenOnRead: true, RotateSecretOnRead: true},
}

// Whatever a server does to the client that it answers a registration in its place with, and however it shows it: no live client is taken as gone, and what
// was in force and shown, or is in force as before, is kept.
func TestReplaceIsAnsweredWithTheSameClientMatrix(t *testing.T) {
	for renewal := range renewals {
		for shown := range registrationShows {
			for reads := range readsThen {
				for i := range 8 {
					journal, updated, fails := i%2 == 1, i/2%2 == 1, i/4 == 1
					if fails && reads == "are none" {
						continue
					}
					t.Run(fmt.Sprintf("renews %s, shows %s, reads %s, journal %v, updated %v, read fails %v", renewal, shown, reads, journal, updated, fails), func(t *testing.T) {
						t.Parallel()
						sameClient(t, renewal, shown, reads, journal, updated, fails)
					})
				}
			}
		}
	}
}

func sameClient(t *testing.T, renewal, shown, reads string, journal, updated, fails bool) {
	s := settingsWith(t, journal)
	faults := readsThen[reads]
	faults.Registration.SameClient = true
	l := begin(t, &fakeop.Server{Faults: faults}, s)
	asked := machine("a")
	l.registerAs(asked)
	if updated {
		asked = machine("b")
		l.update(asked)
	}
	id, before := l.state.Handle.ClientID, l.state.Handle
	renewals[renewal](l.op, id)
	l = l.later(s)
	answer := registrationShows[shown]
	if answer.Edit != nil || answer.Status != 0 {
		l.op.Force(fakeop.OpRegister, answer)
	}
	if fails {
		l.op.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusServiceUnavailable})
	}
	said := l.replace(asked, authserver.Behaviour{}).Problems
	if client, _ := l.op.Client(id); !l.holdsSomewhere(before.ClientSecret) && l.state.Handle.ClientSecret.Reveal() != client.Secret {
		t.Errorf("the secret that the state had is dropped for one that is not in force: %s", kinds(said))
	}
	for range 2 {
		l = l.later(s)
		out := l.refresh()
		if said = append(said, out.Problems...); out.Gone || l.state.Record.Gone {
			t.Fatalf("a live client is forgotten: %s", kinds(said))
		}
	}
	l = l.later(s)
	out := l.update(machine("c"))
	said = append(said, out.Problems...)
	if out.Gone || l.state.Record.Gone {
		t.Fatalf("a live client is forgotten by an update: %s", kinds(said))
	}
	client, _ := l.op.Client(id)
	told := renewal == "nothing" || shown == "all" || shown == "a wrong secret" && renewal == "token" || shown == "a wrong token" && renewal == "secret" ||
		(shown == "no secret" || shown == "a masked secret") && renewal == "token" || shown == "no token" && renewal == "secret"
	if !told {
		return
	}
	if !l.holdsSomewhere(secret.New(client.Secret)) {
		t.Errorf("the secret in force is lost: %s", kinds(said))
	}
	l = l.later(s)
	if out := l.operate("delete", nil); out.Failed() || len(l.op.Clients()) != 0 {
		t.Errorf("the client cannot be deregistered: %s", kinds(append(said, out.Problems...)))
	}
}

// holdsSomewhere reports whether the state has a secret, known or beside the known one.
func (l *life) holdsSomewhere(value secret.String) bool {
	u := l.state.Record.Unproven
	known := l.state.Record.Pending.Apply(l.state.Handle).ClientSecret
	return slices.ContainsFunc([]secret.String{known, u.ClientSecret, u.FormerSecret, u.RefusedSecret}, value.Equal)
}
