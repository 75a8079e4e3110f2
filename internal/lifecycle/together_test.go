// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func managed(r *http.Request) bool {
	switch fakeop.OperationOf(r) {
	case fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete:
		return true
	}
	return false
}

// While one operation on a client is under way, the same process reads the client, or another one does, with one journal. Each read and update
// replaces token and secret. The answer to the second one may be lost, or the first one may be killed.
func TestTwoAtOnce(t *testing.T) {
	f := fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, RotateSecretOnRead: true}
	for _, x := range []string{"read", "update", "delete"} {
		for _, y := range []string{"look", "fetch", "read"} {
			for _, same := range []bool{true, false} {
				for _, fault := range []string{"none", "y lost", "x killed"} {
					for at := range 4 {
						if !same && (fault != "y lost" || at > 1) {
							continue
						}
						name := fmt.Sprintf("%s+%s/same %v/%s/%d", x, y, same, fault, at)
						t.Run(name, func(t *testing.T) { t.Parallel(); together(t, f, x, y, same, fault, at) })
					}
				}
			}
		}
	}
}

func together(t *testing.T, f fakeop.Faults, x, y string, same bool, fault string, at int) {
	t.Helper()
	settings := withJournal(t)
	settings.Behaviour.Refresh = authserver.RefreshAlways
	l := begin(t, &fakeop.Server{Faults: f}, settings)
	l.registerAs(machine("a"))
	l.update(machine("b"))
	id := l.state.Handle.ClientID
	l = l.later(settings)
	before := l.state
	other := l
	if !same {
		other = start(t, l.op, settings)
	}
	beside := &life{t: t, op: l.op, server: other.server, state: l.state}
	var inY, done atomic.Bool
	var n atomic.Int64
	runY := func() {
		inY.Store(true)
		defer inY.Store(false)
		switch y {
		case "look":
			lifecycle.Find(t.Context(), other.server, lifecycle.Wanted{ClientID: id, RegistrationClientURI: before.Handle.RegistrationClientURI, Token: before.Handle.RegistrationAccessToken})
		case "fetch":
			lifecycle.FetchSecret(t.Context(), other.server, reconcile.Handle{ClientID: id, RegistrationClientURI: before.Handle.RegistrationClientURI, RegistrationAccessToken: before.Handle.RegistrationAccessToken})
		case "read":
			beside.anyway()
		case "update":
			beside.update(machine("y"))
		}
	}
	// 0, 2, 4 are before the requests of x, 1, 3, 5 after them
	hook := func(after int64) func(*http.Request) {
		return func(r *http.Request) {
			if inY.Load() || done.Load() || !managed(r) {
				return
			}
			if after == 0 {
				n.Add(1)
			}
			if (n.Load()-1)*2+after == int64(at) {
				done.Store(true)
				runY()
			}
		}
	}
	l.op.SetHooks(hook(0), hook(1))
	lost := f
	switch fault {
	case "y lost":
		c := []fakeop.CallFault{{Times: 1, Matches: func(r *http.Request) bool { return inY.Load() }, Answer: fakeop.Lost()}}
		lost.Reading.Calls = c
		if y == "update" {
			lost.Reading.Calls, lost.Updating.Calls = nil, c
		}
	case "x lost":
		c := []fakeop.CallFault{{Times: 1, Matches: func(r *http.Request) bool { return !inY.Load() && (n.Load()-1)*2 >= int64(at)-1 }, Answer: fakeop.Lost()}}
		lost.Reading.Calls, lost.Updating.Calls, lost.Deletion.Calls = c, c, c
		if x == "update" {
			lost.Reading.Calls = nil
		}
	}
	l.op.SetFaults(lost)
	var gone bool
	var said string
	switch x {
	case "read":
		o := l.anyway()
		gone, said = o.Gone, kinds(o.Problems)
	case "update":
		o := l.update(machine("x"))
		gone, said = o.Gone, kinds(o.Problems)
	case "delete":
		o := l.operate("delete", nil)
		gone, said = o.Gone, kinds(o.Problems)
	}
	l.op.SetHooks(nil, nil)
	l.op.SetFaults(f)
	if !done.Load() {
		if at < 2 {
			t.Errorf("%s makes no request, so that nothing is beside it", x)
		}
		return // it makes fewer requests than that
	}
	_, lives := l.op.Client(id)
	if lives && gone {
		t.Fatalf("x forgets a live client:%s", said)
	}
	if beside.state.Record.Gone && lives {
		t.Errorf("y plans another client in the place of a live one")
	}
	if gone || !lives {
		return
	}
	if fault == "x killed" {
		l.state = before
	}
	l = l.restarted(settings)
	if o := l.anyway(); o.Gone {
		t.Fatalf("the next refresh forgets a live client: x said%s\nnow%s", said, kinds(o.Problems))
	}
	o := l.update(machine("z"))
	if o.Gone || l.state.Record.Gone {
		t.Fatalf("the next update forgets a live client: x said%s\nnow%s", said, kinds(o.Problems))
	}
	if fault == "none" || fault == "x killed" {
		if o.Failed() {
			t.Errorf("the next update fails though no answer was lost: x said%s\nnow%s", said, kinds(o.Problems))
		}
		l.holds("after")
		l.shows("after")
	}
	if _, lives := l.op.Client(id); lives {
		if o := l.operate("delete", nil); o.Gone {
			if _, lives := l.op.Client(id); lives {
				t.Errorf("says deleted: %s", kinds(o.Problems))
			}
		}
	}
}

