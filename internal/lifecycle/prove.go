// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What an answer shows in a credential's place may be a hash, a mask or a stale copy. It is kept beside the known credential until
// one of the two is proved; which proof counts is decided in package reconcile (Credentials).

func (c *Client) credentials() reconcile.Credentials {
	return reconcile.Credentials{Known: c.handle, Unproven: c.record.Unproven, Facts: c.record.Facts, Fresh: c.fresh}
}

// setCredentials puts a decision in force and keeps what it has to tell, once each.
func (c *Client) setCredentials(decided reconcile.Credentials, notes []reconcile.Note) {
	c.handle, c.record.Unproven, c.record.Facts = decided.Known, decided.Unproven, decided.Facts
	c.server.scrubber.Add(c.handle.RegistrationAccessToken, c.handle.ClientSecret)
	c.server.scrubber.Add(c.record.Unproven.Secrets()...)
	for _, note := range notes {
		if kind, told := noteKinds[note]; told && !c.outcome().has(kind) {
			c.warn(Problem{Kind: kind, Attribute: noteAttributes[kind]})
		}
	}
}

// noteKinds are the notes that are told at once. An unproven secret is told of by prove, once nothing has decided on it; a token or a URI
// that waits for its proof is nothing that anyone has to know.
var noteKinds = map[reconcile.Note]Kind{
	reconcile.SecretDoubtful: SecretDoubtful, reconcile.TokenKept: TokenKept, reconcile.URIKept: URIKept,
}

var noteAttributes = map[Kind]string{
	SecretDoubtful: "client_secret", TokenKept: "registration_access_token", URIKept: "registration_client_uri",
}

// saveCredentials saves the credentials of an answer, the server's refusal included: into the client and, where anything changed,
// into the journal, durably, before the answer goes anywhere.
func (c *Client) saveCredentials(ctx context.Context, answer *dcr.Registration, origin reconcile.Origin) {
	if answer != nil {
		c.notice(answer)
		c.decide(ctx, origin, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
			return known.Take(c.usable(answer), origin)
		})
	}
}

// usable is what an answer shows of the client's handle. A URI that cannot be asked does not replace one that can: some servers show any
// string, or their address behind a proxy.
func (c *Client) usable(answer *dcr.Registration) reconcile.Handle {
	shown := handleOf(answer)
	if c.handle.RegistrationClientURI != "" && c.server.checkURL(shown.RegistrationClientURI) != nil {
		shown.RegistrationClientURI = ""
	}
	// A replica that lags shows what this operation has seen replaced.
	if slices.ContainsFunc(c.replaced, shown.RegistrationAccessToken.Equal) || slices.Contains(c.record.Replaced, digest(shown.RegistrationAccessToken)) {
		shown.RegistrationAccessToken = secret.String{}
	}
	if slices.ContainsFunc(c.replaced, shown.ClientSecret.Equal) {
		shown.ClientSecret = secret.String{}
	}
	return shown
}

// decide puts a decision on the credentials in force and, where it changes any of them, into the journal.
func (c *Client) decide(ctx context.Context, origin reconcile.Origin, decide func(reconcile.Credentials) (reconcile.Credentials, []reconcile.Note)) {
	before := c.credentials()
	after, notes := decide(before)
	c.setCredentials(after, notes)
	if before.Facts.SecretOnRead == "" && (after.Facts.SecretOnRead == reconcile.SecretRotates || slices.Contains(notes, reconcile.SecretNotTaken)) {
		c.secretDoubted = true
	}
	for _, value := range [][2]secret.String{
		{before.Known.RegistrationAccessToken, after.Known.RegistrationAccessToken}, {before.Known.ClientSecret, after.Known.ClientSecret},
	} {
		if !value[0].IsEmpty() && !value[0].Equal(value[1]) {
			c.replaced = append(c.replaced, value[0])
		}
	}
	c.noteReplaced(before.Known.RegistrationAccessToken, after.Known.RegistrationAccessToken)
	if !after.Known.Equal(before.Known) || !unproven(after.Unproven).Equal(unproven(before.Unproven)) {
		c.journalCredentials(ctx, before.Known, origin)
	}
}

// noteReplaced remembers a token that another one took the place of. Should a replica that lags show it, on a server that honours it for
// some time still, it would be proved by its use, and the newer one lost.
func (c *Client) noteReplaced(before, after secret.String) {
	if before.IsEmpty() || before.Equal(after) {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(c.record.Replaced), func(d string) bool { return d == digest(after) || d == digest(before) })
	kept = append(kept, digest(before))
	c.record.Replaced = kept[max(0, len(kept)-3):]
}

// prove decides by the token endpoint of the client's own server between the known secret and the other one, as far as it tells.
func (c *Client) prove(ctx context.Context) {
	c.askTokenEndpoint(ctx)
	if !c.record.Unproven.ClientSecret.IsEmpty() && !c.outcome().has(SecretUnproven) {
		c.warn(Problem{Kind: SecretUnproven, Attribute: "client_secret"})
	}
}

func (c *Client) askTokenEndpoint(ctx context.Context) {
	if !c.credentials().NeedsTokenEndpoint() && !c.triesRefused {
		return
	}
	c.triesRefused = false
	if w := c.whereabouts(ctx); w.relation == reconcile.HomeSame || c.record.Home.IsKnown() {
		c.proveSecret(ctx, w.home)
	}
}

