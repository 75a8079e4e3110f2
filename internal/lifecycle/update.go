// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Update makes a GET, so that it never writes back outdated values, a PUT, and a GET as the new baseline for drift. An update that
// fails keeps the old values, or those that the server shows where it was made, so that the next plan shows the change again, with the credentials that are in force.
func Update(ctx context.Context, s *authserver.Server, ch Change, save func(authserver.Snapshot)) outcome.Outcome {
	ch.State.SecretUnstored = !ch.StoresSecret
	u := &update{Client: s.Client(ch.State), Change: ch, save: save}
	if problem := u.NeedsJournal(); problem != nil {
		return outcome.Failed(problem)
	}
	u.MustKeep = true
	u.RestoreMark(ctx)
	u.Confirm(ctx)
	u.NoteRefresh(ch.Behaviour)
	restore := u.UseTemplate(ctx, ch.Behaviour)
	current, ok := u.current(ctx)
	ctx = transport.Ahead(ctx) // what follows belongs to a client whose update has begun
	if ok {
		u.Registered = current
		u.AskTokenEndpoint(ctx) // the update carries the secret that is in force
	}
	u.keep()
	if !ok {
		u.restore(restore)
		return u.Outcome()
	}

	body := reconcile.Update{
		ClientID: u.Handle.ClientID, ClientSecret: u.Handle.ClientSecret, Asked: u.Asked,
		Removed: reconcile.Removed(u.before().Agreed, u.Asked), Registered: current,
	}
	view, written, before := current, metadata.Document(nil), u.Handle
	if u.taken = u.takenBefore(current); len(u.taken) == 0 && (u.RenewSecret || !u.nothingToSend(current)) {
		answer, ok := u.write(ctx, body)
		if !ok {
			u.restore(restore)
			return u.Outcome()
		}
		written = answer.Metadata
		view = u.readBack(ctx, before, current, answer)
		u.Record.Updated = u.before().UpdatedBy(body, view)
		if u.Record.Facts.ReadRotates() && lags(current, written, view) {
			u.Record.Unread = true // nor is the credential beside it to be relied on, and no refresh will read
		}
		if u.RenewSecret {
			u.Decide(ctx, reconcile.FromUpdate, reconcile.Credentials.TakeAsked)
		}
	} else {
		if u.read == reconcile.AnswerDone {
			u.giveSecretBack(ctx, view)
		}
		view = u.ProveByReading(ctx, view, u.read == reconcile.AnswerDone)
	}
	u.noteSecret(ctx, before, view, written)
	if u.RenewSecret && written != nil && u.renewsNothing(before, body) && !u.notRenewed(u.renewalOpen(before, body), view, written) {
		return u.Outcome()
	}
	if written != nil || u.read == reconcile.AnswerDone {
		u.SettleHome(ctx)
	}
	u.finish(body, view, written)
	return u.Outcome()
}

// nothingToSend reports whether the server has what is asked for already, or what was accepted in its place and is still.
func (u *update) nothingToSend(current metadata.Document) bool {
	if u.before().NothingDiffers(u.Asked, current) {
		return true
	}
	_, refused, _ := u.judge(current, nil)
	return len(refused) == 0 && (u.before().AsAgreed(u.Asked, current) || u.before().NothingButAgreed(u.Asked, current, u.Behaviour.AcceptSubstitutions, u.Behaviour.Strict))
}

// takenBefore is what is refused without an update: at some servers each one replaces the secret, and what comes of this one a read has just shown. A new secret
// waits for that, too: an apply that ends in errors gives it to nobody, and the next one would ask for yet another.
// Where there are no reads, an update tells what the server does by now.
func (u *update) takenBefore(view metadata.Document) []reconcile.Substitution {
	if u.read != reconcile.AnswerDone {
		return nil
	}
	return u.before().TakenBefore(u.Asked, view, u.Behaviour.AcceptSubstitutions, u.Behaviour.Strict)
}

