// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// State is what a caller has saved of a client, and passes to each operation.
type State struct {
	Place      Place
	Handle     reconcile.Handle
	Record     reconcile.Record
	Registered metadata.Document // as the server last showed the client
	// SecretUnstored: the caller saves and gives out no client secret, so that a doubtful one is nothing to tell of. Each read would tell it anew.
	SecretUnstored bool
	// Looks: nobody here has the client, as where a data source looks at it.
	Looks bool
}

// Snapshot is what an operation hands out to be saved. It may hand out several; each is complete, and the last one counts. An
// operation hands out the first as soon as it holds credentials that the caller does not have, before anything that can fail.
type Snapshot struct {
	Handle     reconcile.Handle
	Record     reconcile.Record
	Registered metadata.Document // nil: as saved before
	Values     metadata.Document // of the managed members, after a read or an update that is refused and stands; nil: as saved before
	Applied    bool              // the values that were asked for are in force; without it, an update keeps the old ones
	Rotated    bool              // but for rotate_secret_when, whose secret was issued
}

// Client is one client during one operation. It keeps the credentials that are in force, tries those that were handed in or are in
// the journal where the state's are refused, and writes what an answer changes to the journal before anything else happens.
type Client struct {
	Server     *Server
	Place      Place
	Handle     reconcile.Handle
	Record     reconcile.Record
	Registered metadata.Document
	Problems   []outcome.Problem

	Fresh         bool              // the client secret was issued in this operation
	AskedFor      metadata.Document // by the registration that is under way
	Endpoint      string            // registration endpoint, where it was looked up
	Journal       *journal.Journal
	journalErr    error // why the configured journal cannot be used
	journalUnread bool  // it could not be read once in this operation

	secretUnstored                  bool            // State.SecretUnstored
	looks                           bool            // State.Looks
	stateURI                        string          // the client configuration endpoint that the caller has
	replaced                        []secret.String // tokens and secrets that this operation has seen replaced
	waited                          bool            // the record asked for a read, which this operation makes
	registers                       bool            // the request that is noted is a registration in the client's place
	triesRefused                    bool            // an earlier operation saw a secret refused, perhaps by a replica that lags: it is tried once more
	refresh                         string          // its setting, where this operation has it
	hiding                          int             // reads of this operation that showed no secret, where it was not known that none does
	secretDoubted                   bool            // what reads do to the secret was learnt from an answer that has another reading
	withheld                        bool            // the last read, on a server whose reads replace a credential, showed no new one
	handedInRefused, handedInOthers bool            // the server refused the token that was handed in, or answered it with another client, whose token it is
	entryTold, entryOfBefore        bool            // the answer to the handed-in one is told (EntryTold), or one that was handed in before got such an answer (EntryOfBefore)
	unreadable                      int             // how many answers in turn said that it has no reads
	away                            bool            // the request goes to an address that no read has proved
	tokenShown                      bool            // an answer of this operation showed the token that is in force

	imports    bool                // the operation imports the client
	madeBefore map[clientKey]int64 // what another registration of this run noted that was answered with this client; 0 for none
	// shownAt is where a read of this operation showed the client; "" where none did, or an update was made since.
	shownAt     string
	templateURI string         // where the user's template has the client asked for, which no answer named
	knownBy     reconcile.Home // the server that was seen in this operation to know the client by its name (withholds)
	// moved is where a redirect led from a client configuration endpoint to the client: what a read found there, an update finds, too.
	moved struct{ from, to string }

	// lent is what was known before this operation took what another object of the client has and put an address aside, and with that; nil for none.
	lent struct {
		before *reconcile.Credentials
		with   reconcile.Credentials
	}

	// MustKeep: no request is sent whose answer may replace credentials and could not be kept, since the journal cannot be written now.
	MustKeep bool

	// asked is the request that this operation has noted in the journal and that is not over yet; the zero value for none.
	asked journal.Request
	// answered is what is known of the request that is under way, for what its answer settles.
	answered reconcile.Answered
	// attemptLost: one of the attempts of the request that is under way may have replaced something, and its answer is missing.
	attemptLost bool

	seen      journal.Moment // up to where the journal is known, for what an answer leads to
	begun     journal.Moment // up to where it was known before the request that is answered
	overtaken bool           // what the journal has since is newer than the answer, of which nothing is taken then

	// shows are the token and the secret of the answer that is being taken, as long as what it proves is recorded and these are not yet.
	shows reconcile.Handle

	// Deletion is when a deletion was about to be sent whose outcome the journal does not know; zero for none.
	Deletion time.Time
	// DeletionCounts: the noted deletion may have been made. It is false only while this operation's own, refused one is judged.
	DeletionCounts bool
	// Acknowledged: the server has just acknowledged a deletion, so that its next answer is not the only one that says the client is gone.
	Acknowledged bool
	// OwnDeletion is what became of the deletion whose outcome is judged.
	OwnDeletion reconcile.OwnDeletion
}

