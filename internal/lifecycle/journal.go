// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// needsJournal refuses to change anything while the journal that the user relies on cannot be used: nothing was sent yet.
func (c *Client) needsJournal() *Problem {
	if c.journalErr == nil {
		return nil
	}
	return &Problem{Kind: JournalUnusable, Attribute: "token_journal", ClientID: c.handle.ClientID, Err: c.journalErr}
}

// write writes to the journal, where there is one, and warns where that fails.
func (c *Client) write(loses Loss, write func(*journal.Journal) error) {
	if c.journal == nil {
		return
	}
	if err := write(c.journal); err != nil {
		c.warn(Problem{Kind: JournalNotWritten, Err: err, Loses: loses})
	}
}

// notRead warns where the journal could not be read.
func (c *Client) notRead(err error) {
	if err != nil {
		c.warn(Problem{Kind: JournalNotRead, Err: err})
	}
}

// confirm tells the journal that the client is in a state, so that nobody adopts it.
func (c *Client) confirm(ctx context.Context) {
	if c.handle.ClientID == "" {
		return
	}
	endpoint := c.registeredAt(ctx)
	c.write(LosesNothing, func(j *journal.Journal) error {
		return j.Confirm(ctx, c.handle.ClientID, c.handle.RegistrationClientURI, endpoint)
	})
}

// registeredAt is the registration endpoint that the journal has a client without a URI by, or "" where it is not known. The client_id
// alone may be another server's client.
func (c *Client) registeredAt(ctx context.Context) string {
	if c.journal == nil || c.handle.RegistrationClientURI != "" {
		return ""
	}
	if known := cmp.Or(c.endpoint, c.record.Home.RegistrationEndpoint); known != "" {
		return known
	}
	t, _ := c.server.Locate(ctx, c.place)
	return t.RegistrationEndpoint
}

