// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
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

	taken []reconcile.Substitution // what is refused without an update

	shown   bool     // a read showed the client after an answer to the PUT that may say that it was made
	unmoved []string // the members that this read showed as they were, where the answer was a bare success

	bare     bool              // an answer without the client counts for one that brought no secret, which was wanted
	told     bool              // nothing but answers that acknowledge it, twice, tells that the update was made
	renewed  bool              // the secret that rotate_secret_when asked for was issued
	inAnswer reconcile.Handle  // what the answer to the PUT assigned
	readOnce bool              // a read has shown the client after it
	replaced bool              // the update replaced the secret, whatever asked for it
	again    bool              // an update of the same was made before this one, which changed nothing
	part     metadata.Document // what the answer to the PUT showed, and nothing else does, where that may be a part of the client; nil where it is all of it
	late     []string          // the members that reads after the update show as they were, though its answer showed what was asked for

	answers []reconcile.Answer  // the classes of the answers to each PUT since the update was last sent as a whole
	refused *authserver.Refusal // what the refusal of the PUT means for the client, where it raises the question
}

// before is the record of the last successful create or update.
func (u *update) before() reconcile.Record { return u.State.Record }

// keep saves the old values with the credentials in force, and what the server shows where that is known.
func (u *update) keep() { u.save(u.Snapshot()) }

// stand saves an update that is refused here and that the server has made. The values are those that it shows now, as after a read: no
// later one may come, and a configuration that goes back to what was before has to show as a change. What is refused is a difference to
// either configuration.
func (u *update) stand(agreed reconcile.Agreement, view, written metadata.Document, refused []reconcile.Substitution) {
	before := u.before().Agreed
	refused = before.NotAgreedOn(refused, u.shows(view, written))
	u.Record.Agreed = reconcile.AfterRefusal(before, u.Asked, view, refused, u.part != nil).Saying(agreed)
	snapshot := u.Snapshot()
	snapshot.Registered, snapshot.Rotated = view, u.renewed
	if before != nil {
		snapshot.Values = reconcile.Observe(u.Record.Agreed, view)
	}
	u.save(snapshot)
}

// shows reports whether the answer to the update shows a member, or a read after it. Where there are no reads, one that counts no client as changed shows none.
func (u *update) shows(view, written metadata.Document) func(member string) bool {
	return func(member string) bool {
		return !(u.again && u.read == reconcile.AnswerUnsupported) && (u.part == nil || reconcile.Has(u.part, member)) && reconcile.Shows(member, view, written)
	}
}

// saidBefore marks what is refused by the word of an answer before the update, since nothing shows it now.
func (u *update) saidBefore(refused []reconcile.Substitution, view, written metadata.Document) []reconcile.Substitution {
	now := u.before().Agreed.NotAgreedOn(refused, u.shows(view, written))
	marked := slices.Clone(refused)
	for i, s := range refused {
		marked[i].Stayed = s.Kind == reconcile.Changed && metadata.Equal(s.Member, u.State.Registered[s.Member], s.Got)
		marked[i].Said = !slices.ContainsFunc(now, func(n reconcile.Substitution) bool { return n.Member == s.Member })
	}
	return marked
}

// judge compares what was asked with what is registered now.
func (u *update) judge(view, written metadata.Document) (agreed reconcile.Agreement, refused, warned []reconcile.Substitution) {
	agreed, substitutions := u.before().Outcome(u.Asked, view, written)
	substitutions = slices.DeleteFunc(substitutions, func(s reconcile.Substitution) bool { return slices.Contains(u.late, s.Member) })
	refused, warned = reconcile.Judge(substitutions, u.Behaviour.AcceptSubstitutions, u.Behaviour.Strict)
	return agreed, refused, warned
}

// sameSecret reports whether the secret is the one from before an update that left its expiry as it was. Where the state stores none, and no read
// shows one, there is nothing to hold a secret against, and an expiry that was stated tells. Where reads show one, a stored form of it may differ, unless they were seen to show the
// secret itself: an expiry moves by little where the secret was replaced a moment before, too.
func (u *update) sameSecret(before reconcile.Handle, sent reconcile.Update) bool {
	if u.Handle.ClientSecret.Equal(sent.ClientSecret) {
		return true
	}
	if another, known := u.before().ShowsAnother(u.Handle.ClientSecret); known && sent.ClientSecret.IsEmpty() {
		return !another
	}
	if u.Record.Facts.SecretOnRead == reconcile.SecretShown && !sent.ClientSecret.IsEmpty() {
		return false
	}
	expires := moment(before.ClientSecretExpiresAt) != 0
	return u.State.Handle.ClientSecret.IsEmpty() && expires && (sent.ClientSecret.IsEmpty() || !u.Record.Facts.SecretOnUpdate)
}

