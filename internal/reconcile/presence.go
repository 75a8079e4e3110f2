// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "time"

// witness says that the client is unknown, independently of the answer at its own URI.
type witness struct {
	name   string
	counts func(Observation) bool
}

// goneWitnesses are the only things that, beside the answer at the client's URI, can prove a client gone. Each row was
// weighed against its other reading.
var goneWitnesses = []witness{
	{"the journal recorded the deletion", func(o Observation) bool { return o.Deletion == DeletedByUs }},
	// That the deletion was wanted and sent is not proof by itself. It would take a lost deletion and, independently, a
	// refusal of a good credential for the client to live.
	// It is not believed beside a token endpoint that answers as none does, nor of an address at which nothing is, where that may be
	// what a front end says: then it is the server that is away, and a front end that lost one answer gives the next one. Such a one may
	// have error codes, and refuse, as a gateway does that restarts. So something has to show that the server answers again.
	{"a deletion was sent and its answer lost", func(o Observation) bool {
		return o.Deletion == DeletionUnderWay && o.Token != Unanswered && o.Apart &&
			(o.Answer.CredentialRefused() && o.ShownBefore && !o.TokenExpired && !o.credentialDoubtful() && (o.OwnWords || o.OwnDeletion != DeletionTurnedAway) ||
				!o.Answer.CredentialRefused() && o.nothingThere())
	}},
	// Needs no secret of the client's, so that a secret that was replaced does not matter.
	{"the authorization endpoint does not know the client", func(o Observation) bool { return o.Authorization == DoesNotKnow }},
	// A refusal of the client's own credentials is also how a replaced secret looks, and an authorization endpoint that
	// could not be asked might have told the difference, as also of a client that was disabled and has no secret.
	{"the token endpoint does not know the client", func(o Observation) bool {
		return o.Token == DoesNotKnow && o.Authorization != Unanswered && (o.SecretFree || !o.SecretMayHaveMoved && !o.credentialDoubtful())
	}},
	// A secret that moved explains the token endpoint's refusal, and no more: the authorization endpoint is asked without a
	// secret, and redirects to the redirect URI of a client that it knows (RFC 6749 §4.1.2.1). An error page alone could have
	// another reason; beside the refusal of the client it is the second thing that both treat it as one that cannot exist.
	// It is none beside a refusal of the token where the secret may have moved: one lost answer may have replaced both, and
	// some servers show an error page to everyone who is not signed in. Nor is it one where a lost answer explains what the client's own URI
	// answers: then it would be all that there is, and a token endpoint may refuse everyone, too.
	{"both endpoints treat the client as one that cannot exist", func(o Observation) bool {
		return o.Token == DoesNotKnow && o.Authorization == TurnsAway && !o.credentialDoubtful() && !o.RefusalExplained() && !o.mayLackIt() &&
			(!o.SecretMayHaveMoved || !o.Answer.CredentialRefused())
	}},
	// A good credential takes away the other reading of a 401, but it is no word about the client: a single wrong answer
	// at the URI would do. So the URI is asked again, and must have shown the client before. It is no witness beside a 404,
	// whose other reading is management that was switched off while registration goes on; nor beside a 400, which a front end gives
	// for an address that it does not like; nor beside a 401 that is about the token: a token that is good for registrations may be
	// one for another audience where clients are managed.
	{"the provider's credential is good and the client is refused again", func(o Observation) bool {
		return o.ByProvider && o.Credential == CredentialGood && o.Answer == AnswerUnauthorized && !o.AboutToken && o.Repeated && o.ShownBefore
	}},
}

// nothingThere reports whether what says that there is nothing at the client's address can be the server beside a deletion that was sent.
func (o Observation) nothingThere() bool {
	switch o.OwnDeletion {
	case DeletionTurnedAway:
		return false
	case DeletionLost:
		return o.OwnWords || o.Document
	}
	return o.OwnWords
}

// credentialDoubtful reports whether the refusal may just as well be about the provider's own credential.
func (o Observation) credentialDoubtful() bool {
	return o.ByProvider && o.Answer.CredentialRefused() && o.Credential != CredentialGood
}

// RefusalExplained reports whether a lost answer explains what the client's own URI answers: it may have moved the client to another one, or
// replaced the token that is refused, which some servers do as if nothing were there.
func (o Observation) RefusalExplained() bool { return o.URIMayHaveMoved || o.TokenMayHaveMoved }