// readBack reads the client after an update, and returns what the server shows of it now.
func (u *update) readBack(ctx context.Context, before reconcile.Handle, current metadata.Document, answer *dcr.Registration) metadata.Document {
	view, written := answer.Metadata, reconcile.Written{Asked: u.Asked, Before: current, Answer: answer.Metadata, Accept: u.Behaviour.AcceptSubstitutions}
	seen, err := u.Get(ctx, reconcile.FromReadBack)
	if err == nil {
		if open, late := u.before().Behind(written, seen.Metadata); len(open) > 0 && u.Server.Sleep(ctx, readBackPause) == nil {
			again, failed := u.Get(ctx, reconcile.FromReadBack)
			busy := authserver.ClassOf(reconcile.OperationRead, failed) == reconcile.AnswerLost && !u.Record.Facts.ReadRotates()
			if failed == nil || !busy || len(late) < len(open) { // what a replica that lags explains is told as that by one read, too
				seen, err = again, failed
			}
		}
	}
	if err == nil {
		view, u.part, u.readOnce = seen.Metadata, nil, true
		_, u.late = u.before().Behind(written, view)
		if u.usedSecret() && u.MayChange.Secret {
			u.TakeSecretAway(ctx, answer, seen)
		}
	} else if !u.again {
		u.unlearn(ctx, before, answer)
		u.Warn(outcome.Problem{Kind: outcome.UpdateNotReadBack, Err: err, OnlyTold: u.told})
	}
	u.giveSecretBack(ctx, view)
	return u.ProveByReading(ctx, view, err == nil)
}

func (u *update) giveSecretBack(ctx context.Context, view metadata.Document) {
	if u.MayChange.Secret && u.StoresSecret {
		u.GiveSecretBack(ctx, view)
	}
}

// usedSecret reports whether the client was registered to use a secret by the last successful create or update. A secret that was issued to
// another client all the same is not taken away by an update that changes something else.
func (u *update) usedSecret() bool {
	const method = "token_endpoint_auth_method"
	agreed, managed := u.before().Agreed[method]
	if !managed {
		return authserver.UsesSecret(u.State.Registered)
	}
	return authserver.UsesSecret(metadata.Document{method: agreed.Registered})
}

// restore takes an address back at which the update failed, where nothing but the user's template gave it. It is asked again but where no clients are
// served: one outage must not have the template ignored from then on.
func (u *update) restore(restore func(asked bool) bool) {
	last := u.read
	if n := len(u.answers); n > 0 {
		last = u.answers[n-1]
	}
	if !restore(last.ServesNobody()) {
		return
	}
	for i, p := range u.Problems {
		of := p.Kind == outcome.NotServed || p.Kind == outcome.MissingUndecided || p.Kind == outcome.NotReadable
		if !last.ServesNobody() || !of || p.Warning {
			continue
		}
		u.Problems[i].AddressDropped = true
		if u.HasTemplate(u.Behaviour) { // which also gave it where it leads to a page, or away
			u.Problems[i].FromTemplate, u.Problems[i].Attribute = true, "client_configuration_uri_template"
		}
		u.Problems[i].Ways = slices.DeleteFunc(slices.Clone(p.Ways), func(w reconcile.Way) bool { // no plan finds it missing any more
			return w == reconcile.WayOnMissingRecreate || w == reconcile.WayPlanAgain
		})
	}
	u.keep()
}

// noteSecret keeps what an update did to the client secret, and whether it replaced it, as far as that can be seen.
func (u *update) noteSecret(ctx context.Context, before reconcile.Handle, view, written metadata.Document) {
	same := sameLifetime(before.ClientSecretExpiresAt, u.Handle.ClientSecretExpiresAt)
	another, known := u.before().ShowsAnother(u.Handle.ClientSecret)
	began := before.ClientSecret.IsEmpty() && before.ClientSecretExpiresAt != nil && u.Handle.ClientSecretExpiresAt != nil && !same
	if began && !known {
		// The secret itself is kept nowhere to compare with, but its lifetime began anew.
		u.Record.Facts.SecretOnUpdate = true
	}
	if !before.ClientSecret.IsEmpty() {
		another = !before.ClientSecret.Equal(u.Handle.ClientSecret)
	} else {
		u.Record.Facts.SecretOnUpdate = u.Record.Facts.SecretOnUpdate || another
	}
	if written != nil && movesOn(before.ClientSecretExpiresAt, u.Handle.ClientSecretExpiresAt) && (u.sameIsShown(before, another, known) || u.sameWorks(ctx, before)) {
		u.Record.Facts.LifetimeOnUpdate = true
	}
	if !same || another {
		u.Record.SecretAt, u.Record.SecretKept = u.Record.WrittenAt, false
	}
	u.replaced = another && !u.Handle.ClientSecret.IsEmpty() || began && !known
	u.warnOfUnkept(before, view, written)
}

