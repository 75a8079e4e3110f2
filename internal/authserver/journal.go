// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// NeedsJournal refuses to change anything while the journal that the user relies on cannot be used: nothing was sent yet.
func (c *Client) NeedsJournal() *outcome.Problem {
	if c.journalErr == nil {
		return nil
	}
	return &outcome.Problem{Kind: outcome.JournalUnusable, Attribute: "token_journal", ClientID: c.Handle.ClientID, Err: c.journalErr}
}

// NeedsKeeping is NeedsJournal for a read whose answer no state keeps, as that of a data source or of an import, which a plan may make: what it may replace has nobody
// else to keep it. Where this run knows that reads replace nothing, it is made all the same.
func (c *Client) NeedsKeeping(ctx context.Context) *outcome.Problem {
	if c.Journal == nil && c.journalErr == nil || c.readsHarmless() {
		return nil
	}
	err := c.journalErr
	if err == nil {
		err = c.Journal.Writable(ctx)
	}
	if err == nil || ended(err) {
		return nil
	}
	return &outcome.Problem{Kind: outcome.JournalUnusable, Attribute: "token_journal", ClientID: c.Handle.ClientID, Err: err}
}

// ReportUnkept reports what NeedsKeeping found, in the place of the warning that the journal cannot be used.
func (c *Client) ReportUnkept(p outcome.Problem) {
	c.Problems = slices.DeleteFunc(c.Problems, func(p outcome.Problem) bool { return p.Kind == outcome.JournalUnusable })
	c.Report(p)
}

// Write writes to the journal, where there is one, and warns where that fails.
func (c *Client) Write(loses outcome.Loss, write func(*journal.Journal) error) {
	if c.Journal == nil {
		return
	}
	if err := write(c.Journal); err != nil && (loses != outcome.LosesNothing || !ended(err)) {
		c.Warn(outcome.Problem{Kind: outcome.JournalNotWritten, Err: err, Loses: loses})
	}
}

// ended reports whether the journal was left alone because the operation's time was over, which the operation's own error tells. The journal
// itself is in order.
func ended(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// NotRead warns where the journal could not be read.
func (c *Client) NotRead(err error) {
	if err != nil && !ended(err) {
		c.Warn(outcome.Problem{Kind: outcome.JournalNotRead, Err: err})
	}
}

// Confirm tells the journal that the client is in a state, so that nobody adopts it. What this run imports is in none.
func (c *Client) Confirm(ctx context.Context) {
	if c.Handle.ClientID == "" || c.Server.holders.importsAs(c.names(), c.Record.MadeAt) {
		return
	}
	name := c.nameInJournal(ctx)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Confirm(ctx, name, c.Record.MadeAt)
	})
}

// JournalName is what the journal knows a client with a client configuration endpoint by. One without has none of what the callers ask of the journal.
func (c *Client) JournalName() journal.Name {
	return journal.Name{ClientID: c.Handle.ClientID, URI: c.Handle.RegistrationClientURI}
}

// nameInJournal is what the journal knows any client by: one without a client configuration endpoint by its registration endpoint, where that
// is known. The client_id alone may be another server's client.
func (c *Client) nameInJournal(ctx context.Context) journal.Name {
	name := c.JournalName()
	if c.Journal == nil || name.URI != "" {
		return name
	}
	if name.Endpoint = cmp.Or(c.Endpoint, c.Record.Home.RegistrationEndpoint); name.Endpoint == "" {
		t, _ := c.Server.Locate(ctx, c.Place)
		name.Endpoint = t.RegistrationEndpoint
	}
	return name
}

// NoteDeleted notes that the client is gone.
func (c *Client) NoteDeleted(ctx context.Context) {
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Deleted(ctx, c.JournalName(), c.Marks()...)
	})
}

// Forget has the journal forget the client's credentials at the end of this run: no state keeps the client then, though it may live at the server.
func (c *Client) Forget(ctx context.Context) {
	name := c.nameInJournal(ctx)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.ForgetAtEnd(ctx, name, c.Record.MadeAt, c.Record.Facts.ReadRotates())
	})
}

// ForgetAtOnce has it forget a client that no state has.
func (c *Client) ForgetAtOnce(ctx context.Context) {
	name := c.nameInJournal(ctx)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Forget(ctx, name)
	})
}

