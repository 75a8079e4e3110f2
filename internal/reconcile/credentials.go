// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "github.com/terraform-oidc/terraform-provider-oidc/internal/secret"

// Handle is what the server assigned to a client: all that is needed to manage it, and its secret. Times are in seconds
// since 1970, as in RFC 7591 §3.2.1; 0 as ClientSecretExpiresAt means never, nil means that no answer told.
type Handle struct {
	ClientID                string
	ClientSecret            secret.String
	ClientSecretExpiresAt   *int64
	ClientIDIssuedAt        *int64
	RegistrationAccessToken secret.String
	RegistrationClientURI   string
}

// NamesOnly reports whether nothing is known that a registration gives a new client alone.
func (h Handle) NamesOnly() bool {
	return h.ClientIDIssuedAt == nil && h.ClientSecret.IsEmpty() && h.RegistrationAccessToken.IsEmpty()
}

// What a read was seen to do with the client secret.
const (
	SecretShown   = "shown"   // shows it unchanged
	SecretRotates = "rotates" // issues a new one
	SecretHidden  = "hidden"  // shows none, or a hash or mask of it
)

// Facts is what was learnt of how the server treats a client's credentials. Its zero value is "nothing seen yet".
type Facts struct {
	RotatesOnRead  bool   `json:"rotates_on_read,omitempty"`  // a read issued a new registration access token
	SecretOnRead   string `json:"secret_on_read,omitempty"`   // "", SecretShown, SecretRotates, SecretHidden
	ReadSeen       bool   `json:"read_seen,omitempty"`        // a read inside an apply has shown what reads do to the token
	UpdateSeen     bool   `json:"update_seen,omitempty"`      // at least one update succeeded
	TokenOnUpdate  bool   `json:"token_on_update,omitempty"`  // an update issued a new registration access token
	SecretOnUpdate bool   `json:"secret_on_update,omitempty"` // an update issued a new client secret
	URIOnUpdate    bool   `json:"uri_on_update,omitempty"`    // an update changed the client configuration URI
	// LifetimeOnUpdate: an update began the client secret's lifetime anew and left the secret as it was, so that it renews an expiry and brings no new secret.
	LifetimeOnUpdate bool `json:"lifetime_on_update,omitempty"`
	UpdateLost       bool `json:"update_lost,omitempty"` // the answer to an update was lost, which may have held a new secret

	// SecretHiddenOnce: the last read inside an apply showed no secret, on a server whose reads were seen to show it.
	SecretHiddenOnce bool `json:"secret_hidden_once,omitempty"`
	// SecretRotationProven: the token endpoint accepted a secret that a read showed, so that what reads show are secrets.
	SecretRotationProven bool `json:"secret_rotation_proven,omitempty"`
	// SecretRotated: reads replaced the secret while the client had one. It has none now, so that a read has none to replace.
	SecretRotated bool `json:"secret_rotated,omitempty"`
	// TokenRotationProven: a token that a read issued was accepted afterwards, so that what reads show are tokens.
	TokenRotationProven bool `json:"token_rotation_proven,omitempty"`
	// ReadsShowNoToken: what reads show in the token's place was refused again and again, while the known token worked.
	ReadsShowNoToken bool `json:"reads_show_no_token,omitempty"`
}

// ReadRotates reports whether a read costs a credential, so that a read whose result is not saved (a plan) loses it.
func (f Facts) ReadRotates() bool { return f.RotatesOnRead || f.SecretOnRead == SecretRotates }

// ReadMayRotate reports whether the answer to a read may replace a credential; unknown counts as yes.
func (f Facts) ReadMayRotate() bool { return f.ReadRotates() || f.SecretOnRead == "" || !f.ReadSeen }

// UpdateMayRotate reports the same of an update.
func (f Facts) UpdateMayRotate() bool {
	return !f.UpdateSeen || f.TokenOnUpdate || f.SecretOnUpdate || f.URIOnUpdate || f.ReadRotates()
}

// Changeable tells which credentials an update may change; the others can be planned as known. Lifetime is that of a secret that stays; Secret includes it.
type Changeable struct{ Secret, Token, URI, Lifetime bool }

