// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// side is one of two that live the same life: the provider as it is served or the framework's own server, each with an authorization
// server of its own that does the same.
type side struct {
	*tftest.Instance
	t  tftest.TB
	op *fakeop.Server
	id *tfprotov6.ResourceIdentityData
}

func newSide(t *testing.T, op *fakeop.Server, settings attrs, serve func(*provider.Provider) tfprotov6.ProviderServer) *side {
	op.Seed, op.Extensions = "twin", []string{"x_a", "x_b"}
	op.Start(t)
	r := newRigServing(t, func() *testclock.Clock { return testclock.New(atEpoch) }, serve)
	if err := r.Start(settings.With(attrs{"issuer": op.Issuer()})); err != nil {
		t.Fatalf("%v", err)
	}
	return &side{Instance: r.Another(), t: t, op: op}
}

// forget begins with an empty state.
func (x *side) forget() {
	x.Drop()
	x.id = nil
}

func (x *side) server() tfprotov6.ProviderServer { return x.Rig().Server() }

// proposed is what Terraform proposes in the present state.
func (x *side) proposed(config tftypes.Value) tftypes.Value { return x.Proposed(config, x.State) }

// planned is the plan of a client, with what the server assigns unknown where it is new.
func (x *side) planned(config tftypes.Value, isNew bool) tftypes.Value {
	next := tftest.Opened(x.t, x.proposed(config))
	for _, a := range x.Schema().Block.Attributes {
		if a.Computed && (isNew || a.Name == "registered_metadata") {
			next[a.Name] = tftypes.NewValue(a.ValueType(), tftypes.UnknownValue)
		}
	}
	return tftypes.NewValue(x.Type(), next)
}

// imported is the state that an import leaves: how the client is managed, and nothing else.
func (x *side) imported() tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, v := range tftest.Opened(x.t, x.State) {
		if !slices.Contains([]string{"client_id", "registration_client_uri", "registration_access_token"}, name) {
			v = tftypes.NewValue(v.Type(), nil)
		}
		all[name] = v
	}
	return tftypes.NewValue(x.Type(), all)
}

// apply plans and applies a configuration, nil for a destroy. It returns all that was answered, as text in which the two servers'
// addresses are the same; ok is false where there was nothing to apply.
func (x *side) apply(config attrs) (told map[string]string, ok bool) {
	ctx := context.Background()
	value := x.Object(config)
	proposed := x.proposed(value)
	planned, err := x.server().PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: clientType, Config: x.Encoded(value), PriorState: x.Encoded(x.State), ProposedNewState: x.Encoded(proposed), PriorPrivate: x.Private, PriorIdentity: x.id,
	})
	if err != nil {
		x.t.Fatalf("%v", err)
	}
	if failed(planned.Diagnostics) || len(planned.RequiresReplace) > 0 {
		return nil, false
	}
	req := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: clientType, Config: x.Encoded(value), PriorState: x.Encoded(x.State), PlannedState: planned.PlannedState, PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: x.id,
	}
	resp, err := x.server().ApplyResourceChange(ctx, req)
	if err != nil {
		x.t.Fatalf("%v", err)
	}
	if x.State, err = resp.NewState.Unmarshal(x.Type()); err != nil {
		x.t.Fatalf("%v", err)
	}
	x.Private, x.id = resp.Private, resp.NewIdentity
	told = x.text(answered{diagnostics: resp.Diagnostics, state: resp.NewState, private: resp.Private, identity: resp.NewIdentity, saved: true})
	if x.State.IsNull() {
		x.forget() // as Terraform does
	}
	return told, true
}

// answered is what a call answers.
type answered struct {
	diagnostics []*tfprotov6.Diagnostic
	state       *tfprotov6.DynamicValue
	private     []byte
	identity    *tfprotov6.ResourceIdentityData
	replace     []*tftypes.AttributePath
	deferred    bool
	saved       bool // Terraform saves the answer in spite of an error
}

// text gives an answer as text in which the two servers' addresses are the same. Beside an error Terraform looks at nothing else, but
// for an apply.
func (x *side) text(a answered) map[string]string {
	out := map[string]string{}
	var told []string
	for _, d := range a.diagnostics {
		told = append(told, d.Severity.String()+" "+d.Attribute.String()+" "+d.Summary+"\n"+d.Detail)
	}
	slices.Sort(told)
	out["diagnostics"] = strings.Join(told, "\n")
	if !failed(a.diagnostics) || a.saved {
		x.values(a, out)
	}
	issuer := x.op.Issuer()
	port := issuer[strings.LastIndex(issuer, ":")+1:] // which is left of an address that a drawn credential is a part of
	for name, text := range out {
		out[name] = strings.NewReplacer(issuer, "https://op.example.com", "[redacted]"+port, "[redacted]port").Replace(text)
	}
	return out
}

