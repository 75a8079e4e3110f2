// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// rotating are servers that rotate more and more of a client's credentials.
var rotating = map[string]fakeop.Faults{
	"token with updates":                {RotateTokenOnUpdate: true},
	"secret with updates, hidden after": {RotateSecretOnUpdate: true, OmitSecretOnRead: true},
	"both with updates, hidden after":   {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true, OmitTokenOnRead: true, OmitURIOnRead: true},
	"both with updates, hashes after":   {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, HashedSecretOnRead: true},
	"the URI with updates":              {MoveURIOnUpdate: true},
	"all with updates":                  {MoveURIOnUpdate: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true, OmitURIOnRead: true},
	"token with reads":                  {RotateTokenOnRead: true},
	"all with each answer":              {RotateTokenOnRead: true, RotateSecretOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
}

// TestStateThatWasNotSaved after an update: the journal brings back all that the update's answer told.
func TestStateThatWasNotSaved(t *testing.T) {
	for name, faults := range rotating {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: faults}
			settings := journalAt(t)
			r := newSubject(t, server, settings)
			r.Apply(app)
			state, private := r.State, r.Private
			for _, lost := range []attrs{renamed, app, renamed} {
				r.Apply(lost)
				r.State, r.Private = state, private
				r.start(settings)
			}
			r.Apply(renamed)
			r.holds()
			r.WantEmpty(renamed)
			r.holds()
			r.Destroy()
			if n := len(server.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// TestJournalOfAnotherRun has the token that is in force: that of a plan which nobody applied, or of an update whose state was lost. Without it nothing but the
// message tells where the token may be, and with it all goes on.
func TestJournalOfAnotherRun(t *testing.T) {
	const says = "A run that had a token journal, in another directory or on another machine, may have kept there what the state has not."
	for name, faults := range map[string]fakeop.Faults{
		"reads": {RotateTokenOnRead: true}, "updates": {RotateTokenOnUpdate: true},
		"undecided": {RotateTokenOnUpdate: true, TokenChecksGrantFirst: true, AuthorizeErrorPage: true},
	} {
		for where, here := range map[string]attrs{"none": {"refresh": "always"}, "another": journalAt(t).With(attrs{"refresh": "always"})} {
			t.Run(name+", here "+where, func(t *testing.T) {
				server := &fakeop.Server{Faults: faults}
				there := journalAt(t)
				r := newSubject(t, server, there)
				r.Apply(app)
				r.Apply(renamed)
				state, private := r.State, r.Private
				r.WantEmpty(renamed)
				r.Apply(app)
				r.State, r.Private = state, private
				r.start(here)
				said := r.failing(func() error { _, err := r.TryPlan(app); return err })
				containsAll(t, said, says, "- If another run had a token journal, copy that file here under a name that is not in use, and set it on the provider, for one apply of this client alone:\n    token_journal = { path = \"other.journal\" }\n", ":\n    terraform apply -target=ADDRESS")
				r.start(there)
				r.Apply(app)
				r.holds()
			})
		}
	}
	// Where no answer ever brought another token, none can be there.
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	r.Apply(renamed)
	server.ReissueToken(r.id())
	r.start(nil)
	containsNone(t, r.failing(func() error { _, err := r.TryPlan(app); return err }), "token journal")
}

// TestJournalOfAnotherRunBesideOne that is here under the same name, and has what no state has of another client. The way of the message, as it is written, costs
// neither client its token.
func TestJournalOfAnotherRunBesideOne(t *testing.T) {
	server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}
	server.Start(t)
	journal := func(dir, name string) string { return filepath.Join(dir, name) }
	with := func(path string) attrs { return attrs{"token_journal": attrs{"path": path}} }
	here, there := t.TempDir(), t.TempDir()
	one, other := newSubject(t, server, with(journal(there, "clients.journal"))), newSubject(t, server, with(journal(here, "clients.journal")))
	one.Apply(app)
	other.Apply(service)
	one.planned(app) // neither plan is applied
	other.planned(service)
	one.start(with(journal(here, "clients.journal")).With(attrs{"refresh": "always"}))
	said := one.failing(func() error { _, err := one.TryPlan(app); return err })
	containsAll(t, said, "copy that file here under a name that is not in use", "for one apply of this client alone", "    token_journal = { path = \"other.journal\" }\n", "    terraform apply -target=ADDRESS", "then set token_journal back to what it was")
	content, err := os.ReadFile(journal(there, "clients.journal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journal(here, "other.journal"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	one.start(with(journal(here, "other.journal")))
	one.Apply(app)
	one.start(with(journal(here, "clients.journal")))
	for r, config := range map[*subject]attrs{one: app, other: service} {
		r.start(with(journal(here, "clients.journal")))
		r.WantEmpty(config)
		r.Apply(config.With(attrs{"client_name": "Another"}))
		r.holds()
	}
}

// TestStateThatIsNewer than the journal, because another machine wrote it: the journal's credentials do not replace its own.
func TestStateThatIsNewer(t *testing.T) {
	for name, faults := range rotating {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: faults}
			settings := journalAt(t)
			r := newSubject(t, server, settings)
			r.Apply(app)
			r.Apply(renamed)
			r.start(attrs{"refresh": "always"})
			r.Apply(app)
			r.Apply(renamed)
			r.start(settings)
			r.WantEmpty(renamed)
			r.holds()
			r.Apply(app)
			r.holds()
		})
	}
}

// TestTwoProcesses has one process hold an answer that rotated the token while the other is refused with the old one.
func TestTwoProcesses(t *testing.T) {
	for name, second := range map[string]func(*subject) error{
		"plan":   func(r *subject) error { _, err := r.TryPlan(app); return err },
		"update": func(r *subject) error { return r.TryApply(renamed) },
		"delete": func(r *subject) error { return r.TryDestroy() },
	} {
		t.Run(name, func(t *testing.T) {
			// Not the secret: then no plan would read.
			server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}}
			settings := journalAt(t)
			one := newSubject(t, server, settings)
			one.Apply(app)
			// The second process looks into the journal again once the first one has written there.
			written := make(chan struct{})
			two := &subject{Instance: newRigBy(t, func() *testclock.Clock { return testclock.New(atEpoch).Until(written) }).Instance(theClient), t: t, op: server}
			two.start(settings)
			two.State, two.Private = one.State, one.Private
			// The first read is answered only once the second process was refused.
			var reads atomic.Int32
			refused, done := make(chan struct{}), make(chan error, 1)
			server.SetHooks(nil, func(req *http.Request) {
				if fakeop.OperationOf(req) == fakeop.OpRead {
					switch reads.Add(1) {
					case 1:
						go func() { done <- second(two) }()
						<-refused
					case 2:
						close(refused)
					}
				}
			})
			_, err := one.TryPlan(app)
			close(written)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if name == "delete" {
				if n := len(server.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
				return
			}
			two.holds()
			// The first process's state is older than the second's, and is not lost either.
			want := app
			if name == "update" {
				want = renamed
			}
			one.WantEmpty(want)
			one.holds()
		})
	}
}

