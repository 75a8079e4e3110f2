// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Private state that was damaged, as by a hand or a backup, stops every plan and destroy: no release can read it. The way that is named works.
func TestDamagedPrivateState(t *testing.T) {
	r := newSubject(t, &fakeop.Server{}, attrs{})
	r.Apply(app)
	damaged := []byte(`{"record":"IjFBQUFBIg=="}`)
	id, token := r.id(), r.Text("registration_access_token")
	for name, step := range map[string]func() error{
		"plan": func() error { _, err := r.TryPlan(app); return err }, "destroy": r.TryDestroy,
	} {
		r.Private = damaged
		err := step()
		if err == nil {
			t.Fatalf("the %s succeeds", name)
		}
		wants(t, err, "terraform state pull")
		wants(t, err, "terraform state rm ADDRESS")
		wants(t, err, "terraform import ADDRESS CLIENT_ID")
	}
	r.Drop()
	r.start(attrs{"registration_access_tokens": attrs{id: token}})
	if err := r.tryImport(id); err != nil {
		t.Fatal(err)
	}
	r.start(attrs{})
	r.Apply(app)
	r.WantEmpty(app)
	r.holds()
	r.Destroy()
	if n := len(r.op.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}
