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
}

// leaves are the lines that end what is known of the client, or, where another run told of it since, of the object alone. now is what is known of it, nil for nothing.
func (l leaver) leaves(now *journalLine, at time.Time) []journalLine {
	switch {
	case now == nil:
	case now.moment == l.line.moment && now.imported == l.line.imported && slices.Equal(now.objects, l.line.objects):
		return []journalLine{now.forgotten(at)}
	case now.objects.of(l.made) >= 0:
		left := now.forgotten(at)
		left.event, left.made = eventLeft, l.made
		return []journalLine{left}
	}
	return nil
}

// forgotten is the line that forgets the client.
func (r *journalLine) forgotten(at time.Time) journalLine {
	return journalLine{event: eventForgotten, Entry: Entry{ClientID: r.ClientID, RegistrationClientURI: r.RegistrationClientURI, Endpoint: r.Endpoint, Time: at}}
}
