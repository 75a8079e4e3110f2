// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A credential in the query of an endpoint, as of a gateway that wants its key there, is in no message.
func TestKeyInTheQueryOfAnEndpoint(t *testing.T) {
	t.Parallel()
	const key = "?api_key=S3cr3tCanary12"
	nobody := httptest.NewServer(nil)
	nobody.Close()
	check := func(t *testing.T, r *subject, err error) {
		t.Helper()
		text := r.details()
		if err != nil {
			text += err.Error()
		}
		if text == "" {
			t.Error("nothing is told")
		}
		containsNone(t, text, "S3cr3tCanary12")
	}
	t.Run("lost", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		r := newSubject(t, op, attrs{"max_retries": 0, "registration_endpoint": op.RegistrationEndpoint() + key})
		op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(fakeop.Lost()) })
		check(t, r, r.TryApply(secured()))
	})
	t.Run("lost, resource", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		r := newSubject(t, op, attrs{"max_retries": 0, "issuer": op.Issuer()})
		op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(fakeop.Lost()) })
		check(t, r, r.TryApply(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint() + key, "initial_access_token": "some-token-123456"})))
	})
	t.Run("own server unknown", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		r := newSubject(t, op, attrs{"max_retries": 0, "issuer": nobody.URL, "initial_access_token": "some-token-123456"})
		check(t, r, r.TryApply(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint() + key})))
	})
	t.Run("another server", func(t *testing.T) {
		op, other := &fakeop.Server{}, &fakeop.Server{}
		op.Start(t)
		other.Start(t)
		r := newSubject(t, op, attrs{"max_retries": 0, "registration_endpoint": op.RegistrationEndpoint() + key})
		r.Apply(secured())
		r.start(attrs{"max_retries": 0, "registration_endpoint": other.RegistrationEndpoint() + key})
		_, err := r.TryPlan(secured())
		check(t, r, err)
	})
	t.Run("journal", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		settings := attrs{"max_retries": 0, "registration_endpoint": op.RegistrationEndpoint() + key, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "j")}}
		r := newSubject(t, op, settings)
		r.Apply(secured())
		r.Drop()
		r.start(settings)
		check(t, r, r.TryApply(secured()))
	})
	t.Run("metadata", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		op.EditFaults(func(f *fakeop.Faults) {
			f.MetadataMembers = map[string]any{"registration_endpoint": "http://as.example.com/register" + key}
		})
		r := newSubject(t, op, attrs{"max_retries": 0})
		check(t, r, r.TryApply(secured()))
	})
	t.Run("client uri", func(t *testing.T) {
		op := &fakeop.Server{}
		op.Start(t)
		r := newSubject(t, op, attrs{"max_retries": 0})
		op.EditFaults(func(f *fakeop.Faults) {
			edit := fakeop.Answer{Processed: true, Edit: func(doc map[string]any) {
				if uri, is := doc["registration_client_uri"].(string); is {
					doc["registration_client_uri"] = uri + key
				}
			}}
			f.Registration.Calls, f.Reading.Calls = fakeop.Always(edit), fakeop.Always(edit)
		})
		r.Apply(secured())
		op.EditFaults(func(f *fakeop.Faults) {
			f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`})
		})
		_, err := r.TryPlan(secured())
		check(t, r, err)
		op.EditFaults(func(f *fakeop.Faults) {
			f.Deletion.Calls = fakeop.Always(fakeop.Answer{Status: 403, Body: `{"error":"x"}`})
		})
		r.Begin()
		check(t, r, r.DestroyUnread())
	})
}
