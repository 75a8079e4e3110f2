// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

var placeAttributes = []string{attrIssuer, attrEndpoint}

// move is what a plan makes of a place that is another one than before.
type move struct {
	places    path.Paths       // the attributes that put the client at another server
	undecided *outcome.Problem // it is not known whether they do
}

// moveOf says whether a client is to be at another server. It is not while it is not known which server is meant: a
// replacement that is planned now deletes the client in the apply before the value is known, and the value may be the one before.
func moveOf(ctx context.Context, s *authserver.Server, plan, state object, record reconcile.Record) move {
	var changed path.Paths
	before, after := state.place(), plan.place()
	for _, name := range placeAttributes {
		if !plan.attrs[name].IsKnown() {
			return move{}
		}
		if !plan.attrs[name].Equal(state.attrs[name]) {
			changed = append(changed, path.Root(name))
		}
	}
	if len(changed) == 0 || s.UnknownServer(before) || s.UnknownServer(after) {
		return move{}
	}
	names := s.Compare(ctx, before, after)
	served := before.IsEmpty() && s.Serves(ctx, state.text(attrURI), after)
	configured := s.ConfiguredAt(record, after)
	switch {
	case names == reconcile.HomeSame:
		return move{}
	case served && !record.Home.IsKnown():
		// Its address tells which server it is, and an import may have been applied where another one was configured.
		if away := s.EndpointAway(ctx, state.text(attrURI), after); away != "" && configured == reconcile.HomeOther {
			return move{undecided: undecidedImport(s, changed, plan, state, record, away)}
		}
		return move{}
	}
	switch configured {
	case reconcile.HomeSame: // as where the provider is configured for another server since
		return move{}
	case reconcile.HomeOther:
		if at, _ := s.RecordedAt(ctx, record, after); at == reconcile.HomeSame {
			return move{} // back to where it is: what was configured since named another server, to which it did not move
		}
		return move{places: changed}
	case reconcile.HomeUnknown:
	}
	recorded, err := s.RecordedAt(ctx, record, after)
	switch {
	case recorded == reconcile.HomeSame, served:
		// The state of an import holds no server of its own: the configuration says which it is.
		return move{}
	case before.IsEmpty() && !(record.Configured.IsKnown() && record.Home.IsKnown()) && !s.ServesItself(ctx, state.text(attrURI), after):
		// Nothing says that the client is the provider's own server's rather, as where the metadata that would tell cannot be had now: a
		// replacement would delete what was imported on a guess. Where a read has found it elsewhere, it is not taken for the new place's either.
		if names != reconcile.HomeUnknown || recorded != reconcile.HomeOther {
			return move{}
		}
		return move{undecided: undecidedMove(s, changed, plan, state, record, cmp.Or(err, s.NotFound(ctx, before)))}
	case names == reconcile.HomeUnknown, recorded == reconcile.HomeUnknown && err != nil:
		return move{undecided: undecidedMove(s, changed, plan, state, record, cmp.Or(err, s.NotFound(ctx, before)))}
	}
	if claimed := s.Claimed(ctx, state.text(attrURI), after); claimed != "" && before.IsEmpty() && !record.Configured.IsKnown() {
		return move{undecided: undecidedImport(s, changed, plan, state, record, claimed)}
	}
	return move{places: changed}
}

// undecidedMove is for a place whose metadata would tell whether it is the client's own, and cannot be had now. A replacement would deregister a client that may
// not move at all.
func undecidedMove(s *authserver.Server, changed path.Paths, plan, state object, record reconcile.Record, err error) *outcome.Problem {
	return &outcome.Problem{
		Kind: outcome.MoveUndecided, Attribute: changed[0].String(), ClientID: state.text(attrClientID), Removed: plan.place().IsEmpty(), OwnPlace: !plan.place().IsEmpty(), Err: err,
		Home: s.ByBothNames(record, state.place(), plan.place()),
	}
}

// undecidedImport is for an import whose address and whose configuration name different servers, where the metadata of the new place name a registration
// endpoint that its issuer does not vouch for, or that does not have the client.
func undecidedImport(s *authserver.Server, changed path.Paths, plan, state object, record reconcile.Record, named string) *outcome.Problem {
	p := undecidedMove(s, changed, plan, state, record, nil)
	p.Named, p.Home.RegistrationEndpoint = named, named
	return p
}

// told is the warning of a plan that cannot decide on a move, or the error of one that cannot make it.
func (m move) told(ctx context.Context, s *authserver.Server, plan, state object, record reconcile.Record) diag.Diagnostics {
	if m.undecided == nil {
		return unplannedMove(ctx, s, plan, state, record, m.places)
	}
	p := *m.undecided
	p.Warning = true
	return lifecycleProblem(p)
}

// unplannedMove is the error where a move was not planned as a replacement, so that it cannot be made one now. Terraform plans in the apply
// again, and there a replacement that is not in the first plan is a defect of the provider to it. It reads each client before it plans the
// first time, and never in the apply; without refresh it does neither.
//
// Where no server is named any more, there is none to move to: a replacement would deregister the client and register no other.
func unplannedMove(ctx context.Context, s *authserver.Server, plan, state object, record reconcile.Record, moved path.Paths) diag.Diagnostics {
	if len(moved) == 0 {
		return nil
	}
	if plan.place().IsEmpty() {
		if _, problem := s.Locate(ctx, plan.place()); problem != nil && problem.Kind == outcome.NoServer {
			return lifecycleProblem(*problem)
		}
	}
	p := outcome.Problem{Kind: outcome.MoveNotPlanned, Attribute: moved[0].String(), ClientID: state.text(attrClientID), Removed: plan.place().IsEmpty()}
	switch {
	case state.has(attrIssuer) && !record.Configured.IsKnown() && record.WrittenAt == 0:
		// An import by identity put its issuer into the state, and no configuration was applied since. A move would delete what was imported.
		p.Kind, p.Attribute, p.Endpoint = outcome.ImportedElsewhere, attrIssuer, state.text(attrIssuer)
	case s.WasRead(state.place(), state.text(attrClientID)):
		return nil
	}
	return problemsOf(s, []outcome.Problem{p}, state)
}
