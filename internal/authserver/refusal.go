// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Refusal is what a request at a client's own URI came to that did not succeed, with what was found out because of it.
type Refusal struct {
	err         error
	observation reconcile.Observation
	Verdict     reconcile.PresenceVerdict
	Evidence    string
	deletion    time.Time
	source      outcome.TokenSource // of an import's token, or of the one that was handed in and tried beside the state's
	alone       bool                // nothing has another token than the one that was handed in
	others      bool                // the one that was handed in is another client's, which the server answered it with
	entry       string              // the key of the one that was handed in, where the answer to that is told
	expired     time.Time           // when the refused token expired, where that is known
	saysExpired bool
	certificate outcome.Certificate
	tokenMoves  bool   // the server is known to replace the token, which a journal of another run may have
	tokenKey    string // the client's address, where a token that is handed in by the client_id is another server's client's
	named       bool   // and one is
	byTemplate  bool   // the address that was asked is the one that the user's template gives
	// home and configured are the two servers, where the provider is configured for another one than the client's.
	home, configured reconcile.Home
}

// Forgotten reports whether the client is to be kept no longer.
func (r Refusal) Forgotten() bool { return r.Verdict.Step == reconcile.Forget }

// ClassifyRefusal says what a request that did not succeed means for the client. What is believed is in package reconcile; here the
// observations are made.
func (c *Client) ClassifyRefusal(ctx context.Context, operation reconcile.Operation, err error, b Behaviour, importing bool) Refusal {
	class := refusalClass(err)
	r := Refusal{err: err, observation: reconcile.Observation{
		Operation: operation, Answer: class, NoReads: changes(err), ShownBefore: c.Record.ShownBefore(c.Handle.RegistrationClientURI),
		ByProvider: c.ByProvider(), NotSent: NeverSent(err), TokensUnused: c.TokensUnused(), AtAnotherOrigin: c.AtAnotherOrigin(), Importing: importing, OnMissing: b.OnMissing,
	}}
	o := &r.observation
	if o.NoReads {
		o.ShownBefore = o.ShownBefore || c.Record.Capabilities.Update == reconcile.CapabilityYes
	}
	o.OwnWords, o.Document, o.OwnDeletion, o.AboutToken = inOwnWords(err), isDocument(err), c.OwnDeletion, aboutToken(err)
	r.expired, r.saysExpired = c.expired(class, err)
	r.certificate = c.Server.CertificateOf(Target{}, err)
	if importing {
		r.source = c.tokenSource()
	}
	r.tokenMoves = !o.ByProvider && (c.Record.Facts.RotatesOnRead || c.Record.Facts.TokenOnUpdate)
	if !importing && c.handedInRefused {
		r.source, r.alone, r.others = c.Server.settings.sourceOf(c.handedIn()), c.onlyHandedIn(ctx), c.handedInOthers
		o.EntryInTheWay = r.alone && c.Server.settings.Management == ManagementAuto
	}
	if key, source := c.EntryTold(); key != "" && !importing {
		r.entry, r.source, o.EntryTold = key, source, true
	}
	o.EntryOfBefore = c.entryOfBefore
	if !o.ByProvider && class.AsksForAnother() {
		r.tokenKey, r.named = c.keyElsewhere(ctx, importing)
	}
	o.TokenExpired = class != reconcile.AnswerLost && (!r.expired.IsZero() || r.saysExpired)
	switch {
	case c.wasDeleted(ctx):
		o.Deletion = reconcile.DeletedByUs
	case !c.Deletion.IsZero() && c.DeletionCounts:
		o.Deletion, r.deletion = reconcile.DeletionUnderWay, c.Deletion
	}
	if class.NeedsWitnesses() && o.Deletion != reconcile.DeletedByUs {
		w, says := c.hear(ctx, &r)
		r.byTemplate = b.URITemplate != "" && c.fromTemplate(b.URITemplate, w.target) == c.Handle.RegistrationClientURI
		o.Guessed = importing && c.fromTemplate(c.Server.settings.URITemplate, w.target) == c.Handle.RegistrationClientURI
		if o.AsksAgain(c.Acknowledged) {
			says = append(says, c.askAgain(ctx, &r, w)...)
		}
		r.Verdict = o.Decide()
		r.Evidence = conclusion(*o, r.Verdict, w, says)
		return r
	}
	// A recorded deletion is witness enough, but not of what became of the client afterwards: an administrator may have brought it back.
	var says []string
	if class.NeedsWitnesses() && o.AsksAgain(c.Acknowledged) {
		says = c.askAgain(ctx, &r, whereabouts{})
	}
	if r.configured, o.ConfiguredElsewhere = c.ConfiguredElsewhere(ctx); o.ConfiguredElsewhere {
		r.home = c.Record.Home
	}
	r.Verdict = o.Decide()
	if o.ShownAgain {
		r.Evidence = conclusion(*o, r.Verdict, whereabouts{}, says)
	}
	return r
}

