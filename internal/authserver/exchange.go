// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// candidates returns the credentials to try, in order, with a request that changes the client or reads it.
func (c *Client) candidates(ctx context.Context, journaled secret.String, changes bool) ([]candidate, error) {
	if c.ByProvider() {
		return c.providerCandidates(ctx, journaled)
	}
	if len(c.Server.settings.Transport.Headers) > 0 {
		// Whether the extra headers go along depends on where the registration endpoint is. Where it cannot be found, they stay
		// at home, and the token alone may do.
		_, _ = c.Server.Locate(ctx, c.Place)
	}
	var queue, waiting, out []candidate
	for _, token := range c.Credentials().Tokens() {
		switch next := bearer(token, outcome.FromState); {
		case c.heldBack(token, changes):
		case c.isHandedIn(token) && !token.Equal(c.Handle.RegistrationAccessToken):
			waiting = append(waiting, next) // after the client's own: it may be another's, which servers end that see it here
		default:
			queue = append(queue, next)
		}
	}
	handedIn := c.handedIn()
	if !handedIn.IsEmpty() && (!c.handedInHere(ctx) || c.heldBack(handedIn, changes)) {
		handedIn = secret.String{} // it is for the client of that name at the provider's server, or may be for another one at that address
	}
	known, asked := c.Handle.RegistrationAccessToken, false
	for _, token := range slices.Concat(queue, []candidate{bearer(handedIn, outcome.FromSettings)}, waiting, []candidate{bearer(journaled, outcome.FromJournal)}) {
		if token.token.IsEmpty() || tried(out, token.token) {
			continue
		}
		// Some servers end all where a token of the time before shows up: one wrong refusal of a newer one must not lead there.
		if len(out) == 1 && token.token.Equal(known) {
			out = append(out, out[0])
		}
		if !asked && tried(out, known) && c.isFormer(token.token) {
			out, asked = append(out, bearer(known, outcome.FromState)), true
		}
		out = append(out, token)
	}
	if len(out) == 0 {
		return nil, c.noToken(ctx)
	}
	return out, nil
}

// isFormer reports whether a token was replaced or refused before, and is kept for replicas that lag and servers that were restored.
func (c *Client) isFormer(token secret.String) bool {
	return token.Equal(c.Record.Unproven.FormerToken) || token.Equal(c.Record.Unproven.RefusedToken)
}

var errOtherOrigin = errors.New("are not sent to the client configuration endpoint")

// NeverSent reports whether a request failed because the provider's own credentials are not for the place that it was to go to. No later
// one will be sent there, as long as the configuration stays.
func NeverSent(err error) bool { return errors.Is(err, errOtherOrigin) || errors.Is(err, errElsewhere) }

// NeverByProvider reports whether the provider's own credentials are not for the place where the client is.
func (c *Client) NeverByProvider(ctx context.Context) bool {
	_, err := c.providerCandidate(ctx)
	return NeverSent(err)
}

var errElsewhere = errors.New("the provider's own credentials are for the server that is configured, and are not sent to another one")

// providerCandidates are the provider's own credentials, and after them what the journal has of the client where no state has a token, as in an import: credentials
// to register clients with need not manage them.
func (c *Client) providerCandidates(ctx context.Context, journaled secret.String) ([]candidate, error) {
	own, err := c.providerCandidate(ctx)
	if journaled.IsEmpty() || !c.Handle.RegistrationAccessToken.IsEmpty() || c.Server.settings.Management != ManagementAuto || err != nil && !NeverSent(err) {
		return own, err
	}
	if err != nil {
		own = nil // they are not for this place
	}
	return append(own, bearer(journaled, outcome.FromJournal)), nil
}

