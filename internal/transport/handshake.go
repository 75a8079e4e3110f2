// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"sync"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

// originKey is the key of the origin that a request goes to, in the context of its handshake.
type originKey struct{}

// AsksForCertificate reports whether a handshake with a URL's origin has asked for a client certificate. Whether one is needed it does not say.
func (c *Client) AsksForCertificate(url string) bool {
	_, asks := c.asking.Load(origin.Of(url))
	return asks
}

// noteAsking notes the origin whose handshake has that context.
func noteAsking(asking *sync.Map) func(context.Context) {
	return func(ctx context.Context) {
		if of, ok := ctx.Value(originKey{}).(string); ok {
			asking.Store(of, true)
		}
	}
}
