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

// keptForAnother ends the destroy of a client that a registration of this run was answered with, and reports whether it was. It goes on to be that object's, unless
// this one alone has what works of its credentials: then both are kept, also in later runs, which would deregister the client of both.
func keptForAnother(ctx context.Context, c *authserver.Client, b authserver.Behaviour, save func(authserver.Snapshot)) (outcome.Outcome, bool) {
	again := c.Server.MadeAgain(c)
	if !again && !c.Record.OnlyCopy {
		return outcome.Outcome{}, false
	}
	if !again {
		c.Server.OfferCopy(c)
	}
	twin := twinOf(ctx, c, again, b)
	holds, _ := twin.Holds()
	if holds && !again {
		leaves, deleted := c.Server.AwaitsOther(ctx, c)
		if leaves && !deleted {
			return outcome.Outcome{}, false // nobody has the client any more
		}
		twin.Gone = deleted
		holds, _ = twin.Holds()
	}
	if holds {
		c.Record.OnlyCopy = true
		save(c.Snapshot())
		kept := outcome.Problem{Kind: outcome.DeleteOnlyCopy, ClientID: c.Handle.ClientID}
		if c.Managed() {
			kept.ClientURI = c.Handle.RegistrationClientURI
			kept.OtherToken = c.Record.TwinMark.At() == kept.ClientURI
		}
		return outcome.Outcome{Problems: []outcome.Problem{kept}}, true
	}
	if twin.Gone {
		c.Server.Release(c)
		c.NoteGone(ctx)
		return outcome.Outcome{Gone: true}, true
	}
	c.Drop(ctx)
	return outcome.Outcome{Gone: true, Problems: []outcome.Problem{{Kind: outcome.DeleteShared, Warning: true, ClientID: c.Handle.ClientID}}}, true
}

// leavesClient reports whether the destroy of an object says that nobody is to have the client on its account: it is not kept for another one, nor left in doubt.
func leavesClient(out outcome.Outcome) bool {
	for _, kind := range []outcome.Kind{outcome.DeleteShared, outcome.DeleteOfTwo, outcome.DeleteInDoubt, outcome.DeleteNeedsJournal, outcome.DeleteOnlyCopy} {
		if out.Has(kind) {
			return false
		}
	}
	return true
}

// twinOf is what is known of the client's other object. What both have is tried, where a read replaces nothing.
func twinOf(ctx context.Context, c *authserver.Client, again bool, b authserver.Behaviour) reconcile.Twin {
	t := reconcile.Twin{Unused: !c.Managed(), Lacks: c.Record.TwinMark == ""}
	if again {
		compare(ctx, c, &t)
	}
	works := func() {
		t.Manages = t.Manages || reconcile.MarkOf(c.Handle) == c.Record.TwinMark && c.Record.Unproven.RegistrationAccessToken.IsEmpty()
		t.HandedIn = c.HandsIn() && c.Handle.RegistrationClientURI == c.Record.TwinMark.At()
	}
	works()
	if holds, _ := t.Holds(); !holds || !c.Managed() || readsNothing(c) {
		return t
	}
	if may, _ := readQuestion(c, authserver.RefreshAuto).ReadInRefresh(); !may {
		return t
	}
	if _, err := c.Get(ctx, reconcile.FromRead); err != nil {
		t.Gone = c.ClassifyRefusal(ctx, reconcile.OperationRead, err, b, false).Verdict.Presence == reconcile.Gone
		return t
	}
	works()
	return t
}

// compare holds the client against what the registration of this run has of it, of which it keeps a mark.
func compare(ctx context.Context, c *authserver.Client, t *reconcile.Twin) {
	made, known := c.Server.MadeWith(c)
	c.Record.TwinMade, c.Record.TwinMark = made.At, ""
	if !known {
		t.Lacks, t.Manages = false, true
		return
	}
	// Another than the one shown may be in force by now, so that no refusal of what is known tells of the client.
	c.Record.TokenOpen = true
	c.Record.SecretOpen = c.Record.SecretOpen || !c.Handle.ClientSecret.IsEmpty()
	of := c.Credentials()
	if c.ByProvider() {
		of.Known.RegistrationAccessToken, of.Unproven.RegistrationAccessToken = made.Handle.RegistrationAccessToken, secret.String{}
	}
	t.Lacks, t.Manages, t.Shown = made.Lacks(c.Handle), made.Manages(of), made.Shown
	if t.OldKey = c.TryBeside(ctx, made); !t.Lacks && !t.OldKey {
		c.Record.TwinMark = reconcile.MarkOf(made.Handle)
	}
}
