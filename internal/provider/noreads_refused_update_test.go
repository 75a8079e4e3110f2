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

// What an update set that was only acknowledged is in each later one: left out, it would be deleted (RFC 7592 §2.2), though the one that was refused with it
// is taken without it.
func TestAnUpdateNeverLeavesOutWhatOneBeforeItSet(t *testing.T) {
	t.Parallel()
	for _, set := range []attrs{{"client_name": "App 2"}, {"contacts": []string{"a@a.example"}}, {"redirect_uris": []string{"https://a.example/2"}}} {
		for name, restarts := range map[string]bool{"in one process": false, "in another process": true} {
			t.Run(fmt.Sprint(set, name), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, withoutReads(fakeop.Always(fakeop.Answer{Status: 204, Processed: true})...), attrs{"update_form": "standard"})
				config := app.With(attrs{"client_uri": "https://a.example/1"})
				r.Apply(config)
				config = config.With(set)
				r.Apply(config)
				r.WantEmpty(config)
				before := r.registered()
				refuse := func(f *fakeop.Faults) {
					f.Updating.Calls = slices.Concat([]fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"not now"}`}}}, fakeop.Always(fakeop.Answer{Status: 204, Processed: true}))
				}
				r.op.EditFaults(refuse)
				if restarts {
					r.start(attrs{"update_form": "standard"})
				}
				changed := config.With(attrs{"client_uri": "https://a.example/2"})
				err := r.TryApply(changed)
				for member := range set {
					if got := r.registered()[member]; fmt.Sprint(got) != fmt.Sprint(before[member]) {
						t.Errorf("%s is registered as %v, and was as %v: %s", member, got, before[member], strings.Join(r.told(), "\n"))
					}
				}
				if err == nil {
					t.Error("the update is made without it")
				}
				r.Apply(changed) // one wrong answer
				r.WantEmpty(changed)
				if got := r.registered(); got["client_uri"] != "https://a.example/2" || got["client_name"] != changed["client_name"] {
					t.Errorf("registered: %v", got)
				}
			})
		}
	}
}

// A success that the same update's refusal contradicts sets nothing: what the server takes in registrations only is left out of later updates as before.
func TestARefusalAfterOneAcknowledgementSetNothing(t *testing.T) {
	t.Parallel()
	for name, restarts := range map[string]bool{"in one process": false, "in another process": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := withoutReads(fakeop.CallFault{Times: 1, Answer: fakeop.Answer{Status: 204}})
			op.Faults.UpdateRefuses, op.Faults.DropOnWrite = map[string]int{"logo_uri": 400}, []string{"logo_uri"}
			r := newSubject(t, op, nil)
			config := app.With(attrs{"logo_uri": "https://a.example/1"})
			r.Apply(config)
			if err := r.TryApply(config.With(attrs{"logo_uri": "https://a.example/2"})); err == nil {
				t.Fatal("one success without the client is taken")
			}
			if restarts {
				r.start(nil)
			}
			config = config.With(attrs{"client_name": "App 2"})
			r.Apply(config)
			r.wantSays("logo_uri")
			r.WantEmpty(config)
			if got := r.registered()["client_name"]; got != "App 2" {
				t.Errorf("client_name is %v", got)
			}
		})
	}
}

// Another answer after it leaves open what the success set: that is in each later update, whose refusal is one of the whole.
func TestAnotherAnswerAfterOneAcknowledgementMayHaveSetIt(t *testing.T) {
	t.Parallel()
	op := withoutReads(fakeop.CallFault{Times: 1, Answer: fakeop.Answer{Status: 204, Processed: true}}, fakeop.CallFault{From: 2, Times: 1, Answer: fakeop.Answer{Status: 409}})
	op.Faults.DropOnWrite = []string{"client_uri"}
	r := newSubject(t, op, attrs{"update_form": "standard"})
	config := app.With(attrs{"client_uri": "https://a.example/1"})
	r.Apply(config)
	if err := r.TryApply(config.With(attrs{"client_uri": "https://a.example/2"})); err == nil {
		t.Fatal("one success without the client is taken")
	}
	op.EditFaults(func(f *fakeop.Faults) {
		f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"not now"}`}}, {From: 2, Answer: fakeop.Answer{Status: 204, Processed: true}}}
	})
	_ = r.TryApply(config.With(attrs{"client_name": "App 2"}))
	if got := r.registered()["client_uri"]; got == nil {
		t.Errorf("client_uri is deleted: %s", strings.Join(r.told(), "\n"))
	}
}
