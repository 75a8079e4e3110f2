// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// hiding are servers that register another value than was asked for, say so in the answer to the registration alone, and show it in no read. By then, updates are answered so.
func hiding() map[string]fakeop.Faults {
	answered := func(a fakeop.Answer) fakeop.Faults {
		return fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(a)}}
	}
	return map[string]fakeop.Faults{
		"in full": {},
		"204":     answered(fakeop.Answer{Status: 204, Processed: true}),
		"without it": answered(fakeop.Answer{Edit: func(doc map[string]any) {
			delete(doc, signingAlg)
		}}),
		"replacing the secret": {RotateSecretOnUpdate: true},
	}
}

// What only the answer to a write showed, and reads hide, is refused as what reads show, once it is accepted no more: by each apply, until it is accepted again or asked for.
func TestASubstitutionThatIsAcceptedNoMoreIsRefusedWhereReadsHideIt(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	ways := map[string]struct{ settings, accepting, then attrs }{
		"the resource's":                 {accepting: accept},
		"the resource's, another change": {accepting: accept, then: attrs{"client_name": "App 2"}},
		"the provider's":                 {settings: accept},
		"the provider's, another change": {settings: accept, then: attrs{"client_name": "App 2"}},
	}
	for name, faults := range hiding() {
		for way, w := range ways {
			for _, refresh := range []string{"auto", "never"} {
				t.Run(name+", "+way+", "+refresh, func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: faults}
					op.Faults.Substitute, op.Faults.DropOnRead = map[string]any{signingAlg: "HS256"}, []string{signingAlg}
					settings := attrs{"refresh": refresh}
					r := newSubject(t, op, settings.With(w.settings))
					accepting := secured().With(w.accepting)
					r.Apply(accepting)
					r.WantEmpty(accepting)
					r.wantRefusedUntilDecided(settings, secured().With(w.then))
				})
			}
		}
	}
}

// Nothing is sent for it: an update would ask the same again, and replace the secret at some servers. Accepted again, it leaves nothing to plan, and nothing is sent either.
func TestNothingIsSentForAHiddenSubstitutionThatIsAcceptedNoMore(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	for _, asked := range []string{"ES256", "RS256"} { // RS256 is the default, which a read that shows nothing stands for
		for _, provider := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the provider's %v", asked, provider), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true, Substitute: map[string]any{signingAlg: "HS256"}, DropOnRead: []string{signingAlg}}}
				refused := secured().With(attrs{signingAlg: asked})
				settings, accepting := attrs{}, refused.With(accept)
				if provider {
					settings, accepting = accept, refused
				}
				r := newSubject(t, op, settings)
				r.Apply(accepting)
				r.WantEmpty(accepting)
				for range 2 {
					r.wantRefused(nil, refused)
					r.wantSays("Nothing was sent", "reads of client "+r.id()+" do not show the parameter")
					r.start(settings)
					r.Apply(accepting)
					r.wantQuiet()
					r.WantEmpty(accepting)
				}
				if n := op.CountOf(fakeop.OpUpdate); n != 0 {
					t.Errorf("%d updates were sent", n)
				}
				r.start(nil)
				if err := r.TryApply(refused.With(attrs{"client_name": "App 2"})); err == nil {
					t.Error("another value than was asked for is taken beside a change")
				}
				r.wantSays("The server has made the update")
				r.holds()
			})
		}
	}
}

// A read that shows the member by now is believed: what is asked for needs no acceptance, and what was accepted is no drift.
func TestAHiddenSubstitutionThatReadsShowByNow(t *testing.T) {
	t.Parallel()
	accept := attrs{"accept_substitutions": []string{signingAlg}}
	for now, drifts := range map[string]bool{"ES256": false, "HS256": false, "none": true} {
		for _, provider := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the provider's %v", now, provider), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{signingAlg: "HS256"}, DropOnRead: []string{signingAlg}}}
				settings, accepting := attrs{}, secured().With(accept)
				if provider {
					settings, accepting = accept, secured()
				}
				r := newSubject(t, op, settings)
				r.Apply(accepting)
				op.EditFaults(func(f *fakeop.Faults) { f.DropOnRead = nil })
				op.SetMember(r.id(), signingAlg, now)
				p := r.planned(accepting)
				if changes := r.Changes(p); slices.Contains(changes, "registration_access_token") != drifts { // which an update may change
					t.Errorf("the plan changes %v", changes)
				}
				r.start(nil)
				if now == "ES256" {
					r.Apply(secured())
					r.WantEmpty(secured())
					return
				}
				r.wantRefused(nil, secured())
				r.start(settings)
				r.Apply(accepting)
				r.WantEmpty(accepting)
			})
		}
	}
}

// Acceptance that is taken back before the server shows what is asked for is refused once, and over as soon as an update's answer shows it.
func TestAHiddenSubstitutionThatTheServerMakesNoMore(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{signingAlg: "HS256"}, DropOnRead: []string{signingAlg}}}
	r := newSubject(t, op, nil)
	r.Apply(secured().With(attrs{"accept_substitutions": []string{signingAlg}}))
	r.wantRefused(nil, secured())
	op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
	r.Apply(secured().With(attrs{signingAlg: "HS256"})) // the way that the error names
	r.Apply(secured())
	r.WantEmpty(secured())
	if got := r.registered()[signingAlg]; got != "ES256" {
		t.Errorf("registered: %v", got)
	}
}
