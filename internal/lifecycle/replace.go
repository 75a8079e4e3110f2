// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Replace registers the new client first, saves it, and only then deals with the old one. Terraform's own replacement deletes first,
// so that a refused registration would leave an empty state and the credentials of a client that may live on would be lost. Here
// nothing that is known is forgotten before what replaces it is saved: a registration that fails leaves the old client as it was.
func Replace(ctx context.Context, s *authserver.Server, r Replacement, save func(authserver.Snapshot)) outcome.Outcome {
	if r.Update != nil {
		out, done := updateAfterAll(ctx, s, &r, save)
		if done {
			return out
		}
	}
	old := s.Client(r.Old)
	old.Confirm(ctx) // the new client may have the same metadata, and then the journal would take the old one for its own
	var latest *authserver.Snapshot
	r.replaces = old
	keep := func(snapshot authserver.Snapshot) {
		snapshot.Record = r.inherit(snapshot.Record)
		latest = &snapshot
		save(snapshot)
	}
	out, by := register(ctx, s, r.Registration, keep)
	if by.made.replaced {
		told := notReplaced(ctx, old, r.Old.Registered, by.err, save)
		return outcome.Outcome{Problems: slices.Concat(old.Problems, out.Problems, []outcome.Problem{told})}
	}
	if out.Failed() || latest == nil {
		return notMade(ctx, s, old, r, by, out, latest, save)
	}
	var doubt *outcome.Problem
	if sameID := latest.Handle.ClientID == r.Old.Handle.ClientID; losesSecret(r, by) {
		doubt = secretNotKnown(r, by)
	} else if !sameID {
		doubt = keepsOld(ctx, old, &r, by, &out, func() {
			now := by.c.Snapshot()
			now.Registered, now.Applied = latest.Registered, true
			keep(now)
		})
	}
	if doubt != nil {
		problems := append(slices.Concat(old.Problems, []outcome.Problem{*doubt}), deregisterNew(ctx, s, *latest, r, by)...)
		save(authserver.Snapshot{Handle: r.Old.Handle, Record: r.Old.Record, Registered: r.Old.Registered})
		return outcome.Outcome{Problems: problems}
	}
	if latest.Handle.ClientID == r.Old.Handle.ClientID { // at another server, or at the same one by another name
		old.Drop(ctx)
		latest.Record.Agreed, latest.Applied = r.Old.Record.Agreed, false
		save(*latest)
		told := outcome.Problem{Kind: outcome.NotReplaced, ClientID: latest.Handle.ClientID}
		return outcome.Outcome{Problems: slices.Concat(old.Problems, without(out.Problems, outcome.KnownBefore), []outcome.Problem{told})}
	}
	failpoint.At("replacement registered")
	retired := outcome.Outcome{Problems: retire(ctx, s, r.Old, r.Behaviour)}
	if retired.Has(outcome.DeleteUnsupported) {
		// The next plan can say at once that the client stays at the server.
		r.Old.Record.Capabilities.Delete, latest.Record.Capabilities.Delete = reconcile.CapabilityNo, reconcile.CapabilityUnknown
		keep(*latest)
	}
	return outcome.Outcome{Problems: slices.Concat(old.Problems, out.Problems, retired.Problems)}
}

// notMade ends a replacement whose registration failed.
func notMade(
	ctx context.Context, s *authserver.Server, old *authserver.Client, r Replacement, by registered, out outcome.Outcome, made *authserver.Snapshot, save func(authserver.Snapshot),
) outcome.Outcome {
	asItWas := authserver.Snapshot{Handle: r.Old.Handle, Record: r.Old.Record, Registered: r.Old.Registered}
	if by.made.open {
		asItWas = stillWhole(ctx, old, r.Old.Registered)
	}
	problems := slices.Concat(old.Problems, asReplacement(s, out.Problems, r, by, asItWas.Record))
	if made != nil && out.Has(outcome.RegisteredBesideError) {
		problems = append(problems, deregisterNew(ctx, s, *made, r, by)...)
	}
	save(asItWas)
	return outcome.Outcome{Problems: problems}
}

// deregisterNew takes the new client back: only one of the two can be kept, and the old one is in use. One that there was before is somebody else's, and one that
// has the old one's client_id may be that one, whatever name its server has.
func deregisterNew(ctx context.Context, s *authserver.Server, made authserver.Snapshot, r Replacement, by registered) []outcome.Problem {
	if by.made.ExistedBefore() || made.Handle.ClientID == r.Old.Handle.ClientID {
		forgetOthers(ctx, by.c, by.made)
		return nil
	}
	return deregisterUnkept(ctx, s, authserver.State{Place: r.Place, Handle: made.Handle, Record: made.Record, Registered: made.Registered}, r.Behaviour)
}

