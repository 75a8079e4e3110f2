// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func lookFor(l *life, h reconcile.Handle) []outcome.Problem {
	_, found := lifecycle.Find(l.t.Context(), l.server, lifecycle.Wanted{ClientID: h.ClientID, RegistrationClientURI: h.RegistrationClientURI, Token: h.RegistrationAccessToken})
	return found
}

func unreadable() (f fakeop.Faults) {
	f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusInternalServerError})
	return f
}

// All clients have one address. What is not known of one neither keeps the other one from being looked at, nor does what is known of the other one open the look at it.
func TestALookWhereAllClientsHaveOneAddress(t *testing.T) {
	for _, last := range []string{"learnt", "unlearnt"} {
		l := begin(t, &fakeop.Server{ClientURI: fakeop.URIEndpoint}, authserver.Settings{})
		l.registerAs(web("learnt"))
		learnt := l.state
		l.op.SetFaults(unreadable())
		l.state = authserver.State{}
		l.registerAs(web("unlearnt"))
		unlearnt := l.state
		l.op.SetFaults(fakeop.Faults{})
		l = l.later(authserver.Settings{})
		states := []authserver.State{unlearnt, learnt}
		if last == "unlearnt" {
			states = []authserver.State{learnt, unlearnt}
		}
		for _, state := range states { // as the plans of the two do
			lifecycle.Confirm(t.Context(), l.server, state)
		}
		if found := lookFor(l, learnt.Handle); len(found) > 0 {
			t.Errorf("%s last: the learnt one: %s", last, kinds(found))
		}
		l.op.SetFaults(fakeop.Faults{RotateTokenOnRead: true})
		before := l.op.CurrentToken(unlearnt.Handle.ClientID)
		lookFor(l, unlearnt.Handle)
		if l.op.CurrentToken(unlearnt.Handle.ClientID) != before {
			t.Errorf("%s last: the look cost the unlearnt one its token", last)
		}
	}
}

// A data source of a client that the same plan imports is read while the import is under way: which of the two is first is chance.
func TestALookWhileAnImportReads(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("a"))
	h := l.state.Handle
	l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{h.ClientID: h.RegistrationAccessToken}})
	imported, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.Named{RegistrationClientURI: h.RegistrationClientURI})
	if problem != nil {
		t.Fatal(problem)
	}
	var begun atomic.Bool
	var found []outcome.Problem
	l.op.SetHooks(func(*http.Request) {
		if begun.CompareAndSwap(false, true) {
			found = lookFor(l, h)
		}
	}, nil)
	l.state = authserver.State{}
	lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: imported}, Importing: true}, l.save)
	if !begun.Load() || len(found) > 0 {
		t.Errorf("asked %v: %s", begun.Load(), kinds(found))
	}
}

// A server without reads has told so twice, in this very run: no apply will learn what they do.
func TestALookAtAServerWithoutReadsInTheRunThatRegistered(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}}, authserver.Settings{})
	l.registerAs(web("a"))
	if found := lookFor(l, l.state.Handle); len(found) != 1 || found[0].NotLearnt {
		t.Error(kinds(found), "says that an apply will read it")
	}
}