// providerCandidate returns the provider's own credentials, which are for the provider's server only.
func (c *Client) providerCandidate(ctx context.Context) ([]candidate, error) {
	t, problem := c.Server.Locate(ctx, c.Place)
	if problem != nil {
		return nil, problem
	}
	relation := c.relation(ctx)
	if relation == reconcile.HomeOther {
		// Two realms of one host are two servers.
		return nil, fmt.Errorf("%w: the client was registered at %s", errElsewhere, redact.URL(cmp.Or(c.Record.Home.Issuer, c.Record.Home.RegistrationEndpoint)))
	}
	home := t.RegistrationEndpoint
	if home == "" && t.Metadata != nil && t.Metadata.Incomplete != nil { // the part that is missing may name the client's place
		return nil, &outcome.Problem{Kind: outcome.NotDiscovered, Err: t.Metadata.Incomplete, OwnPlace: t.Own}
	}
	if home == "" {
		home = t.Issuer // registration was switched off since
	}
	if !origin.Same(home, c.Handle.RegistrationClientURI) {
		return nil, fmt.Errorf("the provider's credentials are for %s and %w at %s",
			origin.Of(home), errOtherOrigin, origin.Of(c.Handle.RegistrationClientURI))
	}
	if relation == reconcile.HomeUnknown && !c.Server.reaches(t, c.Handle) {
		return nil, fmt.Errorf("%w: %s is not where that server, %s, has its clients", errElsewhere, redact.URL(c.Handle.RegistrationClientURI), redact.URL(cmp.Or(t.Issuer, t.RegistrationEndpoint)))
	}
	if !c.Server.hasThere(t, c.Record.Home, c.Handle) {
		return nil, fmt.Errorf("%w: the client is not at %s", errElsewhere, redact.URL(t.RegistrationEndpoint))
	}
	auth, err := c.Server.RegistrationAuth(ctx, t, secret.String{})
	if err == nil && t.Foreign {
		// Nor is anything asked without them: a refusal would be taken for the client's.
		err = fmt.Errorf("%w: %s", errElsewhere, redact.URL(cmp.Or(t.Issuer, t.RegistrationEndpoint)))
	}
	return []candidate{{auth: auth}}, err
}

// exchange makes a request with the state's credential and, as long as the server refuses the credential, with the next ones. All
// of them go to this client's own URI: servers revoke a token that shows up at another client's.
func (c *Client) exchange(ctx context.Context, changes bool, request func(context.Context, transport.Authorizer) error) error {
	ctx, done := c.Server.WithGrace(ctx)
	defer done()
	journaled := c.ApplyJournal(ctx)
	c.begun = c.seen
	queue, err := c.candidates(ctx, journaled, changes)
	if err != nil {
		return err
	}
	c.entryTold, c.entryOfBefore = false, false
	var told refusals
	for i := 0; i < len(queue); i++ {
		next := queue[i]
		c.overtaken, c.shows = false, reconcile.Handle{}
		err := request(ctx, next.auth)
		c.attemptLost = c.attemptLost || err != nil && !replacedNothing(err)
		if !c.refuses(next, err) {
			another := c.handedInAfter(queue, i, err)
			if c.mayBeStale(next, err) {
				if rest := c.besides(ctx, queue, i, another >= 0); len(rest) > 0 {
					told.knownRefused(err, next)
					queue = append(queue[:i+1:i+1], rest...)
					continue
				}
			}
			if another >= 0 {
				told.note(c, err, next)
				i = another - 1
				continue
			}
			if told.first != nil && Answered(err) && (len(told.tokens) == 0 || told.stale && !dcr.MaybeProcessed(err)) {
				return told.first // the other token makes no difference, so that nothing is learnt of it
			}
			c.accepted(ctx, next, told.tokens, err)
			return err
		}
		// That there is no such operation is said whatever the token.
		if next.source == outcome.FromSettings && ClassOf(reconcile.OperationRead, err) != reconcile.AnswerUnsupported && !outweighs(err, told.first) {
			c.handedInRefused, c.handedInOthers = true, ofOtherClient(err)
		}
		told.refused(c, err, next)
		if token, shown := c.told(queue, changes); shown && !next.token.IsEmpty() {
			// The refusal itself told another token: nothing else has it.
			queue = append(queue, bearer(token, outcome.FromRefusal))
		}
		if i == len(queue)-1 {
			queue = append(queue, c.newer(ctx, queue, true)...)
		}
	}
	return told.first
}

// ofOtherClient reports whether an answer shows another client than the one that was asked for.
func ofOtherClient(err error) bool {
	de, ok := errors.AsType[*dcr.Error](err)
	return ok && de.OtherClient
}

// handedInAfter returns where in the queue a token is that was handed in and not tried yet, if the answer to an earlier one may be about
// that one: servers refuse a token with 403, with 400, with 404 or by an error of their own. It is -1 where nothing is to be tried. A
// refusal of a body says nothing about the token, and a deletion that was answered with 5xx may have been made. A setting that was left
// in place is older than what the server issued since, and some servers revoke all where an old token shows up. After an answer that is no 4xx, or a
// rate limit, no token is tried of which only a read can tell whose it is: that read might replace another client's token.
func (c *Client) handedInAfter(queue []candidate, at int, err error) int {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Status == 0 || c.Record.HandedIn == digest(c.handedIn()) {
		return -1
	}
	if refuses := de.Status >= 400 && de.Status <= 499 && !RateLimited(err); !refuses && c.unproved(c.handedIn()) {
		return -1
	}
	if de.Operation != dcr.Read && !(de.Operation == dcr.Delete && de.Forbidden()) {
		return -1
	}
	for i := at + 1; i < len(queue); i++ {
		if queue[i].source == outcome.FromSettings {
			return i
		}
	}
	return -1
}

