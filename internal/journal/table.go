// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	// keepTombstones is how long a deletion stays evidence. A state that still has the client after that is a restored
	// backup, where asking the server is right.
	keepTombstones = 30 * 24 * time.Hour
	// keepParted is how long the credentials of a client stay that nobody keeps: long enough to find out that a state was not stored.
	keepParted = 7 * 24 * time.Hour
	// keepIntents bounds what a dead run leaves if its endpoint is never used again.
	keepIntents = 90 * 24 * time.Hour
	// keepFormerURIs bounds a line where a server moves a client with each answer.
	keepFormerURIs = 32
	// keepSuperseded bounds it where a server rotates with each answer: enough for as many answers that no apply followed. An older state's token is
	// refused and then replaced all the same; a secret is used by nothing here, so that nothing else would tell. So each has a list of its own.
	keepSuperseded = 16
	// keepAsking bounds a line where the answers of one client are lost again and again.
	keepAsking = 32
)

// event is what a line of the file tells.
type event string

const (
	eventIntent    event = "intent"    // a registration is about to be sent
	eventAbandoned event = "abandoned" // it came to nothing
	eventClient    event = "client"    // all that is known of a client: replaces its earlier line
	eventConfirmed event = "confirmed" // a Terraform state holds the client
	eventAdopted   event = "adopted"   // a dead run's client is now this run's
	eventLeft      event = "left"      // an object of a state has the client no more, or never had it
	eventDoubted   event = "doubted"   // an object was not destroyed, since another one may have the client
	eventEnded     event = "ended"     // a run that registered or adopted clients ended in order
	eventImported  event = "imported"  // a Terraform imports the client, of which no state is stored yet
	eventGone      event = "gone"      // the client was found to be gone, which is not this provider's doing
	eventDeleting  event = "deleting"  // a deletion is about to be sent
	eventKept      event = "kept"      // it came to nothing, or the client is there again
	eventAsking    event = "asking"    // a request is about to be sent whose answer may replace credentials
	eventAnswered  event = "answered"  // its answer is recorded, or it replaced nothing
	eventDeleted   event = "deleted"   // the client is gone
	eventForgotten event = "forgotten" // nobody keeps the client, which may live
	eventParted    event = "parted"    // so it is as soon as Terraform has stored it, which it does after the run
	eventTold      event = "told"      // intents were reported as left behind
)

// journalLine is one line of the journal. Which fields count depends on the event.
type journalLine struct {
	event event
	Entry
	former      []string // URIs at which the client was managed earlier, oldest first
	intents     []string // ids
	asking      []string // names of the requests without an answer
	shown       bool     // and the client was shown since
	secretShown bool     // and its secret
	registers   []string // which of them were registrations in the client's place
	fingerprint string
	run         string
	launcher    Launcher
	confirmed   bool
	made        int64  // the mark of the object that the line is of
	by          string // which Terraform saw it in a state
	objects     objects
	doubted     []int64 // the marks of those that were not destroyed since another may have it
	gone        bool    // it was found to be gone
	told        bool    // it was told of as left behind
	imported    string  // which Terraform was about to import it
	imports     imports
	parted      time.Time // since when nobody keeps it; zero where somebody may
	moment      Moment
}

// Name tells a client from others: by its client_id and its client configuration endpoint or, where it has none, the registration endpoint,
// since two servers may use one client_id.
type Name struct{ ClientID, URI, Endpoint string }

// key is a name without what does not tell its client from others.
type key struct{ clientID, uri, endpoint string }

func (n Name) key() key {
	if n.URI != "" {
		return key{clientID: n.ClientID, uri: n.URI}
	}
	return key{clientID: n.ClientID, endpoint: origin.Canonical(n.Endpoint)}
}

func (k key) name() Name { return Name{ClientID: k.clientID, URI: k.uri, Endpoint: k.endpoint} }

func (e Entry) name() Name {
	return Name{ClientID: e.ClientID, URI: e.RegistrationClientURI, Endpoint: e.Endpoint}
}

func (r *journalLine) key() key { return r.name().key() }

func (r *journalLine) sameCredentials(other journalLine) bool {
	return sameExpiry(r.ClientSecretExpiresAt, other.ClientSecretExpiresAt) && r.Unproven.Equal(other.Unproven) && r.RegistrationAccessToken.Equal(other.RegistrationAccessToken) &&
		r.ClientSecret.Equal(other.ClientSecret) && r.Endpoint == other.Endpoint && slices.Equal(r.former, other.former) &&
		slices.Equal(r.superseded, other.superseded) && slices.Equal(r.supersededSecrets, other.supersededSecrets)
}

