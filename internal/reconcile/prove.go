// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Unproven are values that an answer showed in the place of a known credential and that nothing has proved yet, and the
// values that a proved habit of the server replaced. Both are kept in private state: what is shown may be a hash, a mask or
// a stale copy, and then only the other value works.
type Unproven struct {
	ClientSecret            secret.String
	ClientSecretExpiresAt   *int64
	SecretFromRead          bool // shown by a read, not by an update
	RegistrationAccessToken secret.String
	RegistrationClientURI   string

	// The values before the known ones, tried where the known ones are refused.
	FormerSecret, FormerToken secret.String

	// Values that were shown and refused where the known ones worked. A server that shows one with each answer is not asked about it
	// again. But a replica that lags refuses what is new and takes what is old: so they are kept, and tried where nothing else works.
	RefusedSecret, RefusedToken secret.String
	RefusedURI                  string

	// HandedIn are digests of tokens that the user handed in. None of them came in an answer about this client, so that each may be another client's, whatever
	// place it has above: only a read tells.
	HandedIn []string
}

// Waits reports whether anything is unproven.
func (u Unproven) Waits() bool {
	return !u.ClientSecret.IsEmpty() || !u.RegistrationAccessToken.IsEmpty() || u.RegistrationClientURI != ""
}

// Secrets returns all that must not be printed.
func (u Unproven) Secrets() []secret.String {
	return []secret.String{u.ClientSecret, u.RegistrationAccessToken, u.FormerSecret, u.FormerToken, u.RefusedSecret, u.RefusedToken}
}

// Credentials are the known credentials of a client, which the attributes show, the unproven ones beside them, and what
// was learnt of the server.
type Credentials struct {
	Known    Handle
	Unproven Unproven
	Facts    Facts
	// Fresh: the known secret was issued in this very operation, so that it is certainly in force.
	Fresh bool
	// TokenIdle: the provider's own credentials make the requests, and none of this operation has shown yet which token is in force. Where a read shows
	// another one, it, or anyone in the time before, may have replaced the known one: a second read tells.
	TokenIdle bool
}

// Note is something that the user is told about a credential.
type Note int

// The notes.
const (
	SecretDoubtful     Note = iota + 1 // the only secret that was ever shown looks like a hash or a mask
	SecretNotTaken                     // a stored form of the secret was shown; the known one stays
	SecretUnproven                     // another secret was shown; which one is in force is not proved, the known one stays
	SecretKept                         // the other secret was proved wrong; the known one stays
	SecretReplaced                     // the other secret was proved right
	SecretReadRotation                 // reads are proved to replace the secret
	TokenNotTaken                      // a stored form of the token was shown
	TokenUnproven
	TokenKept
	TokenReplaced
	URINotTaken // another URI that must not be tried: of another occasion, or not usable
	URIUnproven
	URIKept
	URIReplaced
)

// Take merges an answer into the known and unproven credentials. Nothing that an answer shows replaces a known value by
// being shown. It does so only where it is proved (TokenWorked, URIWorked, SecretsTried), where reads agree with an update
// on a server whose reads were seen to show the true secret, where two reads in turn show two new secrets, or where the
// server's habit was proved before; in that last case the replaced value is kept as the former one.
//
// Where nothing is known, as in a registration or an import, the value is taken, since to drop it would lose it: a secret
// that looks like a hash may be the secret. A mask that a read shows is not taken even then.
//
// The lists of what a stored form looks like (package secret) only decide quickly; a form that is in none of them is
// unproven like any other.
func (c Credentials) Take(answered Handle, occasion Occasion) (Credentials, []Note) {
	var notes []Note
	note := func(n Note) { notes = append(notes, n) }
	if c.Known.ClientID == "" {
		c.Known.ClientID = answered.ClientID
	}
	if c.Known.ClientIDIssuedAt == nil {
		c.Known.ClientIDIssuedAt = answered.ClientIDIssuedAt
	}
	switch occasion {
	case FromUpdate:
		c.Facts.UpdateSeen = true
	case FromReadBack:
		c.Facts.ReadSeen = true
	}
	c.takeURI(answered.RegistrationClientURI, occasion, note)
	c.takeToken(answered.RegistrationAccessToken, occasion, note)
	if isRead(occasion) {
		c.readSecret(answered, occasion, note)
	} else {
		c.writtenSecret(answered, note)
	}
	return c, notes
}

