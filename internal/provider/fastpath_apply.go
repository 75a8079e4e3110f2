// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// PlanResourceChange plans a client.
func (s *fastPath) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	asked, ok := s.open(req.TypeName, req.PriorPrivate, req.PriorIdentity, req.Config, req.PriorState, req.ProposedNewState)
	if !ok {
		return s.ProviderServer.PlanResourceChange(ctx, req)
	}
	config, state, plan := asked.objects[0], asked.objects[1], asked.objects[2]
	if plan.attrs == nil {
		// A deletion has no choice to make.
		identity, err := plannedIdentity(req.PriorIdentity)
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: identity}, err
	}
	if config.attrs == nil {
		return s.ProviderServer.PlanResourceChange(ctx, req)
	}
	proposed := plan.clone()
	// Write-only values are in no plan.
	plan.setText(attrIAT, "")
	var out planned
	if state.attrs != nil {
		out = transition{asked.server, plan, state, asked.record}.planChange(ctx)
	} else {
		out = planNew(ctx, asked.server, plan)
	}
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: req.PriorPrivate, Diagnostics: protocol(out.diags)}
	for _, p := range out.replace {
		resp.RequiresReplace = append(resp.RequiresReplace, attributePath(p))
	}
	var err error
	if resp.PlannedState, err = s.encodeChanged(plan, proposed, req.ProposedNewState); err == nil {
		resp.PlannedIdentity, err = plannedIdentity(req.PriorIdentity)
	}
	return resp, err
}

// ApplyResourceChange registers, updates or deregisters a client.
func (s *fastPath) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
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
	record              reconcile.Record
}

// change decodes a request; ok is false where it is for the framework to answer, or to refuse.
func (s *fastPath) change(req *tfprotov6.ApplyResourceChangeRequest) (c *change, ok bool) {
	asked, ok := s.open(req.TypeName, req.PlannedPrivate, req.PlannedIdentity, req.Config, req.PriorState, req.PlannedState)
	if !ok {
		return nil, false
	}
	c = &change{fastPath: s, req: req, server: asked.server, config: asked.objects[0], state: asked.objects[1], plan: asked.objects[2], record: asked.record}
	if (c.state.attrs == nil && c.plan.attrs == nil) || (c.plan.attrs != nil && c.config.attrs == nil) {
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
	return c.answer(transition{c.server, c.plan, c.state, c.record}.update(ctx, c.config), false)
}

// answer is the outcome in the protocol's form. What is not saved stays as it was before, but a deletion without an error leaves
// nothing, whatever it saved under way.
func (c *change) answer(out applied, deletes bool) (resp *tfprotov6.ApplyResourceChangeResponse, err error) {
	resp = &tfprotov6.ApplyResourceChangeResponse{NewState: c.req.PriorState, Diagnostics: protocol(out.diags)}
	if c.state.attrs != nil {
		resp.Private = c.req.PlannedPrivate // a new client has nothing of another one's
	}
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
		resp.Private, err = closePrivate(*out.record)
	}
	if err == nil && out.gone {
		resp.NewState, err = c.nothing()
	}
	return resp, err
}
