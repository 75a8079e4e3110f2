// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Change is an update that is to be made.
type Change struct {
	State     authserver.State
	Asked     metadata.Document
	Behaviour authserver.Behaviour

	RenewSecret  bool // a new client secret is wanted, so that an update is sent even if nothing else changes
	RotateSecret bool // and rotate_secret_when asked for it, not an expiry
	StoresSecret bool // the caller saves the client secret
	MayChange    reconcile.Changeable
}

// update is one update under way.
type update struct {
	*authserver.Client
	Change
	save func(authserver.Snapshot)
	read reconcile.Answer // the class of the answer to the GET before the PUT
	none bool             // the server has no updates, by its answer to the PUT
}

// Update makes a GET, so that it never writes back outdated values, a PUT, and a GET as the new baseline for drift. An update that
// fails keeps the old values, so that the next plan shows the change again, with the credentials that are in force.
func Update(ctx context.Context, s *authserver.Server, ch Change, save func(authserver.Snapshot)) outcome.Outcome {
	u := &update{Client: s.Client(ch.State), Change: ch, save: save}
	if problem := u.NeedsJournal(); problem != nil {
		return outcome.Failed(problem)
	}
	u.MustKeep = true
	u.Confirm(ctx)
	u.UseTemplate(ctx, ch.Behaviour)
	current, ok := u.current(ctx)
	ctx = transport.Ahead(ctx) // what follows belongs to a client whose update has begun
	if ok {
		u.Registered = current
		u.AskTokenEndpoint(ctx) // the update carries the secret that is in force
	}
	u.keep(nil)
	if !ok {
		return u.Outcome()
	}

	body := reconcile.Update{
		ClientID: u.Handle.ClientID, ClientSecret: u.Handle.ClientSecret, Asked: u.Asked,
		Removed: reconcile.Removed(u.before().Agreed, u.Asked), Registered: current,
	}
	view, written, before := current, metadata.Document(nil), u.Handle
	if u.RenewSecret || !u.before().NothingDiffers(u.Asked, current) {
		answer, ok := u.write(ctx, body)
		if !ok {
			return u.Outcome()
		}
		view, written = answer.Metadata, answer.Metadata
		seen, err := u.Get(ctx, reconcile.FromReadBack)
		if err == nil {
			view = seen.Metadata
		} else {
			u.unlearn(answer)
			u.Warn(outcome.Problem{Kind: outcome.UpdateNotReadBack, Err: err})
		}
		view = u.ProveByReading(ctx, view, err == nil)
		if u.Record.Facts.ReadRotates() && lags(current, written, view) {
			u.Record.Unread = true // nor is the credential beside it to be relied on, and no refresh will read
		}
		if u.RenewSecret {
			u.Decide(ctx, reconcile.FromUpdate, reconcile.Credentials.TakeAsked)
		}
	} else {
		view = u.ProveByReading(ctx, view, u.read == reconcile.AnswerDone)
	}
	sameLifetime := sameMoment(u.Handle.ClientSecretExpiresAt, before.ClientSecretExpiresAt)
	u.noteSecret(before, sameLifetime)
	if u.RenewSecret && u.Handle.ClientSecret.Equal(body.ClientSecret) && sameLifetime && !u.secretKept(view) {
		return u.Outcome()
	}
	u.finish(body, view, written)
	return u.Outcome()
}

// noteSecret keeps what an update did to the client secret.
func (u *update) noteSecret(before reconcile.Handle, sameLifetime bool) {
	if before.ClientSecret.IsEmpty() && before.ClientSecretExpiresAt != nil && !sameLifetime {
		// The secret itself is kept nowhere to compare with, but its lifetime began anew.
		u.Record.Facts.SecretOnUpdate = true
	}
	if !sameLifetime || !before.ClientSecret.IsEmpty() && !before.ClientSecret.Equal(u.Handle.ClientSecret) {
		u.Record.SecretAt, u.Record.SecretKept = u.Record.WrittenAt, false
	}
}

// unlearn has an update whose read-back failed teach nothing of what updates do, until the credentials that it left have worked: its answer may have
// had others than those, or none. Where there are no reads, nothing but the answer tells.
func (u *update) unlearn(answer *dcr.Registration) {
	known := u.Credentials()
	if u.Record.Capabilities.Read == reconcile.CapabilityNo && (known.Has(answer.ClientSecret) || known.Has(answer.RegistrationAccessToken)) {
		u.Record.Unread = false
		return
	}
	u.Record.Unread, u.Record.Facts.UpdateSeen = true, u.before().Facts.UpdateSeen
}

