// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"slices"
	"time"
)

// leaver is a client that is to be forgotten: as it was known when this run left it, and the mark of the object that left it.
type leaver struct {
	line journalLine
	made int64
	only bool // its credentials may be known here alone
}

// leaves are the lines that forget the client, or tell that nobody keeps it, or, where another run told of it since, that the object does not. now is what is known of it, nil
// for nothing.
func (l leaver) leaves(now *journalLine, at time.Time) []journalLine {
	if now == nil {
		return nil
	}
	line := now.forgotten(at)
	line.made = l.made
	switch {
	case now.moment == l.line.moment && now.imported == l.line.imported && slices.Equal(now.imports, l.line.imports) && slices.Equal(now.objects, l.line.objects):
		if l.only {
			line.event = eventParted
		}
		return []journalLine{line}
	case now.objects.of(l.made) >= 0:
		line.event = eventLeft
		return []journalLine{line}
	}
	return nil
}

// forgotten is the line that forgets the client.
func (r *journalLine) forgotten(at time.Time) journalLine {
	return journalLine{event: eventForgotten, Entry: Entry{ClientID: r.ClientID, RegistrationClientURI: r.RegistrationClientURI, Endpoint: r.Endpoint, Time: at}}
}
