// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Begin records durably that a registration is about to be sent. Follow it by Registered or Abandon with the id; if
// neither is reached, or the outcome is unknown, TakeLeftBehind tells a later run of it if this one dies.
func (j *Journal) Begin(ctx context.Context, i Intent) (id string, err error) {
	id = randomID()
	err = j.ask(ctx, func(*table) ([]journalLine, error) {
		return []journalLine{{
			event: eventIntent, Entry: Entry{Endpoint: i.Endpoint, Time: j.now()},
			intents: []string{id}, fingerprint: i.Fingerprint, run: j.run.id, launcher: j.launcher, made: i.Made,
		}}, nil
	})
	return id, err
}

// Registered records the answer to the registration announced by Begin. Call it before anything else is done with the
// answer. The client is adoptable by a later run until it is confirmed. An id that is not
// known loses nothing: the client is recorded all the same, but can't be adopted.
func (j *Journal) Registered(ctx context.Context, id string, e Entry) error {
	if err := e.check(); err != nil {
		return err
	}
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		e := e
		intent, known := t.intents[id]
		if known && e.Endpoint == "" {
			e.Endpoint = intent.Endpoint
		}
		old := t.known(e)
		if known && old != nil && old.gone || j.stays(old) {
			old = nil // another client has its client_id now, or nobody kept it
		}
		r := t.merge(old, e, j.now())
		if known {
			// A server that answers two registrations with one client (some do, by software_id) must not make a client
			// adoptable that another state holds.
			r.confirmed = e.Before || r.confirmed && old != nil
			r.intents = []string{id} // so that the line ends the intent
			if r.confirmed && intent.made != 0 {
				j.given.Store(intent.made, struct{}{})
			} else if !r.confirmed {
				r.fingerprint, r.run, r.launcher = intent.fingerprint, j.run.id, j.launcher
			}
			if r.doubted = nil; old != nil || e.Before {
				r.objects = r.objects.givenAgain(intent.made)
			} else {
				r.objects = r.objects.given(intent.made)
			}
		}
		j.unconfirm(r.key())
		return []journalLine{r}, nil
	})
}

// Abandon ends an intent of which nothing is left at the server: the registration was certainly not processed, or has
// been undone. Where Registered was called for it, the client becomes a tombstone, as by Deleted.
func (j *Journal) Abandon(ctx context.Context, id string) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		if _, ok := t.intents[id]; ok {
			return []journalLine{{event: eventAbandoned, Entry: Entry{Time: j.now()}, intents: []string{id}}}, nil
		}
		for _, c := range t.clients {
			if !c.confirmed && slices.Contains(c.intents, id) {
				return []journalLine{t.tombstone(c, j.now())}, nil
			}
		}
		return nil, nil
	})
}

// Record saves credentials that an answer brought, or that the user handed in. Call it before they are returned to
// Terraform. What the entry leaves empty keeps its recorded value; where nothing is new, nothing is written. An entry
// from an answer that was overtaken (see Entry.Seen) changes nothing that is known. One without Seen was overtaken by the client's recorded
// deletion where its Time is before that.
func (j *Journal) Record(ctx context.Context, e Entry) (s Standing, err error) {
	if err := e.check(); err != nil {
		return s, err
	}
	err = j.tell(ctx, func(t *table) ([]journalLine, error) {
		if t.deletedSince(e) {
			s = Standing{Seen: t.moment, Newer: true, Overtaken: true}
			return nil, nil
		}
		e := e
		if e.Occasion == OccasionHandedIn {
			e.Unproven = e.Unproven.marked(e.RegistrationAccessToken)
		}
		old := t.known(e)
		if old != nil {
			e, s = old.against(e)
		}
		s.Seen = t.moment
		r := t.merge(old, e, j.now())
		if present, ok := t.clients[r.key()]; ok && present.sameCredentials(r) {
			return nil, nil
		}
		s.Seen = r.moment
		j.stays(old)
		return []journalLine{r}, nil
	})
	if err != nil {
		return Standing{}, err
	}
	return s, nil
}

// Lookup finds the newest credentials of the client with exactly this client_id at exactly this URI. The entry's
// RegistrationClientURI differs from the one asked for only if the server itself moved the client from there (see
// Entry.PreviousURI). An empty URI finds nothing: a client_id alone may belong to another server's client.
func (j *Journal) Lookup(ctx context.Context, of Name) (Entry, bool, error) {
	var found, deleting, asking *journalLine
	var over []string
	var here int
	var seen Moment
	err := j.ask(ctx, func(t *table) ([]journalLine, error) {
		seen = t.moment
		if of.URI != "" {
			found = t.find(of)
			deleting = t.at(t.deleting, of)
			asking = t.at(t.asking, of)
		}
		if asking != nil {
			over, here = j.over(asking), j.underWayHere(asking)
		}
		return nil, nil
	})
	var e Entry
	if found != nil {
		e = found.Entry
		e.Shared, e.Mark, e.Gone = found.objects.shared(), found.objects.only(), found.gone
		e.Leaving = j.isLeaving(found)
	}
	if err == nil {
		e.Seen = seen
	}
	if deleting != nil {
		e.Deletion, e.DeletionShown, e.deletionOf = deleting.Time, deleting.shown, deleting.superseded
	}
	if asking != nil {
		e.Asked, e.AskedShown, e.AskedSecretShown, e.UnderWay, e.askedOver = asking.Time, asking.shown, asking.secretShown, here, over
		e.AskedRegister, e.AskedOther = asking.kindsAsked()
	}
	return e, found != nil && err == nil, err
}

