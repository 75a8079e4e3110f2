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
			runs := 0
			next := func(state authserver.State) {
				l.server.Finish()
				runs++
				l = l.later(s)
				_ = l.server.Sleep(t.Context(), time.Duration(runs)*time.Minute)
				l.state = state
			}
			one := l.state
			next(one)
			l.refresh()
			next(authserver.State{})
			h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: one.Handle.RegistrationClientURI})
			if problem != nil {
				t.Fatal(problem)
			}
			if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, l.save); out.Failed() {
				t.Fatal(kinds(out.Problems))
			}
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
