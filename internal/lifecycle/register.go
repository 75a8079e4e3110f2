// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package lifecycle holds the operations on one client at one authorization server: register, adopt, read, update, replace and
// deregister it, import and find it, with what is saved when. Each can be read from top to bottom in one file. It knows no Terraform:
// it takes what a state holds of a client as arguments, hands out what to save, and returns Problems, which are values without wording.
//
// The requests, and what a refusal means, are in package authserver; what is sent, kept or called a substitution is decided in package
// reconcile.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/failpoint"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Register registers a client by one POST and one GET, or adopts one that an earlier, killed run registered. From the POST's answer
// on, what is saved holds the whole handle, and what goes wrong is a warning unless the client cannot be kept.
func Register(ctx context.Context, s *authserver.Server, r Registration, save func(authserver.Snapshot)) outcome.Outcome {
	out, _ := register(ctx, s, r, save)
	return out
}

// homeAt is where a new client is, with what another one that it replaces has shown of the very same server.
func (r Registration) homeAt(ctx context.Context, s *authserver.Server, t authserver.Target) reconcile.Home {
	if r.replaces == nil {
		return s.HomeOf(t)
	}
	return s.HomeBeside(ctx, t, r.replaces.Record.Home)
}

func register(ctx context.Context, s *authserver.Server, r Registration, save func(authserver.Snapshot)) (outcome.Outcome, registered) {
	target, problem := s.Locate(ctx, r.Place)
	if problem == nil {
		problem = s.CheckEndpoint(target)
	}
	if problem != nil {
		return outcome.Failed(problem), registered{}
	}
	c := s.Client(authserver.State{Place: r.Place, SecretUnstored: r.SecretUnstored})
	if problem := c.NeedsJournal(); problem != nil {
		return outcome.Failed(problem), registered{}
	}
	c.Endpoint, c.Record.Home = target.RegistrationEndpoint, r.homeAt(ctx, s, target)
	saveAs := func(view metadata.Document) {
		snapshot := c.Snapshot()
		snapshot.Registered, snapshot.Applied = view, true
		s.NoteMadeWith(c, view)
		save(snapshot)
	}
	answer, made, err := adoptOrPost(ctx, c, target, r)
	if err == nil && made.ExistedBefore() && r.replaces == nil && hidesAll(c, answer, r) {
		forgetOthers(ctx, c, made)
		c.Report(outcome.Problem{Kind: outcome.OtherSecretNotKnown})
		return c.Outcome(), registered{c, made, nil}
	}
	if answer != nil && !made.replaced {
		saveAs(answer.Metadata)
	}
	if err != nil || made.replaced {
		notRegistered(c, target, r, made, answer, err)
		return c.Outcome(), registered{c, made, err}
	}
	view := answer.Metadata
	if !made.adopted {
		ctx = transport.Ahead(ctx)
		restore := c.UseTemplate(ctx, r.Behaviour)
		seen := readBack(ctx, c, target, answer.Status == http.StatusAccepted)
		takeBack(c, restore)
		if seen != nil {
			view = seen.Metadata
			made.heed(r, c, seen)
		}
		view = c.ProveByReading(ctx, view, seen != nil)
		saveAs(view)
	}
	c.ConfirmHome(ctx)
	agreed, substitutions := reconcile.Outcome(r.Asked, view, answer.Metadata)
	c.Record.Doubted = reconcile.Doubted(nil, r.Asked, answer.Metadata, view)
	refused, warned := reconcile.Judge(substitutions, r.Behaviour.AcceptSubstitutions, r.Behaviour.Strict)
	c.Record.Agreed = agreed
	saveAs(view)
	if len(refused) > 0 {
		return refuse(ctx, c, made, refused, r, func() { saveAs(view) }), registered{c, made, nil}
	}
	warnOfKnown(c, made)
	reportSubstitutions(c, warned, outcome.NoConsequence, nil)
	c.WarnOfRotation(reconcile.Facts{}, false)
	c.WarnOfUnknownSecret(view)
	return c.Outcome(), registered{c, made, nil}
}

// warnOfKnown warns of a client that there was before. It is kept, since the answer may have replaced the credentials that whoever else has it knows.
func warnOfKnown(c *authserver.Client, made creation) {
	if !made.ExistedBefore() {
		return
	}
	known := outcome.Problem{Kind: outcome.KnownBefore, ClientURI: made.notAsked}
	if !made.KnownBefore {
		known.Time = time.Unix(*made.IssuedAt, 0)
	}
	c.Warn(known)
}

// hidesAll reports whether nothing is known of the credentials of a client that a registration was answered with. Whoever has it has them, and may be the object
// that this one is to replace, which Terraform destroys once this one is made.
func hidesAll(c *authserver.Client, answer *dcr.Registration, r Registration) bool {
	h := c.Handle
	if !h.RegistrationAccessToken.IsEmpty() || secret.Usable(h.ClientSecret.Reveal()) {
		return false // it may be a new one, and known to nobody else
	}
	return answer.RegistrationClientURI != "" || !r.SecretUnstored && authserver.UsesSecret(r.Asked) && authserver.UsesSecret(answer.Metadata)
}

