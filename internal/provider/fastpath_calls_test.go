// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// call is a request in any shape, the same for both servers.
type call struct {
	kind                    string
	config                  attrs
	configured, prior, next shape
	identity                shape
	hasIdentity             bool
	private                 string // what it is in place of the record; empty for the record
	raw                     string // a stored state, or an import's ID
	version                 int64
	writeOnly               bool
}

var (
	calls    = []string{"validate", "plan", "create", "update", "delete", "read", "read after an import", "upgrade", "import", "move"}
	privates = []string{
		"", "", "", "nothing", "null", "{}", "[]", "text", `{"record":1}`, `{"record":null}`, `{"record":""}`, `{"record":"e30="}`, `{"record":"YQ=="}`, `{"record":"/w=="}`, `{"a":"MQ=="}`,
		`{".a":"MQ=="}`, `{"a":"YQ=="}`, "beside another", "beside the framework's", "beside an empty one", "beside one that is no JSON", "cut",
	}
)

func drawCall(t *rapid.T, x *side, all map[string][]any) call {
	likely := slices.Sorted(maps.Keys(all))
	c := call{kind: rapid.SampledFrom(calls).Draw(t, "call")}
	c.config = drawConfig(t, all, c.kind != "validate")
	// What is odd in more than one way is refused for the first of them, so that most requests have one odd part at most.
	odd := rapid.SliceOfN(rapid.SampledFrom([]string{"configured", "prior", "next", "private", "identity"}), 0, 2).Draw(t, "odd")
	drawn := func(part string) shape { return drawShape(t, part, x.Type(), likely, slices.Contains(odd, part)) }
	c.configured, c.prior, c.next = drawn("configured"), drawn("prior"), drawn("next")
	if c.hasIdentity = rapid.Bool().Draw(t, "identity?"); c.hasIdentity {
		c.identity = drawShape(t, "identity", identityType, slices.Sorted(maps.Keys(identityType.AttributeTypes)), slices.Contains(odd, "identity"))
	}
	if slices.Contains(odd, "private") {
		c.private = rapid.SampledFrom(privates).Draw(t, "private")
	}
	c.version = rapid.SampledFrom([]int64{0, 0, 0, 1, -1}).Draw(t, "version")
	c.writeOnly = rapid.Bool().Draw(t, "write-only")
	switch c.kind {
	case "upgrade", "move":
		c.raw = drawStored(t, x, all)
	case "import":
		c.raw = rapid.SampledFrom([]string{"", "", "a", "{}", "https://127.0.0.1:1/c", "https://127.0.0.1:1/c c"}).Draw(t, "ID")
	}
	return c
}

// drawStored draws a state as it lies in a file.
func drawStored(t *rapid.T, x *side, all map[string][]any) string {
	members := map[string]string{}
	for name, v := range tftest.Values(x.t, x.Type(), drawConfig(t, all, true)) {
		stored, err := tftest.Stored(x.Type().AttributeTypes[name], v)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		members[name] = string(text)
	}
	for range rapid.IntRange(0, 4).Draw(t, "stored members") {
		name := rapid.SampledFrom(append([]string{"another", "Client_Name", "client_id"}, slices.Sorted(maps.Keys(all))...)).Draw(t, "stored member")
		members[name] = anyValues.JSON(t, "stored "+name, 3)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		out = append(out, " \""+name+"\" : "+members[name])
	}
	text := "{" + strings.Join(out, ",") + "}"
	switch rapid.SampledFrom([]string{"", "", "", "", "", "", "cut", "more", "mark", "bytes", "twice", "anything", "nothing", "deep", "blanks"}).Draw(t, "stored is") {
	case "cut":
		return text[:len(text)-1]
	case "more":
		return text + " {}"
	case "mark":
		return "\xef\xbb\xbf" + text
	case "bytes":
		return strings.Replace(text, "App", "A\xffp\\ud800", 1)
	case "twice":
		return strings.Replace(text, "{", `{"client_name":"first","client_name":"second",`, 1)
	case "anything":
		return anyValues.JSON(t, "stored", 3)
	case "nothing":
		return ""
	case "deep":
		return strings.Replace(text, "{", `{"client_uri":`+strings.Repeat("[", 150)+strings.Repeat("]", 150)+`,`, 1)
	case "blanks":
		return "\n " + text + "\n"
	}
	return text
}

func (c call) privateOf(record []byte) []byte {
	with := func(member string) []byte {
		if len(record) < 2 {
			return []byte("{" + strings.TrimPrefix(member, ",") + "}")
		}
		return []byte(string(record[:len(record)-1]) + member + "}")
	}
	switch c.private {
	case "":
		return slices.Clone(record)
	case "nothing":
		return nil
	case "beside another":
		return with(`,"another":"` + base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)) + `"`)
	case "beside the framework's":
		return with(`,".import_before_read":"` + base64.StdEncoding.EncodeToString([]byte("true")) + `"`)
	case "beside an empty one":
		return with(`,"another":""`)
	case "beside one that is no JSON":
		return with(`,"another":"YQ=="`)
	case "cut":
		return slices.Clone(record[:len(record)/2])
	}
	return []byte(c.private)
}

// identityOf gives the identity of a request, in its shape.
func (c call) identityOf(x *side) *tfprotov6.ResourceIdentityData {
	if !c.hasIdentity {
		return x.id
	}
	v := tftypes.NewValue(identityType, nil)
	if x.id != nil {
		v = x.identity(x.id)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: c.identity.of(x.t, identityType, v)}
}

