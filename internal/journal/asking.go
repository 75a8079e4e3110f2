// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"slices"
)

// Asking records that a read or an update is about to be sent whose answer may replace the client's credentials. Follow it by
// Answered or Withdrawn; if neither is reached, Lookup tells of it (Entry.Asked): the credentials that are known may not be the present
// ones. Follow it by Over in any case, and also where it fails: the request has a name then, too. A note that is there already stays beside it,
// because that is an older request whose answer is missing. register: it is a registration in the client's place.
func (j *Journal) Asking(ctx context.Context, of Name, register bool) (Request, error) {
	request := j.request()
	j.asked.Store(request.name, true)
	return request, j.ask(ctx, func(t *table) ([]journalLine, error) {
		note := journalLine{event: eventAsking, Entry: Entry{ClientID: of.ClientID, RegistrationClientURI: t.present(of), Time: j.now()}}
		if older := t.at(t.asking, of); older != nil {
			note = *older
		}
		if len(note.asking) >= keepAsking {
			// One stands for all that are over. It has a new name: what began before it knew of some of them only, and must not settle the others.
			note.asking = append(slices.DeleteFunc(slices.Clone(note.asking), func(name string) bool { return !j.underWay(name) }), j.request().name)
		}
		note.asking = append(slices.Clip(note.asking), request.name)
		note.shown, note.secretShown = false, false
		if register {
			note.registers = append(slices.Clip(note.registers), request.name)
		}
		return []journalLine{note}, nil
	})
}

// Writable reports why nothing can be recorded now, as on a full disk. A line tries it, which ends a registration that was never begun.
func (j *Journal) Writable(ctx context.Context) error {
	return j.ask(ctx, func(*table) ([]journalLine, error) {
		return []journalLine{{event: eventAbandoned, Entry: Entry{Time: j.now()}, intents: []string{randomID()}}}, nil
	})
}

// kindsAsked reports whether one of the requests without an answer was a registration in the client's place, and whether one was another.
func (r *journalLine) kindsAsked() (registration, other bool) {
	for _, name := range r.asking {
		is := slices.Contains(r.registers, name)
		registration, other = registration || is, other || !is
	}
	return registration, other
}

// Over tells that nothing can answer the request any more. Where neither Answered nor Withdrawn ended its note, its answer is missing.
func (j *Journal) Over(request Request) { j.asked.Delete(request.name) }

// Answered ends what Asking began: a request was answered with the credentials that are in force, and they are recorded. What was left without an
// answer before it is settled by that, too. before is what Lookup told before the request was sent: what this run or another one had under way then,
// or began since, is not settled, also where that is over by now. Where there was none, nothing is written.
func (j *Journal) Answered(ctx context.Context, of Name, before Entry, request Request) error {
	return j.unask(ctx, of, append(slices.Clip(before.askedOver), request.name))
}

// Withdrawn ends what Asking began: the request certainly replaced nothing.
func (j *Journal) Withdrawn(ctx context.Context, of Name, request Request) error {
	return j.unask(ctx, of, []string{request.name})
}

func (j *Journal) unask(ctx context.Context, of Name, settled []string) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		asking := t.at(t.asking, of)
		if asking == nil {
			return nil, nil
		}
		left := *asking
		left.asking = slices.DeleteFunc(slices.Clone(asking.asking), func(name string) bool { return slices.Contains(settled, name) })
		if len(left.asking) == 0 {
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
func (j *Journal) Shown(ctx context.Context, of Name, before Entry) error {
	return j.noteShown(ctx, of, before, func(note *journalLine) *bool { return &note.shown })
}

// SecretShown records the same of the client secret: it is in force, as an answer showed it or the token endpoint accepted it.
func (j *Journal) SecretShown(ctx context.Context, of Name, before Entry) error {
	return j.noteShown(ctx, of, before, func(note *journalLine) *bool { return &note.secretShown })
}

func (j *Journal) noteShown(ctx context.Context, of Name, before Entry, field func(*journalLine) *bool) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		asking := t.at(t.asking, of)
		if asking == nil || *field(asking) || !slices.Equal(asking.asking, before.askedOver) {
			return nil, nil
		}
		left := *asking
		*field(&left) = true
		return []journalLine{left}, nil
	})
}
