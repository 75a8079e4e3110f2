// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"net/http"
	"slices"
	"time"
)

// DeletionStep is what follows from the answer to a DELETE (RFC 7592 §2.3).
type DeletionStep int

// The steps. DeletionFailed is the zero value.
const (
	DeletionFailed      DeletionStep = iota
	DeletionConfirm                  // read the client, then decide again with Confirmed set
	DeletionDone                     // the client is gone
	DeletionSend                     // the client is shown after all: send the DELETE, which was not sent
	DeletionRepeat                   // send the DELETE once more, then decide again with Repeated set
	DeletionLeftAlive                // the server cannot delete: warn that the client stays there, and forget it
	DeletionAwait                    // read the client once more after a moment, then decide again with Awaited set
	DeletionReadAgain                // read the client once more, then decide again with ReadAgain set
	DeletionTakenAsGone              // nothing proves it, and the user has it taken as gone: warn that it may stay there, and forget it
)

// DeletionAnswer is what is known after a DELETE.
type DeletionAnswer struct {
	Status int
	Answer Answer // the class of the DELETE's answer
	// MaybeProcessed: the request or an earlier attempt of it may have been carried out although its answer says nothing
	// of the kind.
	MaybeProcessed bool
	// Unsent: no DELETE was sent, since the client was not shown before it.
	Unsent bool
	// Confirmed: Read is the class of the read that was made after it.
	Confirmed bool
	Read      Answer
	// OtherToken: the read found another token in force than the deletion was sent with.
	OtherToken bool
	// Awaited: Read is that of a read a moment after one that still showed the client.
	Awaited bool
	// ReadAgain: Read is that of a read after one that did not find what the one a moment before had shown.
	ReadAgain bool
	// Repeated: the DELETE was sent again after a read. KnownUnable: the
	// record knows already that this server has no deletion (Capabilities).
	Repeated, KnownUnable bool
	// NoOperation: the refusal's code says that there are no deletions, and what stands beside it may be a condition.
	NoOperation bool
	// AskedElsewhere: the deletion is asked for at another address, as by a standby that has the leader make all changes: this server has deletions.
	AskedElsewhere bool
	// Unkept: nothing keeps the client where its deletion fails, as of one that another has replaced. RateLimited: the server asked for fewer requests.
	Unkept, RateLimited bool
	// UnableBefore: an earlier one of these DELETEs was answered as by a server that has no deletion.
	UnableBefore bool
	// LostBefore: MaybeProcessed is said of the DELETE before the repeated one, whose answer tells nothing of the kind.
	LostBefore bool
	// Missed: the class of the answer that missed the client before the deletion was sent, so that a repeat that is answered alike tells nothing of it. AnswerLost where none did.
	Missed Answer
	// Seen: a read shortly before it has shown the client. Otherwise its credential may have been refused before.
	Seen bool
	// Blind: such a read was made, and its answer told nothing of the client, as in an outage.
	Blind bool
	// InARow: the DELETE was repeated, and that one once more with nothing in between.
	InARow bool
	// Page: a success whose body is a page. Acknowledged: the DELETE before the repeated one was answered as a success, ByPage: with a page.
	Page, Acknowledged, ByPage bool
	// ByProvider and ConfiguredElsewhere are those of an Observation.
	ByProvider, ConfiguredElsewhere bool
	NotSent                         bool // nothing was sent, since the provider's own credentials are not for the client's place
	TokensUnused, AtAnotherOrigin   bool // those of an Observation
	EntryTold                       bool // that of an Observation
	// Presence is the verdict on Read with all witnesses (Observation.Decide with Operation delete), where Read raises the
	// question. The note that this very deletion put into the journal counts there only where MaybeProcessed is set: a
	// deletion that was refused is not under way.
	Presence PresenceVerdict
}

// ReadsBeforeDeletion reports whether a client has to be shown at its URI before it is deleted there. A registration access token is good for
// its own client alone. The provider's credentials delete whatever is there, and an answer may have named another client's address.
func ReadsBeforeDeletion(byProvider, shownBefore, namesClient bool) bool {
	return byProvider && !shownBefore && !namesClient
}

