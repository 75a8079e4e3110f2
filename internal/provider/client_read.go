// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
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
	var malformed error
	if record.Agreed == nil && !refresh.Importing {
		refresh.Shown, _, malformed = state.document()
	}
	var notShown error
	ended := lifecycle.Read(ctx, s, refresh, func(snapshot authserver.Snapshot) {
		record := recordFor(state, snapshot.Record)
		out.record = &record
		state.setHandle(snapshot.Handle)
		if snapshot.Registered == nil {
			return
		}
		state.setRegistered(snapshot.Registered)
		if notShown = malformed; notShown == nil {
			notShown = state.setDocument(snapshot.Values)
		}
	})
	out.gone, out.diags = ended.Gone, problemsOf(ended.Problems, state)
	if notShown != nil {
		out.diags.Append(notShownProblem(state.text(attrClientID), notShown))
	}
	return out
}
