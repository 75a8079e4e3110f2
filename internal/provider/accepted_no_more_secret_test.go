// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A new client secret that is due waits until it is decided what becomes of a substitution that is accepted no more: each apply would replace the secret again, and end in
// errors before anything else learns the new one. Each decision that the error names renews it once.
func TestNoSecretIsRenewedInAnApplyThatRefusesWhatWasAcceptedBefore(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	servers := map[string]fakeop.Faults{
		"":                   {RotateSecretOnUpdate: true},
		", the token, too":   {RotateSecretOnUpdate: true, RotateTokenOnUpdate: true},
		", the token, reads": {RotateSecretOnUpdate: true, RotateTokenOnRead: true},
	}
	due := map[string]struct {
		before, then attrs
		passes       bool
	}{
		"rotate_secret_when":  {before: attrs{"rotate_secret_when": attrs{"a": "1"}}, then: attrs{"rotate_secret_when": attrs{"a": "2"}}},
		"renew_secret_before": {before: attrs{"renew_secret_before": "240h"}, passes: true},
	}
	ways := map[string]func(r *subject, refused attrs) attrs{
		"accept_substitutions": func(_ *subject, refused attrs) attrs { return refused.With(accept) },
		"ask for it":           func(_ *subject, refused attrs) attrs { return refused.With(attrs{signingAlg: "HS256"}) },
		"ask again": func(r *subject, refused attrs) attrs {
			r.op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
			return refused.With(attrs{signingAlg: "HS256"})
		},
	}
	for server, faults := range servers {
		for why, d := range due {
			for way, decide := range ways {
				t.Run(why+", "+way+server, func(t *testing.T) {
					t.Parallel()
					c := &clock{now: fakeop.Epoch}
					op := &fakeop.Server{Faults: faults, Clock: c.read, SecretLifetime: 90 * day}
					op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
					r := newSubject(t, op, nil)
					config := secured().With(d.before)
					r.Apply(config.With(accept))
					if d.passes {
						c.now = c.now.Add(81 * day)
					}
					refused := config.With(d.then)
					before, sent := op.Clients()[0], op.CountOf(fakeop.OpUpdate)
					for range 2 {
						r.start(nil)
						if p := r.planned(refused); len(r.Changes(p)) == 0 {
							t.Error("the plan is empty")
						}
						if err := r.TryApply(refused); err == nil {
							t.Fatal("another value than was asked for is taken")
						}
						r.wantSays("Server registered other values", signingAlg+": asked for", "the new client secret that is due waits", "accept_substitutions", "ask for it in the configuration", "ask for this value, apply, and then ask for the other one again")
					}
					if now := op.Clients()[0]; now.Secret != before.Secret || r.Text("client_secret") != before.Secret || op.CountOf(fakeop.OpUpdate) != sent {
						t.Errorf("%d updates were sent", op.CountOf(fakeop.OpUpdate)-sent)
					}
					r.start(nil)
					decided := decide(r, refused)
					r.Apply(decided)
					if now := op.Clients()[0]; now.Secret == before.Secret || r.Text("client_secret") != now.Secret || op.CountOf(fakeop.OpUpdate) > sent+1 {
						t.Errorf("the secret was not renewed once, with %d updates", op.CountOf(fakeop.OpUpdate)-sent)
					}
					r.start(nil)
					r.WantEmpty(decided)
					if way == "ask again" {
						r.Apply(refused)
						r.start(nil)
						r.WantEmpty(refused)
						if got := r.registered()[signingAlg]; got != "ES256" {
							t.Errorf("registered: %v", got)
						}
					}
					r.holds()
				})
			}
		}
	}
}

// A new client secret that rotate_secret_when asked for, and that the server issued with an update that is refused for another value, has been issued: the next apply of the same asks
// for the value again, and for no other secret. Another change of it asks for another one.
func TestARotationThatWasMadeIsNotDueAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	old := secured().With(attrs{"rotate_secret_when": attrs{"a": "1"}})
	rotated := attrs{"rotate_secret_when": attrs{"a": "2"}}
	servers := map[string]fakeop.Faults{
		"reads":                  {RotateSecretOnUpdate: true},
		"the token, too":         {RotateSecretOnUpdate: true, RotateTokenOnUpdate: true},
		"reads that replace it":  {RotateSecretOnUpdate: true, RotateTokenOnRead: true},
		"no reads":               {RotateSecretOnUpdate: true, ReadStatus: 405},
		"reads without a secret": {RotateSecretOnUpdate: true, DropOnRead: []string{"client_secret"}},
	}
	// What was accepted and is beside another change, and what is asked for the first time.
	configs := map[string][2]attrs{
		"accepted before": {old.With(accept), old.With(rotated).With(attrs{"client_name": "App 2"})},
		"new":             {old.With(attrs{signingAlg: "HS256"}), old.With(rotated)},
	}
	for server, faults := range servers {
		for name, c := range configs {
			t.Run(name+", "+server, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: faults}
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				r := newSubject(t, op, nil)
				r.Apply(c[0])
				before, id := op.Clients()[0], r.id()
				if err := r.TryApply(c[1]); err == nil {
					t.Fatal("another value than was asked for is taken")
				}
				r.wantSays("The server answered the update with success, and left this value as it was, and issued the new client secret that rotate_secret_when asked for.")
				now := op.Clients()[0]
				if now.Secret == before.Secret || r.Text("client_secret") != now.Secret {
					t.Fatal("the secret was not rotated")
				}
				for range 2 {
					r.start(nil)
					if got := r.Changes(r.planned(c[1])); len(got) == 0 || slices.Contains(got, "rotate_secret_when") {
						t.Errorf("the next plan changes %v", got)
					}
					// Without updates that replace it, the secret is the one of before: nothing asks for another.
					op.EditFaults(func(f *fakeop.Faults) { f.RotateSecretOnUpdate = false })
					if err := r.TryApply(c[1]); err == nil || strings.Contains(err.Error(), "issued the new client secret") {
						t.Fatalf("refused: %v", err)
					}
					r.wantSays("Server registered other values", signingAlg+": asked for")
					r.tellsNot("Server kept the client secret")
					if got := op.Clients()[0].Secret; got != now.Secret || r.Text("client_secret") != got || r.id() != id {
						t.Error("the secret was rotated again")
					}
				}
				op.EditFaults(func(f *fakeop.Faults) { f.RotateSecretOnUpdate = true })
				r.start(nil)
				again := c[1].With(accept).With(attrs{"rotate_secret_when": attrs{"a": "3"}})
				r.Apply(again)
				if got := op.Clients()[0].Secret; got == now.Secret || r.Text("client_secret") != got {
					t.Error("another change rotates nothing")
				}
				r.start(nil)
				r.WantEmpty(again)
				r.holds()
			})
		}
	}
}

