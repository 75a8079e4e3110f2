// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

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

	Token, Authorization       Testimony // of the new one
	OldToken, OldAuthorization Testimony
}

type successorRow struct {
	rule   string
	when   func(Successor) bool
	proven bool
}

var successorTable = []successorRow{
	{"nothing to keep", func(s Successor) bool { return s.OldGone }, true},
	// Whoever refuses everyone says nothing by refusing this one.
	{"the token endpoint knows the old one only", func(s Successor) bool { return s.OldToken == Knows && s.Token == DoesNotKnow }, false},
	{"the authorization endpoint knows the old one only", func(s Successor) bool {
		return s.OldAuthorization == Knows && (s.Authorization == DoesNotKnow || s.Authorization == TurnsAway)
	}, false},
	{"a read shows it", func(s Successor) bool { return !s.Unread && s.Read == AnswerDone }, true},
	// Its token would be lost, and it could not be managed any more.
	{"it came without management", func(s Successor) bool { return s.Unmanaged && (s.OldShown || s.OldUpdated) }, false},
	{"the server was busy, and another endpoint knows it", func(s Successor) bool {
		return !s.Unread && s.Read == AnswerLost && (s.Token == Knows || s.Authorization == Knows)
	}, true},
	{"reads show the old one only", func(s Successor) bool { return !s.Unread && s.OldShown }, false},
	// As on a server without reads: the answer to the registration is all there is.
	{"nothing tells the two apart", func(Successor) bool { return true }, true},
}

// Proven reports whether the old client may be given up for the new one, and the row of the table that says so.
func (s Successor) Proven() (bool, string) {
	for _, row := range successorTable {
		if row.when(s) {
			return row.proven, row.rule
		}
	}
	return false, ""
}

// Doubtful reports whether what the server says of the old client is needed to decide.
func (s Successor) Doubtful() bool {
	for _, old := range []Successor{{OldShown: true}, {OldToken: Knows, OldAuthorization: Knows}} {
		old.OldGone, old.Read, old.Unread, old.Unmanaged, old.OldUpdated, old.Token, old.Authorization = s.OldGone, s.Read, s.Unread, s.Unmanaged, s.OldUpdated, s.Token, s.Authorization
		if proven, _ := old.Proven(); !proven {
			return true
		}
	}
	return false
}
