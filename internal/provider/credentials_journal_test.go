// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
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
			r := newKeeper(t, server, settings)
			r.apply(app)
			state, private := r.c.State, r.c.Private
			for _, lost := range []attrs{renamed, app, renamed} {
				r.apply(lost)
				r.c.State, r.c.Private = state, private
				r.start(settings)
			}
			r.apply(renamed)
			r.holds()
			r.empty(renamed)
			r.holds()
			r.destroy()
			if n := len(server.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// TestStateThatIsNewer than the journal, because another machine wrote it: the journal's credentials do not replace its own.
func TestStateThatIsNewer(t *testing.T) {
	for name, faults := range rotating {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: faults}
			settings := journalAt(t)
			r := newKeeper(t, server, settings)
			r.apply(app)
			r.apply(renamed)
			r.start(attrs{"refresh": "always"})
			r.apply(app)
			r.apply(renamed)
			r.start(settings)
			r.empty(renamed)
			r.holds()
			r.apply(app)
			r.holds()
		})
	}
}

// TestHandedInToken is used where the state's is refused, at the client's own URI only, and kept.
func TestHandedInToken(t *testing.T) {
	for name, c := range map[string]struct {
		faults  fakeop.Faults
		journal bool
	}{
		"":                          {},
		"with a journal":            {journal: true},
		"rotating":                  {faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}},
		"rotating with a journal":   {faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}, journal: true},
		"invalid_token under a 400": {faults: fakeop.Faults{InvalidTokenStatus: 400}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: c.faults}
			settings := attrs{"refresh": "always"}
			if c.journal {
				settings = settings.with(journalAt(t))
			}
			r := newKeeper(t, server, settings)
			r.apply(app)
			other := newKeeper(t, server, settings) // another client of the same server
			other.apply(service)
			other.p.Close() // or the refusal might be its doing, and would be waited for

			lost := r.c.Text("registration_access_token")
			token := server.ReissueToken(r.id())
			r.failing(func() error { _, err := r.tryPlan(app); return err })
			server.ResetLog()
			handed := settings.with(attrs{"registration_access_tokens": map[string]any{r.id(): token, "unknown": "token-of-unknown"}})
			r.start(handed)
			if c.journal {
				// A plan that is not applied: what it was handed may not come again.
				r.planned(app)
				r.start(settings)
			}
			r.empty(app)
			r.holds()
			if !c.journal {
				r.tells("Registration access token replaced")
				r.start(settings)
			}
			r.apply(renamed)
			r.holds()
			other.start(handed)
			other.empty(service)
			other.holds()
			for _, request := range server.Requests() {
				if request.Credential == "token-of-unknown" {
					t.Errorf("%s %s got the token of an unknown client", request.Method, request.Path)
				}
				if (request.Credential == token || request.Credential == lost) && request.ClientID != r.id() {
					t.Errorf("%s %s got the token of client %s", request.Method, request.Path, r.id())
				}
			}
		})
	}
}

// TestHandedInTokenAfterAnyRefusal: servers refuse a token with what they like, so that the one that was handed in is tried after each.
func TestHandedInTokenAfterAnyRefusal(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"400":               {Status: 400},
		"400 access_denied": {Status: 400, Body: `{"error":"access_denied"}`},
		"400 anything":      {Status: 400, Body: `{"error":"no_such_thing"}`},
		"403":               fakeop.Forbidden("access_denied", "not now"),
		"404":               fakeop.NotFoundJSON(),
		"409":               {Status: 409},
		"500":               fakeop.InternalError(),
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{}
			settings := attrs{"max_retries": 0}
			r := newKeeper(t, server, settings)
			r.apply(app)
			handed := settings.with(attrs{"registration_access_tokens": map[string]any{r.id(): server.ReissueToken(r.id())}})
			r.start(handed)
			server.Force(fakeop.OpRead, answer)
			r.empty(app)
			r.holds()
			r.tells("Registration access token replaced")
			// The setting stays and is older than what the server has by now: it is not tried again.
			r.c.State = replaced(t, r.c.State, "registration_access_token", server.ReissueToken(r.id()))
			r.start(handed)
			server.ResetLog()
			server.Force(fakeop.OpRead, answer)
			_, _ = r.tryPlan(app)
			if n := server.CountOf(fakeop.OpRead); n != 1 && name != "400 access_denied" { // which is about the token, so that each is tried
				t.Errorf("%d reads", n)
			}
			// Where neither of two makes a difference, the state keeps what it has.
			state := r.c.Text("registration_access_token")
			r.start(settings.with(attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token"}}))
			server.Force(fakeop.OpRead, answer, answer)
			_, _ = r.tryPlan(app)
			r.start(settings)
			r.empty(app)
			if got := r.c.Text("registration_access_token"); got != state {
				t.Errorf("the token became %q", got)
			}
		})
	}
}

