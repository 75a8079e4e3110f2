// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// NameByJournal gives a client the client_id that the journal has for its address, where the caller names none: the journal goes by both, and may
// have the token that replaced the one that was given.
func (c *Client) NameByJournal(ctx context.Context) {
	if c.Journal == nil || c.Handle.ClientID != "" {
		return
	}
	id, err := clientAt(ctx, c.Journal, c.Handle.RegistrationClientURI, c.Handle.RegistrationAccessToken)
	c.NotRead(err)
	c.Handle.ClientID = id
}

// TakeJournaledSecret takes the secret that the journal has of a client of which no state tells, as in an import. An answer is held against it: what
// it shows may be a stored form, which would take the secret's place in the journal. A client that is gone, or that nobody keeps, may have left its client_id to
// another one, by whose token that shows.
func (c *Client) TakeJournaledSecret(ctx context.Context) {
	if c.Journal == nil || !c.Handle.ClientSecret.IsEmpty() {
		return
	}
	if entry, known := c.Lookup(ctx); known && !entry.ClientSecret.IsEmpty() && !((entry.Gone || entry.Leaving) && entry.Stranger(c.Handle.RegistrationAccessToken)) {
		c.Handle.ClientSecret, c.Handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
		c.ApplyUnproven(entry)
	}
}

// ConfirmShared is Confirm, and reports whether the journal knows that another resource has the client, too: it was adopted although a state held it.
func (c *Client) ConfirmShared(ctx context.Context) bool {
	if c.Confirm(ctx); c.Journal == nil {
		return false
	}
	entry, known := c.Lookup(ctx)
	return known && entry.Shared
}

// RestoreMark gives an object that has lost its mark the one that the journal knows, where it can be no other's: a provider that crashes in an update leaves its
// object without private state.
func (c *Client) RestoreMark(ctx context.Context) {
	if c.Journal == nil || c.Record.MadeAt != 0 || c.Server.holders.has(&c.Server.holders.imported, c.names()) {
		return
	}
	if entry, known := c.Lookup(ctx); known {
		c.Record.MadeAt = entry.Mark
	}
}

// Holding reports who has the client, before it is deregistered, and notes that this state leaves it where another resource has it, too. Without the journal that
// the user relies on, nobody knows.
func (c *Client) Holding(ctx context.Context) (journal.Hold, *outcome.Problem) {
	if c.journalErr != nil {
		return journal.HeldInDoubt, &outcome.Problem{Kind: outcome.DeleteNeedsJournal, Attribute: "token_journal", ClientID: c.Handle.ClientID, Err: c.journalErr}
	}
	if c.Journal == nil {
		return journal.HeldAlone, nil
	}
	hold, err := c.Journal.BeginDestroy(ctx, c.nameInJournal(ctx), c.Record.MadeAt)
	switch {
	case err != nil:
		return hold, &outcome.Problem{Kind: outcome.DeleteNeedsJournal, Attribute: "token_journal", ClientID: c.Handle.ClientID, Err: err}
	case hold == journal.HeldInDoubt:
		return hold, &outcome.Problem{Kind: outcome.DeleteInDoubt, ClientID: c.Handle.ClientID}
	}
	return hold, nil
}

// Drop tells the journal that the object that this operation is for has the client no more, or came to nothing before it had it.
func (c *Client) Drop(ctx context.Context) {
	name := c.nameInJournal(ctx)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Drop(ctx, name, c.Record.MadeAt)
	})
}

// NoteGone tells the journal that the client was found to be gone.
func (c *Client) NoteGone(ctx context.Context) {
	name := c.nameInJournal(ctx)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Gone(ctx, name)
	})
}

// NoteImported notes that this run imports the client: no state has it yet, and perhaps none will. It is noted again when the object has a mark, by which a
// journal tells what was seen to have the client before that from what has it, too.
func (s *Server) NoteImported(ctx context.Context, c *Client) {
	c.imports = true
	s.holders.noteImport(c.names(), c.Record.MadeAt)
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Imported(ctx, c.JournalName(), c.Record.MadeAt)
	})
}