// wasDeleted reports whether the journal knows that the client was deregistered.
func (c *Client) wasDeleted(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	deleted, err := c.Journal.WasDeleted(ctx, c.JournalName(), c.Marks()...)
	return err == nil && deleted
}

// Marks are what the journal knows a client again by, since a server may give the client_id of a deleted one to the next: its
// credentials, and where it has none when its client_id was issued, which not every server takes down anew.
func (c *Client) Marks() []secret.String {
	u := c.Record.Unproven
	known := []secret.String{c.Handle.RegistrationAccessToken, c.Handle.ClientSecret, u.RegistrationAccessToken, u.ClientSecret}
	if at := c.Handle.ClientIDIssuedAt; at != nil && !slices.ContainsFunc(known, func(s secret.String) bool { return !s.IsEmpty() }) {
		return []secret.String{secret.New(fmt.Sprintf("client_id_issued_at %d", *at))}
	}
	return known
}

// Entry is what the journal keeps of the credentials in force, which replaced those before.
func (c *Client) Entry(before reconcile.Handle, occasion reconcile.Occasion) journal.Entry {
	e := journal.Entry{
		// An adoption goes by the registration endpoint, so that a later entry must not put the issuer in its place, nor the server that is configured by now.
		Endpoint: cmp.Or(c.Endpoint, c.Record.Home.RegistrationEndpoint, c.Server.homeKey(c).server), ClientID: c.Handle.ClientID, RegistrationClientURI: c.Handle.RegistrationClientURI,
		RegistrationAccessToken: c.Handle.RegistrationAccessToken, ClientSecret: c.Handle.ClientSecret,
		ClientSecretExpiresAt: c.Handle.ClientSecretExpiresAt, Occasion: journal.OccasionUpdate, Time: c.Server.clock.Now(),
		Unproven: unproven(c.Record.Unproven), Seen: c.seen, ShowsToken: c.shows.RegistrationAccessToken, ShowsSecret: c.shows.ClientSecret,
	}
	if before.RegistrationClientURI != c.Handle.RegistrationClientURI {
		e.PreviousURI = before.RegistrationClientURI
	}
	replaced := func(before, now secret.String) secret.String {
		if before.Equal(now) {
			return secret.String{}
		}
		return before
	}
	e.PreviousToken = replaced(before.RegistrationAccessToken, e.RegistrationAccessToken)
	e.PreviousSecret = replaced(before.ClientSecret, e.ClientSecret)
	switch occasion {
	case reconcile.FromRead, reconcile.FromReadBack:
		e.Occasion = journal.OccasionRead
	case reconcile.FromCreate:
		e.Occasion = journal.OccasionCreate
	}
	return e
}

// unproven is what the journal keeps of the credentials that nothing has proved yet.
func unproven(u reconcile.Unproven) journal.Unproven {
	return journal.Unproven{
		RegistrationClientURI: u.RegistrationClientURI, RegistrationAccessToken: u.RegistrationAccessToken,
		ClientSecret: u.ClientSecret, ClientSecretExpiresAt: u.ClientSecretExpiresAt, SecretFromRead: u.SecretFromRead, HandedIn: u.HandedIn,
	}
}

// JournalKnows reports whether the journal has the client, other than as one that is gone or that nobody keeps.
func (c *Client) JournalKnows(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	entry, found := c.Lookup(ctx)
	return found && !entry.Gone && !entry.Leaving
}

// journalSupersedes reports whether the journal knows that a newer credential replaced this one.
func (c *Client) journalSupersedes(ctx context.Context, token secret.String) bool {
	if c.Journal == nil {
		return false
	}
	entry, found := c.Lookup(ctx)
	return found && entry.Supersedes(token)
}

// Lookup is the journal's entry of the client. There must be a journal.
func (c *Client) Lookup(ctx context.Context) (journal.Entry, bool) {
	entry, found, err := c.Journal.Lookup(ctx, c.JournalName())
	c.NotRead(err)
	c.journalUnread = c.journalUnread || err != nil
	c.Server.scrubber.Add(entry.RegistrationAccessToken, entry.ClientSecret, entry.Unproven.RegistrationAccessToken, entry.Unproven.ClientSecret)
	return entry, found && err == nil
}

