// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"slices"
	"strings"
)

// Successor is what is known of a client that was registered in the place of another one, before that one is given up for it. The answer to the
// registration is one answer: it may be about another client, or hold a wrong token, as of a front end that mixes answers up. So the server is asked about both,
// where the answer is all that speaks for the new one.
type Successor struct {
	OldGone bool // the old one is taken as gone, so that there is nothing to keep
	// Read is what a read of the new one came to, AnswerDone where one has shown it. Unread: none was made, since it came without what it would be read with, or
	// the settings have none.
	Read   Answer
	Unread bool
	// Unmanaged: it came without what it would be managed with, and the old one is managed.
	Unmanaged bool
	// OldShown: reads show the old one. OldUpdated: it was updated, so that there is management, also where there are no reads.
	OldShown, OldUpdated bool
	// Elsewhere: it is at another server than the old one, of whose ways those of the old one's say nothing.
	Elsewhere bool
	// Secretless: no answer held the secret that it needs, and the old one works without any.
	Secretless bool
	// Disowned: the provider's own credentials, which show any client, show it as one that was there before, of which the answer to the registration said nothing.
	Disowned bool
	// Before is what the last registration in the old one's place was not taken for, RepeatNone where there is none or none is to count.
	Before Repeat

	Token, Authorization       Testimony // of the new one
	OldToken, OldAuthorization Testimony
}

// confirmed reports whether the server of the new one has told it from one that is not there, which no other server's answers could add to.
func (s Successor) confirmed() bool {
	return !s.Unread && s.Read == AnswerDone || s.Token == Knows && !s.lacksToken() || s.Unread && s.Authorization == Knows
}

// lacksToken reports whether the new one's own token is refused, or is another client's, where that of the old one is taken: the client may be there, and nobody have its
// token. Where no clients are served at all, there is nothing that a right one would do.
func (s Successor) lacksToken() bool {
	return s.OldShown && !s.Unread && (s.Read.AsksForAnother() || s.Read == AnswerOtherClient || s.Read == AnswerRefused)
}

// Repeat is a doubt that one wrong answer raises, and that a server with such ways raises each time. So it counts once: with two in a row, these are the server's ways.
// Where the same answers raise several, it is all of them: each of them counts once, and none by turns with another one.
type Repeat string

const betweenRepeats = " "

// Has reports whether a doubt is among these.
func (r Repeat) Has(one Repeat) bool {
	return slices.Contains(strings.Split(string(r), betweenRepeats), string(one))
}

// The doubts that count once.
const (
	RepeatNone       Repeat = ""
	RepeatSecretless Repeat = "secretless"
	RepeatUnmanaged  Repeat = "unmanaged"
	RepeatUnread     Repeat = "unread"
	RepeatRefused    Repeat = "refused"
)

type successorRow struct {
	rule   string
	when   func(Successor) bool
	proven bool
	repeat Repeat // the row counts once
}

var successorTable = []successorRow{
	{rule: "nothing to keep", when: func(s Successor) bool { return s.OldGone }, proven: true},
	{rule: "it is somebody else's", when: func(s Successor) bool { return s.Disowned }},
	// Whoever refuses everyone says nothing by refusing this one. Of another server that cannot be told, and the secret that works is kept.
	{rule: "the token endpoint knows the old one only", when: func(s Successor) bool { return s.OldToken == Knows && s.Token == DoesNotKnow }},
	// Whoever shows it, the application could do nothing as it.
	{rule: "it came without its secret", when: func(s Successor) bool { return s.Secretless }, repeat: RepeatSecretless},
	{rule: "another server confirms it", when: func(s Successor) bool { return s.Elsewhere && s.Token != DoesNotKnow && s.confirmed() }, proven: true},
	{rule: "the authorization endpoint knows the old one only", when: func(s Successor) bool {
		return s.OldAuthorization == Knows && (s.Authorization == DoesNotKnow || s.Authorization == TurnsAway && !s.Elsewhere)
	}},
	// The answer to the registration may hold a wrong secret, also of a client that reads show without it. The old one's may be good: nothing is told of it, or by another
	// server, which may refuse everyone.
	{rule: "its secret is refused", when: func(s Successor) bool {
		return s.Token == DoesNotKnow && (s.OldToken != DoesNotKnow || s.Elsewhere)
	}, repeat: RepeatRefused},
	{rule: "a read shows it", when: func(s Successor) bool { return !s.Unread && s.Read == AnswerDone }, proven: true},
	// Its token would be lost, and it could not be managed any more.
	{rule: "it came without management", when: func(s Successor) bool {
		return s.Unmanaged && !s.Elsewhere && (s.OldShown || s.OldUpdated)
	}, repeat: RepeatUnmanaged},
	{rule: "the server was busy, and another endpoint knows it", when: func(s Successor) bool {
		return !s.Unread && s.Read == AnswerLost && (s.Token == Knows || s.Authorization == Knows)
	}, proven: true},
	{rule: "another server has no reads", when: func(s Successor) bool { return s.Elsewhere && !s.Unread && s.Read == AnswerUnsupported }, proven: true},
	{rule: "another server does not show it", when: func(s Successor) bool { return s.Elsewhere && !s.Unread && s.OldShown }, repeat: RepeatUnread},
	{rule: "reads show the old one only", when: func(s Successor) bool { return !s.Elsewhere && !s.Unread && s.OldShown }},
	// As on a server without reads: the answer to the registration is all there is.
	{rule: "nothing tells the two apart", when: func(Successor) bool { return true }, proven: true},
}

// Proven reports whether the old client may be given up for the new one, and the row of the table that says so.
func (s Successor) Proven() (bool, string) {
	row, _ := s.row()
	return row.proven, row.rule
}

// ForItsSecret reports whether it is for the secret that it came without that the old client is not given up for the new one.
func (s Successor) ForItsSecret() bool {
	row, _ := s.row()
	return row.repeat == RepeatSecretless
}

// Repeats is what a further registration is taken in spite of, where this one is not taken for it.
func (s Successor) Repeats() Repeat {
	row, raised := s.row()
	if row.repeat == RepeatNone {
		return RepeatNone
	}
	return raised
}

// row is the row that decides, and the doubts that count once which there are before it. Those are none where another one stays.
func (s Successor) row() (successorRow, Repeat) {
	var doubts []string
	var first *successorRow
	for _, row := range successorTable {
		switch {
		case !row.when(s):
		case row.repeat != RepeatNone:
			doubts = append(doubts, string(row.repeat))
			if first == nil && !s.Before.Has(row.repeat) {
				first = &row
			}
		case first == nil || !row.proven:
			return row, RepeatNone
		default:
			return *first, Repeat(strings.Join(doubts, betweenRepeats))
		}
	}
	return successorRow{}, RepeatNone
}

// Doubtful reports whether what the server says of the old client is needed to decide.
func (s Successor) Doubtful() bool {
	for _, old := range []Successor{{OldShown: true}, {OldToken: Knows, OldAuthorization: Knows}} {
		asked := s
		asked.OldShown, asked.OldToken, asked.OldAuthorization = old.OldShown, old.OldToken, old.OldAuthorization
		if proven, _ := asked.Proven(); !proven {
			return true
		}
	}
	return false
}
