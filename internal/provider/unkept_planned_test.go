// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// unkeptServer is one of which nobody learns a client secret but by the answer that issues it, or one that shows it on reads.
type unkeptServer struct {
	faults     fakeop.Faults
	management fakeop.Management
	settings   attrs
	shown      bool
}

var unkeptServers = map[string]unkeptServer{
	"absent on reads":        {faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}},
	"no reads":               {faults: fakeop.Faults{RotateSecretOnUpdate: true, ReadStatus: 405}},
	"no updates":             {faults: fakeop.Faults{UpdateStatus: 405, OmitSecretOnRead: true}},
	"no management":          {management: fakeop.ManagementOff},
	"management turned down": {settings: attrs{"management": "none"}},
	"shown by reads":         {faults: fakeop.Faults{RotateSecretOnUpdate: true}, shown: true},
	"shown, and no updates":  {faults: fakeop.Faults{UpdateStatus: 405}, shown: true},
}

// A registration whose secret is to be in no state, and which no read shows, says that nobody has it. The way that it names brings one into the state.
func TestRegistrationWhoseSecretNobodyKeeps(t *testing.T) {
	t.Parallel()
	const told = "warning store_client_secret: Client secret is kept nowhere"
	for name, test := range unkeptServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: test.faults, Management: test.management}, test.settings)
			public := attrs{"redirect_uris": []string{"https://app.example.com/a"}, "token_endpoint_auth_method": "none", "store_client_secret": false}
			r.Apply(public)
			r.tellsNot(told)
			r.Destroy()
			r.start(test.settings)
			config := secured().With(attrs{"store_client_secret": false})
			r.Apply(config)
			if test.shown {
				r.tellsNot(told)
				return
			}
			r.tells(told)
			r.wantSays("Set store_client_secret = true on the resource, and have the client replaced in the same apply", "terraform apply -replace=ADDRESS")
			r.start(test.settings)
			r.WantEmpty(config)
			r.tellsNot(told) // it is told once
			config = config.With(attrs{"store_client_secret": true})
			r.Tainted = true // as by -replace
			r.Apply(config)
			r.tellsNot("kept nowhere")
			if got, want := r.Text("client_secret"), r.op.CurrentSecret(r.id()); got == "" || got != want {
				t.Errorf("client_secret is %q, in force is %q", got, want)
			}
			r.WantEmpty(config)
		})
	}
}

// What brings another secret that is to be in no state, and that no read shows, costs the application the one that it has: the plan says so, whatever brings it. The way that
// it names has the new one in the state. Where reads show the secret, nothing is told.
func TestPlanTellsOfASecretThatNobodyWillHave(t *testing.T) {
	t.Parallel()
	const planned = "warning store_client_secret: New client secret will be kept nowhere"
	for name, test := range unkeptServers {
		for change, more := range map[string]attrs{
			"rotation": {"rotate_secret_when": attrs{"a": "2"}},
			"renewal":  {},
			"change":   {"client_name": "App 2"},
		} {
			t.Run(name+", "+change, func(t *testing.T) {
				t.Parallel()
				c := &clock{now: fakeop.Epoch}
				s := &fakeop.Server{Faults: test.faults, Management: test.management, SecretLifetime: 90 * day, Clock: c.read}
				r := newSubject(t, s, test.settings)
				config := secured().With(attrs{"rotate_secret_when": attrs{"a": "1"}, "renew_secret_before": "240h"})
				r.Apply(config) // and the application gets the secret
				if test.faults.UpdateStatus != 0 {
					r.failing(func() error { return r.TryApply(config.With(attrs{"client_name": "App 0"})) }) // which tells that there are no updates
				}
				unstored := config.With(attrs{"store_client_secret": false})
				r.Apply(unstored)
				r.start(test.settings)
				r.WantEmpty(unstored)
				r.tellsNot("kept nowhere")
				if change == "renewal" {
					c.now = c.now.Add(81 * day)
				}
				r.start(test.settings)
				inPlace := name == "absent on reads" || name == "no reads"
				if r.Plan(unstored.With(more)); test.shown || change == "change" && inPlace {
					r.tellsNot(planned)
					return
				}
				r.tells(planned)
				r.wantSays("store_client_secret = true")
				r.start(test.settings)
				way := unstored.With(more).With(attrs{"store_client_secret": true})
				r.Plan(way)
				r.tellsNot("kept nowhere")
				r.Apply(way)
				if got, want := r.Text("client_secret"), s.CurrentSecret(r.id()); got == "" || got != want {
					t.Errorf("client_secret is %q, in force is %q", got, want)
				}
				r.WantEmpty(way)
			})
		}
	}
}

// A server without reads that issued a secret with an update issues one with the next: the plan of that says that nobody has it.
func TestPlanTellsOfASecretWithoutReads(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true, ReadStatus: 405}}, nil)
	r.Apply(secured())
	r.Apply(secured().With(attrs{"client_name": "App 2"}))
	r.start(nil)
	r.Plan(secured().With(attrs{"client_name": "App 3", "store_client_secret": false}))
	r.tells("warning store_client_secret: Update may replace the client secret")
}
