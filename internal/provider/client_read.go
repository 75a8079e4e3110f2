// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// refreshed is the outcome of a read, beside the state itself.
type refreshed struct {
	gone   bool
	record *reconcile.Record // nil where nothing was read and the state is as it was
	diags  diag.Diagnostics
}

// readClient refreshes the state from the server.
func readClient(ctx context.Context, s *authserver.Server, state object, record reconcile.Record) (out refreshed) {
	ctx, cancel := within(ctx, state, "read")
	defer cancel()
	defer failpoint.At("read done")

	// ImportState makes a state of a handle and nothing else.
	refresh := lifecycle.Refresh{State: stateOf(state, record), Behaviour: behaviour(s, state), Importing: !state.has(attrRegistered)}
	var illegible []*malformed
	refresh.InState = memberInState(state)
	if record.Agreed == nil && !refresh.Importing {
		shown, _, err := state.document()
		if refresh.Shown = shown; err != nil {
			illegible = []*malformed{malformedOf(err)}
		}
	}
	var notShown []*malformed
	ended := lifecycle.Read(ctx, s, refresh, func(snapshot authserver.Snapshot) {
		record := recordFor(state, snapshot.Record, snapshot.Handle.ClientSecret)
		out.record = &record
		state.setHandle(snapshot.Handle)
		if snapshot.Registered == nil {
			return
		}
		state.setRegistered(snapshot.Registered)
		if notShown = illegible; len(notShown) == 0 {
			notShown = state.setDocument(snapshot.Values)
			// As what the server has dropped: where changes of the attribute are ignored, no update is to remove what only the server has.
			record.Agreed = reconcile.WithoutForgotten(record.Agreed, func(member string) bool {
				return !slices.ContainsFunc(notShown, func(m *malformed) bool { return m.member == member })
			})
		}
	})
	s.NoteRead(state.place(), state.text(attrClientID))
	tell := problemsOf
	if refresh.Importing {
		tell = unplacedProblemsOf
	}
	out.gone, out.diags = ended.Gone, tell(s, ended.Problems, state)
	if len(notShown) > 0 {
		out.diags.Append(notShownProblem(state.text(attrClientID), notShown, memberInState(state)))
	}
	return out
}

// memberInState returns what reports whether the state has a value for a member. Nearly every member is an attribute of its own; the
// others are looked at once, and only where there are any.
func memberInState(state object) func(member string) bool {
	others := sync.OnceValue(func() map[string]bool {
		doc := metadata.Document{}
		if state.localized(doc, map[string]bool{}) != nil || state.extension(doc, map[string]bool{}) != nil {
			return nil // what cannot be read has a value
		}
		names := map[string]bool{}
		for member := range doc {
			names[metadata.CanonicalMember(member)] = true
		}
		return names
	})
	return func(member string) bool {
		if _, own := metadata.Lookup(member); own {
			return state.has(member)
		}
		names := others()
		return names == nil || names[metadata.CanonicalMember(member)]
	}
}