// LooksBeforeDeletion reports whether a client is read before it is deleted. A refresh may have been long ago, as that of a saved plan, or none (-refresh=false): where the
// credential is found to be refused already, the refusal that follows an answer without a word on it, as a limiter's or a wrong success, tells of no deletion. The
// alternative, to look where the last refresh missed the client alone, took a token that had died since for a deletion that was made. Only where a refresh may read: a deletion
// that fails keeps the client. q is what a refresh would ask.
func LooksBeforeDeletion(q ReadQuestion, shownBefore bool) bool {
	q.Refresh = RefreshAuto // also with "never" and "always", which are about refreshes
	reads, _ := q.ReadInRefresh()
	return reads && shownBefore && q.Facts.ReadSeen
}

// DeletionVerdict is the decision.
type DeletionVerdict struct {
	Step DeletionStep
	Rule string
	Ways []Way
}

type deletionRow struct {
	rule string
	when func(DeletionAnswer) bool
	step DeletionStep
}

// CannotDelete reports whether the DELETE's answer is how a server answers that has no deletion. All of them have another
// reading, so that a read decides.
func (a DeletionAnswer) CannotDelete() bool {
	switch a.Answer {
	case AnswerMissing, AnswerUnsupported, AnswerRedirected:
		return true
	}
	return false
}

// looksGone reports whether the read after the deletion raises the question whether the client exists, or the deletion's own answer does
// where the server has no reads.
func (a DeletionAnswer) looksGone() bool {
	return a.Read.NeedsWitnesses() || a.Read == AnswerUnsupported && a.Answer.NeedsWitnesses()
}