// lags reports whether a read shows what was registered before an update whose answer showed something else, as a replica does that has
// not seen the update.
func lags(before, written, seen metadata.Document) bool {
	for member, value := range written {
		if !metadata.Equal(member, value, before[member]) && metadata.Equal(member, seen[member], before[member]) {
			return true
		}
	}
	return false
}

// before is the record of the last successful create or update.
func (u *update) before() reconcile.Record { return u.State.Record }

// keep saves the old values with the credentials in force, and what the server shows where that is known.
func (u *update) keep(view metadata.Document) {
	snapshot := u.Snapshot()
	snapshot.Registered = view
	u.save(snapshot)
}

// current reads the client as it is now. Where the server supports no reading, what the state has must do.
func (u *update) current(ctx context.Context) (metadata.Document, bool) {
	learns := readsInApply(u.Client)
	occasion := reconcile.FromRead
	if learns {
		occasion = reconcile.FromReadBack
	}
	answer, err := u.Get(ctx, occasion)
	u.read = authserver.ClassOf(reconcile.OperationRead, err)
	switch {
	case err == nil && learns:
		return readTwice(ctx, u.Client, answer.Metadata), true
	case err == nil:
		return answer.Metadata, true
	}
	var de *dcr.Error
	switch {
	case errors.As(err, &de) && de.NotSupported():
		return u.Registered, true
	case errors.Is(err, authserver.ErrNotKept):
		u.Report(outcome.Problem{Kind: outcome.NotUpdated, Err: err})
		return nil, false
	}
	refused := u.ClassifyRefusal(ctx, reconcile.OperationUpdate, err, u.Behaviour, false)
	u.NoteMissing(refused)
	problem := refused.Problem()
	if problem.Kind == outcome.Gone {
		problem.Kind = outcome.GoneSincePlan
	}
	u.Report(problem)
	return nil, false
}

// write sends the update, and once more where a new secret is wanted of a server that has issued one with an update before, the answer has none that
// is new, and no read will show it. One answer may have lost it, and a secret that is kept costs the client. Where the same is refused now, the secret
// that it has is not the one in force any more, and only another client gets one.
func (u *update) write(ctx context.Context, body reconcile.Update) (*dcr.Registration, bool) {
	expires := u.Handle.ClientSecretExpiresAt
	answer, ok := u.sendAndSave(ctx, body)
	kept := u.Handle.ClientSecret.Equal(body.ClientSecret) && u.Record.Unproven.ClientSecret.IsEmpty() && sameMoment(expires, u.Handle.ClientSecretExpiresAt)
	if !ok || !kept || !u.RenewSecret || !u.before().Facts.SecretOnUpdate || u.Record.Facts.SecretOnRead == reconcile.SecretShown {
		return answer, ok
	}
	capabilities := u.Record.Capabilities
	again, _, err := u.send(ctx, body, false)
	u.none, u.Record.Capabilities = false, capabilities
	switch {
	case err == nil:
		answer = again
	case dcr.MaybeProcessed(err) || authserver.RateLimited(err):
		u.Record.Facts.UpdateLost = true
		u.Report(outcome.Problem{Kind: outcome.NotUpdated, Err: err, MaybeProcessed: dcr.MaybeProcessed(err)})
		ok = false
	}
	u.keep(nil)
	return answer, ok
}

