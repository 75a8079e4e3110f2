// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
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
func (t transition) planChange(ctx context.Context) (out planned) {
	// With -refresh=false no read has told the journal that the client is in a state.
	out.diags.Append(lifecycleProblems(lifecycle.Confirm(ctx, t.server, t.prior()))...)
	missing := lifecycle.DecideMissing(t.server, t.prior(), t.behaviour())
	out.diags.Append(t.missingTold(missing)...)
	manages := t.manages()
	// An order is no reason for another client.
	changed, written, diags := keepSame(t.plan, t.state, t.record.Capabilities.Change(manages) == reconcile.ChangeByUpdate)
	if out.diags.Append(diags...); out.diags.HasError() {
		return out
	}
	asked, unknown, err := t.plan.document()
	known := err == nil && len(unknown) == 0
	if known && len(changed) == 0 {
		// A member that the state shows nothing of and that then left the configuration is null on both sides.
		changed = t.unsettled(asked)
	}
	renewal := t.renewal(ctx)
	out.diags.Append(renewal.diags...)
	may := reconcile.UpdateMayChange(t.record.Facts, t.record.Agreed, asked, lifecycle.ReadsFirst(t.server, t.prior()))
	// A method that is not known yet may turn out another, and another method may bring another secret. The same goes for a secret
	// that comes due between this plan and the one at apply, which itself is made later and may leave no more open.
	may.Secret = may.Secret || unknown["token_endpoint_auth_method"] || !renewal.soon.IsZero() && t.server.WasRead(t.state.place(), t.clientID())
	reads, told := lifecycle.ReadsInApply(t.server, t.prior(), readingMost(t.server, t.plan))
	if told != nil {
		out.diags.Append(lifecycleProblem(*told)...)
	}
	move := t.move(ctx)
	if out.diags.Append(move.told(ctx, t)...); out.diags.HasError() {
		return out
	}
	by := t.replacedBy(len(move.places) > 0, changed, renewal)
	sends := len(changed) > 0 || reads
	if by == replacedInPlace && !renewal.replaced() && known && t.registeredAlready(asked, t.behaviour().Strict || strictOpen(t.server, t.plan)) {
		// What a configuration writes out that the server has registered already is no reason for another client.
		by, sends = replacedNot, reads || manages
	}
	if !manages && by == replacedNot && t.takesSecretBack() && authserver.UsesSecret(t.state.registered()) {
		out.diags.Append(secretNotBack(t.clientID()))
	}
	t.planComputed(may, sends || manages && t.takesSecretBack(), renewal.due)
	registers := by != replacedNot || missing.Recreate
	t.keepWriting(written) // without which a plan that only writes the same otherwise looks empty
	if by == replacedNot && !registers && !renewal.due && err == nil {
		t.planAgain(asked, may)
	}
	out.diags.Append(t.planRegister(registers, changed, renewal)...)
	t.keepWriting(written)
	out.diags.Append(append(t.planDueSoon(may, renewal), t.secretLost(by, registers, manages && len(changed) > 0, asked, renewal)...)...)
	if by == replacedByTerraform {
		out.replace = move.places
		out.diags.Append(checkNewPlace(ctx, t.server, t.plan)...)
	} else if by == replacedInPlace && !renewal.replaced() {
		out.diags.Append(t.replacementWarning(ctx, changed, known && strictOpen(t.server, t.plan) && t.registeredAlready(asked, false))...)
	}
	if len(changed) > 0 || registers {
		out.diags.Append(checkSupport(ctx, t.server, t.plan, t.state, registers)...)
	}
	return out
}

// secretLost warns of what brings a secret in its answer alone, which the state is not to store: an update, a renewal, or another client in the place of this one.
func (t transition) secretLost(by replacedBy, registers, updates bool, asked metadata.Document, renewal renewal) diag.Diagnostics {
	if by != replacedInPlace && registers { // at another server, or in the place of a client that is gone
		return nil
	}
	if !authserver.KeepsNoSecret(t.plan.storesSecret(), t.record.Facts, t.state.registered()) || !authserver.UsesSecret(asked) {
		return nil
	}
	switch {
	case by == replacedInPlace, renewal.due && (renewal.asked || !t.updatesKeepSecret()):
		certain := t.plan.attrs[attrRotateWhen].IsFullyKnown() && t.plan.attrs[attrRenewBefore].IsKnown() && !strictOpen(t.server, t.plan)
		return diag.Diagnostics{newSecretUnkept(t.clientID(), by == replacedInPlace, certain)}
	case updates && t.record.Facts.SecretOnUpdate:
		return diag.Diagnostics{updateReplacesSecret(t.clientID())}
	}
	return nil
}

// planDueSoon leaves unknown, beside whatever changes, what a renewal changes that may be due by the time of the apply. The plan at apply
// renews, or restores: it is made without a read before it.
func (t transition) planDueSoon(may reconcile.Changeable, renewal renewal) diag.Diagnostics {
	if renewal.soon.IsZero() || renewal.due || !t.server.WasRead(t.state.place(), t.clientID()) || t.plan.raw().Equal(t.state.raw()) {
		return nil
	}
	if !t.plan.attrs[attrClientID].IsKnown() {
		return nil // there will be another client, or there may be, of which nothing of this one's is known
	}
	unmanaged := t.server.MayTurnUnmanaged()
	if !renewal.replaces {
		t.planComputed(may, true, true)
	}
	if !renewal.replaces && !unmanaged || renewal.soon.Sub(t.server.Now()) > mayReplaceFor {
		return nil
	}
	planCreate(t.plan)
	if !renewal.replaces {
		return diag.Diagnostics{managementMayNeedNewClient(t.clientID())}
	}
	return diag.Diagnostics{renewal.by.byRenewalSoon(renewal.soon)}
}

