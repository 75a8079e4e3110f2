// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// The client that the journal has of an earlier run is another state's by now, which has another token. It lives; a way that the error names has another
// one registered here.
func TestAnAdoptionThatCanNeverBe(t *testing.T) {
	for _, setting := range []reconcile.OnMissing{reconcile.OnMissingUnset, reconcile.OnMissingRecreate} {
		s := withJournal(t)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, s)
		l.registerAs(web("a"))
		there := start(t, l.op, authserver.Settings{}) // the state was moved there
		there.state = l.state
		if out := there.update(web("z")); out.Failed() {
			t.Fatal(kinds(out.Problems))
		}
		l = another(l, s, authserver.State{})
		out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{OnMissing: setting}}, l.save)
		if setting == reconcile.OnMissingRecreate && out.Failed() {
			t.Errorf("on_missing = recreate: %s", kinds(out.Problems))
		}
	}
}

// A run was killed when its registration was journaled, and the configuration is another one when Terraform is run again: nothing adopts the client, and
// somebody has to be told.
func TestAKilledRegistrationThatNobodyRepeats(t *testing.T) {
	s := withJournal(t)
	l := begin(t, &fakeop.Server{}, s)
	l.registerAs(web("a")) // and killed
	first := l.state.Handle.ClientID
	var said []outcome.Problem
	for range 3 {
		l = another(l, s, authserver.State{})
		said = append(said, l.registerAs(web("b")).Problems...)
		state := l.state
		l = another(l, s, state)
		said = append(said, l.refresh().Problems...)
		said = append(said, deregister(l, l.state).Problems...)
	}
	if _, lives := l.op.Client(first); lives && !strings.Contains(kinds(said), first) {
		t.Errorf("client %s lives, no state has it, and nobody says so: %s", first, kinds(said))
	}
}

// A run was killed when its registration was journaled. A plan that would import the client is not applied: no state has it, and the next create adopts it
// as before.
func TestAPlannedImportOfAKilledRunsClient(t *testing.T) {
	s := withJournal(t)
	l := begin(t, &fakeop.Server{}, s)
	l.registerAs(web("a")) // and killed
	was := l.state.Handle
	l = another(l, handingIn(s, was), authserver.State{})
	h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(was.RegistrationClientURI))
	if problem != nil {
		t.Fatal(problem)
	}
	lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, func(authserver.Snapshot) {})
	l = another(l, s, authserver.State{})
	out := l.registerAs(web("a"))
	if n := len(l.op.Clients()); n != 1 {
		t.Errorf("%d clients: %s", n, kinds(out.Problems))
	}
}

// A server without updates and deletions: what a replacement leaves there, and nobody keeps, is not kept in the journal either, as after a destroy. Where reads
// replace the token, which a state that was not replaced may not have, it is kept for a week.
func TestAReplacedClientIsForgotten(t *testing.T) {
	for _, rotates := range []bool{false, true} {
		s := withJournal(t)
		f := fakeop.Faults{RotateTokenOnRead: rotates}
		l := begin(t, &fakeop.Server{Faults: f}, s)
		l.registerAs(web("a"))
		l = l.later(s)
		l.refresh()
		old := l.state
		old.Record.Capabilities.Update, old.Record.Capabilities.Delete = reconcile.CapabilityNo, reconcile.CapabilityNo
		none := fakeop.Always(fakeop.NotAllowed("GET"))
		f.Updating, f.Deletion = fakeop.UpdatingFaults{Calls: none}, fakeop.DeletionFaults{Calls: none}
		l.op.SetFaults(f)
		out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{Old: old, Registration: lifecycle.Registration{Asked: web("b")}}, l.save)
		if out.Failed() || l.state.Handle.ClientID == old.Handle.ClientID {
			t.Fatal(kinds(out.Problems))
		}
		l.server.Finish()
		l.server.Close()
		for days, kept := range map[int]bool{0: rotates, 6: rotates, 8: false} {
			if e, found := journaled(t, s.Journal.Path, days, old.Handle); found != kept || found && !e.Leaving {
				t.Errorf("rotates %v, after %d days: found %v, leaving %v: %s", rotates, days, found, e.Leaving, kinds(out.Problems))
			}
		}
	}
}

// journaled is what a copy of a journal has of a client in the second run after a number of days: the first one drops what is too old.
func journaled(t *testing.T, path string, days int, h reconcile.Handle) (e journal.Entry, found bool) {
	t.Helper()
	content, err := os.ReadFile(path)
	o := journal.Options{Path: filepath.Join(t.TempDir(), "journal"), Now: func() time.Time { return fakeop.Epoch.AddDate(0, 0, days) }}
	if err = errors.Join(err, os.WriteFile(o.Path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		j, err := journal.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		e, found, err = j.Lookup(t.Context(), journal.Name{ClientID: h.ClientID, URI: h.RegistrationClientURI})
		if err = errors.Join(err, j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return e, found
}

// A create was answered with somebody else's client and refused, so that the client was left alone. It is nobody's to adopt.
func TestAClientThatWasLeftAlone(t *testing.T) {
	days := 0
	op := &fakeop.Server{
		Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}},
		Clock:  func() time.Time { return someMorning.AddDate(0, 0, days) },
	}
	l := begin(t, op, authserver.Settings{}) // somebody else
	l.register()
	theirs := l.state.Handle.ClientID
	days = 2
	s := withJournal(t)
	l = another(l, s, authserver.State{})
	op.EditFaults(func(f *fakeop.Faults) { f.ShowOnRead = map[string]any{"client_name": "other"} })
	out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Behaviour: authserver.Behaviour{Strict: true}}, l.save)
	if !out.Gone || out.Problems[0].Consequence != outcome.LeftAlone {
		t.Fatal(kinds(out.Problems))
	}
	op.SetFaults(fakeop.Faults{})
	l = another(l, s, authserver.State{})
	out = l.registerAs(web("a"))
	if l.state.Handle.ClientID == theirs {
		deleted := deregister(l, l.state)
		_, lives := op.Client(theirs)
		t.Errorf("somebody else's client was taken over: %s\nand lives after the destroy: %v %s", kinds(out.Problems), lives, kinds(deleted.Problems))
	}
}

// A killed run's client was proven gone by a create, which registered another one: that is the end of the journal's entry. The server gives the client_id to
// somebody else afterwards, and no create is blocked by it.
func TestAGoneClientOfAKilledRun(t *testing.T) {
	op := &fakeop.Server{ClientID: func(n int) string { return []string{"7", "8", "7", "9"}[n-1] }}
	s := withJournal(t)
	l := begin(t, op, s)
	l.registerAs(machine("a")) // and killed
	op.RemoveClient("7")
	l = another(l, s, authserver.State{})
	out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a"), Behaviour: authserver.Behaviour{OnMissing: reconcile.OnMissingRecreate}}, l.save)
	if !out.Has(outcome.NotAdopted) {
		t.Fatalf("not found to be gone: %s", kinds(out.Problems))
	}
	stored := l.state
	l = another(l, s, stored)
	l.refresh()
	elsewhere := start(t, op, authserver.Settings{})
	elsewhere.registerAs(web("somebody else's")) // gets 7 again
	l = another(l, s, authserver.State{})
	if out := l.registerAs(machine("a")); out.Failed() || out.Has(outcome.NotAdopted) { // a second resource of that metadata
		t.Errorf("%s", kinds(out.Problems))
	}
}
