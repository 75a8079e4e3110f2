// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
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
	run, client := &c.Server.requests, c.Server.key(c)
	asked := run.begin(client)
	c.attemptLost, c.answered = false, reconcile.Answered{MayReplace: mayRotate, ByProvider: c.ByProvider(), HasToken: asked.token || c.hasToken(ctx)}
	err := c.journaled(ctx, mayRotate, request)
	lost := mayRotate && err != nil && !c.certainlyNothing(err)
	switch {
	case lost:
		run.unanswered(asked, c.answered.HasToken)
	case err == nil && !c.withheld && c.answered.Settles() != reconcile.SettledNothing:
		run.answered(asked)
	}
	c.Record.Unanswered = lost || run.missing(client) || err != nil && c.Record.Unanswered
	if err == nil {
		c.Record.TokenUntried = untried
		c.Record.TokenOpen = c.Record.TokenOpen && (c.withheld || c.answered.Settles() == reconcile.SettledNothing)
	}
	return err
}

// hasToken reports whether the client has a registration access token, as far as anybody here knows.
func (c *Client) hasToken(ctx context.Context) bool {
	if !c.Handle.RegistrationAccessToken.IsEmpty() || c.Journal == nil {
		return !c.Handle.RegistrationAccessToken.IsEmpty()
	}
	entry, _ := c.Lookup(ctx)
	return !entry.RegistrationAccessToken.IsEmpty()
}

// certainlyNothing reports whether a request that failed replaced nothing with any of its attempts: there may be two addresses and several tokens.
func (c *Client) certainlyNothing(err error) bool { return !c.attemptLost && replacedNothing(err) }

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
		if err == nil && c.answered.Settles() != reconcile.SettledNothing {
			c.noteHandleShown(ctx, before)
		}
		if err == nil && c.answered.ShowsSecret {
			c.noteSecretShown(ctx, before)
		}
		return err
	}
	if c.underWay() == 0 {
		if err := c.ask(ctx); err != nil {
			return err
		}
	}
	defer c.unask()
	err := request()
	switch settles := c.answered.Settles(); {
	case err == nil && !c.withheld && settles == reconcile.SettledNothing:
		c.withdraw(ctx)
	case err == nil && !c.withheld && settles == reconcile.SettledHandle:
		c.withdraw(ctx)
		c.noteHandleShown(ctx, before)
	case err == nil && !c.withheld:
		c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
			return j.Answered(ctx, c.JournalName(), before, c.asked)
		})
	case err != nil && c.certainlyNothing(err):
		c.withdraw(ctx)
	}
	if err == nil && !c.withheld && c.answered.ShowsSecret && !c.answered.OfAnother {
		c.noteSecretShown(ctx, before)
	}
	return err
}

// noteHandleShown notes that the token and the address that are in force are known, where answers before were missing.
func (c *Client) noteHandleShown(ctx context.Context, before journal.Entry) {
	if before.Asked.IsZero() || before.AskedShown && !c.answered.MayReplace {
		return
	}
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Shown(ctx, c.JournalName(), before)
	})
}

// noteSecretShown notes that the client secret is in force, where a request has no answer, which may have replaced it.
func (c *Client) noteSecretShown(ctx context.Context, before journal.Entry) {
	if before.Asked.IsZero() || before.AskedSecretShown {
		return
	}
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.SecretShown(ctx, c.JournalName(), before)
	})
}

// MayNote notes that the client is about to be read, and reports whether the journal can be written now. On a full disk the answer could
// not be kept either.
func (c *Client) MayNote(ctx context.Context) bool {
	if c.Journal == nil {
		return false
	}
	var err error
	if c.asked, err = c.Journal.Asking(ctx, c.JournalName(), false); err != nil {
		c.unask()
	}
	return err == nil
}

// ask notes the next request. It is not to be sent where there is an error.
func (c *Client) ask(ctx context.Context) (err error) {
	c.asked, err = c.Journal.Asking(ctx, c.JournalName(), c.registers)
	if err != nil && c.MustKeep {
		c.unask()
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	c.Write(outcome.LosesNothing, func(*journal.Journal) error { return err })
	return nil
}

// withdraw ends the note of a request that replaced nothing, or settled nothing but itself.
func (c *Client) withdraw(ctx context.Context) {
	c.Write(outcome.LosesNothing, func(j *journal.Journal) error {
		return j.Withdrawn(ctx, c.JournalName(), c.asked)
	})
}

// unask ends the request: nothing answers it any more.
func (c *Client) unask() {
	c.Journal.Over(c.asked)
	c.asked = journal.Request{}
}