// mayLackIt reports whether what was refused is an update or a deletion where there are no reads, and none ever worked: so does a server answer
// that has no such operation either, of a client that lives.
func (o Observation) mayLackIt() bool {
	return o.NoReads && (o.Operation == OperationUpdate && !o.ShownBefore || o.Operation == OperationDelete)
}

// proven reports whether the client is proven to be gone: the answer at its own URI, and at least one witness beside it. A
// 404 at a URI that never showed the client counts for nothing (servers name URIs that nobody serves), and neither does the refusal of a
// token that has expired, nor of an update where none ever worked, nor what a lost answer explains, nor what all clients are answered
// where registration was switched off, so that two witnesses are needed.
func (o Observation) proven() bool {
	need := 1
	switch {
	case o.Deletion == DeletedByUs && (o.Answer.CredentialRefused() || o.Answer == AnswerMissing):
		return true
	case o.Estranged, o.EntryOfBefore: // if that token is the client's own, it is only forbidden something
		return false
	case o.Answer.CredentialRefused():
		if o.TokenExpired || o.RefusalExplained() || o.mayLackIt() || o.NoRegistration {
			need = 2
		}
	case o.Answer == AnswerMissing:
		if !o.ShownBefore || o.TokenExpired || o.RefusalExplained() || o.mayLackIt() || o.NoRegistration {
			need = 2
		}
	default:
		return false
	}
	found := 0
	for _, w := range goneWitnesses {
		if w.counts(o) {
			found++
		}
	}
	return found >= need
}

// presenceRow is one row of the table: the first row that matches decides.
type presenceRow struct {
	rule     string
	when     func(Observation) bool
	presence Presence
	step     func(Observation) Step
}

func always(s Step) func(Observation) Step { return func(Observation) Step { return s } }

// keepOnRead keeps the client and warns for a read, and fails for an operation that has to be carried out.
func keepOnRead(o Observation) Step {
	if o.Operation == OperationRead && !o.Importing {
		return KeepAndWarn
	}
	return Fail
}

var presenceTable = []presenceRow{
	{"the client is shown", func(o Observation) bool { return o.Answer == AnswerDone }, Alive, always(Proceed)},
	// No witness outweighs the client itself. What was refused is not repeated here: the next run does that.
	{"the client is shown when it is asked for again", func(o Observation) bool { return o.ShownAgain }, Alive, keepOnRead},

	// A witness that knows the client wins over everything, on_missing = "recreate" included: that setting answers an open
	// question, and here none is open. It may be set for a whole provider, where an outage of management would otherwise
	// orphan every client.
	{"a witness knows the client; its URI answers 404", func(o Observation) bool { return o.known() && o.Answer == AnswerMissing }, Alive, keepOnRead},
	{"a witness knows the client; its credential is refused, which the user accepts", func(o Observation) bool {
		return o.known() && o.Answer.CredentialRefused() && o.OnMissing == OnMissingKeep
	}, Alive, keepOnRead},
	{"a witness knows the client", Observation.known, Alive, func(o Observation) Step {
		if o.Answer == AnswerUnsupported {
			return keepOnRead(o)
		}
		return Fail
	}},

	// The refusal is about the provider, so that it says nothing about any client.
	{"the provider's credential is refused, which the user accepts", func(o Observation) bool {
		return o.credentialBad() && (o.Answer.CredentialRefused() || o.Answer == AnswerMissing) && o.OnMissing == OnMissingKeep
	}, Undecided, keepOnRead},
	{"the provider's credential is refused", Observation.credentialBad, Undecided, always(Fail)},

	{"proven gone", Observation.proven, Gone, func(o Observation) Step {
		if o.Importing || o.Operation == OperationUpdate {
			return Fail // an update has to end with a client; the next read forgets it
		}
		return Forget
	}},

	{"no such operation", func(o Observation) bool { return o.Answer == AnswerUnsupported }, Undecided, keepOnRead},
	{"an answer that never means a missing client", func(o Observation) bool {
		return !o.Answer.CredentialRefused() && o.Answer != AnswerMissing
	}, Undecided, always(Fail)},

	{"undecided, taken as gone by the user", func(o Observation) bool {
		return o.OnMissing == OnMissingRecreate && !o.Importing && o.Operation != OperationUpdate && !o.Estranged && o.registers()
	}, Undecided, always(Forget)},
	{"undecided, kept by the user", func(o Observation) bool { return o.OnMissing == OnMissingKeep }, Undecided, keepOnRead},
	{"undecided 404", func(o Observation) bool { return o.Answer == AnswerMissing && o.OnMissing == OnMissingUnset }, Undecided, keepOnRead},
	{"undecided 404, and nothing registers it again", func(o Observation) bool {
		return o.Answer == AnswerMissing && o.OnMissing == OnMissingRecreate && !o.registers()
	}, Undecided, keepOnRead},
	{"undecided", func(Observation) bool { return true }, Undecided, always(Fail)},
}

