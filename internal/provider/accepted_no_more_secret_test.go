// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
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
