// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// mixedUp is the second of two clients at one address. The first one's token was handed in by its client_id, at a refresh that read nothing, so that it waits in the
// state and in the journal.
func mixedUp(t *testing.T, journal, refused bool) (l *life, s authserver.Settings, one, two string) {
	t.Helper()
	if journal {
		s = withJournal(t)
	}
	s.Behaviour.Refresh = authserver.RefreshNever
	l, one = oneAddress(t, s, refused, func(authserver.State, string) string { return "none" })
	two = l.state.Handle.ClientID
	wrong := s
	wrong.RegistrationAccessTokens = map[string]secret.String{two: secret.New(l.op.CurrentToken(one))}
	l = l.later(wrong)
	lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
	return l, s, one, two
}

// untouched fails where an operation on the second client was one on the first.
func (l *life) untouched(what, one, two string, out outcome.Outcome) {
	l.t.Helper()
	if client, lives := l.op.Client(one); !lives || client.Metadata["client_name"] != "one" {
		l.t.Errorf("%s: the other client lives %v: %v", what, lives, client.Metadata)
	}
	if _, lives := l.op.Client(two); out.Gone == lives {
		l.t.Errorf("%s: gone %v, lives %v: %s", what, out.Gone, lives, kinds(out.Problems))
	}
}

// The mistake is corrected: the right token is handed in in its place. The wrong one waits still, and nothing is changed with it.
func TestAWrongTokenIsCorrected(t *testing.T) {
	for _, journal := range []bool{false, true} {
		for _, refused := range []bool{false, true} {
			for _, operation := range []string{"delete", "update"} {
				what := fmt.Sprintf("journal %v, own refused %v, %s", journal, refused, operation)
				l, s, one, two := mixedUp(t, journal, refused)
				s.RegistrationAccessTokens = map[string]secret.String{two: secret.New(l.op.CurrentToken(two))}
				l = l.later(s)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				out := l.operate(operation, web("b"))
				l.untouched(what, one, two, out)
				if out.Failed() {
					t.Errorf("%s: %s", what, kinds(out.Problems))
				}
			}
		}
	}
}

// The plan at which it was handed in is not applied, or private state is lost, so that only the journal has it; and it is not handed in any more.
func TestAWrongTokenThatOnlyTheJournalHas(t *testing.T) {
	for _, lost := range []string{"the plan", "private state"} {
		for _, refused := range []bool{false, true} {
			for _, operation := range []string{"delete", "update"} {
				what := fmt.Sprintf("%s is lost, own refused %v, %s", lost, refused, operation)
				s := withJournal(t)
				s.Behaviour.Refresh = authserver.RefreshNever
				l, one := oneAddress(t, s, refused, func(authserver.State, string) string { return "none" })
				two, before := l.state.Handle.ClientID, l.state
				wrong := s
				wrong.RegistrationAccessTokens = map[string]secret.String{two: secret.New(l.op.CurrentToken(one))}
				l = l.later(wrong)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				l = l.later(s)
				if l.state.Record = (reconcile.Record{}); lost == "the plan" {
					l.state = before
				}
				l.untouched(what, one, two, l.operate(operation, web("b")))
			}
		}
	}
}

// A front end answers once or twice that there are no reads, at a server that has them.
func TestAWrongTokenAndAWrongAnswerToTheProof(t *testing.T) {
	for _, status := range []int{405, 501} {
		for _, times := range []int{1, 2} {
			for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
				for _, refused := range []bool{false, true} {
					for _, operation := range []string{"delete", "update"} {
						what := fmt.Sprintf("%d, %d times, refresh %s, own refused %v, %s", status, times, refresh, refused, operation)
						s := authserver.Settings{}
						s.Behaviour.Refresh = refresh
						l, one := oneAddress(t, s, refused, func(authserver.State, string) string { return "none" })
						two := l.state.Handle.ClientID
						s.RegistrationAccessTokens = map[string]secret.String{two: secret.New(l.op.CurrentToken(one))}
						l = l.later(s)
						lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
						l.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Times: times, Answer: fakeop.Answer{Status: status}}}}})
						l.untouched(what, one, two, l.operate(operation, web("b")))
					}
				}
			}
		}
	}
}

