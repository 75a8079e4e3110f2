// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func deregister(l *life, state authserver.State) outcome.Outcome {
	return lifecycle.Deregister(l.t.Context(), l.server, state, authserver.Behaviour{}, func(authserver.Snapshot) {})
}

// another is a further process, so much later that its marks are others.
func another(l *life, s authserver.Settings, state authserver.State) *life {
	next := l.later(s)
	_ = next.server.Sleep(l.t.Context(), time.Duration(len(l.saves)+1)*time.Minute)
	next.state = state
	next.saves = append(next.saves, l.saves...)
	return next
}

// twoHave is a client that the state of c has and d adopted.
func twoHave(t *testing.T, s authserver.Settings) (l *life, c, d authserver.State) {
	l = begin(t, &fakeop.Server{}, s)
	l.registerAs(web("a"))
	c = l.state
	l = another(l, s, authserver.State{})
	if out := l.registerAs(web("a")); !out.Has(outcome.Adopted) || l.state.Record.MadeAt == c.Record.MadeAt {
		t.Fatalf("not adopted: %s", kinds(out.Problems))
	}
	d = l.state
	return another(l, s, c), c, d
}

// An adoption that came to nothing leaves the client with the one resource that has it.
func TestAnAdoptionThatFailed(t *testing.T) {
	for name, during := range map[string]func(l *life){
		"503": func(l *life) {
			l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 503})}})
			out := l.registerAs(web("a"))
			if !out.Has(outcome.AdoptionUndecided) {
				t.Fatalf("%s", kinds(out.Problems))
			}
			l.op.SetFaults(fakeop.Faults{})
		},
		"killed before its state was saved": func(l *life) { l.registerAs(web("a")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := withJournal(t)
			l := begin(t, &fakeop.Server{}, s)
			l.registerAs(web("a"))
			c := l.state
			l = another(l, s, authserver.State{})
			during(l)
			l = another(l, s, c)
			if out := l.refresh(); out.Has(outcome.ClientOfTwo) {
				t.Errorf("the one resource that has the client is said to be one of two")
			}
			out := deregister(l, l.state)
			if out.Has(outcome.DeleteInDoubt) { // whether the state of the run that was killed has it is for the user to say
				out = deregister(l, l.state)
			}
			if n := len(l.op.Clients()); n > 0 || out.Has(outcome.DeleteOfTwo) {
				t.Errorf("%d clients are left, which no state has (gone %t): %s", n, out.Gone, kinds(out.Problems))
			}
		})
	}
}

// A kill between the destroy of one of two and the saving of its state.
func TestADestroyOfOneOfTwoThatWasKilled(t *testing.T) {
	t.Run("tainted, destroyed again", func(t *testing.T) {
		s := withJournal(t)
		l, c, d := twoHave(t, s)
		l.refresh()
		c.Record = reconcile.Record{} // a tainted object
		first := deregister(l, c)
		l = another(l, s, d) // as the words say
		l.refresh()
		l = another(l, s, c)
		second := deregister(l, c)
		if _, lives := l.op.Client(d.Handle.ClientID); !lives {
			t.Errorf("the client of the other resource is deleted: %s, then %s", kinds(first.Problems), kinds(second.Problems))
		}
	})
	t.Run("kept after all, then the other one is destroyed", func(t *testing.T) {
		s := withJournal(t)
		l, c, d := twoHave(t, s)
		l.refresh()
		first := deregister(l, c) // as of -replace
		l = another(l, s, c)
		told := l.refresh()
		l = another(l, s, d)
		second := deregister(l, d)
		if _, lives := l.op.Client(c.Handle.ClientID); !lives {
			t.Errorf("the client of the resource that is in the state is deleted: %s, then %s, then %s", kinds(first.Problems), kinds(told.Problems), kinds(second.Problems))
		}
	})
}

// The state of one of two was tainted and is destroyed without a refresh.
func TestATaintedOneOfTwoWithoutARefresh(t *testing.T) {
	s := withJournal(t)
	l, c, d := twoHave(t, s)
	c.Record = reconcile.Record{}
	out := deregister(l, c)
	if _, lives := l.op.Client(d.Handle.ClientID); !lives {
		t.Errorf("the client of the other resource is deleted: %s", kinds(out.Problems))
	}
}

// A data source that looks at the client of a killed run before the create does.
func TestALookBeforeAnAdoption(t *testing.T) {
	s := withJournal(t)
	l := begin(t, &fakeop.Server{}, s)
	l.registerAs(web("a")) // and killed
	was := l.state.Handle
	l = another(l, s, authserver.State{})
	found, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: was.ClientID, RegistrationClientURI: was.RegistrationClientURI, Token: was.RegistrationAccessToken})
	if found == nil {
		t.Fatal(kinds(problems))
	}
	out := l.registerAs(web("a"))
	if n := len(l.op.Clients()); n != 1 {
		t.Errorf("%d clients: %s", n, kinds(out.Problems))
	}
}

// The administrator deleted the client, and the server gives its client_id again.
func TestAClientIDThatIsGivenAgain(t *testing.T) {
	for _, shared := range []bool{false, true} {
		name := "one"
		if shared {
			name = "one of two"
		}
		t.Run(name, func(t *testing.T) {
			s := withJournal(t)
			op := &fakeop.Server{ClientID: func(n int) string { return []string{"app", "app", "app-2"}[n-1] }}
			l := begin(t, op, s)
			l.registerAs(web("a"))
			c := l.state
			if shared {
				l = another(l, s, authserver.State{})
				l.registerAs(web("a"))
			}
			l = another(l, s, c)
			l.refresh()
			op.RemoveClient("app")
			l = another(l, s, c)
			if out := l.refresh(); !out.Gone {
				t.Fatal(kinds(out.Problems))
			}
			l.state = authserver.State{}
			l.registerAs(web("a")) // and killed
			if !shared {
				l = another(l, s, authserver.State{})
				out := l.registerAs(web("a"))
				if n := len(op.Clients()); n != 1 {
					t.Errorf("%d clients: %s", n, kinds(out.Problems))
				}
				return
			}
			l = another(l, s, l.state)
			out := deregister(l, l.state)
			if n := len(op.Clients()); n > 0 {
				t.Errorf("the client lives, and no state has it (gone %t): %s", out.Gone, kinds(out.Problems))
			}
		})
	}
}

