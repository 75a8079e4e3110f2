// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A move to a server that does not answer is planned with one warning for all the clients that go there. Once it answers there is none.
func TestMoveToAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there"}
	there.Start(t)
	now := at(t, there, "/new")
	now.dead.Store(true)
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	second := &subject{Instance: r.Rig().Another(), t: t, op: r.op}
	r.Apply(secured())
	second.Apply(secured())
	moved := secured().With(attrs{"issuer": now.url})
	r.Begin()
	for _, s := range []*subject{r, second} {
		if s.Plan(moved); len(r.op.Clients()) != 2 {
			t.Fatal("a plan changed something")
		}
	}
	const title = "New server not looked at"
	if n := strings.Count(r.details(), title); n != 1 {
		t.Errorf("told %d times:\n%s", n, r.details())
	}
	r.wantSays("A client is to move to "+now.url, "GET "+now.url+"/.well-known/openid-configuration", "deregisters the client at its old server first",
		"Plan again once the new server answers:\n    terraform plan", "create_before_destroy = true")
	now.dead.Store(false)
	r.start(attrs{"max_retries": 0})
	r.Begin()
	r.Plan(moved)
	containsNone(t, r.details(), title)
	r.Apply(moved)
	r.WantEmpty(moved)
}

// A registration endpoint that was given by hand needs no metadata, and a place at the same server is no move: neither is warned of.
func TestMoveThatNeedsNoMetadata(t *testing.T) {
	t.Parallel()
	there := &fakeop.Server{Seed: "there", Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}}
	there.Start(t)
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(secured())
	r.Begin()
	r.Plan(secured().With(attrs{"registration_endpoint": there.Issuer() + "/register"}))
	r.wantQuiet()
	r.Plan(secured().With(attrs{"issuer": r.op.Issuer()}))
	r.wantQuiet()
}