var deletionTable = []deletionRow{
	// The one answer that the standard has. A later read may still show the client (soft deletion), so none is made.
	{"204", func(a DeletionAnswer) bool { return a.Answer == AnswerDone && a.Status == http.StatusNoContent }, DeletionDone},
	// Of two replicas of a gateway by turns, one that has just started has no route for each DELETE, and the other one shows the client each time.
	{"404 again, without a read in between", func(a DeletionAnswer) bool {
		return a.Answer == AnswerMissing && a.Repeated && !a.InARow && !a.Confirmed && !a.Acknowledged && (!a.MaybeProcessed || a.LostBefore)
	}, DeletionRepeat},
	// A read after an answer that cannot be relied on: nothing else tells a deletion from a proxy's page.
	{"any other answer", func(a DeletionAnswer) bool { return !a.Confirmed }, DeletionConfirm},

	{"not sent, and shown after all", func(a DeletionAnswer) bool { return a.Unsent && a.Read == AnswerDone }, DeletionSend},

	// It may be made a moment later (RFC 9110 §9.3.5), or be known to one replica and not yet to another.
	{"acknowledged, and still shown, once", func(a DeletionAnswer) bool {
		return a.Read == AnswerDone && a.Answer == AnswerDone && !a.Awaited
	}, DeletionAwait},
	// The deletion was refused for its token. No other one goes with it before a read has shown that it is in force.
	{"forbidden, and shown with another token, once", func(a DeletionAnswer) bool {
		return a.Read == AnswerDone && a.OtherToken && a.Answer.AsksForAnother() && !a.Repeated
	}, DeletionRepeat},
	// One wrong 404 or 405 must not leave a client behind on a server that can delete it. A DELETE may be repeated, also one that was for another reason. Who leads to
	// another address says that the server has deletions, whatever is recorded of it, and is asked twice.
	{"still shown, as by a server without deletion, once", func(a DeletionAnswer) bool {
		return a.Read == AnswerDone && a.CannotDelete() && !a.UnableBefore && (!a.KnownUnable || a.AskedElsewhere) && !a.Acknowledged && !a.InARow && !(a.AskedElsewhere && a.Repeated)
	}, DeletionRepeat},
	// A state that keeps the client has the next destroy go on. Where none does, one wrong refusal would leave the client there for ever.
	{"refused or failed, and still shown, where nothing keeps it, once", func(a DeletionAnswer) bool {
		return a.Unkept && a.Read == AnswerDone && a.Answer != AnswerDone && !a.Repeated && !a.RateLimited && !a.KnownUnable
	}, DeletionRepeat},
	{"still shown, and the server has no deletion", func(a DeletionAnswer) bool {
		return a.Read == AnswerDone && a.CannotDelete() && !a.Acknowledged && (a.UnableBefore || a.KnownUnable) && !a.AskedElsewhere
	}, DeletionLeftAlive},
	{"still shown", func(a DeletionAnswer) bool { return a.Read == AnswerDone }, DeletionFailed},

	// One answer against that of a moment before, from a server that may acknowledge each deletion and make none: the acknowledgement is then no witness for it.
	{"acknowledged, shown, and refused or missing a moment later, once", func(a DeletionAnswer) bool {
		return a.Answer == AnswerDone && a.Awaited && a.Read.NeedsWitnesses() && !a.ReadAgain
	}, DeletionReadAgain},

	// Where there are no reads, the deletion is what can be asked for twice (PresenceVerdict.AsksAgain).
	{"refused as of a client that is gone, where there are no reads, once", func(a DeletionAnswer) bool {
		return a.Read == AnswerUnsupported && a.Answer.NeedsWitnesses() && a.Presence.AsksAgain(a.MaybeProcessed || a.Repeated)
	}, DeletionRepeat},
	{"proven gone", func(a DeletionAnswer) bool { return a.looksGone() && a.Presence.Presence == Gone }, DeletionDone},
	// What answers in a server's place acknowledges every deletion and refuses every read. So does no server: a deletion that was made is
	// refused when it is sent again. That also tells a server whose token endpoint goes on to know the client for a while, and is all that
	// can be asked of one that has no reads.
	{"acknowledged, and refused when it was sent again", func(a DeletionAnswer) bool {
		known := a.ByPage && a.Presence.Presence == Alive // a page may be anything's that stands before the server, and what refuses the token then refuses it as before
		return a.Acknowledged && a.Answer.NeedsWitnesses() && a.looksGone() && !known && !a.Missed.MissesAs(a.Answer) && !(a.Blind && a.Answer.CredentialRefused()) && !(!a.Seen && a.Presence.CredentialBad && a.Answer.CredentialRefused())
	}, DeletionDone},
	{"acknowledged by a page, or of a client that a witness knows, or where none tells, once", func(a DeletionAnswer) bool {
		open := a.Page || a.Presence.Presence == Alive || a.Read.CredentialRefused() && a.Presence.Step != Forget
		return a.Answer == AnswerDone && !a.Repeated && (a.Read.NeedsWitnesses() && open || a.Read == AnswerUnsupported)
	}, DeletionRepeat},
	{"a witness knows the client", func(a DeletionAnswer) bool { return a.Presence.Presence == Alive }, DeletionFailed},
	{"acknowledged, and taken as gone by the user", func(a DeletionAnswer) bool {
		return a.Answer == AnswerDone && a.looksGone() && a.Presence.Step == Forget
	}, DeletionDone},
	{"taken as gone by the user", func(a DeletionAnswer) bool { return a.looksGone() && a.Presence.Step == Forget }, DeletionTakenAsGone},
	// The server acknowledged the deletion, and its own URI does not know the client: two answers. One wrong answer cannot make both. Where it
	// is the credential that is refused, the same refusal is what the deletion has to get that is sent again.
	{"acknowledged, and there is nothing at the URI", func(a DeletionAnswer) bool {
		return a.Answer == AnswerDone && !a.Page && a.Read == AnswerMissing
	}, DeletionDone},
	{"undecided", func(DeletionAnswer) bool { return true }, DeletionFailed},
}

// Decide says what a DELETE's answer, the read after it and the witnesses prove. A failed deletion names the ways out.
func (a DeletionAnswer) Decide() DeletionVerdict {
	for _, row := range deletionTable {
		if !row.when(a) {
			continue
		}
		v := DeletionVerdict{Step: row.step, Rule: row.rule}
		if v.Step == DeletionFailed || v.Step == DeletionLeftAlive {
			v.Ways = a.waysOut()
		}
		if v.Step == DeletionFailed && a.Seen && a.looksGone() && a.Presence.Presence != Gone && !slices.Contains(v.Ways, WayRetry) {
			v.Ways = append([]Way{WayRetry}, v.Ways...) // what was shown a moment ago is most likely there yet
		}
		return v
	}
	return DeletionVerdict{Ways: a.waysOut()} // the table's last row matches everything
}

