// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// refusal is what a request at a client's own URI came to that did not succeed, with what was found out because of it.
type refusal struct {
	err         error
	observation reconcile.Observation
	verdict     reconcile.PresenceVerdict
	evidence    string
	deletion    time.Time
	expired     time.Time // when the refused token expired, where that is known
	saysExpired bool
	// home and configured are the two servers, where the provider is configured for another one than the client's.
	home, configured reconcile.Home
}

// forgotten reports whether the client is to be kept no longer.
func (r refusal) forgotten() bool { return r.verdict.Step == reconcile.Forget }

// judge says what a request that did not succeed means for the client. What is believed is in package reconcile; here the
// observations are made.
func (c *Client) judge(ctx context.Context, operation reconcile.Operation, err error, b Behaviour, importing bool) refusal {
	class := classOf(reconcile.OperationRead, err) // what is judged is the answer to a GET or a DELETE, which have no body
	r := refusal{err: err, observation: reconcile.Observation{
		Operation: operation, Answer: class, ShownBefore: c.record.ShownBefore(c.handle.RegistrationClientURI),
		ByProvider: c.byProvider(), Importing: importing, OnMissing: b.OnMissing,
	}}
	o := &r.observation
	var de *dcr.Error
	o.Page = errors.As(err, &de) && (de.Body == dcr.HTMLBody || de.Body == dcr.OtherBody)
	r.expired, r.saysExpired = c.expired(class, err)
	switch {
	case c.wasDeleted(ctx):
		o.Deletion = reconcile.DeletedByUs
	case !c.deletion.IsZero() && c.deletionCounts:
		o.Deletion, r.deletion = reconcile.DeletionUnderWay, c.deletion
	}
	if class.NeedsWitnesses() && o.Deletion != reconcile.DeletedByUs {
		w := c.whereabouts(ctx)
		o.ConfiguredElsewhere = w.relation == reconcile.HomeOther
		if o.ConfiguredElsewhere {
			r.home, r.configured = c.record.Home, w.configured
		}
		o.HasProviderCredential = c.server.HasCredentials(w.target)
		o.SecretMayHaveMoved = c.secretHistory(ctx, class).MayHaveMoved()
		says := c.testify(ctx, &w, o, err)
		if o.Credential == reconcile.CredentialGood && class.CredentialRefused() {
			_, again := c.get(ctx, reconcile.FromRead)
			o.Repeated = classOf(reconcile.OperationRead, again) == class
		}
		if o.MayForget() {
			o.Estranged = w.alike || !c.answersAsItself(ctx, w.home)
		}
		r.verdict = o.Decide()
		r.evidence = conclusion(*o, r.verdict, w, says)
		return r
	}
	if o.ConfiguredElsewhere = errors.Is(err, errElsewhere); o.ConfiguredElsewhere {
		r.home, r.configured = c.record.Home, c.whereabouts(ctx).configured
	}
	r.verdict = o.Decide()
	return r
}

// problem is what there is to tell of it.
func (r refusal) problem() Problem {
	p := Problem{
		Kind: r.kind(), Warning: r.verdict.Step == reconcile.KeepAndWarn || r.forgotten(), Attribute: "registration_client_uri",
		Err: r.err, Operation: r.observation.Operation, Evidence: r.evidence, ByProvider: r.observation.ByProvider, Ways: r.verdict.Ways, Home: r.home, Configured: r.configured,
		Expired: r.expired, SaidExpired: r.saysExpired, Importing: r.observation.Importing,
	}
	switch p.Kind {
	case Gone:
		p.Time = r.deletion
	case TokenRefused, GoneOrTokenOutdated:
		p.Attribute = "registration_access_token"
	}
	return p
}

func (r refusal) kind() Kind {
	class, presence := r.observation.Answer, r.verdict.Presence
	switch {
	case class == reconcile.AnswerUnsupported:
		return ReadUnsupported
	case presence == reconcile.Gone:
		return Gone
	case presence == reconcile.Undecided && r.forgotten():
		return TakenAsGone
	case class == reconcile.AnswerMissing && presence == reconcile.Alive:
		return NotServed
	case class == reconcile.AnswerMissing || class.CredentialRefused():
		return r.missing()
	case class == reconcile.AnswerLost && !answered(r.err) && !r.observation.ConfiguredElsewhere:
		return NotReached
	}
	return NotReadable
}

// missing is the kind of a refusal, or of a URI that shows nothing, where the client is not known to be gone.
func (r refusal) missing() Kind {
	o, presence := r.observation, r.verdict.Presence
	switch {
	case o.ByProvider && o.Credential == reconcile.CredentialRefused && !o.ConfiguredElsewhere, presence == reconcile.Alive && o.ByProvider:
		return ProviderRefused
	case presence == reconcile.Alive:
		return TokenRefused
	case o.Answer == reconcile.AnswerMissing:
		return MissingUndecided
	}
	return GoneOrTokenOutdated
}

// remember keeps what a read came to for the plan that follows.
func (c *Client) remember(r refusal) {
	c.server.refusals.Store(c.server.key(c), r)
	c.noteMissing(r)
}

// noteMissing keeps in the record what a later plan may do about a client that was not shown. After an update that is the only way: the
// next refresh may not read the client.
func (c *Client) noteMissing(r refusal) {
	r.observation.Operation = reconcile.OperationRead
	c.record.Missing = r.under(reconcile.OnMissingRecreate).forgotten()
	c.record.Gone = r.verdict.Presence == reconcile.Gone
}

// under returns the refusal as it is decided on with another setting.
func (r refusal) under(setting reconcile.OnMissing) refusal {
	r.observation.OnMissing = setting
	r.verdict = r.observation.Decide()
	return r
}

// lastRefusal is what the last read of the client came to in this run, where it did not show the client.
func (s *Server) lastRefusal(state State) (refusal, bool) {
	found, ok := s.refusals.Load(s.key(&Client{place: state.Place, handle: state.Handle}))
	if !ok {
		return refusal{}, false
	}
	return found.(refusal), true
}

// failedAlready reports whether another client of the same server makes the plan fail already for the same reason. One error stops the
// plan; the others are warnings, which Terraform shows as one: twenty equal errors would hide what there is to do.
func (s *Server) failedAlready(kind Kind, state State) bool {
	type reason struct {
		kind   Kind
		server string
	}
	first, told := s.failures.LoadOrStore(reason{kind, s.identify(state.Place)}, state.Handle.ClientID)
	return told && first != state.Handle.ClientID
}
