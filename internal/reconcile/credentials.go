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

	// TokenRotationProven: a token that a read issued was accepted afterwards, so that what reads show are tokens.
	TokenRotationProven bool `json:"token_rotation_proven,omitempty"`

	// SecretAnswered tells, from a write to its read-back, that the write's answer held a secret. Not kept: it is what
	// sets a read that issues a new secret apart from an update that does so without showing it.
	SecretAnswered bool `json:"-"`
}

// ReadRotates tells whether a read costs a credential, so that a read whose result is not saved (a plan) loses it.
func (f Facts) ReadRotates() bool { return f.RotatesOnRead || f.SecretOnRead == SecretRotates }

// Changeable tells which credentials an update may change; the others can be planned as known.
type Changeable struct{ Secret, Token, URI bool }

// UpdateMayChange tells what an update, with the read-back that follows it, may change: everything in a client's first
// update, then what was seen to change. A changed authentication method may bring a client its first secret, or a new one.
func UpdateMayChange(facts Facts, previous Agreement, asked Document) Changeable {
	const method = "token_endpoint_auth_method"
	first := !facts.UpdateSeen
	pair := previous[method]
	return Changeable{
		Secret: first || facts.SecretOnUpdate || facts.SecretOnRead == SecretRotates || !equal(method, pair.Asked, asked[method]),
		Token:  first || facts.TokenOnUpdate || facts.RotatesOnRead,
		URI:    first || facts.URIOnUpdate,
	}
}

// Origin says what an answer answered.
type Origin int

const (
	FromCreate   Origin = iota // the registration
	FromReadBack               // the read that follows a create or update at once: the baseline of what reads do
	FromRead                   // any other read
	FromUpdate                 // an update
	FromRefusal                // an error answer to an update or a read that carried credentials
)

// Merge joins the credentials of an answer into the known ones and learns how the server treats them (RFC 7592 §3: what
// an answer holds replaces the old at once; RFC 7592 §5 allows rotation on reads and updates).
//
//   - What the answer omits keeps its value. client_id and client_id_issued_at never change once known.
//   - A token or secret that looks like a hash or a mask is never taken.
//   - A secret from a read replaces the known one only where reads are known to show or to rotate it. The first read
//     decides that, normally the read-back: the same secret means SecretShown, another one SecretRotates, none or a hash
//     SecretHidden. Each further read-back decides anew. With no known secret (an import), a read's is taken.
//   - A token from a read that differs means that reads rotate it. Only a read-back that shows the same token, or none,
//     takes that back.
//
// changed tells whether any credential, its lifetime or the URI is not what was known: then it must be saved.
func Merge(known, answered Handle, origin Origin, facts Facts) (merged Handle, learned Facts, changed bool) {
	merged, learned = known, facts
	if merged.ClientID == "" {
		merged.ClientID = answered.ClientID
	}
	if merged.ClientIDIssuedAt == nil {
		merged.ClientIDIssuedAt = answered.ClientIDIssuedAt
	}
	if answered.ClientSecretExpiresAt != nil {
		merged.ClientSecretExpiresAt = answered.ClientSecretExpiresAt
	}
	if origin == FromUpdate {
		learned.UpdateSeen = true
	}
	if answered.RegistrationClientURI != "" {
		merged.RegistrationClientURI = answered.RegistrationClientURI
		moved := known.RegistrationClientURI != "" && known.RegistrationClientURI != answered.RegistrationClientURI
		learned.URIOnUpdate = learned.URIOnUpdate || moved && origin == FromUpdate
	}
	mergeToken(known, answered, origin, &merged, &learned)
	mergeSecret(known, answered, origin, &merged, &learned)
	return merged, learned, !merged.equal(known)
}

func mergeToken(known, answered Handle, origin Origin, merged *Handle, learned *Facts) {
	token := answered.RegistrationAccessToken
	taken := secret.Usable(token.Reveal())
	rotated := taken && !known.RegistrationAccessToken.IsEmpty() && !token.Equal(known.RegistrationAccessToken)
	if taken {
		merged.RegistrationAccessToken = token
	}
	switch origin {
	case FromReadBack:
		learned.RotatesOnRead = rotated
	case FromRead:
		learned.RotatesOnRead = learned.RotatesOnRead || rotated
	case FromUpdate, FromRefusal:
		learned.TokenOnUpdate = learned.TokenOnUpdate || rotated
	}
}

func mergeSecret(known, answered Handle, origin Origin, merged *Handle, learned *Facts) {
	answer := answered.ClientSecret
	taken := secret.Usable(answer.Reveal())
	had := !known.ClientSecret.IsEmpty()
	same := taken && had && answer.Equal(known.ClientSecret)

	switch origin {
	case FromCreate, FromUpdate, FromRefusal:
		if taken {
			merged.ClientSecret = answer
		}
		if origin != FromCreate && taken && had && !same {
			learned.SecretOnUpdate = true
		}
		learned.SecretAnswered = taken
		return
	}

	// A read. Does it decide what reads do? A read-back does, and the first read that is seen; but only where there is a
	// secret to compare with.
	decides := had && (origin == FromReadBack || learned.SecretOnRead == "")
	switch {
	case !had:
		// An import, or a client that had no secret. Whether reads rotate it is left to the next one.
		if taken && learned.SecretOnRead != SecretHidden {
			merged.ClientSecret = answer
		}
	case decides && !taken:
		learned.SecretOnRead = SecretHidden
	case decides && same:
		learned.SecretOnRead = SecretShown
	case decides && origin == FromReadBack && !learned.SecretAnswered && learned.SecretOnRead == SecretShown:
		// Reads were known to show the secret unchanged and the update's answer told none: so the update reissued it.
		merged.ClientSecret = answer
		learned.SecretOnUpdate = true
	case decides:
		merged.ClientSecret = answer
		learned.SecretOnRead = SecretRotates
	case taken && (learned.SecretOnRead == SecretShown || learned.SecretOnRead == SecretRotates):
		merged.ClientSecret = answer
	}
	if origin == FromReadBack {
		learned.SecretAnswered = false
	}
}

func (h Handle) equal(other Handle) bool {
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
	if !may.Secret && !sameTime(merged.ClientSecretExpiresAt, known.ClientSecretExpiresAt) {
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

// Apply returns the handle that is in force: the attributes' values, replaced by those that are pending.
func (p *PendingCredentials) Apply(h Handle) Handle {
	if p == nil {
		return h
	}
	if !p.ClientSecret.IsEmpty() {
		h.ClientSecret = p.ClientSecret
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