// notRegistered reports why there is no client, or one beside an error.
func notRegistered(c *authserver.Client, t authserver.Target, r Registration, made creation, answer *dcr.Registration, err error) {
	if made.replaced {
		return // the replacement tells that there is no other one
	}
	if answer != nil {
		c.Report(outcome.Problem{Kind: outcome.RegisteredBesideError, Manageable: c.Managed(), OnlyNamed: c.Record.OnlyNamed})
	}
	var undecided *outcome.Problem
	if errors.As(err, &undecided) && (undecided.Kind == outcome.AdoptionUndecided || undecided.Kind == outcome.AdoptionInDoubt) {
		c.Report(*undecided)
		return
	}
	refused := outcome.Problem{Kind: outcome.NotRegistered, Err: err, Endpoint: c.Endpoint, MaybeProcessed: dcr.MaybeProcessed(err), Certificate: c.Server.CertificateOf(t, err)}
	refused.OwnPlace, refused.ResourceToken, refused.NeverSent, refused.Credential = t.Own, !r.InitialAccessToken.IsEmpty(), t.Foreign, c.Server.Credential()
	if t.Foreign {
		refused.Home = reconcile.Home{Issuer: r.Place.Issuer, RegistrationEndpoint: r.Place.RegistrationEndpoint} // as the resource names it
	}
	name, _ := r.Asked["client_name"].(string)
	refused.NameTaken, refused.Own = nameTaken(err, name), metadata.OwnWords(r.Asked)
	refused.Sent = slices.Sorted(maps.Keys(r.Asked))
	c.Report(refused)
}

// refuse takes back a client of which the server substituted what is not accepted. keep saves it where that fails.
func refuse(ctx context.Context, c *authserver.Client, made creation, refused []reconcile.Substitution, r Registration, keep func()) outcome.Outcome {
	err := rollback(ctx, c, made.RollBack, r.Behaviour, r.replaces != nil)
	consequence := outcome.Deregistered
	switch {
	case made.ExistedBefore():
		// To keep it here as tainted would have the next apply delete it.
		consequence, err = outcome.LeftAlone, nil
		forgetOthers(ctx, c, made)
	case err != nil:
		consequence = outcome.NotRolledBack
		c.NewestToken()
		keep()
	}
	reportSubstitutions(c, refused, consequence, err)
	return outcome.Outcome{Gone: err == nil, Problems: c.Problems}
}

// forgetOthers forgets a client that there was before: it is another resource's, or another state's.
func forgetOthers(ctx context.Context, c *authserver.Client, made creation) {
	c.Server.NoteTakenBack(c)
	if made.KnownBefore {
		c.Drop(ctx)
	} else {
		c.ForgetAtOnce(ctx)
	}
}

// adoptOrPost adopts a client or sends the registration. It is the one place that decides between the two. An answer beside an
// error is a client that the server made and calls a failure.
func adoptOrPost(ctx context.Context, c *authserver.Client, t authserver.Target, r Registration) (answer *dcr.Registration, made creation, err error) {
	c.NoteRefresh(r.Behaviour)
	c.AskedFor = r.Asked
	c.Record.MadeAt = c.Server.Mark()
	intent := journal.Intent{Endpoint: t.RegistrationEndpoint, Fingerprint: c.Server.Fingerprint(r.Asked), Made: c.Record.MadeAt}
	if c.Journal != nil {
		if answer, err := adopt(ctx, c, t, intent, r); answer != nil || err != nil {
			if answer != nil {
				c.Server.NoteMade(c) // an earlier object that this run destroys may be of this very client
			}
			return answer, creation{adopted: answer != nil}, err
		}
		reportLeftBehind(ctx, c, t)
	}
	auth, err := c.Server.RegistrationAuth(ctx, t, r.InitialAccessToken)
	if err != nil {
		return nil, made, err
	}
	var id string
	if c.Journal != nil {
		if id, err = c.Journal.Begin(ctx, intent); err != nil {
			return nil, made, fmt.Errorf("nothing was sent, because the token journal cannot be written: %w", err)
		}
	}
	failpoint.At("create begun")
	ctx, done := c.Server.WithGrace(ctx)
	defer done()
	answer, err = post(ctx, c, t, r, auth, &made)
	if made.replaced {
		c.Write(outcome.LosesNothing, func(j *journal.Journal) error { return j.Abandon(ctx, id) })
		return answer, made, err
	}
	if answer == nil {
		if !dcr.MaybeProcessed(err) {
			c.Write(outcome.LosesNothing, func(j *journal.Journal) error { return j.Abandon(ctx, id) })
		}
		return nil, made, err
	}
	failpoint.At("create answered")
	c.Notice(answer)
	c.NoteWritten(c.Server.Now())
	made.take(c, answer)
	c.Record.OnlyNamed = err != nil && c.Handle.NamesOnly()
	c.Fresh = answer.Status != 200 // which may be a client that the server had already
	if c.Fresh {
		c.Record.SecretAt = c.Record.WrittenAt
	}
	// Some servers answer the registration of a document that they have with the client that they have.
	taken := c.Server.Claim(c) // by another resource of this run
	c.Server.NoteMade(c)
	made.Status, made.IssuedAt, made.Answered, made.Now = answer.Status, answer.ClientIDIssuedAt, answer.AnsweredAt, c.Server.Now()
	made.isKnown(ctx, c, taken, r, answer.Metadata)
	c.Write(outcome.LosesClient, func(j *journal.Journal) error {
		entry := c.Entry(reconcile.Handle{RegistrationClientURI: c.Handle.RegistrationClientURI}, reconcile.FromCreate)
		entry.Before = made.ExistedBefore()
		return j.Registered(ctx, id, entry)
	})
	failpoint.At("create journaled")
	return answer, made, err
}

