// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

var placeAttributes = []string{attrIssuer, attrEndpoint}

// move is what a plan makes of a place that is another one than before.
type move struct {
	places    path.Paths       // the attributes that put the client at another server
	undecided *outcome.Problem // it is not known whether they do
}

// move says whether a client is to be at another server. It is not while it is not known which server is meant: a
// replacement that is planned now deletes the client in the apply before the value is known, and the value may be the one before.
func (t transition) move(ctx context.Context) move {
	var changed path.Paths
	before, after := t.state.place(), t.plan.place()
	for _, name := range placeAttributes {
		if !t.plan.attrs[name].IsKnown() {
			return move{}
		}
		if !t.plan.attrs[name].Equal(t.state.attrs[name]) {
			changed = append(changed, path.Root(name))
		}
	}
	if len(changed) == 0 || t.server.UnknownServer(before) || t.server.UnknownServer(after) {
		return move{}
	}
	names := t.server.Compare(ctx, before, after)
	served := before.IsEmpty() && t.server.Serves(ctx, t.state.text(attrURI), after)
	configured := t.server.ConfiguredAt(t.record, after)
	switch {
	case names == reconcile.HomeSame:
		return move{}
	case served && !t.record.Home.IsKnown():
		// Its address tells which server it is, and an import may have been applied where another one was configured.
		if away := t.server.EndpointAway(ctx, t.state.text(attrURI), after); away != "" && configured == reconcile.HomeOther {
			return move{undecided: t.undecidedImport(changed, away)}
		}
		return move{}
	}
	switch configured {
	case reconcile.HomeSame: // as where the provider is configured for another server since
		return move{}
	case reconcile.HomeOther:
		if at, _ := t.server.RecordedAt(ctx, t.record, after); at == reconcile.HomeSame {
			return move{} // back to where it is: what was configured since named another server, to which it did not move
		}
		return move{places: changed}
	case reconcile.HomeUnknown:
	}
	recorded, err := t.server.RecordedAt(ctx, t.record, after)
	switch {
	case recorded == reconcile.HomeSame, served:
		// The state of an import holds no server of its own: the configuration says which it is.
		return move{}
	case before.IsEmpty() && !(t.record.Configured.IsKnown() && t.record.Home.IsKnown()) && !t.server.ServesItself(ctx, t.state.text(attrURI), after):
		// Nothing says that the client is the provider's own server's rather, as where the metadata that would tell cannot be had now: a
		// replacement would delete what was imported on a guess. Where a read has found it elsewhere, it is not taken for the new place's either.
		if names != reconcile.HomeUnknown || recorded != reconcile.HomeOther {
			return move{}
		}
		return move{undecided: t.undecidedMove(changed, cmp.Or(err, t.server.NotFound(ctx, before)))}
	case names == reconcile.HomeUnknown, recorded == reconcile.HomeUnknown && err != nil:
		return move{undecided: t.undecidedMove(changed, cmp.Or(err, t.server.NotFound(ctx, before)))}
	}
	if claimed := t.server.Claimed(ctx, t.state.text(attrURI), after); claimed != "" && before.IsEmpty() && !t.record.Configured.IsKnown() {
		return move{undecided: t.undecidedImport(changed, claimed)}
	}
	return move{places: changed}
}

// undecidedMove is for a place whose metadata would tell whether it is the client's own, and cannot be had now. A replacement would deregister a client that may
// not move at all.
func (t transition) undecidedMove(changed path.Paths, err error) *outcome.Problem {
	return &outcome.Problem{
		Kind: outcome.MoveUndecided, Attribute: changed[0].String(), ClientID: t.clientID(), Removed: t.plan.place().IsEmpty(), OwnPlace: !t.plan.place().IsEmpty(), Err: err,
		Home: t.server.ByBothNames(t.record, t.state.place(), t.plan.place()),
	}
}

// undecidedImport is for an import whose address and whose configuration name different servers, where the metadata of the new place name a registration
// endpoint that its issuer does not vouch for, or that does not have the client.
func (t transition) undecidedImport(changed path.Paths, named string) *outcome.Problem {
	p := t.undecidedMove(changed, nil)
	p.Named, p.Home.RegistrationEndpoint = named, named
	return p
}

// told is the warning of a plan that cannot decide on a move, or the error of one that cannot make it.
func (m move) told(ctx context.Context, t transition) diag.Diagnostics {
	if m.undecided == nil {
		return t.unplannedMove(ctx, m.places)
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
func (t transition) unplannedMove(ctx context.Context, moved path.Paths) diag.Diagnostics {
	if len(moved) == 0 {
		return nil
	}
	if t.plan.place().IsEmpty() {
		if _, problem := t.server.Locate(ctx, t.plan.place()); problem != nil && problem.Kind == outcome.NoServer {
			return lifecycleProblem(*problem)
		}
	}
	p := outcome.Problem{Kind: outcome.MoveNotPlanned, Attribute: moved[0].String(), ClientID: t.clientID(), Removed: t.plan.place().IsEmpty()}
	switch {
	case t.state.has(attrIssuer) && !t.record.Configured.IsKnown() && t.record.WrittenAt == 0:
		// An import by identity put its issuer into the state, and no configuration was applied since. A move would delete what was imported.
		p.Kind, p.Attribute, p.Endpoint = outcome.ImportedElsewhere, attrIssuer, t.state.text(attrIssuer)
	case t.server.WasRead(t.state.place(), t.clientID()):
		return nil
	}
	return problemsOf(t.server, []outcome.Problem{p}, t.state)
}
