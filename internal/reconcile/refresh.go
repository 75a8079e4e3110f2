// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// Refresh is the user's setting of what a refresh does.
type Refresh string

// The values of refresh.
const (
	RefreshAuto   Refresh = "auto"
	RefreshAlways Refresh = "always"
	RefreshNever  Refresh = "never"
)

// ReadReason says why a client is, or is not, read in a refresh.
type ReadReason string

// The reasons.
const (
	ReadHarmless        ReadReason = "a read changes nothing"
	ReadJournaled       ReadReason = "a read replaces the token, which the journal keeps"
	ReadDemanded        ReadReason = "refresh = always"
	SkippedByUser       ReadReason = "refresh = never"
	SkippedSecretMoves  ReadReason = "a read replaces the client secret, which its applications still use"
	SkippedTokenMoves   ReadReason = "a read replaces the registration access token, and a plan saves nothing"
	SkippedJournal      ReadReason = "whether and where a journal keeps what a read replaces is not known yet"
	SkippedNotYetLearnt ReadReason = "no read inside an apply has shown yet what reads do to the credentials"
)

// ReadQuestion is what the decision depends on.
type ReadQuestion struct {
	Refresh Refresh
	Facts   Facts
	// HasSecret: a client secret is known or registered, so that there is one to lose. HasToken: a registration access token
	// manages the client, not the provider's credential.
	HasSecret, HasToken bool
	Journal             bool // a token journal is configured and can be written
	// JournalUnknown: a token journal may be configured by values that are not known yet. It would keep what a read replaces, and may have
	// credentials that are newer than the state's, without which a refusal tells nothing.
	JournalUnknown bool
	// NoReads: the server said in an apply that it has no reads. That is all that is known of them: it may have been a front end's word, so that it opens no way to read.
	NoReads bool
}

// Rotating is the question where other facts of the same client are known, too: what either has seen reads replace, they replace.
func (q ReadQuestion) Rotating(other Facts) ReadQuestion {
	q.Facts.RotatesOnRead = q.Facts.RotatesOnRead || other.RotatesOnRead
	if other.SecretOnRead == SecretRotates {
		q.Facts.SecretOnRead = SecretRotates
	}
	return q
}

// ReadInRefresh reports whether a client may be read in a refresh, which a plan is and which saves nothing.
//
// Where a read replaces the secret, no journal makes it safe: the journal keeps the new secret for Terraform, while the
// applications still hold the one that the read made invalid. Where nothing was learnt yet (no read-back was seen), the
// server counts as one that does so. A read inside an apply learns it: the read-back of a create or an update.
func (q ReadQuestion) ReadInRefresh() (bool, ReadReason) {
	f := q.Facts
	switch {
	case q.Refresh == RefreshNever:
		return false, SkippedByUser
	case q.Refresh == RefreshAlways && q.JournalUnknown:
		return false, SkippedJournal
	case q.Refresh == RefreshAlways:
		return true, ReadDemanded
	case f.SecretOnRead == SecretRotates:
		return false, SkippedSecretMoves
	case q.HasSecret && f.SecretOnRead == "":
		return false, SkippedNotYetLearnt
	case q.JournalUnknown:
		return false, SkippedJournal
	case f.RotatesOnRead && q.Journal:
		return true, ReadJournaled
	case f.RotatesOnRead:
		return false, SkippedTokenMoves
	case !q.HasSecret && q.HasToken && !f.ReadSeen && !q.Journal:
		// Nothing but the token can be lost, and nothing was learnt of it.
		return false, SkippedNotYetLearnt
	case !q.HasSecret && q.HasToken && !f.ReadSeen:
		return true, ReadJournaled
	}
	return true, ReadHarmless
}
