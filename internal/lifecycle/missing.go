// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// What a read did not show is decided on by the plan, because only a plan sees the configuration: a read sees what was configured when
// the state was written, so that a setting that an error message names would have no effect before an apply that the same error
// prevents. The read keeps the state and remembers what it found, and the plan makes an error of it, or another client, or nothing.
//
// What there is to tell is remembered in the process, which makes the refresh and the plan: in private state, a later plan without a
// refresh would find what may not be true any more. That another client may take the place of this one is in the record, because the
// process that applies a plan makes it once more, and has read nothing.

// remember keeps what a read came to for the plan that follows.
func (c *Client) remember(r refusal) {
	c.server.refusals.Store(c.server.key(c), r)
	c.noteMissing(r)
}

// noteMissing keeps in the record what a later plan may do about a client that was not shown. After an update that is the only way: the
// next refresh may not read the client.
func (c *Client) noteMissing(r refusal) {
	r.observation.Operation = reconcile.OperationRead
	c.record.Missing = r.under(reconcile.OnMissingRecreate).forgotten()
	c.record.Gone = r.verdict.Presence == reconcile.Gone
}

// under returns the refusal as it is decided on with another setting.
func (r refusal) under(setting reconcile.OnMissing) refusal {
	r.observation.OnMissing = setting
	r.verdict = r.observation.Decide()
	return r
}

// Missing is what a plan does about a client that the refresh before it did not show.
type Missing struct {
	// Recreate: another client is to be registered in its place.
	Recreate bool
	Problem  *Problem // nil where there is nothing more to tell than the read did
}

// Missing says what follows, by the configuration, from what the last read of the client came to.
func (s *Server) Missing(state State, b Behaviour) Missing {
	if !s.Manages(state.Handle) {
		return Missing{}
	}
	out := Missing{Recreate: state.Record.Gone || state.Record.Missing && b.OnMissing == reconcile.OnMissingRecreate}
	found, ok := s.refusals.Load(s.key(&Client{place: state.Place, handle: state.Handle}))
	switch {
	case ok && b.Refresh != RefreshNever: // which may be new, so that the read before this plan does not count
	case state.Record.Gone:
		out.Problem = &Problem{Kind: GoneAtUpdate, Warning: true, ClientID: state.Handle.ClientID}
		return out
	case out.Recreate:
		out.Problem = &Problem{Kind: TakenAsGone, Warning: true, ClientID: state.Handle.ClientID}
		return out
	default:
		return out
	}
	r := found.(refusal).under(b.OnMissing)
	if r.verdict.Step != reconcile.KeepAndWarn {
		problem := r.problem()
		problem.ClientID = state.Handle.ClientID
		problem.Warning = problem.Warning || s.failedAlready(problem.Kind, state)
		out.Problem = &problem
	}
	return out
}

// failedAlready reports whether another client of the same server makes the plan fail already for the same reason. One error stops the
// plan; the others are warnings, which Terraform shows as one: twenty equal errors would hide what there is to do.
func (s *Server) failedAlready(kind Kind, state State) bool {
	type reason struct {
		kind   Kind
		server string
	}
	first, told := s.failures.LoadOrStore(reason{kind, s.identify(state.Place)}, state.Handle.ClientID)
	return told && first != state.Handle.ClientID
}
