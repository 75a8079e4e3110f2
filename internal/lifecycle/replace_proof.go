// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// keepsOld returns why the old client has to be kept although another one was registered in its place, or nil. It may read both clients: r then has what a read of the
// old one shows, and seen is called after a further read of the new one.
func keepsOld(ctx context.Context, old *authserver.Client, r *Replacement, by registered, out *outcome.Outcome, seen func()) *outcome.Problem {
	told, shown := readBackError(*out), by.c.Record.ShownAt != ""
	if shown {
		told = nil // of a further read
	}
	doubt := reconcile.Successor{
		OldGone: r.Old.Record.Gone || r.Old.Record.Missing && r.Behaviour.OnMissing == reconcile.OnMissingRecreate,
		Read:    authserver.ClassOf(reconcile.OperationRead, told), Unread: told == nil && !shown,
		Unmanaged: old.Managed() && !by.c.Managed(), OldUpdated: r.Old.Record.Facts.UpdateSeen && readsNothing(old),
		Elsewhere: !r.isAt(by.c.Record.Home, by.c.Endpoint), Secretless: !authserver.UsesSecret(r.Old.Registered) && lacksSecret(*r, by),
		Disowned: by.made.disowned,
	}
	if !by.made.ExistedBefore() { // somebody else's client is not this one's for being shown twice
		doubt.Before = r.Old.Record.Doubts(by.c.Record.Home)
	}
	if doubt.OldGone {
		return nil
	}
	// What a read has shown with its secret needs no other word.
	if !shown || !by.c.Handle.ClientSecret.IsEmpty() && by.c.Record.Facts.SecretOnRead != reconcile.SecretShown {
		askNew(ctx, by.c, &doubt)
	}
	if !doubt.Doubtful() {
		return nil
	}
	askOld(ctx, old, r, &doubt)
	if proven, _ := doubt.Proven(); proven {
		return nil
	}
	// A replica may lag that has not heard of a client that was registered a moment ago.
	if by.c.Server.Sleep(ctx, readBackPause) == nil {
		if !shown && by.c.Managed() {
			_, told = by.c.Get(ctx, reconcile.FromReadBack)
			if doubt.Read, doubt.Unread = authserver.ClassOf(reconcile.OperationRead, told), false; told == nil {
				out.Problems = without(out.Problems, outcome.NotReadBack)
				seen()
			}
		}
		if doubt.Token != reconcile.Knows {
			askNew(ctx, by.c, &doubt)
		}
	}
	if proven, _ := doubt.Proven(); proven {
		return nil
	}
	p := &outcome.Problem{Kind: outcome.NewNotProven, ClientID: by.c.Handle.ClientID, Replaces: r.Old.Handle.ClientID, Manageable: !doubt.Unmanaged, Err: told}
	if doubt.ForItsSecret() {
		p = secretNotKnown(*r, by)
	}
	if by.made.ExistedBefore() {
		p.Consequence = outcome.LeftAlone
		return p
	}
	r.Old.Record.Doubt(doubt.Repeats(), by.c.Record.Home)
	p.CountsOnce = doubt.Repeats() != reconcile.RepeatNone
	return p
}

// askNew asks the server's endpoints about the new client. Without the secret that it needs, it is refused for that.
func askNew(ctx context.Context, c *authserver.Client, doubt *reconcile.Successor) {
	doubt.Token, doubt.Authorization = c.AskEndpoints(ctx)
	if doubt.Secretless && doubt.Token == reconcile.DoesNotKnow {
		doubt.Token = reconcile.Silent
	}
}

// askOld asks the server about the old client, as it was asked about the new one. A read that no plan would make, since it may replace credentials, is not made for
// that: then it counts what reads showed before.
func askOld(ctx context.Context, old *authserver.Client, r *Replacement, doubt *reconcile.Successor) {
	mayRead, _ := readQuestion(old, authserver.RefreshAuto).ReadInRefresh()
	switch {
	case !old.Managed() || readsNothing(old):
	case !mayRead:
		doubt.OldShown = old.Record.ShownAt != ""
	default:
		_, err := old.Get(ctx, reconcile.FromRead)
		doubt.OldShown = err == nil
		now := old.Snapshot()
		r.Old.Handle, r.Old.Record = now.Handle, now.Record
	}
	if doubt.Token == reconcile.DoesNotKnow || doubt.Authorization == reconcile.DoesNotKnow || doubt.Authorization == reconcile.TurnsAway {
		doubt.OldToken, doubt.OldAuthorization = old.AskEndpoints(ctx)
	}
}

// losesSecret reports whether no answer held the secret of the new client while the old one's is known: one wrong answer would cost the application the only
// secret that works.
func losesSecret(r Replacement, by registered) bool {
	return secret.Usable(r.Old.Handle.ClientSecret.Reveal()) && lacksSecret(r, by)
}

// lacksSecret reports whether no answer held the secret that the new client needs, or a mask in its place. What looks like a hash may be the secret.
func lacksSecret(r Replacement, by registered) bool {
	now := by.c.Handle.ClientSecret.Reveal()
	return (now == "" || secret.LooksMasked(now)) && by.c.Record.Unproven.ClientSecret.IsEmpty() &&
		!r.SecretUnstored && authserver.UsesSecret(r.Asked) && authserver.UsesSecret(by.c.Registered)
}

func secretNotKnown(r Replacement, by registered) *outcome.Problem {
	if by.made.ExistedBefore() {
		return &outcome.Problem{Kind: outcome.OtherSecretNotKnown, ClientID: by.c.Handle.ClientID, Replaces: r.Old.Handle.ClientID}
	}
	return &outcome.Problem{Kind: outcome.NewSecretNotKnown, ClientID: r.Old.Handle.ClientID}
}

// readBackError is what the read of a client that was just registered came to, or nil where one has shown it or none was made.
func readBackError(out outcome.Outcome) error {
	for _, p := range out.Problems {
		switch p.Kind {
		case outcome.NotReadBack, outcome.NotServedFromStart, outcome.NotManageable:
			return p.Err
		}
	}
	return nil
}
