// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// confirmed looks for what became of an update whose answer may say that it was made and does not show the client: a success without a
// body, or the redirect to a page that follows a form (RFC 9110 §15.4.4). It returns what a read shows, in the answer's place, where that tells
// that the update was made, and the error where nothing tells. A replica that lags has a second to show it.
func (u *update) confirmed(ctx context.Context, body reconcile.Update, form reconcile.Form, err error) (*dcr.Registration, error) {
	class := authserver.ClassOf(reconcile.OperationUpdate, err)
	if class != reconcile.AnswerUnusable && class != reconcile.AnswerRedirected || !dcr.MaybeProcessed(err) {
		return nil, err
	}
	acknowledged := acknowledges(err)
	if acknowledged && u.read == reconcile.AnswerUnsupported {
		return u.toldTwice(ctx, body, form, err)
	}
	if known := u.before().Untouched(body); u.countsNoneAgain(err, known) {
		u.again = true
		return &dcr.Registration{ClientID: u.Handle.ClientID, Metadata: known}, nil
	}
	if u.read != reconcile.AnswerDone || u.RenewSecret && class != reconcile.AnswerRedirected && !acknowledged {
		return nil, err
	}
	before := u.BeforeBare(ctx)
	seen, made := u.seenMade(ctx, body, acknowledged)
	if u.shown && !made && (acknowledged || !u.RenewSecret) && u.Server.Sleep(ctx, readBackPause) == nil {
		seen, made = u.seenMade(ctx, body, acknowledged)
	}
	if !made && !(u.shown && u.RenewSecret && acknowledged && len(u.unmoved) == 0) {
		return nil, err
	}
	u.bare = u.RenewSecret && !made
	u.mayHaveBroughtSecret()
	if len(u.before().Differing(u.Asked, seen.Metadata)) < len(u.before().Differing(u.Asked, body.Registered)) { // so that no replica answers that has not seen it
		u.LearnBare(ctx, before, seen)
	}
	return seen, nil
}

// countsNoneAgain reports whether an update that asks for what was asked before, since what is registered is refused by now, is answered where there
// are no reads as one that changes no client: that one was made before. It is refused all the same, so that by this answer no client that is gone passes for one that has what is asked.
func (u *update) countsNoneAgain(err error, known metadata.Document) bool {
	de, isAnswer := unusable(err)
	if !isAnswer || !de.CountsNone || u.read != reconcile.AnswerUnsupported || u.RenewSecret || !u.before().AsksTheSame(u.Asked) {
		return false
	}
	_, refused, _ := u.judge(known, known)
	return len(refused) > 0
}

// acknowledges reports whether an answer has nothing in it but its success.
func acknowledges(err error) bool {
	de, isAnswer := unusable(err)
	return isAnswer && de.Acknowledges()
}

func acknowledgesAgain(err, first error) bool {
	de, isAnswer := unusable(err)
	before, _ := unusable(first)
	return isAnswer && before != nil && de.AcknowledgesAgain(before)
}

// unusable is an answer to an update that shows no client.
func unusable(err error) (*dcr.Error, bool) {
	de, isAnswer := errors.AsType[*dcr.Error](err)
	return de, isAnswer && authserver.ClassOf(reconcile.OperationUpdate, err) == reconcile.AnswerUnusable
}

// toldTwice sends an update once more that was acknowledged where there are no reads: one such answer may be a proxy's, and one wrong answer is not given
// twice. The second one may show the client, or refuse a token that the first one replaced. An update that it acknowledges, too, counts as made, for
// nothing will ever tell more. What it registered is not known, nor whether it brought a secret.
func (u *update) toldTwice(ctx context.Context, body reconcile.Update, form reconcile.Form, first error) (*dcr.Registration, error) {
	again, err := u.Put(ctx, reconcile.Body(form, body))
	if de, isError := errors.AsType[*dcr.Error](err); !isError || !de.RefusesMetadata() {
		u.Record.Updated = u.before().UpdatedBy(body, u.before().Untouched(body)) // though the other answer may say otherwise
	} // else the server takes no such update, and the success was another's
	switch {
	case err == nil:
		return again, nil
	case !acknowledgesAgain(err, first):
		return nil, errors.Join(first, err)
	}
	u.told, u.bare = true, u.RenewSecret
	u.NoteMade(ctx)
	u.mayHaveBroughtSecret()
	return &dcr.Registration{ClientID: u.Handle.ClientID, Metadata: u.before().Untouched(body)}, nil
}

// mayHaveBroughtSecret notes that the update may have brought a secret which no answer showed.
func (u *update) mayHaveBroughtSecret() {
	if f := &u.Record.Facts; !f.UpdateSeen && f.SecretOnRead != reconcile.SecretShown {
		f.UpdateLost = true // a new secret, which the answer may have held and the read does not show
	}
}

// seenMade reads the client once after an update, and reports whether that shows that it was made. One that is to bring a secret is not, as long as the
// secret is the one from before.
func (u *update) seenMade(ctx context.Context, body reconcile.Update, acknowledged bool) (seen *dcr.Registration, made bool) {
	before := u.Handle
	seen, err := u.Get(ctx, reconcile.FromRead)
	if u.shown, u.unmoved = err == nil, nil; err != nil {
		return nil, false
	}
	u.readOnce = true
	made, unmoved := u.before().MadeUnshown(u.Asked, body.Registered, seen.Metadata, u.Behaviour.AcceptSubstitutions, acknowledged)
	if acknowledged {
		u.unmoved = unmoved
	}
	if u.RenewSecret {
		made = acknowledged && made && !(u.sameSecret(before, body) && sameLifetime(before.ClientSecretExpiresAt, u.Handle.ClientSecretExpiresAt))
	}
	return seen, made
}

// notRenewed ends the renewal of a secret of which nothing new was shown. Where an expiry asked for it, the next plan sees the same expiry and replaces the client; where
// rotate_secret_when did, the state must keep its old values, or nothing would ask again. What the update has made of the client's values is judged as without the secret. open: a read
// that failed would have told, and nothing is learnt of what updates do to the secret. That they keep it would cost the client. It returns whether the update may be finished.
func (u *update) notRenewed(open bool, view, written metadata.Document) bool {
	kind := outcome.RenewalOpen
	if !open {
		kind, u.Record.SecretKept = outcome.SecretKept, true // though an earlier update may have brought one
	}
	switch {
	case !u.RotateSecret && open: // the next read tells the expiry
		return true
	case !u.RotateSecret:
		u.Record.Facts.LifetimeOnUpdate = false
		u.Warn(outcome.Problem{Kind: kind, Attribute: "client_secret"})
		return true
	}
	agreed, refused, _ := u.judge(view, written)
	u.stand(agreed, view, written, refused)
	u.Report(outcome.Problem{Kind: kind, Attribute: "rotate_secret_when"})
	if len(refused) > 0 {
		reportSubstitutions(u.Client, u.saidBefore(refused, view, written), outcome.UpdateStands, nil)
	}
	return false
}