func isRead(occasion Occasion) bool { return occasion == FromRead || occasion == FromReadBack }

func (c *Credentials) takeURI(shown string, occasion Occasion, note func(Note)) {
	switch {
	case shown == "" || shown == c.Known.RegistrationClientURI:
	case c.Known.RegistrationClientURI == "":
		c.Known.RegistrationClientURI = shown
	case !c.mayAsk(shown), shown == c.Unproven.RefusedURI:
		note(URINotTaken)
	case isRead(occasion):
		// The known one has just shown the client. Another one may be another client's, where the token would be revoked: it is asked only once
		// the known one shows nothing.
		if c.Unproven.RefusedURI == "" {
			c.Unproven.RefusedURI = shown
		}
		note(URINotTaken)
	case shown != c.Unproven.RegistrationClientURI:
		c.Unproven.RegistrationClientURI = shown
		if occasion == FromUpdate {
			c.Facts.URIOnUpdate = true // an update may change it, so that a plan must not promise it
		}
		note(URIUnproven)
	}
}

// mayAsk reports whether the token may go to another address to find out whether the client is there: not to another server, and not to another client's address,
// as one is most likely that does not name the client where the known one does. There, servers revoke a token that is not that client's.
func (c *Credentials) mayAsk(at string) bool {
	known := c.Known.RegistrationClientURI
	return origin.Same(at, known) && (NamesClient(at, c.Known.ClientID) || !NamesClient(known, c.Known.ClientID))
}

func (c *Credentials) takeToken(shown secret.String, occasion Occasion, note func(Note)) {
	known := c.Known.RegistrationAccessToken
	switch {
	case shown.IsEmpty():
		return
	case known.IsEmpty():
		// A server that issues no token manages by other credentials, which a mask in the token's place must not push aside: as a
		// token it would be tried in their stead.
		if occasion == FromCreate || occasion == FromRefusal {
			if secret.LooksMasked(shown.Reveal()) || !transport.CanBeSent(shown) {
				note(TokenNotTaken)
				return
			}
			c.Known.RegistrationAccessToken = shown
		}
		return
	case shown.Equal(known):
		if occasion == FromReadBack && c.Unproven.RegistrationAccessToken.IsEmpty() && c.Unproven.FormerToken.IsEmpty() {
			c.Facts.RotatesOnRead, c.Facts.TokenRotationProven = false, false
		}
		return
	case shown.Equal(c.Unproven.RegistrationAccessToken):
		return
	case shown.Equal(c.Unproven.RefusedToken), isRead(occasion) && c.Facts.ReadsShowNoToken:
		note(TokenNotTaken)
		return
	case !secret.Usable(shown.Reveal()) || secret.DerivedFrom(known, shown.Reveal()) || !transport.CanBeSent(shown):
		note(TokenNotTaken)
		return
	case isRead(occasion) && c.Facts.TokenRotationProven && isNew(known, shown):
		// Each read replaces it: to wait for proof would leave a dead token in the attributes after each read.
		c.Unproven.FormerToken, c.Unproven.RegistrationAccessToken = known, secret.String{}
		c.Known.RegistrationAccessToken = shown
		return
	}
	c.Unproven.RegistrationAccessToken = shown
	note(TokenUnproven)
	switch {
	case !isRead(occasion):
		c.Facts.TokenOnUpdate = true
	case !c.TokenIdle:
		c.Facts.RotatesOnRead = true // unknown counts as rotating
	}
}

