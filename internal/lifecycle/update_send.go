// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// sendAndSave sends the update and saves the credentials that it brought.
func (u *update) sendAndSave(ctx context.Context, body reconcile.Update) (*dcr.Registration, bool) {
	waits := u.Record.Unproven.RegistrationAccessToken
	answer, form, err := u.sendInTurn(ctx, body)
	if u.refused != nil && u.refused.AsksAgain() {
		answer, form, err = u.sendInTurn(ctx, body) // one wrong answer is not given twice
	}
	var de *dcr.Error
	if unshown := u.before().Unshown(u.Asked, body.Registered); len(unshown) > 0 && errors.As(err, &de) && de.RefusesMetadata() && !dcr.MaybeProcessed(err) {
		if again, plainer, refused := u.send(ctx, body.Without(unshown), false); refused == nil {
			answer, form, err = again, plainer, nil
			u.Warn(outcome.Problem{Kind: outcome.MembersNotSentAgain, Members: unshown})
		} else if dcr.MaybeProcessed(refused) {
			err = errors.Join(err, refused)
		}
	}
	open := u.noteRefusedAfterRead(ctx, err, waits) && u.none
	if u.none && dcr.MaybeProcessed(err) { // as a form is answered that was taken (RFC 9110 §15.4.4), or as an update that was made and sent again
		redirected := authserver.ClassOf(reconcile.OperationUpdate, err) == reconcile.AnswerRedirected
		open = open || redirected && !u.shown || !redirected && !u.shownStill(ctx)
	}
	if open {
		u.none, u.Record.Capabilities.Update = false, u.before().Capabilities.Update // what was answered is no word on whether there are updates
	}
	if (dcr.MaybeProcessed(err) || authserver.RateLimited(err)) && !u.none && (!u.Record.Facts.UpdateSeen || u.Record.Facts.SecretOnUpdate) {
		// The answer that was lost may have held a new secret, on a server that issues one with an update or of which that is not known:
		// the one in the state is then no evidence of anything. Nor is it one that updates issue secrets.
		u.Record.Facts.UpdateLost = true
	}
	if u.refused != nil {
		u.NoteMissing(*u.refused)
	}
	u.keep()
	switch {
	case err != nil && u.refused != nil && !u.refused.ShownAgain():
		u.reportRefused(*u.refused)
		return nil, false
	case err != nil && u.none:
		u.Report(outcome.Problem{Kind: outcome.UpdateUnsupported, Err: err, Manageable: !u.Record.Capabilities.LeavesBehind(true)})
		return nil, false
	case err != nil:
		u.reportNotUpdated(ctx, err, open)
		return nil, false
	}
	u.Record.Form = form
	if left := reconcile.LeftOut(form, body); len(left) > 0 {
		p := outcome.Problem{Kind: outcome.MembersLeftOut, Form: form, Members: left}
		if u.Behaviour.UpdateForm == form && form != reconcile.FormStandard {
			p.Attribute = "update_form"
		}
		u.Warn(p)
	}
	return answer, true
}

// noteRefusedAfterRead notes an update that was refused and may have been made, where a read has just shown the client. Either that read's answer had another token in
// the place of the one that it issued, or the update was made and sent again on the way, as proxies do whose connection to the server breaks off: what it replaced is
// refused then, in the server's own words. Words that are not those of a client that is gone, or say that there are no updates, are more often what they say, so that a
// read is asked, but where the refusal showed a token beside the one that waited, which leaves it open by itself. Each form that was sent may be the one that was made,
// and the last one met what that left; some servers refuse a form without the client_secret as they do a token.
// It reports whether it is left open.
func (u *update) noteRefusedAfterRead(ctx context.Context, err error, waited secret.String) (open bool) {
	f := &u.Record.Facts
	replaces := f.RotatesOnRead || f.TokenOnUpdate || f.SecretOnUpdate || f.URIOnUpdate || !f.UpdateSeen
	answered := authserver.Answered(err) || authserver.ClassOf(reconcile.OperationUpdate, err) == reconcile.AnswerRedirected
	if !answered || u.read != reconcile.AnswerDone || !replaces || dcr.MaybeProcessed(err) || authserver.RateLimited(err) {
		return false
	}
	asOfGone := len(u.answers) > 0 && u.answers[len(u.answers)-1].NeedsWitnesses()
	same := u.Record.Unproven.RegistrationAccessToken.Equal(waited)
	switch noted := u.Record.Unanswered; {
	case u.none && same:
		if u.shownStill(ctx) {
			return false
		}
	case asOfGone && (noted || !u.none):
	case noted, !same, u.shownStill(ctx):
		return false
	}
	u.Record.Unanswered = true
	if !f.UpdateSeen || f.SecretOnUpdate {
		f.UpdateLost = true
	}
	return true
}

