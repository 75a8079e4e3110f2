// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
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
func Read(ctx context.Context, s *Server, r Refresh, save func(Snapshot)) Outcome {
	c := s.client(r.State)
	restore := c.useTemplate(ctx, r.Behaviour)
	if !c.managed() {
		if r.Importing {
			c.report(Problem{Kind: NotImportable})
		}
		return c.outcome()
	}
	c.confirm(ctx)
	if may, why := mayRefresh(c, r); !may {
		if why == nil || why.Kind != SkippedNotLearnt || c.handle.RegistrationClientURI == c.record.Unproven.RefusedURI {
			if restore(false) {
				why = nil
			}
		} // else the apply reads the client, at the address that the user's template gives
		if why != nil {
			c.warn(*why)
		}
		c.keepHandedIn(ctx)
		if r.Behaviour.Refresh != RefreshNever && !s.UnknownConnection() {
			// A secret whose update was interrupted before anything proved it must not wait for a read that may never come.
			c.prove(ctx)
		}
		// Credentials that an update kept back move into the attributes all the same.
		save(c.snapshot())
		return c.outcome()
	}

	origin := reconcile.FromRead
	if r.Importing {
		origin = reconcile.FromReadBack // what it teaches of reads is kept, as in an apply
	}
	answer, err := c.get(ctx, origin)
	switch {
	case err != nil && restore(true):
		c.warn(Problem{Kind: NotRefreshed, Attribute: "client_configuration_uri_template", Err: err})
		return c.outcome()
	case err != nil:
		return notShown(ctx, c, r, err, save)
	}

	c.registered = answer.Metadata
	c.learnHome(ctx)
	view := answer.Metadata
	if r.Importing {
		view = readTwice(ctx, c, view)
	}
	c.prove(ctx)
	c.warnOfRotation(r.State.Record.Facts)
	if r.Importing {
		c.warnOfNoSecret(nil, view)
	}
	values := observe(c, r, view)
	snapshot := c.snapshot()
	snapshot.Registered, snapshot.Values = view, values
	save(snapshot)
	return c.outcome()
}

// readTwice reads an imported client once more, where that is needed to learn what reads do to its credentials: the first read had
// nothing to compare with. Without that, no refresh would read the client, since it might replace a secret that is in use.
func readTwice(ctx context.Context, c *Client, view metadata.Document) metadata.Document {
	if (c.handle.ClientSecret.IsEmpty() || c.record.Facts.SecretOnRead != "") && !c.credentials().NeedsRead() {
		c.learnHidden()
		return view
	}
	c.registered = view
	c.askTokenEndpoint(ctx) // which tells more than a second read, where the known secret may be outdated
	again, err := c.get(transport.Ahead(ctx), reconcile.FromReadBack)
	if err != nil {
		c.record.Unread = true
		return view
	}
	return again.Metadata
}

// readQuestion is what the decision depends on whether a refresh reads the client.
func readQuestion(c *Client, setting string) reconcile.ReadQuestion {
	return reconcile.ReadQuestion{
		Refresh: reconcile.Refresh(setting), Facts: c.record.Facts, HasSecret: c.hasSecret(), HasToken: !c.byProvider(), Journal: c.journal != nil,
	}
}

// readsNothing reports whether a read certainly replaces no credential, since the server has no reads, or nothing may be sent there.
func readsNothing(c *Client) bool {
	return c.record.Capabilities.Read == reconcile.CapabilityNo || c.server.checkURL(c.handle.RegistrationClientURI) != nil
}

// readsInApply reports whether the next apply is to read the client although nothing is to be changed: what is saved may be outdated
// because an answer was lost, or nothing is known of what reads do. A refresh does not find out, since it saves nothing.
func readsInApply(c *Client) bool {
	if !c.managed() || readsNothing(c) {
		return false
	}
	_, why := readQuestion(c, RefreshAuto).ReadInRefresh()
	return c.record.Unread || why == reconcile.SkippedNotYetLearnt
}

// ReadsInApply reports whether a plan has to propose an update so that the apply reads the client, and what there is to tell of it.
func ReadsInApply(s *Server, state State, b Behaviour) (bool, *Problem) {
	c := s.client(state)
	if b.Refresh != RefreshAuto || !readsInApply(c) {
		return false, nil
	}
	if _, why := readQuestion(c, RefreshAuto).ReadInRefresh(); why == reconcile.SkippedNotYetLearnt {
		return true, nil // which the refresh has told
	}
	return true, &Problem{Kind: ReadByApply, Warning: true, ClientID: c.handle.ClientID, Attribute: "registered"}
}

// notShown ends a read that did not show the client. Only a client that is proven to be gone is forgotten here; what else is to be done
// is the plan's decision (Missing).
func notShown(ctx context.Context, c *Client, r Refresh, err error, save func(Snapshot)) Outcome {
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
		if !r.Importing {
			c.keepHandedIn(ctx)
		}
		save(c.snapshot())
	}
	return Outcome{Gone: gone, Problems: c.problems}
}

// observe returns the values of the managed members: the configured value while the server's value is unchanged since the last apply,
// otherwise the server's current value. It returns nil where it cannot be told what was agreed.
func observe(c *Client, r Refresh, registered metadata.Document) metadata.Document {
	if r.Importing {
		imported, unreadable := reconcile.Import(registered)
		values, left := reconcile.Configurable(imported)
		if left = slices.Sorted(slices.Values(append(left, unreadable...))); len(left) > 0 {
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
func mayRefresh(c *Client, r Refresh) (bool, *Problem) {
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
	}
	may, why := readQuestion(c, r.Behaviour.Refresh).ReadInRefresh()
	if may || why == reconcile.SkippedNotYetLearnt && readsNothing(c) {
		return true, nil
	}
	return false, &Problem{Kind: skipped[why], Attribute: "refresh"}
}

var skipped = map[reconcile.ReadReason]Kind{
	reconcile.SkippedSecretMoves: SkippedSecretMoves, reconcile.SkippedTokenMoves: SkippedRotating, reconcile.SkippedNotYetLearnt: SkippedNotLearnt,
}

// Confirm tells the journal that a state holds the client, so that nobody adopts it. A read does so by itself.
func Confirm(ctx context.Context, s *Server, state State) []Problem {
	c := s.client(state)
	c.confirm(ctx)
	return c.problems
}