// Client begins an operation on a client, with credentials that an earlier operation kept back from the attributes.
func (s *Server) Client(state State) *Client {
	c := &Client{
		Server: s, Place: state.Place, Handle: state.Record.Pending.Apply(state.Handle), Record: state.Record, Registered: state.Registered,
		DeletionCounts: true, waited: state.Record.Unread, triesRefused: !state.Record.Unproven.RefusedSecret.IsEmpty(),
		secretUnstored: state.SecretUnstored, looks: state.Looks, stateURI: state.Handle.RegistrationClientURI,
	}
	c.Record.Pending = nil
	if state.Looks {
		s.holders.note(&s.holders.looked, c.names())
	} else {
		s.Claim(c)
	}
	s.hide(c.Handle, c.Record.Unproven.Secrets())
	s.HideSensitive(c.Registered, c.Record.Agreed.Asked())
	c.noteReads()
	c.Journal, c.journalErr = s.openJournal()
	if c.journalErr != nil {
		c.Warn(outcome.Problem{Kind: outcome.JournalUnusable, Attribute: "token_journal", Err: c.journalErr})
	}
	return c
}

// key is the client by the one name of the configured server that needs no request. Who looks at a client of another server without its record has no other.
func (s *Server) key(c *Client) clientKey { return clientKey{s.identify(c.Place), c.Handle.ClientID} }

// homeKey is the client at its own server, as its record names that.
func (s *Server) homeKey(c *Client) clientKey {
	if home := c.Record.Home; home.Relation(s.named(c.Place), "") == reconcile.HomeOther {
		return clientKey{cmp.Or(home.RegistrationEndpoint, home.Issuer), c.Handle.ClientID}
	}
	return s.key(c)
}

