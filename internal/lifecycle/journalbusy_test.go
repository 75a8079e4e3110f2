// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// While another run holds the journal, nothing is sent that it could not keep. Once that run has ended, all goes on.
func TestAJournalThatAnotherRunHolds(t *testing.T) {
	settings := withJournal(t)
	l := begin(t, &fakeop.Server{}, settings)
	l.want(l.registerAs(web("a")))
	l = l.later(authserver.Settings{})
	other := flock.New(settings.Journal.Path + ".lock")
	if held, err := other.TryLock(); !held || err != nil {
		t.Fatal(held, err)
	}
	// Only this run waits so shortly: on a slow machine a millisecond is too little for a lock that nobody holds.
	shortly, waits := settings, *settings.Journal
	waits.Wait = time.Millisecond
	shortly.Journal = &waits
	l = l.later(shortly)
	out := l.update(web("b"))
	if !out.Has(outcome.JournalUnusable) || !errors.Is(out.Problems[0].Err, journal.ErrBusy) || l.op.CountOf(fakeop.OpUpdate) != 0 {
		t.Fatalf("%d updates were sent: %v", l.op.CountOf(fakeop.OpUpdate), out.Problems)
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	l = l.later(settings)
	l.want(l.update(web("b")))
	l.holds("later")
}
