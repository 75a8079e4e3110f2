// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// ProveHandedIn reads a client that is about to be deleted, where only that tells whether the token that was handed in is this client's.
func (c *Client) ProveHandedIn(ctx context.Context) {
	token := c.handedIn()
	waits := slices.ContainsFunc(c.Credentials().Tokens(), c.unproved) // it was kept for later
	if (waits || c.unproved(token) && c.Record.HandedIn != digest(token)) && !c.ByProvider() {
		_, _ = c.Get(ctx, reconcile.FromRead)
	}
}