// renewsNothing reports whether nothing that was answered shows anything of what the update was to renew: a secret that expires may keep its value and live longer, and one
// that is to be another one may not.
func (u *update) renewsNothing(before reconcile.Handle, sent reconcile.Update) bool {
	if !u.sameSecret(before, sent) {
		return false
	}
	another, known := u.before().ShowsAnother(u.Handle.ClientSecret)
	none := u.Handle.ClientSecret.Equal(sent.ClientSecret) && (u.StoresSecret || !sent.ClientSecret.IsEmpty()) || known && !another
	return u.RotateSecret && none || !movesOn(before.ClientSecretExpiresAt, u.Handle.ClientSecretExpiresAt)
}

// renewalOpen reports whether the read that failed after the update would have told whether the update renewed the secret: the one before showed the client, and reads show
// secrets here, or the expiry that the answer left out. That the answer has the secret from before says nothing then, since some servers put it together before they make the change.
func (u *update) renewalOpen(before reconcile.Handle, sent reconcile.Update) bool {
	if u.readOnce || u.read != reconcile.AnswerDone {
		return false
	}
	if moment(before.ClientSecretExpiresAt) != 0 && u.inAnswer.ClientSecretExpiresAt == nil {
		return true
	}
	reads := u.Record.Facts.SecretOnRead
	return reads != reconcile.SecretHidden && (reads != "" || !sent.ClientSecret.IsEmpty())
}

// sameIsShown reports whether an answer showed the secret from before the update after it, which then left it alone.
func (u *update) sameIsShown(before reconcile.Handle, another, known bool) bool {
	now := u.Handle.ClientSecret
	if another || now.IsEmpty() || !u.Record.Unproven.ClientSecret.IsEmpty() {
		return false
	}
	return (u.inAnswer.ClientSecret.Equal(now) || u.readOnce && u.Record.Facts.SecretOnRead == reconcile.SecretShown) && (known || before.ClientSecret.Equal(now))
}

// sameWorks reports whether the secret from before the update is in force after it, where no answer shows one: the token endpoint takes it.
func (u *update) sameWorks(ctx context.Context, before reconcile.Handle) bool {
	shown := !u.inAnswer.ClientSecret.IsEmpty() || u.Record.Facts.SecretOnRead == reconcile.SecretShown
	if shown || before.ClientSecret.IsEmpty() || !before.ClientSecret.Equal(u.Handle.ClientSecret) || !u.Record.Unproven.ClientSecret.IsEmpty() {
		return false
	}
	return u.Record.Facts.LifetimeOnUpdate || u.SecretWorks(ctx) // which was asked once
}

// sameLifetime reports whether an expiry is as it was. One that is told anew each time, from what is left until a fixed end, differs by a second.
func sameLifetime(before, now *int64) bool {
	was, is := moment(before), moment(now)
	return was == is || was != 0 && is != 0 && max(was, is)-min(was, is) <= 60
}

// movesOn reports whether an expiry is put off.
func movesOn(before, now *int64) bool {
	return !sameLifetime(before, now) && (moment(before) == 0 || moment(now) == 0 || moment(now) > moment(before))
}

// moment returns an expiry; 0 for never and for one that the server does not state (RFC 7591 §3.2.1).
func moment(at *int64) int64 { return *cmp.Or(at, new(int64)) }

// warnOfUnkept warns of a secret that the update's answer showed, that the state does not store, and that no read shows. Where no answer had shown
// one before, it may be the one that was in force. The same where nothing shows the secret, and its lifetime began anew.
func (u *update) warnOfUnkept(before reconcile.Handle, view, written metadata.Document) {
	if written == nil || !authserver.KeepsNoSecret(u.StoresSecret, u.Record.Facts, view) {
		return
	}
	waits := !u.Record.Unproven.ClientSecret.IsEmpty() && !u.Record.Unproven.SecretFromRead
	_, known := u.before().ShowsAnother(u.Handle.ClientSecret)
	shown := secret.Usable(u.Handle.ClientSecret.Reveal())
	switch {
	case shown && (u.replaced || !known && before.ClientSecret.IsEmpty()), waits:
		u.Warn(outcome.Problem{Kind: outcome.SecretUnkept, Attribute: "store_client_secret", OnlyTold: !u.replaced})
	case u.replaced:
		u.Warn(outcome.Problem{Kind: outcome.SecretUnkept, Attribute: "store_client_secret", OnlyTold: true, SecretMissing: true})
	}
}