// post sends the registration. An answer that shows the client that is to be replaced is taken as that one's before anything else happens.
func post(ctx context.Context, c *authserver.Client, t authserver.Target, r Registration, auth transport.Authorizer, made *creation) (answer *dcr.Registration, err error) {
	c.Server.HideSensitive(r.Asked)
	replaces := r.replacesAt(c.Server, t)
	send := func() (*dcr.Registration, error) {
		answer, err = c.Server.DCR.Register(ctx, t.RegistrationEndpoint, auth, reconcile.CreateBody(r.Asked))
		if err != nil {
			answer = besideError(err, c.Server.Now())
		}
		if answer == nil {
			answer, err = nameByReading(ctx, c, err, made)
		}
		if made.replaced = answer != nil && replaces && answer.ClientID == r.replaces.Handle.ClientID; !made.replaced {
			return nil, err
		}
		return answer, err
	}
	if !replaces {
		_, err = send()
		return answer, err
	}
	made.open = r.replaces.Reissue(ctx, send)
	return answer, err
}

// besideError is the client that an error answer to a registration holds, or nil. Without a token in it, it counts only where the
// registration may have been made: a refusal may name a client_id that nobody has. A 409 names the client that stands in the way, and one
// that was issued long before is not of this registration either: they are somebody else's, and a tainted resource would delete them.
func besideError(err error, now time.Time) *dcr.Registration {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Credentials == nil || de.Credentials.ClientID == "" {
		return nil
	}
	before := reconcile.RollBack{IssuedAt: de.Credentials.ClientIDIssuedAt, Answered: de.AnsweredAt, Now: now}.ExistedBefore()
	if de.Status == http.StatusConflict || before || de.Credentials.RegistrationAccessToken.IsEmpty() && !de.MaybeProcessed {
		return nil
	}
	if !authserver.HandleOf(de.Credentials).NamesOnly() {
		return de.Credentials
	}
	named := *de.Credentials
	named.RegistrationClientURI = "" // of the one that is in the way: a state that keeps it has the provider's credentials delete what is there
	return &named
}

// reportSubstitutions reports what the server did with what was asked (RFC 7591 §3.2.1): as errors where there is a consequence,
// else as warnings.
func reportSubstitutions(c *authserver.Client, found []reconcile.Substitution, consequence outcome.Consequence, rollbackErr error) {
	var refused []string // each of them fails the apply, so that only all of them together can be accepted
	if consequence != outcome.NoConsequence {
		for _, s := range found {
			refused = append(refused, s.Member)
		}
	}
	for _, s := range found {
		c.Report(outcome.Problem{
			Kind: outcome.Substituted, Warning: consequence == outcome.NoConsequence, Substitution: s, Consequence: consequence, RollbackErr: rollbackErr, Members: refused,
		})
	}
}

var alreadyTaken = regexp.MustCompile(`(?i)\b(already|exists?|taken|in use|duplicated?|unique)\b`)

// nameTaken reports whether a registration was refused because another client has its client_name: a 409, or an error of client
// metadata that names the parameter or its value and says that it exists. The words alone would not do: an error about another value
// may use them, too, and so may a conflict be about one.
func nameTaken(err error, name string) bool {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Operation != dcr.Register || name == "" {
		return false
	}
	isName := func(f dcr.MemberFinding) bool {
		member, _ := metadata.SplitTag(f.Member)
		return member == "client_name"
	}
	switch {
	case len(de.Members) > 0 && !slices.ContainsFunc(de.Members, isName): // another value is taken
		return false
	case de.Status == http.StatusConflict:
		return true
	case de.Status != http.StatusBadRequest, de.OwnCode() && de.Code != "invalid_client_metadata" && de.Code != "invalid_request":
		return false
	}
	named := regexp.MustCompile(`(^|[^\pL\pN_-])(client_name|` + regexp.QuoteMeta(name) + `)($|[^\pL\pN_-])`)
	rest := named.ReplaceAllString(de.Description, " ")
	return rest != de.Description && alreadyTaken.MatchString(rest)
}
