// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Deregister deletes a client. Where it cannot, it saves the credentials that are in force beside the error. Gone means that the
// caller keeps nothing of the client: it is deleted, or the server offers no way to delete it.
func Deregister(ctx context.Context, s *authserver.Server, state authserver.State, b authserver.Behaviour, save func(authserver.Snapshot)) outcome.Outcome {
	return deregisterAs(ctx, s, state, deletionOrder{Behaviour: b}, save)
}

// deletionOrder is how a client is to be deleted.
type deletionOrder struct {
	authserver.Behaviour
	unkept bool // nothing keeps the client where that fails
	fresh  bool // this operation registered it
}

func deregisterAs(ctx context.Context, s *authserver.Server, state authserver.State, b deletionOrder, save func(authserver.Snapshot)) outcome.Outcome {
	c := s.Client(state)
	ended := s.Leaves(c)
	out, deleted := deregister(ctx, c, b, save)
	ended(leavesClient(out), deleted)
	return out
}

// deregister is Deregister, and reports whether the client was deleted.
func deregister(ctx context.Context, c *authserver.Client, b deletionOrder, save func(authserver.Snapshot)) (out outcome.Outcome, deleted bool) {
	if out, ended := keptForAnother(ctx, c, b.Behaviour, save); ended {
		return out, false
	}
	c.TakeCopy()
	c.Confirm(ctx)
	hold, doubt := c.Holding(ctx)
	if hold == journal.HeldByTwo {
		return outcome.Outcome{Gone: true, Problems: append(c.Problems, outcome.Problem{Kind: outcome.DeleteOfTwo, Warning: true, ClientID: c.Handle.ClientID})}, false
	}
	guessed := guessAddress(ctx, c, b)
	unserved := guessed || !c.Managed() && c.Record.Unproven.RegistrationClientURI != "" && canAskThere(ctx, c)
	if unserved && !guessed {
		// Nobody served this URI when the client was registered. A deletion there costs nothing and may work by now.
		c.Handle.RegistrationClientURI = c.Record.Unproven.RegistrationClientURI
	}
	if !c.Managed() {
		return forgetUnmanaged(ctx, c, hold), false
	}
	if doubt != nil {
		c.Report(*doubt)
		return c.Outcome(), false
	}
	if c.UseTemplate(ctx, b.Behaviour); c.Record.Unproven.RegistrationClientURI != "" && !unserved {
		_, _ = c.Get(ctx, reconcile.FromRead) // which of the two addresses the deletion goes to
	}
	address := c.Handle.RegistrationClientURI
	d := sendWithCopy(ctx, c, b)
	unserved = unserved && c.Record.ShownAt != address // or it is served by now
	if unserved && d.verdict.Step != reconcile.DeletionDone && !d.outage() && !(guessed && d.open()) {
		c.Handle.RegistrationClientURI = "" // under which the journal has it
		c.Forget(ctx)
		return outcome.Outcome{Gone: true, Problems: []outcome.Problem{{Kind: outcome.DeleteUnmanaged, Warning: true, ClientID: c.Handle.ClientID, Err: d.err, NeverSent: d.answer.NotSent}}}, false
	}
	switch d.verdict.Step {
	case reconcile.DeletionDone:
		// A client that was already gone is what was wanted, and nothing to tell.
		return outcome.Outcome{Gone: true, Problems: c.Problems}, true
	case reconcile.DeletionLeftAlive:
		c.Forget(ctx)
		c.Warn(outcome.Problem{Kind: outcome.DeleteUnsupported, Err: d.err})
		return outcome.Outcome{Gone: true, Problems: c.Problems}, false
	case reconcile.DeletionTakenAsGone:
		c.Forget(ctx)
		c.Server.Release(c)
		c.Warn(d.read.Problem())
		return outcome.Outcome{Gone: true, Problems: c.Problems}, false
	}
	c.Report(d.problem(ctx, c))
	if unserved && !guessed {
		c.Handle.RegistrationClientURI = "" // no read has shown the client there
	}
	c.PutCopyBack()
	save(c.Snapshot())
	return c.Outcome(), false
}