func (a DeletionAnswer) waysOut() []Way {
	if len(a.Presence.Ways) > 0 {
		return a.Presence.Ways
	}
	o := Observation{Operation: OperationDelete, Answer: a.Answer, ByProvider: a.ByProvider, NotSent: a.NotSent, TokensUnused: a.TokensUnused, AtAnotherOrigin: a.AtAnotherOrigin, EntryTold: a.EntryTold}
	switch {
	case a.Confirmed && a.Read == AnswerDone:
		// The client is there, and its token is in force: neither another one nor that it be taken as gone helps against a refusal of the deletion alone.
		if !a.ByProvider && o.Answer.CredentialRefused() || a.NoOperation && o.Answer == AnswerForbidden {
			o.Answer = AnswerRefused
		}
		ways := o.WaysOut(Alive)
		if a.Answer == AnswerDone && a.Status == http.StatusAccepted { // which says that it is made later
			ways = append([]Way{WayRetry}, ways...)
		}
		return ways
	case a.Confirmed:
		o.Answer = a.Read
	}
	o.ConfiguredElsewhere = a.ConfiguredElsewhere
	return o.WaysOut(Undecided)
}

// RollBack is what is known of the client that a failed create leaves.
type RollBack struct {
	Status int // of the registration's answer
	// KnownBefore: the journal, or another resource of this run, knew this client_id before the POST was sent.
	KnownBefore bool
	// IssuedAt is when the server says that it issued the client_id (RFC 7591 §3.2.1), and Answered when it answered, by its own clock;
	// nil and zero where it does not say. Now is the time by this machine's clock: where the two differ, the earlier one counts, so that a
	// clock which jumped ahead makes no new client an old one.
	IssuedAt      *int64
	Answered, Now time.Time
}

// firstRegistration is when servers began to register clients dynamically (OpenID Connect Dynamic Client Registration 1.0): before it, what a
// server shows is a lifetime, a time in another unit, or no time at all.
var firstRegistration = time.Date(2013, time.January, 1, 0, 0, 0, 0, time.UTC)

// isPlaceholder reports whether a time is most likely one that a server shows for every client: one before there were any, the beginning
// of a day, or a round number of seconds.
func isPlaceholder(issued int64) bool {
	return issued < firstRegistration.Unix() || issued%86400 == 0 || issued%100000 == 0
}

// issuedLongBefore is by how much a server's two clocks may differ, one of which may be set to a local time.
const issuedLongBefore = 24 * time.Hour

// ExistedBefore reports whether the answer shows a client that was not registered by this request: some servers answer a document that
// they have with the client that has it. It belongs to somebody else, whether or not anything here knows of it.
func (r RollBack) ExistedBefore() bool {
	return r.KnownBefore || r.IssuedBefore()
}

// IssuedBefore reports whether the server says that it issued the client_id long before it answered.
func (r RollBack) IssuedBefore() bool {
	if r.IssuedAt == nil || r.Answered.IsZero() || isPlaceholder(*r.IssuedAt) {
		return false
	}
	issued, answered := time.Unix(*r.IssuedAt, 0), r.Answered
	if r.Now.Before(answered) && !r.Now.Before(issued) { // else it is this machine's clock that is wrong
		answered = r.Now
	}
	return answered.Sub(issued) > issuedLongBefore
}

// Disowned reports whether a read says that the client_id was issued long before, and returns what is known with that. The answer to the registration did not say when, and
// may have named another client. A server that shows the very same for the old client, where there is one, shows it for all of them.
func (r RollBack) Disowned(shown, old *int64) (RollBack, bool) {
	by, said := r, r.IssuedAt != nil && !isPlaceholder(*r.IssuedAt)
	by.IssuedAt = shown
	if r.KnownBefore || said || shown != nil && sameTime(shown, old) || !by.IssuedBefore() {
		return r, false
	}
	return by, true
}

// MayDelete reports whether the roll-back of a create may delete the client: only what this very operation registered.
// Some servers answer the registration of a document that they have with the client that they have (200 or 201).
func (r RollBack) MayDelete() bool {
	return !r.ExistedBefore() && (r.Status == http.StatusOK || r.Status == http.StatusCreated)
}
