// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"slices"
)

// Asking records that a read or an update is about to be sent whose answer may replace the client's credentials. Follow it by
// Answered or Withdrawn; if neither is reached, Lookup tells of it (Entry.Asked): the credentials that are known may not be the present
// ones. A note that is there already stays, because it is the older one whose answer is missing; it is written again, so that the caller
// sees whether the answer can be written, too.
func (j *Journal) Asking(ctx context.Context, clientID, registrationClientURI string) error {
	return j.ask(ctx, func(t *table) ([]journalLine, error) {
		note := journalLine{event: eventAsking, Entry: Entry{ClientID: clientID, RegistrationClientURI: registrationClientURI, Time: j.now()}}
		if older := t.at(t.asking, clientID, registrationClientURI, ""); older != nil {
			note = *older
		}
		if !slices.Contains(note.asking, j.run.id) {
			note.asking = append(slices.Clip(note.asking), j.run.id)
		}
		note.shown = false
		return []journalLine{note}, nil
	})
}

// Answered ends what Asking began: a request was answered with the credentials that are in force, and they are recorded. What earlier runs left
// without an answer is settled by that, too. before is what Lookup told before the request was sent: what another run had under way then, or began
// since, is not settled, also where that run has ended by now. Where there was none, nothing is written.
func (j *Journal) Answered(ctx context.Context, clientID, registrationClientURI string, before Entry) error {
	return j.unask(ctx, clientID, registrationClientURI, func(run string) bool { return run == j.run.id || slices.Contains(before.askedOver, run) })
}

// Withdrawn ends what Asking began in this run: the request certainly replaced nothing.
func (j *Journal) Withdrawn(ctx context.Context, clientID, registrationClientURI string) error {
	return j.unask(ctx, clientID, registrationClientURI, func(run string) bool { return run == j.run.id })
}

func (j *Journal) unask(ctx context.Context, clientID, registrationClientURI string, settled func(run string) bool) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		asking := t.at(t.asking, clientID, registrationClientURI, "")
		if asking == nil {
			return nil, nil
		}
		left := *asking
		if left.asking = slices.DeleteFunc(slices.Clone(asking.asking), settled); len(left.asking) == 0 {
			left.event = eventAnswered
		} else if len(left.asking) == len(asking.asking) {
			return nil, nil
		}
		return []journalLine{left}, nil
	})
}

// Shown records that a request which replaces nothing was answered since, with the credential and at the URI that are known: neither was
// replaced by what earlier runs, or this one, left without an answer. A secret may have been. before is as for Answered. Where there was none, or
// where one is not settled, nothing is written.
func (j *Journal) Shown(ctx context.Context, clientID, registrationClientURI string, before Entry) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		asking := t.at(t.asking, clientID, registrationClientURI, "")
		if asking == nil || asking.shown || !slices.Equal(asking.asking, before.askedOver) {
			return nil, nil
		}
		left := *asking
		left.shown = true
		return []journalLine{left}, nil
	})
}
