// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import "slices"

// All returns every server, the quickest to start first.
func All() []Server {
	return slices.Concat(oidcProvider9(), oidcProvider5(), mcpSDK(), betterAuth(), nanoidp(), djangoOAuthToolkit(), authlib(),
		[]Server{contract{}, hydra{}, glewlwyd{}}, springAuthorizationServer(), mitreid(), keycloaks())
}