func (o Observation) known() bool { return o.Token == Knows || o.Authorization == Knows }

// Decide says whether the client exists and what to do. Every step but Proceed comes with the ways out that work.
//
// For a Forget, the caller warns: with "proven gone" by the witnesses' words and the other reading (an administrator may
// have replaced token and secret, and a token can be handed in), with on_missing = "recreate" by saying that a client that
// still exists is left behind.
func (o Observation) Decide() PresenceVerdict {
	o = o.foreignless()
	for _, row := range presenceTable {
		if !row.when(o) {
			continue
		}
		v := PresenceVerdict{Presence: row.presence, Step: row.step(o), Rule: row.rule, CredentialBad: o.credentialBad()}
		if v.Step != Proceed {
			v.Ways = o.WaysOut(v.Presence)
		}
		return v
	}
	return PresenceVerdict{Ways: o.WaysOut(Undecided)} // the table's last row matches everything
}

// MayForget reports whether the observation proves a client gone, or would have it forgotten under another setting: then the server
// itself has to be heard before (Estranged). What an update leaves open is for the next plan to act on.
func (o Observation) MayForget() bool {
	o.OnMissing = OnMissingRecreate
	if o.Operation == OperationUpdate {
		o.Operation = OperationRead
	}
	return o.Decide().Step == Forget || o.Decide().Presence == Gone
}

// AsksAgain reports whether the client's own URI is to be asked once more. What a read or an update leaves open is for a later plan to act on,
// whose on_missing may be another one.
func (o Observation) AsksAgain(twice bool) bool {
	if o.Operation != OperationDelete && !o.Importing {
		o.Operation, o.OnMissing = OperationRead, OnMissingRecreate
	}
	return o.Decide().AsksAgain(twice)
}

// AsksAgain reports whether the client's own URI is to be asked once more before this is acted on. Witnesses may refuse every client alike, as a
// token endpoint that wants a certificate does: then the answer at the URI is all that there is, and one wrong answer is not given twice.
// twice: there are two answers already, as where a deletion was just acknowledged.
func (v PresenceVerdict) AsksAgain(twice bool) bool {
	return !twice && (v.Presence == Gone || v.Step == Forget)
}

// MoreAnswers is how often the client's own URI is asked then. Beside a deletion that was lost, what answers may be one of several replicas of a gateway by turns,
// of which one has just started: the second one in a row is another one's.
func (o Observation) MoreAnswers() int {
	if o.Deletion == DeletionUnderWay {
		return 2
	}
	return 1
}

// Replicas of a server agree within seconds. As long as that takes, one that lags may know nothing of a client that was just registered, or
// refuse the credentials that an update brought, at each of its endpoints.
const (
	replicasAgree = 30 * time.Second
	// ReplicaPause is how long is waited before such a server is asked once more.
	ReplicaPause = time.Second
)

// MayLag reports whether what says that a client is gone may be a replica that has not seen it yet: it was written a moment ago.
func MayLag(writtenAt, now time.Time) bool {
	age := now.Sub(writtenAt)
	return -replicasAgree < age && age < replicasAgree
}

// NeedsWitnesses reports whether an answer raises the question whether the client exists.
func (a Answer) NeedsWitnesses() bool { return a.CredentialRefused() || a == AnswerMissing }

// MissesAs reports whether another answer raises the question in the same way: both refuse the credential, or both find nothing at the address.
func (a Answer) MissesAs(other Answer) bool {
	return a.CredentialRefused() && other.CredentialRefused() || a == AnswerMissing && other == AnswerMissing
}

// Outweighs reports whether the answer to one token of a client is told in place of that to another one, which raises the question whether the client exists. Who
// forbids with one token what another one is refused for has seen the difference: a client that is gone has no token to forbid anything with.
func (a Answer) Outweighs(other Answer) bool {
	return other.NeedsWitnesses() && (a == AnswerForbidden || a == AnswerRefused || a == AnswerUnsupported)
}

