// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A refresh alone names no way out of what it found, but the plan that does. The plan's error has them, and there is none once the server answers.
func TestRefreshThatShowsNothingNamesThePlan(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(secured())
	r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 500})}})
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	r.wantSays("Client not refreshed", "run a plan:\n    terraform plan")
	_, err := r.TryPlan(secured())
	if err == nil || len(waysIn(err.Error())) == 0 {
		t.Fatalf("the plan names no way out: %v", err)
	}
	r.op.SetFaults(fakeop.Faults{})
	r.WantEmpty(secured())
}

// What an update leaves out may be lost. It is kept from then on where it is set on the resource, as the warning says.
func TestMembersThatAnUpdateLeavesOut(t *testing.T) {
	t.Parallel()
	own := map[string]any{"x_region": "eu", "x_state": "active"}
	f := fakeop.Faults{KeepUnknown: true, AddMembers: own, UpdateRefuses: map[string]int{"x_state": 400}}
	t.Run("set on the resource", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: f}, nil)
		r.Apply(secured())
		r.Begin()
		r.Apply(secured().With(attrs{"client_name": "App 2"}))
		r.wantSays("Not all of the server's own parameters were sent back", "x_region, x_state", "terraform state pull", "set it on the resource, in extension_metadata")
		if shown := r.Text("registered_metadata"); !strings.Contains(shown, "x_region") {
			t.Errorf("registered_metadata is %s", shown)
		}
		kept := secured().With(attrs{"client_name": "App 3", "extension_metadata": attrs{"x_region": "us"}})
		r.Apply(kept)
		if got := r.registered()["x_region"]; got != "us" {
			t.Errorf("x_region is registered as %v", got)
		}
		r.WantEmpty(kept)
	})
	t.Run("by a form that is fixed", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{KeepUnknown: true, AddMembers: own}}, nil)
		r.Apply(secured())
		r.Begin()
		r.Apply(secured().With(attrs{"client_name": "App 2", "update_form": "configured"}))
		r.wantSays("in the form \"configured\", which update_form sets", "update_form = \"standard\"")
		r.Begin()
		r.Apply(secured().With(attrs{"client_name": "App 3", "update_form": "standard"}))
		r.wantQuiet()
	})
}

// Where the token endpoint was asked and tells nothing, issuer is no way out. Another client has a secret that is known.
func TestSecretThatNothingProves(t *testing.T) {
	t.Parallel()
	t.Run("the token endpoint tells nothing", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: silentWitnesses}, nil)
		r.Apply(secured())
		first := r.id()
		r.op.ReissueSecret(first)
		r.Begin()
		if err := r.Reread(); err != nil {
			t.Fatal(err)
		}
		r.wantSays("The token endpoint did not tell which", "terraform apply -replace=ADDRESS", "the server's own console")
		containsNone(t, r.details(), "issuer = ")
		r.Destroy() // terraform apply -replace=ADDRESS
		r.Begin()
		r.Apply(secured())
		r.WantEmpty(secured())
		r.wantQuiet()
		if r.id() == first || r.Text("client_secret") != r.op.CurrentSecret(r.id()) {
			t.Error("the secret in the state is not the new client's")
		}
	})
	t.Run("the metadata cannot be had now", func(t *testing.T) {
		t.Parallel()
		op := &fakeop.Server{}
		op.Start(t)
		settings := attrs{"issuer": op.Issuer(), "registration_endpoint": op.Issuer() + "/register"}
		op.SetFaults(fakeop.Faults{MetadataAt: fakeop.LocationsNone})
		r := newSubject(t, op, settings)
		r.Apply(secured())
		issued := op.ReissueSecret(r.id())
		r.Begin()
		if err := r.Reread(); err != nil {
			t.Fatal(err)
		}
		r.wantSays("plan again once the server answers:\n    terraform plan")
		op.SetFaults(fakeop.Faults{})
		r.start(settings)
		r.WantEmpty(secured())
		if r.Text("client_secret") != issued {
			t.Error("the secret that is in force is not in the state")
		}
	})
}
