// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One server by another of its names is no move, also while its metadata cannot be had in the plan.
func TestOtherNameOfTheServerWhileMetadataFails(t *testing.T) {
	t.Parallel()
	issuer := func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} }
	endpoint := func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} }
	none := func(*fakeop.Server) attrs { return nil }
	other := func(*fakeop.Server) attrs { return attrs{"issuer": "http://127.0.0.1:1"} }
	finger := func(op *fakeop.Server) attrs { return attrs{"webfinger_resource": op.Issuer()} }
	for name, c := range map[string]struct{ provider, before, after func(*fakeop.Server) attrs }{
		"endpoint, then issuer":                {other, endpoint, issuer},
		"issuer, then endpoint":                {other, issuer, endpoint},
		"endpoint, then the provider's issuer": {issuer, endpoint, none},
		"the provider's endpoint, then issuer": {endpoint, none, issuer},
		"issuer, then the provider's endpoint": {endpoint, issuer, none},
		"issuer, then WebFinger":               {finger, issuer, none},
		"WebFinger, then issuer":               {finger, none, issuer},
		"endpoint, then WebFinger":             {finger, endpoint, none},
		"WebFinger, then endpoint":             {finger, none, endpoint},
	} {
		for fault, answer := range map[string]*fakeop.Answer{
			"none": nil, "500": {Status: 500}, "404": {Status: 404}, "dropped": {Cut: fakeop.CutConnection},
		} {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{}
				op.Start(t)
				settings := attrs{"max_retries": 0}.With(c.provider(op))
				r := newSubject(t, op, settings)
				r.Apply(secured().With(c.before(op)))
				id := r.id()
				r.start(settings)
				if answer != nil {
					op.EditFaults(func(f *fakeop.Faults) {
						f.Discovery.Calls = fakeop.Always(*answer)
						f.WebFinger = fakeop.WebFingerOff
					})
				}
				config := secured().With(c.after(op))
				if p := r.Plan(config); r.anew(p) {
					t.Fatalf("one server by another name, metadata %s: a replacement is planned", fault)
				}
				r.appliesOnceDecided(settings, config, func(f *fakeop.Faults) { f.Discovery.Calls, f.WebFinger = nil, fakeop.WebFingerGood })
				r.WantEmpty(config)
				r.wantKept(id)
			})
		}
	}
}

// appliesOnceDecided applies, where metadata that cannot be had leaves a move undecided once they can.
func (r *subject) appliesOnceDecided(settings, config attrs, mended func(*fakeop.Faults)) {
	r.t.Helper()
	if r.TryApply(config) != nil {
		r.wantSays("Move of the client undecided")
		r.op.EditFaults(mended)
		r.start(settings)
		r.Apply(config)
	}
}

// wantKept fails where the server has any client but this one.
func (r *subject) wantKept(id string) {
	r.t.Helper()
	if all := r.op.Clients(); len(all) != 1 || all[0].ID != id {
		r.t.Errorf("the server has %v, and was to keep %s", all, id)
	}
}

// One request for the metadata that fails in the plan is no reason to deregister clients, of which the run has several.
func TestOneFailureDestroysTwoClients(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	settings := attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0}
	r := newSubject(t, op, settings)
	second := &subject{Instance: r.Rig().Another(), t: t, op: op}
	named := secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()})
	r.Apply(named)
	second.Apply(named)
	r.start(settings)
	op.EditFaults(func(f *fakeop.Faults) {
		f.Discovery.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Answer{Status: 500}}}
	})
	config := secured().With(attrs{"issuer": op.Issuer()})
	for i, s := range []*subject{r, second} {
		if p := s.Plan(config); s.anew(p) {
			t.Errorf("client %d is to be replaced; told %s; failed requests %d", i, s.details(), op.Struck(fakeop.OpMetadata))
		}
	}
	r.start(settings)
	for _, s := range []*subject{r, second} {
		s.Apply(config)
		s.WantEmpty(config)
	}
	if len(op.Clients()) != 2 {
		t.Errorf("the server has %v", op.Clients())
	}
}

// The same server at apply, while its metadata fail: what is told.
func TestApplyWhileMetadataFails(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r := newRig(t, op)
	settings := attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0}
	if err := r.Start(settings); err != nil {
		t.Fatal(err)
	}
	one := func(config attrs) map[string]attrs { return map[string]attrs{theClient: config} }
	if err := r.Apply(one(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()}))); err != nil {
		t.Fatal(err)
	}
	id, config := r.Text(theClient, "client_id"), secured().With(attrs{"issuer": op.Issuer(), "client_name": "App 2"})
	err := r.ApplyLater(one(config), func() error {
		op.EditFaults(func(f *fakeop.Faults) { f.Discovery.Calls = fakeop.Always(fakeop.Answer{Status: 500}) })
		return r.Start(settings)
	}, one(config))
	if err == nil {
		t.Error("the apply decides without the metadata")
	}
	op.EditFaults(func(f *fakeop.Faults) { f.Discovery.Calls = nil })
	if err := r.Start(settings); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(one(config)); err != nil {
		t.Errorf("once the metadata can be had: %v", err)
	}
	if all := op.Clients(); len(all) != 1 || r.Text(theClient, "client_id") != all[0].ID || all[0].ID != id {
		t.Errorf("the server has %v, and was to keep %s", all, id)
	}
	for _, breach := range r.Broken() {
		t.Error(breach)
	}
}

