// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// serverNames are the names of a client's server. here is that of the configured one, which is the client's own as far as a record tells. Of a client that no record tells
// of, it counts only beside where its address is: that may be another server's, which gives the same client_ids.
func serverNames(home, named reconcile.Home, here, endpoint, uri string) []string {
	names := []string{endpoint, home.Issuer, home.RegistrationEndpoint, uri}
	if home.IsKnown() || uri == "" || origin.Same(uri, named.Issuer) || origin.Same(uri, named.RegistrationEndpoint) {
		names = append(names, here)
	}
	for _, at := range []string{endpoint, home.RegistrationEndpoint, home.RegistrationAlias, uri} {
		if at != "" && here != "" {
			names = append(names, here+" at "+origin.Of(at))
		}
	}
	return names
}