// accepted takes the credential of a request that was not refused for it.
func (c *Client) accepted(ctx context.Context, used candidate, refused []secret.String, err error) {
	marked := c.isHandedIn(used.token)
	kept := marked && !used.token.Equal(c.Handle.RegistrationAccessToken) // for later, by the user's word
	if err == nil && marked {
		c.Record.Unproven.HandedIn = slices.DeleteFunc(slices.Clone(c.Record.Unproven.HandedIn), func(m string) bool { return m == digest(used.token) })
	}
	switch {
	case err != nil:
		// Whether this token is good is not known: the known one may just have met a wrong refusal.
	case !kept && used.source == outcome.FromState || used.source == outcome.FromRefusal:
		c.worked(ctx, used.token, refused)
	default:
		if used.source == outcome.FromSettings {
			c.Record.HandedIn = digest(used.token)
		}
		before := c.Handle.RegistrationAccessToken
		given := c.Credentials().TokenGiven(used.token)
		c.Handle, c.Record.Unproven = given.Known, given.Unproven
		if before.Equal(c.handedIn()) { // for an import, and no answer showed it
			c.Record.Unproven.HandedIn = marksOf(given.Tokens(), append(slices.Clone(given.Unproven.HandedIn), digest(before))...)
		}
		if used.source != outcome.FromState { // of which it was told when it was kept
			c.tellReplaced(used, before, before.IsEmpty() && len(refused) == 0)
		}
		c.journalHandedIn(ctx, used, kept, before)
		return
	}
	if used.source == outcome.FromRefusal {
		c.Warn(outcome.Problem{Kind: outcome.TokenReplaced, Source: used.source, Looked: c.looks})
	}
}

// Request makes one exchange at the client configuration endpoint and saves the credentials that a refusal carries. Those of an answer that shows the
// client are for the caller to save. What the answer proves is recorded before.
func (c *Client) Request(ctx context.Context, occasion reconcile.Occasion, send func(context.Context, transport.Authorizer) (*dcr.Registration, error)) error {
	return c.exchange(ctx, occasion == reconcile.FromUpdate, func(ctx context.Context, auth transport.Authorizer) error {
		answer, err := send(ctx, auth)
		if err == nil && answer != nil {
			c.shows = c.wouldTake(answer, occasion)
		}
		var de *dcr.Error
		if errors.As(err, &de) {
			c.saveCredentials(ctx, de.Credentials, reconcile.FromRefusal)
		}
		return err
	})
}

// Get asks for the client's registration (RFC 7592 §2.1) and saves its credentials.
func (c *Client) Get(ctx context.Context, occasion reconcile.Occasion) (answer *dcr.Registration, err error) {
	err = c.noted(ctx, c.Record.Facts.ReadMayRotate(), func() (err error) {
		answer, err = c.getAndSave(ctx, occasion)
		return err
	})
	return answer, err
}

func (c *Client) getAndSave(ctx context.Context, occasion reconcile.Occasion) (answer *dcr.Registration, err error) {
	moment := "read"
	if occasion == reconcile.FromReadBack {
		moment = "read-back"
	}
	asked, err := c.readAt(ctx, func(uri string) error {
		return c.Request(ctx, occasion, func(ctx context.Context, auth transport.Authorizer) (_ *dcr.Registration, err error) {
			failpoint.At(moment + " asked")
			// The journal may have moved the client to another URI since.
			answer, err = c.Server.DCR.Read(ctx, cmp.Or(uri, c.Handle.RegistrationClientURI), c.Handle.ClientID, auth)
			return answer, err
		})
	})
	if c.unreadable++; ClassOf(reconcile.OperationRead, err) != reconcile.AnswerUnsupported {
		c.unreadable = 0
	}
	if err != nil {
		return nil, err
	}
	c.Record.ShownAt, c.shownAt = asked, asked
	c.foundAt(asked)
	c.moved.from, c.moved.to = asked, answer.URL
	c.Record.NotMissed()
	hadNone := c.Record.Capabilities.Read == reconcile.CapabilityNo
	if hadNone {
		c.Record.Capabilities = c.Record.Capabilities.Learn(reconcile.OperationRead, reconcile.AnswerDone, true)
	}
	c.Server.refusals.Delete(c.Server.homeKey(c))
	failpoint.At(moment + " answered")
	c.NoteAlive(ctx)
	c.noteAddress(ctx)
	c.noteSecretUse(answer.Metadata)
	before, waited := c.Credentials(), c.Record.Unread
	c.saveCredentials(ctx, answer, occasion)
	c.countHiding(before.Facts, answer.Metadata)
	// What reads do is not known of a server that seemed to have none.
	c.withheld = !waited && !c.overtaken && (hidesNew(before, c.Credentials(), answer) || hadNone && !c.Credentials().Has(answer.RegistrationAccessToken))
	if c.Record.Unread = c.withheld; c.withheld {
		// A replica that lags is no proof that reads replace nothing any more. The next read tells.
		now := &c.Record.Facts
		now.RotatesOnRead, now.TokenRotationProven, now.SecretOnRead = before.Facts.RotatesOnRead, before.Facts.TokenRotationProven, before.Facts.SecretOnRead
	}
	failpoint.At(moment + " journaled")
	return answer, nil
}

