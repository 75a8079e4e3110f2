// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// What a data source, an ephemeral resource or an import would show, which no state keeps, is not read where a full disk could not keep it: a plan may make each of them.
func TestNothingIsLookedAtThatAFullDiskCouldNotKeep(t *testing.T) {
	if !alone(t) {
		return
	}
	for name, look := range lookers {
		settings := withJournal(t)
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, settings)
		l.registerAs(web("a"))
		l.server.Close()
		token := l.op.CurrentToken(l.state.Handle.ClientID)
		other := start(t, l.op, settings)
		var out outcome.Outcome
		onFullDisk(t, settings.Journal.Path, func() { out = look(t, other, l.state.Handle) })
		if !out.Has(outcome.JournalUnusable) || !out.Failed() || l.op.CurrentToken(l.state.Handle.ClientID) != token {
			t.Errorf("%s: a token was replaced that nothing keeps: %s", name, kinds(out.Problems))
		}
		if out := look(t, start(t, l.op, settings), l.state.Handle); out.Failed() {
			t.Errorf("%s, with space again: %s", name, kinds(out.Problems))
		}
	}
}

// Nor with a journal that cannot be used at all.
func TestNothingIsLookedAtWithoutTheJournalThatIsConfigured(t *testing.T) {
	for name, look := range lookers {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, authserver.Settings{})
		l.registerAs(web("a"))
		token := l.op.CurrentToken(l.state.Handle.ClientID)
		other := start(t, l.op, authserver.Settings{Journal: &authserver.JournalSettings{Path: t.TempDir()}}) // a folder
		if out := look(t, other, l.state.Handle); !out.Has(outcome.JournalUnusable) || len(out.Problems) != 1 || out.Problems[0].Warning || l.op.CurrentToken(l.state.Handle.ClientID) != token {
			t.Errorf("%s: a token was replaced that nothing keeps: %s", name, kinds(out.Problems))
		}
		if out := look(t, start(t, l.op, withJournal(t)), l.state.Handle); out.Failed() {
			t.Errorf("%s, with one that can be used: %s", name, kinds(out.Problems))
		}
	}
}

// lookers read a client whose credentials they are given, and keep nothing of it.
var lookers = map[string]func(*testing.T, *life, reconcile.Handle) outcome.Outcome{
	"data source, by address": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{RegistrationClientURI: h.RegistrationClientURI, Token: h.RegistrationAccessToken})
		return outcome.Outcome{Problems: problems}
	},
	"ephemeral resource, by address": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		h.ClientID = ""
		_, problems := lifecycle.FetchSecret(t.Context(), l.server, h)
		return outcome.Outcome{Problems: problems}
	},
	"import, by address": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		h.ClientID = ""
		return lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, func(authserver.Snapshot) {})
	},
	"data source": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		_, problems := lifecycle.Find(t.Context(), l.server, lifecycle.Wanted{ClientID: h.ClientID, RegistrationClientURI: h.RegistrationClientURI, Token: h.RegistrationAccessToken})
		return outcome.Outcome{Problems: problems}
	},
	"ephemeral resource": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		_, problems := lifecycle.FetchSecret(t.Context(), l.server, h)
		return outcome.Outcome{Problems: problems}
	},
	"import": func(t *testing.T, l *life, h reconcile.Handle) outcome.Outcome {
		return lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: authserver.State{Handle: h}, Importing: true}, func(authserver.Snapshot) {})
	},
}

// What this run knows to replace nothing is read all the same.
func TestWhatIsHarmlessIsLookedAtWithoutTheJournal(t *testing.T) {
	for name, look := range lookers {
		if name == "import" || name == "import, by address" {
			continue // of what the run has already
		}
		l := begin(t, &fakeop.Server{}, authserver.Settings{Journal: &authserver.JournalSettings{Path: t.TempDir()}}) // a folder
		made := start(t, l.op, authserver.Settings{})
		made.registerAs(web("a"))
		l.state = made.state
		l.refresh()
		if out := look(t, l, l.state.Handle); out.Failed() {
			t.Errorf("%s: %s", name, kinds(out.Problems))
		}
	}
}