// table is what the lines of a journal add up to. Records in it are never changed in place, so that they may be handed
// out.
type table struct {
	clients  map[key]*journalLine
	graves   map[key]*journalLine // tombstones
	deleting map[key]*journalLine // deletions under way
	asking   map[key]*journalLine // requests without an answer that may replace credentials
	moved    map[key]key          // former URI to the present one
	intents  map[string]*journalLine
	moment   Moment // of the newest line
}

func newTable() *table {
	return &table{clients: map[key]*journalLine{}, graves: map[key]*journalLine{}, deleting: map[key]*journalLine{}, asking: map[key]*journalLine{}, moved: map[key]key{}, intents: map[string]*journalLine{}, moment: 1}
}

// apply is the one place that says what an event means: for lines that are read and for those about to be written.
func (t *table) apply(r journalLine) {
	t.moment = max(t.moment, r.moment)
	switch r.event {
	case eventIntent:
		t.intents[r.intents[0]] = &r
	case eventAbandoned:
		t.dropIntents(r.intents)
	case eventTold:
		t.dropIntents(r.intents)
		for k, c := range t.clients {
			if slices.ContainsFunc(c.intents, func(id string) bool { return slices.Contains(r.intents, id) }) {
				t.clients[k] = c.after(&r)
			}
		}
	case eventClient:
		t.dropIntents(r.intents)
		t.place(&r, t.clients)
	case eventDeleting:
		t.deleting[r.key()] = &r
	case eventKept:
		t.keep(&r)
	case eventAsking:
		t.asking[r.key()] = &r
	case eventAnswered:
		delete(t.asking, r.key())
	case eventDeleted:
		t.place(&r, t.graves)
		delete(t.deleting, r.key())
		delete(t.asking, r.key())
		if r.RegistrationClientURI == "" {
			delete(t.graves, r.key())
		}
	case eventForgotten:
		delete(t.clients, r.key())
		delete(t.deleting, r.key())
		delete(t.asking, r.key())
	case eventConfirmed:
		if c, ok := t.clients[r.key()]; ok {
			t.clients[r.key()] = c.asConfirmed(r.made, r.by)
		}
	case eventAdopted, eventLeft, eventDoubted, eventGone, eventImported, eventParted:
		if c, ok := t.clients[r.key()]; ok {
			t.clients[r.key()] = c.after(&r)
		}
	case eventEnded:
		for k, c := range t.clients {
			if r.made != 0 && c.objects.of(r.made) >= 0 || r.made == 0 && !c.confirmed && c.run == r.run {
				t.clients[k] = c.after(&r)
			}
		}
	}
}

// place puts a client or a tombstone where it belongs and removes what it replaces.
func (t *table) place(r *journalLine, into map[key]*journalLine) {
	k := r.key()
	if k.uri != "" {
		delete(t.clients, Name{ClientID: r.ClientID, Endpoint: r.Endpoint}.key()) // the server began to offer management
	}
	for _, uri := range r.former {
		former := key{clientID: r.ClientID, uri: uri}
		delete(t.clients, former)
		delete(t.graves, former)
		delete(t.deleting, former)
		if asking, ok := t.asking[former]; ok {
			delete(t.asking, former)
			t.asking[k] = asking.at(r).with(t.asking[k])
		}
		t.moved[former] = k
	}
	delete(t.moved, k)
	delete(t.clients, k)
	delete(t.graves, k)
	into[k] = r
}

func (t *table) dropIntents(ids []string) {
	for _, id := range ids {
		delete(t.intents, id)
	}
}

// isParted reports whether nobody keeps the client, by a run that ended in order, and no state was seen to have it since.
func (r *journalLine) isParted() bool { return !r.parted.IsZero() }

// since reports whether the line was written after a moment; never where that is not known.
func (r *journalLine) since(seen Moment) bool { return seen != 0 && r.moment > seen }

// keep ends a deletion that came to nothing, and forgets one that was made, up to the line's moment.
func (t *table) keep(kept *journalLine) {
	for _, in := range []map[key]*journalLine{t.deleting, t.graves} {
		if ended := in[kept.key()]; ended != nil && !ended.since(kept.moment) {
			delete(in, kept.key())
		}
	}
}

// at is the line of the same client at another URI.
func (r *journalLine) at(there *journalLine) *journalLine {
	c := *r
	c.RegistrationClientURI, c.Endpoint = there.RegistrationClientURI, there.Endpoint
	return &c
}

// with is one note of two: the requests without an answer of each.
func (r *journalLine) with(other *journalLine) *journalLine {
	if other == nil {
		return r
	}
	c := *r
	c.asking, c.shown, c.secretShown = slices.Concat(r.asking, other.asking), r.shown && other.shown, r.secretShown && other.secretShown
	c.registers = slices.Concat(r.registers, other.registers)
	if other.Time.Before(r.Time) {
		c.Time = other.Time
	}
	return &c
}

