// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An update that the server makes and that is refused for what it registered in it stands. A configuration that goes back to the one
// before plans the way back, and an apply of it leaves the server as it was, also where no refresh reads the client.
func TestTheWayBackFromAnUpdateThatIsRefusedAndStands(t *testing.T) {
	t.Parallel()
	servers := map[string]fakeop.Faults{
		"reads":               {},
		"no reads":            {ReadStatus: 405},
		"reads hide it":       {DropOnRead: []string{"id_token_signed_response_alg"}},
		"reads replace token": {RotateTokenOnRead: true},
		"reads replace both":  {RotateTokenOnRead: true, RotateSecretOnRead: true},
	}
	for name, faults := range servers {
		for _, refresh := range []string{"auto", "never"} {
			t.Run(name+", "+refresh, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: faults}
				r := newSubject(t, op, attrs{"refresh": refresh})
				before := secured()
				r.Apply(before)
				was := op.Clients()[0].Metadata
				op.EditFaults(func(f *fakeop.Faults) { f.Substitute = map[string]any{"id_token_signed_response_alg": "HS256"} })
				r.start(attrs{"refresh": refresh})
				config := before.With(attrs{"client_name": "App 2", "logo_uri": "https://app.example.com/logo", "id_token_signed_response_alg": "PS256"})
				if err := r.TryApply(config); err == nil {
					t.Fatal("the update is not refused")
				}
				r.start(attrs{"refresh": refresh})
				if changes := r.ManagedChanges(r.Plan(config)); !slices.Contains(changes, "id_token_signed_response_alg") {
					t.Errorf("the next plan changes %v, and not what was refused", changes)
				}
				op.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
				if changes, want := r.ManagedChanges(r.Plan(before)), []string{"client_name", "id_token_signed_response_alg", "logo_uri"}; !slices.Equal(changes, want) {
					t.Errorf("the way back changes %v, want %v", changes, want)
				}
				r.Apply(before)
				now := op.Clients()[0].Metadata
				for _, member := range []string{"client_name", "logo_uri", "id_token_signed_response_alg"} {
					if now[member] != was[member] {
						t.Errorf("%s is %v, was %v", member, now[member], was[member])
					}
				}
				r.start(attrs{"refresh": refresh})
				r.WantEmpty(before)
			})
		}
	}
}

// What strict refuses, since the server does not show it, is refused by the next apply of the same, too.
func TestWhatIsNotShownIsRefusedAgain(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}}
	r := newSubject(t, op, attrs{"strict": true})
	r.Apply(secured())
	op.EditFaults(func(f *fakeop.Faults) { f.DropOnWrite = []string{"logo_uri"} })
	config := secured().With(attrs{"logo_uri": "https://app.example.com/logo"})
	for range 2 {
		r.start(attrs{"strict": true})
		if err := r.TryApply(config); err == nil {
			t.Error("what the server does not show is taken")
		}
	}
}
