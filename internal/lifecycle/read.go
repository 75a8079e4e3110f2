// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Refresh is a client that is to be read.
type Refresh struct {
	State     authserver.State
	Behaviour authserver.Behaviour
	Importing bool // the state holds a handle and nothing else
	// Shown is what the managed attributes show. It is needed only where the record has no agreement, as when a state was edited by
	// hand; nil where it cannot be told.
	Shown metadata.Document
	// InState reports whether the state has a value for a member. Nil is for a state that has all of them.
	InState func(member string) bool
}

// Read refreshes a client by one GET. It saves nothing where nothing was read and nothing changed. After a successful GET it reports
// no error, whatever else goes wrong: Terraform drops the refreshed state of a Read that fails, and with it credentials that the
// server may just have rotated.
func Read(ctx context.Context, s *authserver.Server, r Refresh, save func(authserver.Snapshot)) outcome.Outcome {
	c := s.Client(r.State)
	if r.Importing {
		s.NoteImported(ctx, c)
		if problem := c.NeedsKeeping(ctx); problem != nil {
			c.ReportUnkept(*problem)
			return c.Outcome()
		}
	} else {
		s.NoteHeld(c)
	}
	unlooked := c.Record.Unlooked
	restore := c.UseTemplate(ctx, r.Behaviour)
	if !c.Managed() {
		if r.Importing {
			c.Report(outcome.Problem{Kind: outcome.NotImportable})
		} else if !r.State.Handle.Equal(c.Handle) {
			save(c.Snapshot()) // what a template gave that is no more, or an update kept back
		}
		return c.Outcome()
	}
	if c.RestoreMark(ctx); c.ConfirmShared(ctx) {
		c.Warn(outcome.Problem{Kind: outcome.ClientOfTwo})
	}
	if may, why := mayRefresh(ctx, c, r); !may {
		if why == nil || why.Kind != outcome.SkippedNotLearnt && !why.NoReads || c.Handle.RegistrationClientURI == c.Record.Unproven.RefusedURI {
			if restore(false) {
				why = nil
			}
		} // else the apply reads or changes the client, at the address that the user's template gives
		if why != nil {
			c.Warn(*why)
		}
		c.KeepHandedIn(ctx, true)
		if r.Behaviour.Refresh != authserver.RefreshNever && !s.UnknownConnection() {
			// A secret whose update was interrupted before anything proved it must not wait for a read that may never come.
			c.Prove(ctx)
		}
		// Credentials that an update kept back move into the attributes all the same.
		save(c.Snapshot())
		return c.Outcome()
	}

	occasion := reconcile.FromRead
	if r.Importing {
		occasion = reconcile.FromReadBack // what it teaches of reads is kept, as in an apply
		c.TakeJournaledSecret(ctx)
	}
	unlooked = unlooked && !c.HasTemplate(r.Behaviour)
	answer, nobody, err := lookOf(ctx, c, occasion, unlooked)
	switch {
	case err != nil && restore(nobody):
		return notAtGuess(c, unlooked, nobody, err, save)
	case err != nil:
		return notShown(ctx, c, r, err, save)
	}

	shown(ctx, c, r, settle(ctx, c, r, answer.Metadata), save)
	return c.Outcome()
}

// lookOf is the read of a refresh. Where nobody has looked yet at the address that only a template gives, it is decided as right after a registration whether clients are managed
// there: a look that ends without the client is the last one.
func lookOf(ctx context.Context, c *authserver.Client, occasion reconcile.Occasion, unlooked bool) (answer *dcr.Registration, nobody bool, err error) {
	if !unlooked || c.Record.Guessed == "" {
		answer, err = c.Get(ctx, occasion)
		return answer, authserver.ClassOf(reconcile.OperationRead, err).ServesNobody(), err
	}
	t, _ := c.Server.Locate(ctx, c.Place) // without which nothing is asked about the credential
	answer, step, err := askByProvider(ctx, c, t, occasion, reconcile.ProviderRead{Promised: true, Later: true})
	return answer, step == reconcile.ReadBackUnmanaged, err
}

