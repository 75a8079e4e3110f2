// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// planned is the outcome of a plan, beside the plan itself.
type planned struct {
	replace path.Paths
	diags   diag.Diagnostics
}

func planNew(ctx context.Context, s *authserver.Server, plan object) planned {
	planCreate(plan)
	out := planned{diags: checkPlace(s, plan)}
	if problem := s.UnusableJournal(); problem != nil {
		out.diags.Append(lifecycleProblem(*problem)...)
	}
	out.diags.Append(checkSupport(ctx, s, plan, object{}, true)...)
	return out
}

// checkPlace refuses an unusable URL of the resource's own server at plan already.
func checkPlace(s *authserver.Server, plan object) diag.Diagnostics {
	return serverProblems(s, s.CheckPlace(plan.place()))
}

// checkNewPlace is checkPlace for a client that moves, with a warning where its new server cannot be asked.
func checkNewPlace(ctx context.Context, s *authserver.Server, plan object) diag.Diagnostics {
	diags := checkPlace(s, plan)
	if diags.HasError() {
		return diags
	}
	if problem := s.NotLookedAt(ctx, plan.place()); problem != nil {
		diags.Append(lifecycleProblem(*problem)...)
	}
	return diags
}

// planChange completes a plan for a client that exists. The framework marks every computed attribute unknown as soon as one
// attribute differs; here the differences that mean nothing are taken back, and only what an update may change stays unknown.
func planChange(ctx context.Context, s *authserver.Server, plan, state object, record reconcile.Record) (out planned) {
	// With -refresh=false no read has told the journal that the client is in a state.
	out.diags.Append(lifecycleProblems(lifecycle.Confirm(ctx, s, stateOf(state, record)))...)
	missing := lifecycle.DecideMissing(s, stateOf(state, record), behaviour(s, plan))
	out.diags.Append(missingTold(s, plan, state, record, missing)...)
	manages := s.Manages(state.handle())
	// An order is no reason for another client.
	changed, written, diags := keepSame(plan, state, record.Capabilities.Change(manages) == reconcile.ChangeByUpdate)
	out.diags.Append(diags...)
	if out.diags.HasError() {
		return out
	}
	asked, unknown, err := plan.document()
	if err == nil && len(changed) == 0 && len(unknown) == 0 {
		// A member that the state shows nothing of and that then left the configuration is null on both sides.
		changed = unsettled(state, record, asked)
	}
	renewal := renewalOf(ctx, s, plan, state, record)
	out.diags.Append(renewal.diags...)
	may := reconcile.UpdateMayChange(record.Facts, record.Agreed, asked, lifecycle.ReadsFirst(s, stateOf(state, record)))
	// A method that is not known yet may turn out another, and another method may bring another secret. The same goes for a secret
	// that comes due between this plan and the one at apply, which itself is made later and may leave no more open.
	may.Secret = may.Secret || unknown["token_endpoint_auth_method"] || !renewal.soon.IsZero() && s.WasRead(state.place(), state.text(attrClientID))
	reads, told := lifecycle.ReadsInApply(s, stateOf(state, record), readingMost(s, plan))
	if told != nil {
		out.diags.Append(lifecycleProblem(*told)...)
	}
	move := moveOf(ctx, s, plan, state, record)
	if out.diags.Append(move.told(ctx, s, plan, state, record)...); out.diags.HasError() {
		return out
	}
	by := replacementOf(s, state, record, len(move.places) > 0, changed, renewal)
	sends := len(changed) > 0 || reads
	if by == replacedInPlace && !renewal.replaced() && err == nil && len(unknown) == 0 && registeredAlready(s, plan, state, record, asked) {
		// What a configuration writes out that the server has registered already is no reason for another client.
		by, sends = replacedNot, reads || manages
	}
	if !manages && by == replacedNot && takesSecretBack(plan, state) && authserver.UsesSecret(state.registered()) {
		out.diags.Append(secretNotBack(state.text(attrClientID)))
	}
	planComputed(plan, state, may, sends || manages && takesSecretBack(plan, state), renewal.due)
	registers := by != replacedNot || missing.Recreate
	keepWriting(s, plan, state, written) // without which a plan that only writes the same otherwise looks empty
	if by == replacedNot && !registers && !renewal.due && err == nil {
		planAgain(s, plan, state, record, asked, may)
	}
	out.diags.Append(planRegister(s, plan, state, record, registers, changed, renewal)...)
	keepWriting(s, plan, state, written)
	out.diags.Append(planDueSoon(s, plan, state, may, renewal)...)
	if by == replacedByTerraform {
		out.replace = move.places
		out.diags.Append(checkNewPlace(ctx, s, plan)...)
	} else if by == replacedInPlace && !renewal.replaced() {
		out.diags.Append(replacementWarning(ctx, s, state, record, changed)...)
	}
	if len(changed) > 0 || registers {
		out.diags.Append(checkSupport(ctx, s, plan, state, registers)...)
	}
	return out
}