// after is the line after what another one tells of it.
func (r *journalLine) after(told *journalLine) *journalLine {
	c := *r
	switch told.event {
	case eventAdopted:
		c.run, c.launcher, c.doubted, c.told, c.objects = told.run, told.launcher, nil, false, r.objects.given(told.made)
	case eventEnded:
		made := told.made // of a client that a state has already; else it is what the run gave the client to
		if last := len(r.objects) - 1; made == 0 && last >= 0 {
			made = r.objects[last].Mark
		}
		c.objects = r.objects.with(made, func(o *object) { o.Ended = true })
	case eventLeft:
		c.objects = r.objects.left(told.made)
	case eventParted:
		c.parted, c.objects = told.Time, r.objects.left(told.made)
	case eventDoubted:
		c.doubted, c.objects = append(slices.Clip(r.doubted), told.made), r.objects.unseen(told.made).with(told.made, func(o *object) { o.Seen = told.by })
	case eventGone:
		c.gone = true
	case eventTold:
		c.told = true
	case eventImported:
		if !r.confirmed {
			c.imported = told.by
		}
		if told.made != 0 { // what was said of a doubt was said before it
			c.imports, c.doubted = r.imports.with(told.made, told.by), nil
		}
	}
	return &c
}

// asConfirmed also drops what only adoption needs, which shortens the line.
func (r *journalLine) asConfirmed(made int64, by string) *journalLine {
	c := *r
	c.confirmed, c.run, c.launcher, c.fingerprint, c.intents, c.told = true, "", "", "", nil, false
	c.objects, c.imported, c.parted = r.objects.seen(made, by, r.imports), "", time.Time{}
	return &c
}

func (t *table) tombstone(c *journalLine, now time.Time) journalLine {
	return journalLine{
		event:  eventDeleted,
		Entry:  Entry{Endpoint: c.Endpoint, ClientID: c.ClientID, RegistrationClientURI: c.RegistrationClientURI, Occasion: OccasionDelete, Time: now},
		former: c.former, moment: t.moment + 1,
	}
}

// find returns the client at a URI it has or had, or, without a URI, the one registered at the endpoint; or nil.
func (t *table) find(of Name) *journalLine { return t.at(t.clients, of) }

// grave returns the tombstone of the client at a URI it had, or nil.
func (t *table) grave(of Name) *journalLine {
	if of.URI == "" {
		return nil
	}
	return t.at(t.graves, of)
}

func (t *table) at(in map[key]*journalLine, of Name) *journalLine {
	k := of.key()
	if found, ok := in[k]; ok {
		return found
	}
	if now, ok := t.moved[k]; ok {
		return in[now]
	}
	return nil
}

// present is the URI to which the client was moved from this one, or this one.
func (t *table) present(of Name) string {
	if now, moved := t.moved[of.key()]; moved {
		return now.uri
	}
	return of.URI
}

// matching is find, but without a URI and an endpoint it returns the client without URI of any endpoint, if there is one only: two servers
// may use one client_id.
func (t *table) matching(of Name) *journalLine {
	if of.URI != "" || of.Endpoint != "" {
		return t.find(of)
	}
	var only *journalLine
	for k, c := range t.clients {
		if k.clientID == of.ClientID && k.uri == "" {
			if only != nil {
				return nil
			}
			only = c
		}
	}
	return only
}

