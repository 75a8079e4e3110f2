// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"cmp"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Several processes may work on a client at once, and an answer may take its time. What another process wrote while it was under way is newer, unless
// the answer shows what nobody has seen yet. A request that is sent after that proves what is in force, also at a server that was restored.

// deletedSince reports whether the client that an answer showed was deleted while that was under way. An earlier client may have had its client_id.
func (t *table) deletedSince(e Entry) bool {
	grave := t.grave(e.name())
	if grave == nil || len(grave.superseded) > 0 &&
		!concerns(grave.superseded, []secret.String{e.RegistrationAccessToken, e.ClientSecret, e.PreviousToken, e.PreviousSecret}) {
		return false
	}
	if e.Seen != 0 {
		return grave.since(e.Seen)
	}
	return !e.Time.IsZero() && !e.Time.After(grave.Time)
}

// Standing is what an entry came to.
type Standing struct {
	Seen Moment // for the next entry that the same answer leads to
	// Newer: the journal has newer values in the place of some of the entry's. Lookup tells them.
	Newer bool
	// Overtaken: so that all that the answer showed is older.
	Overtaken bool
}

// standing is where an entry's value stands beside the line's.
type standing int

const (
	present standing = iota // it is the line's, or takes its place
	older                   // the line's replaced it
	beside                  // it replaced what the line's replaced, too
)

func (r *journalLine) standing(value, previous secret.String) standing {
	switch {
	case value.IsEmpty() || value.Equal(r.RegistrationAccessToken) || value.Equal(r.ClientSecret):
		return present
	case r.Supersedes(value):
		return older
	case r.Supersedes(previous):
		return beside
	}
	return present
}

func (r *journalLine) standingOfURI(uri, previous string) standing {
	switch {
	case slices.Contains(r.former, uri):
		return older
	case uri != r.RegistrationClientURI && slices.Contains(r.former, previous):
		return beside
	}
	return present
}

// against holds an entry against the line of its client, and returns what is to be merged with that. Of what the line has since the entry's answer was
// asked for, nothing is turned back: an older value is dropped, and one beside the line's waits for its proof, where nothing waits. Which of two requests
// at once the server took last is not known where it honours the credentials of before for a while.
func (r *journalLine) against(e Entry) (Entry, Standing) {
	token, clientSecret := r.standing(e.RegistrationAccessToken, e.PreviousToken), r.standing(e.ClientSecret, e.PreviousSecret)
	uri := r.standingOfURI(e.RegistrationClientURI, e.PreviousURI)
	if !r.since(e.Seen) || token == present && clientSecret == present && uri == present {
		return e, Standing{}
	}
	isNew := func(value secret.String) bool {
		return !value.IsEmpty() && !value.Equal(r.RegistrationAccessToken) && !value.Equal(r.ClientSecret) && !r.Supersedes(value)
	}
	newToken := isNew(e.RegistrationAccessToken) || isNew(e.Unproven.RegistrationAccessToken) || isNew(e.ShowsToken)
	// Where nobody has replaced the credentials since, the secret that an answer shows is the one after them.
	newSecret := token == present && clientSecret == present && isNew(e.ShowsSecret)
	s := Standing{Newer: true, Overtaken: !newToken && !newSecret}
	if s.Overtaken && token == older {
		return r.Entry, s // with the token of that time all that came with it is older
	}
	waits := r.Unproven
	if token == beside {
		waits.add(Unproven{RegistrationAccessToken: e.RegistrationAccessToken, HandedIn: e.Unproven.HandedIn})
	}
	if clientSecret == beside {
		waits.add(Unproven{ClientSecret: e.ClientSecret, ClientSecretExpiresAt: e.ClientSecretExpiresAt, SecretFromRead: e.Occasion == OccasionRead})
	}
	if uri == beside {
		waits.add(Unproven{RegistrationClientURI: e.RegistrationClientURI})
	}
	waits.add(e.Unproven)
	given := token == present && e.Occasion == OccasionHandedIn
	if token != present {
		e.RegistrationAccessToken, e.PreviousToken = r.RegistrationAccessToken, secret.String{}
	}
	if clientSecret != present {
		e.ClientSecret, e.ClientSecretExpiresAt, e.PreviousSecret = r.ClientSecret, r.ClientSecretExpiresAt, secret.String{}
	}
	if uri != present {
		e.RegistrationClientURI, e.PreviousURI = r.RegistrationClientURI, ""
	}
	e.Unproven = waits.without(func(value secret.String) bool {
		return r.Supersedes(value) || value.Equal(e.RegistrationAccessToken) || value.Equal(e.ClientSecret)
	}, func(uri string) bool { return slices.Contains(r.former, uri) || uri == e.RegistrationClientURI })
	if given {
		e.Unproven = e.Unproven.marked(e.RegistrationAccessToken)
	}
	return e, s
}

// add fills in what is missing.
func (u *Unproven) add(other Unproven) {
	if u.RegistrationAccessToken.IsEmpty() {
		u.RegistrationAccessToken = other.RegistrationAccessToken
		if mark := digest(u.RegistrationAccessToken); slices.Contains(other.HandedIn, mark) && !slices.Contains(u.HandedIn, mark) {
			u.HandedIn = append(slices.Clip(u.HandedIn), mark) // without it, it would be one that an answer showed
		}
	}
	if u.ClientSecret.IsEmpty() {
		u.ClientSecret, u.ClientSecretExpiresAt, u.SecretFromRead = other.ClientSecret, other.ClientSecretExpiresAt, other.SecretFromRead
	}
	u.RegistrationClientURI = cmp.Or(u.RegistrationClientURI, other.RegistrationClientURI)
}

// without leaves out what is known.
func (u Unproven) without(known func(secret.String) bool, knownURI func(string) bool) Unproven {
	if known(u.RegistrationAccessToken) {
		u.RegistrationAccessToken = secret.String{}
	}
	if known(u.ClientSecret) {
		u.ClientSecret, u.ClientSecretExpiresAt, u.SecretFromRead = secret.String{}, nil, false
	}
	if knownURI(u.RegistrationClientURI) {
		u.RegistrationClientURI = ""
	}
	return u
}
