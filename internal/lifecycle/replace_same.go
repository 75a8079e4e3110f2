// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// notReplaced keeps the client that a registration was to replace and was answered with, as some servers answer metadata that they have. The answer may have replaced
// its credentials, as that to an update may, and as after an update a read tells what is in force, but where reads are
// known to replace the secret that applications use. registered is what the server showed of it before.
func notReplaced(ctx context.Context, old *authserver.Client, registered metadata.Document, answered error, save func(authserver.Snapshot)) outcome.Problem {
	before := old.Handle.ClientSecret
	keep := func() {
		snapshot := old.Snapshot()
		snapshot.Registered = registered
		save(snapshot)
	}
	keep()
	view, seen, err := registered, false, error(nil)
	if old.Managed() && !readsNothing(old) && old.Record.Facts.SecretOnRead != reconcile.SecretRotates {
		var answer *dcr.Registration
		if answer, err = old.Get(transport.Ahead(ctx), reconcile.FromReadBack); err == nil {
			view, seen = answer.Metadata, true
		}
		old.Record.Unread = old.Record.Unread || err != nil
	}
	old.ProveByReading(ctx, view, seen)
	if !before.Equal(old.Handle.ClientSecret) {
		old.Record.SecretAt = old.Record.WrittenAt
	}
	keep()
	return outcome.Problem{Kind: outcome.NotReplaced, ClientID: old.Handle.ClientID, Err: errors.Join(answered, err)}
}

// stillWhole returns the old client after a registration in its place whose answer is lost, which may have been this client with other credentials. A read with its
// token, or that shows its secret, settles that, but where reads may replace them themselves: then the next update tells.
func stillWhole(ctx context.Context, old *authserver.Client, registered metadata.Document) authserver.Snapshot {
	if old.Managed() && !readsNothing(old) && !old.Record.Facts.ReadMayRotate() {
		_, _ = old.Get(ctx, reconcile.FromRead)
	}
	old.AskTokenEndpoint(ctx)
	snapshot := old.Snapshot()
	snapshot.Registered = registered
	return snapshot
}