// ApplyJournal takes over what the journal knows to have replaced what the state has: a URI to which the server moved the client, a
// token, and a secret, which may be shown nowhere any more. It comes from an answer whose state was never saved. It returns the
// journal's token, which is tried where the state's is refused.
//
// What the state had is tried last, where the journal's is refused: a server and a state that were both restored from a backup are older
// than the journal, and another server at the same address may have given the same client_id.
func (c *Client) ApplyJournal(ctx context.Context) secret.String {
	if c.Journal == nil {
		return secret.String{}
	}
	entry, found := c.Lookup(ctx)
	c.seen, c.Deletion = entry.Seen, entry.DeletionOf(c.Marks()...)
	if !found {
		return secret.String{}
	}
	own, former := c.Handle, &c.Record.Unproven
	// A client that nobody served is recorded without an address: that moved it nowhere.
	moved := entry.RegistrationClientURI != "" && entry.RegistrationClientURI != own.RegistrationClientURI
	if moved {
		c.Handle.RegistrationClientURI, former.RefusedURI = entry.RegistrationClientURI, own.RegistrationClientURI
	}
	if moved && !entry.RegistrationAccessToken.IsEmpty() || entry.Supersedes(own.RegistrationAccessToken) {
		if c.Handle.RegistrationAccessToken = entry.RegistrationAccessToken; !own.RegistrationAccessToken.Equal(entry.RegistrationAccessToken) {
			place := &former.FormerToken
			if entry.Given() { // a replica that lags may take it, however often, see TokenGiven
				place = &former.RefusedToken
			}
			*place = own.RegistrationAccessToken
		}
	}
	if entry.Supersedes(own.ClientSecret) {
		c.Handle.ClientSecret, c.Handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
		former.RefusedSecret, c.triesRefused = own.ClientSecret, true
	}
	// What was proved and replaced since is nothing that waits: its refusal would say nothing of what this server's answers show.
	if entry.Supersedes(former.RegistrationAccessToken) {
		former.RegistrationAccessToken = secret.String{}
	}
	if entry.Supersedes(former.ClientSecret) {
		former.ClientSecret, former.ClientSecretExpiresAt, former.SecretFromRead = secret.String{}, nil, false
	}
	// Nor is what waits in the state and is known to the journal, which had it proved: what waits there is newer.
	if former.RegistrationAccessToken.Equal(entry.RegistrationAccessToken) {
		former.RegistrationAccessToken = secret.String{}
	}
	if former.ClientSecret.Equal(entry.ClientSecret) {
		former.ClientSecret, former.ClientSecretExpiresAt, former.SecretFromRead = secret.String{}, nil, false
	}
	if former.RegistrationClientURI == entry.RegistrationClientURI {
		former.RegistrationClientURI = ""
	}
	c.ApplyUnproven(entry)
	return entry.RegistrationAccessToken
}

// NoteDeletionOf takes over that a deletion of the client was sent, and whether the client had been shown, of which an adoption has no state.
func (c *Client) NoteDeletionOf(ctx context.Context) {
	entry, _ := c.Lookup(ctx)
	if c.Deletion = entry.DeletionOf(c.Marks()...); !c.Deletion.IsZero() && entry.DeletionShown {
		c.Record.ShownAt = c.Handle.RegistrationClientURI
	}
}

// ApplyUnproven takes over what an answer showed whose state was never saved, where the state has the same known credentials and nothing
// unproven of its own.
func (c *Client) ApplyUnproven(entry journal.Entry) {
	mine, kept := &c.Record.Unproven, entry.Unproven
	if mine.RegistrationClientURI == "" && c.Handle.RegistrationClientURI == entry.RegistrationClientURI {
		mine.RegistrationClientURI = kept.RegistrationClientURI
	}
	if mine.RegistrationAccessToken.IsEmpty() && c.Handle.RegistrationAccessToken.Equal(entry.RegistrationAccessToken) {
		mine.RegistrationAccessToken = kept.RegistrationAccessToken
	}
	if mine.ClientSecret.IsEmpty() && c.Handle.ClientSecret.Equal(entry.ClientSecret) {
		mine.ClientSecret, mine.ClientSecretExpiresAt, mine.SecretFromRead = kept.ClientSecret, kept.ClientSecretExpiresAt, kept.SecretFromRead
	}
	mine.HandedIn = marksOf(c.Credentials().Tokens(), slices.Concat(mine.HandedIn, kept.HandedIn)...)
	c.Server.scrubber.Add(mine.Secrets()...)
}
