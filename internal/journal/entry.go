// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Occasion says which exchange with the server an entry's credentials come from.
type Occasion string

// The origins of credentials.
const (
	OccasionCreate   Occasion = "create"
	OccasionRead     Occasion = "read"
	OccasionUpdate   Occasion = "update"
	OccasionDelete   Occasion = "delete"
	OccasionHandedIn Occasion = "handed-in" // by the user, through the provider's configuration
)

// Moment counts what was written to a journal: a line with a greater one is newer. Clocks do not tell, which differ and are put back. 0 is not known.
type Moment int64

// Entry is what is known of one client.
type Entry struct {
	Endpoint string // URL of the registration endpoint
	ClientID string
	// RegistrationClientURI is where the client is managed (RFC 7592 §3). Empty where the server offers no management.
	RegistrationClientURI string
	// PreviousURI is set for Record and Registered where the answer moved the client from that URI to
	// RegistrationClientURI: Lookup then finds the entry by either. Never set in an answer of Lookup.
	PreviousURI string
	// PreviousToken and PreviousSecret are set for Record where the answer replaced them: Supersedes then knows them, also
	// where the journal did not. Never set in an answer of Lookup.
	PreviousToken, PreviousSecret secret.String
	// ShowsToken and ShowsSecret are set for Record of what an answer proved, where it shows these, too, and they are recorded next. Whether it is
	// overtaken depends on all that it shows. Never set in an answer of Lookup.
	ShowsToken, ShowsSecret secret.String
	RegistrationAccessToken secret.String
	ClientSecret            secret.String
	ClientSecretExpiresAt   *int64 // seconds since 1970, 0 for never (RFC 7591 §3.2.1); nil if not told
	// Before is set for Registered where the client was there before the registration: another state may have it, and it is not adopted.
	Before bool
	// Unproven are values that an answer showed in the place of the ones above and that nothing has proved yet.
	Unproven Unproven
	Occasion Occasion
	Time     time.Time // when the answer arrived; zero means now

	// Seen is up to where the journal was read. Set in answers of Lookup, also where it found nothing else. For Record it is what Lookup told
	// before the request was sent whose answer brought the entry: what was written since may have overtaken that answer.
	Seen Moment

	// Deletion is when a deletion of the client was about to be sent of which neither success nor failure is recorded. Set in
	// answers of Lookup only, also where it found nothing else; zero otherwise.
	Deletion time.Time
	// DeletionShown: the client had been shown at its URI before that.
	DeletionShown bool

	// Asked is when the oldest request was about to be sent whose answer may have replaced credentials and was never recorded. Set in
	// answers of Lookup only, also where it found nothing else; zero for none.
	Asked time.Time
	// AskedShown: the client was shown since, with the token and at the URI of before.
	AskedShown bool
	// AskedSecretShown: the client secret was seen to be in force since.
	AskedSecretShown bool
	// AskedRegister: one of these requests was a registration in the client's place, which the server may have answered with it. AskedOther: one was a
	// read or an update.
	AskedRegister, AskedOther bool
	UnderWay                  int // how many such requests this run has under way
	// Shared: two objects of Terraform states were seen to have the client. Set in answers of Lookup only.
	Shared bool
	// Mark is that of the one object that a state has or may have, 0 where that is not known. Set in answers of Lookup only.
	Mark int64
	// Gone: the client was found to be gone, though nobody here deregistered it. Set in answers of Lookup only.
	Gone bool
	// Leaving: nobody keeps it once Terraform has stored what this run or an earlier one did, see ForgetAtEnd.
	Leaving bool
	// Stored: the client is most likely in a state, since the run that registered it ended in order, but none was seen to have it. Set in
	// answers of ClaimAdoptable only.
	Stored    bool
	askedOver []string // the names of the requests without an answer that are not under way any more

	superseded        []string // digests of the client's former tokens, and of all that was known of it where it is gone; oldest first
	supersededSecrets []string // digests of its former secrets, oldest first
	deletionOf        []string // digests of what was known of the client that Deletion is of
}

// DeletionOf is Deletion where that is of the client of which this much is known, and zero where it is of an earlier one that had the
// same client_id.
func (e Entry) DeletionOf(known ...secret.String) time.Time {
	if !concerns(e.deletionOf, known) {
		return time.Time{}
	}
	return e.Deletion
}