// unlearn has an update whose read-back failed teach nothing of what updates do, until the credentials that it left have worked: its answer may have
// had others than those, or none. Where there are no reads, nothing but the answer tells, and is believed where it shows all that the update may
// have replaced.
func (u *update) unlearn(ctx context.Context, before reconcile.Handle, answer *dcr.Registration) {
	learnt := u.before().Facts
	learnt.UpdateSeen = learnt.UpdateSeen || u.before().Capabilities.Update == reconcile.CapabilityYes // and what that one left has just worked
	if u.Record.Capabilities.Read == reconcile.CapabilityNo && u.Credentials().AllShown(before.ClientSecret, authserver.HandleOf(answer), learnt) {
		u.Record.Unread = false
	} else {
		u.Record.Unread, u.Record.Facts.UpdateSeen = true, u.before().Facts.UpdateSeen
	}
	if u.Record.Capabilities.Read == reconcile.CapabilityNo {
		u.Decide(ctx, reconcile.FromUpdate, reconcile.Credentials.TakeShown)
	}
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

// current reads the client as it is now. Where the server supports no reading, what the state has must do.
func (u *update) current(ctx context.Context) (metadata.Document, bool) {
	learns := readsInApply(u.Client)
	occasion := reconcile.FromRead
	if learns {
		occasion = reconcile.FromReadBack
	}
	answer, err := u.Get(ctx, occasion)
	if authserver.ClassOf(reconcile.OperationRead, err) == reconcile.AnswerUnsupported {
		answer, err = u.readAgain(ctx, occasion, learns, err)
	}
	u.read = authserver.ClassOf(reconcile.OperationRead, err)
	switch {
	case err == nil && learns:
		return readTwice(ctx, u.Client, answer.Metadata), true
	case err == nil:
		return answer.Metadata, true
	}
	switch {
	case u.read == reconcile.AnswerUnsupported:
		return u.Registered, true
	case errors.Is(err, authserver.ErrNotKept):
		u.Report(outcome.Problem{Kind: outcome.NotUpdated, Err: err})
		return nil, false
	}
	refused := u.ClassifyRefusal(ctx, reconcile.OperationUpdate, err, u.Behaviour, false)
	u.NoteMissing(refused)
	u.reportRefused(refused)
	return nil, false
}

// readAgain reads the client once more, where one answer says that the server has no reads and that is not known of it: what the state has may be outdated, and an update
// would write it back. An outage after that is one of reads only where they worked before.
func (u *update) readAgain(ctx context.Context, occasion reconcile.Occasion, learns bool, said error) (*dcr.Registration, error) {
	worked := u.Record.ShownAt != "" && u.Record.Capabilities.Read != reconcile.CapabilityNo
	if !learns && !worked {
		return nil, said
	}
	answer, err := u.Get(ctx, occasion)
	if learns {
		learnNoReads(u.Client, err) // or each apply would ask, and each plan propose to
	}
	if err != nil && !worked {
		return nil, said
	}
	return answer, err
}

// write sends the update, and once more where a new secret is wanted, the answer has none that is new, and no read will show it: of a server that has
// issued one with an update before, or whose answer has no secret at all. One answer may have lost it, and a secret that is kept costs the client. Where the same is refused now, the secret
// that it has is not the one in force any more, and only another client gets one.
func (u *update) write(ctx context.Context, body reconcile.Update) (*dcr.Registration, bool) {
	before := u.Handle
	answer, ok := u.sendAndSave(ctx, body)
	if !ok {
		return nil, false
	}
	u.inAnswer = authserver.HandleOf(answer)
	kept := u.renewsNothing(before, body) && u.Record.Unproven.ClientSecret.IsEmpty()
	once := !u.before().Facts.SecretOnUpdate && !answer.ClientSecret.IsEmpty() || u.Record.Facts.SecretOnRead == reconcile.SecretShown // is enough
	if !kept || !u.RenewSecret || once && !u.bare || u.told {
		return answer, ok
	}
	capabilities, part := u.Record.Capabilities, u.part
	again, _, err := u.send(ctx, body, false)
	switch {
	case u.told:
		again, u.told, u.part = answer, false, part // which showed more
	case err == nil && part == nil && u.part != nil:
		again.Metadata, u.part = answer.Metadata, nil // of the same update
	}
	u.none, u.Record.Capabilities = false, capabilities
	switch {
	case err == nil:
		answer, u.inAnswer = again, authserver.HandleOf(again)
	case dcr.MaybeProcessed(err) || authserver.RateLimited(err):
		u.Record.Facts.UpdateLost = true
		u.Report(outcome.Problem{Kind: outcome.NotUpdated, Err: err, MaybeProcessed: dcr.MaybeProcessed(err)})
		ok = false
	}
	u.keep()
	return answer, ok
}

// finish compares what was asked with what is registered now and saves the outcome.
func (u *update) finish(body reconcile.Update, view, written metadata.Document) {
	if len(u.taken) > 0 {
		u.keep()
		consequence := outcome.NotAskedFor
		if u.RenewSecret {
			consequence = outcome.NotRenewed
		}
		reportSubstitutions(u.Client, u.taken, consequence, nil)
		return
	}
	agreed, refused, warned := u.judge(view, written)
	if written == nil && len(refused) > 0 { // which the read that proved a credential showed
		u.keep()
		reportSubstitutions(u.Client, refused, outcome.NotSent, nil)
		return
	}
	if u.again && len(refused) > 0 {
		u.Record.Capabilities.Update = u.before().Capabilities.Update
		u.keep() // what was agreed on says what was asked, by which the next one is known, too
		reportSubstitutions(u.Client, u.saidBefore(refused, view, written), outcome.UpdateStands, nil)
		return
	}
	if written != nil {
		u.Record.Doubt(reconcile.RepeatNone, reconcile.Home{})
		u.Record.Doubted = reconcile.Doubted(u.before().Doubted, u.Asked, written, view)
	}
	if len(refused) > 0 {
		u.renewed = u.RotateSecret // notRenewed would have ended it
		u.stand(agreed, view, written, refused)
		reportSubstitutions(u.Client, u.saidBefore(refused, view, written), u.stands(), nil)
		return
	}
	warned = append(warned, reconcile.Kept(body.Removed, body.Registered, view)...)
	reportSubstitutions(u.Client, reconcile.Unreported(warned, u.before().Agreed), outcome.NoConsequence, nil)
	if written == nil {
		agreed = agreed.WithoutSending(u.before().Agreed)
	}
	u.Record.Agreed = agreed.AgreeLate(u.late, written)
	if len(u.late) > 0 {
		planReads, _ := readQuestion(u.Client, u.Behaviour.Refresh).ReadInRefresh()
		u.Warn(outcome.Problem{Kind: outcome.UpdateNotShownYet, Members: u.late, ReadByApply: !planReads && u.Behaviour.Refresh != authserver.RefreshNever})
	}
	if u.StoresSecret {
		u.WarnOfNoSecret(body.Registered, view)
	}
	known := u.State.Handle
	if !u.StoresSecret {
		known.ClientSecret = u.Handle.ClientSecret // there is none to compare with, and it waits nowhere
	}
	shown, pending := reconcile.Withhold(known, u.Handle, u.MayChange)
	if pending != nil && (!pending.OnlyToken() || !u.tokenFoundElsewhere()) {
		u.Warn(outcome.Problem{Kind: outcome.CredentialsChanged})
	}
	u.Record.Pending = pending
	u.save(authserver.Snapshot{Handle: shown, Record: u.Record, Registered: view, Applied: true})
}

// stands is what an update that is refused here, and that the server has made, did to the client secret.
func (u *update) stands() outcome.Consequence {
	switch known, now := u.State.Handle.ClientSecret, u.Handle.ClientSecret; {
	case !u.replaced && (known.IsEmpty() || now.IsEmpty() || now.Equal(known)):
		return outcome.UpdateStands
	case u.renewed:
		return outcome.RenewedStands
	case !u.replaced:
		return outcome.NewerStands
	}
	return outcome.ReplacedStands
}

// tokenFoundElsewhere reports whether the token in force is no new one of the server's: the user handed it in, or it was found where another run
// had left it, and the update was made with it. That is told by itself.
func (u *update) tokenFoundElsewhere() bool {
	return u.TokenHandedIn() || !u.Record.Facts.TokenOnUpdate && u.Outcome().Has(outcome.TokenReplaced)
}