// shownStill reports whether a read shows the client with what it was read with before. Any other answer leaves that open: what broke the connection off may give it, and
// the read may have replaced the credentials itself. The provider's own credentials tell nothing of the token, unless their read shows it.
func (u *update) shownStill(ctx context.Context) bool {
	shown, err := u.Get(ctx, reconcile.FromRead)
	if err == nil && u.ByProvider() && !u.Handle.RegistrationAccessToken.IsEmpty() && shown.RegistrationAccessToken.IsEmpty() {
		u.Record.TokenUntried = true
	}
	return err == nil
}

// namesSecret is the client_secret in a refusal, and no value that begins like it, such as client_secret_basic.
var namesSecret = regexp.MustCompile(`\bclient_secret\b`)

// asksForSecret is where a refusal says that the client_secret is missing, or that an update without it is one with a wrong one. Other refusals speak of it, too.
var asksForSecret = regexp.MustCompile(`(?i)\bclient_secret\b[^.;,]{0,40}\b(required|mandatory|missing|absent|needed|invalid|incorrect|wrong|empty|null|blank|must be (present|given|provided|included|sent|set|supplied)|` +
	`not (present|given|provided|included|sent|set|supplied|found)|(not|doesn't) match)\b|` +
	`\b(requires?|required|missing|lacks|without|no|needs?|needed|contain|include|provide|supply|send|invalid|incorrect|wrong)\b[^.;,]{0,40}\bclient_secret\b`)

// reportNotUpdated reports a refused update. A server may demand the client secret in it, which no parameter of the configuration gives. open: it may have been made.
func (u *update) reportNotUpdated(ctx context.Context, err error, open bool) {
	p := outcome.Problem{Kind: outcome.NotUpdated, Err: err, MaybeProcessed: open || dcr.MaybeProcessed(err), Own: metadata.OwnWords(u.Asked), Sent: slices.Sorted(maps.Keys(u.Asked))}
	if p.MaybeProcessed && !u.none && !u.RenewSecret {
		p.Unmoved = u.unmoved
	}
	p.EntryTold, p.Source = u.EntryTold()
	var de *dcr.Error
	if errors.As(err, &de) && !p.MaybeProcessed && u.Handle.ClientSecret.IsEmpty() && authserver.UsesSecret(u.Registered) {
		named := de.RefusesMetadata() && namesSecret.MatchString(de.Description)
		p.SecretWanted = named && asksForSecret.MatchString(de.Description)
		p.SecretMissing = !p.SecretWanted && (named || de.Cause() == dcr.CredentialRefused) // to some, an update without it is one by an unauthenticated client
		p.SecretUnstored = !u.StoresSecret
	}
	if de != nil && de.Cause() == dcr.OperationForbidden {
		p.Shown, p.Ways = u.read == reconcile.AnswerDone, u.waysOfForbidden(ctx)
	}
	switch {
	case p.SecretWanted && p.SecretUnstored:
		p.Attribute = "store_client_secret"
	case p.SecretWanted:
		p.Attribute = "client_secret"
	}
	u.Report(p)
}