// guessAddress gives a client that has no address the one of the user's template, and reports whether it did.
func guessAddress(ctx context.Context, c *authserver.Client, b deletionOrder) bool {
	if c.Handle.RegistrationClientURI != c.Record.Guessed {
		return false
	}
	c.UseTemplate(ctx, b.Behaviour)
	return c.Record.Guessed != ""
}

// forgetUnmanaged ends the destroy of a client that nothing can be asked to deregister. What the journal has of it may be another resource's only token.
func forgetUnmanaged(ctx context.Context, c *authserver.Client, hold journal.Hold) outcome.Outcome {
	if hold == journal.HeldAlone {
		c.Forget(ctx)
	} else {
		c.Drop(ctx)
	}
	c.Server.Release(c)
	return outcome.Outcome{Gone: true, Problems: []outcome.Problem{{Kind: outcome.DeleteUnmanaged, Warning: true, ClientID: c.Handle.ClientID, OnlyNamed: c.OnlyNamed()}}}
}

// rollback deregisters a client that this operation registered and that cannot be kept. It returns nil when the client is gone,
// else why it is not. It uses the token at hand whatever the management setting says: that setting is about clients that are kept.
func rollback(ctx context.Context, c *authserver.Client, answered reconcile.RollBack, b authserver.Behaviour, unkept bool) error {
	switch {
	case !answered.MayDelete():
		return errors.New("the answer does not show that this request registered the client, so that nothing was deleted")
	case c.Handle.RegistrationClientURI == "", !c.Managed() && c.Handle.RegistrationAccessToken.IsEmpty():
		return errors.New("the server offers no way to deregister it")
	}
	ctx, cancel := outlasting(ctx)
	defer cancel()
	b.OnMissing, b.Refresh = reconcile.OnMissingUnset, "" // they are about clients of earlier operations; this one certainly existed a moment ago
	switch d := sendAndConfirm(ctx, c, deletionOrder{Behaviour: b, unkept: unkept, fresh: true}); d.verdict.Step {
	case reconcile.DeletionDone:
		return nil
	case reconcile.DeletionLeftAlive:
		return fmt.Errorf("the server does not deregister clients: %w", d.cause(c))
	default:
		return d.cause(c)
	}
}

// deletion is how a deletion ended.
type deletion struct {
	verdict reconcile.DeletionVerdict
	answer  reconcile.DeletionAnswer
	err     error               // the refusal of the DELETE; nil where it was acknowledged
	readErr error               // what the read after it came to
	read    *authserver.Refusal // what that read means, where it raised the question whether the client exists
	missed  reconcile.Answer    // the class of the answer that missed the client in a look before the deletion was sent
	unseen  bool                // that look showed nothing, so that it is not known whether it would
	seen    bool                // the client was shown shortly before the deletion was sent
	entry   string              // the key of a token that was handed in, and of which the answer is told (EntryTold), and where it comes from
	source  outcome.TokenSource
}

// sendWithCopy sends the deletion, and once more where what this object has is refused and another one that is destroyed beside it has what works.
func sendWithCopy(ctx context.Context, c *authserver.Client, b deletionOrder) deletion {
	d := sendAndConfirm(ctx, c, b)
	if d.answer.Answer.CredentialRefused() && d.verdict.Step == reconcile.DeletionFailed && c.AwaitCopy(ctx) {
		d = sendAndConfirm(ctx, c, b)
	}
	return d
}