// do sends the request and returns all that was answered, as text in which the two servers' addresses are the same.
func (x *side) do(c call) map[string]string {
	ctx := context.Background()
	config := x.Object(c.config)
	none := tftypes.NewValue(x.Type(), nil)
	private, identity := c.privateOf(x.Private), c.identityOf(x)
	configured := func() *tfprotov6.DynamicValue { return c.configured.of(x.t, x.Type(), config) }
	switch c.kind {
	case "validate":
		resp, err := x.server().ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
			TypeName: clientType, Config: configured(), ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: c.writeOnly},
		})
		return x.answer(err, func() answered { return answered{diagnostics: resp.Diagnostics} })
	case "plan":
		resp, err := x.server().PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: clientType, Config: configured(), PriorState: c.prior.of(x.t, x.Type(), x.State), ProposedNewState: c.next.of(x.t, x.Type(), x.proposed(config)),
			PriorPrivate: private, PriorIdentity: identity,
		})
		return x.answer(err, func() answered {
			return answered{resp.Diagnostics, resp.PlannedState, resp.PlannedPrivate, resp.PlannedIdentity, resp.RequiresReplace, resp.Deferred != nil, false}
		})
	case "create", "update", "delete":
		prior, next := x.State, x.planned(config, c.kind == "create")
		switch c.kind {
		case "create":
			prior = none
		case "delete":
			config, next = none, none
		}
		resp, err := x.server().ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
			TypeName: clientType, Config: configured(), PriorState: c.prior.of(x.t, x.Type(), prior), PlannedState: c.next.of(x.t, x.Type(), next), PlannedPrivate: private, PlannedIdentity: identity,
		})
		return x.answer(err, func() answered {
			return answered{resp.Diagnostics, resp.NewState, resp.Private, resp.NewIdentity, nil, false, true}
		})
	case "read", "read after an import":
		state := x.State
		if c.kind != "read" {
			state = x.imported()
		}
		resp, err := x.server().ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: clientType, CurrentState: c.prior.of(x.t, x.Type(), state), Private: private, CurrentIdentity: identity})
		return x.answer(err, func() answered {
			return answered{resp.Diagnostics, resp.NewState, resp.Private, resp.NewIdentity, nil, resp.Deferred != nil, false}
		})
	case "upgrade":
		raw := &tfprotov6.RawState{JSON: []byte(c.raw)}
		if c.raw == "" && c.writeOnly {
			raw = &tfprotov6.RawState{Flatmap: map[string]string{"client_name": "App"}}
		}
		resp, err := x.server().UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: clientType, Version: c.version, RawState: raw})
		return x.answer(err, func() answered { return answered{diagnostics: resp.Diagnostics, state: resp.UpgradedState} })
	case "import":
		req := &tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: c.raw}
		if c.hasIdentity {
			req.Identity = identity
		}
		resp, err := x.server().ImportResourceState(ctx, req)
		return x.answer(err, func() answered {
			out := answered{diagnostics: resp.Diagnostics}
			if len(resp.ImportedResources) > 0 {
				i := resp.ImportedResources[0]
				out.state, out.private, out.identity = i.State, i.Private, i.Identity
			}
			return out
		})
	}
	resp, err := x.server().MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceTypeName: clientType, TargetTypeName: clientType, SourceSchemaVersion: c.version, SourceState: &tfprotov6.RawState{JSON: []byte(c.raw)}, SourcePrivate: private,
		SourceProviderAddress: provider.Address,
	})
	return x.answer(err, func() answered {
		return answered{diagnostics: resp.Diagnostics, state: resp.TargetState, private: resp.TargetPrivate, identity: resp.TargetIdentity}
	})
}

// answer is that of a call, or its error.
func (x *side) answer(err error, of func() answered) map[string]string {
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	return x.text(of())
}

// Whatever shape a request has, on whatever server, the fast path and the framework answer alike and send the same requests.
func TestAnyShapeIsAnsweredAsTheFramework(t *testing.T) {
	t.Parallel()
	pairs := newPairs(t)
	op := pairs["correct"].fast.op
	all, before := choices(op), usable(op)
	maps.Copy(all, readOnly())
	for _, values := range []map[string][]any{all, before} {
		delete(values, "issuer") // the two servers have not the same
		delete(values, "registration_endpoint")
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(slices.Sorted(maps.Keys(pairs))).Draw(t, "server")
		p := pairs[kind]
		registered, c := someOf(t, "before", before), drawCall(t, p.fast, all)
		for _, x := range []*side{p.fast, p.full} {
			x.forget()
			x.op.SetFaults(lateServers()[kind]().Faults)
			x.apply(registered)
			x.op.ResetLog()
		}
		if p.fast.State.IsNull() != p.full.State.IsNull() {
			t.Fatal("one of the two has registered a client")
		}
		if p.fast.State.IsNull() {
			return
		}
		answers := []map[string]string{p.fast.do(c), p.full.do(c)}
		if diff := cmp.Diff(answers[1], answers[0]); diff != "" {
			t.Fatalf("%s (-framework +fast path):\n%s", c.kind, diff)
		}
		if diff := cmp.Diff(p.full.op.Log(), p.fast.op.Log()); diff != "" {
			t.Fatalf("%s: requests (-framework +fast path):\n%s", c.kind, diff)
		}
	})
}