// What an update that is refused did not rotate is due still: one that kept the secret, and one that was never made.
func TestARotationThatWasNotMadeIsDueAfterARefusal(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(f *fakeop.Faults){
		"kept":     func(f *fakeop.Faults) { f.RotateSecretOnUpdate = false },
		"not made": func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 403}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true, Substitute: map[string]any{signingAlg: "HS256"}}}
			r := newSubject(t, op, nil)
			old := secured().With(attrs{"rotate_secret_when": attrs{"a": "1"}, signingAlg: "HS256"})
			r.Apply(old)
			config := secured().With(attrs{"rotate_secret_when": attrs{"a": "2"}})
			op.EditFaults(refuse)
			if err := r.TryApply(config); err == nil {
				t.Fatal("the update is not refused")
			}
			r.start(nil)
			if got := r.Changes(r.planned(config)); !slices.Contains(got, "rotate_secret_when") {
				t.Errorf("the next plan changes %v", got)
			}
		})
	}
}

// Each update that is refused for another value and that replaces the client secret says that it does, whatever asked for the secret. One that leaves it alone says nothing of it.
func TestEachRefusedUpdateThatReplacesTheSecretSaysSo(t *testing.T) {
	t.Parallel()
	const issued, replaced = "issued the new client secret that rotate_secret_when asked for", "replaced the client secret with it"
	for server, faults := range map[string]fakeop.Faults{
		"reads": {RotateSecretOnUpdate: true}, "the token, too": {RotateSecretOnUpdate: true, RotateTokenOnUpdate: true}, "no reads": {RotateSecretOnUpdate: true, ReadStatus: 405},
		"reads without a secret": {RotateSecretOnUpdate: true, DropOnRead: []string{"client_secret"}}, "left alone": {},
	} {
		for _, stored := range []bool{true, false} {
			t.Run(fmt.Sprint(server, ", stored ", stored), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: faults}
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				r := newSubject(t, op, nil)
				config := secured().With(attrs{"store_client_secret": stored, signingAlg: "HS256"})
				old, rotated := attrs{"rotate_secret_when": attrs{"a": "1"}}, attrs{"rotate_secret_when": attrs{"a": "2"}}
				if server == "left alone" {
					rotated = old
				}
				r.Apply(config.With(old))
				asked := secured().With(attrs{"store_client_secret": stored}).With(rotated)
				for _, says := range []string{issued, replaced, replaced} {
					before := op.Clients()[0].Secret
					r.start(nil)
					err := r.TryApply(asked)
					if err == nil {
						t.Fatal("another value than was asked for is taken")
					}
					now := op.Clients()[0].Secret
					if told := strings.Contains(err.Error(), says); told != (now != before) || now == before && strings.Contains(err.Error(), "client secret") {
						t.Errorf("replaced %v: %v", now != before, err)
					}
					if stored && r.Text("client_secret") != now {
						t.Error("the state has another secret")
					}
				}
			})
		}
	}
}

// A secret that an administrator issued since the last read is found by the read before the update, which leaves it alone: the state has another one then, and no update is said to
// have replaced it, nor to do so again.
func TestARefusedUpdateThatFoundANewerSecretReplacedNone(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		op := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: rotates, Substitute: map[string]any{signingAlg: "HS256"}}}
		r := newSubject(t, op, nil)
		config := secured().With(attrs{"refresh": "never"})
		r.Apply(config.With(attrs{signingAlg: "HS256"}))
		issued := op.ReissueSecret(r.id())
		r.start(nil)
		err := r.TryApply(config)
		if err == nil {
			t.Fatal("another value than was asked for is taken")
		}
		now := op.Clients()[0].Secret
		if r.Text("client_secret") != now || rotates == (now == issued) {
			t.Fatalf("rotates %v: the state has another secret", rotates)
		}
		const found, replaced = "The client secret is another one than the state had", "replaced the client secret with it"
		if told := err.Error(); strings.Contains(told, found) == rotates || strings.Contains(told, replaced) != rotates || !strings.Contains(told, "What uses the client needs the new one.") {
			t.Errorf("rotates %v: %s", rotates, told)
		}
		// The next one finds it as it was.
		r.start(nil)
		if err := r.TryApply(config); err == nil || !rotates && strings.Contains(err.Error(), "client secret") {
			t.Errorf("rotates %v, again: %v", rotates, err)
		}
	}
}
