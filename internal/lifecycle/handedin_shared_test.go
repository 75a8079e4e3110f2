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
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// oneAddress is the second of two clients of a server that has one address for all of them and tells them apart by their tokens (RFC 7592 §2), with a token
// handed in by that address. The server may not take the second one's own token any more.
func oneAddress(t *testing.T, s authserver.Settings, refused bool, token func(one authserver.State, reissued string) string) (l *life, one string) {
	t.Helper()
	op := &fakeop.Server{ClientURI: fakeop.URIEndpoint}
	l = begin(t, op, s)
	l.registerAs(web("one"))
	first := l.state
	l.state = authserver.State{}
	l.registerAs(web("two"))
	reissued := ""
	if refused {
		reissued = op.ReissueToken(l.state.Handle.ClientID)
	}
	s.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.RegistrationClientURI: secret.New(token(first, reissued))}
	return l.later(s), first.Handle.ClientID
}

// A token that is handed in by an address changes and deletes no other client that has that address, too: a read tells whose it is.
func TestATokenByAnAddressThatClientsShare(t *testing.T) {
	for _, journal := range []bool{false, true} {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
			for _, refusal := range []string{"none", "its token is refused", "one wrong refusal"} {
				for _, operation := range []string{"delete", "update"} {
					what := fmt.Sprintf("journal %v, refresh %s, %s, %s", journal, refresh, refusal, operation)
					s := settingsWith(t, journal)
					s.Behaviour.Refresh = refresh
					l, one := oneAddress(t, s, refusal == "its token is refused", func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
					two := l.state.Handle.ClientID
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
					out := operateBeside(l, one, operation, refusal, what)
					if _, lives := l.op.Client(two); lives && out.Gone || !lives && !out.Gone {
						t.Errorf("%s: gone %v, lives %v", what, out.Gone, lives)
					}
					if out.Failed() && refusal == "none" {
						t.Errorf("%s: %s", what, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// Its own one works, with and without a refresh.
func TestItsTokenByAnAddressThatClientsShare(t *testing.T) {
	for _, operation := range []string{"read", "update", "delete"} {
		l, _ := oneAddress(t, authserver.Settings{}, true, func(_ authserver.State, reissued string) string { return reissued })
		out := l.operate(operation, web("b"))
		if out.Failed() || operation == "delete" != out.Gone || len(l.op.Clients()) != map[bool]int{true: 1, false: 2}[out.Gone] {
			t.Errorf("%s: %s", operation, kinds(out.Problems))
		}
	}
}

// What is told where the token that is handed in is another client's is about this client's own, which is refused.
func TestAnotherClientsTokenIsNoAnswer(t *testing.T) {
	l, _ := oneAddress(t, authserver.Settings{}, true, func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
	l.refresh()
	p := lifecycle.DecideMissing(l.server, l.state, authserver.Behaviour{}).Problem
	if p == nil || p.Kind != outcome.TokenRefused {
		t.Errorf("%v", p)
	}
}

// Nor does one that is handed in by the client_id and is another client's, as where two were mixed up.
func TestAnotherClientsTokenByTheClientID(t *testing.T) {
	for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
		for _, refusal := range []string{"none", "its token is refused", "one wrong refusal"} {
			for _, operation := range []string{"delete", "update"} {
				what := fmt.Sprintf("refresh %s, %s, %s", refresh, refusal, operation)
				s := authserver.Settings{}
				s.Behaviour.Refresh = refresh
				l, one := oneAddress(t, s, refusal == "its token is refused", func(authserver.State, string) string { return "none" })
				two := l.state.Handle.ClientID
				s.RegistrationAccessTokens = map[string]secret.String{two: secret.New(l.op.CurrentToken(one))}
				l = l.later(s)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				out := operateBeside(l, one, operation, refusal, what)
				if _, lives := l.op.Client(two); lives == out.Gone {
					t.Errorf("%s: gone %v, lives %v", what, out.Gone, lives)
				}
				if out.Failed() && refusal == "none" {
					t.Errorf("%s: %s", what, kinds(out.Problems))
				}
			}
		}
	}
}

// Its own one works, also where it is kept for later, and where there are no reads.
func TestItsTokenByTheClientIDAtAnAddressThatClientsShare(t *testing.T) {
	for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
		for _, status := range []int{0, 405} {
			for _, operation := range []string{"update", "delete"} {
				what := fmt.Sprintf("refresh %s, reads answer %d, %s", refresh, status, operation)
				s := authserver.Settings{}
				s.Behaviour.Refresh = refresh
				l := begin(t, &fakeop.Server{ClientURI: fakeop.URIEndpoint, Faults: fakeop.Faults{ReadStatus: status}}, s)
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				with := s
				with.RegistrationAccessTokens = map[string]secret.String{id: secret.New(l.op.ReissueToken(id))}
				l = l.later(with)
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
				l = l.later(s) // it was set once
				out := l.operate(operation, web("b"))
				if _, lives := l.op.Client(id); out.Failed() || lives != (operation == "update") {
					t.Errorf("%s: lives %v: %s", what, lives, kinds(out.Problems))
				}
			}
		}
	}
}

// The user's template gives an address that names the client. A token that is handed in by the one that clients share does not go there: servers end what is
// another client's.
func TestATokenByASharedAddressBesideATemplate(t *testing.T) {
	for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
		for _, refused := range []bool{false, true} {
			for _, operation := range []string{"read", "update", "delete"} {
				what := fmt.Sprintf("refresh %s, refused %v, %s", refresh, refused, operation)
				b := authserver.Behaviour{Refresh: refresh, URITemplate: "{registration_endpoint}/{client_id}"}
				l, one := oneAddress(t, authserver.Settings{}, refused, func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
				before := l.op.CurrentToken(one)
				l.op.ResetLog()
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
				switch operation {
				case "delete":
					lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save)
				case "update":
					lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true, Behaviour: b}, l.save)
				}
				for _, r := range l.op.Requests() {
					if holds(r, before) && r.Path != "/register" {
						t.Errorf("%s: %s %s got it", what, r.Method, r.Path)
					}
				}
				if l.op.CurrentToken(one) != before {
					t.Errorf("%s: the other client's token has ended", what)
				}
			}
		}
	}
}

// Where there are no reads, nothing tells whose a token is that is handed in by such an address. What is told names the client_id, by which it works.
func TestTheWayToHandInATokenWhereNoReadTells(t *testing.T) {
	for at, place := range places {
		for _, refresh := range []string{authserver.RefreshAuto, authserver.RefreshNever} {
			for _, operation := range []string{"update", "delete"} {
				for _, without := range []bool{false, true} {
					what := fmt.Sprintf("%s, refresh %s, %s, without a token %v", at, refresh, operation, without)
					op := &fakeop.Server{ClientURI: fakeop.URIEndpoint, Faults: fakeop.Faults{ReadStatus: 405}}
					op.Start(t)
					s := authserver.Settings{}
					s.Behaviour.Refresh = refresh
					if without {
						s.Management = authserver.ManagementToken
					}
					l := start(t, op, s)
					l.state.Place = place(op)
					l.registerAs(web("a"))
					id := l.state.Handle.ClientID
					issued := op.ReissueToken(id)
					if without {
						l.state.Handle.RegistrationAccessToken = secret.String{}
					}
					l = l.later(s)
					out := l.operate(operation, web("b"))
					s.RegistrationAccessTokens = map[string]secret.String{out.Problems[len(out.Problems)-1].TokenKey: secret.New(issued)}
					l = l.later(s)
					lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
					out = l.operate(operation, web("c"))
					if c, lives := op.Client(id); operation == "delete" && lives || operation == "update" && c.Metadata["client_name"] != "c" {
						t.Errorf("%s: %s", what, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// operateBeside changes or deletes the client, where the server may refuse its token once, and fails where that touches the other one at its address.
func operateBeside(l *life, other, operation, refusal, what string) outcome.Outcome {
	l.t.Helper()
	if refusal == "one wrong refusal" {
		once := []fakeop.CallFault{{Times: 1, Answer: fakeop.Unauthorized(true)}}
		l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: once}, Updating: fakeop.UpdatingFaults{Calls: once}})
	}
	out := l.operate(operation, web("b"))
	if client, lives := l.op.Client(other); !lives || client.Metadata["client_name"] != "one" {
		l.t.Errorf("%s: the other client lives %v: %v", what, lives, client.Metadata)
	}
	return out
}

// An answer that refuses nobody sends no other client's token there: a read with it would replace it.
func TestOneFailedReadSendsNoOtherClientsToken(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "429": fakeop.TooMany(0), "503": fakeop.Unavailable(0), "408": {Status: 408}} {
		for _, refresh := range []string{authserver.RefreshAlways, authserver.RefreshAuto} {
			s := withJournal(t)
			s.Behaviour.Refresh = refresh
			l, one := oneAddress(t, s, false, func(one authserver.State, _ string) string { return one.Handle.RegistrationAccessToken.Reveal() })
			before := l.op.CurrentToken(one)
			l.op.ResetLog()
			l.op.SetFaults(fakeop.Faults{RotateTokenOnRead: true, Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Times: 3, Answer: answer}}}})
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: s.Behaviour}, l.save)
			for _, r := range l.op.Requests() {
				if holds(r, before) && r.Method == "GET" {
					t.Errorf("%s, refresh %s: got it", name, refresh)
				}
			}
			if l.op.CurrentToken(one) != before {
				t.Errorf("%s, refresh %s: the other client's token has ended", name, refresh)
			}
		}
	}
}