// Each way out of a plan that cannot decide, as it is written.
func TestWaysOfAnUndecidedMove(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T) (r *subject, op *fakeop.Server, settings, config attrs) {
		t.Helper()
		op = &fakeop.Server{}
		op.Start(t)
		settings = attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0}
		r = newSubject(t, op, settings)
		r.Apply(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()}))
		return r, op, settings, secured().With(attrs{"client_name": "App 2"})
	}
	fails := func(s *fakeop.Server, calls ...fakeop.CallFault) {
		s.EditFaults(func(f *fakeop.Faults) { f.Discovery.Calls = calls })
	}
	refused := func(t *testing.T, r *subject, settings, config attrs) {
		t.Helper()
		before := r.State
		r.start(settings)
		r.Begin()
		if p := r.Plan(config); r.anew(p) {
			t.Fatalf("the plan replaces the client: %s", r.Describe(p))
		}
		r.wantSays("The plan keeps the client where it is", "terraform apply -replace=ADDRESS")
		r.Begin()
		if err := r.TryApply(config); err == nil || !r.State.Equal(before) {
			t.Fatalf("the apply decides without the metadata: %v", err)
		}
		r.wantSays("Move of the client undecided", "Nothing was changed.", "\n    terraform apply\n")
	}
	kept := func(t *testing.T, r *subject, op *fakeop.Server, id string) {
		t.Helper()
		if all := op.Clients(); len(all) != 1 || all[0].ID != id || r.id() != id || r.registered()["client_name"] != "App 2" {
			t.Errorf("the server has %v, and was to keep %s", all, id)
		}
	}
	t.Run("again", func(t *testing.T) {
		t.Parallel()
		r, op, settings, config := begin(t)
		id := r.id()
		config["issuer"] = op.Issuer()
		fails(op, fakeop.Always(fakeop.Answer{Status: 500})...)
		refused(t, r, settings, config)
		fails(op)
		r.start(settings)
		r.Apply(config)
		r.WantEmpty(config)
		kept(t, r, op, id)
	})
	t.Run("by both names", func(t *testing.T) {
		t.Parallel()
		r, op, settings, config := begin(t)
		id, both := r.id(), attrs{"issuer": op.Issuer(), "registration_endpoint": op.RegistrationEndpoint()}
		config["issuer"] = op.Issuer()
		fails(op, fakeop.Always(fakeop.Answer{Status: 500})...)
		refused(t, r, settings, config)
		r.wantSays(fmt.Sprintf("issuer = %q\n    registration_endpoint = %q", both["issuer"], both["registration_endpoint"]))
		r.start(settings)
		r.Apply(config.With(both))
		r.WantEmpty(config.With(both))
		kept(t, r, op, id)
		fails(op)
		r.start(settings)
		r.Apply(config)
		r.WantEmpty(config)
		kept(t, r, op, id)
	})
	t.Run("another server", func(t *testing.T) {
		t.Parallel()
		r, op, settings, config := begin(t)
		there := startedOther(t)
		token := r.Text("registration_access_token")
		config["issuer"] = there.Issuer()
		fails(there, fakeop.Always(fakeop.Answer{Status: 500})...)
		refused(t, r, settings, config)
		r.start(settings)
		r.Plan(config) // which -replace has first, too
		r.Tainted = true
		fails(there)
		r.start(settings)
		r.Apply(config)
		r.WantEmpty(config)
		if len(op.Clients()) != 0 || len(there.Clients()) != 1 {
			t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(there.Clients()))
		}
		for _, sent := range there.Requests() {
			if sent.Credential == token {
				t.Errorf("%s %s with the old client's token", sent.Method, sent.Path)
			}
		}
	})
	t.Run("another server, again", func(t *testing.T) {
		t.Parallel()
		r, op, settings, config := begin(t)
		there := startedOther(t)
		config["issuer"] = there.Issuer()
		fails(there, fakeop.Always(fakeop.Answer{Status: 500})...)
		refused(t, r, settings, config)
		fails(there)
		r.start(settings)
		if !r.Plan(config).Replaces {
			t.Error("the client stays where it is")
		}
		r.Apply(config)
		if len(op.Clients()) != 0 || len(there.Clients()) != 1 {
			t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(there.Clients()))
		}
	})
}
