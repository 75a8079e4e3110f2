// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// withATokenOfLongAgo is a client whose own token an update has replaced since one was handed in for it, which the settings or the journal of the returned
// ones still have.
func withATokenOfLongAgo(t *testing.T, from string) (*life, authserver.Settings) {
	t.Helper()
	s, stays := authserver.Settings{}, authserver.Settings{}
	if from != "settings" {
		s = withJournal(t)
	}
	l := begin(t, &fakeop.Server{}, s)
	l.registerAs(web("a"))
	id := l.state.Handle.ClientID
	handedIn := map[string]secret.String{id: secret.New(l.op.ReissueToken(id))}
	first := s
	first.RegistrationAccessTokens = handedIn
	l = l.later(first)
	l.refresh()
	if from != "journal" {
		s.RegistrationAccessTokens, stays = handedIn, first
	}
	l.op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true})
	l = l.later(stays)
	if out := l.update(web("b")); out.Failed() {
		t.Fatal(kinds(out.Problems))
	}
	l = l.later(stays)
	l.refresh()
	return l, s
}

// A replica that lags takes a token of long ago and refuses the client's own: one that a setting still has, which handed it in before that was replaced, or the
// journal, where another machine has worked on the client since. The client's own is kept: it is what works afterwards.
func TestATokenOfLongAgoDoesNotCostTheClientsOwn(t *testing.T) {
	for _, from := range []string{"settings", "settings, with a journal", "journal"} {
		for _, operation := range []string{"read", "update"} {
			for lags := 1; lags < 6; lags++ {
				l, s := withATokenOfLongAgo(t, from)
				op := l.op
				l = l.later(s)
				l.state.Record.WrittenAt = 0
				op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Times: lags, Answer: fakeop.Answer{Stale: true}}}}})
				lagging := l.operate(operation, web("c"))
				op.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true})
				for range 2 {
					l = l.later(s)
					if out := l.update(web("d")); out.Failed() {
						t.Errorf("%s, %s, lags %d: %s; then %s", from, operation, lags, kinds(lagging.Problems), kinds(out.Problems))
					}
					s.RegistrationAccessTokens = nil
				}
			}
		}
	}
}

// Where two of the client's own tokens wait, one that is handed in is kept as well, as is said.
func TestAHandedInTokenIsKeptBesideTwoThatWait(t *testing.T) {
	for _, journaled := range []bool{false, true} {
		for _, operation := range []string{"update", "delete"} {
			s := authserver.Settings{}
			if journaled {
				s = withJournal(t)
			}
			op := &fakeop.Server{}
			l := begin(t, op, s)
			l.registerAs(web("a"))
			waits := &l.state.Record.Unproven
			waits.RegistrationAccessToken, waits.FormerToken = secret.New("the-one-that-an-update-showed"), secret.New("the-one-of-the-time-before")
			w := s
			w.RegistrationAccessTokens = map[string]secret.String{l.state.Handle.ClientID: secret.New(op.ReissueToken(l.state.Handle.ClientID))}
			l = l.later(w)
			said := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshNever}}, l.save)
			l = l.later(s)
			if out := l.operate(operation, web("b")); out.Failed() {
				t.Errorf("journal %v: %s; then %s: %s", journaled, kinds(said.Problems), operation, kinds(out.Problems))
			}
		}
	}
}

// The token that an update showed, and that waits where nothing reads, is handed in as well: it is the client's still, and the one before it is not used in its place.
func TestTheTokenThatWaitsIsHandedInToo(t *testing.T) {
	for _, key := range []string{"client_id", "address"} {
		for _, operation := range []string{"update", "delete"} {
			op := &fakeop.Server{ClientURI: fakeop.URIEndpoint, Faults: fakeop.Faults{ReadStatus: 405, RotateTokenOnUpdate: true}}
			l := begin(t, op, authserver.Settings{})
			l.registerAs(web("a"))
			l = l.later(authserver.Settings{})
			l.update(web("b"))
			id, at := l.state.Handle.ClientID, l.state.Handle.ClientID
			if key == "address" {
				at = l.state.Handle.RegistrationClientURI
			}
			l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{at: secret.New(op.CurrentToken(id))}})
			if out := l.operate(operation, web("c")); out.Failed() {
				t.Errorf("by its %s, %s: %s", key, operation, kinds(out.Problems))
			}
		}
	}
}
