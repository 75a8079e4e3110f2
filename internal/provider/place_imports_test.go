// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A read has shown the import below the registration endpoint of the provider's server; its metadata fail in the plan that moves it.
func TestImportMovesWhileMetadataFails(t *testing.T) {
	t.Parallel()
	op, other := &fakeop.Server{}, startedOther(t)
	op.Start(t)
	issuer, _, fails := issuing(t, op)
	_, uri, token := registeredBefore(t, op, secured())
	settings := attrs{"issuer": issuer, "max_retries": 0, "registration_access_tokens": attrs{uri: token}}
	r := newSubject(t, op, settings)
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	fails.Store(true)
	r.start(settings)
	config := secured().With(attrs{"registration_endpoint": other.RegistrationEndpoint()})
	r.Begin()
	if p := r.Plan(config); r.anew(p) {
		t.Error("a replacement is planned on a guess")
	}
	r.wantSays("Move of the client undecided", "The plan keeps the client where it is")
	before := r.State
	if err := r.TryApply(config); err == nil || !r.State.Equal(before) {
		t.Fatalf("the apply decides without the metadata: %v", err)
	}
	fails.Store(false)
	r.start(settings)
	if !r.Plan(config).Replaces {
		t.Errorf("stays for ever; told %q", r.details())
	}
	r.Apply(config)
	r.WantEmpty(config)
	if len(op.Clients()) != 0 || len(other.Clients()) != 1 {
		t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(other.Clients()))
	}
}

// An import of a server below a host's own issuer that then really moves to the host's own.
func TestRealMoveOfAnAppliedImportIsTold(t *testing.T) {
	t.Parallel()
	root, below := &fakeop.Server{Seed: "root"}, &fakeop.Server{Seed: "below"}
	root.Start(t)
	below.Start(t)
	var host string
	host = served(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch req.URL.Path {
		case "/.well-known/openid-configuration":
			_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q}`, host, root.RegistrationEndpoint())
		case "/tenant/.well-known/openid-configuration":
			_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q}`, host+"/tenant", below.RegistrationEndpoint())
		default: // the tenant's clients are at the host's own addresses
			behind(below).ServeHTTP(w, req)
		}
	}))
	below.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = host })
	id, uri, token := registeredBefore(t, below, secured())
	r := newSubject(t, below, attrs{"issuer": host + "/tenant", "max_retries": 0, "registration_access_tokens": attrs{uri: token}})
	if err := r.tryImport(uri); err != nil {
		t.Fatalf("import: %v", err)
	}
	config := secured().With(attrs{"client_name": "App 2"})
	r.Apply(config)
	r.WantEmpty(config)
	moved := config.With(attrs{"issuer": host})
	r.Begin()
	if p := r.Plan(moved); r.anew(p) {
		t.Errorf("client %s is to be replaced on a guess", id)
	}
	r.wantSays("Move of the client undecided", "whose registration endpoint is at another host")
	if r.TryApply(moved) == nil {
		t.Error("the apply decides whose the client is")
	}
	r.Tainted = true // as -replace plans it
	r.Apply(moved)
	r.WantEmpty(moved)
	if len(below.Clients()) != 0 || len(root.Clients()) != 1 {
		t.Errorf("%d clients are at the tenant, and %d at the host's own server", len(below.Clients()), len(root.Clients()))
	}
}

// An issuer whose registration endpoint is at another host, which is also the provider's own issuer's: an import of a client of that issuer.
func TestImportOfAnIssuerWithItsEndpointAtTheProvidersHost(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	var host string
	host = served(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/.well-known/openid-configuration" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q}`, host, host+"/root/register")
			return
		}
		behind(op).ServeHTTP(w, req)
	}))
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = host })
	id, uri, token := registeredBefore(t, op, secured())
	r := newSubject(t, op, attrs{"issuer": host, "max_retries": 0, "registration_access_tokens": attrs{uri: token}})
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	config := secured().With(attrs{"issuer": publisher(t, host+"/register", false)})
	r.Begin()
	if p := r.Plan(config); r.anew(p) {
		t.Fatalf("client %s, just imported, is to be replaced; told %q", id, r.details())
	}
	both := config.With(attrs{"registration_endpoint": host + "/register"})
	r.wantSays("The plan keeps the client where it is", fmt.Sprintf("issuer = %q\n    registration_endpoint = %q", both["issuer"], both["registration_endpoint"]), "terraform apply -replace=ADDRESS")
	if r.TryApply(config) == nil {
		t.Fatal("the apply decides whose the client is")
	}
	state, private := r.State, r.Private
	r.Apply(both)
	r.WantEmpty(both)
	if r.id() != id || len(op.Clients()) != 1 {
		t.Errorf("client %s is now %s", id, r.id())
	}
	r.State, r.Private, r.Tainted = state, private, true // as -replace plans it
	r.Apply(config)
	if r.id() == id {
		t.Error("the client stays")
	}
}
