// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// answersThatHide are answers to updates, where there are no reads, that do not show what was registered for most parameters, or none.
func answersThatHide() map[string]fakeop.Answer {
	only := func(shown ...string) fakeop.Answer {
		return fakeop.Answer{Edit: func(doc map[string]any) {
			maps.DeleteFunc(doc, func(member string, _ any) bool { return !slices.Contains(shown, member) })
		}}
	}
	return map[string]fakeop.Answer{
		"204": {Status: 204, Processed: true}, "a word": {Status: 200, Processed: true, Body: `{"status":"ok"}`},
		"a part": only("client_name", "grant_types", "redirect_uris"), "no metadata": only("client_id", "client_secret", "registration_access_token"),
	}
}

// What else an update changed that is refused, and no answer showed, is not taken for gone: a configuration that gives it up has it removed, or set back.
func TestWhatARefusedUpdateChangedUnseenIsUndone(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	const before, changed = "https://app.example/a.png", "https://app.example/b.png"
	for name, answer := range answersThatHide() {
		for then, sent := range map[string][2]any{
			"changed and given up": {changed, nil}, "changed and set back": {changed, before}, "changed and kept": {changed, changed},
			"removed and given up": {nil, nil}, "removed and set back": {nil, before}, "removed, then changed": {nil, changed},
		} {
			t.Run(name+", "+then, func(t *testing.T) {
				asked, wants := sent[0], sent[1]
				t.Parallel()
				op := withoutReads(fakeop.Always(answer)...)
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				r := newSubject(t, op, nil)
				config := secured().With(attrs{"logo_uri": before})
				r.Apply(config.With(accept))
				for range 2 {
					if err := r.TryApply(config.With(attrs{"logo_uri": asked})); err == nil {
						t.Fatal("another value than was asked for is taken")
					}
				}
				decided := config.With(accept).With(attrs{"logo_uri": wants})
				if p := r.planned(decided); wants != asked && !slices.Contains(r.Changes(p), "logo_uri") {
					t.Errorf("the plan changes %v", r.Changes(p))
				}
				r.Apply(decided)
				r.WantEmpty(decided)
				if got := r.registered()["logo_uri"]; got != wants {
					t.Errorf("registered: %v", got)
				}
			})
		}
	}
}

// Where no answer shows the value by now, no apply of the same learns that the server registers what is asked for. The way that the refusal names has it told by another value.
func TestTheWayOutOfARefusalOfWhatNoAnswerShows(t *testing.T) {
	t.Parallel()
	for name, answer := range answersThatHide() {
		for change, then := range map[string]attrs{"alone": nil, "beside another change": {"client_name": "App 2"}} {
			t.Run(name+", "+change, func(t *testing.T) {
				t.Parallel()
				op := withoutReads(fakeop.Always(answer)...)
				op.Faults.Substitute = map[string]any{signingAlg: "HS256"}
				r := newSubject(t, op, nil)
				r.Apply(secured().With(attrs{"accept_substitutions": []string{signingAlg}}))
				refused := secured().With(then)
				for range 2 {
					err := r.TryApply(refused)
					wants(t, err, "the answer to the update shows nothing of this parameter", "Where the server's policy has changed, ask for this value, apply, and then ask for the other one again.")
					containsNone(t, err.Error(), "and apply again")
					op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
				}
				r.Apply(refused.With(attrs{signingAlg: "HS256"}))
				r.Apply(refused)
				r.WantEmpty(refused)
				if got := r.registered()[signingAlg]; got != "ES256" {
					t.Errorf("registered: %v", got)
				}
			})
		}
	}
}