// updateAfterAll tries the update once more before the client is replaced: that a server has none was learnt from one answer, which a
// proxy or an outage gives, too, and another client_id cannot be taken back. It reports whether that was the end of it. Otherwise the old
// client is the one of the replacement, with the credentials that are in force by now.
func updateAfterAll(ctx context.Context, s *authserver.Server, r *Replacement, save func(authserver.Snapshot)) (outcome.Outcome, bool) {
	var latest *authserver.Snapshot
	out := Update(ctx, s, *r.Update, func(snapshot authserver.Snapshot) { latest = &snapshot })
	if latest == nil {
		return out, out.Failed() // nothing was sent
	}
	if latest.Applied {
		out.Problems = append(out.Problems, outcome.Problem{Kind: outcome.UpdatedAfterAll, Warning: true, ClientID: latest.Handle.ClientID})
		save(*latest)
		return out, true
	}
	for i, p := range out.Problems {
		var de *dcr.Error
		refused := errors.As(p.Err, &de) && de.Operation == dcr.Update
		if p.Kind == outcome.Substituted || p.Kind == outcome.NotUpdated && (p.MaybeProcessed || refused && de.RefusesMetadata()) {
			latest.Record.Capabilities.Update = reconcile.CapabilityUnknown // there is one, which looked at what was sent
			save(*latest)
			return out, true
		}
		if p.Kind == outcome.NotUpdated && refused && !authserver.ClassOf(reconcile.OperationUpdate, p.Err).ServesNobody() {
			out.Problems[i].Waits = true // the answer is about the moment or about who asks, so that the next apply asks again
			save(*latest)
			return out, true
		}
	}
	r.Old.Handle, r.Old.Record = latest.Handle, latest.Record
	return out, false
}

// inherit gives the record of a client what was learnt of its server with the client before it: what updates do, and which operations
// there are. What reads do is seen anew at each registration. Of another server nothing was learnt: that its updates replace nothing would have the loss of
// one answer pass for the client's end.
func (r Replacement) inherit(record reconcile.Record) reconcile.Record {
	old := r.Old.Record
	if !r.isAt(record.Home, record.Home.RegistrationEndpoint) {
		return record
	}
	for _, c := range []struct{ to, from *reconcile.Capability }{
		{&record.Capabilities.Read, &old.Capabilities.Read}, {&record.Capabilities.Update, &old.Capabilities.Update},
		{&record.Capabilities.Delete, &old.Capabilities.Delete},
	} {
		if *c.to == reconcile.CapabilityUnknown {
			*c.to = *c.from
		}
	}
	if record.Form == "" {
		record.Form = old.Form
	}
	if f := &record.Facts; !f.UpdateSeen {
		f.UpdateSeen, f.SecretOnUpdate, f.TokenOnUpdate, f.URIOnUpdate = old.Facts.UpdateSeen, old.Facts.SecretOnUpdate, old.Facts.TokenOnUpdate, old.Facts.URIOnUpdate
		f.LifetimeOnUpdate = old.Facts.LifetimeOnUpdate
	}
	return record
}

// asReplacement adds to the problems of a registration which client was to be replaced, and whether it could be deregistered.
func asReplacement(s *authserver.Server, problems []outcome.Problem, r Replacement, by registered, kept reconcile.Record) []outcome.Problem {
	old := r.Old
	for i := range problems {
		problems[i].Replaces = old.Handle.ClientID
		if problems[i].Kind == outcome.RegisteredBesideError && by.made.ExistedBefore() {
			problems[i].Consequence = outcome.LeftAlone
		}
		if problems[i].Kind == outcome.NotRegistered {
			problems[i].ReplacesOpen = kept.TokenOpen || kept.SecretOpen
			problems[i].Manageable = !old.Record.Capabilities.LeavesBehind(s.Manages(old.Handle))
			problems[i].ReplacesAbroad = !r.isAt(by.c.Record.Home, by.c.Endpoint)
			problems[i].OwnName = problems[i].NameTaken && !problems[i].ReplacesAbroad && metadata.Equal("client_name", old.Registered["client_name"], r.Asked["client_name"])
		}
	}
	return problems
}

// retire deregisters the client that another one has replaced. The new one is saved by then, so that nothing here is an error: what
// stays at the server is named, and nothing else of it is kept.
func retire(ctx context.Context, s *authserver.Server, old authserver.State, b authserver.Behaviour) []outcome.Problem {
	if s.Manages(old.Handle) && old.Record.Capabilities.LeavesBehind(true) {
		c := s.Client(old)
		if hold, _ := c.Holding(ctx); hold == journal.HeldAlone {
			c.Forget(ctx)
		}
		s.Release(c)
		return []outcome.Problem{{Kind: outcome.DeleteUnsupported, Warning: true, ClientID: old.Handle.ClientID}}
	}
	return deregisterUnkept(ctx, s, old, b)
}

// deregisterUnkept deregisters a client that the state does not keep, whether or not that succeeds.
func deregisterUnkept(ctx context.Context, s *authserver.Server, state authserver.State, b authserver.Behaviour) []outcome.Problem {
	// An interrupt between the registration and this deletion must not leave a client behind that nothing knows any more.
	ctx, cancel := outlasting(ctx)
	defer cancel()
	out := deregisterAs(ctx, s, state, deletionOrder{Behaviour: b, unkept: true}, func(authserver.Snapshot) {})
	if !out.Failed() {
		return out.Problems
	}
	var kept []outcome.Problem
	for _, p := range out.Problems {
		if p.Warning {
			kept = append(kept, p)
			continue
		}
		if p.Kind == outcome.DeleteInDoubt {
			s.Client(state).Drop(ctx)
			kept = append(kept, outcome.Problem{Kind: p.Kind, Warning: true, ClientID: state.Handle.ClientID})
			continue
		}
		p.NotKept = true
		kept = append(kept, outcome.Problem{
			Kind: outcome.LeftAtServer, Warning: true, ClientID: state.Handle.ClientID, Endpoint: state.Handle.RegistrationClientURI, Err: &p,
		})
	}
	return kept
}