// The answer that replaced the token reached another operation of the same process, which has not written it to the journal yet: that is waited for,
// as where it reached another process.
func TestTheTokenOfTheOtherOperation(t *testing.T) {
	settings := withJournal(t)
	settings.Behaviour.Refresh = authserver.RefreshAlways
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, settings)
	l.registerAs(machine("a"))
	l = l.later(settings)
	beside := &life{t: t, op: l.op, server: l.server, state: l.state}
	var asked, waited atomic.Bool
	refused, answered, done := make(chan bool), make(chan bool), make(chan outcome.Outcome, 1)
	l.waits = func(time.Duration) {
		if waited.CompareAndSwap(false, true) {
			close(refused)
			<-answered
		}
	}
	l.op.SetHooks(nil, func(r *http.Request) {
		if managed(r) && asked.CompareAndSwap(false, true) {
			go func() { done <- beside.anyway() }()
			select {
			case <-refused:
			case out := <-done:
				done <- out // it waited for nothing
			}
		}
	})
	if out := l.anyway(); out.Failed() || len(out.Problems) > 0 {
		t.Errorf("the first one:%s", kinds(out.Problems))
	}
	close(answered)
	if out := <-done; out.Failed() || out.Has(outcome.GoneOrTokenOutdated) {
		t.Errorf("the second one:%s", kinds(out.Problems))
	}
	beside.holds("after both")
}

// Without a journal, too, one operation of a process knows that another one's answer is missing, which may have replaced the token: then the word of the
// token endpoint alone says nothing.
func TestTheLostAnswerOfTheOtherOperation(t *testing.T) {
	settings := authserver.Settings{Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}
	f := fakeop.Faults{RotateTokenOnRead: true}
	l := begin(t, &fakeop.Server{Faults: f}, settings)
	l.registerAs(machine("a"))
	l.update(machine("b"))
	l = l.later(settings)
	f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}}
	f.TokenEndpoint.Calls = fakeop.Always(fakeop.Unauthorized(true))
	l.op.SetFaults(f)
	h := l.state.Handle
	lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: h.ClientID, RegistrationClientURI: h.RegistrationClientURI, Token: h.RegistrationAccessToken})
	out := l.anyway()
	if out.Gone || l.state.Record.Gone {
		t.Errorf("gone %v:%s", out.Gone || l.state.Record.Gone, kinds(out.Problems))
	}
	if again := l.later(settings); again.anyway().Gone {
		t.Error("the next refresh forgets the client")
	}
}

// Two operations of one process that ask at once for a client that is gone do not each take the other one's request for one whose answer is missing.
func TestTwoAtOnceOfAClientThatIsGone(t *testing.T) {
	for range 10 {
		settings := withJournal(t)
		settings.Behaviour.Refresh = authserver.RefreshAlways
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}}, settings)
		l.registerAs(machine("a"))
		l.update(machine("b"))
		l = l.later(settings)
		l.op.RemoveClient(l.state.Handle.ClientID)
		beside := &life{t: t, op: l.op, server: l.server, state: l.state}
		var n atomic.Int64
		both := make(chan bool)
		l.op.SetHooks(func(r *http.Request) {
			if managed(r) {
				switch n.Add(1) {
				case 1:
					<-both
				case 2:
					close(both)
				}
			}
		}, nil)
		done := make(chan outcome.Outcome)
		go func() { done <- beside.anyway() }()
		// Whether one of them judges while the other one's answer is still to come is a matter of chance. Neither waits for that, and the next one finds it out.
		first, second := l.anyway(), <-done
		if again := l.later(settings).anyway(); !again.Gone {
			t.Errorf("not found out:%s%s%s", kinds(first.Problems), kinds(second.Problems), kinds(again.Problems))
		}
	}
}
