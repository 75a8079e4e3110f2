// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

var rotatedOnce, rotatedTwice = attrs{"rotate_secret_when": attrs{"a": "1"}}, attrs{"rotate_secret_when": attrs{"a": "2"}}

// A secret that leaked is not gone with the plan that asks for another one, where the client that has it stays: the plan says so, and why another client
// is needed. The way that is named rotates it in place.
func TestNewSecretWhileNoneIsManaged(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnUpdate: true}}, nil)
	r.Apply(secured().With(rotatedOnce))
	id, old := r.id(), r.Text("client_secret")
	r.start(attrs{"management": "none"})
	r.Begin()
	r.planned(secured().With(rotatedTwice))
	r.wantSays(`management is "none" on the provider`, `management = "auto"`, "The old client stays at the server", "administrator delete client "+id)
	containsNone(t, r.details(), "This server does not issue")
	r.start(attrs{"management": "auto"})
	r.Apply(secured().With(rotatedTwice))
	if r.id() != id || r.Text("client_secret") == old || len(r.op.Clients()) != 1 {
		t.Errorf("it is %s and was %s, of %d clients", r.id(), id, len(r.op.Clients()))
	}
}

// The same where the server manages no client; and not where the old one will be deregistered.
func TestNewSecretOfAClientThatStaysOrGoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *fakeop.Server
		stays  bool
	}{
		"no management":       {&fakeop.Server{Management: fakeop.ManagementOff}, true},
		"no secret on update": {&fakeop.Server{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, c.server, nil)
			r.Apply(secured().With(rotatedOnce))
			if !c.stays {
				r.Apply(secured().With(rotatedOnce).With(attrs{"client_name": "App 2"})) // which shows what updates do
			}
			config := secured().With(rotatedTwice)
			if !c.stays {
				config = config.With(attrs{"client_name": "App 2"})
			}
			r.Begin()
			r.planned(config)
			r.wantSays("A new client secret needs a new client")
			if c.stays {
				r.wantSays("The old client stays at the server", "The server offers no way to change client "+r.id())
				containsNone(t, r.details(), `management = "auto"`)
			} else {
				r.wantSays("This server does not issue a new secret on an update.")
				containsNone(t, r.details(), "stays at the server")
			}
		})
	}
}