// planDueSoon leaves unknown, beside whatever changes, what a renewal changes that may be due by the time of the apply. The plan at apply
// renews, or restores: it is made without a read before it.
func planDueSoon(s *authserver.Server, plan, state object, may reconcile.Changeable, renewal renewal) diag.Diagnostics {
	if renewal.soon.IsZero() || renewal.due || !s.WasRead(state.place(), state.text(attrClientID)) || plan.raw().Equal(state.raw()) {
		return nil
	}
	if !plan.attrs[attrClientID].IsKnown() {
		return nil // there will be another client, or there may be, of which nothing of this one's is known
	}
	unmanaged := s.MayTurnUnmanaged()
	if !renewal.replaces {
		planComputed(plan, state, may, true, true)
	}
	if !renewal.replaces && !unmanaged || renewal.soon.Sub(s.Now()) > mayReplaceFor {
		return nil
	}
	planCreate(plan)
	if !renewal.replaces {
		return diag.Diagnostics{managementMayNeedNewClient(state.text(attrClientID))}
	}
	return diag.Diagnostics{renewal.by.byRenewalSoon(renewal.soon)}
}

// planRegister leaves unknown what another client has of its own, where the plan registers one: nothing of the old one's is known about it.
// The same where a setting that is known in the apply only decides there whether it does. The plan at apply restores what then stays.
func planRegister(s *authserver.Server, plan, state object, record reconcile.Record, registers bool, changed []string, renewal renewal) diag.Diagnostics {
	id := state.text(attrClientID)
	// Where the resource has no setting of its own, an otherwise empty plan is not made anew at apply.
	setting := !plan.attrs[attrOnMissing].IsKnown() || !plan.has(attrOnMissing) && s.MayTurnToRecreate() && !plan.raw().Equal(state.raw())
	switch {
	case registers:
		planCreate(plan)
	case s.Manages(state.handle()) && record.Missing && setting:
		planCreate(plan)
		return diag.Diagnostics{missingMayNeedNewClient(id)}
	case s.MayTurnUnmanaged() && (len(changed) > 0 && !writtenOut(plan, state, record) || renewal.due):
		planCreate(plan)
		return diag.Diagnostics{managementMayNeedNewClient(id)}
	}
	return nil
}

// planAgain plans an update that asks again for what the settings accept no other value of any more.
func planAgain(s *authserver.Server, plan, state object, record reconcile.Record, asked metadata.Document, may reconcile.Changeable) {
	if !asksAgain(s, plan, state, record, asked) {
		return
	}
	if record.Capabilities.Change(s.Manages(state.handle())) != reconcile.ChangeByUpdate {
		may = reconcile.Changeable{} // nothing is sent
	}
	planComputed(plan, state, may, true, false)
}

// writtenOut reports whether the server is known to have all that is configured, which then is no reason for another client.
func writtenOut(plan, state object, record reconcile.Record) bool {
	asked, unknown, err := plan.document()
	return err == nil && len(unknown) == 0 && record.NothingNew(asked, state.registered())
}

// missingTold is what a plan tells of a client that the refresh did not show. Only an error that is told may make those of other clients warnings.
func missingTold(s *authserver.Server, plan, state object, record reconcile.Record, missing lifecycle.Missing) diag.Diagnostics {
	if missing.Problem == nil || !missing.Problem.Warning && readsOtherwise(s, plan, state, record, missing.Problem.Err) {
		return nil
	}
	told := *missing.Problem
	told.Warning = told.Warning || s.FailedAlready(told.Kind, stateOf(state, record))
	return problemsOf(s, []outcome.Problem{told}, state)
}

// unsettled are the members that left the configuration and that the server may still have.
func unsettled(state object, record reconcile.Record, asked metadata.Document) []string {
	if len(reconcile.Removed(record.Agreed, asked)) == 0 { // as in nearly every plan, which so decodes nothing
		return nil
	}
	return reconcile.Unsettled(record.Agreed, asked, state.registered())
}

// planCreate leaves unknown what the server will assign.
func planCreate(plan object) {
	for _, name := range computedAttributes {
		plan.setUnknown(name)
	}
	if !plan.storesSecret() {
		plan.setText(attrClientSecret, "")
	}
}

// keepWriting takes back what keepSame kept of the state's writing, unless nothing at all is left to do. A value of which a part is known in
// the apply only is planned as it is configured, and so must be what that apply plans; which knows no more of what was planned first than
// any other plan. An empty plan is followed by none, and an apply reads no client before it plans.
func keepWriting(s *authserver.Server, plan, state object, written map[string]tftypes.Value) {
	if len(written) == 0 || s.WasRead(state.place(), state.text(attrClientID)) && plan.raw().Equal(state.raw()) {
		return
	}
	maps.Copy(plan.attrs, written)
}