// sendAndConfirm sends the deletion (RFC 7592 §2.3) and makes sure of it. What its answer and the read after it prove is decided in package
// reconcile.
func sendAndConfirm(ctx context.Context, c *authserver.Client, b deletionOrder) deletion {
	c.ApplyJournal(ctx)
	earlier := c.Deletion
	var d deletion
	c.ProveHandedIn(ctx)
	d.seen = b.fresh && c.Record.ShownAt != ""
	if d.err = d.look(ctx, c, b); d.err == nil {
		d.sendNoted(ctx, c, b)
	} else {
		d.answer.Unsent, d.answer.ByProvider, d.answer.NotSent, d.answer.TokensUnused = true, c.ByProvider(), authserver.NeverSent(d.err), c.TokensUnused()
		_, d.answer.ConfiguredElsewhere = c.ConfiguredElsewhere(ctx)
	}
	ctx = transport.Ahead(ctx)
	for {
		if d.seen {
			earlier = time.Time{} // which was not made
		}
		d.verdict = d.answer.Decide()
		switch d.verdict.Step {
		case reconcile.DeletionConfirm:
			confirmDeletion(ctx, c, &d, b, !earlier.IsZero())
			continue
		case reconcile.DeletionAwait:
			if d.answer.Awaited = true; c.Server.Sleep(ctx, readBackPause) == nil {
				confirmDeletion(ctx, c, &d, b, !earlier.IsZero())
			}
			continue
		case reconcile.DeletionReadAgain:
			d.answer.ReadAgain = true
			confirmDeletion(ctx, c, &d, b, !earlier.IsZero())
			continue
		case reconcile.DeletionSend:
			d.missed, d.unseen, d.seen = reconcile.AnswerLost, false, true
			d.sendNoted(ctx, c, b)
			continue
		case reconcile.DeletionRepeat:
			before, acknowledged := d.answer, d.err == nil
			d.send(ctx, c, b)
			d.answer.Repeated, d.answer.InARow, d.answer.Acknowledged, d.answer.ByPage = true, before.Repeated, acknowledged, before.Page
			d.answer.UnableBefore = before.UnableBefore || before.CannotDelete() && !before.AskedElsewhere
			d.answer.LostBefore = before.MaybeProcessed && !d.answer.MaybeProcessed
			d.answer.MaybeProcessed = d.answer.MaybeProcessed || before.MaybeProcessed // it may be made yet
			continue
		case reconcile.DeletionDone:
			failpoint.At("delete answered")
			c.NoteDeleted(ctx)
			c.Server.Release(c)
		case reconcile.DeletionLeftAlive:
			c.Record.Capabilities = c.Record.Capabilities.Learn(reconcile.OperationDelete, d.answer.Answer, true)
		case reconcile.DeletionFailed, reconcile.DeletionTakenAsGone: // which is no deletion that the journal could tell of
			if earlier.IsZero() && d.err != nil && (!d.answer.MaybeProcessed || d.answer.Missed.CredentialRefused()) && !d.answer.Acknowledged {
				c.Deletion = c.Server.Now() // the note of this deletion, which certainly was not made, ends
				c.NoteAlive(ctx)
			}
		}
		return d
	}
}

// checkAddress returns why nothing is to be deleted at the client's address.
func (d *deletion) checkAddress(ctx context.Context, c *authserver.Client) error {
	uri := c.Handle.RegistrationClientURI
	if !reconcile.ReadsBeforeDeletion(c.ByProvider(), c.Record.ShownBefore(uri), reconcile.NamesClient(uri, c.Handle.ClientID)) {
		return nil
	}
	if _, err := c.Get(ctx, reconcile.FromRead); err != nil {
		return fmt.Errorf("nothing was deleted, because the client is not shown at its address, which does not name it and may be another client's: %w", err)
	}
	d.seen = true
	return nil
}

// look asks for the client before its deletion where nothing in this operation has, nor a read may cost the only credential of a client that nothing keeps, and returns why
// nothing is to be deleted. Where something stands before the server and lets nothing through, the deletion would be turned away as well, and nothing would tell the refusal of a
// token that was dead already from that of a client that is gone. One that nothing keeps is not there to be deleted later.
func (d *deletion) look(ctx context.Context, c *authserver.Client, b deletionOrder) error {
	if err := d.checkAddress(ctx, c); err != nil {
		return err
	}
	spares := b.fresh || b.unkept && c.Record.Facts.ReadRotates()
	if d.seen || spares || !reconcile.LooksBeforeDeletion(readQuestion(c, b.Refresh), c.Record.ShownBefore(c.Handle.RegistrationClientURI)) {
		return nil
	}
	_, err := c.Get(ctx, reconcile.FromRead)
	d.seen = err == nil
	class := authserver.ClassOf(reconcile.OperationRead, err)
	if class.NeedsWitnesses() {
		d.missed = class
	}
	d.unseen = err != nil && !d.missed.CredentialRefused()
	another := class == reconcile.AnswerOtherClient && c.ByProvider() // whose credentials delete whatever is there
	if another || d.unseen && !b.unkept && authserver.TurnsAwayAll(err) {
		return fmt.Errorf("nothing was deleted, because the client could not be read before: %w", err)
	}
	return nil
}