// keyElsewhere is the client's address, where it is no server's that the client_ids in registration_access_tokens are of, and whether one is there by that name.
func (c *Client) keyElsewhere(ctx context.Context, importing bool) (key string, named bool) {
	if named = c.NamedElsewhere(ctx); named || !importing && c.Server.namesAnother(ctx, c.Place) {
		key = c.Handle.RegistrationClientURI
	}
	return key, named
}

// refusalClass is the class of an answer that is judged: one to a GET or a DELETE, which have no body, or, where there are no reads, to a PUT.
func refusalClass(err error) reconcile.Answer {
	switch {
	case updates(err):
		return ClassOf(reconcile.OperationUpdate, err)
	case changes(err):
		return ClassOf(reconcile.OperationDelete, err)
	}
	return ClassOf(reconcile.OperationRead, err)
}

// AtAnotherOrigin reports whether the client's address is of another origin than the endpoint that registered it.
func (c *Client) AtAnotherOrigin() bool {
	registered := c.Record.Home.RegistrationEndpoint
	return registered != "" && c.Handle.RegistrationClientURI != "" && !origin.Same(c.Handle.RegistrationClientURI, registered)
}

// changes reports whether what was refused is an update or a deletion.
func changes(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Operation != dcr.Read
}

// AsksAgain reports whether it is to be asked once more, by who made the request, whether what was refused is so.
func (r Refusal) AsksAgain() bool { return r.observation.AsksAgain(false) }

// ShownAgain reports whether the client was shown when its URI was asked again.
func (r Refusal) ShownAgain() bool { return r.observation.ShownAgain }

// hear makes the observations beside the refusal: what the witnesses say, and whether it is the server that speaks.
func (c *Client) hear(ctx context.Context, r *Refusal) (whereabouts, []string) {
	o, class := &r.observation, r.observation.Answer
	w := c.whereabouts(ctx)
	c.followEndpoints(ctx, &w)
	o.ConfiguredElsewhere = w.relation == reconcile.HomeOther && c.Record.Home.IsKnown()
	if o.ConfiguredElsewhere {
		r.home, r.configured = c.Record.Home, w.configured
	}
	o.HasProviderCredential = c.Server.HasCredentials(w.target)
	history := c.secretHistory(ctx, class, r.err)
	w.journalUnread = c.journalUnread || c.journalErr != nil
	o.SecretMayHaveMoved, o.URIMayHaveMoved = history.MayHaveMoved(), history.URIMayHaveMoved()
	o.TokenMayHaveMoved = !o.ByProvider && history.TokenMayHaveMoved()
	says := c.testify(ctx, &w, o, r.err)
	if o.Credential == reconcile.CredentialGood && class.CredentialRefused() {
		_, again := c.Get(ctx, reconcile.FromRead)
		o.Repeated, o.ShownAgain = ClassOf(reconcile.OperationRead, again) == class, again == nil
		o.AboutToken = o.AboutToken || aboutToken(again)
		if o.ShownAgain {
			says = append(says, shownAgain)
		}
	}
	if o.Deletion == reconcile.DeletionUnderWay {
		o.Apart = c.answersApart(ctx, w, r.err)
	}
	if o.MayForget() {
		o.Estranged = w.alike || !c.answersAsItself(ctx, &w, o)
	}
	return w, says
}

const shownAgain = "asked again, the client's own URI shows it"

