// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"

// namesOurs is whether a client's configuration names the provider's server, as far as the names tell. A provider that names none is for each.
func (s *Server) namesOurs(p Place) reconcile.HomeRelation {
	ours := s.named(Place{})
	switch {
	case p.IsEmpty():
		return reconcile.HomeSame
	case s.UnknownServer(Place{}), !ours.IsKnown() && s.settings.WebFingerResource != "":
		return reconcile.HomeOther
	case !ours.IsKnown():
		return reconcile.HomeSame
	}
	return ours.Relation(s.named(p), "")
}

// TokenKey is the name by which registration_access_tokens has the token of a client. Its client_id does where the configuration of the client names no server.
func TokenKey(p Place, h reconcile.Handle) string {
	if !p.IsEmpty() && h.RegistrationClientURI != "" {
		return h.RegistrationClientURI
	}
	return NameOf(h)
}
