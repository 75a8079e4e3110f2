// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Anybody's metadata may name a registration endpoint: an imported client is not that issuer's, and its secret is not for it.
func TestImportIsNotOfAnIssuerThatNamesTheEndpoint(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	issuer, asked, _ := issuing(t, op)
	r, _, _ := importedClient(t, op, attrs{})
	config := secured().With(attrs{"issuer": issuer})
	if !r.Plan(config).Replaces {
		t.Fatal("the client is taken for the other issuer's")
	}
	r.Apply(config)
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	if asked.Load() {
		t.Error("the other issuer's token endpoint was asked about the import's secret")
	}
}

// An import that was applied without a server of its own is of the server that its address is at, also once the resource names that.
func TestAppliedImportStaysAtTheServerOfItsAddress(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r, id, _ := importedClient(t, op, attrs{"issuer": startedOther(t).Issuer()})
	r.Apply(secured().With(attrs{"timeouts": attrs{"read": "5m"}}))
	config := secured().With(attrs{"issuer": op.Issuer()})
	r.stays(op, id, config)
}

// Where neither an address nor a name tells, as while the metadata of the issuer cannot be had from the import on, nothing is replaced on a guess.
func TestAppliedImportOfWhichNothingTellsIsKept(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	elsewhere(t, op)
	issuer, _, fails := issuing(t, op)
	fails.Store(true)
	r, id, _ := importedClient(t, op, attrs{"issuer": issuer})
	r.Apply(secured().With(attrs{"client_name": "App 2"}))
	config := secured().With(attrs{"client_name": "App 2", "registration_endpoint": op.RegistrationEndpoint()})
	r.stays(op, id, config)
}

// A template explains no refused token: what would register another client goes on only once the client that there is was shown.
func TestTemplateExplainsNoRefusedToken(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 405})}}}
	r := newSubject(t, op, attrs{"max_retries": 0})
	r.Apply(secured())
	_ = r.TryApply(secured().With(attrs{"client_name": "App 2"})) // from which it is known that there are no updates
	id := r.id()
	op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`})
	})
	r.Begin()
	_ = r.Reread()
	p, err := r.PlanOnly(secured().With(attrs{"client_name": "App 3", "client_configuration_uri_template": op.RegistrationEndpoint() + "/{client_id}"}))
	if err == nil && r.anew(p) {
		t.Errorf("client %s is to be replaced, and nobody knows whether it lives", id)
	}
}
