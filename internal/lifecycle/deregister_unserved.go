// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

// canAskThere reports whether there is anything to ask with at the address that did not show the client when it was registered: its own token, or credentials that may be other
// ones by now, or none.
func canAskThere(ctx context.Context, c *authserver.Client) bool {
	if !c.ByProvider() {
		return !c.Handle.RegistrationAccessToken.IsEmpty() || !c.Server.ImportToken(ctx, c.Place, c.Handle).IsEmpty()
	}
	return c.Server.HasCredentials(authserver.Target{RegistrationEndpoint: c.Record.Unproven.RegistrationClientURI})
}