// notAtGuess ends a read that did not show the client at the address that a template gives.
func notAtGuess(c *authserver.Client, unlooked, nobody bool, err error, save func(authserver.Snapshot)) outcome.Outcome {
	switch {
	case !unlooked:
		c.Warn(outcome.Problem{Kind: outcome.NotRefreshed, Attribute: "client_configuration_uri_template", FromTemplate: true, Err: err})
		return c.Outcome()
	case !nobody:
		c.Warn(outcome.Problem{Kind: outcome.NotRefreshed, ByProvider: true, Err: err})
	default:
		refused := authserver.ClassOf(reconcile.OperationRead, err).AsksForAnother()
		if refused { // by an address that may serve the client for another credential
			c.Record.Unproven.RefusedURI = ""
		}
		c.Warn(outcome.Problem{Kind: outcome.NotManageable, Operation: reconcile.OperationRead, ByProvider: true, FromTemplate: refused, Err: err})
	}
	save(c.Snapshot())
	return c.Outcome()
}

// settle reads the client once more where that tells whether reads replace the token, and returns the newest view.
func settle(ctx context.Context, c *authserver.Client, r Refresh, view metadata.Document) metadata.Document {
	if r.Importing || !c.LeavesReadsOpen(r.State.Record) {
		return view
	}
	if again, err := c.Get(transport.Ahead(ctx), reconcile.FromRead); err == nil {
		return again.Metadata
	}
	return view
}

// shown ends a read that showed the client.
func shown(ctx context.Context, c *authserver.Client, r Refresh, view metadata.Document, save func(authserver.Snapshot)) {
	c.Registered = view
	c.LearnHome(ctx)
	warnOfOtherServer(c)
	if r.Importing {
		view = readTwice(ctx, c, view)
		c.ConfirmHome(ctx)
		c.Record.MadeAt = cmp.Or(c.Record.MadeAt, c.Server.Mark()) // by which the journal tells this object from another one of the client
		c.Server.NoteImported(ctx, c)
	}
	c.Prove(ctx)
	c.WarnOfRotation(r.State.Record.Facts, r.Importing)
	if r.Importing {
		c.WarnOfNoSecret(nil, view)
		// Only an import is told: each object is imported once, but a client that was made before its predecessor is destroyed may be the same,
		// and both of these objects are refreshed.
		if c.Server.NoteHeld(c) {
			c.Warn(outcome.Problem{Kind: outcome.ImportOfAnothers, ClientID: c.Handle.ClientID})
		}
	}
	values := observe(c, r, view)
	snapshot := c.Snapshot()
	snapshot.Registered, snapshot.Values = view, values
	save(snapshot)
}

// warnOfOtherServer warns where the configuration names another server than the one that has just shown the client.
func warnOfOtherServer(c *authserver.Client) {
	if named, relation := c.Named(); relation == reconcile.HomeOther {
		c.Warn(outcome.Problem{Kind: outcome.OtherServer, Home: c.Record.Home, Configured: named})
	}
}

// readTwice reads an imported client once more, where that is needed to learn what reads do to its credentials: the first read had
// nothing to compare with. Without that, no refresh would read the client, since it might replace a secret that is in use.
func readTwice(ctx context.Context, c *authserver.Client, view metadata.Document) metadata.Document {
	if (c.Handle.ClientSecret.IsEmpty() || c.Record.Facts.SecretOnRead != "") && !c.NeedsRead() {
		c.LearnHidden()
		return view
	}
	c.Registered = view
	c.AskTokenEndpoint(ctx) // which tells more than a second read, where the known secret may be outdated
	again, err := c.Get(transport.Ahead(ctx), reconcile.FromReadBack)
	if err != nil {
		c.Record.Unread = true
		return view
	}
	c.LearnHidden()
	return again.Metadata
}

// readQuestion is what the decision depends on whether a refresh reads the client.
func readQuestion(c *authserver.Client, setting string) reconcile.ReadQuestion {
	return reconcile.ReadQuestion{
		Refresh: reconcile.Refresh(setting), Facts: c.Record.Facts, HasSecret: c.HasSecret(), HasToken: !c.ByProvider(), Journal: c.Journal != nil,
		JournalUnknown: c.Server.UnknownJournal(),
	}
}

