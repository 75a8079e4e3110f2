// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "github.com/terraform-oidc/terraform-provider-oidc/internal/secret"

// Lacks reports whether a handle has less of a client than another one of the same client: no address, no token or no secret, or a stored form in their place.
func (h Handle) Lacks(of Handle) bool {
	return h.RegistrationClientURI == "" && of.RegistrationClientURI != "" ||
		LacksToken(h.RegistrationAccessToken, of.RegistrationAccessToken) || LacksSecret(h.ClientSecret, of.ClientSecret)
}

// LacksToken reports whether what there is of a registration access token is less than another copy of it. Another token may be a newer one.
func LacksToken(has, of secret.String) bool {
	return !of.IsEmpty() && (has.IsEmpty() || secret.LooksMasked(has.Reveal()) && !has.Equal(of) || secret.DerivedFrom(of, has.Reveal()))
}

// LacksSecret is the same of a client secret. One that looks like a hash may be the secret.
func LacksSecret(has, of secret.String) bool {
	switch shown := of.Reveal(); {
	case of.IsEmpty() || secret.LooksMasked(shown):
		return false
	case secret.Usable(shown):
		return storedForm(of, has)
	}
	return has.IsEmpty() || secret.LooksMasked(has.Reveal())
}