// noteAlive notes that the client was seen to exist, where a deletion of it may have been sent, or was even acknowledged.
func (c *Client) noteAlive(ctx context.Context) {
	if c.journal == nil || c.deletion.IsZero() && !c.wasDeleted(ctx) {
		return
	}
	c.deletion = time.Time{}
	c.write(LosesNothing, func(j *journal.Journal) error {
		return j.Kept(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
	})
}

// noteAddress gives the journal the address at which a client just registered is managed, where the registration returned none: the
// journal knows the client by its address from then on, as the state does. Otherwise nothing would confirm or end its entry.
func (c *Client) noteAddress(ctx context.Context) {
	if c.journal == nil || c.endpoint == "" {
		return
	}
	if _, known := c.lookup(ctx); known {
		return
	}
	without := c.handle
	without.RegistrationClientURI = ""
	c.journalCredentials(ctx, without, reconcile.FromCreate)
}

// noteDeleted notes that the client is gone.
func (c *Client) noteDeleted(ctx context.Context) {
	c.write(LosesNothing, func(j *journal.Journal) error {
		return j.Deleted(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
	})
}

// forget drops the client's credentials from the journal: no state keeps the client, though it may live at the server.
func (c *Client) forget(ctx context.Context) {
	endpoint := c.registeredAt(ctx)
	c.write(LosesNothing, func(j *journal.Journal) error {
		return j.Forget(ctx, c.handle.ClientID, c.handle.RegistrationClientURI, endpoint)
	})
}

// noted makes a request that may replace credentials, and notes it before it is sent, so that it is known afterwards whether an answer
// may have been lost: a refusal of all that is known means that the client is gone only where none was. An earlier request without an
// answer counts until one succeeds.
func (c *Client) noted(ctx context.Context, mayRotate bool, request func() error) error {
	if c.journal == nil || !mayRotate || c.handle.ClientID == "" {
		return request()
	}
	before, _ := c.lookup(ctx)
	if before.Asked.IsZero() {
		c.write(LosesNothing, func(j *journal.Journal) error {
			return j.Asking(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
		})
	}
	err := request()
	if err == nil || before.Asked.IsZero() && replacedNothing(err) {
		c.write(LosesNothing, func(j *journal.Journal) error {
			return j.Answered(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
		})
	}
	return err
}

// replacedNothing reports whether a request that failed certainly replaced no credential: it reached nobody, or it and each attempt
// before it was refused.
func replacedNothing(err error) bool {
	var de *dcr.Error
	if !errors.As(err, &de) {
		return true // there was nothing to send it with
	}
	if de.Status != 0 {
		return !de.Repeated && (de.Status >= 300 && de.Status <= 499 || de.Status == http.StatusNotImplemented)
	}
	var lost *transport.Error
	return errors.As(err, &lost) && !lost.MaybeProcessed
}

// wasDeleted reports whether the journal knows that the client was deregistered.
func (c *Client) wasDeleted(ctx context.Context) bool {
	if c.journal == nil {
		return false
	}
	deleted, err := c.journal.WasDeleted(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
	return err == nil && deleted
}

// journalCredentials writes the credentials in force, which replaced those before.
func (c *Client) journalCredentials(ctx context.Context, before reconcile.Handle, origin reconcile.Origin) {
	c.write(LosesCredential, func(j *journal.Journal) error { return j.Record(ctx, c.entry(before, origin)) })
}

// tokenReplaced reports that another token than the state's was accepted, and keeps one that was handed in: it may come from an
// ephemeral value, and the plan may not be applied.
func (c *Client) tokenReplaced(ctx context.Context, accepted candidate, own secret.String) {
	c.warn(Problem{Kind: TokenReplaced, Source: accepted.source})
	if accepted.source != FromSettings {
		return
	}
	c.write(LosesNothing, func(j *journal.Journal) error {
		e := c.entry(reconcile.Handle{RegistrationAccessToken: own, RegistrationClientURI: c.handle.RegistrationClientURI}, reconcile.FromRead)
		e.Origin, e.RegistrationAccessToken = journal.OriginHandedIn, accepted.token
		return j.Record(ctx, e)
	})
}

// entry is what the journal keeps of the credentials in force, which replaced those before.
func (c *Client) entry(before reconcile.Handle, origin reconcile.Origin) journal.Entry {
	e := journal.Entry{
		// An adoption goes by the registration endpoint, so that a later entry must not put the issuer in its place.
		Endpoint: cmp.Or(c.endpoint, c.server.identify(c.place)), ClientID: c.handle.ClientID, RegistrationClientURI: c.handle.RegistrationClientURI,
		RegistrationAccessToken: c.handle.RegistrationAccessToken, ClientSecret: c.handle.ClientSecret,
		ClientSecretExpiresAt: c.handle.ClientSecretExpiresAt, Origin: journal.OriginUpdate, Time: c.server.clock.Now(),
		Unproven: unproven(c.record.Unproven),
	}
	if before.RegistrationClientURI != c.handle.RegistrationClientURI {
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
	switch origin {
	case reconcile.FromRead, reconcile.FromReadBack:
		e.Origin = journal.OriginRead
	case reconcile.FromCreate:
		e.Origin = journal.OriginCreate
	}
	return e
}

// unproven is what the journal keeps of the credentials that nothing has proved yet.
func unproven(u reconcile.Unproven) journal.Unproven {
	return journal.Unproven{
		RegistrationClientURI: u.RegistrationClientURI, RegistrationAccessToken: u.RegistrationAccessToken,
		ClientSecret: u.ClientSecret, ClientSecretExpiresAt: u.ClientSecretExpiresAt, SecretFromRead: u.SecretFromRead,
	}
}

// journalKnows reports whether the journal has the client.
func (c *Client) journalKnows(ctx context.Context) bool {
	if c.journal == nil {
		return false
	}
	_, found := c.lookup(ctx)
	return found
}

// journalSupersedes reports whether the journal knows that a newer credential replaced this one.
func (c *Client) journalSupersedes(ctx context.Context, token secret.String) bool {
	if c.journal == nil {
		return false
	}
	entry, found := c.lookup(ctx)
	return found && entry.Supersedes(token)
}

func (c *Client) lookup(ctx context.Context) (journal.Entry, bool) {
	entry, found, err := c.journal.Lookup(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
	c.notRead(err)
	c.server.scrubber.Add(entry.RegistrationAccessToken, entry.ClientSecret, entry.Unproven.RegistrationAccessToken, entry.Unproven.ClientSecret)
	return entry, found && err == nil
}

// applyJournal takes over what the journal knows to have replaced what the state has: a URI to which the server moved the client, a
// token, and a secret, which may be shown nowhere any more. It comes from an answer whose state was never saved. It returns the
// journal's token, which is tried where the state's is refused.
func (c *Client) applyJournal(ctx context.Context) secret.String {
	if c.journal == nil {
		return secret.String{}
	}
	entry, found := c.lookup(ctx)
	c.deletion = entry.Deletion
	if !found {
		return secret.String{}
	}
	moved := entry.RegistrationClientURI != c.handle.RegistrationClientURI
	if moved {
		c.handle.RegistrationClientURI = entry.RegistrationClientURI
	}
	if moved && !entry.RegistrationAccessToken.IsEmpty() || entry.Supersedes(c.handle.RegistrationAccessToken) {
		c.handle.RegistrationAccessToken = entry.RegistrationAccessToken
	}
	if entry.Supersedes(c.handle.ClientSecret) {
		c.handle.ClientSecret, c.handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
	}
	c.applyUnproven(entry)
	return entry.RegistrationAccessToken
}

// applyUnproven takes over what an answer showed whose state was never saved, where the state has the same known credentials and nothing
// unproven of its own.
func (c *Client) applyUnproven(entry journal.Entry) {
	mine, kept := &c.record.Unproven, entry.Unproven
	if mine.RegistrationClientURI == "" && c.handle.RegistrationClientURI == entry.RegistrationClientURI {
		mine.RegistrationClientURI = kept.RegistrationClientURI
	}
	if mine.RegistrationAccessToken.IsEmpty() && c.handle.RegistrationAccessToken.Equal(entry.RegistrationAccessToken) {
		mine.RegistrationAccessToken = kept.RegistrationAccessToken
	}
	if mine.ClientSecret.IsEmpty() && c.handle.ClientSecret.Equal(entry.ClientSecret) {
		mine.ClientSecret, mine.ClientSecretExpiresAt, mine.SecretFromRead = kept.ClientSecret, kept.ClientSecretExpiresAt, kept.SecretFromRead
	}
	c.server.scrubber.Add(mine.Secrets()...)
}

// rotationWait bounds how long we wait for another process to journal a rotated token.
const rotationWait = 3 * time.Second

// newer returns a token that the journal got while this process made its requests. Where another process works with the same
// journal, the answer that rotated the token may have reached it and not yet the journal: that is waited for.
func (c *Client) newer(ctx context.Context, before []candidate) (out []candidate) {
	if c.journal == nil || c.byProvider() {
		return nil
	}
	// An error, of the journal or of the context, means that there is no newer token: the refusal is then reported.
	_ = c.server.poll(ctx, rotationWait, func() (bool, error) {
		entry, found := c.lookup(ctx)
		if token := entry.RegistrationAccessToken; found && !token.IsEmpty() && !tried(before, token) {
			c.handle.RegistrationClientURI = entry.RegistrationClientURI
			out = []candidate{bearer(token, FromJournal)}
			return true, nil
		}
		if alone, err := c.journal.Alone(ctx); err != nil || alone {
			return true, err
		}
		return c.journal.WasDeleted(ctx, c.handle.ClientID, c.handle.RegistrationClientURI)
	})
	return out
}

// clientAt is the client_id that the journal has for a client configuration endpoint. An import by URI knows no client_id, and the
// journal goes by it: where reads rotate the token, only the journal has the one in force once a plan was not applied.
func (s *Server) clientAt(ctx context.Context, uri string) string {
	j, err := s.openJournal()
	if j == nil || err != nil {
		return "" // the read that follows says what is wrong with the journal
	}
	clientID, err := j.ClientAt(ctx, uri)
	if err != nil {
		return ""
	}
	return clientID
}
