// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Two clients change places: each is answered with the other's.
func TestReplacementsThatSwap(t *testing.T) {
	for i := range 4 {
		journal, inner := i%2 == 1, i/2 == 1
		t.Run(fmt.Sprintf("journal %v inner %v", journal, inner), func(t *testing.T) {
			s := settingsWith(t, journal)
			f := fakeop.Faults{UpdateStatus: 405, Registration: fakeop.RegistrationFaults{SameClient: true}}
			a := begin(t, &fakeop.Server{Faults: f}, s)
			a.registerAs(web("a"))
			b := &life{t: t, op: a.op, server: a.server}
			b.registerAs(web("b"))
			a.state.Record.MadeAt, b.state.Record.MadeAt = 1, 2 // as clocks have it
			a.refresh()
			b.refresh()
			a = a.later(s)
			b.server = a.server
			var outB outcome.Outcome
			done := false
			outA := lifecycle.Replace(t.Context(), a.server, lifecycle.Replacement{Registration: lifecycle.Registration{Asked: web("b")}, Old: a.state}, func(sn authserver.Snapshot) {
				a.save(sn)
				if inner && !done {
					done = true
					outB = b.replace(web("a"), authserver.Behaviour{})
				}
			})
			if !inner {
				outB = b.replace(web("a"), authserver.Behaviour{})
			}
			for _, l := range []*life{a, b} {
				if _, lives := a.op.Client(l.state.Handle.ClientID); !lives {
					t.Errorf("client %s does not live", l.state.Handle.ClientID)
				}
			}
			t.Logf("A %s: %s; B %s: %s; at server %d", a.state.Handle.ClientID, kinds(outA.Problems), b.state.Handle.ClientID, kinds(outB.Problems), len(a.op.Clients()))
		})
	}
}

// A registration at another server is no request to the old client's server.
func TestReplaceLosesTheAnswerOfAnotherServer(t *testing.T) {
	for i := range 4 {
		journal, down := i%2 == 1, i/2 == 1
		t.Run(fmt.Sprintf("journal %v old down %v", journal, down), func(t *testing.T) {
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}, s)
			l.registerAs(machine("a"))
			l.update(machine("b"))
			other := &fakeop.Server{Seed: "other"}
			other.Start(t)
			moved := s
			moved.Issuer = other.Issuer()
			l.server.Close()
			m := start(t, other, moved)
			m.state = l.state
			m.state.Record.WrittenAt = 0
			before := m.state.Record
			other.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
			if down {
				l.op.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusServiceUnavailable})
			}
			m.replace(machine("b"), authserver.Behaviour{})
			m.server.Close()
			back := start(t, l.op, s)
			back.state = m.state
			if back.refresh().Gone {
				t.Fatal("gone")
			}
			id := back.state.Handle.ClientID
			back = back.later(s)
			back.op.RemoveClient(id)
			out := back.refresh()
			if !out.Gone {
				t.Errorf("a deletion is undecided, since a request was lost that another server got: %s\n before %+v\n now %+v", kinds(out.Problems), before.Facts, back.state.Record.Facts)
			}
		})
	}
}

// Another server gives the same client_id, and the record of the old client knows its server by its issuer alone.
func TestReplaceAtAnotherServerWithoutHomeEndpoint(t *testing.T) {
	for _, home := range []string{"issuer alone", "none"} {
		t.Run(home, func(t *testing.T) {
			same := func(int) string { return "1" }
			l := begin(t, &fakeop.Server{ClientID: same}, authserver.Settings{})
			l.register()
			l.state.Record.Home.RegistrationEndpoint = ""
			if home == "none" {
				l.state.Record.Home = reconcile.Home{}
			}
			other := &fakeop.Server{ClientID: same, Seed: "other"}
			other.Start(t)
			m := start(t, other, authserver.Settings{})
			m.state = l.state
			l.op.ResetLog()
			out := m.replace(web("b"), authserver.Behaviour{})
			made, _ := other.Client("1")
			for _, r := range l.op.Requests() {
				if holds(r, made.Token) || holds(r, made.Secret) {
					t.Errorf("%s %s of the old server got what the new one issued", r.Method, r.Path)
				}
			}
			if l.state.Handle.RegistrationClientURI == m.state.Handle.RegistrationClientURI {
				t.Errorf("%s: the new client is orphaned", kinds(out.Problems))
			}
		})
	}
}

// What is said of the old client is true.
func TestReplaceFailsAndSaysWhatBecameOfTheOldClient(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"its read replaces the secret": {RotateSecretOnRead: true, RotateTokenOnRead: true},
		"the registration renewed it":  {OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(web("a"))
			l = l.later(authserver.Settings{})
			id := l.state.Handle.ClientID
			before, _ := l.op.Client(id)
			if f.Registration.SameClient {
				renewals["both"](l.op, id)
			}
			l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
			out := l.replace(web("a"), authserver.Behaviour{})
			after, _ := l.op.Client(id)
			for _, p := range out.Problems {
				if p.Kind == outcome.NotRegistered && before.Secret != after.Secret && !p.ReplacesOpen {
					t.Error("it is told to be as it was, and its secret is another one by now")
				}
			}
		})
	}
}

// The server has no reads. An update was answered as if the client were missing, and on_missing = "recreate" has it replaced. The registration is answered with this
// client, which is proof that it lives: the next plan does not take it as missing any more.
func TestReplaceShowsThatTheClientIsNotMissing(t *testing.T) {
	s := authserver.Settings{}
	f := without(noReads["405"], silentEndpoints)
	f.Registration.SameClient = true
	l := begin(t, &fakeop.Server{Faults: f}, s)
	l.registerAs(machine("a"))
	l = l.later(s)
	l.update(machine("b"))
	l = l.later(s)
	l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.NotFoundJSON()) })
	lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: machine("c"), Behaviour: recreate(), StoresSecret: true, MayChange: anything}, l.save)
	if !l.state.Record.Missing && !l.state.Record.Gone {
		t.Fatal("not missing")
	}
	l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
	l = l.later(s)
	out := l.replace(machine("b"), recreate())
	if l.state.Record.Missing || l.state.Record.Gone {
		t.Errorf("the next plan replaces it again: missing %v, gone %v: %s", l.state.Record.Missing, l.state.Record.Gone, kinds(out.Problems))
	}
}