// TestInterrupt while an answer is on its way: the answer is taken all the same, and nothing further is begun.
func TestInterrupt(t *testing.T) {
	for name, c := range map[string]struct {
		at   fakeop.Operation
		then []string
	}{
		"registration":      {fakeop.OpRegister, []string{"POST"}},
		"read-back":         {fakeop.OpRead, []string{"POST", "GET"}},
		"read of update":    {fakeop.OpRead, []string{"GET"}},
		"update":            {fakeop.OpUpdate, []string{"GET", "PUT"}},
		"deletion":          {fakeop.OpDelete, []string{"DELETE"}},
		"confirming read":   {fakeop.OpRead, []string{"DELETE", "GET"}},
		"read of a refresh": {fakeop.OpRead, []string{"GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnRead: true, RotateSecretOnUpdate: true}}
			if name == "confirming read" {
				server.Faults.DeleteStatus, server.Faults.DeleteKeepsClient = 200, true
			}
			server.Start(t)
			// An interrupted exchange is given ten seconds, within which the test server answers.
			r := &subject{Instance: newRigBy(t, func() *testclock.Clock { return testclock.New(atEpoch).Hold(10 * time.Second) }).Instance(theClient), t: t, op: server}
			r.start(attrs{"refresh": "always"})
			creates := name == "registration" || name == "read-back"
			if !creates {
				r.Apply(app)
			}
			p := r.Plan(renamed)
			server.ResetLog()
			ctx, interrupt := context.WithCancel(t.Context())
			server.SetHooks(nil, func(req *http.Request) {
				if fakeop.OperationOf(req) == c.at {
					interrupt()
				}
			})
			var err error
			switch {
			case name == "read of a refresh":
				err = r.Refresh(ctx)
			case strings.HasPrefix(c.then[0], "DELETE"):
				err = r.Resource.Destroy(ctx)
			default:
				err = r.Resource.Apply(ctx, p)
			}
			if creates && err != nil {
				t.Errorf("a registered client would be tainted: %v", err)
			}
			var sent []string
			for _, request := range server.Requests() {
				if request.Operation == fakeop.OpMetadata {
					continue
				}
				sent = append(sent, request.Method)
			}
			if strings.Join(sent, " ") != strings.Join(c.then, " ") {
				t.Errorf("sent %v, want %v", sent, c.then)
			}
			if name != "deletion" {
				r.keeps()
			} else if n := len(server.Clients()); n != 0 || !r.State.IsNull() {
				t.Errorf("%d clients left", n)
			}
		})
	}
}