// TestHandedInTokenOfAClientThatIsNotRead is saved all the same, and once: it may come from a variable that is set only this time.
func TestHandedInTokenOfAClientThatIsNotRead(t *testing.T) {
	for name, test := range map[string]struct {
		faults   fakeop.Faults
		settings attrs
		during   func(*fakeop.Server)
	}{
		"never":        {settings: attrs{"refresh": "never"}},
		"reads rotate": {faults: fakeop.Faults{RotateSecretOnRead: true}},
		"no answer": {during: func(s *fakeop.Server) {
			s.EditFaults(func(f *fakeop.Faults) {
				f.CutOff = map[fakeop.Operation]fakeop.Cut{fakeop.OpRead: fakeop.CutConnection}
			})
		}},
	} {
		for _, journal := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", journal ", journal), func(t *testing.T) {
				server := &fakeop.Server{Faults: test.faults}
				settings := attrs{"max_retries": 0, "on_missing": "keep"}.with(test.settings)
				if journal {
					settings = settings.with(journalAt(t))
				}
				r := newKeeper(t, server, settings)
				r.apply(app)
				token := server.ReissueToken(r.id())
				handed := settings.with(attrs{"registration_access_tokens": map[string]any{r.id(): token}})
				r.start(handed)
				if test.during != nil {
					test.during(server)
				}
				r.begin()
				if err := r.refresh(); err != nil {
					t.Fatal(err)
				}
				containsAll(t, r.tells("Registration access token saved"), r.id())
				containsNone(t, r.details(), token)
				server.EditFaults(func(f *fakeop.Faults) { f.CutOff = nil })
				r.begin()
				if test.during == nil {
					if err := r.refresh(); err != nil {
						t.Fatal(err)
					}
					r.tellsNot("Registration access token saved")
				}
				r.start(settings)
				r.apply(renamed)
				if got := r.c.Text("registration_access_token"); got != server.CurrentToken(r.id()) {
					t.Errorf("the state has token %q, in force is %q", got, server.CurrentToken(r.id()))
				}
			})
		}
	}
}

// TestWrongHandedInToken saves nothing, and the advice names the client.
func TestWrongHandedInToken(t *testing.T) {
	server := &fakeop.Server{}
	r := newKeeper(t, server, nil)
	r.apply(app)
	token := server.ReissueToken(r.id())
	r.start(attrs{"registration_access_tokens": map[string]any{r.id(): "a-wrong-token"}})
	said := r.failing(func() error { _, err := r.tryPlan(app); return err })
	containsAll(t, said, r.id(), "registration_access_tokens", "token endpoint")
	containsNone(t, said, token, "a-wrong-token", server.CurrentSecret(r.id()))

	// Not proven wrong either: its request got no answer. The state's token is kept.
	state := r.c.Text("registration_access_token")
	r.start(nil)
	p, err := r.planOnly(renamed) // as with -refresh=false
	if err != nil {
		t.Fatal(err)
	}
	server.Force(fakeop.OpRead, fakeop.Answer{Status: 401}, fakeop.Answer{Cut: fakeop.CutConnection}, fakeop.Answer{Cut: fakeop.CutConnection})
	r.start(attrs{"max_retries": 0, "registration_access_tokens": map[string]any{r.id(): "another-token"}})
	r.failing(func() error { return r.c.Apply(t.Context(), p) })
	if got := r.c.Text("registration_access_token"); got != state {
		t.Errorf("the state's token is %q", got)
	}
}

// TestTwoProcesses has one process hold an answer that rotated the token while the other is refused with the old one.
func TestTwoProcesses(t *testing.T) {
	for name, second := range map[string]func(*keeper) error{
		"plan":   func(r *keeper) error { _, err := r.tryPlan(app); return err },
		"update": func(r *keeper) error { return r.tryApply(renamed) },
		"delete": func(r *keeper) error { return r.tryDestroy() },
	} {
		t.Run(name, func(t *testing.T) {
			// Not the secret: then no plan would read.
			server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true}}
			settings := journalAt(t)
			one := newKeeper(t, server, settings)
			one.apply(app)
			two := one.beside(settings)
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
			if _, err := one.tryPlan(app); err != nil {
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
			one.empty(want)
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
			r := newKeeper(t, server, attrs{"refresh": "always"})
			creates := name == "registration" || name == "read-back"
			if !creates {
				r.apply(app)
			}
			p := r.plan(renamed)
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
				err = r.c.Refresh(ctx)
			case strings.HasPrefix(c.then[0], "DELETE"):
				err = r.c.Destroy(ctx)
			default:
				err = r.c.Apply(ctx, p)
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
			} else if n := len(server.Clients()); n != 0 || !r.c.State.IsNull() {
				t.Errorf("%d clients left", n)
			}
		})
	}
}

// TestJournalThatCannotBeUsed: nothing is changed at the server, since the answer could not be kept.
func TestJournalThatCannotBeUsed(t *testing.T) {
	server := &fakeop.Server{}
	settings := journalAt(t)
	r := newKeeper(t, server, settings)
	r.apply(app)
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
			said := r.failing(func() error { return r.tryApply(renamed) })
			containsAll(t, said, "Token journal not usable", "Nothing was sent")
			fresh := newKeeper(t, server, bad)
			containsAll(t, fresh.failing(func() error { return fresh.tryApply(service) }), "Token journal not usable", "Nothing was sent")
			if n := server.CountOf(fakeop.OpUpdate) + server.CountOf(fakeop.OpRegister); n != 0 {
				t.Errorf("%d requests changed something", n)
			}
			r.holds()
		})
	}
}