// askAgain asks once more for a client that is about to be taken as gone, and returns what there is to say of it. Where an interrupt ends
// the pause before, there is no answer.
func (c *Client) askAgain(ctx context.Context, r *Refusal, w whereabouts) []string {
	var err error
	if c.writtenLately() {
		err = c.Server.pauseForReplicas(ctx, c.Record.WrittenAt)
	}
	more, turned := r.observation.MoreAnswers(), false
	for ; more > 0; more-- {
		if err == nil {
			_, err = c.Get(ctx, reconcile.FromRead)
		}
		switch class := ClassOf(reconcile.OperationRead, err); {
		case err == nil:
			r.observation.ShownAgain = true
			return []string{shownAgain}
		case class == reconcile.AnswerUnsupported && r.observation.NoReads: // what was refused is sent again
		default:
			if alike := refusalOf(err).LikeBefore(refusalOf(r.err)); !alike && !turned && r.observation.Apart && class.CredentialRefused() && r.observation.Answer.CredentialRefused() {
				turned, more = true, r.observation.MoreAnswers()+1
				c.turnTo(ctx, r, w, err)
			} else {
				// Of a server that answers for itself, one refusal of a client is like the other.
				r.observation.Apart = r.observation.Apart && alike
			}
			r.observation.AboutToken = r.observation.AboutToken || aboutToken(err)
			r.err, r.observation.Answer = err, class // one answer more makes no server one that has reads
		}
		err = nil
	}
	return nil
}

// turnTo takes another refusal for the one that is judged, once: a server may revoke a token that it refuses (RFC 7592 §2.1), and refuse it in another way from
// then on. So this one has to be repeated, and to be told from what other addresses are answered.
func (c *Client) turnTo(ctx context.Context, r *Refusal, w whereabouts, err error) {
	o := &r.observation
	o.Apart = c.answersApart(ctx, w, err)
	o.OwnWords, o.Document = inOwnWords(err), isDocument(err)
	if at, says := c.expired(ClassOf(reconcile.OperationRead, err), err); !at.IsZero() || says {
		r.expired, r.saysExpired, o.TokenExpired = at, says, true
	}
}

// OpenToAnother reports whether the client may be there for whoever has another credential: it is not proven to be gone, and some servers refuse a token with 404. The
// answer is the last one, since a server is asked again.
func (r Refusal) OpenToAnother() bool {
	answer := r.observation.Answer
	return (answer.NeedsWitnesses() || answer.AsksForAnother()) && r.Verdict.Presence == reconcile.Undecided
}

// Problem is what there is to tell of it.
func (r Refusal) Problem() outcome.Problem {
	p := outcome.Problem{
		Kind: r.kind(), Warning: r.Verdict.Step == reconcile.KeepAndWarn || r.Forgotten(), Attribute: "registration_client_uri",
		Err: r.err, Operation: r.observation.Operation, Evidence: r.Evidence, ByProvider: r.observation.ByProvider, Ways: r.Verdict.Ways, Home: r.home, Configured: r.configured,
		Expired: r.expired, SaidExpired: r.saysExpired, Importing: r.observation.Importing, Source: r.source, HandedInAlone: r.alone, EntryTold: r.entry, OtherClients: r.others, TokenMoves: r.tokenMoves,
		TokensUnused: r.observation.NotSent && r.observation.TokensUnused, TokenKey: r.tokenKey, NamedElsewhere: r.named, ShownAgain: r.ShownAgain(),
	}
	switch p.Kind {
	case outcome.NotServed, outcome.MissingUndecided:
		if r.byTemplate {
			p.FromTemplate, p.Attribute = true, "client_configuration_uri_template"
		}
	case outcome.Gone:
		p.Time = r.deletion
	case outcome.NotReached:
		p.NeverSent = r.observation.NotSent
	case outcome.NoToken:
		if told, ok := errors.AsType[*outcome.Problem](r.err); ok {
			p.TokenKey, p.NamedElsewhere, p.NeverSent = told.TokenKey, told.NamedElsewhere, told.NeverSent
		}
		p.Err = nil // which says the same
	case outcome.TokenRefused, outcome.GoneOrTokenOutdated:
		p.Attribute, p.Certificate = "registration_access_token", r.certificate
		p.FromTemplate = r.observation.Guessed
	case outcome.ProviderRefused, outcome.NotReadable:
		p.Certificate = r.certificate
	}
	return p
}

func (r Refusal) kind() outcome.Kind {
	class, presence := r.observation.Answer, r.Verdict.Presence
	switch {
	case class == reconcile.AnswerUnsupported:
		return outcome.ReadUnsupported
	case presence == reconcile.Gone:
		return outcome.Gone
	case presence == reconcile.Undecided && r.Forgotten():
		return outcome.TakenAsGone
	case class == reconcile.AnswerMissing && presence == reconcile.Alive:
		return outcome.NotServed
	case class == reconcile.AnswerMissing || class.CredentialRefused():
		return r.missing()
	case class == reconcile.AnswerLost && withoutToken(r.err):
		return outcome.NoToken
	case class == reconcile.AnswerLost && !Answered(r.err) && !r.observation.ConfiguredElsewhere:
		return outcome.NotReached
	}
	return outcome.NotReadable
}