// Unproven are credentials that may be in force, or may be no credentials at all. Each entry tells all of them: what it leaves empty is
// none any more.
type Unproven struct {
	RegistrationClientURI   string
	RegistrationAccessToken secret.String
	ClientSecret            secret.String
	ClientSecretExpiresAt   *int64
	SecretFromRead          bool // shown by a read, not by an update
	// HandedIn are digests of tokens that the user handed in, which may be another client's.
	HandedIn []string
}

// Equal reports whether both are the same.
func (u Unproven) Equal(other Unproven) bool {
	return u.RegistrationClientURI == other.RegistrationClientURI && u.RegistrationAccessToken.Equal(other.RegistrationAccessToken) &&
		u.ClientSecret.Equal(other.ClientSecret) && u.SecretFromRead == other.SecretFromRead && slices.Equal(u.HandedIn, other.HandedIn) &&
		sameExpiry(u.ClientSecretExpiresAt, other.ClientSecretExpiresAt)
}

func sameExpiry(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// Supersedes reports whether the client's credentials in this entry replaced the given one, so that a state that still has
// it is older than the entry. The times cannot tell: a state has none, and other machines may work on it without this
// journal.
func (e Entry) Supersedes(credential secret.String) bool {
	d := digest(credential)
	return !credential.IsEmpty() && (slices.Contains(e.superseded, d) || slices.Contains(e.supersededSecrets, d))
}

// Stranger reports whether the entry knows nothing of a token, which may be another client's of that client_id or at that address then. No token tells
// nothing, and neither does one that waits and that the user handed in.
func (e Entry) Stranger(token secret.String) bool {
	waits := token.Equal(e.Unproven.RegistrationAccessToken) && !slices.Contains(e.Unproven.HandedIn, digest(token))
	return token.IsEmpty() || !token.Equal(e.RegistrationAccessToken) && !waits && !e.Supersedes(token)
}

// Given reports whether the user handed the token in, so that no answer showed it to replace the ones before, which may be in force still.
func (e Entry) Given() bool {
	return slices.Contains(e.Unproven.HandedIn, digest(e.RegistrationAccessToken))
}

// marked keeps it known of a token that it was handed in, as long as the entry has it.
func (u Unproven) marked(token secret.String) Unproven {
	if mark := digest(token); !slices.Contains(u.HandedIn, mark) {
		u.HandedIn = append(slices.Clip(u.HandedIn), mark)
	}
	return u
}

// digest stands for a credential that is no longer needed but to be recognised. 96 bits do for that, and a line stays short.
func digest(credential secret.String) string {
	sum := sha256.Sum256([]byte(credential.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Intent is a registration that is about to be sent.
type Intent struct {
	Endpoint string // URL of the registration endpoint
	Made     int64  // mark of the object that is to have the client, which a state that holds it shows to Confirm; 0 for none
	// Fingerprint identifies the document to register, as a hash of it. Whoever has the same fingerprint at the same
	// endpoint adopts what a dead run left, so it should cover what tells one workspace from another too.
	Fingerprint string
	// The rest is set by TakeLeftBehind: when the registration was about to be sent, or was answered with which client.
	ID                    string
	Time                  time.Time
	ClientID              string
	RegistrationClientURI string
}

func (e Entry) check() error {
	if e.ClientID == "" {
		return &Error{Err: errors.New("an entry needs a client_id")}
	}
	// JSON can't hold other bytes: a token would come back as another one.
	if !utf8.ValidString(e.RegistrationAccessToken.Reveal()) || !utf8.ValidString(e.ClientSecret.Reveal()) {
		return &Error{Err: errors.New("a credential is not valid UTF-8")}
	}
	return nil
}

func randomID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// concerns reports whether marks are those of the client of which something is known. Where nothing is, on both sides, nothing tells
// the two apart.
func concerns(marks []string, known []secret.String) bool {
	known = slices.DeleteFunc(slices.Clone(known), secret.String.IsEmpty)
	if len(known) == 0 {
		return len(marks) == 0
	}
	return slices.ContainsFunc(known, func(value secret.String) bool { return slices.Contains(marks, digest(value)) })
}
