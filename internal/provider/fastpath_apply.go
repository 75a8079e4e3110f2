// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// ApplyResourceChange registers, updates or deregisters a client. It is counted as an operation under way.
func (s *fastPath) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	s.provider.busy.Add(1)
	defer s.provider.busy.Add(-1)
	c, ok := s.change(req)
	if !ok {
		return s.ProviderServer.ApplyResourceChange(ctx, req)
	}
	return c.apply(ctx)
}

// change is a decoded ApplyResourceChange. The state of a creation and the plan of a deletion have no attributes.
type change struct {
	*fastPath
	req                 *tfprotov6.ApplyResourceChangeRequest
	planned             object // as the plan has it
	server              *authserver.Server
	state, plan, config object
	keys                map[string][]byte
	record              reconcile.Record
}

// change decodes a request; ok is false where it is for the framework to answer, or to refuse.
func (s *fastPath) change(req *tfprotov6.ApplyResourceChangeRequest) (c *change, ok bool) {
	c = &change{fastPath: s, req: req, server: s.provider.server()}
	if req.TypeName != s.typeName || c.server == nil {
		return nil, false
	}
	for _, v := range []struct {
		encoded *tfprotov6.DynamicValue
		object  *object
	}{{req.PriorState, &c.state}, {req.PlannedState, &c.plan}, {req.Config, &c.config}} {
		if v.encoded == nil {
			return nil, false
		}
		o, null, err := s.decode(v.encoded)
		if err != nil {
			return nil, false
		}
		if !null {
			*v.object = o
		}
	}
	var err error
	c.keys, c.record, err = openPrivate(req.PlannedPrivate)
	if err != nil || (c.state.attrs == nil && c.plan.attrs == nil) || (c.plan.attrs != nil && c.config.attrs == nil) {
		return nil, false
	}
	return c, true
}

func (c *change) apply(ctx context.Context) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if c.plan.attrs == nil {
		return c.answer(deleteClient(ctx, c.server, c.state, c.record), true)
	}
	c.planned = c.plan.clone()
	// Write-only values are in no state.
	c.plan.setText(attrIAT, "")
	if c.state.attrs == nil {
		return c.answer(createClient(ctx, c.server, c.plan, c.config), false)
	}
	return c.answer(updateClient(ctx, c.server, c.plan, c.state, c.config, c.record), false)
}

// answer is the outcome in the protocol's form. What is not saved stays as it was before, but a deletion without an error leaves
// nothing, whatever it saved under way.
func (c *change) answer(out applied, deletes bool) (resp *tfprotov6.ApplyResourceChangeResponse, err error) {
	resp = &tfprotov6.ApplyResourceChangeResponse{NewState: c.req.PriorState, Private: c.req.PlannedPrivate, Diagnostics: protocol(out.diags)}
	if deletes && !out.diags.HasError() {
		resp.Private = nil
		if resp.NewState, err = c.nothing(); err != nil {
			return resp, err
		}
		resp.NewIdentity, err = plannedIdentity(nil)
		return resp, err
	}
	resp.NewIdentity, err = plannedIdentity(c.req.PlannedIdentity)
	if err == nil && out.saved {
		resp.NewState, err = c.encodeChanged(out.state, c.planned, c.req.PlannedState)
	}
	if err == nil && out.saved && !deletes {
		resp.NewIdentity, err = protocolIdentity(identityOf(c.server, out.state))
	}
	if err == nil && out.record != nil {
		resp.Private, err = closePrivate(c.keys, *out.record)
	}
	if err == nil && out.gone {
		resp.NewState, err = c.nothing()
	}
	return resp, err
}
