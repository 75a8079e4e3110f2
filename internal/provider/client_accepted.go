// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// asksAgain reports whether the settings refuse by now what the server registered in place of what is asked for, so that an update is to ask for
// it again and be judged by them, though nothing else differs. Settings that are known in the apply only may turn out to refuse as much, which the
// plan at apply then restores; but an otherwise empty plan is not made anew there.
//
// Where the client cannot be updated, the apply refuses it. The plan does not: Terraform plans as usual before a destroy, too.
func asksAgain(s *authserver.Server, plan, state object, record reconcile.Record, asked metadata.Document) bool {
	sure := plan.attrs[attrAccept].IsKnown() && plan.attrs[attrStrict].IsKnown() && !s.MayAcceptOtherwise()
	if !sure && plan.raw().Equal(state.raw()) {
		return false
	}
	b := behaviour(s, plan)
	return len(record.AcceptedNoMore(asked, state.registered, b.AcceptSubstitutions, b.Strict || !sure && !plan.has(attrStrict))) > 0
}

// takenBefore is what the settings refuse by now of a client that cannot be updated.
func takenBefore(s *authserver.Server, plan, state object, record reconcile.Record, asked metadata.Document) []outcome.Problem {
	if record.Capabilities.Change(s.Manages(state.handle())) == reconcile.ChangeByUpdate {
		return nil
	}
	b := behaviour(s, plan)
	refused := record.AcceptedNoMore(asked, state.registered, b.AcceptSubstitutions, b.Strict)
	problems, members := make([]outcome.Problem, 0, len(refused)), make([]string, 0, len(refused))
	for _, found := range refused {
		members = append(members, found.Member)
	}
	for _, found := range refused {
		problems = append(problems, outcome.Problem{
			Kind: outcome.Substituted, ClientID: state.text(attrClientID), Substitution: found, Consequence: outcome.TakenBefore, Members: members,
		})
	}
	return problems
}
