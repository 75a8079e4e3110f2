// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

// URIOf is the client configuration endpoint of a client that was registered at an endpoint, or "" where the journal has none, or several.
func (j *Journal) URIOf(ctx context.Context, clientID, endpoint string) (uri string, err error) {
	err = j.ask(ctx, func(t *table) ([]journalLine, error) {
		n := 0
		for k, c := range t.clients {
			if k.clientID == clientID && k.uri != "" && origin.SameURL(c.Endpoint, endpoint) {
				uri = k.uri
				n++
			}
		}
		if n > 1 {
			uri = ""
		}
		return nil, nil
	})
	return uri, err
}
