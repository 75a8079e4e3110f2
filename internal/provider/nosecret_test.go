// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that authenticates with a secret of which nothing is known is told of once: when it is registered, imported, or becomes one.
func TestConfidentialClientWithoutAKnownSecret(t *testing.T) {
	t.Parallel()
	const warning = "warning token_endpoint_auth_method: No client secret is known"
	method := func(m string) attrs { return secured().With(attrs{"token_endpoint_auth_method": m}) }
	want := func(t *testing.T, r *subject, step string, want bool) {
		t.Helper()
		if got := slices.Contains(r.told(), warning); got != want {
			t.Errorf("%s: told %q", step, r.told())
		}
	}
	hidden := fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
		delete(doc, "client_secret")
		delete(doc, "client_secret_expires_at")
	}})
	var drop fakeop.Faults
	drop.Registration.Calls, drop.Reading.Calls, drop.Updating.Calls = hidden, hidden, hidden
	t.Run("none is issued", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: drop}, nil)
		r.Apply(method("client_secret_basic"))
		want(t, r, "the registration", true)
		r.WantEmpty(method("client_secret_basic"))
		want(t, r, "a plan", false)
		r.Apply(method("client_secret_basic").With(attrs{"client_name": "App 2"}))
		want(t, r, "an update", false)
		r.Apply(method("client_secret_post"))
		want(t, r, "another method with a secret", false)
	})
	t.Run("public at first", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: drop}, nil)
		r.Apply(method("none"))
		want(t, r, "a public client", false)
		r.Apply(method("client_secret_basic"))
		want(t, r, "the update", true)
		r.WantEmpty(method("client_secret_basic"))
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}
		id, uri, token := registeredBefore(t, s, method("client_secret_basic"))
		r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
		if err := r.tryImport(uri); err != nil {
			t.Fatal(err)
		}
		want(t, r, "the import", true)
		r.Plan(method("client_secret_basic"))
		want(t, r, "a plan", false)
	})
	t.Run("not stored", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}, nil)
		config := method("none").With(attrs{"store_client_secret": false})
		r.Apply(config)
		r.Apply(config.With(attrs{"token_endpoint_auth_method": "client_secret_basic"}))
		want(t, r, "an update whose secret nobody stores", false)
	})
	t.Run("known", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(method("client_secret_basic"))
		want(t, r, "the registration", false)
	})
}
