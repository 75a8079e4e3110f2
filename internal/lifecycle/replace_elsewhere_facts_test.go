// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// What updates do at one server says nothing of another one's. An answer to an update that is lost there may have replaced everything, so that a refusal of what is
// known is no proof that the client is gone.
func TestReplaceAtAnotherServerForgetsWhatUpdatesDidAtTheOld(t *testing.T) {
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		for _, journal := range []bool{false, true} {
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{}, s)
			doc := machine("a")
			doc["token_endpoint_auth_method"] = method
			l.registerAs(doc)
			doc["client_name"] = "b"
			l.update(doc)
			if !l.state.Record.Facts.UpdateSeen {
				t.Fatal("no update was seen")
			}
			rotates := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
			m, out := l.movesTo(&fakeop.Server{Seed: "other"}, rotates, doc, s)
			if out.Failed() || len(l.op.Clients()) != 0 {
				t.Fatalf("not moved: %s", kinds(out.Problems))
			}
			if now := m.state.Record.Facts; now.UpdateSeen {
				t.Errorf("an update was seen at a server that has had none: %+v", now)
			}
			m.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Lost()) })
			doc["client_name"] = "c"
			m.update(doc)
			m.op.SetFaults(rotates)
			for range 2 {
				m = m.later(s)
				if out = m.refresh(); out.Gone {
					t.Fatalf("%s, journal %v: a live client is forgotten: %s", method, journal, kinds(out.Problems))
				}
			}
		}
	}
}

// That a server deregisters no clients, or has no updates, is learnt at that server.
func TestReplaceAtAnotherServerForgetsWhatTheOldOneCouldNotDo(t *testing.T) {
	for name, unable := range map[string]fakeop.Faults{
		"405":               {UpdateStatus: http.StatusMethodNotAllowed, DeleteStatus: http.StatusMethodNotAllowed},
		"405, and no reads": {UpdateStatus: http.StatusMethodNotAllowed, DeleteStatus: http.StatusMethodNotAllowed, ReadStatus: http.StatusMethodNotAllowed},
	} {
		l := begin(t, &fakeop.Server{Faults: unable}, authserver.Settings{})
		l.registerAs(machine("a"))
		l.update(machine("b"))
		l.state.Record.Capabilities.Update = reconcile.CapabilityNo
		l = l.later(authserver.Settings{})
		m, out := l.moves(&fakeop.Server{Seed: "other"}, fakeop.Faults{}, "machine")
		if out.Failed() {
			t.Fatalf("%s: not moved: %s", name, kinds(out.Problems))
		}
		if can := m.state.Record.Capabilities; can.Update == reconcile.CapabilityNo || can.Delete == reconcile.CapabilityNo {
			t.Errorf("%s: learnt of a server that was asked for neither: %+v", name, can)
		}
		m = m.later(authserver.Settings{})
		if out = m.replace(machine("c"), authserver.Behaviour{}); out.Failed() || len(m.op.Clients()) != 1 {
			t.Errorf("%s: the client that was replaced is left: %s; %v", name, kinds(out.Problems), m.op.Clients())
		}
	}
}

// At the same server what was learnt with the client before stays, whatever it could not do.
func TestReplaceAtTheSameServerKeepsWhatWasLearnt(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusMethodNotAllowed}}, authserver.Settings{})
	l.registerAs(machine("a"))
	l.update(machine("b"))
	l = l.later(authserver.Settings{})
	if out := l.replace(machine("c"), authserver.Behaviour{}); out.Failed() {
		t.Fatal(kinds(out.Problems))
	}
	if r := l.state.Record; !r.Facts.UpdateSeen || r.Capabilities.Update != reconcile.CapabilityYes || r.Capabilities.Delete != reconcile.CapabilityNo || r.Form == "" {
		t.Errorf("what was learnt is forgotten: %+v, %+v, %q", r.Facts, r.Capabilities, r.Form)
	}
}

// A name that another server refuses as taken is not taken by the old client, whatever it is called.
func TestReplaceAtAnotherServerWhereTheNameIsTaken(t *testing.T) {
	taken := fakeop.RegistrationFaults{Calls: fakeop.Always(fakeop.Answer{Status: http.StatusConflict, Body: `{"error":"invalid_client_metadata"}`})}
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("b"))
	m, out := l.moves(&fakeop.Server{Seed: "other"}, fakeop.Faults{Registration: taken}, "web")
	if p := out.Problems[0]; p.Kind != outcome.NotRegistered || !p.NameTaken || p.OwnName || !p.ReplacesAbroad {
		t.Errorf("elsewhere: the name is taken %v, by the old client %v: %s", p.NameTaken, p.OwnName, kinds(out.Problems))
	}
	here := start(t, l.op, authserver.Settings{})
	here.state = m.state
	l.op.EditFaults(func(f *fakeop.Faults) { f.Registration = taken })
	if out = here.replace(web("b"), authserver.Behaviour{}); !out.Problems[0].OwnName || out.Problems[0].ReplacesAbroad {
		t.Errorf("here: the name is not taken by the old client: %s", kinds(out.Problems))
	}
}
