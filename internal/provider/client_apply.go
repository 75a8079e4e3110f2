// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The three changes of an apply, as the framework's methods and the fast path both make them.

// applied is what an apply leaves of a client.
type applied struct {
	saved  bool // state is to be saved; else the state stays as it was
	state  object
	record *reconcile.Record // nil where the record stays as it was
	gone   bool
	diags  diag.Diagnostics
}

func (a *applied) save(state object, record reconcile.Record) {
	a.saved, a.state, a.record = true, state, &record
}

// hand gives the outcome to the framework.
func (a *applied) hand(ctx context.Context, s *authserver.Server, state *tfsdk.State, identity *tfsdk.ResourceIdentity, private privateState) diag.Diagnostics {
	var diags diag.Diagnostics
	if a.saved {
		state.Raw = a.state.raw()
		identify(identity, s, a.state)
	}
	if a.record != nil {
		diags = saveRecord(ctx, private, *a.record)
	}
	if a.gone {
		state.RemoveResource(ctx)
	}
	return diags
}

func createClient(ctx context.Context, s *authserver.Server, plan, config object) (out applied) {
	ctx, cancel := within(ctx, plan, "create")
	defer cancel()
	defer failpoint.At("create done")

	asked, diags := checkedDocument(plan, nil)
	out.diags.Append(diags...)
	if out.diags.HasError() {
		return out
	}
	var last *authserver.Snapshot
	ended := lifecycle.Register(ctx, s, registrationOf(s, plan, config, asked), func(snapshot authserver.Snapshot) { last = &snapshot })
	if last != nil {
		state := plan.clone()
		state.setHandle(last.Handle)
		state.setRegistered(last.Registered)
		out.save(state, recordFor(plan, s.Placed(ctx, last.Record, plan.place(), plan.place()), last.Handle.ClientSecret))
	}
	out.diags.Append(problemsOf(s, ended.Problems, plan)...)
	out.gone = ended.Gone
	return out
}

func registrationOf(s *authserver.Server, plan, config object, asked metadata.Document) lifecycle.Registration {
	return lifecycle.Registration{
		Place: plan.place(), Asked: asked, InitialAccessToken: secret.New(config.text(attrIAT)), Behaviour: behaviour(s, plan),
		SecretUnstored: !plan.storesSecret(),
	}
}

// checkedDocument returns the client metadata of a plan whose values are all known by now, so that all of it can be checked, beside what the
// client has.
func checkedDocument(plan object, before metadata.Document) (metadata.Document, diag.Diagnostics) {
	if problems := checkBeside(plan, before); problems.HasError() {
		return nil, problems
	}
	asked, _, err := plan.document()
	if err != nil {
		return nil, diag.Diagnostics{malformedProblem(err)}
	}
	return asked, nil
}

// beside is what a client has that stays: another one would have nothing of it.
func beside(plan, state object) metadata.Document {
	if !plan.attrs[attrClientID].IsKnown() {
		return nil
	}
	before, _, _ := state.legible()
	return before
}

func (t transition) update(ctx context.Context, config object) (out applied) {
	if move := t.move(ctx); move.undecided != nil {
		// What is not known of the new place must not become the client's: the next plan would see no move any more.
		out.diags.Append(lifecycleProblem(*move.undecided)...)
		return out
	}
	if t.plan.attrs[attrRegistered].IsKnown() {
		// Only settings of this provider differ: the server is not concerned.
		out.saved, out.state = true, t.plan
		rewritten := false
		if asked, _, err := t.plan.document(); err == nil {
			t.record.Agreed, rewritten = t.record.Agreed.Rewritten(asked)
		}
		away := out.templateAway(ctx, t, t.prior())
		rewritten, t.record.TemplateAway = rewritten || away != t.record.TemplateAway, away
		if rewritten || !t.plan.storesSecret() || t.plan.place() != t.state.place() || !t.record.Configured.IsKnown() {
			out.save(t.plan, recordFor(t.plan, t.server.Placed(ctx, t.record, t.state.place(), t.plan.place()), t.state.handle().ClientSecret))
		}
		out.tellSecretNotBack(t)
		return out
	}
	ctx, cancel := within(ctx, t.plan, "update", t.state)
	defer cancel()
	defer failpoint.At("update done")

	asked, diags := checkedDocument(t.plan, beside(t.plan, t.state))
	out.diags.Append(diags...)
	if out.diags.HasError() {
		return out
	}
	if taken := t.takenBefore(asked); len(taken) > 0 && t.plan.attrs[attrClientID].IsKnown() {
		out.diags.Append(problemsOf(t.server, taken, t.plan, t.state)...)
		return out
	}
	// Each snapshot is complete, and the last one counts.
	var last *authserver.Snapshot
	save := func(snapshot authserver.Snapshot) { last = &snapshot }
	var ended outcome.Outcome
	before := t.prior()
	before.Record.TemplateAway = out.templateAway(ctx, t, before)
	if t.plan.attrs[attrClientID].IsKnown() {
		if t.changeStep() == reconcile.ChangeByReplacement {
			inOrderOf(t.state, asked)
		}
		ended = lifecycle.Update(ctx, t.server, t.change(ctx, before, asked), save)
	} else {
		replacement := lifecycle.Replacement{Old: before, Registration: registrationOf(t.server, t.plan, config, asked)}
		replacement.Update = t.insteadOf(ctx, before, replacement.Asked)
		ended = lifecycle.Replace(ctx, t.server, replacement, save)
	}
	if last != nil {
		t.placed(ctx, last)
		out.save(updated(t.plan, t.state, *last), recordFor(t.plan, last.Record, last.Handle.ClientSecret))
	}
	out.diags.Append(problemsOf(t.server, ended.Problems, t.plan, t.state)...)
	if !out.diags.HasError() {
		out.tellSecretNotBack(t)
	}
	return out
}

