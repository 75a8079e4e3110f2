// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Registration is a client that is to be registered.
type Registration struct {
	Place              Place
	Asked              metadata.Document
	InitialAccessToken secret.String // the client's own; empty for the provider's credentials
	Behaviour          Behaviour
}

// Register registers a client by one POST and one GET, or adopts one that an earlier, killed run registered. From the POST's answer
// on, what is saved holds the whole handle, and what goes wrong is a warning unless the client cannot be kept.
func Register(ctx context.Context, s *Server, r Registration, save func(Snapshot)) Outcome {
	target, problem := s.Locate(ctx, r.Place)
	if problem != nil {
		return failed(problem)
	}
	if target.RegistrationEndpoint == "" {
		return failed(&Problem{Kind: NoRegistrationEndpoint, Endpoint: target.Metadata.URL})
	}
	c := s.client(State{Place: r.Place})
	if problem := c.needsJournal(); problem != nil {
		return failed(problem)
	}
	c.endpoint, c.record.Home = target.RegistrationEndpoint, s.homeOf(target)
	saveAs := func(view metadata.Document) {
		snapshot := c.snapshot()
		snapshot.Registered, snapshot.Applied = view, true
		save(snapshot)
	}

	answer, made, err := adoptOrPost(ctx, c, target, r)
	if answer != nil {
		saveAs(answer.Metadata)
	}
	if err != nil {
		notRegistered(c, r, answer, err)
		return c.outcome()
	}
	view := answer.Metadata
	if !made.adopted {
		ctx = transport.Ahead(ctx)
		restore := c.useTemplate(ctx, r.Behaviour)
		seen := readBack(ctx, c, target)
		restore(true)
		if seen != nil {
			view = seen.Metadata
		}
		view = c.proveByReading(ctx, view, seen != nil)
		saveAs(view)
	}
	agreed, substitutions := reconcile.Outcome(r.Asked, view, answer.Metadata)
	c.record.Doubted = reconcile.Doubted(nil, r.Asked, answer.Metadata, view)
	refused, warned := reconcile.Judge(substitutions, r.Behaviour.AcceptSubstitutions, r.Behaviour.Strict)
	c.record.Agreed = agreed
	saveAs(view)
	if len(refused) > 0 {
		return refuse(ctx, c, made, refused, r.Behaviour, func() { saveAs(view) })
	}
	if made.KnownBefore {
		// It is kept, since the answer may have replaced the credentials that whoever else has it knows.
		c.warn(Problem{Kind: KnownBefore})
	}
	reportSubstitutions(c, warned, NoConsequence, nil)
	c.warnOfRotation(reconcile.Facts{})
	c.warnOfNoSecret(nil, view)
	return c.outcome()
}

// notRegistered reports why there is no client, or one beside an error.
func notRegistered(c *Client, r Registration, answer *dcr.Registration, err error) {
	if answer != nil {
		c.report(Problem{Kind: RegisteredBesideError, Manageable: c.managed()})
	}
	var undecided *Problem
	if errors.As(err, &undecided) && undecided.Kind == AdoptionUndecided {
		c.report(*undecided)
		return
	}
	refused := Problem{Kind: NotRegistered, Err: err, Endpoint: c.endpoint, MaybeProcessed: dcr.MaybeProcessed(err)}
	if name, _ := r.Asked["client_name"].(string); nameTaken(err, name) {
		refused.Name = name
	}
	c.report(refused)
}

// refuse takes back a client of which the server substituted what is not accepted. keep saves it where that fails.
func refuse(ctx context.Context, c *Client, made origin, refused []reconcile.Substitution, b Behaviour, keep func()) Outcome {
	err := rollback(ctx, c, made.RollBack, b)
	consequence := Deregistered
	switch {
	case made.taken:
		// It is another resource's: to keep it here as tainted would have the next apply delete it.
		consequence, err = LeftAlone, nil
	case err != nil:
		consequence = NotRolledBack
		c.newestToken()
		keep()
	}
	reportSubstitutions(c, refused, consequence, err)
	return Outcome{Gone: err == nil, Problems: c.problems}
}

// origin says where a client comes from that a create now has.
type origin struct {
	reconcile.RollBack
	adopted bool
	taken   bool // another resource of this run has it
}