// readsNothing reports whether an apply that changes nothing learns nothing of what reads do, since the server said that it has none, or nothing may be sent there.
func readsNothing(c *authserver.Client) bool { return c.SaidNoReads() || neverSent(c) }

// neverSent reports whether a read certainly replaces no credential, since nothing may be sent there.
func neverSent(c *authserver.Client) bool {
	return c.Server.CheckURL(c.Handle.RegistrationClientURI) != nil && !c.Server.UnknownConnection() // by which it may turn out allowed
}

// readsInApply reports whether the next apply is to read the client although nothing is to be changed: what is saved may be outdated
// because an answer was lost, or nothing is known of what reads do. A refresh does not find out, since it saves nothing.
func readsInApply(c *authserver.Client) bool {
	if !c.Managed() || readsNothing(c) {
		return false
	}
	return c.Record.Unread || notYetLearnt(c)
}

// notYetLearnt reports whether nothing is known of what reads do to the client's credentials. A journal that is known in the apply only
// counts as none: with one, a refresh may read all the same.
func notYetLearnt(c *authserver.Client) bool {
	q := readQuestion(c, authserver.RefreshAuto)
	if q.JournalUnknown {
		q.JournalUnknown, q.Journal = false, false
	}
	_, why := q.ReadInRefresh()
	return why == reconcile.SkippedNotYetLearnt
}

// ReadsFirst reports whether an apply that updates the client, or only reads it, is the first to show what reads do to its credentials.
func ReadsFirst(s *authserver.Server, state authserver.State) bool {
	c := s.Client(state)
	return c.Managed() && !readsNothing(c) && notYetLearnt(c)
}

// ReadsInApply reports whether a plan has to propose an update so that the apply reads the client, and what there is to tell of it.
func ReadsInApply(s *authserver.Server, state authserver.State, b authserver.Behaviour) (bool, *outcome.Problem) {
	c := s.Client(state)
	c.NoteRefresh(b)
	if b.Refresh != authserver.RefreshAuto || !readsInApply(c) {
		return false, nil
	}
	if notYetLearnt(c) {
		return true, nil // which the refresh has told
	}
	return true, &outcome.Problem{Kind: outcome.ReadByApply, Warning: true, ClientID: c.Handle.ClientID, Attribute: "registered"}
}

// notShown ends a read that did not show the client. Only a client that is proven to be gone is forgotten here; what else is to be done
// is the plan's decision (Missing).
func notShown(ctx context.Context, c *authserver.Client, r Refresh, err error, save func(authserver.Snapshot)) outcome.Outcome {
	awaits := func() outcome.Outcome {
		if r.Importing {
			c.Report(outcome.Problem{Kind: outcome.FindNotKnownYet})
			return c.Outcome()
		}
		c.Warn(outcome.Problem{Kind: outcome.AwaitsToken, Attribute: "registration_access_token", Err: err})
		save(c.Snapshot())
		return c.Outcome()
	}
	if c.AwaitsToken(err) {
		return awaits()
	}
	refused := c.ClassifyRefusal(ctx, reconcile.OperationRead, err, r.Behaviour, r.Importing)
	if c.Server.AwaitsToken(c.Handle) && refused.OpenToAnother() {
		return awaits()
	}
	problem := refused.Problem()
	gone := refused.Forgotten() && refused.Verdict.Presence == reconcile.Gone
	switch {
	case r.Importing:
		// Whatever the refusal, there is nothing to keep: a state without what the server has registered would be of no client.
		problem.Warning = false
		switch {
		case refused.Verdict.Presence == reconcile.Gone:
			problem.Kind = outcome.ImportNotFound
		case problem.Kind == outcome.ReadUnsupported:
			problem.Kind = outcome.ImportUnreadable
		}
	case gone:
		c.Server.Release(c)
		c.NoteGone(ctx)
	default:
		c.Remember(refused)
		if refused.Verdict.Step != reconcile.KeepAndWarn {
			problem = outcome.Problem{Kind: outcome.NotRefreshed, Warning: true, Attribute: problem.Attribute, Err: err}
		}
	}
	c.Report(problem)
	if !gone {
		if !r.Importing {
			c.KeepHandedIn(ctx, refused.ReadUnsupported())
		}
		save(c.Snapshot())
	}
	return outcome.Outcome{Gone: gone, Problems: c.Problems}
}