// writtenSecret takes the secret of a registration's or an update's answer.
func (c *Credentials) writtenSecret(answered Handle, note func(Note)) {
	shown, known := answered.ClientSecret, c.Known.ClientSecret
	switch {
	case shown.IsEmpty(), shown.Equal(known):
		c.Facts.UpdateLost = c.Facts.UpdateLost && shown.IsEmpty() // or it shows the one that is in force
		c.takeExpiry(answered)
	case nothingKnown(known, shown):
		c.Known.ClientSecret = shown
		c.takeExpiry(answered)
		if !secret.Usable(shown.Reveal()) {
			note(SecretDoubtful)
		}
	case storedForm(known, shown) && !isFormOf(known, shown):
		note(SecretNotTaken)
	case secret.DerivedFrom(shown, known.Reveal()) && !strings.Contains(shown.Reveal(), known.Reveal()):
		// The known one is a stored form that a read showed, and the answer shows the secret itself, which the update need not have issued. Where that has
		// the known one in it, either may be a form of the other: “v1.secret” and “secret”, “secret” and “secr”.
		c.Facts.UpdateLost = false
		c.replaceSecret(shown, answered.ClientSecretExpiresAt)
	case c.Facts.SecretOnUpdate && isNew(known, shown):
		c.Facts.UpdateLost = false
		c.supersede(shown, answered.ClientSecretExpiresAt)
		note(SecretReplaced)
	default:
		c.unprovenSecret(answered, false)
		note(SecretUnproven)
	}
}

// readSecret takes the secret that a read shows, and learns what reads do.
func (c *Credentials) readSecret(answered Handle, occasion Occasion, note func(Note)) {
	shown, known, waiting := answered.ClientSecret, c.Known.ClientSecret, c.Unproven.ClientSecret
	facts := &c.Facts
	switch {
	case known.IsEmpty() && !shown.IsEmpty() && facts.SecretOnRead == SecretHidden:
		// Reads show no secret here, so that this is none: where the state stores none, it would be held against the one that an update shows.
		c.takeExpiry(answered)
		note(SecretNotTaken)
	case nothingKnown(known, shown):
		if shown.IsEmpty() || secret.LooksMasked(shown.Reveal()) {
			return // what reads do is seen once there is a secret to compare with
		}
		c.Known.ClientSecret = shown
		c.takeExpiry(answered)
		if !secret.Usable(shown.Reveal()) {
			note(SecretDoubtful)
		}
	case shown.IsEmpty():
		// Where reads were proved to replace the secret, one answer without it may have lost the new one.
		c.hidden(occasion)
		c.takeExpiry(answered)
	case shown.Equal(known):
		// The other one stays unproven: this read may be a lagging replica's.
		facts.SecretOnRead, facts.SecretHiddenOnce = SecretShown, false
		c.takeExpiry(answered)
	case storedForm(known, shown):
		// Where reads were proved to replace the secret, this one may have done so too and shown a stored form.
		c.hidden(occasion)
		note(SecretNotTaken)
	case facts.SecretOnRead == SecretHidden:
		// Reads show no secret here, so that this is none either.
		note(SecretNotTaken)
	case facts.SecretOnRead == SecretRotates && isNew(known, shown):
		if !waiting.IsEmpty() && !c.Unproven.SecretFromRead && Alike(known, waiting) && !shown.Equal(waiting) {
			facts.SecretOnUpdate = true // the update issued one, too, which this read has replaced already
		}
		c.supersede(shown, answered.ClientSecretExpiresAt)
	case !waiting.IsEmpty() && shown.Equal(waiting):
		c.shownAgain(note)
	case !waiting.IsEmpty() && c.Unproven.SecretFromRead && isNew(known, shown) && isNew(known, waiting) && isNew(waiting, shown):
		// The second read in turn with a new secret. A stored form is the same again, or has another shape.
		facts.SecretOnRead = SecretRotates
		c.supersede(shown, answered.ClientSecretExpiresAt)
		note(SecretReadRotation)
	case occasion == FromReadBack && facts.SecretOnRead == SecretShown && !waiting.IsEmpty() && !c.Unproven.SecretFromRead:
		// The update's own answer has shown another one a moment ago. One of the two is wrong, and the next read agrees with the update's or shows this one again.
		note(SecretUnproven)
	default:
		c.unprovenSecret(answered, true)
		note(SecretUnproven)
	}
}

// hidden learns that reads show no secret. Where the read before showed another one than the known, one of the two answers was wrong, and
// both reads may have replaced it.
func (c *Credentials) hidden(occasion Occasion) {
	contradicted := c.Unproven.SecretFromRead && !c.Unproven.ClientSecret.IsEmpty() && Alike(c.Known.ClientSecret, c.Unproven.ClientSecret)
	f := &c.Facts
	switch {
	case contradicted, f.SecretOnRead == SecretRotates:
	case f.SecretOnRead == SecretShown && occasion != FromReadBack:
	case f.SecretOnRead == SecretShown && !f.SecretHiddenOnce:
		// One wrong answer must not have it unlearnt that reads show the secret: nothing that they show would count any more, and what updates issue
		// would never be taken.
		f.SecretHiddenOnce = true
	default:
		f.SecretOnRead, f.SecretHiddenOnce = SecretHidden, false
	}
}

