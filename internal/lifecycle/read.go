// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Refresh is a client that is to be read.
type Refresh struct {
	State     State
	Behaviour Behaviour
	Importing bool // the state holds a handle and nothing else
	// Shown is what the managed attributes show. It is needed only where the record has no agreement, as when a state was edited by
	// hand; nil where it cannot be told.
	Shown metadata.Document
}

// Read refreshes a client by one GET. It saves nothing where nothing was read and nothing changed. After a successful GET it reports
// no error, whatever else goes wrong: Terraform drops the refreshed state of a Read that fails, and with it credentials that the
// server may just have rotated.
func (s *Server) Read(ctx context.Context, r Refresh, save func(Snapshot)) Outcome {
	c := s.client(r.State)
	if !c.managed() {
		if r.Importing {
			c.report(Problem{Kind: NotImportable})
		}
		return c.outcome()
	}
	c.confirm(ctx)
	if may, why := c.mayRefresh(r); !may {
		if why != nil {
			c.warn(*why)
		}
		if r.Behaviour.Refresh != RefreshNever && !s.UnknownConnection() {
			// A secret whose update was interrupted before anything proved it must not wait for a read that may never come.
			c.prove(ctx)
		}
		// Credentials that an update kept back move into the attributes all the same.
		save(c.snapshot())
		return c.outcome()
	}

	answer, err := c.get(ctx, reconcile.FromRead)
	if err != nil {
		return c.notShown(ctx, r, err, save)
	}

	c.registered = answer.Metadata
	c.learnHome(ctx)
	c.prove(ctx)
	c.warnOfRotation(r.State.Record.Facts)
	if r.Importing {
		c.warnOfNoSecret(nil, answer.Metadata)
	}
	values := c.observe(r, answer.Metadata)
	snapshot := c.snapshot()
	snapshot.Registered, snapshot.Values = answer.Metadata, values
	save(snapshot)
	return c.outcome()
}

// notShown ends a read that did not show the client. Only a client that is proven to be gone is forgotten here; what else is to be done
// is the plan's decision (Missing).
func (c *Client) notShown(ctx context.Context, r Refresh, err error, save func(Snapshot)) Outcome {
	refused := c.judge(ctx, reconcile.OperationRead, err, r.Behaviour, r.Importing)
	problem := refused.problem()
	gone := refused.forgotten() && refused.verdict.Presence == reconcile.Gone
	switch {
	case r.Importing:
		// Whatever the refusal, there is nothing to keep: a state without what the server has registered would be of no client.
		problem.Warning = false
		switch {
		case refused.verdict.Presence == reconcile.Gone:
			problem.Kind = ImportNotFound
		case problem.Kind == ReadUnsupported:
			problem.Kind = ImportUnreadable
		}
	case gone:
		c.server.release(c)
	default:
		c.remember(refused)
		if refused.verdict.Step != reconcile.KeepAndWarn {
			problem = Problem{Kind: NotRefreshed, Warning: true, Attribute: problem.Attribute, Err: err}
		}
	}
	c.report(problem)
	if !gone {
		save(c.snapshot())
	}
	return Outcome{Gone: gone, Problems: c.problems}
}

// observe returns the values of the managed members: the configured value while the server's value is unchanged since the last apply,
// otherwise the server's current value. It returns nil where it cannot be told what was agreed.
func (c *Client) observe(r Refresh, registered metadata.Document) metadata.Document {
	if r.Importing {
		values, left := reconcile.Configurable(reconcile.Import(registered))
		if len(left) > 0 {
			c.warn(Problem{Kind: ImportedInPart, Members: left})
		}
		c.record.Agreed, _ = reconcile.Agree(values, registered)
		return values
	}
	if c.record.Agreed == nil {
		if r.Shown == nil {
			return nil
		}
		c.record.Agreed, _ = reconcile.Agree(r.Shown, c.registered)
	}
	values, _ := reconcile.Observe(c.record.Agreed, registered)
	return values
}

// mayRefresh is the one place that decides whether a refresh reads a client. Where it may not, a Problem says why, unless the user
// turned reading off.
func (c *Client) mayRefresh(r Refresh) (bool, *Problem) {
	s := c.server
	switch {
	case r.Importing:
		return true, nil
	case r.Behaviour.Refresh == RefreshNever:
		return false, nil
	case s.UnknownConnection():
		return false, &Problem{Kind: SkippedConnection, Attribute: "refresh"}
	case c.byProvider() && (s.UnknownCredentials() || s.UnknownServer(c.place)):
		return false, &Problem{Kind: SkippedCredentials, Attribute: "refresh"}
	case r.Behaviour.Refresh == RefreshAuto && c.record.Facts.ReadRotates() && c.journal == nil:
		return false, &Problem{Kind: SkippedRotating, Attribute: "refresh"}
	}
	return true, nil
}
