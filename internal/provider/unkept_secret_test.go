// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Where each update issues a secret that no read shows, and the state stores none, an update that changes something else says that nobody has the new
// one, and each plan of another one says so before. The way that it names brings one into the state, and keeps the client. Where the answer shows the
// secret that was in force, where reads show the new one, and where the state stores it, nothing is told.
func TestUpdateThatReplacesASecretThatIsNotStored(t *testing.T) {
	t.Parallel()
	const told, planned = "warning store_client_secret: Client secret was replaced and is kept nowhere", "warning store_client_secret: Update may replace the client secret"
	const maybe = "warning store_client_secret: Client secret may be replaced and is kept nowhere"
	mask := fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) { doc["client_secret"] = "*" }})}
	for name, test := range map[string]struct {
		faults fakeop.Faults
		stored bool
		told   bool
	}{
		"masked on reads":       {faults: fakeop.Faults{RotateSecretOnUpdate: true, Reading: mask}, told: true},
		"absent on reads":       {faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}, told: true},
		"shown by reads":        {faults: fakeop.Faults{RotateSecretOnUpdate: true}},
		"the same secret":       {faults: fakeop.Faults{OmitSecretOnRead: true}},
		"not in the answer":     {faults: fakeop.Faults{OmitSecretOnRead: true, OmitSecretOnUpdate: true}},
		"stored, and not shown": {faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}, stored: true},
	} {
		for _, imported := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", imported ", imported), func(t *testing.T) {
				t.Parallel()
				s := &fakeop.Server{Faults: test.faults}
				config := secured().With(attrs{"store_client_secret": test.stored})
				var r *subject
				if imported {
					id, uri, token := registeredBefore(t, s, config)
					r = newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
					if err := r.tryImport(uri); err != nil {
						t.Fatal(err)
					}
				} else {
					r = newSubject(t, s, nil)
				}
				r.Apply(config)
				for i, called := range []string{"Second", "Third", "Fourth"} {
					config = config.With(attrs{"client_name": called})
					r.start(nil)
					r.Plan(config)
					if seen := i > 1 || i > 0 && !imported; slices.Contains(r.told(), planned) != (test.told && seen) {
						t.Errorf("the plan of update %d says %q", i, r.told())
					}
					r.Apply(config)
					if first := imported && i == 0; slices.Contains(r.told(), told) != (test.told && !first) || slices.Contains(r.told(), maybe) != (first && (test.told || name == "the same secret")) {
						t.Errorf("update %d says %q", i, r.told())
					}
				}
				r.start(nil)
				r.WantEmpty(config)
				r.silent()
				if !test.told {
					return
				}
				id := r.id()
				state, private := r.State, r.Private
				for way, steps := range map[string][]attrs{
					"the plan's":  {{"store_client_secret": true, "client_name": "Fifth"}},
					"the apply's": {{"store_client_secret": true, "rotate_secret_when": attrs{"unkept": "1"}}, {"store_client_secret": true, "rotate_secret_when": attrs{"unkept": "2"}}},
				} {
					r.State, r.Private = state, private
					for _, step := range steps {
						r.start(nil)
						r.Apply(config.With(step))
						r.tellsNot("kept nowhere")
					}
					if got := r.Text("client_secret"); got != s.CurrentSecret(id) || r.id() != id {
						t.Errorf("%s way: client %s is %s, client_secret is %q, in force is %q", way, id, r.id(), got, s.CurrentSecret(id))
					}
					r.WantEmpty(config.With(steps[len(steps)-1]))
				}
			})
		}
	}
}

// Where it is not known whether the secret is a new one, the way that is named keeps the client, whether the server issues one with each update or keeps the one that it has.
func TestTheSecretThatMayBeNewIsStoredByTheNextChange(t *testing.T) {
	t.Parallel()
	const maybe = "warning store_client_secret: Client secret may be replaced and is kept nowhere"
	for name, rotates := range map[string]bool{"another": true, "the same": false} {
		s := &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: rotates, OmitSecretOnRead: true}}
		config := secured().With(attrs{"store_client_secret": false})
		id, uri, token := registeredBefore(t, s, config)
		r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
		if err := r.tryImport(uri); err != nil {
			t.Fatal(err)
		}
		r.Apply(config)
		r.Apply(config.With(attrs{"client_name": "Second"}))
		if !slices.Contains(r.told(), maybe) {
			t.Fatalf("%s: %q", name, r.told())
		}
		r.wantSays("store_client_secret = true")
		r.start(nil)
		then := config.With(attrs{"client_name": "Third", "store_client_secret": true})
		r.Apply(then)
		if got := r.Text("client_secret"); got != s.CurrentSecret(id) || r.id() != id {
			t.Errorf("%s: client %s is %s, client_secret is %q, in force is %q", name, id, r.id(), got, s.CurrentSecret(id))
		}
		r.WantEmpty(then)
	}
}

// A lifetime that begins anew with each update is no new secret where the answer shows the one from before.
func TestALifetimeThatBeginsAnewIsNoSecretThatNobodyHas(t *testing.T) {
	t.Parallel()
	updates := 0
	edit := func(doc map[string]any) { doc["client_secret_expires_at"] = 4102444800 + 86400*updates }
	f := fakeop.Faults{OmitSecretOnRead: true}
	f.Updating.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { updates++; edit(doc) }})
	f.Reading.Calls, f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: edit}), fakeop.Always(fakeop.Answer{Processed: true, Edit: edit})
	r := newSubject(t, &fakeop.Server{Faults: f}, nil)
	config := secured().With(attrs{"store_client_secret": false})
	r.Apply(config)
	for _, called := range []string{"Second", "Third"} {
		r.start(nil)
		r.Plan(config.With(attrs{"client_name": called}))
		r.tellsNot("kept nowhere")
		r.Apply(config.With(attrs{"client_name": called}))
		r.tellsNot("kept nowhere")
	}
}