// hidesNew reports whether the answer to a read that replaces a credential has no new value of it: none, a mask, a hash or a stale copy,
// beside which the known one may be outdated. There is no new secret of a client that uses none.
func hidesNew(before, after reconcile.Credentials, answer *dcr.Registration) bool {
	same := func(shown, known, now, waiting, waits secret.String) bool {
		return (!shown.IsEmpty() || !known.IsEmpty()) && known.Equal(now) && waiting.Equal(waits)
	}
	return before.Facts.SecretOnRead == reconcile.SecretRotates && !showsNoSecret(answer) &&
		same(answer.ClientSecret, before.Known.ClientSecret, after.Known.ClientSecret, before.Unproven.ClientSecret, after.Unproven.ClientSecret) ||
		before.Facts.RotatesOnRead && same(answer.RegistrationAccessToken, before.Known.RegistrationAccessToken, after.Known.RegistrationAccessToken,
			before.Unproven.RegistrationAccessToken, after.Unproven.RegistrationAccessToken)
}

// readAt asks for the client at the URI that an answer named and that is not proved yet, and then at the known one. It returns the URI
// that showed the client.
func (c *Client) readAt(ctx context.Context, read func(uri string) error) (string, error) {
	c.ApplyJournal(ctx) // it may know of a URI to which the client was moved
	waiting := c.Record.Unproven.RegistrationClientURI
	var there error // what was answered at the waiting one
	// An address that does not name the client may be another client's, where servers end a token that is not that one's.
	last := waiting != "" && !reconcile.NamesClient(waiting, c.Handle.ClientID)
	if waiting != "" && !last {
		if there = c.atUnproved(func() error { return read(waiting) }); there == nil {
			c.uriWorked(ctx, waiting, false)
			return waiting, nil
		}
	}
	err := read("")
	if err == nil {
		asked := c.Handle.RegistrationClientURI
		c.uriWorked(ctx, asked, there != nil && ClassOf(reconcile.OperationRead, there) != reconcile.AnswerLost)
		if last {
			c.Decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
				known.Unproven.RefusedURI, known.Unproven.RegistrationClientURI = waiting, ""
				return known, nil
			})
		}
		return asked, nil
	}
	if last && refusedAt(reconcile.OperationRead, err).MayBeElsewhere(reconcile.OperationRead) {
		if there = c.atUnproved(func() error { return read(waiting) }); there == nil {
			c.uriWorked(ctx, waiting, false)
			return waiting, nil
		}
	}
	refused := c.Record.Unproven.RefusedURI
	if refused != "" && ClassOf(reconcile.OperationRead, err).NeedsWitnesses() && c.atUnproved(func() error { return read(refused) }) == nil {
		c.uriWorked(ctx, refused, false)
		return refused, nil
	}
	if there != nil && c.Record.Capabilities.Read == reconcile.CapabilityNo && ClassOf(reconcile.OperationRead, there) == reconcile.AnswerUnsupported {
		return "", there // the server has no reads, wherever the client is, and what is answered at an address that was left says nothing
	}
	return "", err
}

// atUnproved makes a request at an address that no read has proved. What refuses a token there may be something else than the server.
func (c *Client) atUnproved(request func() error) error {
	refused, others, told, before := c.handedInRefused, c.handedInOthers, c.entryTold, c.entryOfBefore
	c.away = true
	err := request()
	if c.away = false; err != nil {
		c.handedInRefused, c.handedInOthers, c.entryTold, c.entryOfBefore = refused, others, told, before
	}
	return err
}