// SecretHistory is what is known of how a client's secret may have changed unseen.
type SecretHistory struct {
	Facts   Facts
	Expired bool // client_secret_expires_at has passed
	// Unproven: the record holds another secret beside the known one, and both were not tried.
	Unproven bool
	// Journaled: the journal notes each read and update before it is sent, since the client was registered. Unanswered: it
	// holds such a note without an answer.
	Journaled, Unanswered bool
	// Shown: after the last such note, a request that replaces nothing was answered with the known token at the known URI.
	Shown bool
	// SecretShown: after the last such note, an answer showed the known secret, or the token endpoint accepted it.
	SecretShown bool
	// Lost: the record knows of a read or an update without an answer (Record.Unanswered).
	Lost bool
	// TokenUntried: the answer that is missing was followed by others, but by none to the token (Record.TokenUntried).
	TokenUntried bool
	// TokenOpen and SecretOpen: a registration in the client's place may have replaced them, whatever updates do (Record.TokenOpen, Record.SecretOpen).
	TokenOpen, SecretOpen bool
	// OnlyRegistered: each note without an answer (Unanswered) is one of such a registration.
	OnlyRegistered bool
	// TokenUnproven and URIUnproven: the same of a token or an address that an answer showed for the client.
	TokenUnproven, URIUnproven bool
	// Unread: the last read in an apply failed, or did not show what it replaced (Record.Unread), so that nothing has proved since what the
	// answers before it showed.
	Unread bool
	// TokenRefused: what raises the question is a refusal of the client's own registration access token.
	TokenRefused bool
	// UpdateRefused: it is the refusal of an update that may be about the client_secret in its body (RFC 7592 §2.2).
	UpdateRefused bool
}

// URIMayHaveMoved reports whether the answer to an update is missing that may have moved the client to another URI: on a server whose
// updates do so, or of which none was seen. One that shows an address that nothing has proved may have been wrong, and hides where the client is.
func (h SecretHistory) URIMayHaveMoved() bool {
	return h.URIUnproven || h.TokenOpen || (h.Unanswered && !h.Shown || h.Lost || h.Unread) && (h.Facts.URIOnUpdate || !h.Facts.UpdateSeen)
}

// TokenMayHaveMoved reports whether an answer that may have replaced the registration access token is missing, shows nothing of use, or shows
// a token that nothing has proved.
func (h SecretHistory) TokenMayHaveMoved() bool {
	f := h.Facts
	return h.TokenUnproven || h.TokenOpen || (h.Unanswered && !h.Shown || h.Lost || h.TokenUntried || h.Unread) && (f.TokenOnUpdate || f.RotatesOnRead || !f.UpdateSeen || !f.ReadSeen)
}

// MayHaveMoved reports whether the server may by now have another client secret than the known one, by anything that it
// does by itself. Unknown counts as yes: until a read-back was seen, a read may rotate. That an update may, of which none was
// seen, is not counted: an update whose answer is lost is noted (Facts), so that only a kill within a client's first update
// leaves no trace, and a journal would have it. To count it would leave each deletion of a client that was never updated,
// and has no redirect URI to ask with, undecided.
//
// A refused update has one more reading: a server may compare the client_secret in its body, and refuse as it does an unknown token. A secret
// that an administrator replaced is then all that it takes for the refusals of the update and of the secret.
//
// Where the server was seen to leave the registration access token alone, no lost answer explains that it is refused
// now, so that a secret that only moves with updates cannot be a second effect of the same lost answer.
func (h SecretHistory) MayHaveMoved() bool {
	f := h.Facts
	switch {
	case h.Expired, h.Unproven, h.Unanswered && !h.OnlyRegistered && !h.SecretShown, h.UpdateRefused:
		return true
	case h.SecretOpen && (h.TokenOpen || !h.TokenRefused):
		return true // one lost answer explains both refusals
	case f.SecretOnRead == "":
		return true
	case h.Journaled && !f.UpdateLost && !h.Unread: // the update may have been another machine's, which has a journal of its own
		return false
	}
	secretMoves := f.SecretOnUpdate || f.UpdateLost || f.SecretOnRead == SecretRotates || h.Unread && !f.UpdateSeen
	tokenMoves := f.TokenOnUpdate || f.RotatesOnRead || !f.UpdateSeen || f.URIOnUpdate // some refuse at the address before, too
	return secretMoves && (tokenMoves || !h.TokenRefused)
}
