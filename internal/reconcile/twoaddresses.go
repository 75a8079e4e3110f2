// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "net/http"

// Where an answer named another address for a client, and no read has shown the client at either, an update or a deletion is sent to both. The
// address may be wrong, as that of a front end is, and what it answers is then no answer of the server's; or it is where the client is by now,
// and what the known one answers is that of a place that was left.

// AtAddress is what an update or a deletion came to at one of two addresses.
type AtAddress struct {
	Answer         Answer
	Status         int  // of a success
	Page           bool // a page or a text, and no document of the server's
	MaybeProcessed bool // it may have been carried out although it failed
	Outage         bool // something answered, and not for the number of requests: 5xx
}

// deleted reports whether it is the one answer that the standard has for a deletion that was made (RFC 7592 §2.3).
func (c AtAddress) deleted() bool { return c.Answer == AnswerDone && c.Status == http.StatusNoContent }

// NotHere reports whether it is how a server answers at an address where the client is not, or is not any more.
func (c AtAddress) NotHere() bool { return c.Answer.NeedsWitnesses() || c.Answer == AnswerRedirected }

// open reports whether nothing is known of what became of the request.
func (c AtAddress) open() bool { return c.Answer == AnswerLost || c.MaybeProcessed }

// mute reports whether it is how something answers that may have no client at all: a page, a redirect, a place without the operation.
func (c AtAddress) mute() bool {
	switch c.Answer {
	case AnswerRedirected, AnswerForbidden, AnswerUnsupported, AnswerUnusable:
		return true
	}
	return c.Page
}

// MayBeElsewhere reports whether what was answered at the known address leaves it possible that the client is at another one that an answer named
// and that may be another client's, where the token is not shown without need. A server that looked at the metadata of an update has the client.
func (c AtAddress) MayBeElsewhere(operation Operation) bool {
	switch c.Answer {
	case AnswerDone:
		return c.Page
	case AnswerRefused:
		return operation != OperationUpdate
	case AnswerLost:
		return c.Outage
	}
	return true
}

// DeletionAtUnproved reports whether the answer at the unproved address is the one that counts. It is believed that the client was deleted there
// only where the known address answered, too, and left open what became of it only where the known address does not have the client. That the client
// is not there counts where the known address has nothing to say of it.
func DeletionAtUnproved(unproved, known AtAddress) bool {
	switch {
	case known.deleted(), known.Answer == AnswerLost:
		return false
	case unproved.deleted():
		return true
	case unproved.Answer.NeedsWitnesses():
		return known.mute()
	}
	return known.NotHere() && (unproved.Answer == AnswerDone || unproved.open())
}

// DeletionAskedAgain reports whether the deletion is sent to the unproved address once more: the client may be there still, and some servers
// acknowledge the deletion of a client that they do not have; or it is gone by an answer that was lost, which the next one shows.
func DeletionAskedAgain(unproved, known AtAddress) bool {
	return known.Answer == AnswerDone && !unproved.deleted() || unproved.open() && (known.NotHere() || known.mute())
}

// UpdateAtUnproved reports whether, of two refusals of an update, the one at the unproved address is the one that counts.
func UpdateAtUnproved(unproved, known AtAddress) bool {
	switch {
	case known.mute(): // which would be learnt as that the server has no updates
		return true
	case unproved.Answer == AnswerRefused: // the metadata was looked at there, and nowhere else
		return known.NotHere() || known.Answer == AnswerLost
	}
	return known.NotHere() && unproved.open()
}