// missing is the kind of a refusal, or of a URI that shows nothing, where the client is not known to be gone.
func (r Refusal) missing() outcome.Kind {
	o, presence := r.observation, r.Verdict.Presence
	switch {
	case o.ByProvider && o.Credential == reconcile.CredentialRefused && !o.ConfiguredElsewhere, presence == reconcile.Alive && o.ByProvider:
		return outcome.ProviderRefused
	case presence == reconcile.Alive:
		return outcome.TokenRefused
	case o.Answer == reconcile.AnswerMissing:
		return outcome.MissingUndecided
	}
	return outcome.GoneOrTokenOutdated
}

// Remember keeps what a read came to for the plan that follows.
func (c *Client) Remember(r Refusal) {
	c.Server.refusals.Store(c.Server.homeKey(c), r)
	c.NoteMissing(r)
}

// NoteMissing keeps in the record what a later plan may do about a client that was not shown. After an update that is the only way: the
// next refresh may not read the client.
// A read that the server does not have says nothing of what an update found.
func (c *Client) NoteMissing(r Refusal) {
	if r.ReadUnsupported() {
		return
	}
	r.observation.Operation = reconcile.OperationRead
	c.Record.Missing = r.Under(reconcile.OnMissingRecreate).Forgotten()
	c.Record.Gone = r.Verdict.Presence == reconcile.Gone
	switch class := r.observation.Answer; {
	case r.ShownAgain():
	case class == reconcile.AnswerMissing:
		c.Record.MissedBy = reconcile.NothingThere
	case class.CredentialRefused() && !c.ByProvider():
		c.Record.MissedBy = digest(c.Handle.RegistrationAccessToken)
	case class.CredentialRefused():
		c.Record.MissedBy = reconcile.CredentialsRefused // which may be others by then: a look before the deletion tells
	}
}

// MissedBy is the class of the answer that missed the client last, and would do so now: the refusal of a token counts for that one alone.
func (c *Client) MissedBy() reconcile.Answer {
	switch {
	case c.Record.MissedBy == reconcile.NothingThere:
		return reconcile.AnswerMissing
	case c.Record.MissedBy == reconcile.CredentialsRefused && c.ByProvider():
		return reconcile.AnswerUnauthorized
	case c.Record.MissedBy != "" && !c.ByProvider() && c.Record.MissedBy == digest(c.Handle.RegistrationAccessToken):
		return reconcile.AnswerUnauthorized
	}
	return reconcile.AnswerLost
}

// ReadUnsupported reports whether the server has no reads, so that this says nothing of the client.
func (r Refusal) ReadUnsupported() bool {
	return r.observation.Answer == reconcile.AnswerUnsupported
}

// Under returns the refusal as it is decided on with another setting.
func (r Refusal) Under(setting reconcile.OnMissing) Refusal {
	r.observation.OnMissing = setting
	r.Verdict = r.observation.Decide()
	return r
}

// LastRefusal is what the last read of the client came to in this run, where it did not show the client.
func (s *Server) LastRefusal(state State) (Refusal, bool) {
	found, ok := s.refusals.Load(s.homeKey(&Client{Place: state.Place, Handle: state.Handle, Record: state.Record}))
	if !ok {
		return Refusal{}, false
	}
	return found.(Refusal), true
}

// SaidBefore returns the client whose error says the same already in this run, and whether that is another one than this. A client that is
// to be registered has no name yet, and each is another one.
func (s *Server) SaidBefore(words, clientID string) (first string, before bool) {
	said, loaded := s.said.LoadOrStore(words, clientID)
	first, _ = said.(string)
	return first, loaded && (clientID == "" || first != clientID)
}

// FailedAlready reports whether another client of the same server makes the plan fail already for the same reason. One error stops the
// plan; the others are warnings, which Terraform shows as one: twenty equal errors would hide what there is to do.
func (s *Server) FailedAlready(kind outcome.Kind, state State) bool {
	type reason struct {
		kind   outcome.Kind
		server string
	}
	if kind == outcome.NotReached {
		kind = outcome.NotReadable // of one outage, some requests are answered with an error, and some not at all
	}
	first, told := s.failures.LoadOrStore(reason{kind, s.identify(state.Place)}, state.Handle.ClientID)
	return told && first != state.Handle.ClientID
}