// Alone reports whether no other run of this journal lives: then nobody else can be about to record anything.
func (j *Journal) Alone(ctx context.Context) (bool, error) {
	var alone bool
	err := j.ask(ctx, func(*table) ([]journalLine, error) {
		alone = j.run.alone()
		return nil, nil
	})
	return alone, err
}

// Deleting records that a deletion is about to be sent. Follow it by Deleted or Kept; if neither is reached, Lookup tells later
// runs of it. By what is known of the client it is told from one that gets its client_id after it. shown: it was shown at its URI before.
func (j *Journal) Deleting(ctx context.Context, of Name, shown bool, known ...secret.String) error {
	return j.ask(ctx, func(t *table) ([]journalLine, error) {
		e := Entry{ClientID: of.ClientID, RegistrationClientURI: of.URI, Time: j.now()}
		e.superseded = marks(t.find(of), known)
		return []journalLine{{event: eventDeleting, Entry: e, shown: shown, moment: t.moment + 1}}, nil
	})
}

// Kept records that the client was seen to live after Deleting, or after Deleted, as at a server that was restored from a backup. Where
// there was neither, nothing is written. seen is what Lookup told before the request that saw it: what was noted since is not of a client that
// was seen after it. 0 is now.
func (j *Journal) Kept(ctx context.Context, of Name, seen Moment) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		var out []journalLine
		for _, ended := range []*journalLine{t.at(t.deleting, of), t.grave(of)} {
			if ended != nil && !ended.since(seen) {
				e := Entry{ClientID: ended.ClientID, RegistrationClientURI: ended.RegistrationClientURI, Time: j.now()}
				out = append(out, journalLine{event: eventKept, Entry: e, moment: seen})
			}
		}
		return out, nil
	})
}

// Deleted records that the server deregistered the client: its credentials are dropped, and for 30 days WasDeleted tells
// of it. Of what is known of the client, digests are kept, to know it again by. A client that has no URI is forgotten, see Forget.
func (j *Journal) Deleted(ctx context.Context, of Name, known ...secret.String) error {
	if of.URI == "" {
		return nil
	}
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		j.unconfirm(of.key())
		c := t.find(of)
		if c == nil {
			c = &journalLine{Entry: Entry{ClientID: of.ClientID, RegistrationClientURI: of.URI}}
		}
		grave := t.tombstone(c, j.now())
		grave.superseded = marks(c, known)
		return []journalLine{grave}, nil
	})
}

// Forget drops what is recorded of a client that nobody keeps any more although it may live at the server, where it cannot be
// deleted. Its credentials must not stay here for ever. A client without a URI is told from another server's by the endpoint.
func (j *Journal) Forget(ctx context.Context, of Name) error {
	return j.tell(ctx, func(t *table) ([]journalLine, error) {
		j.unconfirm(of.key())
		c := t.matching(of)
		if c == nil {
			return nil, nil
		}
		return []journalLine{c.forgotten(j.now())}, nil
	})
}

// WasDeleted reports whether this provider deregistered the client in the last 30 days, so that a 401 now means "gone"
// (RFC 7592 §2.3 lets a server answer so) and not "stale token". Servers give a client_id again: a client that has nothing in common with
// the one that was deregistered is another one. Without anything known, any client of that client_id is meant.
func (j *Journal) WasDeleted(ctx context.Context, of Name, known ...secret.String) (bool, error) {
	var deleted bool
	err := j.ask(ctx, func(t *table) ([]journalLine, error) {
		grave := t.grave(of)
		deleted = grave != nil && j.now().Sub(grave.Time) < keepTombstones && (len(known) == 0 || concerns(grave.superseded, known))
		return nil, nil
	})
	return deleted, err
}

// marks are digests to know a client again by: of what a caller knows of it, and of the credentials that it had.
func marks(c *journalLine, known []secret.String) []string {
	var kept []string
	if c != nil {
		kept = slices.Concat(c.superseded, c.supersededSecrets)
		known = append(slices.Clone(known), c.RegistrationAccessToken, c.ClientSecret)
	}
	for _, value := range known {
		if d := digest(value); !value.IsEmpty() && !slices.Contains(kept, d) {
			kept = append(kept, d)
		}
	}
	return kept
}