// waysOfForbidden are other credentials for an update that this one may not make.
func (u *update) waysOfForbidden(ctx context.Context) []reconcile.Way {
	if u.ByProvider() {
		return []reconcile.Way{reconcile.WayCredentials}
	}
	if t, problem := u.Server.Locate(ctx, u.Place); problem == nil && u.Server.HasCredentials(t) && !u.NeverByProvider(ctx) {
		return []reconcile.Way{reconcile.WayManagementProvider}
	}
	return nil
}

// sendInTurn sends the update in its forms, and with the other secret where there is one. Where the server has no reads, its refusal is what tells
// whether the client exists.
func (u *update) sendInTurn(ctx context.Context, body reconcile.Update) (*dcr.Registration, reconcile.Form, error) {
	u.answers, u.refused = nil, nil
	answer, form, err := u.send(ctx, body, false)
	if answer == nil {
		answer, form, err = u.sendWithOtherSecret(ctx, body, err)
	}
	if u.raisesQuestion(err) {
		refused := u.ClassifyRefusal(ctx, reconcile.OperationUpdate, err, u.Behaviour, false)
		u.refused = &refused
	}
	return answer, form, err
}

// raisesQuestion reports whether an update was refused as one of a client that is gone is, and no read tells. A server that looked at what one of the
// forms holds has the client.
func (u *update) raisesQuestion(err error) bool {
	other := func(a reconcile.Answer) bool { return !a.NeedsWitnesses() }
	return err != nil && u.read == reconcile.AnswerUnsupported && !u.none && !dcr.MaybeProcessed(err) && len(u.answers) > 0 && !slices.ContainsFunc(u.answers, other)
}

// reportRefused tells what a refusal means, which an update has to end with.
func (u *update) reportRefused(r authserver.Refusal) {
	problem := r.Problem()
	if problem.Kind == outcome.Gone {
		problem.Kind = outcome.GoneSincePlan
	}
	u.Report(problem)
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
		u.readOnce = false
		answer, err := u.Put(ctx, reconcile.Body(form, body))
		if err != nil {
			answer, err = u.confirmed(ctx, body, form, err)
		}
		u.none = learnUpdate(u.Client, u.read, err)
		u.answers = append(u.answers, authserver.ClassOf(reconcile.OperationUpdate, err))
		if err == nil {
			return u.whole(answer, body), form, nil
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

// whole is the answer to an update with what it leaves out where it may show a part of the client, since it names none, so that nothing says that it shows all of it (RFC 7592
// §2.2), or has no metadata, and where no read will show the rest: what the update did not touch is registered as before.
func (u *update) whole(answer *dcr.Registration, body reconcile.Update) *dcr.Registration {
	u.part = nil
	switch {
	case u.told:
		u.part = metadata.Document{}
	case u.read == reconcile.AnswerUnsupported && (answer.Unnamed || reconcile.ShowsNoMetadata(body.Asked, answer.Metadata)):
		u.part = answer.Metadata
		answer.Metadata = u.before().ShownInPart(body, answer.Metadata)
	}
	return answer
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
	if other.IsEmpty() || !errors.As(refused, &de) || !de.RefusesMetadata() && !de.Unauthorized() || dcr.MaybeProcessed(refused) || !u.letIn() {
		return nil, "", refused
	}
	// Of a client whose secret was taken away, the secret is kept: a server that demands it has kept it, too. Any other refusal is about something else.
	if kept := other.Equal(u.Record.Unproven.FormerSecret) && namesSecret.MatchString(de.Description); body.ClientSecret.IsEmpty() && !kept {
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

// learnUpdate keeps what the answer to an update teaches of whether the server has updates. read is the class of the read that was
// made in the same operation. It reports whether the answer says that the server has none.
func learnUpdate(c *authserver.Client, read reconcile.Answer, err error) bool {
	if authserver.AsksElsewhere(err) {
		return false
	}
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
