// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server gives the client_id of a deleted client to another one. The provider's own credentials manage that one as well, and nothing that an answer has tells it for sure from
// the first: an administrator edits values and issues secrets, and servers show when they answer, or when they last changed the client, as client_id_issued_at. But a plan shows each
// value of the other one that differs, before anything is changed.
func TestAnotherClientOfTheSameIDShowsInThePlan(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: adminToken, ClientID: func(int) string { return "7" }}
	r := newSubject(t, s, attrs{"initial_access_token": adminToken, "management": "provider_credentials", "max_retries": 0})
	r.Apply(secured())
	r.op.RemoveClient("7")
	r.op.AddClient("7", "another-secret", map[string]any{"client_name": "Another", "redirect_uris": []any{"https://another.example/cb"}})
	r.start(attrs{"initial_access_token": adminToken, "management": "provider_credentials", "max_retries": 0})
	p := r.Plan(secured())
	if got := r.Changes(p); !slices.Contains(got, "client_name") || !slices.Contains(got, "redirect_uris") {
		t.Errorf("the plan changes %v: %s", got, r.details())
	}
	if c, _ := r.op.Client("7"); c.Metadata["client_name"] != "Another" {
		t.Errorf("a plan has changed it: %v", c.Metadata)
	}
}