func (x *side) values(a answered, out map[string]string) {
	out["private"], out["identity"] = "", "none"
	if a.state != nil {
		v, err := a.state.Unmarshal(x.Type())
		switch {
		case err != nil:
			out["state"], v = err.Error(), tftypes.NewValue(x.Type(), nil)
		case !v.IsKnown():
			out["state"], v = "unknown", tftypes.NewValue(x.Type(), nil)
		}
		for name, v := range tftest.Opened(x.t, v) {
			if !v.IsNull() {
				out["state "+name] = v.String()
			}
		}
	}
	var keys map[string][]byte
	if len(a.private) > 0 && json.Unmarshal(a.private, &keys) != nil {
		out["private"] = string(a.private)
	}
	for name, content := range keys {
		if record, err := reconcile.Unpack(content); name == "record" && err == nil {
			content, _ = record.Marshal()
		}
		out["private "+name] = string(content)
	}
	if a.identity != nil {
		v, err := a.identity.IdentityData.Unmarshal(identityType)
		out["identity"] = v.String()
		if err != nil {
			out["identity"] = err.Error()
		}
	}
	for _, p := range a.replace {
		out["replace "+attributeName(p)] = "true"
	}
	if a.deferred {
		out["deferred"] = "true"
	}
}

func (x *side) identity(d *tfprotov6.ResourceIdentityData) tftypes.Value {
	v, err := d.IdentityData.Unmarshal(identityType)
	if err != nil {
		x.t.Fatalf("%v", err)
	}
	return v
}

// applyFaults are what the calls of an apply may get.
func applyFaults() map[string]func(*fakeop.Faults) {
	calls := func(f *fakeop.Faults) map[string]*[]fakeop.CallFault {
		return map[string]*[]fakeop.CallFault{
			"registration": &f.Registration.Calls, "reading": &f.Reading.Calls, "updating": &f.Updating.Calls, "deletion": &f.Deletion.Calls,
		}
	}
	out := map[string]func(*fakeop.Faults){
		"none": func(*fakeop.Faults) {},
		"substitutes": func(f *fakeop.Faults) {
			f.Substitute = map[string]any{"token_endpoint_auth_method": "client_secret_post"}
		},
		"rotates": func(f *fakeop.Faults) {
			f.RotateTokenOnUpdate, f.RotateSecretOnUpdate, f.MoveURIOnUpdate = true, true, true
		},
	}
	for call := range calls(&fakeop.Faults{}) {
		for name, answer := range map[string]fakeop.Answer{
			"500": fakeop.InternalError(), "lost": fakeop.Lost(), "404": fakeop.NotFoundJSON(), "401": fakeop.Unauthorized(true), "405": fakeop.NotAllowed("GET"), "400": fakeop.BadRequest("invalid_client_metadata"),
		} {
			out[call+" "+name] = func(f *fakeop.Faults) { *calls(f)[call] = fakeop.Always(answer) }
		}
	}
	return out
}

// pair are two sides of one kind of server.
type pair struct{ fast, full *side }

// newPairs makes one for each kind of server.
func newPairs(t *testing.T) map[string]pair {
	settings, out := attrs{"max_retries": 0}, map[string]pair{}
	for kind, newServer := range lateServers() {
		var p pair
		p.fast = newSide(t, newServer(), settings, func(p *provider.Provider) tfprotov6.ProviderServer { return p.Server() })
		p.full = newSide(t, newServer(), settings, func(p *provider.Provider) tfprotov6.ProviderServer { return p.ServerWithoutFastPath() })
		out[kind] = p
	}
	return out
}

// belowAClient is an address that is asked for to find out what answers there, and that nobody knows.
var belowAClient = regexp.MustCompile(`(/register/[^/ ]+)/[A-Z2-7]{26}`)

// requestsOf are the requests of a server, by names that two sides share.
func requestsOf(op *fakeop.Server) []string {
	log := op.Log()
	for i := range log {
		log[i] = belowAClient.ReplaceAllString(log[i], "$1/any")
	}
	return log
}

// Whatever is applied, on a server that works or fails: the fast path and the framework answer alike, and send the same requests.
func TestFastPathAppliesAsTheFramework(t *testing.T) {
	t.Parallel()
	faults := applyFaults()
	servers, pairs := lateServers(), newPairs(t)
	values := usable(pairs["correct"].fast.op)
	delete(values, "issuer")
	delete(values, "registration_endpoint")
	values["initial_access_token"] = []any{"initial-4711"}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(slices.Sorted(maps.Keys(servers))).Draw(t, "server")
		fast, full := pairs[kind].fast, pairs[kind].full
		fast.forget()
		full.forget()
		steps := rapid.IntRange(1, 4).Draw(t, "steps")
		for i := range steps {
			config := attrs(nil)
			if i == 0 || rapid.IntRange(0, 3).Draw(t, "destroy") > 0 {
				config = someOf(t, "config", values)
			}
			fault := rapid.SampledFrom(slices.Sorted(maps.Keys(faults))).Draw(t, "fault")
			for _, x := range []*side{fast, full} {
				f := servers[kind]().Faults
				faults[fault](&f)
				x.op.SetFaults(f)
				x.op.ResetLog()
			}
			if config == nil && fast.State.IsNull() {
				return
			}
			a, okA := fast.apply(config)
			b, okB := full.apply(config)
			if okA != okB {
				t.Fatalf("the plan succeeds with one of the two: %v, %v", okA, okB)
			}
			if diff := cmp.Diff(b, a); diff != "" {
				t.Fatalf("(-framework +fast path):\n%s", diff)
			}
			if diff := cmp.Diff(requestsOf(full.op), requestsOf(fast.op)); diff != "" {
				t.Fatalf("requests (-framework +fast path):\n%s", diff)
			}
		}
	})
}