// UpdateMayChange tells what an update, with the read-back that follows it, may change: everything in a client's first
// update, then what was seen to change. A changed authentication method may bring a client its first secret, or a new one. firstRead: no read has
// shown yet what reads do to this client's credentials, whatever updates of a client before it have left alone.
func UpdateMayChange(facts Facts, previous Agreement, asked Document, firstRead bool) Changeable {
	const method = "token_endpoint_auth_method"
	first := !facts.UpdateSeen
	pair := previous[method]
	return Changeable{
		Secret: first || firstRead || facts.SecretOnUpdate || facts.SecretOnRead == SecretRotates || !equal(method, pair.Asked, asked[method]),
		Token:  first || firstRead || facts.TokenOnUpdate || facts.RotatesOnRead,
		URI:    first || facts.URIOnUpdate,

		Lifetime: facts.LifetimeOnUpdate,
	}
}

// Occasion says what an answer answered.
type Occasion int

const (
	FromCreate   Occasion = iota // the registration
	FromReadBack                 // the read that follows a create or update at once: the baseline of what reads do
	FromRead                     // any other read
	FromUpdate                   // an update
	FromRefusal                  // an error answer to an update or a read that carried credentials
)

// Equal reports whether both are the same.
func (h Handle) Equal(other Handle) bool {
	return h.ClientID == other.ClientID &&
		h.ClientSecret.Equal(other.ClientSecret) &&
		sameTime(h.ClientSecretExpiresAt, other.ClientSecretExpiresAt) &&
		sameTime(h.ClientIDIssuedAt, other.ClientIDIssuedAt) &&
		h.RegistrationAccessToken.Equal(other.RegistrationAccessToken) &&
		h.RegistrationClientURI == other.RegistrationClientURI
}

func sameTime(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// PendingCredentials are credentials that a server issued in an apply whose plan had promised the old ones. Terraform
// refuses a result that breaks such a promise, so attributes keep the old values, these wait in private state, and the
// next read moves them to where they belong. Empty fields are not pending.
type PendingCredentials struct {
	ClientSecret            secret.String
	ClientSecretExpiresAt   *int64
	RegistrationAccessToken secret.String
	RegistrationClientURI   string
}

// Withhold splits the outcome of an update into what attributes may show, given what was planned as changeable, and what
// must wait. pending is nil where nothing does.
func Withhold(known, merged Handle, may Changeable) (shown Handle, pending *PendingCredentials) {
	shown = merged
	var p PendingCredentials
	waits := false
	if !may.Secret && !merged.ClientSecret.Equal(known.ClientSecret) {
		p.ClientSecret, shown.ClientSecret, waits = merged.ClientSecret, known.ClientSecret, true
	}
	if !may.Secret && (waits || !may.Lifetime && !sameTime(merged.ClientSecretExpiresAt, known.ClientSecretExpiresAt)) {
		p.ClientSecretExpiresAt, shown.ClientSecretExpiresAt, waits = merged.ClientSecretExpiresAt, known.ClientSecretExpiresAt, true
	}
	if !may.Token && !merged.RegistrationAccessToken.Equal(known.RegistrationAccessToken) {
		p.RegistrationAccessToken, shown.RegistrationAccessToken, waits = merged.RegistrationAccessToken, known.RegistrationAccessToken, true
	}
	if !may.URI && merged.RegistrationClientURI != known.RegistrationClientURI {
		p.RegistrationClientURI, shown.RegistrationClientURI, waits = merged.RegistrationClientURI, known.RegistrationClientURI, true
	}
	if !waits {
		return shown, nil
	}
	return shown, &p
}

// OnlyToken reports whether nothing but the registration access token is pending.
func (p *PendingCredentials) OnlyToken() bool {
	return p.ClientSecret.IsEmpty() && p.ClientSecretExpiresAt == nil && p.RegistrationClientURI == ""
}

// Apply returns the handle that is in force: the attributes' values, replaced by those that are pending.
func (p *PendingCredentials) Apply(h Handle) Handle {
	if p == nil {
		return h
	}
	if !p.ClientSecret.IsEmpty() {
		h.ClientSecret, h.ClientSecretExpiresAt = p.ClientSecret, p.ClientSecretExpiresAt
	}
	if p.ClientSecretExpiresAt != nil {
		h.ClientSecretExpiresAt = p.ClientSecretExpiresAt
	}
	if !p.RegistrationAccessToken.IsEmpty() {
		h.RegistrationAccessToken = p.RegistrationAccessToken
	}
	if p.RegistrationClientURI != "" {
		h.RegistrationClientURI = p.RegistrationClientURI
	}
	return h
}