// Three have it: the destroys of two leave it to the third.
func TestAClientOfThree(t *testing.T) {
	s := withJournal(t)
	l := begin(t, &fakeop.Server{}, s)
	var states []authserver.State
	for range 3 { // each an apply with -target, or a state of the directory
		l = another(l, s, authserver.State{})
		l.registerAs(web("a"))
		states = append(states, l.state)
	}
	if n := l.op.Registrations(); n != 1 {
		t.Fatalf("%d registrations", n)
	}
	for _, state := range states {
		l = another(l, s, state)
		if out := l.refresh(); !out.Has(outcome.ClientOfTwo) {
			t.Logf("not said to be shared: %s", kinds(out.Problems))
		}
	}
	var said []outcome.Problem
	for _, state := range states[1:] {
		l = another(l, s, state)
		said = append(said, deregister(l, state).Problems...)
	}
	if _, lives := l.op.Client(states[0].Handle.ClientID); !lives {
		t.Errorf("the client of the first is deleted: %s", kinds(said))
	}
}

// Only the journal knows whether another resource has the client. While it cannot be used, nothing is deregistered; without one that is configured, the client is
// the resource's own.
func TestADestroyNeedsItsJournal(t *testing.T) {
	s := withJournal(t)
	l, c, d := twoHave(t, s)
	l.refresh()
	content, err := os.ReadFile(s.Journal.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Journal.Path, append(slices.Clone(content), "{\"event\":\"later\"}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	l = another(l, s, c)
	if out := deregister(l, c); !out.Failed() || !out.Has(outcome.DeleteNeedsJournal) || len(l.op.Clients()) != 1 {
		t.Errorf("with a journal that cannot be read: %d clients, %s", len(l.op.Clients()), kinds(out.Problems))
	}
	if err := os.WriteFile(s.Journal.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	l = another(l, s, c)
	l.refresh()
	l.server.Close()
	l = another(l, s, d)
	l.refresh()
	if out := deregister(l, c); !out.Has(outcome.DeleteInDoubt) && !out.Has(outcome.DeleteOfTwo) || len(l.op.Clients()) != 1 {
		t.Errorf("once it can be read: %d clients, %s", len(l.op.Clients()), kinds(out.Problems))
	}
	without := authserver.Settings{}
	l = another(l, without, d)
	if out := deregister(l, d); !out.Gone || len(l.op.Clients()) != 0 {
		t.Errorf("without a journal: %d clients, %s", len(l.op.Clients()), kinds(out.Problems))
	}
}

// A provider that crashes in an update leaves its object without private state, and so without its mark. It gets that back where no other object can have it.
func TestAnObjectThatLostItsMark(t *testing.T) {
	for name, again := range map[string]func(l *life){"refresh": func(l *life) { l.refresh() }, "update": func(l *life) { l.update(web("b")) }} {
		t.Run(name, func(t *testing.T) {
			s := withJournal(t)
			l := begin(t, &fakeop.Server{}, s)
			l.registerAs(web("a")) // and the provider is killed
			l = l.later(s)
			l.state = authserver.State{}
			if out := l.registerAs(web("a")); !out.Has(outcome.Adopted) {
				t.Fatalf("not adopted: %s", kinds(out.Problems))
			}
			l.server.Finish()
			l = l.later(s)
			l.refresh()
			l.state.Record = reconcile.Record{}
			l = l.later(s)
			again(l)
			l = l.later(s)
			if out := deregister(l, l.state); !out.Gone || len(l.op.Clients()) > 0 {
				t.Errorf("its destroy: %s", kinds(out.Problems))
			}
		})
	}
}

// Two states have one client, as where a server answers an equal registration with the client that it has. One of them takes its object out and imports the client
// again, which says nothing of the other one's: its destroy asks, and leaves the client once that one was seen.
func TestAnImportByOneOfTwoStates(t *testing.T) {
	s := withJournal(t)
	op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}
	l := begin(t, op, s)
	run := func(state authserver.State, do func()) authserver.State {
		l = another(l, s, state)
		do()
		l.server.Finish()
		return l.state
	}
	c := run(authserver.State{}, func() { l.registerAs(web("a")) })
	c = run(c, func() { l.refresh() })
	d := run(authserver.State{}, func() { l.registerAs(web("a")) })
	d = run(d, func() { l.refresh() })
	if c.Handle.ClientID != d.Handle.ClientID {
		t.Fatal("they are two clients")
	}
	c = run(c, func() { l.imports("again", authserver.Place{}, c.Handle.RegistrationClientURI) })
	c = run(c, func() {
		l.refresh()
		if out := deregister(l, l.state); !out.Has(outcome.DeleteInDoubt) || len(op.Clients()) != 1 {
			t.Errorf("%d clients are left, of which another state has one: %s", len(op.Clients()), kinds(out.Problems))
		}
	})
	run(d, func() { l.refresh() })
	run(c, func() {
		if out := deregister(l, l.state); !out.Gone || len(op.Clients()) != 1 {
			t.Errorf("%d clients are left: %s", len(op.Clients()), kinds(out.Problems))
		}
	})
}
