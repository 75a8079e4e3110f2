// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// asksAgain reports whether the settings refuse by now what the server registered in place of what is asked for, so that an update is to ask for
// it again and be judged by them, though nothing else differs. Settings that are known in the apply only may turn out to refuse as much, which the
// plan at apply then restores; but an otherwise empty plan is not made anew there.
//
// Where the client cannot be updated, the apply refuses it. The plan does not: Terraform plans as usual before a destroy, too.
func (t transition) asksAgain(asked metadata.Document) bool {
	sure := t.plan.attrs[attrAccept].IsKnown() && t.plan.attrs[attrStrict].IsKnown() && !t.server.MayAcceptOtherwise()
	if !sure && t.plan.raw().Equal(t.state.raw()) {
		return false
	}
	b := t.behaviour()
	return len(t.record.AcceptedNoMore(asked, t.state.registered, b.AcceptSubstitutions, b.Strict || !sure && !t.plan.has(attrStrict))) > 0
}

// takenBefore is what the settings refuse by now of a client that cannot be updated.
func (t transition) takenBefore(asked metadata.Document) []outcome.Problem {
	if t.changeStep() == reconcile.ChangeByUpdate {
		return nil
	}
	b := t.behaviour()
	refused := t.record.AcceptedNoMore(asked, t.state.registered, b.AcceptSubstitutions, b.Strict)
	problems, members := make([]outcome.Problem, 0, len(refused)), make([]string, 0, len(refused))
	for _, found := range refused {
		members = append(members, found.Member)
	}
	for _, found := range refused {
		problems = append(problems, outcome.Problem{
			Kind: outcome.Substituted, ClientID: t.clientID(), Substitution: found, Consequence: outcome.TakenBefore, Members: members,
		})
	}
	return problems
}
