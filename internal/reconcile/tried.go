// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "github.com/terraform-oidc/terraform-provider-oidc/internal/secret"

// What the use of a credential proves: which tokens, URIs and secrets are to be tried, and which of them is the known one afterwards.

// Tokens returns the registration access tokens to try, in order: the newest first, since the use of it proves it, and one that was
// refused before last.
func (c Credentials) Tokens() []secret.String {
	var tokens []secret.String
	for _, t := range []secret.String{c.Unproven.RegistrationAccessToken, c.Known.RegistrationAccessToken, c.Unproven.FormerToken, c.Unproven.RefusedToken} {
		if !t.IsEmpty() {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// Has reports whether a secret or token that an answer showed is a known one, or one that waits.
func (c Credentials) Has(shown secret.String) bool {
	return !shown.IsEmpty() && (shown.Equal(c.Known.ClientSecret) || shown.Equal(c.Known.RegistrationAccessToken) ||
		shown.Equal(c.Unproven.ClientSecret) || shown.Equal(c.Unproven.RegistrationAccessToken))
}

// ShowsSecret reports whether an answer, whose credentials were taken, shows the client secret that is known, or one that waits and may be in force. What waits because a
// read showed it may be what the server stores of the secret, until reads were seen to show that itself.
func (c Credentials) ShowsSecret(shown secret.String) bool {
	waits := shown.Equal(c.Unproven.ClientSecret) && (!c.Unproven.SecretFromRead || c.Facts.SecretOnRead == SecretShown)
	return !shown.IsEmpty() && (shown.Equal(c.Known.ClientSecret) || waits)
}

// AllShown reports whether an update's answer shows all that the update may have replaced, so that nothing of it was lost: the token, the secret and
// the address, each as it is known now or waits. One that is as before is believed only on a server that was seen to leave it alone: some put the
// answer together before they make the change. Such a server may also leave out the address.
func (c Credentials) AllShown(secretBefore secret.String, answer Handle, learnt Facts) bool {
	token, known, waits := c.Known.RegistrationAccessToken, c.Known.ClientSecret, c.Unproven
	switch shown := answer.RegistrationAccessToken; {
	case token.IsEmpty():
	case shown.IsEmpty(), !shown.Equal(token) && !shown.Equal(waits.RegistrationAccessToken), shown.Equal(token) && !learnt.leavesAlone(learnt.TokenOnUpdate):
		return false
	}
	switch shown := answer.ClientSecret; {
	case known.IsEmpty() && waits.ClientSecret.IsEmpty():
	case shown.IsEmpty(), !shown.Equal(known) && !shown.Equal(waits.ClientSecret), shown.Equal(secretBefore) && !learnt.leavesAlone(learnt.SecretOnUpdate):
		return false
	}
	switch shown := answer.RegistrationClientURI; {
	case shown != "" && shown == waits.RegistrationClientURI:
		return true
	default:
		return (shown == "" || shown == c.Known.RegistrationClientURI) && learnt.leavesAlone(learnt.URIOnUpdate)
	}
}

// leavesAlone reports whether updates were seen to leave alone what they replace elsewhere.
func (f Facts) leavesAlone(replaces bool) bool { return f.UpdateSeen && !replaces }

// TokenWorked proves the token with which a request at the client's own URI succeeded. refused are those that the server
// refused with 401 or its like before, in the same operation: nothing else proves one wrong.
func (c Credentials) TokenWorked(token secret.String, refused ...secret.String) (Credentials, []Note) {
	was := func(t secret.String) bool {
		for _, r := range refused {
			if r.Equal(t) {
				return true
			}
		}
		return false
	}
	u, known := &c.Unproven, c.Known.RegistrationAccessToken
	switch {
	case token.IsEmpty():
	case token.Equal(u.RegistrationAccessToken):
		// Something before the server may answer reads whoever asks, so that the one before stays until this one has worked again.
		c.Known.RegistrationAccessToken, u.RegistrationAccessToken, u.FormerToken = token, secret.String{}, known
		c.Facts.TokenRotationProven = c.Facts.TokenRotationProven || c.Facts.RotatesOnRead
		return c, []Note{TokenReplaced}
	case token.Equal(known):
		if u.RefusedToken.IsEmpty() { // else it may be the known one that lags, see TokenGiven
			u.FormerToken = secret.String{}
		}
		if was(u.RegistrationAccessToken) && !u.RegistrationAccessToken.IsEmpty() {
			// Refused twice, with other values: what is shown there is new each time and never a token.
			c.Facts.ReadsShowNoToken = !u.RefusedToken.IsEmpty() && c.Facts.RotatesOnRead && !c.Facts.TokenRotationProven
			u.RefusedToken, u.RegistrationAccessToken = u.RegistrationAccessToken, secret.String{}
			c.Facts.RotatesOnRead = c.Facts.TokenRotationProven
			return c, []Note{TokenKept}
		}
	case token.Equal(u.FormerToken):
		// A replica that lags takes what is old and refuses what is new, which is kept as well.
		c.Known.RegistrationAccessToken, u.FormerToken, u.RefusedToken = token, secret.String{}, known
		return c, []Note{TokenKept}
	case token.Equal(u.RefusedToken):
		c.Known.RegistrationAccessToken, u.FormerToken = token, known
		u.RefusedToken, u.RegistrationAccessToken = u.RegistrationAccessToken, secret.String{}
		c.Facts.ReadsShowNoToken = false
		return c, []Note{TokenReplaced}
	}
	return c, nil
}

// TokenGiven takes a token that no answer about this client showed and with which a request at its own URI succeeded: one that was handed in, or the journal's. A
// replica that lags takes one of long ago and refuses what is newer, and may do so again. So what it takes the place of is kept as one that was refused, which stays
// however often this one works, and what waits as the former one, which then stays with it. Both are tried where this one is refused.
func (c Credentials) TokenGiven(token secret.String) Credentials {
	u, known := &c.Unproven, c.Known.RegistrationAccessToken
	c.Known.RegistrationAccessToken = token
	switch waits := u.RegistrationAccessToken; {
	case waits.IsEmpty():
	case waits.Equal(token): // it was kept for later
		u.RegistrationAccessToken = secret.String{}
	default:
		u.FormerToken, u.RegistrationAccessToken = waits, secret.String{}
	}
	if !known.IsEmpty() && !known.Equal(token) {
		u.RefusedToken = known
	}
	return c
}

// URIWorked proves the URI that a read showed the client at. showsNothing: the unproven one was asked before, and answered
// without showing the client; no answer at all proves nothing.
func (c Credentials) URIWorked(uri string, showsNothing bool) (Credentials, []Note) {
	switch {
	case uri == "":
	case uri == c.Unproven.RegistrationClientURI:
		c.Known.RegistrationClientURI, c.Unproven.RegistrationClientURI = uri, ""
		return c, []Note{URIReplaced}
	case uri == c.Known.RegistrationClientURI && c.Unproven.RegistrationClientURI != "" && showsNothing:
		c.Unproven.RefusedURI, c.Unproven.RegistrationClientURI = c.Unproven.RegistrationClientURI, ""
		return c, []Note{URIKept}
	case uri == c.Unproven.RefusedURI:
		c.Known.RegistrationClientURI, c.Unproven.RefusedURI = uri, ""
		return c, []Note{URIReplaced}
	}
	return c, nil
}

// Authentication is what the token endpoint says of one client secret.
type Authentication int

// What the token endpoint says.
const (
	AuthenticationUntold Authentication = iota
	Authenticates
	AuthenticationRefused
)

// OtherSecret is the secret to be held against the known one: the unproven one, or else the former one, or else one that was refused.
func (c Credentials) OtherSecret() secret.String {
	switch u := c.Unproven; {
	case !u.ClientSecret.IsEmpty():
		return u.ClientSecret
	case !u.FormerSecret.IsEmpty():
		return u.FormerSecret
	default:
		return u.RefusedSecret
	}
}

// SecretsTried decides by the token endpoint of the client's own server between the known secret and OtherSecret. Where both
// authenticate, as while a replaced secret is still honoured, an update's counts, which is the newer one. Of one that a read showed
// this is not known, where reads show the secret that is in force: it may be the one before, at a replica that lags. Both are kept then,
// until one is refused. Where both are refused nothing is decided.
func (c Credentials) SecretsTried(known, other Authentication) (Credentials, []Note) {
	waiting := c.Unproven.ClientSecret
	if known == Authenticates || other == Authenticates {
		c.Facts.UpdateLost = false // whatever its answer held, the secret that is in force is known
	}
	switch {
	case waiting.IsEmpty() && known == Authenticates:
		if c.Unproven.FormerSecret.IsEmpty() {
			c.Unproven.RefusedSecret = secret.String{}
		}
		c.Unproven.FormerSecret = secret.String{}
		return c, nil
	case waiting.IsEmpty() && c.Unproven.FormerSecret.IsEmpty():
		if known == AuthenticationRefused && other == Authenticates {
			c.Known.ClientSecret, c.Unproven.RefusedSecret = c.Unproven.RefusedSecret, secret.String{}
			c.Facts.SecretOnUpdate = true
			return c, []Note{SecretReplaced}
		}
		return c, nil
	case waiting.IsEmpty():
		if known == AuthenticationRefused && other == Authenticates && !c.Unproven.FormerSecret.IsEmpty() {
			// A replica that lags takes what is old and refuses what is new, which is tried once more in the next operation.
			c.Unproven.RefusedSecret = c.Known.ClientSecret
			c.Known.ClientSecret, c.Unproven.FormerSecret = c.Unproven.FormerSecret, secret.String{}
			c.Facts.SecretOnUpdate = false // what was taken for a habit was none
			if c.Facts.SecretOnRead == SecretRotates {
				c.Facts.SecretOnRead, c.Facts.SecretRotationProven = "", false
			}
			return c, []Note{SecretKept}
		}
		return c, nil
	case known == Authenticates && other == Authenticates && c.Unproven.SecretFromRead && c.Facts.SecretOnRead == SecretShown:
		return c, nil
	case other == Authenticates:
		if c.Unproven.SecretFromRead {
			// Another secret than the known one, and in force: the read replaced it, or an administrator. Which of the two
			// counts as rotation until a read shows this one again.
			if c.Facts.SecretOnRead != SecretShown {
				c.Facts.SecretOnRead, c.Facts.SecretRotationProven = SecretRotates, true
			}
		} else if secret.Usable(c.Known.ClientSecret.Reveal()) {
			c.Facts.SecretOnUpdate = true // else the update showed the secret of which only a stored form was known
		}
		c.replaceSecret(waiting, c.Unproven.ClientSecretExpiresAt)
		c.Unproven.FormerSecret = secret.String{}
		return c, []Note{SecretReplaced}
	case known == Authenticates && other == AuthenticationRefused:
		if c.Unproven.SecretFromRead {
			c.Facts.SecretOnRead = SecretHidden
		}
		if Alike(c.Known.ClientSecret, waiting) {
			c.Unproven.RefusedSecret = waiting
		}
		c.dropSecret()
		return c, []Note{SecretKept}
	}
	return c, nil
}

// LeftAlone learns from an update whose answer showed no client and that a read shows as made. before is what was known before that read: where it was let in with
// the token and at the address of before, updates leave both alone, since what answered has seen the update. secretKept: the secret of before is in
// force, or there is none. Where that is not known, nothing is learnt, since the answer may have held another one. It reports whether nothing was replaced.
func (c Credentials) LeftAlone(before Handle, secretKept bool) (Credentials, bool) {
	waits, known := c.Unproven, c.Known
	leftAlone := secretKept && waits.RegistrationAccessToken.IsEmpty() && waits.ClientSecret.IsEmpty() && waits.RegistrationClientURI == "" &&
		known.RegistrationAccessToken.Equal(before.RegistrationAccessToken) && known.ClientSecret.Equal(before.ClientSecret) && known.RegistrationClientURI == before.RegistrationClientURI
	c.Facts.UpdateLost = c.Facts.UpdateLost && !secretKept
	c.Facts.UpdateSeen = c.Facts.UpdateSeen || leftAlone
	return c, leftAlone
}

// NeedsRead reports whether one more read inside the apply proves something: a token or a URI by its use, or a secret by
// whether it is the same again.
func (c Credentials) NeedsRead() bool {
	return !c.Unproven.RegistrationAccessToken.IsEmpty() || c.Unproven.RegistrationClientURI != "" ||
		!c.Unproven.ClientSecret.IsEmpty() && c.Unproven.SecretFromRead && c.Facts.SecretOnRead != SecretShown
}

// TakeShown takes the token of an update's answer at a server without reads, where nothing but the next update or the deletion uses it, and where it can be a new one of the
// same generator. It is the newer one (RFC 7592 §3), and is known beside a state whose private part is lost, as a tainted object's is. The one before is kept as the
// former one, which is tried where this one is refused.
func (c Credentials) TakeShown() (Credentials, []Note) {
	known, waiting := c.Known.RegistrationAccessToken, c.Unproven.RegistrationAccessToken
	if known.IsEmpty() || waiting.IsEmpty() || !isNew(known, waiting) {
		return c, nil
	}
	c.Known.RegistrationAccessToken = waiting
	c.Unproven.FormerToken, c.Unproven.RegistrationAccessToken = known, secret.String{}
	return c, nil
}

// TakeAsked takes the secret of an update's answer that was asked for as a new one, where neither the token endpoint nor a read told
// anything of it and it can be of the same generator. The one before is kept as the former one.
func (c Credentials) TakeAsked() (Credentials, []Note) {
	known, waiting := c.Known.ClientSecret, c.Unproven.ClientSecret
	if waiting.IsEmpty() || c.Unproven.SecretFromRead || !isNew(known, waiting) {
		return c, nil
	}
	c.supersede(waiting, c.Unproven.ClientSecretExpiresAt)
	c.Facts.SecretOnUpdate = true
	return c, []Note{SecretReplaced}
}

// UpdateAccepted proves a secret with which an update was accepted, after it had been refused with the known one. waited: it is one that
// an update had shown and that nothing had proved. The answer may have shown yet another one, which waits by now.
func (c Credentials) UpdateAccepted(used, refused secret.String, waited bool) (Credentials, []Note) {
	if used.IsEmpty() || !refused.Equal(c.Known.ClientSecret) {
		return c, nil // which the answer itself has settled
	}
	shown := c.Unproven
	var expires *int64
	if shown.ClientSecret.Equal(used) || refused.IsEmpty() && shown.FormerSecret.Equal(used) {
		expires = shown.ClientSecretExpiresAt
	}
	c.replaceSecret(used, expires)
	c.Unproven.FormerSecret, c.Unproven.RefusedSecret = secret.String{}, secret.String{}
	c.Facts.UpdateLost, c.Facts.SecretOnUpdate = false, c.Facts.SecretOnUpdate || waited && !shown.SecretFromRead
	switch next := shown.ClientSecret; {
	case next.IsEmpty(), next.Equal(used):
	case c.Facts.SecretOnUpdate && isNew(used, next):
		c.supersede(next, shown.ClientSecretExpiresAt)
	default:
		c.Unproven.ClientSecret, c.Unproven.ClientSecretExpiresAt, c.Unproven.SecretFromRead = next, shown.ClientSecretExpiresAt, shown.SecretFromRead
	}
	return c, []Note{SecretReplaced}
}

// NeedsTokenEndpoint reports whether the token endpoint can decide between two secrets: one that waits and the known one, or one that was
// taken without its word and the one before. Where it has said before that reads show secrets, it is not asked about each of them.
// A secret that is kept of a client that has none any more is no question.
func (c Credentials) NeedsTokenEndpoint() bool {
	return !c.Known.ClientSecret.IsEmpty() && (!c.Unproven.ClientSecret.IsEmpty() || !c.Unproven.FormerSecret.IsEmpty() && !c.Facts.SecretRotationProven)
}
