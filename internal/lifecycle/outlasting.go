// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"time"
)

// rollbackTimeout is the least time that there is for the deletion of a client that is not to be kept, and all that there is once Terraform was interrupted.
const rollbackTimeout = 30 * time.Second

// outlasting returns the context for such a deletion, which nothing makes up for later. It has what is left of the operation's time, in which a server may
// ask to wait (RFC 9110 §10.2.3), also where that is over, and an interrupt does not cut it off at once.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	least := time.Now().Add(rollbackTimeout)
	own, bounded := ctx.Deadline()
	if bounded && own.Before(least) || ctx.Err() != nil {
		return context.WithDeadline(context.WithoutCancel(ctx), least)
	}
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	limit := context.CancelFunc(func() {})
	if bounded {
		out, limit = context.WithDeadline(out, own)
	}
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(rollbackTimeout):
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
