// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// ProveHandedIn reads a client that is about to be deleted, where only that tells whether the token that was handed in is this client's.
func (c *Client) ProveHandedIn(ctx context.Context) {
	if c.handedInUnnamed() && !c.ByProvider() && c.Record.HandedIn != digest(c.handedIn()) {
		_, _ = c.Get(ctx, reconcile.FromRead)
	}
}