// names are what a client is known by without a request: its client_id at each name of its server, and beside its credentials, since that may have got another name.
func (c *Client) names() (keys []clientKey) {
	servers := serverNames(c.Record.Home, c.Server.named(c.Place), c.Server.homeKey(c).server, c.Endpoint, c.Handle.RegistrationClientURI)
	for _, server := range append(servers, c.issuedBy()...) {
		if key := (clientKey{server, c.Handle.ClientID}); server != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// issuedBy stands for whoever issued the client's credentials, as no other server has. A secret that the configuration chose may be at several, and an import does
// not know who chose it.
func (c *Client) issuedBy() (names []string) {
	credentials := []secret.String{c.Handle.RegistrationAccessToken, c.Handle.ClientSecret}
	if c.imports {
		credentials = credentials[:1]
	}
	for _, credential := range credentials {
		if secret.Usable(credential.Reveal()) && !chosen(credential, c.AskedFor, c.Record.Agreed) {
			names = append(names, digest(credential))
		}
	}
	return names
}

// Claim notes that a resource of this run has the client, and reports whether one had it before.
func (s *Server) Claim(c *Client) bool {
	if c.Handle.ClientID == "" {
		return false
	}
	return s.holders.note(&s.holders.claimed, c.names())
}

// answerMissing reports whether a request of this run has no answer that may have replaced the client's credentials.
func (c *Client) answerMissing() bool {
	return c.Record.Unanswered || c.Server.requests.missing(c.Server.key(c))
}

// Manages reports whether there is anything to manage a client with: the server's offer, unless management = "none" turns it down.
func (s *Server) Manages(h reconcile.Handle) bool {
	return h.RegistrationClientURI != "" && s.settings.Management != ManagementNone
}

// Managed reports whether there is anything to manage the client with.
func (c *Client) Managed() bool { return c.Server.Manages(c.Handle) }

// ByProvider reports whether the provider's credentials manage the client, rather than its registration access token.
func (c *Client) ByProvider() bool {
	switch c.Server.settings.Management {
	case ManagementProvider:
		return true
	case ManagementToken:
		return false
	}
	return c.Handle.RegistrationAccessToken.IsEmpty() && c.handedIn().IsEmpty()
}

// TokensUnused reports whether no token of the client's is used, whoever has one.
func (c *Client) TokensUnused() bool { return c.Server.settings.Management == ManagementProvider }

// handedIn is the token that the provider's configuration has for the client, by its address or by its client_id. Two servers may both have a client "1": a
// client_id is one of the provider's server, where the configuration names one.
func (c *Client) handedIn() secret.String {
	if token, ok := c.handedInByAddress(); ok {
		return token
	}
	if c.Server.namesOurs(c.Place) == reconcile.HomeOther {
		return secret.String{}
	}
	return c.Server.settings.RegistrationAccessTokens[c.Handle.ClientID]
}

// handedInByAddress goes by the address in force and by the state's, which the journal may know to be left. One that an answer named and no read has proved may
// be another client's, and the token that client's. So may the state's be, where it does not name the client and the one in force does.
func (c *Client) handedInByAddress() (secret.String, bool) {
	now, id := c.Handle.RegistrationClientURI, c.Handle.ClientID
	for _, uri := range []string{now, c.stateURI} {
		if uri != now && reconcile.IsClientsOwn(now, id) && !reconcile.IsClientsOwn(uri, id) {
			continue
		}
		if token, ok := c.Server.settings.RegistrationAccessTokens[uri]; ok && uri != "" {
			return token, true
		}
	}
	return secret.String{}, false
}

// handedInUnnamed reports whether the token that was handed in is one that only a read can tell to be this client's.
func (c *Client) handedInUnnamed() bool {
	token, ok := c.handedInByAddress()
	return ok && c.unproved(token)
}

// unproved reports whether only a read can tell that a token is this client's. A server may have one address for all of its clients, which it tells apart by
// their tokens (RFC 7592 §2): at an address that does not name the client, one that was handed in may be another client's, which a deletion with it would delete.
// Where there are no reads, a token that was handed in by the client_id is taken at the user's word.
func (c *Client) unproved(token secret.String) bool {
	h := c.Handle
	if token.IsEmpty() || token.Equal(h.RegistrationAccessToken) || reconcile.IsClientsOwn(h.RegistrationClientURI, h.ClientID) {
		return false
	}
	if slices.ContainsFunc(c.Credentials().Tokens(), token.Equal) && !c.isHandedIn(token) {
		return false // an answer showed it, whatever the settings have
	}
	if at, ok := c.handedInByAddress(); ok && token.Equal(at) {
		return true
	}
	return c.readable() && (token.Equal(c.handedIn()) || c.isHandedIn(token))
}

// readable reports whether a read may tell whose a token is. Where one has shown the client, what says that there are none may be a front end's, and so may one such
// answer where nothing is known.
func (c *Client) readable() bool {
	if c.Record.ShownAt != "" {
		return true
	}
	return c.unreadable < 2 && c.Record.Capabilities.Read != reconcile.CapabilityNo
}

// isHandedIn reports whether a token that waits came from the user, and from no answer about this client.
func (c *Client) isHandedIn(token secret.String) bool {
	return slices.Contains(c.Record.Unproven.HandedIn, digest(token))
}

// heldBack reports whether a token is not for the request: only a read tells whose it is, and where the client's address does not name it, at that address alone.
func (c *Client) heldBack(token secret.String, changes bool) bool {
	at, _ := c.handedInByAddress()
	return (changes || c.away && token.Equal(at)) && c.unproved(token)
}

// TokenHandedIn reports whether the token in force is the one that the provider's configuration has, or had when it was saved.
func (c *Client) TokenHandedIn() bool {
	return !c.Handle.RegistrationAccessToken.IsEmpty() && c.Record.HandedIn == digest(c.Handle.RegistrationAccessToken)
}

// TokenKey is the name by which registration_access_tokens has the token of a client, as far as names tell: nothing is asked. Its client_id does where the
// client is of the provider's server. By its address, a token is for any server's client, but changes none before a read where the address does not name it.
func (s *Server) TokenKey(state State) string {
	h, home, ours := state.Handle, state.Record.Home, s.namesOurs(state.Place)
	there := home.Relation(s.named(state.Place), "")
	unnamed := !reconcile.IsClientsOwn(h.RegistrationClientURI, h.ClientID)
	switch {
	case !unnamed && (!s.TokenByAddress(h.RegistrationClientURI).IsEmpty() || there == reconcile.HomeSame && !home.IsNamed(s.named(state.Place), h.RegistrationClientURI)):
		return h.RegistrationClientURI // it goes before one by client_id, which would be in vain, or may be for another server's client
	case h.RegistrationClientURI != "" && home.IsKnown() && !s.named(state.Place).IsKnown() && s.settings.WebFingerResource == "":
		return h.RegistrationClientURI // no server is named whose clients the client_ids are of
	case h.RegistrationClientURI == "", ours == reconcile.HomeSame && there == reconcile.HomeSame && unnamed:
		return NameOf(h)
	case ours != reconcile.HomeOther && there != reconcile.HomeOther && unnamed && state.Record.Capabilities.Read == reconcile.CapabilityNo:
		return NameOf(h)
	case there == reconcile.HomeOther, !state.Place.IsEmpty(), !home.IsKnown() && s.namedFar(h):
		return h.RegistrationClientURI
	}
	return NameOf(h)
}

// tokenKey is TokenKey, also by what this operation has seen of the reads that tell whose a token is.
func (c *Client) tokenKey() string {
	if _, ok := c.handedInByAddress(); ok && reconcile.IsClientsOwn(c.Handle.RegistrationClientURI, c.Handle.ClientID) {
		return c.Handle.RegistrationClientURI // also where that one is by the address of before
	}
	record := c.Record
	if !c.readable() || c.unreadable > 0 && record.ShownAt == "" { // which a second answer will tell
		record.Capabilities.Read = reconcile.CapabilityNo
	}
	return c.Server.TokenKey(State{Place: c.Place, Handle: c.Handle, Record: record})
}

// namedFar reports whether a client's address is none of the provider's server, as far as the settings name that one.
func (s *Server) namedFar(h reconcile.Handle) bool {
	ours := s.named(Place{})
	return (ours.IsKnown() || s.settings.WebFingerResource != "") && !s.reaches(Target{Issuer: ours.Issuer, RegistrationEndpoint: ours.RegistrationEndpoint}, h)
}

// Report keeps a problem for the outcome of the operation.
func (c *Client) Report(p outcome.Problem) {
	if p.ClientID == "" {
		p.ClientID = NameOf(c.Handle)
	}
	if p.TokenKey == "" && p.ClientID == NameOf(c.Handle) {
		p.TokenKey = c.tokenKey()
	}
	if p.AddressFirst == "" {
		p.AddressFirst = c.Server.AddressFirst(c.Handle, p.TokenKey)
	}
	p.NeverRead = p.NeverRead || c.refresh == RefreshNever
	p.OwnPlace = p.OwnPlace || !p.Importing && !c.Place.IsEmpty()
	p.Abroad = c.Record.Home.Relation(c.Server.named(c.Place), "") == reconcile.HomeOther
	c.Problems = append(c.Problems, p)
}

// Warn reports a problem that ends nothing.
func (c *Client) Warn(p outcome.Problem) {
	p.Warning = true
	c.Report(p)
}

// Outcome is what there is to tell of the operation so far.
func (c *Client) Outcome() outcome.Outcome { return outcome.Outcome{Problems: c.Problems} }

// Snapshot is the client as it is known now. registered and the values are as saved before.
func (c *Client) Snapshot() Snapshot {
	c.noteReads()
	return Snapshot{Handle: c.Handle, Record: c.Record}
}

// Credentials is what a decision on the client's credentials begins with.
func (c *Client) Credentials() reconcile.Credentials {
	return reconcile.Credentials{
		Known: c.Handle, Unproven: c.Record.Unproven, Facts: c.Record.Facts, Fresh: c.Fresh, TokenIdle: !c.tokenShown && c.ByProvider(),
	}
}

// writtenLately reports whether the client was registered or updated a moment ago.
func (c *Client) writtenLately() bool {
	return c.Record.WrittenAt != 0 && reconcile.MayLag(time.Unix(c.Record.WrittenAt, 0), c.Server.clock.Now())
}

// NoteWritten keeps when the server answered a registration or an update.
func (c *Client) NoteWritten(at time.Time) { c.Record.WrittenAt = at.Unix() }

// underWay is how many requests this operation has noted in the journal that are not over yet.
func (c *Client) underWay() int {
	if c.asked == (journal.Request{}) {
		return 0
	}
	return 1
}

// HasSecret reports whether the client has a client secret, which may be saved nowhere: an answer that issues one says when it
// expires (RFC 7591 §3.2.1).
func (c *Client) HasSecret() bool {
	return !c.Handle.ClientSecret.IsEmpty() || UsesSecret(c.Registered) && c.Handle.ClientSecretExpiresAt != nil
}

// noteReads keeps for this run what is known of the client's reads, from its record or from this very operation, also that nothing is: what the same
// configuration has look at the client afterwards, an ephemeral resource or a data source, has no record of it.
func (c *Client) noteReads() {
	uri, id, facts, saidNone := c.Handle.RegistrationClientURI, c.Handle.ClientID, c.Record.Facts, c.Record.Capabilities.Read == reconcile.CapabilityNo
	switch {
	case c.looks && facts.ReadRotates():
		c.Server.reads.rotated(uri, id, facts)
	case c.looks, c.Registered == nil && !facts.ReadRotates(): // an import knows nothing before its first answer, which tells
	case !facts.ReadRotates() && !c.Managed():
		c.Server.reads.forget(uri, id)
	default:
		c.Server.reads.note(uri, id, reconcile.ReadQuestion{Refresh: reconcile.Refresh(c.refresh), Facts: facts, HasSecret: c.HasSecret(), HasToken: !c.ByProvider(), NoReads: saidNone})
	}
}
