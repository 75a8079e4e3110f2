// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Put sends one body (RFC 7592 §2.2) and saves the credentials of the answer.
func (c *Client) Put(ctx context.Context, body map[string]any) (answer *dcr.Registration, err error) {
	c.withheld = false
	err = c.noted(ctx, c.Record.Facts.UpdateMayRotate(), func() (err error) {
		answer, err = c.putAndSave(ctx, body)
		return err
	})
	return answer, err
}

func (c *Client) putAndSave(ctx context.Context, body map[string]any) (*dcr.Registration, error) {
	answer, err := c.putWhereItIs(ctx, body)
	if err == nil || dcr.MaybeProcessed(err) {
		c.shownAt = "" // the update may have moved the client
	}
	if err != nil {
		return nil, err
	}
	failpoint.At("update answered")
	c.foundAt(c.Handle.RegistrationClientURI)
	c.NoteMade(ctx)
	c.noteSecretUse(answer.Metadata)
	c.saveCredentials(ctx, answer, reconcile.FromUpdate)
	failpoint.At("update journaled")
	return answer, nil
}

// NoteMade notes that the client lives, by an update that was made, or a registration that was answered with it.
func (c *Client) NoteMade(ctx context.Context) {
	c.Record.NotMissed()
	c.NoteAlive(ctx) // where there are no reads, nothing else ends the note of a deletion that was not made
	c.NoteWritten(c.Server.clock.Now())
}

// putWhereItIs sends an update to the address that an answer named and no read has proved, which by RFC 7592 §3 is the one in force, and as long as
// none takes it, to the known one. An update may be sent twice: it says all that the client is to be.
func (c *Client) putWhereItIs(ctx context.Context, body map[string]any) (answer *dcr.Registration, err error) {
	c.Server.HideSensitive(body)
	gains := gainsSecret(c.Registered, body, c.HasSecret() || !c.Record.Unproven.ClientSecret.IsEmpty() || c.Record.SecretMark != "")
	send := func(uri string) error {
		return c.Request(ctx, reconcile.FromUpdate, func(ctx context.Context, auth transport.Authorizer) (_ *dcr.Registration, err error) {
			failpoint.At("update asked")
			answer, err = c.Server.DCR.Update(ctx, uri, c.Handle.ClientID, auth, gains, body)
			return answer, err
		})
	}
	waiting, last := c.unprovedAddress(ctx)
	if waiting == "" || last {
		if err = send(c.writtenAt()); err == nil || !last || !refusedAt(reconcile.OperationUpdate, err).MayBeElsewhere(reconcile.OperationUpdate) {
			return answer, err
		}
	}
	refused := c.atUnproved(func() error { return send(waiting) })
	if refused == nil {
		c.uriWorked(ctx, waiting, false)
		return answer, nil
	}
	if !last {
		err = send(c.writtenAt())
	}
	if err == nil {
		c.uriWorked(ctx, c.Handle.RegistrationClientURI, ClassOf(reconcile.OperationUpdate, refused) != reconcile.AnswerLost)
		return answer, nil
	}
	return nil, ofTwo(reconcile.UpdateAtUnproved(refusedAt(reconcile.OperationUpdate, refused), refusedAt(reconcile.OperationUpdate, err)), refused, err)
}

// deleted is the answer to a deletion.
type deleted struct {
	status int
	page   bool // a success whose body is a page
	err    error
}

// Delete sends one deletion (RFC 7592 §2.3) and returns the status of the answer, and whether it was a page. Where no read has proved the address
// that an answer named, the client may be at either of the two, and is deleted only where neither has it.
func (c *Client) Delete(ctx context.Context) (status int, page bool, err error) {
	send := func(uri string) (d deleted) {
		d.err = c.Request(ctx, reconcile.FromUpdate, func(ctx context.Context, auth transport.Authorizer) (_ *dcr.Registration, err error) {
			failpoint.At("delete asked")
			d.status, d.page, err = c.Server.DCR.Delete(ctx, uri, c.Handle.ClientID, auth)
			return nil, err
		})
		return d
	}
	waiting, last := c.unprovedAddress(ctx)
	var there, d deleted
	if waiting == "" || last {
		if d = send(c.writtenAt()); !last || !d.seen().MayBeElsewhere(reconcile.OperationDelete) {
			return d.status, d.page, d.err
		}
	}
	ask := func() reconcile.AtAddress {
		_ = c.atUnproved(func() error { there = send(waiting); return there.err })
		return there.seen()
	}
	unproved := ask()
	if !last {
		d = send(c.writtenAt())
	}
	known := d.seen()
	if before := there.err; reconcile.DeletionAskedAgain(unproved, known) {
		if unproved = ask(); there.err != nil {
			there.err = ofTwo(false, before, there.err)
			unproved = there.seen()
		}
	}
	if reconcile.DeletionAtUnproved(unproved, known) {
		return there.status, there.page, there.err
	}
	if d.err != nil {
		d.err = ofTwo(false, there.err, d.err)
	}
	return d.status, d.page, d.err
}

// seen is what a deletion came to, for the decision on which of two counts.
func (d deleted) seen() reconcile.AtAddress {
	a := refusedAt(reconcile.OperationDelete, d.err)
	a.Status, a.Page = d.status, d.page || a.Page
	return a
}

// unprovedAddress is the address that an answer named for the client where no read of this operation tells which address is in force: there are no
// reads, or the one before got no usable answer. last: it does not name the client and may be another client's, where servers end a token that is not
// that one's, and the provider's own credentials would change whatever is there. So it is tried only where the client may not be at the known one.
func (c *Client) unprovedAddress(ctx context.Context) (uri string, last bool) {
	c.ApplyJournal(ctx) // it may know of a URI to which the client was moved
	waiting, known := c.Record.Unproven.RegistrationClientURI, c.Handle.RegistrationClientURI
	last = !reconcile.NamesClient(waiting, c.Handle.ClientID)
	if waiting == "" || waiting == known || c.shownAt == known || last && c.ByProvider() {
		return "", false
	}
	return waiting, last
}

// ofTwo is one of two refusals of a change. That the other request may have made the change is kept.
func ofTwo(unproved bool, there, here error) error {
	switch {
	case unproved:
		return there
	case dcr.MaybeProcessed(there) || RateLimited(there):
		return errors.Join(here, there)
	}
	return here
}

// writtenAt is where updates and deletions go: to where a read of this operation was redirected and found the client. Such a redirect is
// followed for reads alone, and a server that was moved has updates all the same.
func (c *Client) writtenAt() string {
	if c.moved.from == c.Handle.RegistrationClientURI && c.moved.to != "" {
		return c.moved.to
	}
	return c.Handle.RegistrationClientURI
}