// shownAgain decides on an unproven secret that a read shows again.
func (c *Credentials) shownAgain(note func(Note)) {
	switch {
	case !c.Unproven.SecretFromRead && c.Facts.SecretOnRead == SecretShown && Alike(c.Known.ClientSecret, c.Unproven.ClientSecret):
		// An update's answer and a read agree, and reads were seen to show the true secret.
		c.supersede(c.Unproven.ClientSecret, c.Unproven.ClientSecretExpiresAt)
		c.Facts.SecretOnUpdate, c.Facts.SecretHiddenOnce = true, false
		note(SecretReplaced)
	case c.Unproven.SecretFromRead && c.Facts.SecretOnRead == "" && secret.Usable(c.Known.ClientSecret.Reveal()) &&
		(c.Fresh || !Alike(c.Known.ClientSecret, c.Unproven.ClientSecret)):
		// The same again: reads neither show the known secret nor replace it. It is a mask or a hash, unless the known one is
		// outdated, as after an update whose answer was lost, or looks like a hash itself.
		c.Facts.SecretOnRead = SecretHidden
		c.dropSecret()
		note(SecretKept)
	default:
		// A server that was seen to show the true secret shows another one for good, as after an administrator's change; or
		// it began to show a hash. Only the token endpoint can tell.
		note(SecretUnproven)
	}
}

func (c *Credentials) takeExpiry(answered Handle) {
	if answered.ClientSecretExpiresAt != nil {
		c.Known.ClientSecretExpiresAt = answered.ClientSecretExpiresAt
	}
}

func (c *Credentials) unprovenSecret(answered Handle, fromRead bool) {
	c.Unproven.ClientSecret, c.Unproven.ClientSecretExpiresAt, c.Unproven.SecretFromRead = answered.ClientSecret, answered.ClientSecretExpiresAt, fromRead
}

// replaceSecret takes another secret for the known one. What is known of when that one expires holds for a form of it alone.
func (c *Credentials) replaceSecret(by secret.String, expires *int64) {
	known := c.Known.ClientSecret
	if expires != nil || !by.Equal(known) && !secret.DerivedFrom(by, known.Reveal()) {
		c.Known.ClientSecretExpiresAt = expires
	}
	c.Known.ClientSecret = by
	c.dropSecret()
}

// supersede replaces the known secret without a word of the token endpoint's. The one that was known before stays beside it. Where that
// one has come in the same way, the one before it stays: however many values a server shows, the last that was proved is not lost. Where
// that is what is shown, it is the known one again, and the other one waits.
func (c *Credentials) supersede(by secret.String, expires *int64) {
	known, former := c.Known.ClientSecret, c.Unproven.FormerSecret
	c.replaceSecret(by, expires)
	switch {
	case former.IsEmpty():
		c.Unproven.FormerSecret = known
	case former.Equal(by):
		c.Unproven.FormerSecret, c.Unproven.ClientSecret, c.Unproven.SecretFromRead = secret.String{}, known, true
	}
}

func (c *Credentials) dropSecret() {
	c.Unproven.ClientSecret, c.Unproven.ClientSecretExpiresAt, c.Unproven.SecretFromRead = secret.String{}, nil, false
}

// nothingKnown reports whether there is no secret to hold an answer's against: none, or a mask, where something else than a mask is shown.
func nothingKnown(known, shown secret.String) bool {
	return known.IsEmpty() || secret.LooksMasked(known.Reveal()) && secret.Usable(shown.Reveal())
}

// storedForm reports whether what is shown is certainly no new secret.
func storedForm(known, shown secret.String) bool {
	return !secret.Usable(shown.Reveal()) || secret.DerivedFrom(known, shown.Reveal())
}

// isFormOf reports whether what is known is no secret but a stored form of the one that is shown, as “{noop}secret” is, of which the secret is the end.
func isFormOf(known, shown secret.String) bool {
	return secret.Usable(shown.Reveal()) && !secret.Usable(known.Reveal()) && secret.DerivedFrom(shown, known.Reveal())
}