// placed completes the record of what an apply ended with by what the configuration, or the state that is kept, says of where the client is.
func (t transition) placed(ctx context.Context, s *authserver.Snapshot) {
	kept := t.state.text(attrURITemplate)
	switch {
	case s.Applied:
		s.Record = t.server.Placed(ctx, s.Record, t.state.place(), t.plan.place())
		var told applied // before the update
		s.Record.TemplateAway = told.templateAway(ctx, t, authserver.State{Handle: s.Handle, Record: s.Record, Registered: s.Registered})
	case authserver.WrittenOut(kept) && t.record.Home.Relation(s.Record.Home, "") == reconcile.HomeOther: // beside another server's client that has the same client_id
		s.Record.TemplateAway = kept
	default: // the state keeps the template that this was told of
		s.Record.TemplateAway = t.record.TemplateAway
	}
}

// templateAway decides on the plan's template, and warns where it is not used since nobody can tell whose it is.
func (a *applied) templateAway(ctx context.Context, t transition, client authserver.State) string {
	client.Place = t.plan.place()
	away, untold := t.server.TemplateAway(ctx, client, t.plan.text(attrURITemplate), t.state.text(attrURITemplate))
	if untold {
		a.diags.Append(templateNotUsed(client.Handle.ClientID))
	}
	return away
}

// tellSecretNotBack warns where a client secret was to come back into the state and could not: no read shows it, or there is none.
func (a *applied) tellSecretNotBack(t transition) {
	if a.saved && t.takesSecretBack() && a.state.text(attrClientSecret) == "" && authserver.UsesSecret(a.state.registered()) {
		a.diags.Append(secretNotBack(a.state.text(attrClientID)))
	}
}

// inOrderOf gives lists the order of the state. Where another order is no reason for another client, it is none for an update that the server
// is known to refuse either.
func inOrderOf(state object, asked metadata.Document) {
	before, _, err := state.document()
	if err != nil {
		return
	}
	for member, value := range before {
		if metadata.Reordered(member, asked[member], value) {
			asked[member] = value
		}
	}
}

// insteadOf is the update that is tried before a replacement, where the plan makes another client only because the server was seen to have
// no updates.
func (t transition) insteadOf(ctx context.Context, before authserver.State, asked metadata.Document) *lifecycle.Change {
	change := t.change(ctx, before, asked)
	gone := t.record.Gone || t.record.Missing && change.Behaviour.OnMissing == reconcile.OnMissingRecreate
	if gone || change.RenewSecret || !t.manages() || t.record.Capabilities.Update != reconcile.CapabilityNo {
		return nil
	}
	return &change
}

func (t transition) change(ctx context.Context, before authserver.State, asked metadata.Document) lifecycle.Change {
	renewal, lifetime := t.renewal(ctx), !t.plan.attrs[attrSecretExpiresAt].IsKnown()
	return lifecycle.Change{
		State: before, Asked: asked, Behaviour: t.behaviour(),
		RenewSecret: renewal.due, RotateSecret: renewal.asked, StoresSecret: t.plan.storesSecret(),
		MayChange: reconcile.Changeable{
			Secret: lifetime && (!t.plan.storesSecret() || !t.plan.attrs[attrClientSecret].IsKnown()), Lifetime: lifetime,
			Token: !t.plan.attrs[attrToken].IsKnown(), URI: !t.plan.attrs[attrURI].IsKnown(),
		},
	}
}

// updated is the state after an update: the plan where it was applied, else the old state, each with the credentials in force.
func updated(plan, state object, snapshot authserver.Snapshot) object {
	out := state.clone()
	if snapshot.Applied {
		out = plan.clone()
	} else if snapshot.Rotated {
		out.attrs[attrRotateWhen] = plan.attrs[attrRotateWhen] // or each apply that is refused would ask for another secret
	}
	out.setHandle(snapshot.Handle)
	if snapshot.Registered != nil {
		out.setRegistered(snapshot.Registered)
	}
	if !snapshot.Applied && snapshot.Values != nil {
		out.setDocument(snapshot.Values) // the next read tells of what no attribute can hold
	}
	if snapshot.Applied {
		// What was planned as known must be so.
		for _, name := range computedAttributes {
			if plan.attrs[name].IsKnown() {
				out.attrs[name] = plan.attrs[name]
			}
		}
	}
	return out
}

func deleteClient(ctx context.Context, s *authserver.Server, state object, record reconcile.Record) (out applied) {
	ctx, cancel := within(ctx, state, "delete")
	defer cancel()
	defer failpoint.At("delete done")

	b := behaviour(s, state)
	if now := s.Settings().Behaviour.OnMissing; now == reconcile.OnMissingRecreate {
		// What the resource said is what the last apply saved, and a destroy sees no configuration of it: only the provider's setting
		// can be changed at this moment.
		b.OnMissing = now
	}
	ended := lifecycle.Deregister(ctx, s, stateOf(state, record), b, func(snapshot authserver.Snapshot) {
		state.setHandle(snapshot.Handle)
		out.save(state, recordFor(state, snapshot.Record, snapshot.Handle.ClientSecret))
	})
	out.diags.Append(unplacedProblemsOf(s, ended.Problems, state)...)
	return out
}
