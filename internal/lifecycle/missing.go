// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"slices"
)

// What a read did not show is decided on by the plan, because only a plan sees the configuration: a read sees what was configured when
// the state was written, so that a setting that an error message names would have no effect before an apply that the same error
// prevents. The read keeps the state and remembers what it found, and the plan makes an error of it, or another client, or nothing.
//
// What there is to tell is remembered in the process, which makes the refresh and the plan: in private state, a later plan without a
// refresh would find what may not be true any more. That another client may take the place of this one is in the record, because the
// process that applies a plan makes it once more, and has read nothing.

// Missing is what a plan does about a client that the refresh before it did not show.
type Missing struct {
	// Recreate: another client is to be registered in its place.
	Recreate bool
	Problem  *outcome.Problem // nil where there is nothing more to tell than the read did
	// BySetting: with another value of on_missing, it would be kept or registered anew, and no error.
	BySetting bool
}

// DecideMissing says what follows, by the configuration, from what the last read of the client came to.
func DecideMissing(s *authserver.Server, state authserver.State, b authserver.Behaviour) Missing {
	if !s.Manages(state.Handle) {
		return Missing{}
	}
	out := Missing{Recreate: state.Record.Gone || state.Record.Missing && b.OnMissing == reconcile.OnMissingRecreate}
	r, ok := s.LastRefusal(state)
	switch {
	case ok && b.Refresh != authserver.RefreshNever && !r.ReadUnsupported(): // which may be new, so that the read before this plan does not count
	case state.Record.Gone:
		out.Problem = &outcome.Problem{Kind: outcome.GoneAtUpdate, Warning: true, ClientID: state.Handle.ClientID, TokenKey: s.TokenKey(state)}
		return out
	case out.Recreate:
		out.Problem = &outcome.Problem{Kind: outcome.TakenAsGone, Warning: true, ClientID: state.Handle.ClientID}
		return out
	case !ok || b.Refresh == authserver.RefreshNever:
		return out
	}
	out.BySetting = slices.ContainsFunc([]reconcile.OnMissing{reconcile.OnMissingKeep, reconcile.OnMissingRecreate}, func(other reconcile.OnMissing) bool {
		return r.Under(other).Verdict.Step != reconcile.Fail
	})
	if r = r.Under(b.OnMissing); r.Verdict.Step != reconcile.KeepAndWarn {
		problem := r.Problem()
		problem.ClientID, problem.TokenKey = state.Handle.ClientID, cmp.Or(problem.TokenKey, s.TokenKey(state))
		problem.AddressFirst = s.AddressFirst(state.Handle, problem.TokenKey)
		problem.OwnPlace, problem.Abroad = !problem.Importing && !state.Place.IsEmpty(), problem.Configured.IsKnown()
		out.Problem = &problem
	}
	return out
}