// sendAndSave sends the update and saves the credentials that it brought.
func (u *update) sendAndSave(ctx context.Context, body reconcile.Update) (*dcr.Registration, bool) {
	answer, form, err := u.send(ctx, body, false)
	if answer == nil {
		answer, form, err = u.sendWithOtherSecret(ctx, body, err)
	}
	var de *dcr.Error
	if unshown := reconcile.Unshown(u.before().Agreed, u.Asked, body.Registered); len(unshown) > 0 && errors.As(err, &de) && de.RefusesMetadata() && !dcr.MaybeProcessed(err) {
		if again, plainer, refused := u.send(ctx, body.Without(unshown), false); refused == nil {
			answer, form, err = again, plainer, nil
			u.Warn(outcome.Problem{Kind: outcome.MembersNotSentAgain, Members: unshown})
		} else if dcr.MaybeProcessed(refused) {
			err = errors.Join(err, refused)
		}
	}
	if (dcr.MaybeProcessed(err) || authserver.RateLimited(err)) && !u.none && (!u.Record.Facts.UpdateSeen || u.Record.Facts.SecretOnUpdate) {
		// The answer that was lost may have held a new secret, on a server that issues one with an update or of which that is not known:
		// the one in the state is then no evidence of anything. Nor is it one that updates issue secrets.
		u.Record.Facts.UpdateLost = true
	}
	if u.Record.Facts.RotatesOnRead && u.read == reconcile.AnswerDone && authserver.Unauthorized(err) {
		u.Record.Unanswered = true // the read showed the client and, in the place of the token that it issued, one that is refused
	}
	u.keep(nil)
	switch {
	case err != nil && u.none:
		u.Report(outcome.Problem{Kind: outcome.UpdateUnsupported, Err: err, Manageable: !u.Record.Capabilities.LeavesBehind(true)})
		return nil, false
	case err != nil:
		u.Report(outcome.Problem{Kind: outcome.NotUpdated, Err: err, MaybeProcessed: dcr.MaybeProcessed(err)})
		return nil, false
	}
	u.Record.Form = form
	if left := reconcile.LeftOut(form, body); len(left) > 0 {
		u.Warn(outcome.Problem{Kind: outcome.MembersLeftOut, Form: form, Members: left})
	}
	return answer, true
}

// send tries the forms of the update, from the one that worked before on, as long as the server refuses the metadata. The first
// refusal is the one that is reported: later forms say less.
func (u *update) send(ctx context.Context, body reconcile.Update, wantsSecret bool) (*dcr.Registration, reconcile.Form, error) {
	var first error
	var refusals []reconcile.Refusal
	for _, form := range reconcile.Distinct(reconcile.Candidates(u.before().Form, u.Behaviour.UpdateForm), body) {
		if wantsSecret && !form.HasSecret() {
			continue
		}
		answer, err := u.Put(ctx, reconcile.Body(form, body))
		if seen := u.confirmed(ctx, err); seen != nil {
			answer, err = seen, nil
		}
		u.none = learnUpdate(u.Client, u.read, err)
		if err == nil {
			return answer, form, nil
		}
		if first == nil {
			first = err
		}
		if authserver.Unauthorized(err) && !dcr.MaybeProcessed(err) && u.letIn() && !form.HasSecret() && !body.ClientSecret.IsEmpty() {
			// The same token has just read the client, or there are no reads. To some servers an update without the client_secret (RFC 7592 §2.2) is one by
			// an unauthenticated client.
			wantsSecret = true
			continue
		}
		var de *dcr.Error
		// A 403 that names the caller is about the body, too, where the server just let the same caller in: to some servers a
		// client_secret, which the earlier form did not have, is forbidden.
		again := errors.As(err, &de) && (de.RefusesMetadata() || de.Forbidden() && len(refusals) > 0)
		if !again {
			if errors.Is(err, first) {
				return nil, form, err
			}
			return nil, form, errors.Join(first, err)
		}
		refusals = append(refusals, reconcile.Refusal{Code: de.Code, Description: de.Description})
		if reconcile.Conclusive(refusals, body) {
			break
		}
	}
	return nil, "", first
}

// letIn reports whether nothing speaks against the token: it has just read the client, or the server has no reads.
func (u *update) letIn() bool {
	return u.read == reconcile.AnswerDone || u.read == reconcile.AnswerUnsupported
}

// sendWithOtherSecret sends an update that was refused once more with the secret that waits beside the known one: some servers take no update
// without the secret that is in force, and the known one may not be it. It returns the first refusal where that makes no difference.
func (u *update) sendWithOtherSecret(ctx context.Context, body reconcile.Update, refused error) (*dcr.Registration, reconcile.Form, error) {
	var de *dcr.Error
	other := u.Credentials().OtherSecret()
	if other.IsEmpty() || body.ClientSecret.IsEmpty() || !errors.As(refused, &de) || !de.RefusesMetadata() && !de.Unauthorized() || dcr.MaybeProcessed(refused) || !u.letIn() {
		return nil, "", refused
	}
	waited := u.Record.Unproven.ClientSecret.Equal(other)
	known := body.ClientSecret
	body.ClientSecret = other
	answer, form, err := u.send(ctx, body, true)
	if err != nil {
		if dcr.MaybeProcessed(err) {
			refused = errors.Join(refused, err)
		}
		return nil, "", refused
	}
	if form.HasSecret() {
		u.Decide(ctx, reconcile.FromUpdate, func(c reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
			return c.UpdateAccepted(other, known, waited)
		})
	}
	return answer, form, nil
}

