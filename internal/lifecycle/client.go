// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// State is what a caller has saved of a client, and passes to each operation.
type State struct {
	Place      Place
	Handle     reconcile.Handle
	Record     reconcile.Record
	Registered metadata.Document // as the server last showed the client
}

// Snapshot is what an operation hands out to be saved. It may hand out several; each is complete, and the last one counts. An
// operation hands out the first as soon as it holds credentials that the caller does not have, before anything that can fail.
type Snapshot struct {
	Handle     reconcile.Handle
	Record     reconcile.Record
	Registered metadata.Document // nil: as saved before
	Values     metadata.Document // of the managed members, after a read; nil: as saved before
	Applied    bool              // the values that were asked for are in force; without it, an update keeps the old ones
}

// Client is one client during one operation. It keeps the credentials that are in force, tries those that were handed in or are in
// the journal where the state's are refused, and writes what an answer changes to the journal before anything else happens.
type Client struct {
	server     *Server
	place      Place
	handle     reconcile.Handle
	record     reconcile.Record
	registered metadata.Document
	problems   []Problem

	fresh      bool   // the client secret was issued in this operation
	endpoint   string // registration endpoint, where it was looked up
	journal    *journal.Journal
	journalErr error // why the configured journal cannot be used

	replaced        []secret.String // tokens and secrets that this operation has seen replaced
	waited          bool            // the record asked for a read, which this operation makes
	triesRefused    bool            // an earlier operation saw a secret refused, perhaps by a replica that lags: it is tried once more
	secretDoubted   bool            // what reads do to the secret was learnt from an answer that has another reading
	handedInRefused bool            // the server refused the token that was handed in

	// moved is where a redirect led from a client configuration endpoint to the client: what a read found there, an update finds, too.
	moved struct{ from, to string }

	// deletion is when a deletion was about to be sent whose outcome the journal does not know; zero for none.
	deletion time.Time
	// deletionCounts: the noted deletion may have been made. It is false only while this operation's own, refused one is judged.
	deletionCounts bool
}

// client begins an operation on a client, with credentials that an earlier operation kept back from the attributes.
func (s *Server) client(state State) *Client {
	c := &Client{
		server: s, place: state.Place, handle: state.Record.Pending.Apply(state.Handle), record: state.Record, registered: state.Registered,
		deletionCounts: true, waited: state.Record.Unread, triesRefused: !state.Record.Unproven.RefusedSecret.IsEmpty(),
	}
	c.record.Pending = nil
	s.claim(c)
	s.scrubber.Add(c.handle.RegistrationAccessToken, c.handle.ClientSecret)
	s.scrubber.Add(c.record.Unproven.Secrets()...)
	if c.record.Facts.ReadRotates() {
		s.noteRotating(c.handle.RegistrationClientURI, c.record.Facts)
	}
	c.journal, c.journalErr = s.openJournal()
	if c.journalErr != nil {
		c.warn(Problem{Kind: JournalUnusable, Attribute: "token_journal", Err: c.journalErr})
	}
	return c
}

// clientKey is a client at a server: two servers may both have a client "1".
type clientKey struct{ server, clientID string }

func (s *Server) key(c *Client) clientKey { return clientKey{s.identify(c.place), c.handle.ClientID} }

// claim notes that a resource of this run has the client, and reports whether one had it before.
func (s *Server) claim(c *Client) bool {
	if c.handle.ClientID == "" {
		return false
	}
	_, before := s.claimed.LoadOrStore(s.key(c), true)
	return before
}

// release notes that no resource of this run has the client any more.
func (s *Server) release(c *Client) {
	s.claimed.Delete(s.key(c))
	s.refusals.Delete(s.key(c))
}

// Manages reports whether there is anything to manage a client with: the server's offer, unless management = "none" turns it down.
func (s *Server) Manages(h reconcile.Handle) bool {
	return h.RegistrationClientURI != "" && s.settings.Management != ManagementNone
}

func (c *Client) managed() bool { return c.server.Manages(c.handle) }

// byProvider reports whether the provider's credentials manage the client, rather than its registration access token.
func (c *Client) byProvider() bool {
	switch c.server.settings.Management {
	case ManagementProvider:
		return true
	case ManagementToken:
		return false
	}
	return c.handle.RegistrationAccessToken.IsEmpty() && c.handedIn().IsEmpty()
}

// handedIn is the token that the provider's configuration has for the client.
func (c *Client) handedIn() secret.String {
	return c.server.settings.RegistrationAccessTokens[c.handle.ClientID]
}

func (c *Client) report(p Problem) {
	if p.ClientID == "" {
		// Of a client that is imported by its URI, nothing else is known yet; registration_access_tokens takes that name, too.
		p.ClientID = cmp.Or(c.handle.ClientID, namedBy(c.handle.RegistrationClientURI))
	}
	c.problems = append(c.problems, p)
}

func (c *Client) warn(p Problem) {
	p.Warning = true
	c.report(p)
}

func (c *Client) outcome() Outcome { return Outcome{Problems: c.problems} }

// snapshot is the client as it is known now. registered and the values are as saved before.
func (c *Client) snapshot() Snapshot { return Snapshot{Handle: c.handle, Record: c.record} }

func (c *Client) credentials() reconcile.Credentials {
	return reconcile.Credentials{Known: c.handle, Unproven: c.record.Unproven, Facts: c.record.Facts, Fresh: c.fresh}
}

// noteRotating keeps for this run what reads at a client configuration endpoint do to the client's credentials.
func (s *Server) noteRotating(uri string, learnt reconcile.Facts) { s.rotating.Store(uri, learnt) }

// costsCredentials reports whether a read whose result no state keeps is known to cost the client a credential.
func (c *Client) costsCredentials() bool {
	learnt, ok := c.server.rotating.Load(c.handle.RegistrationClientURI)
	if !ok {
		return false
	}
	may, _ := reconcile.ReadQuestion{
		Refresh: reconcile.Refresh(c.server.settings.Behaviour.Refresh), Facts: learnt.(reconcile.Facts), HasToken: true, Journal: c.journal != nil,
	}.ReadInRefresh()
	return !may
}
