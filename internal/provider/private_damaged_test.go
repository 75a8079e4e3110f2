// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Private state that was damaged, as by a hand or a backup, stops every plan and destroy: no release can read it. The way that is named works.
func TestDamagedPrivateState(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(s *fakeop.Server) attrs{
		"of the provider's server": func(*fakeop.Server) attrs { return app },
		"of another server":        func(s *fakeop.Server) attrs { return app.With(attrs{"issuer": s.Issuer()}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, other := &fakeop.Server{}, &fakeop.Server{Seed: "other"}
			own.Start(t)
			other.Start(t)
			r, config := newSubject(t, own, attrs{"issuer": own.Issuer()}), config(other)
			r.Apply(config)
			damaged := []byte(`{"record":"IjFBQUFBIg=="}`)
			uri, token := r.Text("registration_client_uri"), r.Text("registration_access_token")
			for name, step := range map[string]func() error{
				"plan": func() error { _, err := r.TryPlan(config); return err }, "destroy": r.TryDestroy,
			} {
				r.Private = damaged
				err := step()
				if err == nil {
					t.Fatalf("the %s succeeds", name)
				}
				wants(t, err, "terraform state pull", "terraform state rm ADDRESS", "terraform import ADDRESS REGISTRATION_CLIENT_URI")
			}
			r.Drop()
			r.start(attrs{"issuer": own.Issuer(), "registration_access_tokens": attrs{uri: token}})
			if err := r.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			r.start(attrs{"issuer": own.Issuer()})
			r.Apply(config)
			r.WantEmpty(config)
			r.Destroy()
			if n := len(own.Clients()) + len(other.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// A client that nothing manages is imported from nowhere: without its private state, which is then made anew, it stays in the state. That holds for one that is managed, too.
func TestDamagedPrivateStateTakenOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		management fakeop.Management
		settings   attrs
		left       int // at the server, in the end
	}{
		"managed":                {},
		"no management":          {management: fakeop.ManagementOff, left: 2},
		"management turned down": {settings: attrs{"management": "none"}, left: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Management: test.management}
			r := newSubject(t, op, test.settings)
			r.Apply(app)
			id, secret := r.id(), r.Text("client_secret")
			r.Private = []byte(`{"record":"IjFBQUFBIg=="}`)
			_, err := r.TryPlan(app)
			wants(t, err, "terraform state pull > state.json", "terraform state push state.json", `remove "private"`)
			r.Private = nil // as the message says
			r.start(test.settings)
			r.Apply(app) // which reads the client first, where that is managed
			r.WantEmpty(app)
			if r.id() != id || r.Text("client_secret") != secret || len(op.Clients()) != 1 {
				t.Errorf("client %s is now %s of %d", id, r.id(), len(op.Clients()))
			}
			r.Apply(renamed)
			r.WantEmpty(renamed)
			r.Destroy()
			if n := len(op.Clients()); n != test.left {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}
