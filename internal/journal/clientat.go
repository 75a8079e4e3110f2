// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "context"

// ClientAt returns the client_id of the one client that the journal knows at a client configuration endpoint, for a caller who was
// given nothing but the address; empty for none. An address that several clients had tells nothing.
func (j *Journal) ClientAt(ctx context.Context, registrationClientURI string) (clientID string, err error) {
	if registrationClientURI == "" {
		return "", nil
	}
	ids := map[string]bool{}
	err = j.ask(ctx, func(t *table) ([]journalLine, error) {
		for k := range t.clients {
			if k.uri == registrationClientURI {
				ids[k.clientID] = true
			}
		}
		for k := range t.moved {
			if k.uri == registrationClientURI {
				ids[k.clientID] = true
			}
		}
		return nil, nil
	})
	if len(ids) != 1 {
		return "", err
	}
	for id := range ids {
		clientID = id
	}
	return clientID, err
}