// The address that all clients of a tenant have has the tenant's number in it, which is a client_id, too.
func TestATokenByASharedAddressWithANumberInIt(t *testing.T) {
	for _, refused := range []bool{false, true} {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
			for _, operation := range []string{"delete", "update"} {
				what := fmt.Sprintf("own refused %v, refresh %s, %s", refused, refresh, operation)
				op := &fakeop.Server{ClientURI: fakeop.URIEndpoint, IssuerPath: "/1", ClientID: func(n int) string { return fmt.Sprint(n) }}
				s := authserver.Settings{}
				s.Behaviour.Refresh = refresh
				l := begin(t, op, s)
				l.registerAs(web("two"))
				own := l.state
				l.state = authserver.State{}
				l.registerAs(web("one"))
				s.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.RegistrationClientURI: secret.New(op.ReissueToken("2"))}
				l.state = own
				if refused {
					op.ReissueToken("1")
				} else {
					once := []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}
					op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: once}, Updating: fakeop.UpdatingFaults{Calls: once}})
				}
				l = l.later(s)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				l.untouched(what, "2", "1", l.operate(operation, web("b")))
			}
		}
	}
}

// What is told of a refusal of the client's own token is not about another one that waits: it names the setting that helps, and by a name that works.
func TestTheRefusalThatIsTold(t *testing.T) {
	for _, operation := range []string{"delete", "update"} {
		l, s, one, two := mixedUp(t, false, true)
		s.Behaviour.Refresh = authserver.RefreshAuto
		l = l.later(s)
		out := l.operate(operation, web("b"))
		p := out.Problems[len(out.Problems)-1]
		if p.Kind != outcome.TokenRefused {
			t.Errorf("%s: %s", operation, kinds(out.Problems))
		}
		s.RegistrationAccessTokens = map[string]secret.String{p.TokenKey: secret.New(l.op.CurrentToken(two))}
		l = l.later(s)
		if out = l.operate(operation, web("b")); out.Failed() {
			t.Errorf("%s: %s", operation, kinds(out.Problems))
		}
		l.untouched(operation, one, two, out)
	}
}

// The name by which a token is to be handed in works: where private state is lost and the server has no reads, and where the provider names no server.
func TestTheNameOfATokenThatIsTold(t *testing.T) {
	for at, place := range places {
		for _, operation := range []string{"update", "delete"} {
			op := &fakeop.Server{ClientURI: fakeop.URIEndpoint, Faults: fakeop.Faults{ReadStatus: 405}}
			op.Start(t)
			l := start(t, op, authserver.Settings{})
			l.state.Place = place(op)
			l.registerAs(web("a"))
			l.state.Record = reconcile.Record{}
			issued := op.ReissueToken(l.state.Handle.ClientID)
			l.told(at+", no record, "+operation, operation, issued, authserver.Settings{})
		}
	}
	for _, operation := range []string{"update", "delete"} {
		op := &fakeop.Server{}
		l := begin(t, op, authserver.Settings{})
		l.registerAs(web("a"))
		state := l.state
		issued := op.ReissueToken(state.Handle.ClientID)
		l = startAs(t, op, authserver.Settings{})
		l.state = state
		out := l.operate(operation, web("b"))
		l = startAs(t, op, authserver.Settings{RegistrationAccessTokens: map[string]secret.String{out.Problems[len(out.Problems)-1].TokenKey: secret.New(issued)}})
		l.state = state
		if out = l.operate(operation, web("b")); out.Failed() {
			t.Errorf("a provider without a server, %s: %s", operation, kinds(out.Problems))
		}
	}
}

// told takes the way that the refusal of an operation tells.
func (l *life) told(what, operation, issued string, s authserver.Settings) {
	l.t.Helper()
	l = l.later(s)
	out := l.operate(operation, web("b"))
	s.RegistrationAccessTokens = map[string]secret.String{out.Problems[len(out.Problems)-1].TokenKey: secret.New(issued)}
	l = l.later(s)
	if out = l.operate(operation, web("c")); out.Failed() {
		l.t.Errorf("%s: %s", what, kinds(out.Problems))
	}
}
