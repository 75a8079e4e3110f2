// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// elsewhere reports whether the registration was made at another server than the one that has the old client, which may have a client of that client_id, too.
func elsewhere(old authserver.State, answered authserver.Snapshot) bool {
	before, now := old.Record.Home.RegistrationEndpoint, answered.Record.Home.RegistrationEndpoint
	return before != "" && now != "" && before != now
}

// bringsAll reports whether a registration that was answered with the client that it was to replace showed all that the state has of it, and a read has
// proved that. Otherwise one answer would cost the client a credential that works.
func bringsAll(old authserver.State, answered authserver.Snapshot) bool {
	had, now := old.Record.Pending.Apply(old.Handle), answered.Handle
	hasSecret := secret.Usable(now.ClientSecret.Reveal()) || !secret.Usable(had.ClientSecret.Reveal())
	return hasSecret && !answered.Record.Unread && (!now.RegistrationAccessToken.IsEmpty() || had.RegistrationAccessToken.IsEmpty()) &&
		(now.RegistrationClientURI != "" || had.RegistrationClientURI == "")
}

// besideOld is the old client as it was, and beside its credentials what the answer showed of it, which later requests try.
func besideOld(old authserver.State, answered authserver.Snapshot) authserver.Snapshot {
	record := old.Record
	known := reconcile.Credentials{Known: record.Pending.Apply(old.Handle), Unproven: record.Unproven, Facts: record.Facts}
	shown := answered.Handle
	shown.ClientSecretExpiresAt = nil // unless a secret is shown that is taken, it is not of the one that is kept
	taken := known
	if waits := answered.Record.Unproven; !waits.RegistrationAccessToken.IsEmpty() || !waits.ClientSecret.IsEmpty() {
		// A read showed it, and the registration's own answer goes before that: one of them may be wrong, and there is room for one.
		taken, _ = taken.Take(reconcile.Handle{RegistrationAccessToken: waits.RegistrationAccessToken, ClientSecret: waits.ClientSecret}, reconcile.FromRefusal)
	}
	taken, _ = taken.Take(shown, reconcile.FromRefusal)
	if now := answered.Handle.RegistrationAccessToken; answered.Record.ShownAt != "" && !answered.Record.Unread && !now.IsEmpty() && !now.Equal(known.Known.RegistrationAccessToken) {
		// A read has proved it, and what it was shown beside it is newer than both.
		taken.Known.RegistrationAccessToken, taken.Unproven.FormerToken = now, known.Known.RegistrationAccessToken
		taken.Unproven.RegistrationAccessToken = answered.Record.Unproven.RegistrationAccessToken
	}
	record.Pending, record.Unproven = nil, taken.Unproven
	// The registration may have replaced what it did not show, as no update of this client was seen to do.
	noToken := answered.Handle.RegistrationAccessToken.IsEmpty() && !known.Known.RegistrationAccessToken.IsEmpty()
	noSecret := !secret.Usable(answered.Handle.ClientSecret.Reveal()) && secret.Usable(known.Known.ClientSecret.Reveal())
	record.Facts.UpdateSeen = record.Facts.UpdateSeen && !noToken && !noSecret
	record.Unanswered = record.Unanswered || answered.Handle.RegistrationAccessToken.IsEmpty() || answered.Record.Unread
	if !secret.Usable(answered.Handle.ClientSecret.Reveal()) && secret.Usable(taken.Known.ClientSecret.Reveal()) {
		record.Facts.UpdateLost = true
	}
	return authserver.Snapshot{Handle: taken.Known, Record: record, Registered: old.Registered}
}

// keepFormer keeps the secret that the state had beside another one that an answer showed: the token endpoint tells which one is in force. So it keeps a token,
// where no read has proved the other one.
func keepFormer(old authserver.State, answered *authserver.Snapshot) {
	had, now, u := old.Record.Pending.Apply(old.Handle), answered.Handle, &answered.Record.Unproven
	if u.FormerSecret.IsEmpty() && secret.Usable(had.ClientSecret.Reveal()) && !had.ClientSecret.Equal(now.ClientSecret) && !had.ClientSecret.Equal(u.ClientSecret) {
		u.FormerSecret = had.ClientSecret
	}
	token := had.RegistrationAccessToken
	if answered.Record.ShownAt == "" && u.FormerToken.IsEmpty() && !token.Equal(now.RegistrationAccessToken) && !token.Equal(u.RegistrationAccessToken) {
		u.FormerToken = token
	}
}

// ofTheAnswer are the kinds of what is told of a client that has no more than a registration's answer showed.
var ofTheAnswer = []outcome.Kind{
	outcome.SecretNotKnown, outcome.SecretDoubtful, outcome.NotReadBack, outcome.NotServedFromStart, outcome.NotManageable,
}

func without(problems []outcome.Problem, kinds ...outcome.Kind) []outcome.Problem {
	return slices.DeleteFunc(problems, func(p outcome.Problem) bool { return slices.Contains(kinds, p.Kind) })
}
