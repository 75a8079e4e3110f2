// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
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

// What strict refuses, since the server does not show it, is refused by the next apply of the same, too, and shows as a change to what was before.
func TestWhatIsNotShownIsRefusedAgain(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"no reads": {ReadStatus: 405}, "reads": {DropOnRead: []string{"logo_uri"}}, "reads replace both": {DropOnRead: []string{"logo_uri"}, RotateTokenOnRead: true, RotateSecretOnRead: true}} {
		for _, before := range []attrs{secured(), secured().With(attrs{"logo_uri": "https://app.example.com/old"})} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: faults}
				r := newSubject(t, op, attrs{"strict": true})
				r.Apply(before)
				op.EditFaults(func(f *fakeop.Faults) { f.DropOnWrite = []string{"logo_uri"} })
				config := before.With(attrs{"logo_uri": "https://app.example.com/logo"})
				for range 3 {
					r.start(attrs{"strict": true})
					if err := r.TryApply(config); err == nil {
						t.Error("what the server does not show is taken")
					}
				}
				for _, other := range []attrs{before, before.With(attrs{"logo_uri": nil})} {
					if p := r.planned(other); len(r.Changes(p)) == 0 {
						t.Errorf("the plan from there to %v is empty", other["logo_uri"])
					}
				}
				r.start(nil)
				r.Apply(config)
				r.WantEmpty(config)
				r.Apply(before)
				r.WantEmpty(before)
				if got := r.registered()["logo_uri"]; got != before["logo_uri"] {
					t.Errorf("logo_uri is %v", got)
				}
			})
		}
	}
}

// What an update changed that was only acknowledged is a difference to either configuration once it is refused. What it left as it was is none, though
// no answer shows it.
func TestTheWayBackFromAnAcknowledgedUpdateThatIsRefused(t *testing.T) {
	t.Parallel()
	before := secured().With(attrs{
		"software_statement": "e30.e30.c2ln", "extension_metadata": attrs{"x_client_secret": "s3cr3t-of-mine"},
		"accept_substitutions": []string{signingAlg, "software_statement"},
	})
	for name, old := range map[string]attrs{"another name": before, "a name": before.With(attrs{"client_name": nil})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := withoutReads(fakeop.Always(fakeop.Answer{Status: 204, Processed: true})...)
			op.Faults.Substitute, op.Extensions = map[string]any{signingAlg: "HS256"}, []string{"x_client_secret"}
			settings := attrs{"strict": true}
			r := newSubject(t, op, settings)
			r.Apply(old)
			config := old.With(attrs{"client_name": "App 2"})
			for range 2 {
				r.start(settings)
				if err := r.TryApply(config); err == nil {
					t.Error("what the server does not show is taken")
				}
				r.wantSays("client_name: ")
				for _, other := range []attrs{config, before, before.With(attrs{"client_name": nil})} {
					if got := r.ManagedChanges(r.planned(other)); len(got) > 1 || other["client_name"] != nil && !slices.Equal(got, []string{"client_name"}) {
						t.Errorf("the plan from there to %v changes %v", other["client_name"], got)
					}
					if p := r.planned(other); len(r.Changes(p)) == 0 {
						t.Errorf("the plan from there to %v is empty", other["client_name"])
					}
				}
			}
			back := old.With(attrs{"accept_substitutions": []string{signingAlg, "software_statement", "client_name"}})
			r.Apply(back)
			r.start(settings)
			r.WantEmpty(back)
			if got := r.registered()["client_name"]; got != old["client_name"] {
				t.Errorf("client_name is %v, and was %v", got, old["client_name"])
			}
		})
	}
}

// An acknowledged update that brought no new secret, though one was asked for, made its other changes: they show as what they are.
func TestTheWayBackFromAnAcknowledgedUpdateWithoutTheSecret(t *testing.T) {
	t.Parallel()
	op := withoutReads(fakeop.Always(fakeop.Answer{Status: 204, Processed: true})...)
	op.Extensions = []string{"x_client_secret"}
	r := newSubject(t, op, nil)
	before := secured().With(attrs{"rotate_secret_when": attrs{"at": "1"}, "extension_metadata": attrs{"x_client_secret": "s3cr3t-of-mine"}})
	r.Apply(before)
	if err := r.TryApply(before.With(attrs{"rotate_secret_when": attrs{"at": "2"}, "client_name": "App 2"})); err == nil {
		t.Fatal("a secret that is kept is taken")
	}
	if got := r.ManagedChanges(r.planned(before)); !slices.Equal(got, []string{"client_name"}) {
		t.Errorf("the way back changes %v", got)
	}
	if p := r.planned(before.With(attrs{"client_name": nil})); len(r.Changes(p)) == 0 {
		t.Error("the plan without the name is empty")
	}
	r.Apply(before)
	r.WantEmpty(before)
	if got := r.registered()["client_name"]; got != "App" {
		t.Errorf("client_name is %v", got)
	}
}

// An update that brought no new secret, though one was asked for, is judged by its values all the same: a security value that its answer alone tells to be another one is refused beside
// the secret, and shows in the plan, also once no new secret is asked for any more.
func TestAnUpdateWithoutTheSecretIsJudgedByItsValues(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"reads": {}, "reads hide it": {DropOnRead: []string{"id_token_signed_response_alg"}}, "no reads": {ReadStatus: 405}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: faults}
			r := newSubject(t, op, nil)
			before := secured().With(attrs{"rotate_secret_when": attrs{"at": "1"}})
			r.Apply(before)
			op.EditFaults(func(f *fakeop.Faults) { f.Substitute = map[string]any{"id_token_signed_response_alg": "HS256"} })
			r.start(nil)
			config := before.With(attrs{"rotate_secret_when": attrs{"at": "2"}, "id_token_signed_response_alg": "PS256"})
			if err := r.TryApply(config); err == nil || !strings.Contains(err.Error(), "HS256") || !strings.Contains(err.Error(), "Server kept the client secret") {
				t.Errorf("refused: %v", err)
			}
			r.start(nil)
			if changes := r.ManagedChanges(r.Plan(config.With(attrs{"rotate_secret_when": attrs{"at": "1"}}))); !slices.Contains(changes, "id_token_signed_response_alg") {
				t.Errorf("without the rotation, the plan changes %v, and not what is another value at the server", changes)
			}
		})
	}
}