// proveSecret holds the two secrets against the token endpoint.
func (c *Client) proveSecret(ctx context.Context, home reconcile.Home) {
	other := c.credentials().OtherSecret()
	if other.IsEmpty() || home.TokenEndpoint == "" {
		return
	}
	learnt := c.record.Facts.SecretOnRead
	said := c.server.dcr.Authenticate(ctx, c.probeInput(home), c.handle.ClientSecret, other)
	c.decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.SecretsTried(reconcile.Authentication(said[0]), reconcile.Authentication(said[1]))
	})
	if learnt == "" && c.record.Facts.SecretOnRead == reconcile.SecretHidden && reconcile.Alike(c.handle.ClientSecret, other) && !c.waited {
		// It may be a stored form, or the secret of a replica that lags: what reads do is left open until the next one.
		c.record.Facts.SecretOnRead, c.record.Unread = "", true
	}
}

// probeInput is what the client's own server is asked about it with.
func (c *Client) probeInput(home reconcile.Home) dcr.ProbeInput {
	return dcr.ProbeInput{
		TokenEndpoint: home.TokenEndpoint, AuthorizationEndpoint: home.AuthorizationEndpoint,
		ClientID: c.handle.ClientID, ClientSecret: c.handle.ClientSecret,
		AuthMethod: text(c.registered, "token_endpoint_auth_method"), AuthAlgorithm: text(c.registered, "token_endpoint_auth_signing_alg"),
		RedirectURIs: list(c.registered, "redirect_uris"), ResponseTypes: list(c.registered, "response_types"), Scope: text(c.registered, "scope"),
	}
}

// proveByReading makes sure, inside an apply, of what the answers so far showed: first by the token endpoint, and where that leaves
// anything open, by one more read, which uses an unproven token or URI and shows whether a secret is the same again. view is what the
// server showed last, by a read if seen is set. It returns the newest view.
func (c *Client) proveByReading(ctx context.Context, view metadata.Document, seen bool) metadata.Document {
	c.registered = view // which says how the client authenticates
	c.askTokenEndpoint(ctx)
	if seen && c.credentials().NeedsRead() {
		again, err := c.get(ctx, reconcile.FromReadBack)
		if c.record.Unread = c.record.Unread || err != nil; err == nil {
			view = again.Metadata
		}
	}
	c.prove(ctx)
	c.checkSecret(ctx)
	if seen {
		c.learnHidden()
	}
	return view
}

// learnHidden keeps that reads show no secret, where a client that has one was read in an apply, and nothing ever showed a secret that a
// read could be compared with. Otherwise each plan would propose to find out.
func (c *Client) learnHidden() {
	if c.hasSecret() && c.handle.ClientSecret.IsEmpty() && c.record.Facts.SecretOnRead == "" {
		c.record.Facts.SecretOnRead = reconcile.SecretHidden
	}
}

// checkSecret asks the token endpoint whether the known secret is in force, where what reads do was just learnt from one answer that
// has another reading: a mask may hide a new secret, and a replica that lags shows one that is in force nowhere. A secret that is
// refused is looked for in the next apply.
func (c *Client) checkSecret(ctx context.Context) {
	if !c.secretDoubted || c.handle.ClientSecret.IsEmpty() || !c.record.Unproven.ClientSecret.IsEmpty() {
		return
	}
	c.secretDoubted = false
	w := c.whereabouts(ctx)
	if w.home.TokenEndpoint == "" || w.relation != reconcile.HomeSame && !c.record.Home.IsKnown() {
		return
	}
	if said := c.server.dcr.Authenticate(ctx, c.probeInput(w.home), c.handle.ClientSecret); reconcile.Authentication(said[0]) == reconcile.AuthenticationRefused {
		c.record.Facts.SecretOnRead = reconcile.SecretRotates
		c.record.Unread = true
	}
}

// newestToken prefers a token that nothing has proved yet, for a state that is saved without private state: by RFC 7592 §3 it is the
// one in force.
func (c *Client) newestToken() {
	newest := &c.record.Unproven.RegistrationAccessToken
	if !newest.IsEmpty() {
		c.record.Unproven.FormerToken = c.handle.RegistrationAccessToken
		c.handle.RegistrationAccessToken, *newest = *newest, secret.String{}
	}
}

// readAt asks for the client at the URI that an answer named and that is not proved yet, and then at the known one. It returns the URI
// that showed the client.
func (c *Client) readAt(ctx context.Context, read func(uri string) error) (string, error) {
	c.applyJournal(ctx) // it may know of a URI to which the client was moved
	waiting, showsNothing := c.record.Unproven.RegistrationClientURI, false
	if waiting != "" {
		err := read(waiting)
		if err == nil {
			c.uriWorked(ctx, waiting, false)
			return waiting, nil
		}
		showsNothing = classOf(reconcile.OperationRead, err) != reconcile.AnswerLost
	}
	asked := ""
	err := read("")
	if err == nil {
		asked = c.handle.RegistrationClientURI
		c.uriWorked(ctx, asked, showsNothing)
		return asked, nil
	}
	refused := c.record.Unproven.RefusedURI
	if refused != "" && classOf(reconcile.OperationRead, err).NeedsWitnesses() && read(refused) == nil {
		c.uriWorked(ctx, refused, false)
		return refused, nil
	}
	return asked, err
}

func (c *Client) uriWorked(ctx context.Context, uri string, otherShowsNothing bool) {
	c.decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.URIWorked(uri, otherShowsNothing)
	})
}

// worked proves the token with which a request succeeded, against those that were refused before it.
func (c *Client) worked(ctx context.Context, token secret.String, refused []secret.String) {
	c.decide(ctx, reconcile.FromRead, func(known reconcile.Credentials) (reconcile.Credentials, []reconcile.Note) {
		return known.TokenWorked(token, refused...)
	})
}

// told returns a token that a refusal showed, and that was not tried yet.
func (c *Client) told(queue []candidate) (secret.String, bool) {
	for _, token := range c.credentials().Tokens() {
		if !slices.ContainsFunc(queue, func(n candidate) bool { return n.token.Equal(token) }) {
			return token, true
		}
	}
	return secret.String{}, false
}
