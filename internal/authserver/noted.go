// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// Noted makes a read that this run keeps no state of, as that of a data source, and notes it as each read is: the state that has the client
// may be another configuration's, which knows of a lost answer by the journal alone.
func (c *Client) Noted(ctx context.Context, read func() error) error {
	return c.noted(ctx, c.Record.Facts.ReadMayRotate(), read)
}

// noted makes a request that may replace credentials, so that it is known afterwards whether an answer may have been lost: a refusal of
// all that is known means that the client is gone only where none was. An earlier request without an answer counts until one succeeds. An
// answer without the new value that such requests bring is as good as lost.
func (c *Client) noted(ctx context.Context, mayRotate bool, request func() error) error {
	untried := c.leavesTokenUntried(ctx)
	beside := c.Server.requests.begin(c.Server.key(c), mayRotate)
	err := c.journaled(ctx, mayRotate, request)
	lost := mayRotate && err != nil && !replacedNothing(err)
	switch {
	case err == nil:
		c.Record.Unanswered, c.Record.TokenUntried = false, untried
	case lost:
		c.Record.Unanswered = true
	}
	c.Server.requests.end(beside, err == nil && !c.withheld, lost || err == nil && c.withheld)
	return err
}

// leavesTokenUntried reports whether an answer is missing that may have replaced the registration access token, and the next request tells nothing
// of it, since the provider's own credentials make it.
func (c *Client) leavesTokenUntried(ctx context.Context) bool {
	if !c.ByProvider() || c.Handle.RegistrationAccessToken.IsEmpty() {
		return false
	}
	if known := c.answerMissing() || c.Record.Unread || c.Record.TokenUntried; known || c.Journal == nil {
		return known
	}
	entry, _ := c.Lookup(ctx)
	return !entry.Asked.IsZero() && !entry.AskedShown
}

// ErrNotKept is why a request was not sent whose answer could not have been kept.
var ErrNotKept = errors.New("nothing was sent, because the token journal cannot be written, and what the server may replace could not be kept")

// journaled notes such a request in the journal before it is sent, for a kill while its answer is waited for.
func (c *Client) journaled(ctx context.Context, mayRotate bool, request func() error) error {
	if c.Journal == nil || c.Handle.ClientID == "" {
		return request()
	}
	before, _ := c.Lookup(ctx)
	if !mayRotate && c.underWay() == 0 {
		err := request()
		tellsOfToken := !c.ByProvider() || c.Handle.RegistrationAccessToken.IsEmpty()
		if err == nil && tellsOfToken && !before.Asked.IsZero() && !before.AskedShown {
			c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
				return j.Shown(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI, before)
			})
		}
		return err
	}
	if c.underWay() == 0 {
		err := c.ask(ctx)
		if err != nil && c.MustKeep {
			c.unask()
			return fmt.Errorf("%w: %w", ErrNotKept, err)
		}
		c.Write(outcome.LosesNothing, func(*journal.Journal) error { return err })
	}
	defer c.unask()
	err := request()
	switch {
	case err == nil && !c.withheld:
		c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
			return j.Answered(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI, before, c.asked)
		})
	case err != nil && replacedNothing(err):
		c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
			return j.Withdrawn(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI, c.asked)
		})
	}
	return err
}

// MayNote notes that the client is about to be read, and reports whether the journal can be written now. On a full disk the answer could
// not be kept either.
func (c *Client) MayNote(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	err := c.ask(ctx)
	if err != nil {
		c.unask()
	}
	return err == nil
}

// ask notes the next request. unask is called when it is over.
func (c *Client) ask(ctx context.Context) (err error) {
	c.asked, err = c.Journal.Asking(ctx, c.Handle.ClientID, c.Handle.RegistrationClientURI)
	return err
}

func (c *Client) unask() {
	c.Journal.Over(c.asked)
	c.asked = journal.Request{}
}
