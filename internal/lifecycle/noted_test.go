// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// TestDeletionIsToldFromALostAnswer on a server that replaces token and secret with each read: both look alike there, since token and
// secret are refused in both cases. What tells them apart is whether a request was sent of which no answer came.
func TestDeletionIsToldFromALostAnswer(t *testing.T) {
	lost := map[string]fakeop.Answer{
		"read cut":         fakeop.Lost(),
		"read cut later":   fakeop.Torn(),
		"read 500":         fakeop.InternalError(),
		"read 502":         fakeop.BadGateway(),
		"read refused":     fakeop.Forbidden("access_denied", "not now"),
		"nothing was lost": {},
	}
	for name, answer := range lost {
		for _, deleted := range []bool{false, true} {
			for _, journal := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, deleted %v, journal %v", name, deleted, journal), func(t *testing.T) {
					op := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true, TokenChecksGrantFirst: false, AuthorizeErrorPage: true}}
					settings := authserver.Settings{}
					if journal {
						settings.Journal = &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}
					}
					l := begin(t, op, settings)
					lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
					always := authserver.Behaviour{Refresh: authserver.RefreshAlways}
					refresh := func() outcome.Outcome {
						return lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: always}, l.save)
					}
					refresh()
					something := name != "nothing was lost"
					if something {
						f := op.Faults
						f.Reading.Calls = fakeop.Always(answer)
						op.SetFaults(f)
						if out := refresh(); out.Gone {
							t.Fatal("a client that lives is forgotten")
						}
						f.Reading.Calls = nil
						op.SetFaults(f)
					}
					if deleted {
						op.RemoveClient(l.state.Handle.ClientID)
					}
					out := refresh()
					if !deleted && out.Gone {
						t.Fatal("a client that lives is forgotten")
					}
					maybeLost := something && name != "read refused"
					if want := deleted && journal && !maybeLost; out.Gone != want {
						t.Errorf("gone: %v, want %v: %v", out.Gone, want, out.Problems)
					}
				})
			}
		}
	}
}

// A plan on one terminal reads the client while an apply on another has an update under way, whose answer is lost then. What the plan was answered does
// not settle that update.
func TestAReadBesideAnUpdateThatIsUnderWay(t *testing.T) {
	for kind, doc := range both {
		settings := withJournal(t)
		habit := fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, AuthorizeIgnoresPrompt: true}
		l := begin(t, &fakeop.Server{Faults: habit}, settings)
		l.registerAs(doc("a"))
		l.update(doc("b"))
		before, beside := l.state, start(t, l.op, settings)
		beside.state = before
		l.op.SetHooks(func(r *http.Request) {
			if fakeop.OperationOf(r) == fakeop.OpUpdate {
				beside.anyway()
				r.Header.Set("Authorization", "Bearer "+l.op.CurrentToken(before.Handle.ClientID)) // the server has looked at it before
			}
		}, nil)
		lost := habit
		lost.Updating.Calls = fakeop.Always(fakeop.Lost())
		l.op.SetFaults(lost)
		killed := lifecycle.Change{State: before, Asked: doc("c"), StoresSecret: true, MayChange: anything}
		lifecycle.Update(t.Context(), l.server, killed, func(authserver.Snapshot) {})
		l.op.SetHooks(nil, nil)
		l.op.SetFaults(habit)
		l.server.Close()
		for _, state := range []authserver.State{before, beside.state} {
			l = beside.restarted(settings)
			beside = l
			if l.state = state; l.anyway().Gone {
				t.Errorf("%s: a live client is forgotten", kind)
			}
		}
	}
}

// A read was answered before an update of another run was made, and that run is killed before the answer arrives. The read shows nothing of what the
// update replaced, whatever its client is and whether reads are noted.
func TestAReadFromBeforeAnUpdateThatWasLost(t *testing.T) {
	habits := map[string]fakeop.Faults{
		"token": {RotateTokenOnUpdate: true}, "token, refused as missing": {RotateTokenOnUpdate: true, InvalidTokenStatus: 404}, "moves": {MoveURIOnUpdate: true},
	}
	for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
		for name, habit := range habits {
			habit.AuthorizeErrorPage = true
			habit.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
			settings := withJournal(t)
			l := begin(t, &fakeop.Server{Faults: habit}, settings)
			l.registerAs(doc("a"))
			l.update(doc("b"))
			before, beside, done := l.state, start(t, l.op, settings), false
			beside.state = before
			l.op.SetHooks(nil, func(r *http.Request) {
				if done || fakeop.OperationOf(r) != fakeop.OpRead {
					return
				}
				done = true
				lost := habit
				lost.Updating.Calls = fakeop.Always(fakeop.Lost())
				l.op.SetFaults(lost)
				killed := lifecycle.Change{State: before, Asked: doc("c"), StoresSecret: true, MayChange: anything}
				lifecycle.Update(t.Context(), l.server, killed, func(authserver.Snapshot) {})
				l.server.Close()
			})
			beside.refresh()
			l.op.SetHooks(nil, nil)
			l.op.SetFaults(habit)
			beside.state = before
			if out := beside.later(settings).refresh(); !done || out.Gone {
				t.Errorf("%s, %s: a live client is forgotten: %v", kind, name, out.Problems)
			}
		}
	}
}

// An update whose answer was lost with its run, and later a deletion whose answer was, on a server whose reads replace nothing: a read between them
// has shown that the update left token and address alone. The client is gone, and a destroy does not ask a person.
func TestALostUpdateAndALostDeletion(t *testing.T) {
	hidden, tokensFirst := fakeop.Faults{OmitSecretOnRead: true, AuthorizeErrorPage: true}, fakeop.Faults{AuthorizeErrorPage: true}
	tokensFirst.Credentials.BeforeRoutes = true // no address shows that it is the server that answers: the secret tells, which the read has shown
	for name, habit := range map[string]fakeop.Faults{"the secret is hidden": hidden, "tokens are looked at first": tokensFirst} {
		t.Run(name, func(t *testing.T) { aLostUpdateAndALostDeletion(t, habit) })
	}
}

func aLostUpdateAndALostDeletion(t *testing.T, habit fakeop.Faults) {
	everyLife(t, func(t *testing.T, doc func(string) metadata.Document, settings func() authserver.Settings) {
		s := settings()
		l := begin(t, &fakeop.Server{Faults: habit}, s)
		l.registerAs(doc("a"))
		lost := habit
		lost.Updating.Calls = fakeop.Always(fakeop.Lost())
		l.op.SetFaults(lost)
		lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("b"), StoresSecret: true, MayChange: anything}, func(authserver.Snapshot) {})
		l.op.SetFaults(habit)
		if l = l.later(s); l.refresh().Failed() {
			t.Fatal("the client is not read")
		}
		lost = habit
		lost.Deletion.Calls = fakeop.Always(fakeop.Lost())
		lost.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpDelete, Answer: fakeop.Dropped()}}
		l.op.SetFaults(lost)
		lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, func(authserver.Snapshot) {})
		l.op.SetFaults(habit)
		l = l.later(s)
		if _, lives := l.op.Client(l.state.Handle.ClientID); lives {
			t.Fatal("the deletion was not made")
		}
		if s.Journal == nil {
			return // nothing knows of the deletion
		}
		if out := l.refresh(); !out.Gone {
			t.Errorf("a client that was deleted is kept: %v", out.Problems)
		}
	})
}