// sendNoted sends the first one, and notes it where a refusal after it tells of it: not where the credential was refused before, or nobody could tell whether it is. The
// note outlives this run, and a later one does not know what the look found.
func (d *deletion) sendNoted(ctx context.Context, c *authserver.Client, b deletionOrder) {
	if !d.unseen && !cmp.Or(d.missed, c.MissedBy()).CredentialRefused() {
		noteDeleting(ctx, c)
	}
	d.send(ctx, c, b)
}

func (d *deletion) send(ctx context.Context, c *authserver.Client, b deletionOrder) {
	status, page, err := c.Delete(ctx)
	elsewhere := false
	if err != nil {
		_, elsewhere = c.ConfiguredElsewhere(ctx)
	}
	if authserver.AsksElsewhere(err) {
		c.Record.Capabilities.Delete = reconcile.CapabilityUnknown // the server has deletions: it says where
	}
	d.err = err
	d.answer = reconcile.DeletionAnswer{
		Unkept: b.unkept, RateLimited: authserver.TooMany(err), Status: status, Page: page, Answer: authserver.ClassOf(reconcile.OperationDelete, err), MaybeProcessed: dcr.MaybeProcessed(err),
		KnownUnable: c.Record.Capabilities.Delete == reconcile.CapabilityNo, ByProvider: c.ByProvider(), NotSent: authserver.NeverSent(err), TokensUnused: c.TokensUnused(), ConfiguredElsewhere: elsewhere,
		AtAnotherOrigin: c.AtAnotherOrigin(), AskedElsewhere: authserver.AsksElsewhere(err), NoOperation: authserver.NamesNoOperation(err),
	}
	d.answer.Missed, d.answer.Seen, d.answer.Blind = cmp.Or(d.missed, c.MissedBy()), d.seen, d.unseen
	d.noteEntry(c)
}

// confirmDeletion reads the client after a deletion whose answer does not prove it. A request that was certainly not carried out
// because nobody was reached needs no read: nobody would be reached again.
func confirmDeletion(ctx context.Context, c *authserver.Client, d *deletion, b deletionOrder, sentBefore bool) {
	d.answer.Confirmed = true
	d.read, d.answer.Presence = nil, reconcile.PresenceVerdict{} // of a read before this one, which says nothing of what this one finds
	if d.answer.Answer == reconcile.AnswerLost && !d.answer.MaybeProcessed && !authserver.Answered(d.err) {
		d.answer.Read, d.readErr = reconcile.AnswerLost, d.err
		return
	}
	used := c.Handle.RegistrationAccessToken
	if _, d.readErr = c.Get(ctx, reconcile.FromRead); d.readErr == nil {
		d.missed, d.unseen, d.seen = reconcile.AnswerLost, false, true // what a repeat goes by
	}
	d.answer.OtherToken = !c.ByProvider() && !used.Equal(c.Handle.RegistrationAccessToken)
	d.noteEntry(c)
	d.answer.Read = authserver.ClassOf(reconcile.OperationRead, d.readErr)
	refused := d.readErr
	switch {
	case d.answer.Read.NeedsWitnesses():
	case d.answer.Read == reconcile.AnswerUnsupported && d.answer.Answer.NeedsWitnesses():
		refused = d.err // there is no read, and the deletion's own answer raises the question
	default:
		return
	}
	// This deletion's own note in the journal counts as one that may have been made only where it may have been.
	made := d.answer.MaybeProcessed && !d.answer.Missed.CredentialRefused() && !d.unseen
	c.DeletionCounts = sentBefore || made
	if made && c.Deletion.IsZero() {
		c.Deletion = c.Server.Now()
	}
	c.Acknowledged, c.OwnDeletion = d.err == nil && d.answer.Missed == reconcile.AnswerLost && !d.unseen, authserver.OwnDeletion(d.err)
	read := c.ClassifyRefusal(ctx, reconcile.OperationDelete, refused, b.Behaviour, false)
	c.DeletionCounts, c.Acknowledged, c.OwnDeletion = true, false, reconcile.DeletionOfBefore
	d.read, d.answer.Presence = &read, read.Verdict
}