// observe returns the values of the managed members: the configured value while the server's value is unchanged since the last apply,
// otherwise the server's current value. It returns nil where it cannot be told what was agreed.
func observe(c *authserver.Client, r Refresh, registered metadata.Document) metadata.Document {
	if r.Importing {
		imported, unreadable := reconcile.Import(registered)
		values, left := reconcile.Configurable(imported)
		if left = slices.Sorted(slices.Values(append(left, unreadable...))); len(left) > 0 {
			c.Warn(outcome.Problem{Kind: outcome.ImportedInPart, Members: left})
		}
		c.Record.Agreed, _ = reconcile.Agree(values, registered)
		return values
	}
	if c.Record.Agreed == nil {
		if r.Shown == nil {
			return nil
		}
		c.Record.Agreed, _ = reconcile.Agree(r.Shown, c.Registered)
	}
	if r.InState != nil {
		c.Record.Agreed = reconcile.WithoutForgotten(c.Record.Agreed, r.InState)
	}
	c.Record.Agreed = c.Record.Agreed.AgreeCaughtUp(registered)
	return reconcile.Observe(c.Record.Agreed, registered)
}

// mayRefresh is the one place that decides whether a refresh reads a client. Where it may not, a Problem says why, unless the user
// turned reading off.
func mayRefresh(ctx context.Context, c *authserver.Client, r Refresh) (bool, *outcome.Problem) {
	s := c.Server
	c.NoteRefresh(r.Behaviour)
	if !r.Importing && s.AwaitsToken(c.Handle) {
		c.Record.LeavesToAnother() // what was found without the token that is to come counts no more, unless it was proven
	}
	switch {
	case r.Importing:
		return true, nil
	case r.Behaviour.Refresh == authserver.RefreshNever:
		return false, nil
	case s.UnknownConnection():
		return false, &outcome.Problem{Kind: outcome.SkippedConnection, Attribute: "refresh"}
	case c.ByProvider() && (s.UnknownCredentials() || s.UnknownServer(authserver.Place{})): // whichever server the resource names: it may be the same one
		return false, &outcome.Problem{Kind: outcome.SkippedCredentials, Attribute: "refresh"}
	}
	question := readQuestion(c, r.Behaviour.Refresh)
	may, why := question.ReadInRefresh()
	if why == reconcile.ReadJournaled && !c.MayNote(ctx) {
		question.Journal = false
		may, why = question.ReadInRefresh()
	}
	if why == reconcile.SkippedNotYetLearnt && neverSent(c) {
		if may = !s.UnknownJournal(); !may {
			why = reconcile.SkippedJournal
		}
	}
	switch {
	case may:
		return true, nil
	case why == reconcile.SkippedNotYetLearnt && c.SaidNoReads():
		// A front end may have said so. If there are reads, this would be the first one, and what it replaces would be lost: the next update asks.
		problem := outcome.Problem{Kind: outcome.ReadUnsupported, Attribute: "refresh", NoReads: true}
		if !c.ByProvider() && c.Journal == nil && !s.UnknownJournal() {
			problem.Loses = outcome.LosesCredential
		}
		return false, &problem
	}
	return false, &outcome.Problem{Kind: skipped[why], Attribute: "refresh"}
}

var skipped = map[reconcile.ReadReason]outcome.Kind{
	reconcile.SkippedSecretMoves: outcome.SkippedSecretMoves, reconcile.SkippedTokenMoves: outcome.SkippedRotating, reconcile.SkippedNotYetLearnt: outcome.SkippedNotLearnt,
	reconcile.SkippedJournal: outcome.SkippedJournal,
}

// Confirm tells the journal that a state holds the client, so that nobody adopts it. A read does so by itself.
func Confirm(ctx context.Context, s *authserver.Server, state authserver.State) []outcome.Problem {
	c := s.Client(state)
	c.Confirm(ctx)
	return c.Problems
}
