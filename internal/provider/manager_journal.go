// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// grace is how long an exchange that was begun goes on after Terraform was interrupted. Its answer may hold the client's only
// credential; and Terraform itself waits for the provider.
const grace = 10 * time.Second

// patience gives the context of an exchange that an interrupt does not cut off at once. The resource's own time limit ends it
// as ever, and nothing is begun once the context is done.
func patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return ctx, func() {}
	}
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	limit := context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		out, limit = context.WithDeadline(out, deadline)
	}
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.Canceled) {
			return
		}
		select {
		case <-time.After(grace):
			cancel()
		case <-out.Done():
		}
	})
	return out, func() {
		stop()
		limit()
		cancel()
	}
}

func (m *manager) lookup(ctx context.Context) (journal.Entry, bool) {
	entry, found, err := m.journal.Lookup(ctx, m.handle.ClientID, m.handle.RegistrationClientURI)
	if err != nil {
		m.diags.AddWarning("Token journal not read", err.Error())
	}
	m.session.known.add(entry.RegistrationAccessToken, entry.ClientSecret)
	return entry, found && err == nil
}

// recall takes over what the journal knows to have replaced what the state has: a URI to which the server moved the client,
// a token, and a secret, which may be shown nowhere any more. It is what an answer told whose state was never saved. It returns the
// journal's token, which counts where the state's is refused.
func (m *manager) recall(ctx context.Context) secret.String {
	if m.journal == nil {
		return secret.String{}
	}
	entry, found := m.lookup(ctx)
	m.deletion = entry.Deletion
	if !found {
		return secret.String{}
	}
	moved := entry.RegistrationClientURI != m.handle.RegistrationClientURI
	if moved {
		m.handle.RegistrationClientURI = entry.RegistrationClientURI
	}
	if moved && !entry.RegistrationAccessToken.IsEmpty() || entry.Supersedes(m.handle.RegistrationAccessToken) {
		m.handle.RegistrationAccessToken = entry.RegistrationAccessToken
	}
	if entry.Supersedes(m.handle.ClientSecret) {
		m.handle.ClientSecret, m.handle.ClientSecretExpiresAt = entry.ClientSecret, entry.ClientSecretExpiresAt
	}
	return entry.RegistrationAccessToken
}

// settle is how long a refusal is thought to be another process's doing, and how often the journal is looked at meanwhile.
const (
	settleWait  = 3 * time.Second
	settleEvery = 50 * time.Millisecond
	// adoptWait is longer than an orphaned provider lives, unless it has an exchange under way.
	adoptWait = 5 * time.Second
)

// newer gives a token that the journal got while this process made its requests. Where another process is at work on the same
// journal, the answer that rotated the token may have reached it and not yet the journal: that is waited for.
func (m *manager) newer(ctx context.Context, tried []candidate) []candidate {
	if m.journal == nil || m.byProvider() {
		return nil
	}
	for end := time.Now().Add(settleWait); ; {
		entry, found := m.lookup(ctx)
		token := entry.RegistrationAccessToken
		if found && !token.IsEmpty() && !slices.ContainsFunc(tried, func(c candidate) bool { return c.token.Equal(token) }) {
			m.handle.RegistrationClientURI = entry.RegistrationClientURI
			return []candidate{{auth: transport.Bearer(token), token: token, origin: fromJournal}}
		}
		if alone, err := m.journal.Alone(ctx); err != nil || alone || time.Now().After(end) {
			return nil
		}
		if deleted, err := m.journal.WasDeleted(ctx, m.handle.ClientID, m.handle.RegistrationClientURI); err != nil || deleted {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(settleEvery):
		}
	}
}

// adoptable looks for a client of this configuration that a dead run left. Where one is in the hands of a run that lives, that may
// be the provider of a Terraform that was just killed: it ends by itself (see dieWithParent), which is waited for.
func (m *manager) adoptable(ctx context.Context, intent journal.Intent) (journal.Entry, bool, error) {
	for end := time.Now().Add(adoptWait); ; {
		entry, found, err := m.journal.Adoptable(ctx, intent)
		if err != nil || found {
			return entry, found, err
		}
		if pending, err := m.journal.Pending(ctx, intent); err != nil || !pending || time.Now().After(end) {
			return entry, false, err
		}
		select {
		case <-ctx.Done():
			return entry, false, ctx.Err()
		case <-time.After(settleEvery):
		}
	}
}

// entry is what the journal keeps of the credentials in force, which replaced those before.
func (m *manager) entry(before reconcile.Handle, origin reconcile.Origin) journal.Entry {
	e := journal.Entry{
		// An adoption goes by the registration endpoint, so that a later entry must not put the issuer in its place.
		Endpoint: cmp.Or(m.endpoint, m.session.identify(m.place)), ClientID: m.handle.ClientID, RegistrationClientURI: m.handle.RegistrationClientURI,
		RegistrationAccessToken: m.handle.RegistrationAccessToken, ClientSecret: m.handle.ClientSecret,
		ClientSecretExpiresAt: m.handle.ClientSecretExpiresAt, Origin: journal.OriginUpdate, Time: m.session.now(),
	}
	if before.RegistrationClientURI != m.handle.RegistrationClientURI {
		e.PreviousURI = before.RegistrationClientURI
	}
	previous := func(before, now secret.String) secret.String {
		if before.Equal(now) {
			return secret.String{}
		}
		return before
	}
	e.PreviousToken = previous(before.RegistrationAccessToken, e.RegistrationAccessToken)
	e.PreviousSecret = previous(before.ClientSecret, e.ClientSecret)
	switch origin {
	case reconcile.FromRead, reconcile.FromReadBack:
		e.Origin = journal.OriginRead
	case reconcile.FromCreate:
		e.Origin = journal.OriginCreate
	}
	return e
}

// deleting notes that a deletion is about to be sent. Where the client's secret may be stale, a 401 afterwards leaves it open
// whether the deletion took place; this settles it.
func (m *manager) deleting(ctx context.Context) {
	if m.journal == nil {
		return
	}
	if err := m.journal.Deleting(ctx, m.handle.ClientID, m.handle.RegistrationClientURI); err != nil {
		m.diags.AddWarning("Token journal not written", err.Error())
	}
}

// lives notes that the client was seen to live, where a deletion of it may have been sent.
func (m *manager) lives(ctx context.Context) {
	if m.journal == nil || m.deletion.IsZero() {
		return
	}
	m.deletion = time.Time{}
	if err := m.journal.Kept(ctx, m.handle.ClientID, m.handle.RegistrationClientURI); err != nil {
		m.diags.AddWarning("Token journal not written", err.Error())
	}
}

// needsJournal refuses to change anything while the journal that the user relies on cannot be used: nothing was sent yet.
func (m *manager) needsJournal() diag.Diagnostics {
	var diags diag.Diagnostics
	if m.broken != nil {
		diags.AddAttributeError(path.Root("token_journal"), "Token journal not usable", m.broken.Error()+
			". Nothing was sent, because the credentials that the answer brings could not be kept in it. Make it usable, or remove token_journal from the provider.")
	}
	return diags
}
