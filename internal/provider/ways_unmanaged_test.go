// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The way that leaves clients alone registers one anew whose configuration differs, as the change does whose update was just refused: it says so, and
// with the change undone it leaves the client as it is.
func TestUnmanagedAfterARefusedUpdate(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}}, attrs{"max_retries": 0})
	r.Apply(secured())
	r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Unauthorized(true)) })
	if err := r.TryApply(secured().With(attrs{"client_name": "App 2"})); err == nil {
		t.Fatal("the update was made")
	}
	r.wantSays("make the configuration as the client is, and set on the provider:", `management = "none"`)
	id := r.id()
	r.start(attrs{"max_retries": 0, "management": "none"})
	r.WantEmpty(secured())
	if p := r.planned(secured().With(attrs{"client_name": "App 2"})); !r.anew(p) {
		t.Error("what the way says of a change that stands is not so")
	}
	if r.id() != id || len(r.op.Clients()) != 1 {
		t.Errorf("it is %s and was %s, of %d clients", r.id(), id, len(r.op.Clients()))
	}
}
