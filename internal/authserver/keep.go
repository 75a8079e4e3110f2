// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What an answer shows in a credential's place may be a hash, a mask or a stale copy. It is kept beside the known credential until
// one of the two is proved; which proof counts is decided in package reconcile (Credentials).

// SetCredentials puts a decision in force and keeps what it has to tell, once each.
func (c *Client) SetCredentials(decided reconcile.Credentials, notes []reconcile.Note) {
	c.Handle, c.Record.Unproven, c.Record.Facts = decided.Known, decided.Unproven, decided.Facts
	c.noteReads()
	c.Server.hide(c.Handle, c.Record.Unproven.Secrets())
	for _, note := range notes {
		if note == reconcile.SecretDoubtful && c.secretUnstored {
			continue
		}
		if kind, told := noteKinds[note]; told && !c.Outcome().Has(kind) {
			p := outcome.Problem{Kind: kind, Attribute: noteAttributes[kind]}
			if kind == outcome.URIKept && c.templateURI != "" && decided.Unproven.RefusedURI == c.templateURI {
				p.FromTemplate, p.Attribute = true, "client_configuration_uri_template"
			}
			c.Warn(p)
		}
	}
}

// noteKinds are the notes that are told at once. An unproven secret is told of by Prove, once nothing has decided on it; a token or a URI
// that waits for its proof is nothing that anyone has to know.
var noteKinds = map[reconcile.Note]outcome.Kind{
	reconcile.SecretDoubtful: outcome.SecretDoubtful, reconcile.TokenKept: outcome.TokenKept, reconcile.URIKept: outcome.URIKept,
}

var noteAttributes = map[outcome.Kind]string{
	outcome.SecretDoubtful: "client_secret", outcome.TokenKept: "registration_access_token", outcome.URIKept: "registration_client_uri",
}

// saveCredentials saves the credentials of an answer, the server's refusal included: into the client and, where anything changed,
// into the journal, durably, before the answer goes anywhere.
func (c *Client) saveCredentials(ctx context.Context, answer *dcr.Registration, occasion reconcile.Occasion) {
	if answer != nil {
		c.Notice(answer)
		c.Decide(ctx, occasion, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
			return known.Take(c.Usable(answer), occasion)
		})
		c.shows = reconcile.Handle{}
		c.NoteShown(answer)
	}
}

// wouldTake returns the token and the secret of an answer that saveCredentials would keep, as known or as unproven.
func (c *Client) wouldTake(answer *dcr.Registration, occasion reconcile.Occasion) (shows reconcile.Handle) {
	usable := c.Usable(answer)
	taken, _ := c.Credentials().Take(usable, occasion)
	if taken.Has(usable.RegistrationAccessToken) {
		shows.RegistrationAccessToken = usable.RegistrationAccessToken
	}
	if taken.Has(usable.ClientSecret) {
		shows.ClientSecret = usable.ClientSecret
	}
	return shows
}

// NoteShown notes whether an answer, whose credentials were taken, shows the token and the secret that are known or wait.
func (c *Client) NoteShown(answer *dcr.Registration) {
	known := c.Credentials()
	shows := known.ShowsSecret(answer.ClientSecret)
	c.answered.ShowsToken = known.Has(answer.RegistrationAccessToken)
	c.answered.TellsOfSecret, c.answered.Facts = shows || showsNoSecret(answer), known.Facts
	c.tokenShown = c.tokenShown || c.answered.ShowsToken
	c.answered.ShowsSecret = shows && secret.Usable(answer.ClientSecret.Reveal())
	c.Record.SecretOpen = c.Record.SecretOpen && !c.answered.ShowsSecret
}

// Usable is what an answer shows of the client's handle. A URI that cannot be asked does not replace one that can: some servers show any
// string, or their address behind a proxy.
func (c *Client) Usable(answer *dcr.Registration) reconcile.Handle {
	shown := HandleOf(answer)
	if c.Handle.RegistrationClientURI != "" && c.Server.CheckURL(shown.RegistrationClientURI) != nil {
		shown.RegistrationClientURI = ""
	}
	// A replica that lags shows what this operation has seen replaced.
	if slices.ContainsFunc(c.replaced, shown.RegistrationAccessToken.Equal) || slices.Contains(c.Record.Replaced, digest(shown.RegistrationAccessToken)) {
		shown.RegistrationAccessToken = secret.String{}
	}
	if slices.ContainsFunc(c.replaced, shown.ClientSecret.Equal) {
		shown.ClientSecret = secret.String{}
	}
	return shown
}

// Decide puts a decision on the credentials in force and, where it changes any of them, into the journal.
func (c *Client) Decide(ctx context.Context, occasion reconcile.Occasion, decide func(reconcile.Credentials) (reconcile.Credentials, []reconcile.Note)) {
	if c.overtaken {
		return
	}
	before := c.Credentials()
	after, notes := decide(before)
	c.SetCredentials(after, notes)
	if before.Facts.SecretOnRead == "" && (after.Facts.SecretOnRead == reconcile.SecretRotates || slices.Contains(notes, reconcile.SecretNotTaken)) {
		c.secretDoubted = true
	}
	c.noteTaken(before.Known, after.Known)
	if !after.Known.Equal(before.Known) || !unproven(after.Unproven).Equal(unproven(before.Unproven)) {
		c.JournalCredentials(ctx, before.Known, occasion)
	}
}

func (c *Client) uriWorked(ctx context.Context, uri string, otherShowsNothing bool) {
	c.Decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.URIWorked(uri, otherShowsNothing)
	})
}

// worked proves the token with which a request succeeded, against those that were refused before it.
func (c *Client) worked(ctx context.Context, token secret.String, refused []secret.String) {
	c.Decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		after, notes := known.TokenWorked(token, refused...)
		// A cache that answers one read whoever asks answers the next, too: what this very operation has replaced stays until the next one.
		if former := known.Unproven.FormerToken; token.Equal(known.Known.RegistrationAccessToken) && after.Unproven.FormerToken.IsEmpty() && slices.ContainsFunc(c.replaced, former.Equal) {
			after.Unproven.FormerToken = former
		}
		return after, notes
	})
}

// told returns a token that a refusal showed, and that was not tried yet.
func (c *Client) told(queue []candidate, changes bool) (secret.String, bool) {
	for _, token := range c.Credentials().Tokens() {
		if !tried(queue, token) && !c.heldBack(token, changes) {
			return token, true
		}
	}
	return secret.String{}, false
}

// LeavesReadsOpen reports whether a read by the provider's own credentials showed a token that was not known before, so that one more read tells
// whether reads replace it. Such a read costs nothing more: whatever the first one did, the token that was known is not the one in force any more.
func (c *Client) LeavesReadsOpen(before reconcile.Record) bool {
	waits := c.Record.Unproven.RegistrationAccessToken
	return c.ByProvider() && !waits.IsEmpty() && !waits.Equal(before.Unproven.RegistrationAccessToken) && !c.Record.Facts.ReadRotates()
}

// NewestToken prefers a token that nothing has proved yet, for a state that is saved without private state: by RFC 7592 §3 it is the
// one in force, where it is not the known one written in another way.
func (c *Client) NewestToken() {
	newest := &c.Record.Unproven.RegistrationAccessToken
	if !newest.IsEmpty() && !secret.TellsNothingNew(c.Handle.RegistrationAccessToken, newest.Reveal()) {
		c.Record.Unproven.FormerToken = c.Handle.RegistrationAccessToken
		c.Handle.RegistrationAccessToken, *newest = *newest, secret.String{}
	}
}