// merge makes the client's new line, after the one that is known of it: what the entry leaves empty keeps its recorded value (an answer that omits a
// credential has not revoked it). A client that the journal did not know counts as confirmed: only Registered knows
// better.
func (t *table) merge(old *journalLine, e Entry, now time.Time) journalLine {
	if e.Time.IsZero() {
		e.Time = now
	}
	previous, tokens, secrets := e.PreviousURI, []secret.String{e.PreviousToken}, []secret.String{e.PreviousSecret}
	e.PreviousURI, e.PreviousToken, e.PreviousSecret, e.Seen, e.Before = "", secret.String{}, secret.String{}, 0, false
	e.ShowsToken, e.ShowsSecret = secret.String{}, secret.String{}
	r := journalLine{event: eventClient, Entry: e, confirmed: true, moment: t.moment + 1}
	former := []string{previous}
	if old != nil {
		// An adoption goes by it. What a later answer was asked for may be known by its issuer alone.
		r.Endpoint = cmp.Or(old.Endpoint, r.Endpoint)
		if r.RegistrationAccessToken.IsEmpty() {
			r.RegistrationAccessToken = old.RegistrationAccessToken
		}
		if r.ClientSecret.IsEmpty() {
			r.ClientSecret = old.ClientSecret
			if r.ClientSecretExpiresAt == nil {
				r.ClientSecretExpiresAt = old.ClientSecretExpiresAt
			}
		}
		r.superseded, r.supersededSecrets = old.superseded, old.supersededSecrets
		tokens, secrets = append(tokens, old.RegistrationAccessToken), append(secrets, old.ClientSecret)
		r.intents, r.fingerprint, r.run, r.launcher, r.confirmed = old.intents, old.fingerprint, old.run, old.launcher, old.confirmed
		r.objects, r.doubted, r.imported, r.imports = old.objects, old.doubted, old.imported, old.imports
		former = append(slices.Clone(old.former), old.RegistrationClientURI, previous)
	}
	if old != nil && old.Given() && old.RegistrationAccessToken.Equal(r.RegistrationAccessToken) {
		r.Unproven = r.Unproven.marked(r.RegistrationAccessToken)
	}
	r.superseded, r.supersededSecrets = r.supersede(r.superseded, tokens), r.supersede(r.supersededSecrets, secrets)
	for _, uri := range former {
		if uri != "" && uri != r.RegistrationClientURI && !slices.Contains(r.former, uri) {
			r.former = append(r.former, uri)
		}
	}
	if more := len(r.former) - keepFormerURIs; more > 0 {
		r.former = r.former[more:]
	}
	return r
}

// known is the line of the client that an entry is of, or nil.
func (t *table) known(e Entry) *journalLine {
	if e.PreviousURI != "" {
		if c := t.find(Name{ClientID: e.ClientID, URI: e.PreviousURI}); c != nil {
			return c
		}
	}
	if c := t.find(e.name()); c != nil {
		return c
	}
	return t.find(Name{ClientID: e.ClientID, Endpoint: e.Endpoint})
}

// supersede adds credentials that are not the present ones to the digests of former ones, and takes out what is in force again.
func (r *journalLine) supersede(former []string, replaced []secret.String) []string {
	present := func(d string) bool {
		return d == digest(r.RegistrationAccessToken) || d == digest(r.ClientSecret)
	}
	// A new slice: the old line's is shared with whoever was handed it.
	kept := slices.DeleteFunc(slices.Clone(former), present)
	for _, credential := range replaced {
		if d := digest(credential); !credential.IsEmpty() && !present(d) && !slices.Contains(kept, d) {
			kept = append(kept, d)
		}
	}
	if more := len(kept) - keepSuperseded; more > 0 {
		kept = append(kept[:1:1], kept[1+more:]...) // an import that is planned again and again is given the first one each time
	}
	return kept
}

func (t *table) len() int {
	return len(t.clients) + len(t.graves) + len(t.deleting) + len(t.asking) + len(t.intents)
}

// expire drops what has been kept for long enough.
func (t *table) expire(now time.Time) {
	old := func(_ key, r *journalLine) bool { return now.Sub(r.Time) >= keepTombstones }
	maps.DeleteFunc(t.graves, old)
	maps.DeleteFunc(t.deleting, old)
	maps.DeleteFunc(t.clients, func(_ key, r *journalLine) bool { return r.isParted() && now.Sub(r.parted) >= keepParted })
	// A request whose answer was lost may have replaced the credentials of a client however long ago it was.
	maps.DeleteFunc(t.asking, func(k key, r *journalLine) bool { return now.Sub(r.Time) >= keepIntents && t.clients[k] == nil })
	maps.DeleteFunc(t.intents, func(_ string, r *journalLine) bool { return now.Sub(r.Time) >= keepIntents })
}

func (t *table) sortedClients() []*journalLine { return sorted(slices.Collect(maps.Values(t.clients))) }
func (t *table) sortedIntents() []*journalLine { return sorted(slices.Collect(maps.Values(t.intents))) }

// all returns one line per client, tombstone, deletion under way and intent: what a compacted file holds.
func (t *table) all() []*journalLine {
	return slices.Concat(t.sortedIntents(), sorted(slices.Collect(maps.Values(t.graves))), t.sortedClients(),
		sorted(slices.Collect(maps.Values(t.deleting))), sorted(slices.Collect(maps.Values(t.asking))))
}

func sorted(records []*journalLine) []*journalLine {
	slices.SortFunc(records, func(a, b *journalLine) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ClientID, b.ClientID),
			strings.Compare(a.RegistrationClientURI, b.RegistrationClientURI),
			strings.Compare(a.Endpoint, b.Endpoint), slices.Compare(a.intents, b.intents))
	})
	return records
}