// keepSame plans the prior value wherever it says the same as the configured one, and returns the members of client metadata that
// do change, and the configured values of the others. Another order of URIs is a change where ordered is set.
func keepSame(plan, state object, ordered bool) (changed []string, written map[string]tftypes.Value, diags diag.Diagnostics) {
	written = map[string]tftypes.Value{}
	planned, unknown, err := plan.document()
	if err != nil {
		diags.Append(malformedProblem(err))
		return nil, nil, diags
	}
	prior, _, err := state.document()
	if err != nil {
		// A value that the state cannot give as a member is one that changes.
		prior = metadata.Document{}
	}
	for _, p := range metadata.All() {
		if unknown[p.Name] {
			changed = append(changed, p.Name)
			continue
		}
		if plan.attrs[p.Name].Equal(state.attrs[p.Name]) {
			continue
		}
		if plan.has(p.Name) && state.has(p.Name) && metadata.Equal(p.Name, planned[p.Name], prior[p.Name]) &&
			metadata.EmptyChosen(p.Name, planned[p.Name]) == metadata.EmptyChosen(p.Name, prior[p.Name]) &&
			!(ordered && metadata.OrderChosen(p.Name) && metadata.Reordered(p.Name, planned[p.Name], prior[p.Name])) {
			written[p.Name], plan.attrs[p.Name] = plan.attrs[p.Name], state.attrs[p.Name]
			continue
		}
		changed = append(changed, p.Name)
	}
	for attribute, belongs := range map[string]func(string) bool{
		attrLocalized: func(m string) bool { _, tag := metadata.SplitTag(m); return tag != "" && !isExtension(m) },
		attrExtension: isExtension,
	} {
		if plan.attrs[attribute].Equal(state.attrs[attribute]) {
			continue
		}
		differing := differences(planned, prior, unknown, attribute, belongs)
		// What differs without a difference is another writing: in localized of a tag, in extension_metadata of a value, of whose type
		// Terraform may have planned the attribute as unknown, so that the apply must plan that type. An update, which finds nothing to
		// send, agrees on the members anew.
		if len(differing) == 0 && attribute == attrExtension && plan.has(attribute) && state.has(attribute) {
			differing = []string{attribute}
		}
		changed = append(changed, differing...)
	}
	return changed, written, diags
}

// takesSecretBack reports whether the client secret is to come back into the state. Only a read brings it, or a new secret.
func takesSecretBack(plan, state object) bool { return plan.storesSecret() && !state.storesSecret() }

func differences(planned, prior metadata.Document, unknown map[string]bool, attribute string, belongs func(string) bool) []string {
	var out []string
	if unknown[attribute] {
		out = append(out, attribute)
	}
	for member := range unknown {
		if member != attribute && belongs(member) {
			out = append(out, member)
		}
	}
	was, is, open := map[string]any{}, map[string]bool{}, map[string]bool{}
	for member, j := range prior {
		was[sameTag(member)] = j
	}
	for member := range unknown {
		open[sameTag(member)] = true
	}
	for member, j := range planned {
		is[sameTag(member)] = true
		// A member that says nothing is one to agree on, too: as long as it is not agreed on, a read takes it out of the state.
		before, there := was[sameTag(member)]
		if belongs(member) && (!there || !metadata.Equal(member, j, before)) {
			out = append(out, member)
		}
	}
	for member := range prior {
		if belongs(member) && !is[sameTag(member)] && !open[sameTag(member)] {
			out = append(out, member)
		}
	}
	return out
}

// planComputed restores what an update cannot change and leaves unknown what it may: the registered metadata always, credentials
// until an update has shown that this server keeps them.
//
// changes also stands for an update that only reads: the one that takes the secret back into the state.
func planComputed(plan, state object, may reconcile.Changeable, changes, renews bool) {
	for _, name := range computedAttributes {
		plan.attrs[name] = state.attrs[name]
	}
	if !plan.storesSecret() {
		plan.setText(attrClientSecret, "")
	}
	// A secret comes back with its expiry; or whether the state will hold it is not known yet.
	back := changes && takesSecretBack(plan, state) || !plan.attrs[attrStoreSecret].IsKnown()
	if back {
		plan.setUnknown(attrClientSecret)
		plan.setUnknown(attrSecretExpiresAt)
		plan.setUnknown(attrSecretExpiration)
	}
	if !changes && !renews {
		return
	}
	plan.setUnknown(attrRegistered)
	if state.has(attrToken) && may.Token {
		plan.setUnknown(attrToken)
	}
	if state.has(attrURI) && may.URI {
		plan.setUnknown(attrURI)
	}
	if renews || may.Secret {
		if plan.storesSecret() {
			plan.setUnknown(attrClientSecret)
		}
		plan.setUnknown(attrSecretExpiresAt)
		plan.setUnknown(attrSecretExpiration)
	}
}
