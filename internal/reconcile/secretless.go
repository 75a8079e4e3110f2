// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "github.com/terraform-oidc/terraform-provider-oidc/internal/secret"

// SecretTakenAway drops the secret of a client that has none any more. expires is what the answer said of an expiry. The secret is kept as
// the former one, for SecretGivenBack, and what was the former one as a refused one, which is tried last. What reads do to a secret counts
// once there is one: until then a read has none to replace.
func (c Credentials) SecretTakenAway(expires *int64) Credentials {
	u, known := &c.Unproven, c.Known
	for _, older := range []secret.String{u.FormerSecret, u.ClientSecret} {
		if !older.IsEmpty() {
			u.RefusedSecret = older
		}
	}
	c.dropSecret()
	u.FormerSecret, u.ClientSecretExpiresAt = known.ClientSecret, known.ClientSecretExpiresAt
	c.Known.ClientSecret, c.Known.ClientSecretExpiresAt = secret.String{}, expires
	c.Facts.SecretRotated = c.Facts.SecretRotated || c.Facts.SecretOnRead == SecretRotates
	c.Facts.SecretOnRead, c.Facts.SecretRotationProven = "", false
	return c
}

// WithSecret is what is known of a server once a client uses a secret again: what its reads did to a secret before, they do again. Otherwise a
// read whose answer is lost, or that shows no secret, would have them pass for harmless.
func (f Facts) WithSecret() Facts {
	if f.SecretRotated {
		f.SecretOnRead, f.SecretRotated = SecretRotates, false
	}
	return f
}

// SecretGivenBack takes the former secret for the known one, where nothing is known, or only a stored form of it: a server that shows no secret may
// have kept it. What cannot be of the same generator waits for its proof. journaled is the secret that the journal has, which is the newer one of
// the two.
func (c Credentials) SecretGivenBack(journaled secret.String) Credentials {
	u, shown := &c.Unproven, c.Known.ClientSecret
	switch {
	case journaled.IsEmpty(), journaled.Equal(u.FormerSecret), journaled.Equal(shown):
	case shown.IsEmpty(), storedForm(journaled, shown), !Alike(journaled, shown):
		if c.Known.ClientSecret = journaled; !u.SecretFromRead && u.ClientSecret.Equal(journaled) {
			c.dropSecret()
		}
		return c
	}
	switch {
	case u.FormerSecret.IsEmpty():
		return c
	case shown.IsEmpty(), storedForm(u.FormerSecret, shown):
	case Alike(u.FormerSecret, shown):
		return c // the server has issued another one
	default:
		c.Known.ClientSecret, u.ClientSecret, u.SecretFromRead, u.FormerSecret = u.FormerSecret, shown, false, secret.String{}
		return c
	}
	c.Known.ClientSecret, u.FormerSecret = u.FormerSecret, secret.String{}
	if c.Known.ClientSecretExpiresAt == nil {
		c.Known.ClientSecretExpiresAt = u.ClientSecretExpiresAt
	}
	c.dropSecret()
	return c
}
