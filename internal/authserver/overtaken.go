// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Another process with the same journal may update or delete the client while an answer is under way. What the journal has then is newer.

// Overtaken reports whether the answer that came last is older than what the journal has, so that nothing of it is taken.
func (c *Client) Overtaken() bool { return c.overtaken }

// NoteAlive notes that a read or an update showed that the client exists, where a deletion of it may have been sent, or was even acknowledged, before it was asked for.
func (c *Client) NoteAlive(ctx context.Context) {
	noted := !c.Deletion.IsZero()
	c.Deletion = time.Time{}
	if c.Journal == nil || !noted && !c.wasDeleted(ctx) {
		return
	}
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Kept(ctx, c.JournalName(), c.begun)
	})
}

// JournalCredentials writes the credentials in force, which replaced those before.
func (c *Client) JournalCredentials(ctx context.Context, before reconcile.Handle, occasion reconcile.Occasion) {
	c.record(ctx, outcome.LosesCredential, c.Entry(before, occasion))
}

// record writes an entry to the journal, and takes over what is newer there.
func (c *Client) record(ctx context.Context, loses outcome.Loss, e journal.Entry) {
	if c.overtaken {
		return
	}
	var s journal.Standing
	c.Write(loses, func(j *journal.Journal) (err error) {
		if s, err = j.Record(ctx, e); err == nil && c.seen != 0 {
			c.seen = s.Seen
		}
		return err
	})
	if !s.Newer {
		return
	}
	before := c.Handle
	if _, found := c.Lookup(ctx); !found && !s.Overtaken && e.PreviousURI != "" { // which the other one left for another address
		c.Handle.RegistrationClientURI = e.PreviousURI
	}
	c.ApplyJournal(ctx)
	if entry, found := c.Lookup(ctx); found {
		c.putBeside(entry)
	}
	c.noteTaken(before, c.Handle)
	c.overtaken = s.Overtaken
}

// putBeside has a credential wait that the journal has beside its own, which another process replaced at the same time: only one of the two is in force.
func (c *Client) putBeside(entry journal.Entry) {
	u, waits := &c.Record.Unproven, entry.Unproven
	if own := c.Handle.RegistrationAccessToken; !own.IsEmpty() && own.Equal(waits.RegistrationAccessToken) {
		c.Handle.RegistrationAccessToken, u.RegistrationAccessToken = entry.RegistrationAccessToken, own
	}
	if own := c.Handle.ClientSecret; !own.IsEmpty() && own.Equal(waits.ClientSecret) {
		c.Handle.ClientSecret, c.Handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
		u.ClientSecret, u.ClientSecretExpiresAt, u.SecretFromRead = own, waits.ClientSecretExpiresAt, waits.SecretFromRead
	}
}

// noteAddress gives the journal the address at which a client just registered is managed, where the registration returned none: the
// journal knows the client by its address from then on, as the state does. Otherwise nothing would confirm or end its entry.
func (c *Client) noteAddress(ctx context.Context) {
	if c.Journal == nil || c.Endpoint == "" {
		return
	}
	if _, known := c.Lookup(ctx); known {
		return
	}
	without := c.Handle
	without.RegistrationClientURI = ""
	c.JournalCredentials(ctx, without, reconcile.FromCreate)
}

// tellReplaced tells that another token than the state's was accepted. alone: nothing else was tried.
func (c *Client) tellReplaced(accepted candidate, own secret.String, alone bool) {
	if own.IsEmpty() && accepted.source == outcome.FromJournal {
		return // nothing had one
	}
	replaced := outcome.Problem{Kind: outcome.TokenReplaced, Source: accepted.source, HandedInAlone: alone, Looked: c.looks}
	if accepted.source == outcome.FromSettings {
		replaced.Source = c.Server.settings.sourceOf(accepted.token)
	}
	if !c.looks || !alone {
		c.Warn(replaced)
	}
}

// journalHandedIn keeps a token that was handed in, now or before, and was accepted: it may come from an ephemeral value, and the plan may not be applied.
func (c *Client) journalHandedIn(ctx context.Context, accepted candidate, kept bool, own secret.String) {
	if accepted.source != outcome.FromSettings && !kept {
		return
	}
	e := c.Entry(reconcile.Handle{RegistrationAccessToken: own, RegistrationClientURI: c.Handle.RegistrationClientURI}, reconcile.FromRead)
	e.Occasion, e.RegistrationAccessToken = journal.OccasionHandedIn, accepted.token
	c.record(ctx, outcome.LosesNothing, e)
}

// noteTaken remembers what others took the place of.
func (c *Client) noteTaken(before, after reconcile.Handle) {
	for _, value := range [][2]secret.String{
		{before.RegistrationAccessToken, after.RegistrationAccessToken}, {before.ClientSecret, after.ClientSecret},
	} {
		if !value[0].IsEmpty() && !value[0].Equal(value[1]) {
			c.replaced = append(c.replaced, value[0])
		}
	}
	c.noteReplaced(before.RegistrationAccessToken, after.RegistrationAccessToken)
}

// noteReplaced remembers a token that another one took the place of. Should a replica that lags show it, on a server that honours it for
// some time still, it would be proved by its use, and the newer one lost.
func (c *Client) noteReplaced(before, after secret.String) {
	if before.IsEmpty() || before.Equal(after) {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(c.Record.Replaced), func(d string) bool { return d == digest(after) || d == digest(before) })
	kept = append(kept, digest(before))
	c.Record.Replaced = kept[max(0, len(kept)-3):]
}
