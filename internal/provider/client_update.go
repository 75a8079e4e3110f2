// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Update implements resource.Resource: a GET, so that the update never writes back stale values, a PUT, and a GET as the new baseline.
// An update that fails keeps the old attributes, so that the next plan shows the change again, with the newest credentials.
func (r *clientResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, err := open(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Plan cannot be read", err.Error())
		return
	}
	state, err := open(req.State.Raw)
	if err != nil {
		resp.Diagnostics.AddError("State cannot be read", err.Error())
		return
	}
	record, diags := loadRecord(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.attrs[attrRegistered].IsKnown() {
		// Only settings of this provider differ: the server is not concerned.
		resp.State.Raw = plan.raw()
		if p := record.Pending; p != nil && !plan.storesSecret() {
			p.ClientSecret = secret.String{}
			resp.Diagnostics.Append(saveRecord(ctx, resp.Private, record)...)
		}
		return
	}
	ctx, cancel := within(ctx, plan, "update")
	defer cancel()
	defer failpoint("update done")

	u := &update{
		manager: r.session.manage(state, record), before: record, plan: plan, state: state, behaviour: r.session.behaviour(plan),
		renewal: r.session.renewal(plan, state, record),
	}
	if problems := u.needsJournal(); problems.HasError() {
		resp.Diagnostics.Append(problems...)
		return
	}
	u.confirm(ctx)
	// Whatever happens from here on, the credentials that are in force are saved.
	u.save = func(o object) {
		resp.State.Raw = o.raw()
		resp.Diagnostics.Append(saveRecord(ctx, resp.Private, u.record)...)
	}
	u.run(ctx)
	resp.Diagnostics.Append(u.diags...)
}

// update is one update under way.
type update struct {
	*manager
	before      reconcile.Record
	plan, state object
	behaviour   behaviour
	renewal     renewal
	save        func(object)
}

// keep saves the old attributes with the credentials in force.
func (u *update) keep(view metadata.Document) {
	kept := u.state.clone()
	kept.setHandle(u.handle)
	if view != nil {
		kept.setRegistered(view)
	}
	u.save(kept)
}

func (u *update) run(ctx context.Context) {
	if problems := checkConfiguration(u.plan); problems.HasError() {
		u.diags.Append(problems...)
		return
	}
	asked, _, err := u.plan.document()
	if err != nil {
		u.diags.Append(malformedProblem(err))
		return
	}
	current, ok := u.current(ctx)
	u.keep(nil)
	if !ok {
		return
	}

	change := reconcile.Update{
		ClientID: u.handle.ClientID, ClientSecret: u.handle.ClientSecret, Asked: asked,
		Removed: reconcile.Removed(u.before.Agreed, asked), Registered: current,
	}
	view, written, before := current, metadata.Document(nil), u.handle
	if u.renewal.due || !reconcile.Satisfied(u.before.Agreed, asked, current) {
		answer, form, err := u.send(ctx, change)
		if maybeProcessed(err) && !u.record.Facts.UpdateSeen {
			// The answer that was lost may have held a new secret, on a server of which nothing else is known: the one in the
			// state is then no evidence of anything.
			u.record.Facts.SecretOnUpdate = true
		}
		u.keep(nil)
		if err != nil {
			u.diags.Append(requestProblem("Client "+u.handle.ClientID+" not updated", err, lostUpdate(err)))
			return
		}
		u.record.Form = form
		if left := reconcile.LeftOut(form, change); len(left) > 0 {
			u.diags.AddWarning("Not all of the server's own members were sent back", fmt.Sprintf("The server took the update only in the form %q, which leaves out %s. It may have reset them.", form, strings.Join(left, ", ")))
		}
		view, written = answer.Metadata, answer.Metadata
		if seen, err := u.read(ctx, reconcile.FromReadBack); err == nil {
			view = seen.Metadata
		} else {
			u.diags.AddWarning("Client "+u.handle.ClientID+" updated but not read back", paragraphs(exchange(err), likelyCause(err), "What the update's answer showed is taken as what the server has registered."))
		}
	}
	if before.ClientSecret.IsEmpty() && before.ClientSecretExpiresAt != nil && !sameMoment(u.handle, before) {
		// The secret itself is kept nowhere to compare with, but its lifetime began anew.
		u.record.Facts.SecretOnUpdate = true
	}
	if u.renewal.due && u.handle.ClientSecret.Equal(change.ClientSecret) && sameMoment(u.handle, before) && !u.keptSecret(asked, view) {
		return
	}
	u.finish(change, view, written)
}

// keptSecret tells that the update brought no new secret. Where an expiry asked for it, the next plan sees the same expiry and
// replaces the client; where rotate_secret_when did, the state must keep its old values, or nothing would ask again. It
// returns whether the update may be finished.
func (u *update) keptSecret(asked, view metadata.Document) bool {
	told := fmt.Sprintf("An update of client %s did not bring a new client secret. Plan again: this server is now known to keep secrets on updates, so the client will be replaced to get one.", u.handle.ClientID)
	if !u.renewal.asked {
		u.diags.AddAttributeWarning(path.Root(attrClientSecret), "Server kept the client secret", told)
		return true
	}
	u.record.Agreed = reconcile.AfterRefusal(u.before.Agreed, asked, view)
	u.keep(view)
	u.diags.AddAttributeError(path.Root(attrRotateWhen), "Server kept the client secret", told)
	return false
}

// finish compares what was asked with what is registered now and saves the outcome.
func (u *update) finish(change reconcile.Update, view, written metadata.Document) {
	agreed, substitutions := reconcile.Settle(change.Asked, view)
	if written != nil {
		substitutions = reconcile.Sharpen(substitutions, written)
	}
	refused, warned := reconcile.Judge(substitutions, u.behaviour.AcceptSubstitutions, u.behaviour.Strict)
	if len(refused) > 0 {
		u.record.Agreed = reconcile.AfterRefusal(u.before.Agreed, change.Asked, view)
		u.keep(view)
		u.diags.Append(substitutionErrors(refused, "The update is made at the server, and the state keeps the old values, so that the next plan shows the difference again.")...)
		return
	}
	warned = append(warned, reconcile.Kept(change.Removed, change.Registered, view)...)
	u.diags.Append(substitutionWarnings(reconcile.Unreported(warned, u.before.Agreed))...)
	u.record.Agreed = agreed
	after := u.plan.clone()
	shown, pending := reconcile.Withhold(u.state.handle(), u.handle, reconcile.Changeable{
		Secret: !u.plan.attrs[attrSecretExpiresAt].IsKnown(), Token: !u.plan.attrs[attrToken].IsKnown(), URI: !u.plan.attrs[attrURI].IsKnown(),
	})
	if pending != nil {
		if !u.plan.storesSecret() {
			pending.ClientSecret = secret.String{}
		}
		u.diags.AddWarning("Server changed credentials unexpectedly", fmt.Sprintf("Earlier updates of client %s left its credentials as they were; this one changed them. "+
			"The new ones are saved and appear in the attributes with the next refresh: run terraform apply once more where other resources use them.", u.handle.ClientID))
	}
	u.record.Pending = pending
	after.setHandle(shown)
	after.setRegistered(view)
	for _, name := range computedAttributes {
		if u.plan.attrs[name].IsKnown() {
			after.attrs[name] = u.plan.attrs[name]
		}
	}
	u.save(after)
}

func sameMoment(a, b reconcile.Handle) bool {
	return rfc3339(a.ClientSecretExpiresAt) == rfc3339(b.ClientSecretExpiresAt)
}

// current reads the client as it is now. Where the server supports no reading, what the state has must do.
func (u *update) current(ctx context.Context) (metadata.Document, bool) {
	answer, err := u.read(ctx, reconcile.FromRead)
	if err == nil {
		return answer.Metadata, true
	}
	var de *dcr.Error
	if errors.As(err, &de) && de.NotSupported() {
		return u.state.registered(), true
	}
	v := u.judge(ctx, err, u.state, u.behaviour)
	if v.gone {
		u.diags.AddError("Client "+u.handle.ClientID+" is gone", paragraphs(exchange(err), "It was deregistered at the server since the plan was made. Plan again: the new plan registers it anew."))
	}
	u.diags.Append(v.diags...)
	return nil, false
}

// send tries the forms of the update, from the one that worked before on, as long as the server refuses the metadata. The first
// refusal is the one that is told: later forms say less.
func (u *update) send(ctx context.Context, change reconcile.Update) (*dcr.Registration, reconcile.Form, error) {
	var first error
	var refusals []reconcile.Refusal
	for _, form := range reconcile.Distinct(reconcile.Candidates(u.before.Form, u.behaviour.UpdateForm), change) {
		answer, err := u.update(ctx, reconcile.Body(form, change))
		if err == nil {
			return answer, form, nil
		}
		if first == nil {
			first = err
		}
		var de *dcr.Error
		// A 403 that names the caller is about the body, too, where the server just let the same caller in: to some servers a
		// client_secret, which the earlier form did not have, is forbidden.
		again := errors.As(err, &de) && (de.RefusesMetadata() || de.Forbidden() && len(refusals) > 0)
		if !again {
			if len(refusals) == 0 {
				return nil, form, err
			}
			return nil, form, errors.Join(first, err)
		}
		refusals = append(refusals, reconcile.Refusal{Form: form, Status: de.Status, Code: de.Code, Description: de.Description})
		if reconcile.Conclusive(refusals, change) {
			break
		}
	}
	return nil, "", first
}

func lostUpdate(err error) string {
	if !maybeProcessed(err) {
		return ""
	}
	return "The update may have been made although no answer arrived, and on a server that rotates the registration access token with each update the new token is lost then. " +
		"Run terraform plan: if the client is refused with 401, hand in a new token by the provider's registration_access_tokens."
}
