// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A provider that is configured for another server than the one that a client is of: the client is read where it is, and a plan says that
// its server is another one, with the ways to either. The import that it names is TestServerThatMovesWithItsClients'.
func TestClientOfAnotherServer(t *testing.T) {
	t.Parallel()
	const summary = "Client is of another server than the provider's"
	elsewhere := func(t *testing.T) (r *subject, own, other *fakeop.Server) {
		own, other = &fakeop.Server{}, &fakeop.Server{Seed: "other"}
		own.Start(t)
		other.Start(t)
		r = newSubject(t, own, attrs{"issuer": own.Issuer()})
		r.Apply(secured())
		if err := r.configure(attrs{"issuer": other.Issuer()}); err != nil {
			t.Fatal(err)
		}
		r.Begin()
		r.WantEmpty(secured())
		return r, own, other
	}
	says := func(r *subject) bool {
		for _, d := range r.Said() {
			if d.Summary == summary {
				return true
			}
		}
		return false
	}

	r, own, other := elsewhere(t)
	if !says(r) {
		t.Fatalf("a plan says %v", r.Said())
	}
	for _, d := range r.Said() {
		if d.Summary == summary && (!strings.Contains(d.Detail, own.Issuer()) || !strings.Contains(d.Detail, other.Issuer()) || len(waysIn("\n\n"+d.Detail+"\n\n")) != 3) {
			t.Errorf("the servers, and three ways: %s", d.Detail)
		}
	}
	for _, q := range other.Requests() {
		if q.Credential != "" {
			t.Errorf("the other server got %v", q)
		}
	}
	if err := r.configure(attrs{"issuer": own.Issuer()}); err != nil {
		t.Fatal(err)
	}
	r.Begin()
	if r.WantEmpty(secured()); says(r) {
		t.Errorf("configured for the client's own server, a plan says %v", r.Said())
	}

	// terraform apply -replace=ADDRESS
	r, own, other = elsewhere(t)
	r.Destroy()
	r.Apply(secured())
	r.Begin()
	if r.WantEmpty(secured()); len(own.Clients()) != 0 || len(other.Clients()) != 1 || says(r) {
		t.Errorf("%d clients at the one server, %d at the other; told: %v", len(own.Clients()), len(other.Clients()), r.Said())
	}
}

// Of a client of another server than the provider's, a refused token is replaced by one that the provider has by the client's address. One that it has by the
// client_id is not used, and why is told. Each refusal names the line that works.
func TestRefusedTokenOfAClientOfAnotherServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults  fakeop.Faults
		destroy bool
	}{
		"of a client that lives":            {},
		"of a client that may be gone":      {faults: fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 500})}}},
		"forbidden":                         {faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Forbidden("access_denied", "not this client"))}}},
		"of a deletion":                     {destroy: true},
		"of a deletion, which is forbidden": {faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Forbidden("access_denied", "not this client"))}}, destroy: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, other := &fakeop.Server{Seed: "own"}, &fakeop.Server{Seed: "other"}
			own.Start(t)
			other.Start(t)
			r := newSubject(t, own, attrs{"issuer": own.Issuer()})
			r.Apply(secured())
			id, uri, token := r.id(), r.Text("registration_client_uri"), own.ReissueToken(r.id())
			own.SetFaults(c.faults)
			run := func(tokens attrs) error {
				r.start(attrs{"issuer": other.Issuer(), "registration_access_tokens": tokens, "max_retries": 0})
				if c.destroy {
					return r.TryDestroy()
				}
				_, err := r.TryPlan(secured())
				return err
			}
			line := `    registration_access_tokens = { "` + uri + `" = var.registration_access_token }`
			const why = "registration_access_tokens has an entry by this client_id. Such an entry is for a client of the server that the provider is configured for"
			for _, tokens := range []attrs{nil, {id: token}} {
				err := run(tokens)
				if err == nil || !strings.Contains(err.Error(), line) || strings.Contains(err.Error(), why) != (tokens != nil) {
					t.Errorf("with %v: %v", tokens, err)
				}
			}
			own.SetFaults(fakeop.Faults{})
			if err := run(attrs{uri: token}); err != nil {
				t.Errorf("with the line that is told: %v", err)
			}
		})
	}
}

// A resource whose issuer is removed goes to the provider's server: a move that no plan says is told in these words. Where the provider names no
// server either, the plan says that, and deregisters nothing.
func TestIssuerIsRemovedFromTheResource(t *testing.T) {
	t.Parallel()
	own, other := &fakeop.Server{}, &fakeop.Server{Seed: "other"}
	own.Start(t)
	other.Start(t)
	r := newSubject(t, own, attrs{"issuer": other.Issuer()})
	with := secured().With(attrs{"issuer": own.Issuer()})
	r.Apply(with)
	first := r.id()

	r.start(attrs{"issuer": other.Issuer()})
	_, err := r.PlanOnly(secured()) // with -refresh=false
	if err == nil || !strings.Contains(err.Error(), "issuer is not set any more on the resource, and the provider names another server") {
		t.Errorf("the plan says %v", err)
	}
	r.start(attrs{"webfinger_resource": nil})
	for name, plan := range map[string]func() error{
		"with a refresh":    func() error { _, err := r.TryPlan(secured()); return err },
		"without a refresh": func() error { _, err := r.PlanOnly(secured()); return err },
	} {
		if err := plan(); err == nil || !strings.Contains(err.Error(), "Neither the provider nor this resource names an authorization server") {
			t.Errorf("%s: where no server is named, the plan says %v", name, err)
		}
	}
	if len(own.Clients()) != 1 || r.id() != first {
		t.Errorf("the server has %v", own.Clients())
	}
	// The ways: a plan with a refresh, and naming a server.
	r.start(attrs{"issuer": other.Issuer()})
	r.Apply(secured())
	if r.WantEmpty(secured()); len(own.Clients()) != 0 || len(other.Clients()) != 1 {
		t.Errorf("%d clients at the one server, %d at the other", len(own.Clients()), len(other.Clients()))
	}
}