// noteEntry notes whether the answer that is told is that to a token that was handed in.
func (d *deletion) noteEntry(c *authserver.Client) {
	if key, source := c.EntryTold(); key != "" {
		d.entry, d.source, d.answer.EntryTold = key, source, true
	}
}

// open reports whether the answer leaves it open whether the address serves clients at all.
func (d deletion) open() bool {
	toPage := d.answer.Answer == reconcile.AnswerRedirected && d.answer.Read == reconcile.AnswerRedirected // as everything is there that nobody is signed in for
	return d.answer.MaybeProcessed && !toPage || d.answer.Answer != reconcile.AnswerDone && !d.answer.Answer.ServesNobody()
}

// outage reports whether the deletion may have been made although it failed, or reached nobody, or too many were sent. One that was not sent, since the provider's
// credentials are not for that place, fails for no outage.
func (d deletion) outage() bool {
	toPage := d.answer.Answer == reconcile.AnswerRedirected && d.answer.Read == reconcile.AnswerRedirected // as everything is there that nobody is signed in for
	lost := d.answer.Answer == reconcile.AnswerLost && !d.answer.NotSent
	if d.answer.Unsent { // the read before it tells
		lost = lost && authserver.ClassOf(reconcile.OperationRead, d.err) == reconcile.AnswerLost
	}
	return d.answer.MaybeProcessed && !toPage || lost || authserver.RateLimited(d.err)
}

// problem is what there is to tell of a deletion that failed.
func (d deletion) problem(ctx context.Context, c *authserver.Client) outcome.Problem {
	switch {
	case d.err == nil && d.readErr == nil:
		return outcome.Problem{Kind: outcome.StillThere, Attribute: "registration_client_uri", Err: d.cause(c), Ways: d.verdict.Ways}
	case d.read != nil && (d.err == nil || d.answer.Answer.NeedsWitnesses()):
		p := d.read.Problem()
		p.Warning, p.Ways = false, d.verdict.Ways
		if d.err != nil {
			p.Err = d.err
		}
		return p
	}
	p := outcome.Problem{Kind: outcome.NotDeregistered, Err: d.cause(c), Ways: d.verdict.Ways, ByProvider: d.answer.ByProvider, Operation: reconcile.OperationDelete}
	if d.read != nil {
		p.Evidence = d.read.Evidence
	}
	p.EntryTold, p.Source = d.entry, d.source
	if d.answer.ConfiguredElsewhere && d.readErr != nil {
		p.Home = c.Record.Home
		p.Configured, _ = c.ConfiguredElsewhere(ctx)
	}
	if slices.Contains(p.Ways, reconcile.WayTokens) && c.NamedElsewhere(ctx) {
		p.TokenKey, p.NamedElsewhere = c.Handle.RegistrationClientURI, true
	}
	return p
}

// cause is why the client is not known to be gone.
func (d deletion) cause(c *authserver.Client) error {
	switch {
	case d.err != nil:
		return d.err
	case d.readErr == nil:
		return fmt.Errorf("DELETE %s: status %d: the server answered the deletion with success, yet still shows the client", redact.URL(c.Handle.RegistrationClientURI), d.answer.Status)
	}
	return fmt.Errorf("the server answered the deletion with status %d instead of 204, and whether the client is gone could not be seen: %w", d.answer.Status, d.readErr)
}

// noteDeleting notes that a deletion is about to be sent. A refusal afterwards may leave it open whether the deletion was made;
// with the note, it is known that one was sent.
func noteDeleting(ctx context.Context, c *authserver.Client) {
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Deleting(ctx, c.JournalName(), c.Record.ShownBefore(c.Handle.RegistrationClientURI), c.Marks()...)
	})
}