// adoptOrPost adopts a client or sends the registration. It is the one place that decides between the two. An answer beside an
// error is a client that the server made and calls a failure.
func adoptOrPost(ctx context.Context, c *Client, t Target, r Registration) (answer *dcr.Registration, made origin, err error) {
	intent := journal.Intent{Endpoint: t.RegistrationEndpoint, Fingerprint: fingerprint(r.Asked)}
	if c.journal != nil {
		if answer, err := adopt(ctx, c, t, intent, r.Behaviour); answer != nil || err != nil {
			return answer, origin{adopted: answer != nil}, err
		}
		reportLeftBehind(ctx, c, t)
	}
	auth, err := c.server.RegistrationAuth(ctx, t, r.InitialAccessToken)
	if err != nil {
		return nil, made, err
	}
	var id string
	if c.journal != nil {
		if id, err = c.journal.Begin(ctx, intent); err != nil {
			return nil, made, fmt.Errorf("nothing was sent, because the token journal cannot be written: %w", err)
		}
	}
	Failpoint("create begun")
	ctx, done := c.server.WithGrace(ctx)
	defer done()
	answer, err = c.server.dcr.Register(ctx, t.RegistrationEndpoint, auth, reconcile.CreateBody(r.Asked))
	if err != nil {
		answer = besideError(err)
	}
	if answer == nil {
		if !dcr.MaybeProcessed(err) {
			c.write(LosesNothing, func(j *journal.Journal) error { return j.Abandon(ctx, id) })
		}
		return nil, made, err
	}
	Failpoint("create answered")
	c.notice(answer)
	c.setCredentials(c.credentials().Take(handleOf(answer), reconcile.FromCreate))
	c.fresh = answer.Status != 200 // which may be a client that the server had already
	// Some servers answer the registration of a document that they have with the client that they have.
	made.Status, made.taken = answer.Status, c.server.claim(c)
	made.KnownBefore = made.taken || c.journalKnows(ctx)
	c.write(LosesClient, func(j *journal.Journal) error {
		return j.Registered(ctx, id, c.entry(reconcile.Handle{RegistrationClientURI: c.handle.RegistrationClientURI}, reconcile.FromCreate))
	})
	Failpoint("create journaled")
	return answer, made, err
}

// besideError is the client that an error answer to a registration holds, or nil. Without a token in it, it counts only where the
// registration may have been made: a refusal may name a client_id that nobody has.
func besideError(err error) *dcr.Registration {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Credentials == nil || de.Credentials.ClientID == "" {
		return nil
	}
	if de.Credentials.RegistrationAccessToken.IsEmpty() && !de.MaybeProcessed {
		return nil
	}
	return de.Credentials
}

// reportSubstitutions reports what the server did with what was asked (RFC 7591 §3.2.1): as errors where there is a consequence,
// else as warnings.
func reportSubstitutions(c *Client, found []reconcile.Substitution, consequence Consequence, rollbackErr error) {
	for _, s := range found {
		c.report(Problem{Kind: Substituted, Warning: consequence == NoConsequence, Substitution: s, Consequence: consequence, RollbackErr: rollbackErr})
	}
}

var alreadyTaken = regexp.MustCompile(`(?i)\b(already|exists?|taken|in use|duplicated?|unique)\b`)

// nameTaken reports whether a registration was refused because another client has its client_name: a 409, or an error of client
// metadata that names the parameter or its value and says that it exists. The words alone would not do: an error about another value
// may use them, too.
func nameTaken(err error, name string) bool {
	var de *dcr.Error
	if !errors.As(err, &de) || de.Operation != dcr.Register || name == "" {
		return false
	}
	switch {
	case de.Status == http.StatusConflict:
		return true
	case de.Status != http.StatusBadRequest, de.Code != "" && de.Code != "invalid_client_metadata" && de.Code != "invalid_request":
		return false
	}
	named := regexp.MustCompile(`(^|[^\pL\pN_-])(client_name|` + regexp.QuoteMeta(name) + `)($|[^\pL\pN_-])`)
	rest := named.ReplaceAllString(de.Description, " ")
	return rest != de.Description && alreadyTaken.MatchString(rest)
}