// confirmed reads the client after an update whose answer may say that it was made and does not show the client: a success without a
// body, or the redirect to a page that follows a form (RFC 9110 §15.4.4). It returns what the read shows where that is all that was asked
// for, and nil where nothing tells.
func (u *update) confirmed(ctx context.Context, err error) *dcr.Registration {
	class := authserver.ClassOf(reconcile.OperationUpdate, err)
	if class != reconcile.AnswerUnusable && class != reconcile.AnswerRedirected || !dcr.MaybeProcessed(err) || u.read != reconcile.AnswerDone || u.RenewSecret {
		return nil
	}
	seen, err := u.Get(ctx, reconcile.FromRead)
	if err != nil || !u.before().NothingDiffers(u.Asked, seen.Metadata) {
		return nil
	}
	if f := &u.Record.Facts; !f.UpdateSeen && f.SecretOnRead != reconcile.SecretShown {
		f.UpdateLost = true // a new secret, which the answer may have held and the read does not show
	}
	return seen
}

// secretKept reports that the update brought no new secret. Where an expiry asked for it, the next plan sees the same expiry and
// replaces the client; where rotate_secret_when did, the state must keep its old values, or nothing would ask again. It returns
// whether the update may be finished.
func (u *update) secretKept(view metadata.Document) bool {
	u.Record.SecretKept = true // though an earlier update may have brought one
	if !u.RotateSecret {
		u.Warn(outcome.Problem{Kind: outcome.SecretKept, Attribute: "client_secret"})
		return true
	}
	u.Record.Agreed = reconcile.AfterRefusal(u.before().Agreed, u.Asked, view)
	u.keep(view)
	u.Report(outcome.Problem{Kind: outcome.SecretKept, Attribute: "rotate_secret_when"})
	return false
}

// finish compares what was asked with what is registered now and saves the outcome.
func (u *update) finish(body reconcile.Update, view, written metadata.Document) {
	agreed, substitutions := reconcile.Outcome(u.Asked, view, written)
	if written != nil {
		u.Record.Doubted = reconcile.Doubted(u.before().Doubted, u.Asked, written, view)
	}
	refused, warned := reconcile.Judge(substitutions, u.Behaviour.AcceptSubstitutions, u.Behaviour.Strict)
	if len(refused) > 0 {
		u.Record.Agreed = reconcile.AfterRefusal(u.before().Agreed, u.Asked, view)
		u.keep(view)
		reportSubstitutions(u.Client, refused, outcome.UpdateStands, nil)
		return
	}
	warned = append(warned, reconcile.Kept(body.Removed, body.Registered, view)...)
	reportSubstitutions(u.Client, reconcile.Unreported(warned, u.before().Agreed), outcome.NoConsequence, nil)
	u.Record.Agreed = agreed
	if u.StoresSecret {
		u.WarnOfNoSecret(body.Registered, view)
	}
	shown, pending := reconcile.Withhold(u.State.Handle, u.Handle, u.MayChange)
	if pending != nil {
		if !u.StoresSecret {
			pending.ClientSecret = secret.String{}
		}
		u.Warn(outcome.Problem{Kind: outcome.CredentialsChanged})
	}
	u.Record.Pending = pending
	u.save(authserver.Snapshot{Handle: shown, Record: u.Record, Registered: view, Applied: true})
}

// learnUpdate keeps what the answer to an update teaches of whether the server has updates. read is the class of the read that was
// made in the same operation. It reports whether the answer says that the server has none.
func learnUpdate(c *authserver.Client, read reconcile.Answer, err error) bool {
	answer := authserver.ClassOf(reconcile.OperationUpdate, err)
	// Where the URI takes neither method, and says so of both, no working read is needed to tell that from an outage.
	works := read == reconcile.AnswerDone || read == reconcile.AnswerUnsupported && answer == reconcile.AnswerUnsupported
	c.Record.Capabilities = c.Record.Capabilities.Learn(reconcile.OperationUpdate, answer, works)
	switch answer {
	case reconcile.AnswerMissing, reconcile.AnswerUnsupported, reconcile.AnswerRedirected:
		return c.Record.Capabilities.Update == reconcile.CapabilityNo
	}
	return false
}

func sameMoment(a, b *int64) bool { return moment(a) == moment(b) }

// moment returns an expiry; 0 for never and for one that the server does not state (RFC 7591 §3.2.1).
func moment(at *int64) int64 { return *cmp.Or(at, new(int64)) }
