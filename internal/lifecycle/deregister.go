// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Deregister deletes a client. Where it cannot, it saves the credentials that are in force beside the error. Gone means that the
// caller keeps nothing of the client: it is deleted, or the server offers no way to delete it.
func (s *Server) Deregister(ctx context.Context, state State, b Behaviour, save func(Snapshot)) Outcome {
	c := s.client(state)
	if !c.managed() {
		return Outcome{Gone: true, Problems: []Problem{{Kind: DeleteUnmanaged, Warning: true, ClientID: c.handle.ClientID}}}
	}
	c.confirm(ctx)
	err := c.delete(ctx)
	if err == nil {
		return Outcome{Gone: true, Problems: c.problems}
	}
	var de *dcr.Error
	refused := errors.As(err, &de)
	switch {
	case refused && de.NotSupported():
		c.warn(Problem{Kind: DeleteUnsupported, Err: err})
		return Outcome{Gone: true, Problems: c.problems}
	case refused && de.Unauthorized():
		meaning := c.judge(ctx, reconcile.OperationDelete, err, b, false)
		if meaning.forgotten() {
			// A client that is already gone is what was wanted, and nothing to tell.
			return Outcome{Gone: true, Problems: c.problems}
		}
		c.report(meaning.problem())
	case errors.Is(err, errStillThere):
		c.report(Problem{Kind: StillThere, Attribute: "registration_client_uri", Err: err})
	default:
		c.report(Problem{Kind: NotDeregistered, Err: err})
	}
	save(c.snapshot())
	return c.outcome()
}

// rollback deregisters a client that cannot be kept. It returns nil when the client is gone, else why it is not.
func (c *Client) rollback(ctx context.Context) error {
	if !c.managed() {
		return errors.New("the server offers no way to deregister it")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	return c.delete(ctx)
}

// errStillThere is a deletion that the server confirmed and did not make.
var errStillThere = errors.New("the server answered the deletion with success, yet still shows the client")

// delete sends the deletion (RFC 7592 §2.3) and makes sure of it. nil means gone.
func (c *Client) delete(ctx context.Context) error {
	var status int
	c.noteDeleting(ctx)
	err := c.request(ctx, func(ctx context.Context, auth transport.Authorizer) (err error) {
		status, err = c.server.dcr.Delete(ctx, c.handle.RegistrationClientURI, c.handle.ClientID, auth)
		return err
	})
	if err = c.confirmDeletion(ctx, status, err); err != nil {
		return err
	}
	Failpoint("delete answered")
	c.noteDeleted(ctx)
	return nil
}

// confirmDeletion is the one place that decides whether a deletion was made, from its answer: 204, 404 and 410 say so, and any other
// success is confirmed by a read (RFC 7592 §2.3). nil means gone.
func (c *Client) confirmDeletion(ctx context.Context, status int, err error) error {
	var de *dcr.Error
	switch {
	case err == nil && status == http.StatusNoContent:
		return nil
	case errors.As(err, &de) && de.Gone():
		return nil
	case err != nil:
		if !dcr.MaybeProcessed(err) {
			c.noteAlive(ctx)
		}
		return err
	}
	_, err = c.get(ctx, reconcile.FromRead)
	switch {
	case err == nil:
		return fmt.Errorf("DELETE %s: status %d: %w", c.handle.RegistrationClientURI, status, errStillThere)
	case !errors.As(err, &de) || !de.Unauthorized() && !de.Gone():
		return fmt.Errorf("the server answered the deletion with status %d instead of 204, and whether the client is gone could not be seen: %w", status, err)
	case de.Unauthorized() && status == http.StatusUnauthorized:
		// The deletion was repeated after a lost answer, and nobody acknowledged it: either it had been made the first time, or the
		// token was outdated from the start. Only evidence tells.
		c.deletion = c.server.clock.Now()
		return err
	}
	return nil
}
