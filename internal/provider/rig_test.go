// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

const clientType = "oidc_dynamic_client"

// attrs are some of an object's attributes, as Go values.
type attrs = tftest.Attrs

// newRig is a working directory for clients of a server, nil for one without a clock of its own. Each provider process goes by the
// server's clock, and its waits take no time.
func newRig(t tftest.TB, op *fakeop.Server) *tftest.Rig {
	now := atEpoch
	if op != nil && op.Clock != nil {
		now = op.Clock
	}
	return newRigBy(t, func() *testclock.Clock { return testclock.New(now) })
}

// newRigBy is newRig by a clock of the test's own for each process.
func newRigBy(t tftest.TB, newClock func() *testclock.Clock) *tftest.Rig {
	return newRigServing(t, newClock, func(p *provider.Provider) tfprotov6.ProviderServer { return p.Server() })
}

// newRigServing is newRigBy for one of the two servers of a provider.
func newRigServing(t tftest.TB, newClock func() *testclock.Clock, serve func(*provider.Provider) tfprotov6.ProviderServer) *tftest.Rig {
	return tftest.NewRig(t, clientType, func() (tfprotov6.ProviderServer, func()) {
		p := newProvider(newClock())
		return serve(p), p.Close
	})
}

func atEpoch() time.Time { return fakeop.Epoch }

// newProvider is a provider process by a clock.
func newProvider(clock *testclock.Clock) *provider.Provider {
	return provider.New("test").WithClock(authserver.Clock{Now: clock.Now, After: clock.After})
}

// subject is the client that a test is about: a resource in a tftest.Rig, and the test server that it is registered at.
type subject struct {
	*tftest.Instance
	t  *testing.T
	op *fakeop.Server
}

// newSubject is a client that does not exist yet, and a provider process for its server, which is started unless it runs. settings are
// the provider's, its issuer this server unless they say otherwise.
func newSubject(t *testing.T, op *fakeop.Server, settings attrs) *subject {
	t.Helper()
	if op.URL() == "" {
		op.Start(t)
	}
	r := unstarted(t, op)
	r.start(settings)
	return r
}

// unstarted is a client without a provider process.
func unstarted(t *testing.T, op *fakeop.Server) *subject {
	return &subject{Instance: newRig(t, op).Instance(theClient), t: t, op: op}
}

// start follows the process before, which ends in order; the state is kept.
func (r *subject) start(settings attrs) {
	r.t.Helper()
	if err := r.configure(settings); err != nil {
		r.t.Fatalf("configuring the provider: %v", err)
	}
}

// configure is start for settings that may be refused.
func (r *subject) configure(settings attrs) error {
	r.t.Helper()
	r.Begin()
	all := attrs{}
	if !slices.ContainsFunc([]string{"issuer", "registration_endpoint", "webfinger_resource"}, func(n string) bool { _, ok := settings[n]; return ok }) {
		all["issuer"] = r.op.Issuer()
	}
	return r.Rig().Start(all.With(settings))
}

// beside is another process that has the same state.
func (r *subject) beside(settings attrs) *subject {
	r.t.Helper()
	other := newSubject(r.t, r.op, settings)
	other.State, other.Private = r.State, r.Private
	return other
}

// planned plans and saves nothing, as `terraform plan` does.
func (r *subject) planned(config attrs) *tftest.Plan {
	r.t.Helper()
	state, private := r.State, r.Private
	p := r.Plan(config)
	r.State, r.Private = state, private
	return p
}

// anew reports whether a plan makes another client: by Terraform's replacement, or by an update after which the client_id is another.
func (r *subject) anew(p *tftest.Plan) bool { return r.Anew(p, "client_id") }

// id is the client's identifier in the state.
func (r *subject) id() string { return r.Text("client_id") }

// registered is the client as the server has it.
func (r *subject) registered() map[string]any {
	r.t.Helper()
	found, ok := r.op.Client(r.id())
	if !ok {
		r.t.Fatalf("the server has no client %s", r.id())
	}
	return found.Metadata
}