// onMissingOpen reports whether on_missing is known in the apply only, which then says what becomes of a client that is not shown.
func (t transition) onMissingOpen() bool {
	return !t.plan.attrs[attrOnMissing].IsKnown() || !t.plan.has(attrOnMissing) && t.server.MayTurnToRecreate()
}

// planRegister leaves unknown what another client has of its own, where the plan registers one: nothing of the old one's is known about it.
// The same where a setting that is known in the apply only decides there whether it does. The plan at apply restores what then stays.
func (t transition) planRegister(registers bool, changed []string, renewal renewal) diag.Diagnostics {
	id := t.clientID()
	// Where the resource has no setting of its own, an otherwise empty plan is not made anew at apply.
	setting := !t.plan.attrs[attrOnMissing].IsKnown() || t.onMissingOpen() && !t.plan.raw().Equal(t.state.raw())
	switch {
	case registers:
		planCreate(t.plan)
	case t.manages() && t.record.Missing && setting:
		planCreate(t.plan)
		return diag.Diagnostics{missingMayNeedNewClient(id)}
	case t.server.MayTurnUnmanaged() && (len(changed) > 0 && !t.writtenOut() || renewal.due):
		planCreate(t.plan)
		return diag.Diagnostics{managementMayNeedNewClient(id)}
	}
	return nil
}

// planAgain plans an update that asks again for what the settings accept no other value of any more.
func (t transition) planAgain(asked metadata.Document, may reconcile.Changeable) {
	if !t.asksAgain(asked) {
		return
	}
	if t.changeStep() != reconcile.ChangeByUpdate {
		may = reconcile.Changeable{} // nothing is sent
	}
	t.planComputed(may, true, false)
}

// writtenOut reports whether the server is known to have all that is configured, which then is no reason for another client.
func (t transition) writtenOut() bool {
	asked, unknown, err := t.plan.document()
	return err == nil && len(unknown) == 0 && t.record.NothingNew(asked, t.state.registered())
}

// missingTold is what a plan tells of a client that the refresh did not show. Only an error that is told may make those of other clients warnings.
func (t transition) missingTold(missing lifecycle.Missing) diag.Diagnostics {
	if missing.Problem == nil || !missing.Problem.Warning && t.readsOtherwise(missing.Problem.Err) {
		return nil
	}
	told := *missing.Problem
	told.Warning = told.Warning || missing.BySetting && t.onMissingOpen() || t.server.FailedAlready(told.Kind, t.prior())
	return problemsOf(t.server, []outcome.Problem{told}, t.state)
}

// readsOtherwise reports whether a read failed for want of what the configuration gives by now: the time, or the address where the server is to be asked. A
// read has what was configured when the state was written, so that without this neither would have an effect before an apply that the same failure prevents. Another
// address explains no refused credential, and where a change would register another client, the one that there is must be shown first.
func (t transition) readsOtherwise(failed error) bool {
	to, class := t.behaviour().URITemplate, authserver.ClassOf(reconcile.OperationRead, failed)
	if to != "" && to != behaviour(t.server, t.state).URITemplate && !class.AsksForAnother() && t.record.Capabilities.Change(true) == reconcile.ChangeByUpdate {
		return true
	}
	var te *transport.Error
	return errors.As(failed, &te) && te.OperationTimedOut() && timeoutOf(t.plan, "read") > timeoutOf(t.state, "read")
}

// unsettled are the members that left the configuration and that the server may still have.
func (t transition) unsettled(asked metadata.Document) []string {
	if len(reconcile.Removed(t.record.Agreed, asked)) == 0 { // as in nearly every plan, which so decodes nothing
		return nil
	}
	return t.record.Unsettled(asked, t.state.registered())
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
func (t transition) keepWriting(written map[string]tftypes.Value) {
	if len(written) == 0 || t.server.WasRead(t.state.place(), t.clientID()) && t.plan.raw().Equal(t.state.raw()) {
		return
	}
	maps.Copy(t.plan.attrs, written)
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
func (t transition) takesSecretBack() bool { return t.plan.storesSecret() && !t.state.storesSecret() }

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
func (t transition) planComputed(may reconcile.Changeable, changes, renews bool) {
	for _, name := range computedAttributes {
		t.plan.attrs[name] = t.state.attrs[name]
	}
	if !t.plan.storesSecret() {
		t.plan.setText(attrClientSecret, "")
	}
	// A secret comes back with its expiry; or whether the state will hold it is not known yet.
	back := changes && t.takesSecretBack() || !t.plan.attrs[attrStoreSecret].IsKnown()
	if back {
		t.plan.setUnknown(attrClientSecret)
		t.plan.setUnknown(attrSecretExpiresAt)
		t.plan.setUnknown(attrSecretExpiration)
	}
	if !changes && !renews {
		return
	}
	t.plan.setUnknown(attrRegistered)
	if t.state.has(attrToken) && may.Token {
		t.plan.setUnknown(attrToken)
	}
	if t.state.has(attrURI) && may.URI {
		t.plan.setUnknown(attrURI)
	}
	if renews || may.Secret || may.Lifetime {
		if t.plan.storesSecret() && (renews || may.Secret) {
			t.plan.setUnknown(attrClientSecret)
		}
		t.plan.setUnknown(attrSecretExpiresAt)
		t.plan.setUnknown(attrSecretExpiration)
	}
}
