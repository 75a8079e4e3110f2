// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// However many tokens were handed in one after the other, each that waits has its mark.
func TestManyHandedInTokens(t *testing.T) {
	for _, operation := range []string{"delete", "update"} {
		for _, n := range []int{2, 3, 12} {
			s := authserver.Settings{}
			s.Behaviour.Refresh = authserver.RefreshNever
			l, one := oneAddress(t, s, false, func(authserver.State, string) string { return "none" })
			two, token := l.state.Handle.ClientID, l.op.CurrentToken(one)
			for i := range n {
				w := s
				w.RegistrationAccessTokens = map[string]secret.String{two: secret.New(token)}
				l = l.later(w)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				token = fmt.Sprint("expired-vault-token-", i)
			}
			l = l.later(s)
			l.untouched(fmt.Sprint(n, " tokens, ", operation), one, two, l.operate(operation, web("b")))
		}
	}
}

// A token that was handed in by mistake waits beside the client's own one, which works and goes first: a server ends a token that shows up at another client's
// address, and reads replace it.
func TestTheClientsOwnTokenGoesFirst(t *testing.T) {
	for name, c := range map[string]struct {
		form    fakeop.ClientURIForm
		f       fakeop.Faults
		refresh string
	}{
		"shared, rotates on reads":             {fakeop.URIEndpoint, fakeop.Faults{RotateTokenOnRead: true}, authserver.RefreshAuto},
		"shared, rotates on reads, never read": {fakeop.URIEndpoint, fakeop.Faults{RotateTokenOnRead: true}, authserver.RefreshNever},
		"own":                                  {fakeop.URIPath, fakeop.Faults{}, authserver.RefreshNever},
		"own, rotates on reads":                {fakeop.URIPath, fakeop.Faults{RotateTokenOnRead: true}, authserver.RefreshAuto},
		"query":                                {fakeop.URIQuery, fakeop.Faults{}, authserver.RefreshNever},
		"own, no reads, 403 to another's":      {fakeop.URIPath, fakeop.Faults{ReadStatus: 405, OtherClientStatus: 403}, authserver.RefreshAuto},
	} {
		for _, operation := range []string{"update", "delete"} {
			what := name + ", " + operation
			s := authserver.Settings{}
			s.Behaviour.Refresh = c.refresh
			op := &fakeop.Server{ClientURI: c.form, Faults: c.f}
			l := begin(t, op, s)
			l.registerAs(web("one"))
			first := l.state
			l.state = authserver.State{}
			l.registerAs(web("two"))
			wrong := s
			wrong.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.ClientID: secret.New(op.CurrentToken(first.Handle.ClientID))}
			l = l.later(wrong)
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
			if out := l.operate(operation, web("b")); out.Failed() {
				t.Errorf("%s: %s", what, kinds(out.Problems))
			}
			l = l.later(s)
			l.state = first
			l.state.Record.WrittenAt = 0
			if out := l.update(web("one again")); out.Failed() {
				t.Errorf("%s: the other client: %s", what, kinds(out.Problems))
			}
		}
	}
}

// The journal has a client at a shared address for which another one's token waits. That one is imported with it.
func TestImportByATokenThatWaitsForAnother(t *testing.T) {
	l, s, one, two := mixedUp(t, true, false)
	s.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.RegistrationClientURI: secret.New(l.op.CurrentToken(one))}
	for _, refused := range []bool{false, true} {
		l = l.later(s)
		if refused {
			l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}}})
		}
		h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(l.state.Handle.RegistrationClientURI))
		if problem != nil {
			t.Fatal(problem)
		}
		var imported authserver.State
		out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, func(s authserver.Snapshot) { imported.Handle = s.Handle })
		if got := imported.Handle.ClientID; got == two || !refused && (got != one || out.Failed()) {
			t.Errorf("refused once %v: imported %q, %s", refused, got, kinds(out.Problems))
		}
	}
}
