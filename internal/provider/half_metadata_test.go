// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// half has a server name its registration endpoint in the second one of its metadata documents alone, which fails so many times; -1 is each time.
func half(times int) fakeop.DiscoveryFaults {
	second := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "oauth-authorization-server") }
	d := fakeop.DiscoveryFaults{NoRegistrationEndpointIn: []string{"openid-configuration"}}
	if times != 0 {
		d.Calls = []fakeop.CallFault{{Matches: second, Times: max(times, 0), Answer: fakeop.Answer{Status: http.StatusServiceUnavailable}}}
	}
	return d
}

// One server by another of its names is no move, also while a part of its metadata cannot be had in the plan: what is missing may be the name that they share.
func TestOtherNameOfTheServerWhileAPartOfItsMetadataFails(t *testing.T) {
	t.Parallel()
	issuer := func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} }
	endpoint := func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} }
	none := func(*fakeop.Server) attrs { return nil }
	other := func(*fakeop.Server) attrs { return attrs{"issuer": "http://127.0.0.1:1"} }
	for name, c := range map[string]struct{ provider, before, after func(*fakeop.Server) attrs }{
		"endpoint, then issuer":                {other, endpoint, issuer},
		"issuer, then endpoint":                {other, issuer, endpoint},
		"endpoint, then the provider's issuer": {issuer, endpoint, none},
		"the provider's endpoint, then issuer": {endpoint, none, issuer},
		"issuer, then the provider's endpoint": {endpoint, issuer, none},
	} {
		for fault, times := range map[string]int{"once": 1, "always": -1} {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: fakeop.Faults{Discovery: half(0)}}
				op.Start(t)
				settings := attrs{"max_retries": 0}.With(c.provider(op))
				r := newSubject(t, op, settings)
				r.Apply(secured().With(c.before(op)))
				id := r.id()
				r.start(settings)
				op.EditFaults(func(f *fakeop.Faults) { f.Discovery = half(times) })
				config := secured().With(c.after(op))
				if p := r.Plan(config); r.anew(p) {
					t.Fatalf("one server by another name: a replacement is planned")
				}
				if times < 0 {
					r.start(settings)
				}
				r.appliesOnceDecided(settings, config, func(f *fakeop.Faults) { f.Discovery = half(0) })
				r.start(settings)
				r.WantEmpty(config)
				r.wantKept(id)
			})
		}
	}
}

// Where a server names no registration endpoint and a part of its metadata can never be had, nothing is given up for it.
func TestAServerThatMayRegisterNobodyIsNoReasonToDeregister(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	settings := attrs{"issuer": "http://127.0.0.1:1", "max_retries": 0}
	r := newSubject(t, op, settings)
	r.Apply(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()}))
	id := r.id()
	op.EditFaults(func(f *fakeop.Faults) {
		f.Discovery = half(-1)
		f.Discovery.NoRegistrationEndpointIn = []string{"openid-configuration", "oauth-authorization-server"}
	})
	r.start(settings)
	if err := r.TryApply(secured().With(attrs{"issuer": op.Issuer(), "client_name": "App 2"})); err == nil {
		t.Error("nothing is told")
	}
	r.wantSays("Move of the client undecided")
	if all := op.Clients(); len(all) != 1 || all[0].ID != id || op.CountOf(fakeop.OpDelete) != 0 {
		t.Errorf("the server has %v, and was to keep %s", all, id)
	}
}

// A true move to a server of whose metadata a part cannot be had tells that the new server may not register the client, as it does where none can be had.
func TestAMoveToAServerOfHalfADocumentWarns(t *testing.T) {
	t.Parallel()
	op, there := &fakeop.Server{}, &fakeop.Server{Faults: fakeop.Faults{Discovery: half(-1)}}
	op.Start(t)
	there.Start(t)
	settings := attrs{"issuer": "http://127.0.0.1:1", "max_retries": 0}
	r := newSubject(t, op, settings)
	r.Apply(secured().With(attrs{"issuer": op.Issuer()}))
	config := secured().With(attrs{"issuer": there.Issuer()})
	r.start(settings)
	if p := r.Plan(config); !r.anew(p) {
		t.Fatal("another issuer is another server, and no replacement is planned")
	}
	r.wantSays("New server not looked at", "create_before_destroy")
	there.EditFaults(func(f *fakeop.Faults) { f.Discovery = half(0) })
	r.start(settings)
	if p := r.Plan(config); !r.anew(p) {
		t.Error("with the whole document no replacement is planned")
	}
	for _, d := range r.Said() {
		if strings.Contains(d.Summary, "not looked at") {
			t.Errorf("the server was looked at: %s", d.Summary)
		}
	}
	r.Apply(config)
	if len(op.Clients()) != 0 || len(there.Clients()) != 1 {
		t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(there.Clients()))
	}
}
