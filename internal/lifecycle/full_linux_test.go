// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Where reads replace the token, a plan reads because the journal keeps the new one. With a full disk it could not, so that nothing is
// read: the note before the read tells. An older note of a request without an answer makes no difference.
func TestNothingIsReadThatAFullDiskCouldNotKeep(t *testing.T) {
	if !alone(t) {
		return
	}
	for _, noted := range []bool{false, true} {
		settings := withJournal(t)
		rotates := fakeop.Faults{RotateTokenOnRead: true}
		l := begin(t, &fakeop.Server{Faults: rotates}, settings)
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
		l.want(l.refresh())
		if noted {
			cut := rotates
			cut.Reading.Calls = fakeop.Always(fakeop.Dropped())
			l.op.SetFaults(cut)
			l.refresh()
			l.op.SetFaults(rotates)
		}
		l = l.restarted(settings)
		before := l.state
		lifecycle.Confirm(t.Context(), l.server, l.state)
		var out outcome.Outcome
		onFullDisk(t, settings.Journal.Path, func() { out = l.refresh() })
		l.want(out, outcome.SkippedRotating)
		l = l.restarted(settings)
		l.state = before // a plan saves nothing
		l.want(l.refresh())
		l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
	}
}

// Nor is an update sent, whose answer may replace credentials, nor the read before it.
func TestNothingIsUpdatedThatAFullDiskCouldNotKeep(t *testing.T) {
	if !alone(t) {
		return
	}
	for name, habit := range map[string]fakeop.Faults{
		"token": {RotateTokenOnUpdate: true}, "token and secret": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, "reads": {RotateTokenOnRead: true}, "nothing seen": {},
	} {
		for _, renews := range []bool{false, true} {
			settings := withJournal(t)
			l := begin(t, &fakeop.Server{Faults: habit}, settings)
			l.registerAs(web("a"))
			if name != "nothing seen" {
				l.update(web("b"))
			}
			l = l.restarted(settings)
			lifecycle.Confirm(t.Context(), l.server, l.state)
			token, requests := l.op.CurrentToken(l.state.Handle.ClientID), l.op.CountOf(fakeop.OpUpdate)
			change := lifecycle.Change{State: l.state, Asked: web("c"), StoresSecret: true, MayChange: anything, RenewSecret: renews}
			var out outcome.Outcome
			onFullDisk(t, settings.Journal.Path, func() { out = lifecycle.Update(t.Context(), l.server, change, l.save) })
			if !out.Has(outcome.NotUpdated) || l.op.CountOf(fakeop.OpUpdate) != requests || l.op.CurrentToken(l.state.Handle.ClientID) != token {
				t.Errorf("%s, renews %v: %d updates were sent: %v", name, renews, l.op.CountOf(fakeop.OpUpdate)-requests, kinds(out.Problems))
			}
			if out := l.update(web("c")); out.Failed() {
				t.Errorf("%s, with space again: %v", name, kinds(out.Problems))
			}
			l.holds(name)
		}
	}
}

// alone runs the test in a process of its own, in which it is true: a limit is the process's, and the go command has this one write a file, too.
func alone(t *testing.T) bool {
	t.Helper()
	const child = "TEST_ON_A_FULL_DISK"
	if os.Getenv(child) != "" {
		return true
	}
	another := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$") // #nosec G204 -- this test
	another.Env = append(os.Environ(), child+"=1")
	if said, err := another.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return false
}

// onFullDisk has the system refuse to let files grow beyond a journal's size, as a full disk does.
func onFullDisk(t *testing.T, path string, do func()) {
	t.Helper()
	var limit syscall.Rlimit
	info, err := os.Stat(path)
	if err == nil {
		err = syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
	full := limit
	full.Cur = uint64(info.Size() + 40) // in the middle of the next line
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Error(err)
		}
	}()
	do()
}
