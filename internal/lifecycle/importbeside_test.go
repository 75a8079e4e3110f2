// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// runs begins one run after another of a client's life, each a minute later, with the state that it is given.
func runs(t *testing.T, l **life, s authserver.Settings) (next func(authserver.State)) {
	n := time.Duration(0)
	return func(state authserver.State) {
		(*l).server.Finish()
		n += time.Minute
		*l = (*l).later(s)
		_ = (*l).server.Sleep(t.Context(), n)
		(*l).state = state
	}
}

// importsBeside imports the client that another state has into one of its own.
func (l *life) importsBeside(other authserver.State) {
	l.t.Helper()
	h, problem := lifecycle.Import(l.t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: other.Handle.RegistrationClientURI})
	if problem != nil {
		l.t.Fatal(problem)
	}
	l.state = authserver.State{}
	if out := lifecycle.Read(l.t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, l.save); out.Failed() {
		l.t.Fatal(kinds(out.Problems))
	}
}

// A client that another state has, too, is not deregistered without a question: one that a plan or an apply has seen after an import counts, and so does an import
// that nobody has looked at yet.
func TestAClientThatIsImportedBesideItsState(t *testing.T) {
	for name, c := range map[string]struct {
		sight          func(l *life) // of state 1, after the import
		planned, first bool          // whether a plan of state 2 comes before the destroy, and whether that is state 1's
		want           bool          // told of a doubt
	}{
		"seen by a plan":                 {sight: func(l *life) { l.refresh() }, want: true},
		"seen by a plan, and planned":    {sight: func(l *life) { l.refresh() }, planned: true, want: true},
		"seen by an apply":               {sight: func(l *life) { l.update(web("b")) }, want: true},
		"seen by an apply, and planned":  {sight: func(l *life) { l.update(web("b")) }, planned: true, want: true},
		"not seen":                       {sight: func(*life) {}},
		"not seen, and planned":          {sight: func(*life) {}, planned: true},
		"the first state, before a look": {sight: func(*life) {}, first: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := withJournal(t)
			l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, s)
			l.registerAs(web("a"))
			next := runs(t, &l, s)
			one := l.state
			next(one)
			l.refresh()
			next(one)
			l.importsBeside(one)
			two := l.state
			next(one)
			c.sight(l)
			one = l.state
			if c.planned {
				next(two)
				l.refresh()
				two = l.state
			}
			destroyed := two
			if c.first {
				destroyed = one
			}
			next(destroyed)
			out := deregister(l, destroyed)
			if _, lives := l.op.Client(one.Handle.ClientID); lives != c.want || out.Has(outcome.DeleteInDoubt) != c.want {
				t.Errorf("lives %v, gone %v: %s", lives, out.Gone, kinds(out.Problems))
			}
		})
	}
}