// TestJournalThatCannotBeUsed: nothing is changed at the server, since the answer could not be kept.
func TestJournalThatCannotBeUsed(t *testing.T) {
	server := &fakeop.Server{}
	settings := journalAt(t)
	r := newSubject(t, server, settings)
	r.Apply(app)
	path := settings["token_journal"].(attrs)["path"].(string)

	spoiled := map[string]func(t *testing.T) string{
		"others can read it": func(t *testing.T) string {
			other := filepath.Join(t.TempDir(), "journal")
			content, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(other, content, 0o600)
			}
			if err == nil {
				err = os.Chmod(other, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			return other
		},
		"another file": func(t *testing.T) string {
			other := filepath.Join(t.TempDir(), "journal")
			if err := os.WriteFile(other, []byte("# my notes\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return other
		},
		"a folder": func(t *testing.T) string { return t.TempDir() },
	}
	for name, spoil := range spoiled {
		t.Run(name, func(t *testing.T) {
			bad := attrs{"token_journal": attrs{"path": spoil(t)}}
			r.start(bad)
			server.ResetLog()
			said := r.failing(func() error { return r.TryApply(renamed) })
			containsAll(t, said, "Token journal not usable", "Nothing was sent")
			fresh := newSubject(t, server, bad)
			containsAll(t, fresh.failing(func() error { return fresh.TryApply(service) }), "Token journal not usable", "Nothing was sent")
			if n := server.CountOf(fakeop.OpUpdate) + server.CountOf(fakeop.OpRegister); n != 0 {
				t.Errorf("%d requests changed something", n)
			}
			r.holds()
		})
	}
}

// A creation's plan tells of a journal that cannot be used, once for all, and not of one that can. What the plan names is what the apply needs.
func TestCreationTellsOfAJournalThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	bad := attrs{"token_journal": attrs{"path": t.TempDir()}}
	r := newSubject(t, &fakeop.Server{}, bad)
	second := &subject{Instance: r.Rig().Another(), t: t, op: r.op}
	r.Begin()
	r.Plan(service)
	second.Plan(service)
	if told := r.details(); strings.Count(told, "Token journal not usable") != 1 || !strings.Contains(told, "the path is a directory") {
		t.Errorf("the plans say:\n%s", told)
	}
	r.wantSays("Set the path of the journal, or of a file that does not exist yet:")
	r.start(journalAt(t))
	r.Begin()
	r.Apply(service)
	r.wantQuiet()
	r.start(bad)
	r.Drop()
	r.Plan(service)
	r.start(nil)
	r.Begin()
	r.Apply(service)
	r.wantQuiet()
}
